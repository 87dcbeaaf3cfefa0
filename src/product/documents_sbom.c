/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declared software parts as a CycloneDX 1.6 document. A skeleton: what only the build knows (the parts of the
 * parts, hashes) is for the build to add. The serial number is made of the content, so that the same declaration and
 * date give the same document.
 */
#include <stdio.h>

#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/crypto/hash.h"
#include "product/documents_rows.h"
#include "core/base/banned.h"

#define REF_SIZE 96
#define UUID_BYTES 16

static void component_ref(const struct decl_component *c, char out[REF_SIZE])
{
	(void)snprintf(out, REF_SIZE, "component:%s", c->id);
}

static json_t *property(const char *name, const char *value)
{
	return json_pack("{s:s, s:s}", "name", name, "value", value);
}

static const char *type_word(enum decl_component_type type)
{
	static const char *const words[] = {
		[TYPE_APPLICATION] = "application", [TYPE_LIBRARY] = "library",
		[TYPE_FIRMWARE] = "firmware",	    [TYPE_OPERATING_SYSTEM] = "operating-system",
		[TYPE_CONTAINER] = "container",	    [TYPE_FILE] = "file",
		[TYPE_DEVICE] = "device",
	};
	return type ? words[type] : "application"; /* what the specification asks for when nothing better is known */
}

/* How the part is kept up to date, which a reader of the product's promises wants beside its version. */
static json_t *make_properties(const struct decl_component *c)
{
	static const char *const updates[] = {"", "updated", "immutable", "never"};
	static const char *const crypto[] = {"", "none", "replaceable", "fixed"};
	const struct {
		const char *name, *value;
	} rows[] = {
		{"hallmark:update", updates[c->update]},
		{"hallmark:updated-by", c->by},
		{"hallmark:why", c->why},
		{"hallmark:crypto", c->crypto ? crypto[c->crypto] : NULL},
	};
	json_t *list = json_array();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].value && json_array_append_new(list, property(rows[i].name, rows[i].value))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *make_component(const struct declaration *d, const struct decl_component *c)
{
	char ref[REF_SIZE];
	component_ref(c, ref);
	json_t *licenses = c->license ? json_pack("[{s:s}]", "expression", c->license) : NULL;
	json_t *hashes = c->sha256 ? json_pack("[{s:s, s:s}]", "alg", "SHA-256", "content", c->sha256) : NULL;
	return json_pack("{s:s, s:s, s:{s:s}, s:s, s:s, s:o*, s:o*, s:s*, s:s*, s:o}", "type", type_word(c->type),
			 "bom-ref", ref, "supplier", "name", c->supplier ? c->supplier : d->maker.name, "name", c->name,
			 "version", c->version, "hashes", hashes, "licenses", licenses, "cpe", c->cpe, "purl", c->purl,
			 "properties", make_properties(c));
}

static json_t *make_components(const struct declaration *d)
{
	json_t *list = json_array();
	bool ok = true;
	for (size_t i = 0; i < d->components_n; i++)
		ok = json_array_append_new(list, make_component(d, &d->components[i])) == 0 && ok;
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

/* The product consists of its parts; what these consist of is not declared, which a missing "dependsOn" says. */
static json_t *make_dependencies(const struct declaration *d)
{
	json_t *on = json_array();
	bool ok = true;
	char ref[REF_SIZE];
	for (size_t i = 0; i < d->components_n; i++) {
		component_ref(&d->components[i], ref);
		ok = json_array_append_new(on, json_string(ref)) == 0 && ok;
	}
	json_t *list = json_pack("[{s:s, s:o}]", "ref", "product", "dependsOn", on);
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *make_references(const struct declaration *d)
{
	const struct {
		const char *type, *url;
	} rows[] = {
		{"security-contact", d->disclosure.contact},
		{"advisories", d->disclosure.policy_url},
		{"documentation", d->documents.manual_url ? d->documents.manual_url : d->documents.setup_url},
		{"support", d->support.published},
		{"bom", d->documents.sbom_url},
	};
	json_t *list = json_array();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].url)
			(void)json_array_append_new(list,
						    json_pack("{s:s, s:s}", "type", rows[i].type, "url", rows[i].url));
	return list;
}

static json_t *make_maker(const struct declaration *d)
{
	static const char mail[] = "mailto:";
	json_t *contact = NULL, *web = NULL;
	if (d->maker.email && strncmp(d->maker.email, mail, sizeof mail - 1) == 0)
		contact = json_pack("[{s:s}]", "email", d->maker.email + sizeof mail - 1);
	if (d->maker.website)
		web = json_pack("[s]", d->maker.website);
	return json_pack("{s:s, s:{s:s, s:s}, s:o*, s:o*}", "name", d->maker.name, "address", "country",
			 d->maker.country, "streetAddress", d->maker.address, "url", web, "contact", contact);
}

static json_t *make_metadata(const struct declaration *d, struct wall_time today)
{
	char day[RFC3339_TIME_SIZE], until[RFC3339_DATE_SIZE];
	rfc3339_time((struct wall_time){today.s - today.s % SECONDS_PER_DAY}, day);
	rfc3339_date(d->support.until, until);
	json_t *maker = make_maker(d);
	json_t *product =
		json_pack("{s:s, s:s, s:O, s:s, s:s, s:s*, s:o, s:[o, o]}", "type", "device", "bom-ref", "product",
			  "manufacturer", maker, "name", d->product, "version", d->version, "description",
			  d->intended_use, "externalReferences", make_references(d), "properties",
			  property("hallmark:model", d->model), property("hallmark:support-until", until));
	return json_pack("{s:s, s:[{s:s, s:s}], s:o, s:o}", "timestamp", day, "lifecycles", "name", "declaration",
			 "description", "parts as the maker declares them; the build adds theirs", "component", product,
			 "manufacturer", maker);
}

/* UUID of version 8 (RFC 9562): bits of our own, here of the SHA-256 of the content. */
static rc serial_of(const json_t *content, char out[64])
{
	CLEANUP(buf_done) struct buf text;
	uint8_t sum[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(UUID_BYTES)];
	buf_init(&text, DOCUMENTS_MAX);
	rc r = json_codec_canonical(content, &text, NULL);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&text), sum, NULL);
	if (rc_failed(r))
		return r;
	sum[6] = (uint8_t)((sum[6] & 0x0F) | 0x80);
	sum[8] = (uint8_t)((sum[8] & 0x3F) | 0x80);
	hex_encode(bytes_of(sum, UUID_BYTES), hex);
	(void)snprintf(out, 64, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return RC_OK;
}

void documents_sbom_write(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char serial[64] = "";
	JSON_AUTO json_t *content = json_pack("{s:o, s:o, s:o}", "metadata", make_metadata(d, today), "components",
					      make_components(d), "dependencies", make_dependencies(d));
	rc r = content ? serial_of(content, serial) : (rc){ERR_MEMORY};
	json_t *whole =
		json_pack("{s:s, s:s, s:s, s:s, s:i}", "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json",
			  "bomFormat", "CycloneDX", "specVersion", "1.6", "serialNumber", serial, "version", 1);
	if (json_object_update(whole, content))
		r = (rc){ERR_MEMORY};
	documents_json(out, whole);
	documents_break(out, r);
}
