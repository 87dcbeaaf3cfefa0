/* SPDX-License-Identifier: Apache-2.0 */
/* The device policy (docs/wire.md section 5): what the compiled declaration allows on the device. */
#ifndef HALLMARK_CORE_MODEL_POLICY_H
#define HALLMARK_CORE_MODEL_POLICY_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/hash.h"

#define POLICY_MAX (1024 * 1024) /* bytes of its JSON */
#define POLICY_SERVICES_MAX 32
#define POLICY_ARGS_MAX 8
#define POLICY_LISTENERS_MAX 64
#define POLICY_FLOWS_MAX 64
#define POLICY_PROTECTED_MAX 4096
#define POLICY_HEALTH_MAX 32
#define POLICY_DATA_MAX 64
#define POLICY_TEXT_MAX 256
#define POLICY_PATH_MAX 255
#define POLICY_HOST_MAX 253
#define POLICY_WITHIN_MAX_S 3600
#define POLICY_SCAN_PERIOD_MAX_S 86400
/* How long the owner may put an update off, unless the maker says otherwise. */
#define POLICY_POSTPONE_DAYS 7
#define POLICY_POSTPONE_SECURITY_DAYS 3
#define POLICY_POSTPONE_TIMES 5
#define POLICY_POSTPONE_MAX_DAYS 90
#define POLICY_BATTERY_PERCENT 30

enum policy_proto { POLICY_TCP, POLICY_UDP };
enum policy_health_kind { POLICY_HEALTH_REPORT, POLICY_HEALTH_LISTENER };

/* Texts are owned by the policy and live as long as it does. */
struct policy_service {
	const char *id, *exec;
	uint32_t user; /* uid, > 0 */
	const char *args[POLICY_ARGS_MAX];
	size_t args_n;
	bool safety; /* keeps its flows in isolation */
};

struct policy_listener {
	const char *service;
	enum policy_proto proto;
	uint16_t port;
	const char *why;
};

struct policy_flow {
	const char *service, *host;
	enum policy_proto proto;
	uint16_t port;
	const char *why;
};

struct policy_protected {
	const char *path; /* relative to the root tree, name_path_ok */
	uint8_t sha256[SHA256_SIZE];
	uint32_t mode; /* permission bits */
};

struct policy_health {
	const char *id, *service;
	enum policy_health_kind kind;
	uint16_t port; /* 0 if none was given (a report needs none) */
	uint32_t within_s;
};

struct policy_data {
	const char *id, *what, *why;
	uint32_t keep_days;
};

/* Which releases install by themselves. */
enum policy_automatic { POLICY_AUTO_ALL, POLICY_AUTO_SECURITY, POLICY_AUTO_OFF, POLICY_AUTO_COUNT };

/* What the maker lays down for updates, and what the owner may then choose (EN303645 5.3-4A, 5.3-5, 5.3-6A). */
struct policy_update {
	enum policy_automatic automatic; /* until the owner chooses */
	bool can_turn_off, can_postpone; /* the owner may */
	uint32_t window_from, window_to; /* local hours in which the device may restart; equal: any */
	uint32_t postpone_days;		 /* at most, from the day that the release was first seen here */
	uint32_t postpone_security_days; /* the same for a release that mends a security problem */
	uint32_t postpone_times;	 /* at most, for one release */
	uint32_t battery_percent;	 /* charge below which nothing is written without external power */
	uint32_t memory_mib;		 /* what an installation may take; 0: not stated */
	bool metered;			 /* the product's link charges by volume */
	uint32_t metered_mib;		 /* what may still be fetched over such a link, beside security releases */
};

struct policy {
	const char *product, *model, *maker, *version, *contact, *isolated_text;
	struct wall_time support_end;
	uint16_t page_port; /* 0: no owner page */
	uint32_t scan_period_s;
	struct policy_service *services;
	size_t services_n;
	struct policy_listener *listeners;
	size_t listeners_n;
	struct policy_flow *flows;
	size_t flows_n;
	struct policy_protected *protect;
	size_t protect_n;
	struct policy_health *health;
	size_t health_n;
	struct policy_data *data;
	size_t data_n;
	struct policy_update update;
	void *owner; /* the parsed document that holds the texts */
};

/* Strict: unknown keys, dangling service references, unsafe paths and names are refused. policy_free frees. */
rc policy_decode(struct bytes text, struct policy **ret, struct err *e) MUST_CHECK;
void policy_free(struct policy *p); /* accepts NULL */

/* The word of it: "all", "security", "off"; and back. */
const char *policy_automatic_name(enum policy_automatic a);
bool policy_automatic_parse(const char *word, enum policy_automatic *ret);

/* What holds when a maker says nothing. */
struct policy_update policy_update_default(void);

/* A host name, IPv4 or IPv6 address by its characters: letters, digits, '.', ':', '-'. Safe inside a firewall rule. */
bool policy_host_ok(const char *host);

/* The service of this id, NULL if none. */
const struct policy_service *policy_service(const struct policy *p, const char *id);

#endif
