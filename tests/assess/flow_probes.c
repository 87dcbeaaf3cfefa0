/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probes that use the network, against a small device of our own: what a good one is told to be, that each fault
 * is found, and that what could not be looked at never passes.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "assess/probe.h"
#include "device_double.h"

static const char *const judged[] = {"5.1-1",  "5.1-5",	 "5.2-1",  "5.3-2",  "5.3-4A",	"5.3-9",   "5.3-10", "5.3-13",
				     "5.3-16", "5.4-1",	 "5.5-1",  "5.5-5",  "5.5-7",	"5.6-1",   "5.6-2",  "5.6-4A",
				     "5.7-2",  "5.11-1", "5.11-3", "5.11-4", "5.13-1A", "5.13-1B", NULL};

struct assessment {
	struct device_double d;
	struct subject *subject;
	struct scope scope;
	struct fact_set facts;
	struct verdict_set *verdicts;
};

static void begin(struct assessment *a, const struct double_faults *f)
{
	*a = (struct assessment){0};
	device_double_start(&a->d, f);
	a->subject = assess_world_subject(judged);
	a->subject->page_port = a->d.page_port;
	a->subject->listeners[0].port = a->d.listener_port;
	a->scope = (struct scope){.target = a->d.address,
				  .page_port = a->d.page_port,
				  .port_from = a->d.page_port,
				  .port_to = (uint16_t)(a->d.page_port + 1),
				  .rate = 1000,
				  .password_file = a->d.password_file,
				  .records = a->d.records,
				  .factory_pub = a->d.factory_pub,
				  .repo = a->d.repo,
				  .tamper = true,
				  .tamper_wait_s = 3,
				  .service = a->d.service,
				  .subject = a->subject};
}

static void end(struct assessment *a)
{
	fact_set_done(&a->facts);
	verdict_set_free(&a->verdicts);
	subject_free(&a->subject);
	device_double_stop(&a->d);
}

static void probe(struct assessment *a, const char *name)
{
	const struct probe *p = probe_find(name);
	assert_non_null(p);
	struct probe_run r = {.scope = &a->scope, .facts = &a->facts, .probe = name};
	assert_true(!p->ready || p->ready(&a->scope));
	p->run(&r);
	assert_int_equal(r.failed.code, ERR_NONE);
}

/* The state of a fact; it must be there. */
static enum fact_state state_of(const struct assessment *a, const char *id)
{
	const struct fact *f = fact_set_find(&a->facts, id);
	if (!f)
		fail_msg("no fact %s", id);
	return f->state;
}

static void expect(const struct assessment *a, const char *id, enum fact_state state)
{
	const struct fact *f = fact_set_find(&a->facts, id);
	if (!f || f->state != state)
		fail_msg("%s: expected %s, got %s: %s (%s)", id, fact_state_name(state),
			 f ? fact_state_name(f->state) : "none", f ? f->value : "", f ? f->evidence : "");
}

static enum verdict_result result(struct assessment *a, const char *provision)
{
	struct err e = {0};
	const struct judging_input in = {&a->facts, a->subject};
	verdict_set_free(&a->verdicts);
	a->verdicts = NULL;
	check_ok(judging_run(&in, &a->verdicts, &e));
	for (size_t i = 0; i < a->verdicts->n; i++)
		if (strcmp(a->verdicts->list[i].provision, provision) == 0)
			return a->verdicts->list[i].result;
	fail_msg("%s was not judged", provision);
	return VERDICT_NOT_JUDGED;
}

static void test_good_device(void **state)
{
	(void)state;
	static const char *const probes[] = {"ports", "tls", "documents", "evidence", "input", "passwords"};
	static const struct {
		const char *provision;
		enum verdict_result expected;
	} table[] = {
		{"5.2-1", VERDICT_PASS},	  {"5.3-4A", VERDICT_PASS},	    {"5.3-13", VERDICT_PASS},
		{"5.3-16", VERDICT_PASS},	  {"5.4-1", VERDICT_PASS},	    {"5.5-1", VERDICT_PASS},
		{"5.5-5", VERDICT_PASS},	  {"5.5-7", VERDICT_PASS},	    {"5.1-5", VERDICT_PASS},
		{"5.6-2", VERDICT_PASS},	  {"5.11-3", VERDICT_PASS},	    {"5.13-1A", VERDICT_PASS},
		{"5.13-1B", VERDICT_PASS},	  {"5.1-1", VERDICT_INCONCLUSIVE}, /* one unit is no batch */
		{"5.6-1", VERDICT_INCONCLUSIVE},				   /* two ports are not all */
		{"5.6-4A", VERDICT_INCONCLUSIVE},				   /* nobody opened it */
		{"5.7-2", VERDICT_INCONCLUSIVE},  {"5.11-1", VERDICT_INCONCLUSIVE}, {"5.3-9", VERDICT_INCONCLUSIVE},
	};
	struct assessment a;
	begin(&a, &(struct double_faults){0});
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		probe(&a, probes[i]);
	expect(&a, "evidence.envelope", FACT_SEEN);
	expect(&a, "evidence.identity", FACT_SEEN);
	expect(&a, "input.messages", FACT_SEEN);
	expect(&a, "input.forms", FACT_SEEN);
	expect(&a, "passwords.guess", FACT_ABSENT);
	expect(&a, "passwords.throttle", FACT_SEEN);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		enum verdict_result r = result(&a, table[i].provision);
		if (r != table[i].expected)
			fail_msg("%s: %d in place of %d", table[i].provision, (int)r, (int)table[i].expected);
	}
	end(&a);
}

