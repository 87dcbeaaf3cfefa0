/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stand in a declaration, row by row, and where the parser puts it. To add a key: a field in declaration.h and
 * a row here. Leaves reading to declaration.c and judging to judge.c.
 */
#include "product/schema.h"

#include <string.h>

#include "core/base/attr.h"
#include "core/base/names.h"
#include "product/declaration.h"
#include "core/base/banned.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(shown_words, "label", "page", "both");
WORDS(component_words, "updated", "immutable", "never");
WORDS(mechanism_words, "hallmark", "other", "none");
WORDS(action_words, "none", "one-step", "manual");
WORDS(signature_words, "ed25519", "ecdsa-p256", "rsa-pss", "none");
WORDS(proto_words, "tcp", "udp");
WORDS(interface_words, "lan", "loopback", "any");
WORDS(protection_words, "tls", "dtls", "sealed", "public", "none");
WORDS(credential_words, "password", "pin", "key", "certificate", "token");
WORDS(user_words, "user", "machine");
WORDS(made_words, "per-unit-random", "user-set", "none", "derived", "universal");
WORDS(brute_words, "throttled", "lockout", "none");
WORDS(parameter_words, "critical", "public");
WORDS(use_words, "update", "service", "identity", "login", "storage");
WORDS(store_words, "file", "tpm", "tee", "secure-element", "rom");
WORDS(place_words, "device", "service", "both");
WORDS(basis_words, "consent", "contract", "legal", "interest");
WORDS(state_words, "off", "used", "protected", "open");
WORDS(health_words, "report", "listener");

#define MUST(p, t) .path = p, .type = SCHEMA_##t, .required = true
#define MAY(p, t) .path = p, .type = SCHEMA_##t
#define OF(t) .item = SCHEMA_##t
#define AGENT DECLARATION_AGENT
#define NONE DECLARATION_NONE
#define D(field) offsetof(struct declaration, field)
#define I(type, field) offsetof(struct type, field)
#define LIST_AT(field, type) .at = D(field), .count_at = D(field##_n), .size = sizeof(struct type)

