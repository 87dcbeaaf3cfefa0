/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which facts decide which test case. One row per case that this edition judges by looking; the conceptual side of
 * every other case comes from the declaration alone, its functional side is not judged.
 */
#include "assess/judging.h"

#include "assess/judging_network.h"
#include "core/base/banned.h"

#define NEED_RECORDS "factory records of a batch (--records, --factory-pub)"
#define NEED_PAGE "guessing at the owner page (--page-port)"
#define NEED_EVIDENCE "the device's signed evidence (--password-file, --records)"
#define NEED_SERVICE "the maker's public pages (--service)"
#define NEED_TAMPER "a changed release offered in a test rig (--repo, --tamper)"
#define NEED_IMAGE "a newer image with one flipped byte, offered by the service of a test rig (--repo, --tamper)"
#define NEED_TAMPERING "tampering with a protected file before the assessment, and the isolation and alert that follow"
#define NEED_INPUT "malformed input sent to the owner page (--page-port)"
#define NEED_SCAN "a scan of all TCP ports"

/* The key of personal data is a stored secret only while such data is kept: after an erasure there is none. */
static void judge_personal_key(const struct judging_input *in, struct verdict_case *c)
{
	const struct fact *key = fact_set_find(in->facts, "evidence.personal-key-grade");
	const struct fact *data = fact_set_find(in->facts, "evidence.personal-data");
	if (key)
		judging_cite(c, key);
	if (key && key->state == FACT_SEEN)
		return;
	if (data)
		judging_cite(c, data);
	if (!key || !data || key->state != FACT_ABSENT || data->state != FACT_ABSENT)
		judging_open(c, "evidence missing: how personal data is sealed, or that none is kept");
}

