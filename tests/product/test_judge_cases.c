/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every conceptual case of TS 103 701: at least one declaration that does not meet it, and one that does. Each row is
 * the example with a few words replaced, the case that must answer, and how.
 */
#include "declared.h"

#include "core/codec/rfc3339.h"
#include "product/judge.h"

#define TODAY "2026-10-01"
#define EDITS_MAX 4

struct row {
	const char *test;
	enum judge_word word;
	const char *text; /* must be in the reason */
	struct declared_edit edits[EDITS_MAX + 1];
};

#define BAD JUDGE_CONTRADICTED
#define MISS JUDGE_MISSING
#define OPEN JUDGE_OPEN
#define WELL JUDGE_PROMISED
#define NONE_NEEDED JUDGE_NOT_APPLICABLE

/* Pieces of the example. */
#define FIRST_CRYPTO "crypto: [Argon2id, TLS 1.3]"
#define LOGIN_GUARANTEES "    guarantees: [authenticity, integrity, confidentiality]\n    crypto: [Argon2id"
#define GENERATION                                                                                                     \
	"    generation: 12 characters of Crockford base32 from the kernel's random source, drawn in the factory\n"
#define GUESSING "    guessing: after 5 wrong tries a pause that doubles up to 15 minutes, kept over a restart\n"
#define CHANNEL_CRYPTO "    crypto: [TLS 1.3, ECDSA P-256, AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305]\n"
#define CHANNEL_GUARANTEES "    guarantees: [authenticity, integrity, confidentiality, freshness]\n"
#define DEVICE_KEY                                                                                                     \
	"type: critical\n    use: service\n    where: file\n    made: per-unit-random\n    generation: from the "      \
	"kernel's random source\n    protection: readable by the agent's user only\n"
#define DEVICE_STAYS DEVICE_KEY "    leaves_device: false\n"
#define OTHER(more)                                                                                                    \
	{                                                                                                              \
		"  slot_mib: 256\n", "  slot_mib: 256\n  others:\n    - id: radio\n      what: its own loader\n" more  \
	}
#define OTHER_WELL                                                                                                     \
	"      guarantees: [authenticity, integrity]\n      crypto: [Ed25519]\n      initiation: by itself, each "     \
	"start\n"                                                                                                      \
	"      checking: at each start\n      notification: with the system image\n"
#define IDENTITY(where)                                                                                                \
	{                                                                                                              \
		"type: critical\n    use: service\n    where: file",                                                   \
			"type: critical\n    use: identity\n    where: " where                                         \
	}
#define RECORDINGS_SENT                                                                                                \
	{"protection: public # only", "protection: tls\n    channel: service-tls\n    data: [recordings] # only"},     \
	{                                                                                                              \
		"where: device\n", "where: both\n"                                                                     \
	}
#define ON_CONSENT                                                                                                     \
	{                                                                                                              \
		"basis: contract\n", "basis: consent\n"                                                                \
	}
#define HANDLING                                                                                                       \
	"  handling:\n    - id: product-software\n      what: in the software of the camera\n"                         \
	"      action: confirm, mend, test on every model, ship as an update, publish an advisory\n      days: 30\n"   \
	"    - id: third-party\n      what: in parts that others supply\n"                                             \
	"      action: take the supplier's fix or work around it, ship as an update, publish an advisory\n      "      \
	"days: 30\n"                                                                                                   \
	"    - id: services\n      what: in the services that the camera talks to\n"                                   \
	"      action: mend and deploy; tell owners if their data was reached\n      days: 7\n"
#define NEVER                                                                                                          \
	{                                                                                                              \
		"update: immutable\n    crypto: fixed\n    why: it anchors trust in everything that starts after "     \
		"it\n",                                                                                                \
			"update: never\n    crypto: fixed\n    why: the maker of the part ships none\n"                \
	}

