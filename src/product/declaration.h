/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product declaration (product.yaml) as a value. What may stand in it is said once, in schema.c; this struct is
 * what the table fills. "Not stated" is visible everywhere: NULL text, answer NONE, word 0, number 0, date 0, empty
 * list.
 */
#ifndef HALLMARK_PRODUCT_DECLARATION_H
#define HALLMARK_PRODUCT_DECLARATION_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/model/policy.h"

#define DECLARATION_MAX (256 * 1024) /* bytes of YAML */
#define DECLARATION_PROBLEMS_MAX 50
#define DECLARATION_AGENT "agent" /* built-in service id: the device agent itself */
#define DECLARATION_NONE "none"	  /* as `auth` of a listener: nobody is asked who they are */
#define DECLARATION_MAIN "main"	  /* the mechanism under `update`; no entry of update.others has this id */

enum decl_answer { DECL_NOT_STATED, DECL_NO, DECL_YES };

/* The order of each enum is the order of its words in schema.c; 0 is "not stated". */
enum decl_made { MADE_PER_UNIT_RANDOM = 1, MADE_USER_SET, MADE_NONE, MADE_DERIVED, MADE_UNIVERSAL };
enum decl_credential_kind {
	CREDENTIAL_PASSWORD = 1,
	CREDENTIAL_PIN,
	CREDENTIAL_KEY,
	CREDENTIAL_CERTIFICATE,
	CREDENTIAL_TOKEN
};
enum decl_user { USED_BY_USER = 1, USED_BY_MACHINE };
enum decl_brute_force { BRUTE_FORCE_THROTTLED = 1, BRUTE_FORCE_LOCKOUT, BRUTE_FORCE_NONE };
enum decl_protection { PROTECTION_TLS = 1, PROTECTION_DTLS, PROTECTION_SEALED, PROTECTION_PUBLIC, PROTECTION_NONE };
enum decl_interface { INTERFACE_LAN = 1, INTERFACE_LOOPBACK, INTERFACE_ANY };
enum decl_component_update { COMPONENT_UPDATED = 1, COMPONENT_IMMUTABLE, COMPONENT_NEVER };
enum decl_action { ACTION_NONE = 1, ACTION_ONE_STEP, ACTION_MANUAL };
enum decl_signature { SIGNATURE_ED25519 = 1, SIGNATURE_ECDSA_P256, SIGNATURE_RSA_PSS, SIGNATURE_NONE };
enum decl_parameter { PARAMETER_CRITICAL = 1, PARAMETER_PUBLIC };
enum decl_use { USE_UPDATE = 1, USE_SERVICE, USE_IDENTITY, USE_LOGIN, USE_STORAGE };
enum decl_store { STORE_FILE = 1, STORE_TPM, STORE_TEE, STORE_SECURE_ELEMENT, STORE_ROM };
enum decl_basis { BASIS_CONSENT = 1, BASIS_CONTRACT, BASIS_LEGAL, BASIS_INTEREST };
enum decl_place { PLACE_DEVICE = 1, PLACE_SERVICE, PLACE_BOTH };
enum decl_shown { SHOWN_LABEL = 1, SHOWN_PAGE, SHOWN_BOTH };
enum decl_interface_state { INTERFACE_OFF = 1, INTERFACE_USED, INTERFACE_PROTECTED, INTERFACE_OPEN };
enum decl_kind { KIND_CAMERA = 1, KIND_SPEAKER, KIND_HUB, KIND_LOCK, KIND_ROUTER, KIND_TV, KIND_TOY, KIND_OTHER };
enum decl_component_type {
	TYPE_APPLICATION = 1,
	TYPE_LIBRARY,
	TYPE_FIRMWARE,
	TYPE_OPERATING_SYSTEM,
	TYPE_CONTAINER,
	TYPE_FILE,
	TYPE_DEVICE
};
enum decl_crypto_use { CRYPTO_NONE = 1, CRYPTO_REPLACEABLE, CRYPTO_FIXED };
enum decl_switch { SWITCH_ON = 1, SWITCH_OFF, SWITCH_SETUP };
enum decl_provisioned {
	PROVISIONED_FACTORY = 1,
	PROVISIONED_FIRST_START,
	PROVISIONED_SETUP,
	PROVISIONED_UPDATE,
	PROVISIONED_SERVICE
};
enum decl_port_type {
	PORT_NETWORK = 1,
	PORT_RADIO,
	PORT_USB,
	PORT_SERIAL,
	PORT_STORAGE,
	PORT_BUTTON,
	PORT_SENSOR,
	PORT_OTHER
};
enum decl_reach { REACH_NETWORK = 1, REACH_LOCAL };
enum decl_user_interface_type { UI_PAGE = 1, UI_APP, UI_VOICE, UI_BUTTONS, UI_DISPLAY, UI_OTHER };
enum decl_against { AGAINST_NETWORK = 1, AGAINST_POWER, AGAINST_BOTH };
enum decl_when { WHEN_SETUP = 1, WHEN_WISH, WHEN_EVENT };
enum decl_mechanism { MECHANISM_HALLMARK = 1, MECHANISM_OTHER, MECHANISM_NONE };