/* Each fault by itself: the probe that must see it, the fact, and the provision that must fail. */
static void test_each_fault_is_found(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct double_faults faults;
		const char *probe, *fact;
		enum fact_state state;
		const char *provision, *also; /* probe */
	} table[] = {
		{"an undeclared port", {.extra_port = true}, "ports", NULL, FACT_SEEN, "5.6-1", NULL},
		{"old TLS", {.old_tls = true}, "tls", NULL, FACT_SEEN, "5.5-1", NULL},
		{"a weak password", {.weak_password = true}, "passwords", "passwords.guess", FACT_SEEN, "5.1-1", NULL},
		{"no throttle", {.no_throttle = true}, "passwords", "passwords.throttle", FACT_ABSENT, "5.1-5", NULL},
		{"open evidence", {.open_page = true}, "evidence", "evidence.open-access", FACT_SEEN, "5.6-2", NULL},
		{"the version told",
		 {.open_page = true},
		 "evidence",
		 "evidence.front-page.version",
		 FACT_SEEN,
		 "5.5-5",
		 NULL},
		{"no contact",
		 {.expired_contact = true},
		 "documents",
		 "documents.security-txt.expires",
		 FACT_ABSENT,
		 "5.2-1",
		 NULL},
		{"no policy", {.no_policy = true}, "documents", "documents.policy", FACT_ABSENT, "5.2-1", NULL},
		{"no times",
		 {.no_time_frames = true},
		 "documents",
		 "documents.policy.acknowledge",
		 FACT_ABSENT,
		 "5.2-1",
		 NULL},
		{"another date",
		 {.other_date = true},
		 "documents",
		 "documents.support.end",
		 FACT_ABSENT,
		 "5.3-13",
		 NULL},
		{"500 on a form", {.fragile = true}, "input", "input.forms", FACT_ABSENT, "5.13-1A", NULL},
		{"markup given back", {.echo = true}, "input", "input.forms", FACT_ABSENT, "5.13-1A", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct assessment a;
		char port[64];
		begin(&a, &table[i].faults);
		probe(&a, table[i].probe);
		print_message("  %s\n", table[i].name);
		if (table[i].fact)
			expect(&a, table[i].fact, table[i].state);
		if (table[i].faults.extra_port) {
			(void)snprintf(port, sizeof port, "ports.tcp.%u", a.d.page_port + 1);
			expect(&a, port, FACT_SEEN);
		}
		if (table[i].faults.old_tls) {
			(void)snprintf(port, sizeof port, "tls.%u.tls12", a.d.listener_port);
			expect(&a, port, FACT_SEEN);
			assert_non_null(strstr(fact_set_find(&a.facts, port)->value, "weak"));
		}
		assert_int_equal(result(&a, table[i].provision), VERDICT_FAIL);
		end(&a);
	}
}

/* Actions without a session leave 5.5-5 open, whatever else is good: it is a soft need. Never a pass. */
static void test_open_action(void **state)
{
	(void)state;
	struct assessment a;
	begin(&a, &(struct double_faults){.open_change = true});
	probe(&a, "ports");
	probe(&a, "evidence");
	expect(&a, "evidence.open-change", FACT_SEEN);
	assert_int_not_equal(result(&a, "5.5-5"), VERDICT_PASS);
	end(&a);
}

static bool told_by_device(const struct assessment *a, const char *id)
{
	return fact_set_find(&a->facts, id) != NULL;
}