/* clang-format off */
const struct judging_case judging_table[] = {
	/* REQ: EN303645-5.1-1 */
	{"5.1-1", true, {
		{"passwords.guess", FACT_ABSENT, NULL, 0, false, NEED_PAGE},
		{"batch.records", FACT_SEEN, NULL, 0, false, NEED_RECORDS},
		{"batch.unique.password", FACT_SEEN, NULL, 0, false, NEED_RECORDS},
		{"batch.size", FACT_SEEN, NULL, 2, true, "records of at least two units"}},
	 NULL, "no common or serial-like password opens the owner page, and every unit of the batch has its own"},
	/* REQ: EN303645-5.1-2 */
	{"5.1-2", true, {
		{"passwords.guess", FACT_ABSENT, NULL, 0, false, NEED_PAGE},
		{"batch.unique.password", FACT_SEEN, NULL, 0, false, NEED_RECORDS},
		{"batch.size", FACT_SEEN, NULL, 2, true, "records of at least two units"},
		{"batch.password-bits", FACT_SEEN, NULL, JUDGING_PASSWORD_BITS, true,
		 "set-up passwords with at least 60 bits of chance"}},
	 NULL, "set-up passwords differ in the batch, carry at least 60 bits, and are not the serial number or the model"},
	/* REQ: EN303645-5.1-3 */
	{"5.1-3", true, {
		{"evidence.envelope", FACT_SEEN, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.password-storage", FACT_SEEN, "argon2id", 0, true, "how the device stores passwords"}},
	 judging_network_tls, "logins run inside sound TLS, and passwords are stored as Argon2id"},
	/* REQ: EN303645-5.1-4 */
	{"5.1-4", true, {
		{"evidence.envelope", FACT_SEEN, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.password-kind", FACT_SEEN, "owner", 0, true,
		 "a password change by the owner before the assessment"}},
	 NULL, "the owner has replaced the set-up password, and signed in with the new one"},
	/* REQ: EN303645-5.1-5 */
	{"5.1-5", true, {{"passwords.throttle", FACT_SEEN, NULL, 0, false, NEED_PAGE}},
	 NULL, "wrong passwords make the device slow down after a few tries"},
	/* REQ: EN303645-5.2-1 */
	{"5.2-1", true, {
		{"documents.security-txt", FACT_SEEN, NULL, 0, false, NEED_SERVICE},
		{"documents.security-txt.contact", FACT_SEEN, NULL, 0, false, NEED_SERVICE},
		{"documents.security-txt.expires", FACT_SEEN, NULL, 0, false, NEED_SERVICE},
		{"documents.policy", FACT_SEEN, NULL, 0, false, NEED_SERVICE},
		{"documents.policy.acknowledge", FACT_SEEN, NULL, 0, false, NEED_SERVICE},
		{"documents.policy.updates", FACT_SEEN, NULL, 0, false, NEED_SERVICE}},
	 NULL, "contact, time to acknowledgement and time between status updates are public"},
	/* REQ: EN303645-5.3-2 */
	{"5.3-2", true, {
		{"update.changed-metadata", FACT_SEEN, NULL, 0, false, NEED_TAMPER},
		{"update.recovers", FACT_SEEN, NULL, 0, true, NEED_TAMPER},
		{"update.changed-image", FACT_SEEN, NULL, 0, false, NEED_IMAGE},
		{"update.installs", FACT_SEEN, NULL, 0, true, NEED_IMAGE},
		{"evidence.counter", FACT_SEEN, NULL, 0, true, "the counter that bars older releases"}},
	 NULL, "changed metadata and a changed image were refused, the genuine release was installed, and older ones are "
	       "barred by a counter"},
	/* REQ: EN303645-5.3-4A */
	{"5.3-4A", true, {
		{"evidence.envelope", FACT_SEEN, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.update-automatic", FACT_SEEN, "on", 0, true, "a device with automatic updates switched on"}},
	 NULL, "the device states that it updates by itself"},
	/* REQ: EN303645-5.3-9 */
	{"5.3-9", true, {
		{"update.changed-metadata", FACT_SEEN, NULL, 0, false, NEED_TAMPER},
		{"update.recovers", FACT_SEEN, NULL, 0, true, NEED_TAMPER},
		{"update.changed-image", FACT_SEEN, NULL, 0, false, NEED_IMAGE},
		{"update.installs", FACT_SEEN, NULL, 0, true, NEED_IMAGE}},
	 NULL, "the device itself refused changed metadata and an image with one flipped byte, and installed the genuine one"},
	/* REQ: EN303645-5.3-10 */
	{"5.3-10", true, {
		{"update.changed-metadata", FACT_SEEN, NULL, 0, false, NEED_TAMPER},
		{"update.recovers", FACT_SEEN, NULL, 0, true, NEED_TAMPER},
		{"update.changed-image", FACT_SEEN, NULL, 0, false, NEED_IMAGE},
		{"update.installs", FACT_SEEN, NULL, 0, true, NEED_IMAGE}},
	 NULL, "what came over the network was refused because it did not fit its signature or its signed hash"},
	/* REQ: EN303645-5.3-13 */
	{"5.3-13", true, {
		{"documents.support", FACT_SEEN, NULL, 0, false, NEED_SERVICE},
		{"documents.support.end", FACT_SEEN, NULL, 0, false, NEED_SERVICE}},
	 NULL, "the public page names the end of the support period, as declared"},
	/* REQ: EN303645-5.3-16 */
	{"5.3-16", true, {{"evidence.page.model", FACT_SEEN, NULL, 0, true, "the model on a label or on the owner page"}},
	 NULL, "the owner page names the model"},
	/* REQ: EN303645-5.4-1 */
	{"5.4-1", true, {
		{"evidence.envelope", FACT_SEEN, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.key-private", FACT_SEEN, NULL, 0, false, "who can read the device's key files"},
		{"evidence.key-grade", FACT_SEEN, NULL, 0, true, "where the device keeps its keys"},
		{"evidence.password-storage", FACT_SEEN, "argon2id", 0, true, "how the device stores passwords"}},
	 judge_personal_key, "keys are readable by the agent alone, passwords are hashed, and personal data, if any is kept, "
			     "is sealed"},
	/* REQ: EN303645-5.4-4 (conceptual only; a batch can back it) */
	{"5.4-4", false, {
		{"batch.unique.statement-key", FACT_SEEN, NULL, 0, false, NEED_RECORDS},
		{"batch.unique.certificate", FACT_SEEN, NULL, 0, false, NEED_RECORDS},
		{"batch.size", FACT_SEEN, NULL, 2, true, "records of at least two units"}},
	 NULL, ""},
	/* REQ: EN303645-5.5-1 */
	{"5.5-1", true, {{0}}, judging_network_tls, "only TLS 1.2 or newer with sound ciphers; older versions are refused"},
	/* REQ: EN303645-5.5-5 */
	{"5.5-5", true, {
		{"evidence.open-access", FACT_ABSENT, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.open-change", FACT_ABSENT, NULL, 0, true,
		 "an attempt to change a setting without signing in"}},
	 judging_network_ports, "nothing can be changed without signing in, and no undeclared port is open"},
	/* REQ: EN303645-5.5-7 */
	{"5.5-7", true, {{0}}, judging_network_all_tls, "every open port speaks TLS, so no secret travels in clear"},
	/* REQ: EN303645-5.6-1 */
	{"5.6-1", true, {
		{"ports.scan", FACT_SEEN, "tcp 1-65535:", 0, true, NEED_SCAN},
		{"evidence.undeclared-listeners", FACT_ABSENT, NULL, 0, false,
		 "the device's own list of listening sockets (UDP is not scanned)"}},
	 judging_network_ports, "no port is open but the declared ones, seen from outside and listed by the device"},
	/* REQ: EN303645-5.6-2 */
	{"5.6-2", true, {
		{"evidence.open-access", FACT_ABSENT, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.front-page.version", FACT_ABSENT, NULL, 0, false, NEED_EVIDENCE}},
	 NULL, "without signing in the owner page tells neither the version nor the state"},
	/* REQ: EN303645-5.6-4A */
	{"5.6-4A", true, {
		{"evidence.debugger", FACT_ABSENT, NULL, 0, true, "whether a debugger is attached to the agent"},
		{"laboratory.debug-pins", FACT_ABSENT, NULL, 0, true,
		 "a look at the opened device: what its debug pins answer"}},
	 judging_network_ports, "no debug interface answers"},
	/* REQ: EN303645-5.6-5 (conceptual only; a scan can back it) */
	{"5.6-5", false, {{"ports.scan", FACT_SEEN, NULL, 0, true, NEED_SCAN}}, NULL, ""},
	/* REQ: EN303645-5.6-7 (conceptual only; the device can back it) */
	{"5.6-7", false, {{"evidence.envelope", FACT_SEEN, NULL, 0, true, NEED_EVIDENCE}}, NULL, ""},
	/* REQ: EN303645-5.7-2 */
	{"5.7-2", true, {
		{"evidence.last-full-scan", FACT_SEEN, NULL, 0, true, "the device's scan of its protected files"},
		{"evidence.firewall", FACT_SEEN, NULL, 0, true, "a loaded firewall, which isolation rests on"},
		{"evidence.last-isolation", FACT_SEEN, NULL, 0, true, NEED_TAMPERING},
		{"evidence.last-isolation.alert", FACT_SEEN, NULL, 0, true, NEED_TAMPERING},
		{"evidence.last-isolation.network", FACT_SEEN, NULL, 0, true, NEED_TAMPERING}},
	 NULL, "the device states under its key that it isolated itself when a protected file was changed, and alerted"},
	/* REQ: EN303645-5.10-1 (conceptual only; the device can back it) */
	{"5.10-1", false, {
		{"evidence.telemetry-examined", FACT_SEEN, NULL, 0, true,
		 "the device's statement of what it looks for in telemetry"}}, NULL, ""},
	/* REQ: EN303645-5.11-1 */
	{"5.11-1", true, {
		{"evidence.envelope", FACT_SEEN, NULL, 0, false, NEED_EVIDENCE},
		{"evidence.receipt", FACT_SEEN, "key destroyed", 0, true, "an erasure before the assessment"}},
	 NULL, "personal data was erased, its key destroyed, and the device gave the signed receipt to the owner"},
	/* REQ: EN303645-5.11-3 */
	{"5.11-3", true, {{"evidence.page.erase", FACT_SEEN, NULL, 0, true, "a page that tells the owner how to delete"}},
	 NULL, "the owner page leads to a page that tells how to delete personal data, and does it"},
	/* REQ: EN303645-5.11-4 */
	{"5.11-4", true, {
		{"evidence.receipt", FACT_SEEN, NULL, 0, true, "an erasure before the assessment"}},
	 NULL, "an erasure ends with a signed receipt that the owner sees"},
	/* REQ: EN303645-5.13-1A */
	{"5.13-1A", true, {{"input.forms", FACT_SEEN, NULL, 0, false, NEED_INPUT}},
	 NULL, "a few dozen malformed forms and addresses were refused or did no harm, and the page went on serving"},
	/* REQ: EN303645-5.13-1B */
	{"5.13-1B", true, {{"input.messages", FACT_SEEN, NULL, 0, false, NEED_INPUT}},
	 NULL, "a few dozen malformed messages were refused, and the page went on serving"},
	{0},
};
/* clang-format on */