struct decl_texts {
	const char **at;
	size_t n;
};

/* Every list entry begins with the line where it stands, for messages. */
struct decl_party {
	uint32_t line;
	const char *name, *address;
};

/* IXIT 3-VulnTypes. */
struct decl_handling {
	uint32_t line;
	const char *id, *what, *action;
	uint32_t days;
};

/* IXIT 6-SoftComp, and the bill of materials. */
struct decl_component {
	uint32_t line;
	const char *id, *name, *version, *why;
	enum decl_component_update update;
	const char *by; /* id of update.others; NULL: the main mechanism */
	enum decl_crypto_use crypto;
	enum decl_component_type type;
	const char *supplier, *license, *purl, *cpe, *sha256;
};

/* IXIT 8-UpdProc. */
struct decl_procedure {
	uint32_t line;
	const char *id, *what;
	uint32_t days;
};

/* IXIT 7-UpdMech, beside the main one. */
struct decl_other_update {
	uint32_t line;
	const char *id, *what, *initiation, *configuration, *checking, *notification;
	struct decl_texts guarantees, crypto;
	enum decl_answer network;
};

/* IXIT 12-NetSecImpl. */
struct decl_implementation {
	uint32_t line;
	const char *id, *what, *component, *review, *report;
};

/* IXIT 11-SecComMech. */
struct decl_channel {
	uint32_t line;
	const char *id, *what, *interface; /* id of a physical or logical interface */
	struct decl_texts guarantees, crypto;
};

struct decl_service {
	uint32_t line;
	const char *id, *exec, *why;
	uint32_t user;
	struct decl_texts args;
	enum decl_answer safety;
	struct decl_texts needs, writes, devices; /* for its sandbox; paths relative to the root tree */
};

struct decl_listener {
	uint32_t line;
	const char *service; /* a service id or DECLARATION_AGENT */
	const char *auth;    /* a credential id or DECLARATION_NONE */
	const char *why;
	enum policy_proto proto; /* tcp, udp */
	uint32_t port;
	enum decl_interface interface;
	enum decl_protection protection;
	enum decl_answer configures;
	enum decl_switch as_delivered; /* SWITCH_ON if not stated */
	const char *discloses, *resilience;
	const char *channel; /* id of channels; NULL: one of its own, from `protection` */
};

struct decl_flow {
	uint32_t line;
	const char *service, *host, *why; /* why may be missing: the check contradicts it */
	enum policy_proto proto;
	uint32_t port;
	enum decl_protection protection;
	struct decl_texts data; /* ids of personal data or telemetry */
	const char *channel;	/* as of a listener */
};

struct decl_credential {
	uint32_t line;
	const char *id, *purpose; /* key `for` */
	enum decl_credential_kind kind;
	enum decl_user used_by;
	enum decl_made made;
	uint32_t bits;
	enum decl_answer changeable;
	enum decl_brute_force brute_force;
	const char *generation, *guessing;
	struct decl_texts guarantees, crypto;
	enum decl_switch as_delivered;
};

struct decl_parameter_row {
	uint32_t line;
	const char *id, *what;
	enum decl_parameter type;
	enum decl_use use;
	enum decl_store where;
	enum decl_made made;
	enum decl_answer leaves_device;
	struct decl_texts guarantees, channels;
	const char *protection, *generation;
	enum decl_provisioned provisioned;
};

