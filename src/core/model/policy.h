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
	void *owner; /* the parsed document that holds the texts */
};

/* Strict: unknown keys, dangling service references, unsafe paths and names are refused. policy_free frees. */
rc policy_decode(struct bytes text, struct policy **ret, struct err *e) MUST_CHECK;
void policy_free(struct policy *p); /* accepts NULL */

/* A host name, IPv4 or IPv6 address by its characters: letters, digits, '.', ':', '-'. Safe inside a firewall rule. */
bool policy_host_ok(const char *host);

/* The service of this id, NULL if none. */
const struct policy_service *policy_service(const struct policy *p, const char *id);

#endif