/* Evidence that is not this unit's, or not fresh: nothing of it becomes a fact, and nothing passes that rests on it. */
static void test_bad_evidence(void **state)
{
	(void)state;
	static const char *const rests[] = {"5.3-4A", "5.4-1", "5.3-16", "5.7-2", "5.11-1",
					    "5.11-3", "5.3-9", "5.3-10", "5.6-1"};
	static const enum double_evidence kinds[] = {EVIDENCE_FORGED,	EVIDENCE_BAD_SIGNATURE, EVIDENCE_REPLAYED,
						     EVIDENCE_UNSIGNED, EVIDENCE_OF_ANOTHER,	EVIDENCE_GOOD};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct assessment a;
		begin(&a, &(struct double_faults){.evidence = kinds[i]});
		if (kinds[i] == EVIDENCE_GOOD) /* good, but the record at hand is another unit's */
			device_double_foreign_record(&a.d);
		a.scope.tamper_wait_s = 1;
		probe(&a, "evidence");
		probe(&a, "update");
		assert_false(fact_looked(state_of(&a, "evidence.envelope")));
		assert_false(told_by_device(&a, "evidence.key-private"));
		assert_false(told_by_device(&a, "evidence.update-automatic"));
		expect(&a, "evidence.identity", kinds[i] == EVIDENCE_GOOD ? FACT_ABSENT : FACT_SEEN);
		for (size_t k = 0; k < ARRAY_LEN(rests); k++)
			assert_int_equal(result(&a, rests[k]), VERDICT_INCONCLUSIVE);
		end(&a);
	}
}

/* Nothing answers at all: no verdict but "inconclusive". */
static void test_silence_never_passes(void **state)
{
	(void)state;
	static const char *const probes[] = {"ports", "tls", "documents", "evidence", "update", "input", "passwords"};
	struct assessment a;
	begin(&a, &(struct double_faults){0});
	a.scope.page_port = 1;
	a.scope.port_from = a.scope.port_to = 1;
	a.scope.service = "http://127.0.0.1:1";
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		probe(&a, probes[i]);
	for (const char *const *id = judged; *id; id++) {
		enum verdict_result r = result(&a, *id);
		if (r == VERDICT_PASS || r == VERDICT_NOT_JUDGED)
			fail_msg("%s passes on nothing", *id);
	}
	expect(&a, "update.changed-metadata", FACT_UNREACHABLE);
	end(&a);
}

/* ---- updates ---- */

static bool repo_is_clean(const struct assessment *a)
{
	char path[400];
	struct stat st;
	(void)snprintf(path, sizeof path, "%s/.hallmark-tamper", a->d.repo);
	return stat(path, &st) != 0;
}

/* REQ: EN303645-5.3-2 EN303645-5.3-9 EN303645-5.3-10 */
static void test_flipped_byte(void **state)
{
	(void)state;
	struct assessment a;
	begin(&a, &(struct double_faults){0});
	probe(&a, "evidence");
	probe(&a, "update");
	expect(&a, "update.changed-metadata", FACT_SEEN);
	expect(&a, "update.recovers", FACT_SEEN);
	expect(&a, "update.changed-image", FACT_SEEN);
	assert_string_equal(fact_set_find(&a.facts, "update.changed-image")->value, "target-hash");
	expect(&a, "update.installs", FACT_SEEN);
	assert_string_equal(fact_set_find(&a.facts, "update.installs")->value, "2.0.0");
	assert_true(repo_is_clean(&a));
	assert_int_equal(result(&a, "5.3-2"), VERDICT_PASS);
	assert_int_equal(result(&a, "5.3-9"), VERDICT_PASS);
	assert_int_equal(result(&a, "5.3-10"), VERDICT_PASS);
	/* It runs now: there is nothing newer to flip a byte of. */
	fact_set_done(&a.facts);
	a.facts = (struct fact_set){0};
	probe(&a, "evidence");
	probe(&a, "update");
	expect(&a, "update.changed-metadata", FACT_SEEN);
	assert_false(fact_looked(state_of(&a, "update.changed-image")));
	assert_false(told_by_device(&a, "update.installs"));
	assert_int_equal(result(&a, "5.3-9"), VERDICT_INCONCLUSIVE);
	end(&a);
}

static void test_bad_updaters(void **state)
{
	(void)state;
	struct assessment a;
	begin(&a, &(struct double_faults){.installs_anything = true});
	probe(&a, "update");
	expect(&a, "update.changed-image", FACT_ABSENT);
	assert_true(repo_is_clean(&a));
	assert_int_equal(result(&a, "5.3-9"), VERDICT_FAIL);
	end(&a);
	/* Refuses, and then never installs the genuine one: the refusal may have had any cause. */
	begin(&a, &(struct double_faults){.never_recovers = true});
	probe(&a, "update");
	expect(&a, "update.changed-image", FACT_SEEN);
	expect(&a, "update.installs", FACT_UNREACHABLE);
	assert_true(repo_is_clean(&a));
	assert_int_equal(result(&a, "5.3-9"), VERDICT_INCONCLUSIVE);
	end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_device),	     cmocka_unit_test(test_each_fault_is_found),
		cmocka_unit_test(test_open_action),	     cmocka_unit_test(test_bad_evidence),
		cmocka_unit_test(test_silence_never_passes), cmocka_unit_test(test_flipped_byte),
		cmocka_unit_test(test_bad_updaters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