struct decl_data {
	uint32_t line;
	const char *id, *what, *why;
	enum decl_place where;
	uint32_t keep_days;
	struct decl_texts shared_with;
	enum decl_answer sensitive;
	enum decl_basis basis;
	const char *minimised; /* how it is kept small, anonymised or aggregated */
	const char *processing, *consent, *withdrawal, *consent_kept, *anonymised, *aggregated;
	struct decl_texts channels;
	enum decl_answer only_aggregate;
};

struct decl_sensor {
	uint32_t line;
	const char *id, *what, *why;
};

struct decl_telemetry {
	uint32_t line;
	const char *id, *what, *why, *examined;
	struct decl_texts data; /* ids of personal data in it */
};

struct decl_port {
	uint32_t line;
	const char *id, *what, *why;
	enum decl_interface_state state;
	enum decl_answer physical; /* only asked of debug interfaces */
	const char *protection;	   /* of physical and debug interfaces */
	enum decl_port_type type;  /* of physical ones */
	/* Of logical ones, and of debug interfaces that are no physical port. */
	enum decl_reach access;
	const char *discloses, *resilience;
};

/* IXIT 27-UserIntf. */
struct decl_user_interface {
	uint32_t line;
	const char *id, *what;
	enum decl_user_interface_type type;
};

/* IXIT 29-InpVal. */
struct decl_input {
	uint32_t line;
	const char *id, *what;
	const char *from; /* id of a user interface, interface or service, or DECLARATION_AGENT */
};

/* IXIT 23-ResMech. */
struct decl_resilience {
	uint32_t line;
	const char *id, *what;
	enum decl_against against;
	struct decl_texts guarantees;
};

/* IXIT 25-DelFunc. */
struct decl_deletion {
	uint32_t line;
	const char *id, *what, *how, *confirmation;
	enum decl_place target;
};

/* IXIT 26-UserDec. */
struct decl_decision {
	uint32_t line;
	const char *id, *what, *usual;
	struct decl_texts options;
	enum decl_when when;
};

struct decl_health {
	uint32_t line;
	const char *id, *service;
	enum policy_health_kind kind;
	uint32_t port, within_s;
};

struct decl_reason {
	uint32_t line;
	const char *provision, *why;
};

#define DECL_LIST(type, name)                                                                                          \
	struct type *name;                                                                                             \
	size_t name##_n