const struct schema_row schema_table[] = {
	{MUST("product", TEXT), .at = D(product), .help = "What the shopper calls the product",
	 .example = "Lumen Doorbell Camera"},
	{MUST("model", NAME), .at = D(model), .help = "The model designation, as on the label (EN303645 5.3-16)",
	 .example = "lumen-cam1"},
	{MAY("model_shown_on", WORD), .words = shown_words, .at = D(model_shown_on),
	 .help = "Where the owner can read the model: on a label of the product, on its page, or both (EN303645 "
		 "5.3-16)",
	 .example = "both"},
	{MUST("version", SEMVER), .at = D(version), .help = "Version of the software that this declaration describes",
	 .example = "1.0.0"},
	{MAY("released", DATE), .at = D(released), .help = "Day on which the product was or will be first sold",
	 .example = "2026-10-01"},
	{MUST("maker", MAP), .help = "Who is responsible (PSTI statement of compliance)"},
	{MUST("maker.name", TEXT), .at = D(maker.name), .help = "Legal name of the manufacturer",
	 .example = "Lumen Works Ltd"},
	{MUST("maker.address", TEXT), .at = D(maker.address), .help = "Postal address of the manufacturer",
	 .example = "1 Example Street, Cambridge CB1 1AA"},
	{MUST("maker.country", COUNTRY), .at = D(maker.country), .help = "Country of the manufacturer, two letters",
	 .example = "GB"},
	{MAY("representatives", LIST), .max = 8, LIST_AT(representatives, decl_party),
	 .help = "Authorised representatives, if any (PSTI statement of compliance)"},
	{MUST("representatives[].name", TEXT), .at = I(decl_party, name), .help = "Legal name",
	 .example = "Lumen Works Europe B.V."},
	{MUST("representatives[].address", TEXT), .at = I(decl_party, address), .help = "Postal address",
	 .example = "Example 1, Utrecht"},
	{MUST("support", MAP), .help = "How long security updates come (EN303645 5.3-13)"},
	{MUST("support.until", DATE), .at = D(support.until),
	 .help = "Last day of the support period; it may be extended, never shortened", .example = "2031-12-31"},
	{MAY("support.published", URL), .at = D(support.published),
	 .help = "Page that tells the support period to everybody", .example = "https://lumen.example/support"},
	{MUST("disclosure", MAP), .help = "How people report security problems (EN303645 5.2-1)"},
	{MUST("disclosure.contact", CONTACT), .at = D(disclosure.contact),
	 .help = "Where to report: a mail address or a form that needs no account",
	 .example = "mailto:security@lumen.example"},
	{MAY("disclosure.policy_url", URL), .at = D(disclosure.policy_url),
	 .help = "Where the disclosure policy is published", .example = "https://lumen.example/security/policy"},
	{MAY("disclosure.acknowledge_days", INT), .min = 1, .max = 90, .at = D(disclosure.acknowledge_days),
	 .help = "Days until a reporter gets a first answer", .example = "5"},
	{MAY("disclosure.update_days", INT), .min = 1, .max = 90, .at = D(disclosure.update_days),
	 .help = "Days between news about the report until it is solved", .example = "14"},
	{MAY("disclosure.monitoring", TEXT), .at = D(disclosure.monitoring),
	 .help = "How you watch for problems in your parts during the support period (EN303645 5.2-3)",
	 .example = "SBOM matched against advisories every night"},
	{MAY("statement", MAP),
	 .help = "For the statement of compliance; what is missing is left open in the document"},
	{MAY("statement.batch", TEXT), .at = D(statement.batch), .help = "Type and batch that the statement covers",
	 .example = "all units of model lumen-cam1"},
	{MAY("statement.signatory", TEXT), .at = D(statement.signatory), .help = "Who signs", .example = "A. Person"},
	{MAY("statement.function", TEXT), .at = D(statement.function), .help = "In which function",
	 .example = "Head of Product Security"},
	{MAY("statement.place", TEXT), .at = D(statement.place), .help = "Where", .example = "Cambridge"},
	{MUST("components", LIST), .min = 1, .max = 256, LIST_AT(components, decl_component),
	 .help = "Software parts and how each is updated (EN303645 5.3-1)"},
	{MUST("components[].id", ID), .at = I(decl_component, id), .help = "Short name", .example = "os-image"},
	{MUST("components[].name", TEXT), .at = I(decl_component, name), .help = "Name for people",
	 .example = "System image"},
	{MUST("components[].version", TEXT), .max = 64, .at = I(decl_component, version), .help = "Version",
	 .example = "1.0.0"},
	{MUST("components[].update", WORD), .words = component_words, .at = I(decl_component, update),
	 .help = "updated: by the update mechanism; immutable: kept unchangeable for security; never: cannot be "
		 "updated",
	 .example = "updated"},
	{MAY("components[].why", TEXT), .at = I(decl_component, why),
	 .help = "Why it is immutable or never updated (EN303645 5.3-14)", .example = "boot code in ROM anchors trust"},
	{MUST("update", MAP), .help = "The update mechanism (EN303645 5.3)"},
	{MUST("update.mechanism", WORD), .words = mechanism_words, .at = D(update.mechanism),
	 .help = "hallmark: the device agent updates; other: your own; none: the product is never updated",
	 .example = "hallmark"},
	{MAY("update.network", BOOL), .at = D(update.network),
	 .help = "Updates arrive over a network (EN303645 5.3-10)", .example = "true"},
	{MAY("update.automatic", BOOL), .at = D(update.automatic),
	 .help = "Updates install by themselves (EN303645 5.3-4A)", .example = "true"},
	{MAY("update.user_action", WORD), .words = action_words, .at = D(update.user_action),
	 .help = "What the owner has to do for an update: nothing, one step on a page or in an app, or manual work"
		 " (EN303645 5.3-3)",
	 .example = "none"},
	{MAY("update.asks_at_setup", BOOL), .at = D(update.asks_at_setup),
	 .help = "The owner is asked about automatic updates during set-up (EN303645 5.3-4B)", .example = "true"},
	{MAY("update.can_turn_off", BOOL), .at = D(update.can_turn_off),
	 .help = "The owner can turn automatic updates off and on (EN303645 5.3-6A)", .example = "true"},
	{MAY("update.can_postpone", BOOL), .at = D(update.can_postpone),
	 .help = "The owner can put an update off (EN303645 5.3-6A)", .example = "true"},
	{MAY("update.notifies", BOOL), .at = D(update.notifies),
	 .help = "The owner is told that a security update is there and what it mends (EN303645 5.3-11)",
	 .example = "true"},
	{MAY("update.warns_of_interruption", BOOL), .at = D(update.warns_of_interruption),
	 .help = "The owner is told when an update interrupts the product (EN303645 5.3-12)", .example = "true"},
	{MAY("update.check_hours", INT), .min = 1, .max = 744, .at = D(update.check_hours),
	 .help = "Hours between looks for updates (EN303645 5.3-5)", .example = "6"},
	{MAY("update.signature", WORD), .words = signature_words, .at = D(update.signature),
	 .help = "How updates are signed (EN303645 5.3-7)", .example = "ed25519"},
	{MAY("update.verified_on_device", BOOL), .at = D(update.verified_on_device),
	 .help = "The device itself checks origin and integrity before installing (EN303645 5.3-9)", .example = "true"},
	{MAY("update.rollback_protection", BOOL), .at = D(update.rollback_protection),
	 .help = "An older version with known holes is refused (EN303645 5.3-2)", .example = "true"},
	{MAY("update.fix_days", INT), .min = 1, .max = 365, .at = D(update.fix_days),
	 .help = "Days in which you aim to ship a fix for a serious problem (EN303645 5.3-8)", .example = "30"},
	{MUST("services", LIST), .min = 1, .max = POLICY_SERVICES_MAX, LIST_AT(services, decl_service),
	 .help = "Programs of the product that run on it (EN303645 5.6-5, 5.6-7)"},
	{MUST("services[].id", ID), .reserved = AGENT, .at = I(decl_service, id), .help = "Short name",
	 .example = "camera"},
	{MUST("services[].exec", PATH), .at = I(decl_service, exec), .help = "Program, relative to the root tree",
	 .example = "usr/bin/camera"},
	{MUST("services[].user", INT), .min = 1, .max = 2147483647, .at = I(decl_service, user),
	 .help = "User id it runs as; not root", .example = "2001"},
	{MAY("services[].args", TEXTS), .max = POLICY_ARGS_MAX, OF(TEXT), .at = I(decl_service, args),
	 .help = "Arguments"},
	{MAY("services[].safety", BOOL), .at = I(decl_service, safety),
	 .help = "It keeps its flows when the device is isolated, because people rely on it", .example = "false"},
	{MUST("services[].why", TEXT), .at = I(decl_service, why), .help = "What it is for",
	 .example = "takes pictures and keeps clips"},
	{MAY("listeners", LIST), .max = POLICY_LISTENERS_MAX, LIST_AT(listeners, decl_listener),
	 .help = "Every port that answers on a network (EN303645 5.6-1)"},
	{MUST("listeners[].service", REF), .refers = "services", .reserved = AGENT, .at = I(decl_listener, service),
	 .help = "Which service answers; \"agent\" is the device agent itself", .example = "camera"},
	{MUST("listeners[].proto", WORD), .words = proto_words, .from_zero = true, .at = I(decl_listener, proto),
	 .help = "Transport", .example = "tcp"},
	{MUST("listeners[].port", INT), .min = 1, .max = 65535, .at = I(decl_listener, port), .help = "Port number",
	 .example = "8443"},
	{MAY("listeners[].interface", WORD), .words = interface_words, .at = I(decl_listener, interface),
	 .help = "Where it answers", .example = "lan"},
	{MUST("listeners[].auth", REF), .refers = "credentials", .reserved = NONE, .at = I(decl_listener, auth),
	 .help = "Credential that a caller needs, or \"none\"", .example = "owner-password"},
	{MUST("listeners[].protection", WORD), .words = protection_words, .at = I(decl_listener, protection),
	 .help = "tls; dtls; sealed: encrypted before it is sent; public: carries nothing that must be kept secret or "
		 "believed; none (EN303645 5.5-1)",
	 .example = "tls"},
	{MAY("listeners[].configures", BOOL), .at = I(decl_listener, configures),
	 .help = "Security settings can be changed through it (EN303645 5.5-5)", .example = "false"},
	{MUST("listeners[].why", TEXT), .at = I(decl_listener, why), .help = "What it is for",
	 .example = "snapshot page for the owner"},
	{MAY("flows", LIST), .max = POLICY_FLOWS_MAX, LIST_AT(flows, decl_flow),
	 .help = "Every destination that the product calls; what is not here is blocked"},
	{MUST("flows[].service", REF), .refers = "services", .at = I(decl_flow, service), .help = "Which service calls",
	 .example = "camera"},
	{MUST("flows[].host", HOST), .at = I(decl_flow, host), .help = "Host name or address",
	 .example = "clips.lumen.example"},
	{MUST("flows[].proto", WORD), .words = proto_words, .from_zero = true, .at = I(decl_flow, proto),
	 .help = "Transport", .example = "tcp"},
	{MUST("flows[].port", INT), .min = 1, .max = 65535, .at = I(decl_flow, port), .help = "Port number",
	 .example = "443"},
	{MUST("flows[].protection", WORD), .words = protection_words, .at = I(decl_flow, protection),
	 .help = "tls; dtls; sealed: encrypted before it is sent; public: carries nothing that must be kept secret or "
		 "believed; none (EN303645 5.5-1)",
	 .example = "tls"},
	{MAY("flows[].data", TEXTS), .max = 32, .refers = "personal_data telemetry", OF(REF), .at = I(decl_flow, data),
	 .help = "Ids of the personal data and telemetry that go there"},
	{MAY("flows[].why", TEXT), .at = I(decl_flow, why),
	 .help = "What it is for; a destination without a purpose is a contradiction",
	 .example = "clip backup chosen by the owner"},
	{MAY("credentials", LIST), .max = 32, LIST_AT(credentials, decl_credential),
	 .help = "Everything that lets a person or a machine in (EN303645 5.1)"},
	{MUST("credentials[].id", ID), .reserved = NONE, .at = I(decl_credential, id), .help = "Short name",
	 .example = "owner-password"},
	{MUST("credentials[].for", TEXT), .at = I(decl_credential, purpose), .help = "What it opens",
	 .example = "the owner page and the snapshot page"},
	{MUST("credentials[].kind", WORD), .words = credential_words, .at = I(decl_credential, kind),
	 .help = "What it is", .example = "password"},
	{MUST("credentials[].used_by", WORD), .words = user_words, .at = I(decl_credential, used_by),
	 .help = "Who logs in with it", .example = "user"},
	{MUST("credentials[].made", WORD), .words = made_words, .at = I(decl_credential, made),
	 .help = "per-unit-random: from a good random source for each unit; user-set: chosen before first use; "
		 "none: made by the machines themselves; derived: from serial number or the like; universal: the "
		 "same everywhere",
	 .example = "per-unit-random"},
	{MAY("credentials[].bits", INT), .min = 0, .max = 4096, .at = I(decl_credential, bits),
	 .help = "Bits of randomness in it", .example = "60"},
	{MAY("credentials[].changeable", BOOL), .at = I(decl_credential, changeable),
	 .help = "The owner can change it (EN303645 5.1-4)", .example = "true"},
	{MAY("credentials[].brute_force", WORD), .words = brute_words, .at = I(decl_credential, brute_force),
	 .help = "What stops guessing over the network (EN303645 5.1-5)", .example = "throttled"},
	{MAY("security_parameters", LIST), .max = 64, LIST_AT(security_parameters, decl_parameter_row),
	 .help = "Keys, secrets and trust anchors kept on the device (EN303645 5.4)"},
	{MUST("security_parameters[].id", ID), .at = I(decl_parameter_row, id), .help = "Short name",
	 .example = "device-key"},
	{MUST("security_parameters[].what", TEXT), .at = I(decl_parameter_row, what), .help = "What it is",
	 .example = "TLS key of the unit"},
	{MUST("security_parameters[].type", WORD), .words = parameter_words, .at = I(decl_parameter_row, type),
	 .help = "critical: secret; public: must not be changed", .example = "critical"},
	{MUST("security_parameters[].use", WORD), .words = use_words, .at = I(decl_parameter_row, use),
	 .help = "What it protects", .example = "service"},
	{MUST("security_parameters[].where", WORD), .words = store_words, .at = I(decl_parameter_row, where),
	 .help = "Where it is kept", .example = "file"},
	{MAY("security_parameters[].made", WORD), .words = made_words, .at = I(decl_parameter_row, made),
	 .help = "How it is made (EN303645 5.4-4)", .example = "per-unit-random"},
	{MAY("security_parameters[].leaves_device", BOOL), .at = I(decl_parameter_row, leaves_device),
	 .help = "It is sent off the device (EN303645 5.5-7)", .example = "false"},
	{MAY("personal_data", LIST), .max = POLICY_DATA_MAX, LIST_AT(personal_data, decl_data),
	 .help = "Every kind of personal data, also what stays on the device (EN303645 6-1)"},
	{MUST("personal_data[].id", ID), .at = I(decl_data, id), .help = "Short name", .example = "recordings"},
	{MUST("personal_data[].what", TEXT), .at = I(decl_data, what), .help = "What it is, for the owner",
	 .example = "clips of who was at the door"},
	{MUST("personal_data[].why", TEXT), .at = I(decl_data, why), .help = "Why it is kept",
	 .example = "to show the owner who rang"},
	{MUST("personal_data[].where", WORD), .words = place_words, .at = I(decl_data, where),
	 .help = "Where it is kept", .example = "device"},
	{MUST("personal_data[].keep_days", INT), .min = 0, .max = 36500, .at = I(decl_data, keep_days),
	 .help = "Days until it is deleted; 0: not kept after use", .example = "14"},
	{MAY("personal_data[].shared_with", TEXTS), .max = 16, OF(TEXT), .at = I(decl_data, shared_with),
	 .help = "Who else gets it"},
	{MUST("personal_data[].sensitive", BOOL), .at = I(decl_data, sensitive),
	 .help = "Its loss would hurt: images, sound, place, health, money", .example = "true"},
	{MUST("personal_data[].basis", WORD), .words = basis_words, .at = I(decl_data, basis),
	 .help = "Why you may: consent, contract, legal duty or legitimate interest", .example = "consent"},
	{MAY("personal_data[].minimised", TEXT), .at = I(decl_data, minimised),
	 .help = "How it is kept small, made anonymous or aggregated (EN303645 6-6, 6-8)",
	 .example = "only motion clips, deleted after 14 days"},
	{MAY("sensors", LIST), .max = 32, LIST_AT(sensors, decl_sensor),
	 .help = "Everything with which the product senses its surroundings (EN303645 5.8-3)"},
	{MUST("sensors[].id", ID), .at = I(decl_sensor, id), .help = "Short name", .example = "camera"},
	{MUST("sensors[].what", TEXT), .at = I(decl_sensor, what), .help = "What it senses",
	 .example = "pictures of the area before the door"},
	{MUST("sensors[].why", TEXT), .at = I(decl_sensor, why), .help = "What for", .example = "to show who rang"},
	{MAY("telemetry", LIST), .max = 64, LIST_AT(telemetry, decl_telemetry),
	 .help = "What the product reports about itself (EN303645 5.10-1, 6-5)"},
	{MUST("telemetry[].id", ID), .at = I(decl_telemetry, id), .help = "Short name", .example = "update-state"},
	{MUST("telemetry[].why", TEXT), .at = I(decl_telemetry, why), .help = "What for",
	 .example = "to stop a bad update before it spreads"},
	{MAY("telemetry[].examined", TEXT), .at = I(decl_telemetry, examined),
	 .help = "How it is examined for security anomalies (EN303645 5.10-1)",
	 .example = "compared with the declaration at every check-in"},
	{MAY("telemetry[].data", TEXTS), .max = 16, .refers = "personal_data", OF(REF), .at = I(decl_telemetry, data),
	 .help = "Ids of personal data in it"},
	{MAY("interfaces", MAP), .help = "Sockets, radios and ports of the product (EN303645 5.6)"},
	{MAY("interfaces.physical", LIST), .max = 32, LIST_AT(physical, decl_port),
	 .help = "Connectors and radios (EN303645 5.6-3)"},
	{MUST("interfaces.physical[].id", ID), .at = I(decl_port, id), .help = "Short name", .example = "ethernet"},
	{MUST("interfaces.physical[].what", TEXT), .at = I(decl_port, what), .help = "What it is",
	 .example = "network socket"},
	{MUST("interfaces.physical[].state", WORD), .words = state_words, .at = I(decl_port, state),
	 .help = "off: disabled; used: needed for the intended use; protected: only after login; open: reachable "
		 "by anybody",
	 .example = "used"},
	{MAY("interfaces.physical[].why", TEXT), .at = I(decl_port, why), .help = "Why it is there",
	 .example = "needed for factory tests"},
	{MAY("interfaces.logical", LIST), .max = 32, LIST_AT(logical, decl_port),
	 .help = "Network protocols and programming interfaces beyond `listeners` (EN303645 5.6-1)"},
	{MUST("interfaces.logical[].id", ID), .at = I(decl_port, id), .help = "Short name", .example = "mdns"},
	{MUST("interfaces.logical[].what", TEXT), .at = I(decl_port, what), .help = "What it is",
	 .example = "device discovery"},
	{MUST("interfaces.logical[].state", WORD), .words = state_words, .at = I(decl_port, state),
	 .help = "off: disabled; used: needed for the intended use; protected: only after login; open: reachable "
		 "by anybody",
	 .example = "off"},
	{MAY("interfaces.logical[].why", TEXT), .at = I(decl_port, why), .help = "Why it is there",
	 .example = "needed for factory tests"},
	{MAY("interfaces.debug", LIST), .max = 32, LIST_AT(debug, decl_port),
	 .help = "Serial console, JTAG, debug shells (EN303645 5.6-4A)"},
	{MUST("interfaces.debug[].id", ID), .at = I(decl_port, id), .help = "Short name", .example = "uart"},
	{MUST("interfaces.debug[].what", TEXT), .at = I(decl_port, what), .help = "What it is",
	 .example = "serial console on the board"},
	{MUST("interfaces.debug[].state", WORD), .words = state_words, .at = I(decl_port, state),
	 .help = "off: disabled; used: needed for the intended use; protected: only after login; open: reachable "
		 "by anybody",
	 .example = "off"},
	{MAY("interfaces.debug[].physical", BOOL), .at = I(decl_port, physical),
	 .help = "It is a physical port (EN303645 5.6-4B)", .example = "true"},
	{MAY("interfaces.debug[].why", TEXT), .at = I(decl_port, why), .help = "Why it is there",
	 .example = "needed for factory tests"},
	{MAY("protected", TEXTS), .max = 256, OF(GLOB), .at = D(protect),
	 .help = "Files that must not change between updates; `etc/**` stands for all below etc (EN303645 5.7)"},
	{MUST("scan_period_s", INT), .min = 1, .max = POLICY_SCAN_PERIOD_MAX_S, .at = D(scan_period_s),
	 .help = "Seconds in which all protected files are looked at once", .example = "300"},
	{MAY("health", LIST), .max = POLICY_HEALTH_MAX, LIST_AT(health, decl_health),
	 .help = "What must hold after an update before it is kept"},
	{MUST("health[].id", ID), .at = I(decl_health, id), .help = "Short name", .example = "camera-works"},
	{MUST("health[].kind", WORD), .words = health_words, .from_zero = true, .at = I(decl_health, kind),
	 .help = "report: the service says it is well; listener: its port answers", .example = "report"},
	{MUST("health[].service", REF), .refers = "services", .at = I(decl_health, service), .help = "Which service",
	 .example = "camera"},
	{MAY("health[].port", INT), .min = 1, .max = 65535, .at = I(decl_health, port),
	 .help = "Port, for kind listener", .example = "8443"},
	{MUST("health[].within_s", INT), .min = 1, .max = POLICY_WITHIN_MAX_S, .at = I(decl_health, within_s),
	 .help = "Seconds after start", .example = "20"},
	{MUST("page_port", INT), .min = 0, .max = 65535, .at = D(page_port),
	 .help = "Port of the owner page of the device agent; 0: no page", .example = "9443"},
	{MAY("outage", MAP), .help = "What works without network or after power loss (EN303645 5.9)"},
	{MAY("outage.works_without_network", TEXTS), .max = 16, OF(TEXT), .at = D(outage.works_without_network),
	 .help = "Functions that go on without a network"},
	{MAY("outage.after_power_loss", TEXT), .at = D(outage.after_power_loss),
	 .help = "How it comes back after power loss", .example = "restarts by itself with all settings kept"},
	{MAY("outage.spreads_reconnects", BOOL), .at = D(outage.spreads_reconnects),
	 .help = "After an outage units return at random times, so as not to flood the service (EN303645 5.9-3)",
	 .example = "true"},
	{MAY("erasure", MAP), .help = "How the owner deletes data (EN303645 5.11)"},
	{MUST("erasure.device", TEXT), .at = D(erasure.device), .help = "How to delete all data on the device",
	 .example = "button \"Delete my data\" on the owner page"},
	{MAY("erasure.service", TEXT), .at = D(erasure.service),
	 .help = "How to delete data kept by services (EN303645 5.11-2)",
	 .example = "the same button asks the service"},
	{MAY("erasure.confirmation", TEXT), .at = D(erasure.confirmation),
	 .help = "How the owner sees that it is done (EN303645 5.11-4)", .example = "a signed receipt on the page"},
	{MAY("documents", MAP), .help = "Where the owner reads about it"},
	{MAY("documents.privacy_url", URL), .at = D(documents.privacy_url), .help = "Privacy notice (EN303645 6-1)",
	 .example = "https://lumen.example/privacy"},
	{MAY("documents.setup_url", URL), .at = D(documents.setup_url), .help = "Secure set-up (EN303645 5.12-2)",
	 .example = "https://lumen.example/setup"},
	{MAY("documents.setup_check_url", URL), .at = D(documents.setup_check_url),
	 .help = "How to check that the set-up is secure (EN303645 5.12-3)",
	 .example = "https://lumen.example/setup-check"},
	{MAY("documents.deletion_url", URL), .at = D(documents.deletion_url),
	 .help = "How to delete data (EN303645 5.11-3)", .example = "https://lumen.example/deletion"},
	{MAY("documents.sensors_url", URL), .at = D(documents.sensors_url),
	 .help = "What the product senses (EN303645 5.8-3)", .example = "https://lumen.example/sensors"},
	{MAY("reasons", LIST), .max = 78, LIST_AT(reasons, decl_reason),
	 .help = "Why a recommendation is not followed (EN303645 5.0-1)"},
	{MUST("reasons[].provision", PROVISION), .at = I(decl_reason, provision), .help = "Which provision",
	 .example = "5.6-9"},
	{MUST("reasons[].why", TEXT), .at = I(decl_reason, why), .help = "The reason", .example = "..."},
	{MUST("texts", MAP), .help = "Words that the owner reads"},
	{MUST("texts.isolated", TEXT), .at = D(texts.isolated),
	 .help = "What the owner page says when the device has isolated itself",
	 .example = "Your camera found a change that nobody authorised ..."},
};
const size_t schema_rows = ARRAY_LEN(schema_table);