/* clang-format off */
static const struct row rows[] = {
	{"5.0-1-1", MISS, "6-8", {{"  - provision: 6-8\n    why: a clip of who was at the door is of use only when the person can be recognised\n", ""}}},
	{"5.0-1-1", MISS, "says nothing", {{"why: a clip of who was at the door is of use only when the person can be recognised", "why: n/a"}}},
	{"5.0-1-1", MISS, "5.3-12", {{"  warns_of_interruption: true\n", ""}}},

	{"5.1-1-1", BAD, "same on every unit", {{"made: per-unit-random", "made: universal"}}},
	{"5.1-1-1", MISS, "nobody sets", {{"made: per-unit-random", "made: none"}}},
	{"5.1-1-1", BAD, "works as delivered", {{"made: per-unit-random", "made: user-set"}, {"as_delivered: setup", "as_delivered: \"on\""}}},
	{"5.1-1-1", WELL, "", {{"made: per-unit-random", "made: user-set"}}},
	{"5.1-1-1", NONE_NEEDED, "no password", {{"kind: password", "kind: key"}}},

	{"5.1-2-1", BAD, "derived", {{"made: per-unit-random", "made: derived"}}},
	{"5.1-2-1", BAD, "59 random bits", {{"bits: 60", "bits: 59"}}},
	{"5.1-2-1", MISS, "bits", {{"    bits: 60\n", ""}}},
	{"5.1-2-1", MISS, "generated is not stated", {{GENERATION, ""}}},
	{"5.1-2-1", BAD, "serial", {{GENERATION, "    generation: 12 characters of base32 from a hash of the serial number\n"}}},
	{"5.1-2-1", BAD, "mac", {{GENERATION, "    generation: 12 characters of base32, HMAC of the MAC under a key of the maker\n"}}},
	{"5.1-2-1", BAD, "counter", {{GENERATION, "    generation: a counter, encrypted, as 12 characters of base32\n"}}},
	{"5.1-2-1", BAD, "SSID", {{GENERATION, "    generation: 12 characters of base32, seeded by the SSID\n"}}},
	{"5.1-2-1", OPEN, "to deny it", {{GENERATION, "    generation: 12 characters of base32, not from the serial number\n"}}},
	{"5.1-2-1", BAD, "gives 40", {{GENERATION, "    generation: 8 characters of base32 from the kernel's random source\n"}}},
	{"5.1-2-1", BAD, "tried through", {{"kind: password", "kind: pin"}, {"bits: 60", "bits: 13"}, {GENERATION, "    generation: 4 digits from the kernel's random source\n"}}},
	{"5.1-2-1", BAD, "nothing that slows", {{"kind: password", "kind: pin"}, {"brute_force: throttled", "brute_force: none"}}},
	{"5.1-2-1", WELL, "", {{GENERATION, "    generation: 20 characters of base32 from the kernel's random source\n"}}},
	{"5.1-2-1", WELL, "", {{"kind: password", "kind: pin"}, {"bits: 60", "bits: 26"}, {GENERATION, "    generation: 8 digits from the kernel's random source\n"}}},
	{"5.1-2-1", NONE_NEEDED, "factory", {{"made: per-unit-random", "made: user-set"}}},

	{"5.1-2A-1", BAD, "machines log in", {{"used_by: user", "used_by: machine"}}},

	{"5.1-3-1", BAD, "in clear", {{"protection: tls", "protection: none"}}},
	{"5.1-3-1", BAD, "in clear", {{"protection: tls", "protection: public"}}},
	{"5.1-3-1", BAD, "MD5", {{FIRST_CRYPTO, "crypto: [MD5, TLS 1.3]"}}},
	{"5.1-3-1", OPEN, "not in the reference catalogue", {{FIRST_CRYPTO, "crypto: [LumenCrypt]"}}},
	{"5.1-3-1", OPEN, "not say enough", {{FIRST_CRYPTO, "crypto: [TLS]"}}},
	{"5.1-3-1", OPEN, "2030-12-31 only", {{FIRST_CRYPTO, "crypto: [RSA-2048]"}}},
	{"5.1-3-1", OPEN, "tolerated", {{FIRST_CRYPTO, "crypto: [AES-128-CBC]"}}},
	{"5.1-3-1", WELL, "", {{FIRST_CRYPTO, "crypto: [RSA-2048]"}, {"until: 2031-12-31", "until: 2030-12-31"}}},
	{"5.1-3-1", MISS, "not stated", {{"    " FIRST_CRYPTO "\n", ""}}},
	{"5.1-3-1", BAD, "without authenticity", {{LOGIN_GUARANTEES, "    guarantees: [integrity]\n    crypto: [Argon2id"}}},

	{"5.1-4-1", BAD, "cannot be changed", {{"changeable: true", "changeable: false"}}},
	{"5.1-4-1", MISS, "can be changed", {{"    changeable: true\n", ""}}},
	{"5.1-4-1", MISS, "password_url", {{"  password_url: https://lumen.example/manual/lumen-cam1#password\n", ""}}},
	{"5.1-4-1", WELL, "", {{"  password_url:", "  manual_url:"}}},

	{"5.1-5-1", BAD, "without limit", {{"brute_force: throttled", "brute_force: none"}}},
	{"5.1-5-1", MISS, "what stops guessing", {{"    brute_force: throttled\n", ""}}},
	{"5.1-5-1", MISS, "figures", {{GUESSING, ""}}},
	{"5.1-5-1", MISS, "figures", {{GUESSING, "    guessing: it waits longer and longer\n"}}},
	{"5.1-5-1", BAD, "can be searched", {{"kind: password", "kind: key"}, {"bits: 60", "bits: 64"}}},
	{"5.1-5-1", WELL, "", {{"kind: password", "kind: token"}, {"bits: 60", "bits: 128"}, {"    brute_force: throttled\n", ""}}},
	{"5.1-5-1", NONE_NEEDED, "constraints.brute_force", {{"channels:\n", "constraints:\n  brute_force: it has no clock\nchannels:\n"}}},

	/* A limit without a reason is none. */
	{"5.1-5-1", BAD, "without limit", {{"channels:\n", "constraints:\n  brute_force: \"-\"\nchannels:\n"}, {"brute_force: throttled", "brute_force: none"}}},

	{"5.2-1-1", MISS, "disclosure policy", {{"  policy_url: https://lumen.example/disclosure\n", ""}}},
	{"5.2-1-1", MISS, "first answer", {{"  acknowledge_days: 5\n", ""}}},
	{"5.2-1-1", MISS, "between news", {{"  update_days: 14\n", ""}}},
	{"5.2-1-1", OPEN, "after 60 days", {{"acknowledge_days: 5", "acknowledge_days: 60"}}},
	{"5.2-1-1", OPEN, "every 90 days", {{"update_days: 14", "update_days: 90"}}},

	{"5.2-2-1", MISS, "vulnerability_actions", {{"  vulnerability_actions: true\n", ""}}},
	{"5.2-2-1", BAD, "denied", {{"vulnerability_actions: true", "vulnerability_actions: false"}}},
	{"5.2-2-1", BAD, "200 days", {{"      days: 7\n", "      days: 200\n"}}},
	{"5.2-2-1", OPEN, "100 days", {{"      days: 7\n", "      days: 100\n"}}},
	{"5.2-2-1", MISS, "names no steps", {{"action: mend and deploy; tell owners if their data was reached", "action: \"-\""}}},

	{"5.2-2-1", MISS, "no steps and no time", {{HANDLING, ""}, {"  fix_days: 30\n", ""}}},
	{"5.2-2-1", WELL, "", {{HANDLING, ""}}},

	{"5.2-3-1", MISS, "monitoring", {{"  monitoring: the parts of every release are matched against published advisories each night\n", ""}}},
	{"5.2-3-1", MISS, "vulnerability_monitoring", {{"  vulnerability_monitoring: true\n", ""}}},
	{"5.2-3-1", BAD, "denied", {{"vulnerability_monitoring: true", "vulnerability_monitoring: false"}}},

	{"5.3-1-1", BAD, "never updated", {{"update: updated", "update: never"}}},
	{"5.3-1-1", MISS, "without a reason", {{"    why: it anchors trust in everything that starts after it\n", ""}}},
	{"5.3-1-1", BAD, "by no mechanism", {{"mechanism: hallmark", "mechanism: none"}}},

	{"5.3-2-1", BAD, "no update mechanism", {{"mechanism: hallmark", "mechanism: none"}}},
	{"5.3-2-1", BAD, "not signed", {{"signature: ed25519", "signature: none"}}},
	{"5.3-2-1", MISS, "signed is not stated", {{"  signature: ed25519\n", ""}}},
	{"5.3-2-1", BAD, "older version", {{"rollback_protection: true", "rollback_protection: false"}}},
	{"5.3-2-1", MISS, "rollback_protection", {{"  rollback_protection: true\n", ""}}},
	{"5.3-2-1", BAD, "without authenticity", {{"  slot_mib: 256\n", "  slot_mib: 256\n  guarantees: [integrity]\n"}}},
	{"5.3-2-1", MISS, "radio", {OTHER("")}},
	{"5.3-2-1", BAD, "radio is declared without integrity", {OTHER("      guarantees: [authenticity]\n")}},
	{"5.3-2-1", WELL, "", {OTHER(OTHER_WELL)}},

	{"5.3-3-1", BAD, "manual work", {{"user_action: none", "user_action: manual"}}},
	{"5.3-3-1", MISS, "owner has to do", {{"  automatic: true\n  user_action: none\n", ""}}},
	{"5.3-3-1", MISS, "who starts", {OTHER("")}},
	{"5.3-3-1", WELL, "one step", {{"user_action: none", "user_action: one-step"}}},
	{"5.3-3-1", NONE_NEEDED, "", {{"mechanism: hallmark", "mechanism: none"}}},

	{"5.3-4A-1", BAD, "not install", {{"automatic: true", "automatic: false"}}},
	{"5.3-4A-1", MISS, "automatic", {{"  automatic: true\n", ""}}},

	{"5.3-4B-1", BAD, "not asked", {{"asks_at_setup: true", "asks_at_setup: false"}}},
	{"5.3-4B-1", MISS, "asks_at_setup", {{"  asks_at_setup: true\n", ""}}},
	{"5.3-4B-1", BAD, "no decision", {{"  - id: automatic-updates\n    what: whether updates install by themselves\n", "  - id: language\n    what: language of the page\n"}}},
	{"5.3-4B-1", BAD, "another time", {{"    usual: \"on\"\n    when: setup\n", "    usual: \"on\"\n    when: wish\n"}}},

	{"5.3-4B-1", WELL, "", {{"decisions:\n", "decisions:\n  - {id: update-notices, what: notices, options: [a, b], usual: a, when: wish}\n"}}},

	{"5.3-5-1", MISS, "how often", {{"  check_hours: 6\n", ""}}},
	{"5.3-5-1", OPEN, "744", {{"check_hours: 6", "check_hours: 744"}}},
	{"5.3-5-1", MISS, "radio", {OTHER("")}},

	{"5.3-6A-1", BAD, "no say", {{"can_turn_off: true\n  can_postpone: true", "can_turn_off: false\n  can_postpone: false"}}},
	{"5.3-6A-1", MISS, "can_turn_off", {{"  can_turn_off: true\n  can_postpone: true\n", ""}}},
	{"5.3-6A-1", WELL, "", {{"can_turn_off: true", "can_turn_off: false"}}},

	{"5.3-6B-1", MISS, "notices", {{"version: 1.0.0\nreleased", "version: 1.0.1\nreleased"}}},
	{"5.3-6B-1", WELL, "", {{"decisions:\n", "decisions:\n  - id: update-notices\n    what: whether the page tells of updates\n    options: [\"yes\", \"no\"]\n    usual: \"yes\"\n    when: wish\n"}}},

	{"5.3-7-1", BAD, "not signed", {{"signature: ed25519", "signature: none"}}},
	{"5.3-7-1", MISS, "signed", {{"  signature: ed25519\n", ""}}},
	{"5.3-7-1", BAD, "SHA-1", {{"crypto: [SHA-256, TLS 1.3]", "crypto: [SHA-1]"}}},
	{"5.3-7-1", BAD, "TLS 1.1", {{"crypto: [SHA-256, TLS 1.3]", "crypto: [SHA-256, TLS 1.1]"}}},
	{"5.3-7-1", MISS, "cryptography", {{"  crypto: [SHA-256, TLS 1.3]\n", ""}}},
	{"5.3-7-1", OPEN, "its size", {{"signature: ed25519", "signature: rsa-pss"}}},
	{"5.3-7-1", WELL, "", {{"signature: ed25519\n  crypto: [SHA-256", "signature: rsa-pss\n  crypto: [RSA-PSS-4096, SHA-256"}}},
	{"5.3-7-1", MISS, "radio", {OTHER("      guarantees: [authenticity, integrity]\n")}},

	{"5.3-8-1", MISS, "no time", {{"  fix_days: 30\n  procedures:\n    - id: own-code\n      what: triage within 5 days, fix and review, test on every model, release to 1 %, then to all\n      days: 30\n    - id: third-party\n      what: the supplier's fix is taken over, tested on every model, released to 1 %, then to all\n      days: 30\n", ""}}},
	{"5.3-8-1", BAD, "365 days", {{"fix_days: 30", "fix_days: 365"}}},
	{"5.3-8-1", OPEN, "120 days", {{"fix_days: 30", "fix_days: 120"}}},
	{"5.3-8-1", BAD, "within 20 days, and own-code takes 30", {{"fix_days: 30", "fix_days: 20"}}},
	{"5.3-8-1", MISS, "own-code names no steps", {{"what: triage within 5 days, fix and review, test on every model, release to 1 %, then to all", "what: \"-\""}}},
	{"5.3-8-1", MISS, "update_procedures", {{"  update_procedures: true\n", ""}}},

	{"5.3-9-1", BAD, "not check updates", {{"verified_on_device: true", "verified_on_device: false"}}},
	{"5.3-9-1", MISS, "verified_on_device", {{"  verified_on_device: true\n", ""}}},

	{"5.3-10-1", BAD, "not check updates", {{"verified_on_device: true", "verified_on_device: false"}}},
	{"5.3-10-1", BAD, "not signed", {{"signature: ed25519", "signature: none"}}},
	{"5.3-10-1", MISS, "no security parameter", {{"    type: public\n    use: update\n", "    type: public\n    use: service\n"}}},
	{"5.3-10-1", MISS, "verified_on_device", {{"  verified_on_device: true\n", ""}}},
	{"5.3-10-1", WELL, "", {{"  network: true\n", ""}}},
	{"5.3-10-1", NONE_NEEDED, "", {{"network: true", "network: false"}}},
	{"5.3-10-1", MISS, "radio", {{"network: true", "network: false"}, OTHER("      network: true\n")}},

	{"5.3-11-1", BAD, "not told", {{"notifies: true", "notifies: false"}}},
	{"5.3-11-1", MISS, "notifies", {{"  notifies: true\n", ""}}},
	{"5.3-11-1", MISS, "radio", {OTHER("")}},
	{"5.3-11-1", WELL, "", {OTHER(OTHER_WELL)}},
	{"5.3-12-1", BAD, "not told", {{"warns_of_interruption: true", "warns_of_interruption: false"}}},
	{"5.3-12-1", MISS, "warns_of_interruption", {{"  warns_of_interruption: true\n", ""}}},

	{"5.3-13-1", MISS, "no page", {{"  published: https://lumen.example/support\n", ""}}},
	{"5.3-13-1", BAD, "before the product is released", {{"until: 2031-12-31", "until: 2026-09-30"}}},
	{"5.3-13-1", BAD, "ended on", {{"until: 2031-12-31", "until: 2026-09-30"}, {"released: 2026-10-01", "released: 2020-10-01"}}},

	{"5.3-14-1", MISS, "why component boot-rom", {NEVER, {"    why: the maker of the part ships none\n", ""}}},
	{"5.3-14-1", MISS, "hardware is replaced", {NEVER, {"  replacement_url: https://lumen.example/support#replacement\n", ""}}},
	{"5.3-14-1", MISS, "why parts", {NEVER, {"  non_updatable_url: https://lumen.example/support#parts\n", ""}}},
	{"5.3-14-1", MISS, "support period", {NEVER, {"  published: https://lumen.example/support\n", ""}}},
	{"5.3-14-1", WELL, "", {NEVER}},
	{"5.3-15A-1", MISS, "isolation", {NEVER, {"  isolation: works in the home network with its way to the internet blocked at the router\n", ""}}},
	{"5.3-15A-1", WELL, "", {NEVER}},
	{"5.3-15B-1", MISS, "hardware", {NEVER, {"  hardware: exchanged by the maker free of charge during the support period\n", ""}}},
	{"5.3-15B-1", WELL, "", {NEVER}},
	{"5.3-16-1", MISS, "model_shown_on", {{"model_shown_on: both\n", ""}}},

	{"5.4-1-1", MISS, "protected where it lies", {{"    protection: readable by the agent's user only\n", ""}}},
	{"5.4-1-1", BAD, "without confidentiality", {{DEVICE_STAYS, DEVICE_KEY "    guarantees: [integrity]\n"}}},
	{"5.4-1-1", BAD, "is public", {{"type: public\n", "type: public\n    guarantees: [integrity, confidentiality]\n"}}},
	{"5.4-1-1", BAD, "read-only", {{"use: service\n    where: file", "use: service\n    where: rom"}}},
	{"5.4-1-1", MISS, "not listed", {{"    type: public\n    use: update\n", "    type: public\n    use: service\n"}}},
	{"5.4-1-1", MISS, "the login owner-password", {{"use: login", "use: storage"}, {"use: login", "use: storage"}}},
	{"5.4-1-1", WELL, "", {{"where: file\n    made: per-unit-random\n    generation: from the kernel's random source\n    protection: readable by the agent's user only\n", "where: tpm\n    made: per-unit-random\n    generation: by the TPM's generator\n"}}},

	{"5.4-2-1", BAD, "lies in a file", {IDENTITY("file")}},
	{"5.4-2-1", MISS, "resists", {IDENTITY("tpm"), {"    protection: readable by the agent's user only\n", ""}}},
	{"5.4-2-1", WELL, "", {IDENTITY("secure-element")}},
	{"5.4-3-1", BAD, "same on every unit", {{"where: file\n    made: per-unit-random", "where: file\n    made: universal"}}},
	{"5.4-3-1", MISS, "how device-key", {{"where: file\n    made: per-unit-random\n", "where: file\n"}}},
	{"5.4-3-1", BAD, "every unit", {{"provisioned: factory", "provisioned: update"}}},
	{"5.4-4-1", MISS, "how device-key is made", {{"where: file\n    made: per-unit-random\n", "where: file\n"}}},
	{"5.4-4-1", BAD, "can be guessed", {{"where: file\n    made: per-unit-random", "where: file\n    made: derived"}}},
	{"5.4-4-1", MISS, "generated is not stated", {{"    generation: from the kernel's random source\n", ""}}},
	{"5.4-4-1", BAD, "serial", {{"    generation: from the kernel's random source\n", "    generation: a hash of the serial number\n"}}},

	{"5.5-1-1", BAD, "answers in clear", {{"protection: tls", "protection: none"}}},
	{"5.5-1-1", BAD, "in clear", {{"protection: public #", "protection: none #"}}},
	{"5.5-1-1", MISS, "which version", {{"    channel: page-tls\n", ""}}},
	{"5.5-1-1", BAD, "3DES", {{CHANNEL_CRYPTO, "    crypto: [TLS 1.2, 3DES]\n"}}},
	{"5.5-1-1", OPEN, "TLS 1.9", {{CHANNEL_CRYPTO, "    crypto: [TLS 1.9]\n"}}},
	{"5.5-1-1", MISS, "cryptography", {{CHANNEL_CRYPTO, ""}}},
	{"5.5-1-1", MISS, "gives is not stated", {{CHANNEL_GUARANTEES, ""}}},
	{"5.5-1-1", BAD, "without integrity", {{CHANNEL_GUARANTEES, "    guarantees: [confidentiality]\n"}}},
	{"5.5-2-1", MISS, "which version", {{"OpenSSL 3.0: TLS", "OpenSSL: TLS"}}},
	{"5.5-2-1", MISS, "report", {{"    report: https://openssl-library.org/policies\n", ""}}},
	{"5.5-2-1", MISS, "how openssl", {{"review: public source, audited, fuzzed without a break, security updates from the distribution", "review: \"yes\""}}},
	{"5.5-3-1", OPEN, "boot-rom", {{"version: 1.0.0\nreleased", "version: 1.0.1\nreleased"}}},
	{"5.5-3-1", BAD, "boot-rom", {{"    why: it anchors trust in everything that starts after it\n", ""}}},
	{"5.5-3-1", BAD, "os-image", {{"crypto: replaceable", "crypto: fixed"}}},
	{"5.5-3-1", MISS, "busybox", {{"    crypto: fixed\n", "    crypto: none\n"}, {"    update: updated\n    crypto: none\n", "    update: updated\n"}}},
	{"5.5-3-1", BAD, "said to be replaceable", {{"crypto: fixed", "crypto: replaceable"}}},
	{"5.5-3-1", BAD, "nothing can be updated", {{"mechanism: hallmark", "mechanism: none"}}},
	{"5.5-3-1", WELL, "", {{"crypto: fixed", "crypto: none"}}},
	{"5.5-4-1", BAD, "port 8443 asks nobody", {{"auth: owner-password", "auth: none"}}},
	{"5.5-5-1", BAD, "port 9443 asks nobody", {{"auth: owner-password\n    protection: tls\n    configures: true", "auth: none\n    protection: tls\n    configures: true"}}},
	{"5.5-5-1", MISS, "port 8443", {{"    configures: false\n", ""}}},
	{"5.5-6-1", MISS, "which channel device-key", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n"}}},
	{"5.5-6-1", BAD, "without confidentiality", {{DEVICE_STAYS, DEVICE_KEY "    channels: [page-tls]\n"}, {CHANNEL_GUARANTEES, "    guarantees: [authenticity, integrity]\n"}}},
	{"5.5-6-1", WELL, "", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n    channels: [service-tls]\n"}}},
	{"5.5-7-1", MISS, "which channel device-key", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n"}}},
	{"5.5-7-1", MISS, "states no guarantees", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n    channels: [page-tls]\n"}, {CHANNEL_GUARANTEES, ""}}},
	{"5.5-7-1", BAD, "RC4", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n    channels: [page-tls]\n"}, {CHANNEL_CRYPTO, "    crypto: [TLS 1.2, RC4]\n"}}},
	{"5.5-7-1", BAD, "flow", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n    channels: [service-tls]\n"}, {"protection: public #", "protection: none #"}}},
	{"5.5-7-1", WELL, "", {{DEVICE_STAYS, DEVICE_KEY "    leaves_device: true\n    channels: [service-tls]\n"}}},
	{"5.5-8-1", MISS, "parameter_care.renewal", {{"  renewal: root and release keys are rotated with signatures of old and new keys\n", ""}}},
	{"5.5-8-1", MISS, "secure_management", {{"  secure_management: true\n", ""}}},
	{"5.5-8-1", BAD, "denied", {{"secure_management: true", "secure_management: false"}}},

	{"5.6-1-1", BAD, "open and not needed", {{"state: used\n      protection: behind", "state: open\n      protection: behind"}}},
	{"5.6-1-1", MISS, "tcp-ip", {{"      why: everything else runs over it\n", ""}, {"  logical:\n", "  logical:\n    - {id: mdns, what: discovery, state: \"off\"}\n"}}},
	{"5.6-1-1", WELL, "", {{"  logical:\n", "  logical:\n    - {id: mdns, what: discovery, state: \"off\"}\n"}}},
	{"5.6-2-1", MISS, "port 8443", {{"    discloses: nothing\n", ""}}},
	{"5.6-2-1", MISS, "tcp-ip", {{"      discloses: that a device is there\n", ""}}},
	{"5.6-2-1", OPEN, "firmware", {{"discloses: nothing", "discloses: model and firmware"}}},
	{"5.6-3-1", MISS, "ethernet", {{"      why: the camera's only connection\n", ""}}},
	{"5.6-3-1", MISS, "covers usb", {{"  physical:\n", "  physical:\n    - {id: usb, what: socket, type: usb, state: \"off\"}\n"}}},
	{"5.6-3-1", WELL, "", {{"  physical:\n", "  physical:\n    - {id: usb, what: socket, type: usb, state: \"off\", protection: under the sealed case}\n"}}},
	{"5.6-4A-1", BAD, "is open", {{"state: \"off\"", "state: open"}}},
	{"5.6-4A-1", MISS, "kept closed", {{"      protection: disabled in the boot loader, under the sealed case\n", ""}}},
	{"5.6-4B-1", MISS, "guarded physically", {{"      protection: disabled in the boot loader, under the sealed case\n", ""}}},
	{"5.6-4B-1", NONE_NEEDED, "", {{"physical: true", "physical: false"}}},
	{"5.6-5-1", MISS, "what camera is for", {{"why: takes pictures, keeps clips and shows them to the owner", "why: \"-\""}}},
	{"5.6-5-1", MISS, "port 8443", {{"why: snapshot page for the owner", "why: \"-\""}}},
	{"5.6-5-1", WELL, "", {{"why: snapshot page for the owner", "why: \"-\""}, {"as_delivered: \"on\"", "as_delivered: \"off\""}}},
	{"5.6-6-1", MISS, "code_minimisation", {{"  code_minimisation:\n    - the system image holds the camera program, the agent and a busybox with the listed applets only\n    - unused functions are dropped by the linker\n", ""}}},
	{"5.6-7-1", BAD, "same user", {{"services:\n", "services:\n  - {id: clock, exec: etc/clock, user: 2001, why: sets the time}\n"}}},
	{"5.6-8-1", MISS, "memory_control", {{"  memory_control:\n    - no memory is writable and executable at once; the kernel's memory protection is on for every process\n", ""}}},
	{"5.6-9-1", MISS, "secure_development", {{"  secure_development: true\n", ""}}},
	{"5.6-9-1", BAD, "denied", {{"secure_development: true", "secure_development: false"}}},
	{"5.6-9-1", MISS, "practices", {{"  secure_development:\n    - every change is reviewed by a second person\n    - static analysis, sanitizers and fuzzing run on every change\n    - a threat model is kept and looked at before each release\n", ""}}},

	{"5.7-1-1", BAD, "without authenticity", {{"guarantees: [authenticity, integrity]\n  detection", "guarantees: [integrity]\n  detection"}}},
	{"5.7-1-1", MISS, "gives", {{"  guarantees: [authenticity, integrity]\n  detection", "  detection"}}},
	{"5.7-1-1", MISS, "before it runs", {{"  what: the boot loader boots only an image whose hash the agent verified; the agent compares the protected files\n", "  what: \"-\"\n"}}},
	{"5.7-2-1", MISS, "noticed", {{"mechanism: hallmark", "mechanism: other"}, {"  detection: hashes from the signed release, all files compared within scan_period_s\n", ""}}},
	{"5.7-2-1", MISS, "told", {{"mechanism: hallmark", "mechanism: other"}, {"  notification: on the owner page in plain words, and by a signed alert to the maker\n", ""}}},
	{"5.7-2-1", MISS, "remain", {{"mechanism: hallmark", "mechanism: other"}, {"  remaining: [alert to the maker, updates, owner page]\n", ""}}},
	{"5.7-2-1", WELL, "", {{"mechanism: hallmark", "mechanism: other"}}},

	{"5.8-1-1", BAD, "in clear", {{"protection: public # only", "protection: public\n    data: [recordings] # only"}}},
	{"5.8-1-1", MISS, "which cryptography", {{"protection: public # only", "protection: tls\n    data: [recordings] # only"}}},
	{"5.8-1-1", BAD, "without confidentiality", {{"protection: public # only", "protection: tls\n    channel: page-tls\n    data: [recordings] # only"}, {CHANNEL_GUARANTEES, "    guarantees: [authenticity, integrity]\n"}}},
	{"5.8-1-1", BAD, "in clear", {{"protection: public # only", "protection: public\n    data: [update-state] # only"}, {"    what: version, slot", "    data: [recordings]\n    what: version, slot"}}},
	{"5.8-1-1", WELL, "", {RECORDINGS_SENT}},
	{"5.8-2-1", BAD, "in clear", {{"protection: public # only", "protection: public\n    data: [recordings] # only"}}},
	{"5.8-2-1", NONE_NEEDED, "", {RECORDINGS_SENT, {"sensitive: true", "sensitive: false"}}},
	{"5.8-2-1", WELL, "", {RECORDINGS_SENT}},

	{"5.9-1-1", MISS, "network", {{"  works_without_network: [doorbell, recording, owner page]\n", ""}, {"      against: network\n", "      against: power\n"}}},
	{"5.9-1-1", MISS, "power", {{"  after_power_loss: restarts by itself with all settings and clips kept\n", ""}, {"      against: power\n", "      against: network\n"}}},
	{"5.9-1-1", BAD, "availability", {{"      against: power\n", "      against: power\n      guarantees: [integrity]\n"}}},
	{"5.9-2-1", MISS, "works_without_network", {{"  works_without_network: [doorbell, recording, owner page]\n", ""}}},
	{"5.9-2-1", MISS, "after_power_loss", {{"  after_power_loss: restarts by itself with all settings and clips kept\n", ""}}},
	{"5.9-3-1", BAD, "same time", {{"spreads_reconnects: true", "spreads_reconnects: false"}}},
	{"5.9-3-1", MISS, "spreads_reconnects", {{"  spreads_reconnects: true\n", ""}}},
	{"5.10-1-1", MISS, "nobody examines", {{"    examined: boot statements are judged before the next group of units gets a release\n", ""}, {"    examined: every alert opens a case for a person\n", ""}}},
	{"5.10-1-1", WELL, "1 of 2", {{"    examined: every alert opens a case for a person\n", ""}}},

	{"5.11-1-1", MISS, "erasure.device", {{"device: button \"Delete my data\" on the owner page", "device: \"-\""}}},
	{"5.11-2-1", MISS, "erasure.service", {RECORDINGS_SENT}},
	{"5.11-2-1", WELL, "", {RECORDINGS_SENT, {"erasure:\n", "erasure:\n  service: the same button asks the service\n"}}},
	/* Their cases are functional; the declaration is asked all the same. */
	{"5.8-3-1", MISS, "sensors_url", {{"  sensors_url: https://lumen.example/privacy/lumen-cam1#sensors\n", ""}}},
	{"5.11-3-1", MISS, "deletion_url", {{"  deletion_url: https://lumen.example/privacy/lumen-cam1#delete\n", ""}}},
	{"5.11-4-1", MISS, "confirmation", {{"  confirmation: a signed receipt on the owner page\n", ""}}},
	{"5.11-4-1", MISS, "one-clip", {{"erasure:\n", "erasure:\n  functions: [{id: one-clip, what: a clip, target: device, how: button beside it}]\n"}}},
	{"5.12-2-1", MISS, "setup_url", {{"  setup_url: https://lumen.example/setup/lumen-cam1\n", ""}}},
	{"5.12-3-1", MISS, "setup_check_url", {{"  setup_check_url: https://lumen.example/setup/lumen-cam1#check\n", ""}}},
	{"5.12-1-1", MISS, "not decided", {{"    usual: \"on\"\n", ""}}},
	{"5.12-1-1", BAD, "none of its options", {{"    usual: \"on\"\n", "    usual: maybe\n"}}},
	{"5.13-1A-1", MISS, "owner-page", {{"  - id: page-forms\n    from: owner-page\n    what: length limits first, then a strict form decoder; unknown fields and anything malformed are refused\n", ""}}},
	{"5.13-1A-1", BAD, "no user interface is a page", {{"    type: page\n", "    type: app\n"}}},
	{"5.13-1B-1", MISS, "port 9443", {{"    from: agent\n", "    from: camera\n"}}},
	{"5.13-1B-1", MISS, "10.77.0.3", {{"    from: camera\n", "    from: agent\n"}}},
	{"5.13-1B-1", MISS, "tcp-ip", {{"    from: tcp-ip\n", "    from: ethernet\n"}}},

	{"6-1-1", MISS, "privacy_url", {{"  privacy_url: https://lumen.example/privacy/lumen-cam1\n", ""}}},
	{"6-2-1", MISS, "consent", {ON_CONSENT}},
	{"6-2-1", BAD, "free act", {{"basis: contract\n", "basis: consent\n    consent: a box that is pre-ticked\n"}}},
	{"6-2-1", WELL, "", {{"basis: contract\n", "basis: consent\n    consent: a question during set-up that starts at no\n"}}},
	{"6-3A-1", MISS, "withdrawal", {ON_CONSENT}},
	{"6-3A-1", WELL, "", {{"basis: contract\n", "basis: consent\n    withdrawal: a switch on the privacy page, at any time\n"}}},
	{"6-3B-1", MISS, "consent_kept", {ON_CONSENT}},
	{"6-3B-1", WELL, "", {{"basis: contract\n", "basis: consent\n    consent_kept: with time and wording, in the agent's store\n"}}},
	{"6-4-1", MISS, "recordings", {{"    what: version, slot", "    data: [recordings]\n    what: version, slot"}, {"    minimised: a clip only when the bell rings; deleted after 14 days\n", ""}}},
	{"6-5-1", MISS, "what update-state tells", {{"    what: version, slot and result of the health checks after an update\n", ""}}},
	{"6-5-1", MISS, "telemetry_url", {{"  telemetry_url: https://lumen.example/privacy/lumen-cam1#telemetry\n", ""}, {"  privacy_url: https://lumen.example/privacy/lumen-cam1\n", ""}}},
	{"6-6-1", MISS, "kept small", {{"    minimised: a clip only when the bell rings; deleted after 14 days\n", ""}}},
	{"6-6-1", OPEN, "9999 days", {{"keep_days: 14", "keep_days: 9999"}}},
	{"6-7-1", MISS, "aggregated", {{"only_aggregate: false", "only_aggregate: true"}}},
	{"6-7-1", WELL, "", {{"only_aggregate: false\n", "only_aggregate: true\n    aggregated: counted on the device each day, only the count is kept\n"}}},
	{"6-8-1", MISS, "anonymous", {{"version: 1.0.0\nreleased", "version: 1.0.1\nreleased"}}},
	{"6-8-1", WELL, "", {{"basis: contract\n", "basis: contract\n    anonymised: faces are blurred on the device\n"}}},
};
/* clang-format on */

static struct judge_result *judged(const char *yaml)
{
	struct declaration *d = declared_parse(yaml);
	struct judge_result *r = NULL;
	struct wall_time today = {0};
	struct err e = {0};
	assert_true(rfc3339_parse_date(TODAY, &today));
	check_ok(judge_declaration(d, today, &r, &e));
	declaration_free(d);
	return r;
}

static const struct judge_answer *answer(const struct judge_result *r, const char *test)
{
	const struct catalogue_case *c = catalogue_case_find(test);
	if (!c)
		fail_msg("there is no case %s", test);
	return &r->answers[catalogue_find(c->provision) - catalogue_table];
}

static bool told(const struct judge_result *r, const struct judge_answer *a, const struct row *row)
{
	if (row->word == JUDGE_PROMISED || row->word == JUDGE_NOT_APPLICABLE)
		return strstr(a->reason, row->text) != NULL;
	for (size_t i = 0; i < r->findings_n; i++)
		if (r->findings[i].answer == a && r->findings[i].word == row->word &&
		    strcasestr(r->findings[i].text, row->text))
			return r->findings[i].hint[0] != 0;
	return false;
}

static void every_row_answers(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct judge_result *r = judged(declared_edited(rows[i].edits));
		const struct judge_answer *a = answer(r, rows[i].test);
		if (a->word != rows[i].word || !told(r, a, &rows[i])) {
			print_error("row %zu, %s: %s, and should be %s with \"%s\": %s\n", i, rows[i].test,
				    judge_word_name(a->word), judge_word_name(rows[i].word), rows[i].text, a->reason);
			wrong++;
		}
		bool bad = a->word == JUDGE_CONTRADICTED || a->word == JUDGE_MISSING;
		if (bad && !a->excused && catalogue_mandatory(a->provision) && r->clean) {
			print_error("row %zu, %s: called clean\n", i, rows[i].test);
			wrong++;
		}
		judge_free(r);
	}
	assert_int_equal(wrong, 0);
}

/* None of the 73 without a declaration that fails it and one that does not. */
static void every_case_is_tried_both_ways(void **state)
{
	(void)state;
	struct judge_result *example = judged(declared_text());
	size_t judged_n = 0;
	for (size_t i = 0; i < CATALOGUE_CASES; i++) {
		const struct catalogue_case *c = &catalogue_cases[i];
		if (c->kind == TESTS_FUNCTIONAL)
			continue;
		bool bad = false, good = answer(example, c->id)->word == JUDGE_PROMISED;
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
			if (strcmp(rows[k].test, c->id) != 0)
				continue;
			bad = bad || rows[k].word == JUDGE_CONTRADICTED || rows[k].word == JUDGE_MISSING;
			good = good || rows[k].word == JUDGE_PROMISED;
		}
		if (!bad || !good)
			fail_msg("%s is not tried%s%s", c->id, bad ? "" : " with a bad declaration",
				 good ? "" : " with a good one");
		assert_true(judge_has_row(c->provision));
		assert_true(c->beyond && c->beyond[0]);
		judged_n++;
	}
	assert_int_equal(judged_n, 73);
	judge_free(example);
}

static void every_provision_is_answered(void **state)
{
	(void)state;
	struct judge_result *r = judged(declared_text());
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		assert_true(judge_has_row(a->provision->id));
		assert_true(a->reason[0]);
		assert_ptr_equal(a->tested, catalogue_conceptual(a->provision));
	}
	assert_false(judge_has_row("5.1-9"));
	judge_free(r);
}

/* Nothing said is never a promise: a declaration with the required keys only. */
static void silence_promises_little(void **state)
{
	(void)state;
	static const char bare[] =
		"product: P\nmodel: p\nversion: 1.0.0\nmaker: {name: M, address: A, country: GB}\n"
		"support: {until: 2031-12-31}\ndisclosure: {contact: \"mailto:a@b.example\"}\n"
		"components: [{id: os, name: OS, version: \"1\", update: updated}]\nupdate: {mechanism: other}\n"
		"services: [{id: s, exec: bin/s, user: 2, why: does the work}]\n"
		"listeners: [{service: s, proto: tcp, port: 80, auth: p, protection: tls, why: page for the owner}]\n"
		"credentials: [{id: p, for: the page, kind: password, used_by: user, made: per-unit-random}]\n"
		"scan_period_s: 9\npage_port: 0\ntexts: {isolated: Changed}\n";
	/* What needs no more words than the schema asks for. */
	static const char *const may[] = {"5.1-1", "5.1-2A", "5.3-1", "5.4-3", "5.5-4", "5.6-5", "5.6-7", "5.6-1"};
	struct judge_result *r = judged(bare);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		bool allowed = false;
		for (size_t k = 0; k < sizeof may / sizeof *may; k++)
			allowed = allowed || strcmp(may[k], a->provision->id) == 0;
		if (a->word == JUDGE_PROMISED && !allowed)
			fail_msg("%s is promised by silence: %s", a->provision->id, a->reason);
	}
	assert_false(r->clean);
	judge_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_answers),
		cmocka_unit_test(every_case_is_tried_both_ways),
		cmocka_unit_test(every_provision_is_answered),
		cmocka_unit_test(silence_promises_little),
	};
	return cmocka_run_group_tests_name("judge cases", tests, NULL, NULL);
}