struct declaration {
	const char *product, *model, *version, *intended_use;
	enum decl_kind kind;
	struct decl_texts foreseeable_risks;
	enum decl_shown model_shown_on;
	struct wall_time released; /* 0: not yet */
	struct {
		const char *name, *address, *country, *email, *website;
	} maker;
	DECL_LIST(decl_party, representatives);
	struct {
		uint32_t line; /* of `until` */
		struct wall_time until;
		const char *published;
	} support;
	struct {
		const char *contact, *policy_url, *monitoring;
		const char *security_txt_url, *encryption_url, *acknowledgments_url; /* RFC 9116 */
		uint32_t acknowledge_days, update_days;
	} disclosure;
	struct {
		enum decl_answer vulnerability_actions, vulnerability_monitoring, update_procedures, secure_management,
			secure_development;
	} confirmations; /* IXIT 4-Conf */
	struct {
		struct decl_texts code_minimisation, privilege_control, memory_control, secure_development;
	} practices; /* IXIT 16 to 19 */
	struct {
		const char *isolation, *hardware;
	} replacement; /* IXIT 9-ReplSup */
	struct {
		const char *generation, *distribution, *storage, *renewal, *retirement, *compromise;
	} parameter_care; /* IXIT 14-SecMgmt */
	struct {
		const char *what, *detection, *notification;
		struct decl_texts guarantees, remaining;
	} secure_boot; /* IXIT 20-SecBoot */
	struct {
		const char *brute_force, *updates;
	} constraints;
	struct {
		const char *batch, *signatory, *function, *place;
	} statement;
	struct {
		enum decl_mechanism mechanism;
		enum decl_answer automatic, asks_at_setup, can_postpone, can_turn_off, notifies, verified_on_device,
			network, rollback_protection, warns_of_interruption;
		enum decl_action user_action;
		enum decl_signature signature;
		uint32_t check_hours, fix_days, slot_mib, memory_mib;
		uint32_t window_from_hour, window_to_hour, postpone_days, postpone_security_days, postpone_times,
			battery_percent, metered_mib;
		enum decl_answer metered;
		const char *what;
		struct decl_texts crypto, guarantees;
	} update;
	struct {
		const char *manual_url; /* stands for the pages that are not named; the last four are no such pages */
		const char *privacy_url, *setup_url, *setup_check_url, *deletion_url, *sensors_url, *password_url,
			*maintenance_url, *telemetry_url;
		const char *replacement_url, *non_updatable_url, *declaration_url, *sbom_url;
	} documents;
	struct {
		const char *device, *service, *confirmation;
	} erasure;
	struct {
		struct decl_texts works_without_network;
		const char *after_power_loss;
		enum decl_answer spreads_reconnects;
	} outage;
	struct {
		const char *isolated;
	} texts;
	DECL_LIST(decl_handling, handling);	     /* disclosure.handling */
	DECL_LIST(decl_procedure, procedures);	     /* update.procedures */
	DECL_LIST(decl_other_update, other_updates); /* update.others */
	DECL_LIST(decl_implementation, implementations);
	DECL_LIST(decl_channel, channels);
	DECL_LIST(decl_user_interface, user_interfaces);
	DECL_LIST(decl_input, inputs);
	DECL_LIST(decl_resilience, resilience); /* outage.mechanisms */
	DECL_LIST(decl_deletion, deletions);	/* erasure.functions */
	DECL_LIST(decl_decision, decisions);
	DECL_LIST(decl_component, components);
	DECL_LIST(decl_service, services);
	DECL_LIST(decl_listener, listeners);
	DECL_LIST(decl_flow, flows);
	DECL_LIST(decl_credential, credentials);
	DECL_LIST(decl_parameter_row, security_parameters);
	DECL_LIST(decl_data, personal_data);
	DECL_LIST(decl_sensor, sensors);
	DECL_LIST(decl_telemetry, telemetry);
	DECL_LIST(decl_port, physical); /* interfaces.physical, .logical, .debug */
	DECL_LIST(decl_port, logical);
	DECL_LIST(decl_port, debug);
	struct decl_texts protect; /* paths, or globs DIR/ ** (without the blank), relative to the root tree */
	DECL_LIST(decl_health, health);
	DECL_LIST(decl_reason, reasons);
	uint32_t scan_period_s, page_port;
	struct declaration_owner *owner; /* the memory behind all texts and lists */
};

/* One thing wrong with the text, where, and what to do. */
struct declaration_problem {
	uint32_t line, column; /* from 1; 0 when it concerns the whole file */
	char path[96];	       /* "listeners[0].port"; "" for the whole */
	char text[192];
	char hint[192];
};

struct declaration_problems {
	struct declaration_problem at[DECLARATION_PROBLEMS_MAX];
	size_t n;    /* in `at` */
	size_t more; /* found after that */
};

/*
 * Strict. All problems of one run are collected (`ret_problems` may be NULL); the first one is also in `e`. ERR_LIMIT
 * for size and nesting, ERR_INPUT for the rest. declaration_free frees.
 */
rc declaration_parse(struct bytes yaml, struct declaration **ret, struct declaration_problems *ret_problems,
		     struct err *e) MUST_CHECK;

/* Read and parse a file; errors begin with its path. */
rc declaration_load(const char *path, struct declaration **ret, struct declaration_problems *ret_problems,
		    struct err *e) MUST_CHECK;

void declaration_free(struct declaration *d); /* accepts NULL */

/* Append the declaration as canonical JSON, same keys as the YAML. */
rc declaration_canonical(const struct declaration *d, struct buf *out, struct err *e) MUST_CHECK;

const struct decl_service *declaration_service(const struct declaration *d, const char *id); /* NULL if none */
const struct decl_credential *declaration_credential(const struct declaration *d, const char *id);
const struct decl_data *declaration_data(const struct declaration *d, const char *id);

/* Does this path of the root tree belong to the protected set? */
bool declaration_protects(const struct declaration *d, const char *path);

#endif
