/* SPDX-License-Identifier: Apache-2.0 */
/* host/os/loop: timers in order, watches that remove themselves and each other, signals as events. */
#include "check.h"

#include <signal.h>
#include <unistd.h>

#include "core/base/units.h"
#include "host/os/loop.h"

struct trace {
	struct loop *l;
	struct loop_watch *first, *second;
	char order[32];
	size_t n;
	int fds[2];
};

struct step {
	struct trace *t;
	char name;
	bool stop;
};

static void note(struct trace *t, char c)
{
	assert_true(t->n + 1 < sizeof t->order);
	t->order[t->n++] = c;
	t->order[t->n] = 0;
}

static void on_step(void *ctx, struct now now)
{
	const struct step *s = ctx;
	(void)now;
	note(s->t, s->name);
	if (s->stop)
		loop_stop(s->t->l);
}

static void loop_free_at(struct loop **l)
{
	loop_free(*l);
}

static void timers_run_in_order_of_their_time(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct trace t = {0};
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	struct step a = {&t, 'a', false}, b = {&t, 'b', false}, c = {&t, 'c', false}, end = {&t, 'z', true};
	check_ok(loop_timer(l, 30, on_step, &end, NULL, &e));
	check_ok(loop_timer(l, 20, on_step, &c, NULL, &e));
	check_ok(loop_timer(l, 5, on_step, &a, NULL, &e));
	check_ok(loop_timer(l, 10, on_step, &b, NULL, &e));
	(void)usleep(40000); /* all are due at the first turn: a late process must not turn them around */
	check_ok(loop_run(l, &e));
	assert_string_equal(t.order, "abcz");
}

static void equal_times_run_in_order_of_making(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct trace t = {0};
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	struct step a = {&t, 'a', false}, b = {&t, 'b', false}, c = {&t, 'c', true};
	check_ok(loop_timer(l, 0, on_step, &a, NULL, &e));
	check_ok(loop_timer(l, -5, on_step, &b, NULL, &e));
	check_ok(loop_timer(l, 0, on_step, &c, NULL, &e));
	check_ok(loop_run(l, &e));
	assert_string_equal(t.order, "abc");
}

static void on_again(void *ctx, struct now now)
{
	struct trace *t = ctx;
	struct err e = {0};
	(void)now;
	note(t, 'r');
	if (t->n == 3)
		loop_stop(t->l);
	else
		check_ok(loop_timer(t->l, 0, on_again, t, NULL, &e));
}

static void a_timer_may_set_its_successor(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct trace t = {0};
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	check_ok(loop_timer(l, 0, on_again, &t, NULL, &e));
	check_ok(loop_run(l, &e));
	assert_string_equal(t.order, "rrr");
}

struct turns {
	struct loop *l;
	int timers, fds;
};

static void on_ready(void *ctx, uint32_t events, struct now now)
{
	struct turns *t = ctx;
	(void)events, (void)now;
	t->fds++;
}

static void on_restless(void *ctx, struct now now)
{
	struct turns *t = ctx;
	struct err e = {0};
	(void)now;
	if (++t->timers == 50)
		loop_stop(t->l);
	else
		check_ok(loop_timer(t->l, 0, on_restless, t, NULL, &e));
}

/* A timer that always wants to run again must not starve the descriptors: one call, one turn. */
static void a_restless_timer_starves_nobody(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct loop_watch *w = NULL;
	struct turns t = {0};
	int fds[2];
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1); /* stays unread, and so ready */
	check_ok(loop_watch_fd(l, fds[0], EPOLLIN, on_ready, &t, &w, &e));
	check_ok(loop_timer(l, 0, on_restless, &t, NULL, &e));
	check_ok(loop_run(l, &e));
	assert_int_equal(t.fds, t.timers);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void a_removed_timer_does_not_run(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct loop_watch *w = NULL;
	struct trace t = {0};
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	struct step a = {&t, 'a', false}, end = {&t, 'z', true};
	check_ok(loop_timer(l, 0, on_step, &a, &w, &e));
	check_ok(loop_timer(l, 5, on_step, &end, NULL, &e));
	loop_remove(l, w);
	loop_remove(l, w);
	loop_remove(l, NULL);
	check_ok(loop_run(l, &e));
	assert_string_equal(t.order, "z");
}