const char *schema_key(const struct schema_row *row)
{
	const char *dot = strrchr(row->path, '.');
	return dot ? dot + 1 : row->path;
}

bool schema_below(const struct schema_row *row, const char *parent)
{
	const char *key = schema_key(row);
	size_t n = strlen(parent);
	if (n == 0)
		return key == row->path;
	return (size_t)(key - row->path) == n + 1 && strncmp(row->path, parent, n) == 0;
}

const struct schema_row *schema_find(const char *parent, const char *key, size_t key_n)
{
	for (size_t i = 0; i < schema_rows; i++) {
		const char *last = schema_key(&schema_table[i]);
		if (strlen(last) == key_n && strncmp(last, key, key_n) == 0 && schema_below(&schema_table[i], parent))
			return &schema_table[i];
	}
	return NULL;
}

const char *schema_type_words(enum schema_type t)
{
	static const char *const words[SCHEMA_TYPES] = {
		[SCHEMA_MAP] = "a map of keys",
		[SCHEMA_LIST] = "a list of entries",
		[SCHEMA_TEXTS] = "a list of texts",
		[SCHEMA_TEXT] = "a text",
		[SCHEMA_ID] = "a short name: a-z, 0-9, \".\", \"_\", \"-\"",
		[SCHEMA_NAME] = "a short name: a-z, 0-9, \".\", \"_\", \"-\"",
		[SCHEMA_REF] = "the id of another entry",
		[SCHEMA_SEMVER] = "a version like 1.2.3",
		[SCHEMA_DATE] = "a date like 2031-12-31",
		[SCHEMA_PATH] = "a path inside the root tree, like usr/bin/camera",
		[SCHEMA_GLOB] = "a path inside the root tree, like usr/bin/camera or etc/**",
		[SCHEMA_HOST] = "a host name or address",
		[SCHEMA_URL] = "an address that begins with https://",
		[SCHEMA_CONTACT] = "an address that begins with mailto:, https:// or tel:",
		[SCHEMA_COUNTRY] = "two capital letters, like GB",
		[SCHEMA_PROVISION] = "a provision id of EN 303 645, like 5.6-9",
		[SCHEMA_INT] = "a whole number",
		[SCHEMA_BOOL] = "true or false",
		[SCHEMA_WORD] = "one of the words",
	};
	return (unsigned)t < SCHEMA_TYPES ? words[t] : "";
}