/* Both ends are ready in one turn; whichever is called first removes the other, which must then stay silent. */
static void on_either(void *ctx, uint32_t events, struct now now)
{
	struct trace *t = ctx;
	(void)events, (void)now;
	note(t, 'e');
	loop_remove(t->l, t->first);
	loop_remove(t->l, t->second);
}

static void a_watch_may_remove_another_that_is_ready(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct trace t = {0};
	int other[2];
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	assert_int_equal(pipe(t.fds), 0);
	assert_int_equal(pipe(other), 0);
	check_ok(loop_watch_fd(l, t.fds[0], EPOLLIN, on_either, &t, &t.first, &e));
	check_ok(loop_watch_fd(l, other[0], EPOLLIN, on_either, &t, &t.second, &e));
	assert_int_equal(write(t.fds[1], "x", 1), 1);
	assert_int_equal(write(other[1], "x", 1), 1);
	struct step end = {&t, 'z', true};
	check_ok(loop_timer(l, 20, on_step, &end, NULL, &e));
	check_ok(loop_run(l, &e));
	assert_string_equal(t.order, "ez");
	for (int i = 0; i < 2; i++) {
		(void)close(t.fds[i]);
		(void)close(other[i]);
	}
}

static void on_signal(void *ctx, int signo, struct now now)
{
	struct trace *t = ctx;
	(void)now;
	note(t, signo == SIGUSR1 ? '1' : '2');
	if (t->n == 2)
		loop_stop(t->l);
}

static void signals_are_events(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct trace t = {0};
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	check_ok(loop_signal(l, SIGUSR1, on_signal, &t, &e));
	check_ok(loop_signal(l, SIGUSR2, on_signal, &t, &e));
	assert_int_equal(kill(getpid(), SIGUSR2), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	check_ok(loop_run(l, &e));
	assert_int_equal(t.n, 2);
	assert_non_null(strchr(t.order, '1'));
	assert_non_null(strchr(t.order, '2'));
}

static void bad_descriptors_are_refused(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct loop_watch *w = NULL;
	(void)state;
	check_ok(loop_new(&l, &e));
	assert_true(rc_failed(loop_watch_fd(l, 9999, EPOLLIN, on_either, NULL, &w, &e)));
	assert_null(w);
	loop_free(NULL);
}

static void the_end_of_a_turn_comes_after_all_of_it(void **state)
{
	struct err e = {0};
	CLEANUP(loop_free_at) struct loop *l = NULL;
	struct trace t = {0};
	struct loop_watch *gone, *w;
	(void)state;
	check_ok(loop_new(&l, &e));
	t.l = l;
	struct step a = {&t, 'a', false}, end = {&t, 'z', true}, turn = {&t, '.', false}, never = {&t, 'n', false};
	check_ok(loop_each_turn(l, on_step, &turn, &w, &e));
	check_ok(loop_each_turn(l, on_step, &never, &gone, &e));
	loop_remove(l, gone);
	check_ok(loop_timer(l, 0, on_step, &a, NULL, &e));
	check_ok(loop_timer(l, 30, on_step, &end, NULL, &e));
	check_ok(loop_run(l, &e));
	/* In the last turn too: "a.z.", maybe with a turn more while waiting. */
	assert_true(t.n >= 4 && t.order[t.n - 1] == '.' && t.order[t.n - 2] == 'z');
	assert_non_null(strstr(t.order, "a."));
	assert_null(strchr(t.order, 'n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_run_in_order_of_their_time),
		cmocka_unit_test(the_end_of_a_turn_comes_after_all_of_it),
		cmocka_unit_test(equal_times_run_in_order_of_making),
		cmocka_unit_test(a_timer_may_set_its_successor),
		cmocka_unit_test(a_restless_timer_starves_nobody),
		cmocka_unit_test(a_removed_timer_does_not_run),
		cmocka_unit_test(a_watch_may_remove_another_that_is_ready),
		cmocka_unit_test(signals_are_events),
		cmocka_unit_test(bad_descriptors_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
