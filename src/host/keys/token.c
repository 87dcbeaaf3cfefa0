/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS#11 through p11-kit: find the token that a URI names, log in, find or make one key, let it sign. What a token
 * says is checked like anything else from outside: a public key must be one that we accept, a signature must fit it.
 */
#include "host/keys/token.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "core/base/mem.h"
#include "core/codec/base64.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define SLOTS_MAX 64
#define ID_SIZE 16
#define POINT_MAX 128
#define ECDSA_RAW_SIZE 64

struct token_key {
	P11KitUri *uri;
	CK_FUNCTION_LIST **modules; /* of the system, or NULL: */
	CK_FUNCTION_LIST *own[2];   /* the one that the URI's module-path names */
	CK_FUNCTION_LIST *module;   /* the one with our token */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	bool in_session;
	CK_OBJECT_HANDLE private;
	struct pubkey pub;
};

static rc failed(CK_RV rv, const char *doing, struct err *e)
{
	switch (rv) {
	case CKR_OK:
		return RC_OK;
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		(void)err_set(e, ERR_TRUST, "the token refuses the PIN");
		return err_hint(e, "a token locks itself after a few wrong PINs");
	case CKR_PIN_LOCKED:
		(void)err_set(e, ERR_DENIED, "the token is locked after too many wrong PINs");
		return err_hint(e, "unlock it with its security officer's PIN, or replace the key in a ceremony");
	case CKR_MECHANISM_INVALID:
	case CKR_CURVE_NOT_SUPPORTED:
	case CKR_DOMAIN_PARAMS_INVALID:
		return err_set(e, ERR_UNSUPPORTED, "%s: the token does not know this kind of key", doing);
	default:
		return err_set(e, ERR_IO, "%s: the token says %s", doing, p11_kit_strerror(rv));
	}
}

static rc parse(const char *text, P11KitUri **ret, struct err *e)
{
	P11KitUri *uri = p11_kit_uri_new();
	if (!uri)
		return err_set(e, ERR_MEMORY, "PKCS#11 URI: out of memory");
	int code = strnlen(text, TOKEN_URI_MAX + 1) > TOKEN_URI_MAX ? P11_KIT_URI_BAD_SYNTAX
								    : p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);
	rc r = RC_OK;
	if (code != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(uri))
		r = err_set(e, ERR_INPUT, "\"%.80s\" is not a PKCS#11 URI", text);
	else if (p11_kit_uri_get_pin_value(uri) || p11_kit_uri_get_pin_source(uri))
		r = err_set(e, ERR_INPUT, "a PIN does not belong in a URI; it is asked for, or read from a file");
	else if (!p11_kit_uri_get_attribute(uri, CKA_LABEL) && !p11_kit_uri_get_attribute(uri, CKA_ID))
		r = err_set(e, ERR_INPUT, "the URI names no key; it needs object=NAME or id=...");
	if (rc_failed(r)) {
		p11_kit_uri_free(uri);
		return err_hint(e, "as in pkcs11:token=ada;object=root");
	}
	*ret = uri;
	return RC_OK;
}

rc token_uri_check(const char *text, struct err *e)
{
	P11KitUri *uri = NULL;
	rc r = parse(text, &uri, e);
	p11_kit_uri_free(uri);
	return r;
}

static rc load_modules(struct token_key *k, struct err *e)
{
	const char *path = p11_kit_uri_get_module_path(k->uri);
	if (!path) {
		k->modules = p11_kit_modules_load_and_initialize(0);
		return k->modules ? RC_OK : err_set(e, ERR_IO, "PKCS#11 modules: %s", p11_kit_message());
	}
	if (path[0] != '/') /* a name would be looked for wherever the loader looks */
		return err_set(e, ERR_INPUT, "module-path must begin at the root: \"%.80s\"", path);
	CK_FUNCTION_LIST *module = p11_kit_module_load(path, 0);
	if (!module)
		return err_set(e, ERR_MISSING, "PKCS#11 module %.200s: %s", path, p11_kit_message());
	k->own[0] = module;
	CK_RV rv = p11_kit_module_initialize(module);
	if (rv == CKR_OK)
		return RC_OK;
	p11_kit_module_release(module);
	k->own[0] = NULL;
	return failed(rv, "starting the PKCS#11 module", e);
}

/* How many tokens of this module match; the last one is remembered. */
static size_t match_tokens(struct token_key *k, CK_FUNCTION_LIST *module)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;
	size_t found = 0;
	if (module->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return 0;
	for (CK_ULONG i = 0; i < n && i < SLOTS_MAX; i++) {
		CK_TOKEN_INFO info;
		if (module->C_GetTokenInfo(slots[i], &info) != CKR_OK || !(info.flags & CKF_TOKEN_INITIALIZED) ||
		    !p11_kit_uri_match_token_info(k->uri, &info))
			continue;
		k->module = module;
		k->slot = slots[i];
		found++;
	}
	return found;
}

static rc find_token(struct token_key *k, struct err *e)
{
	CK_FUNCTION_LIST **all = k->modules ? k->modules : k->own;
	size_t found = 0;
	for (size_t i = 0; all[i]; i++)
		found += match_tokens(k, all[i]);
	if (found == 1)
		return RC_OK;
	if (!found) {
		(void)err_set(e, ERR_MISSING, "no token matches the URI");
		return err_hint(e, "is it plugged in? Does p11-kit know its module, or the URI name it (module-path)?");
	}
	return err_set(e, ERR_INPUT, "%zu tokens match the URI; name one with token=, serial= or model=", found);
}

static rc log_in(struct token_key *k, struct bytes pin, struct err *e)
{
	uint8_t copy[TOKEN_PIN_MAX];
	if (!pin.n || pin.n > sizeof copy)
		return err_set(e, ERR_INPUT, "a PIN of 1 to %d bytes is needed", TOKEN_PIN_MAX);
	CK_RV rv = k->module->C_OpenSession(k->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &k->session);
	if (rv != CKR_OK)
		return failed(rv, "opening a session", e);
	k->in_session = true;
	memcpy(copy, pin.p, pin.n); /* the interface takes no const */
	rv = k->module->C_Login(k->session, CKU_USER, copy, (CK_ULONG)pin.n);
	mem_wipe(copy, sizeof copy);
	return rv == CKR_USER_ALREADY_LOGGED_IN ? RC_OK : failed(rv, "logging in", e);
}

static size_t name_template(const struct token_key *k, CK_OBJECT_CLASS *class, CK_ATTRIBUTE ret[3])
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_LABEL, CKA_ID};
	size_t n = 0;
	ret[n++] = (CK_ATTRIBUTE){CKA_CLASS, class, sizeof *class};
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const CK_ATTRIBUTE *a = p11_kit_uri_get_attribute(k->uri, types[i]);
		if (a)
			ret[n++] = *a;
	}
	return n;
}

/* The number of objects of this class that the URI names, 2 for more; the first is returned. */
static rc find_objects(const struct token_key *k, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *ret, CK_ULONG *ret_n,
		       struct err *e)
{
	CK_ATTRIBUTE template[3];
	CK_OBJECT_HANDLE found[2] = {0};
	size_t n = name_template(k, &class, template);
	CK_RV rv = k->module->C_FindObjectsInit(k->session, template, (CK_ULONG)n);
	if (rv != CKR_OK)
		return failed(rv, "looking for the key", e);
	rv = k->module->C_FindObjects(k->session, found, 2, ret_n);
	(void)k->module->C_FindObjectsFinal(k->session);
	*ret = found[0];
	return failed(rv, "looking for the key", e);
}

static rc find_object(const struct token_key *k, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *ret, struct err *e)
{
	const char *what = class == CKO_PRIVATE_KEY ? "private" : "public";
	CK_ULONG n = 0;
	rc r = find_objects(k, class, ret, &n, e);
	if (rc_failed(r) || n == 1)
		return r;
	if (n)
		return err_set(e, ERR_INPUT, "the token has several %s keys of this name; add id=... to the URI", what);
	(void)err_set(e, ERR_MISSING, "the token has no %s key of this name", what);
	return err_hint(e, "`hallmark keys make` makes one there");
}

static rc point_of(struct bytes der, size_t size, struct bytes *ret, struct err *e)
{
	if (der.n == size + 2 && der.p[0] == 0x04 &&
	    der.p[1] == size) /* OCTET STRING around it, as the standard says */
		der = bytes_of(der.p + 2, size);
	if (der.n != size)
		return err_set(e, ERR_UNSUPPORTED, "the token's public key has %zu bytes; %zu were expected", der.n,
			       size);
	*ret = der;
	return RC_OK;
}

/* SubjectPublicKeyInfo of P-256 is this, then the point. */
static rc p256_of(struct bytes point, struct pubkey *ret, struct err *e)
{
	static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
				       0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
	CLEANUP(buf_done) struct buf der, pem;
	buf_init(&der, 256);
	buf_init(&pem, KEY_PEM_MAX);
	buf_put(&der, bytes_of(head, sizeof head));
	buf_put(&der, point);
	buf_put_text(&pem, "-----BEGIN PUBLIC KEY-----\n");
	base64_encode(buf_view(&der), &pem);
	buf_put_text(&pem, "\n-----END PUBLIC KEY-----\n");
	rc r = buf_check(&pem, "public key", e);
	return rc_ok(r) ? pubkey_from_pem(buf_view(&pem), ret, e) : r;
}

static rc read_public(struct token_key *k, struct err *e)
{
	CK_OBJECT_HANDLE object = 0;
	CK_KEY_TYPE type = 0;
	uint8_t point[POINT_MAX];
	CK_ATTRIBUTE wanted[] = {{CKA_KEY_TYPE, &type, sizeof type}, {CKA_EC_POINT, point, sizeof point}};
	struct bytes raw;
	rc r = find_object(k, CKO_PUBLIC_KEY, &object, e);
	if (rc_failed(r))
		return r;
	CK_RV rv = k->module->C_GetAttributeValue(k->session, object, wanted, ARRAY_LEN(wanted));
	if (rv != CKR_OK || (type != CKK_EC && type != CKK_EC_EDWARDS))
		return err_set(e, ERR_UNSUPPORTED, "the key in the token is neither Ed25519 nor ECDSA P-256");
	r = point_of(bytes_of(point, wanted[1].ulValueLen), type == CKK_EC ? 65 : KEY_ED25519_SIZE, &raw, e);
	if (rc_failed(r))
		return r;
	return type == CKK_EC ? p256_of(raw, &k->pub, e) : pubkey_from_ed25519(raw.p, &k->pub, e);
}

static rc begin(const char *uri, struct bytes pin, struct token_key **ret, struct err *e)
{
	struct token_key *k = mem_alloc(sizeof *k);
	if (!k)
		return err_set(e, ERR_MEMORY, "token: out of memory");
	rc r = parse(uri, &k->uri, e);
	if (rc_ok(r))
		r = load_modules(k, e);
	if (rc_ok(r))
		r = find_token(k, e);
	if (rc_ok(r))
		r = log_in(k, pin, e);
	if (rc_failed(r))
		token_free(k);
	else
		*ret = k;
	return r;
}

static rc open_key(struct token_key *k, struct err *e)
{
	rc r = find_object(k, CKO_PRIVATE_KEY, &k->private, e);
	return rc_ok(r) ? read_public(k, e) : r;
}

rc token_open(const char *uri, struct bytes pin, struct token_key **ret, struct err *e)
{
	struct token_key *k = NULL;
	rc r = begin(uri, pin, &k, e);
	if (rc_ok(r))
		r = open_key(k, e);
	if (rc_failed(r)) {
		token_free(k);
		return err_wrap(e, "key in a token");
	}
	*ret = k;
	return RC_OK;
}

static rc make_pair(const struct token_key *k, enum key_type type, struct err *e)
{
	static uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	static uint8_t edwards[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
	bool ec = type == KEY_ECDSA_P256;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	uint8_t id[ID_SIZE];
	CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(k->uri, CKA_LABEL);
	CK_ATTRIBUTE *given = p11_kit_uri_get_attribute(k->uri, CKA_ID);
	if (!label)
		return err_set(e, ERR_INPUT, "a new key needs a name: object=NAME in the URI");
	rc r = chance_fill(id, sizeof id, e);
	if (rc_failed(r))
		return r;
	CK_ATTRIBUTE name = *label, ident = given ? *given : (CK_ATTRIBUTE){CKA_ID, id, sizeof id};
	CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, sizeof yes},
				 {CKA_VERIFY, &yes, sizeof yes},
				 {CKA_EC_PARAMS, ec ? p256 : edwards, ec ? sizeof p256 : sizeof edwards},
				 name,
				 ident};
	CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, sizeof yes},
				  {CKA_PRIVATE, &yes, sizeof yes},
				  {CKA_SENSITIVE, &yes, sizeof yes},
				  {CKA_EXTRACTABLE, &no, sizeof no},
				  {CKA_SIGN, &yes, sizeof yes},
				  name,
				  ident};
	CK_MECHANISM how = {ec ? CKM_EC_KEY_PAIR_GEN : CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE made[2];
	CK_RV rv = k->module->C_GenerateKeyPair(k->session, &how, public, ARRAY_LEN(public), private,
						ARRAY_LEN(private), &made[0], &made[1]);
	return failed(rv, "making a key", e);
}

static rc generate(struct token_key *k, enum key_type type, struct err *e)
{
	CK_OBJECT_HANDLE there = 0;
	CK_ULONG n = 0;
	rc r = find_objects(k, CKO_PRIVATE_KEY, &there, &n, e);
	if (rc_ok(r) && n)
		return err_set(e, ERR_EXISTS, "the token has a key of this name already");
	if (rc_ok(r))
		r = make_pair(k, type, e);
	return rc_ok(r) ? open_key(k, e) : r;
}

rc token_generate(const char *uri, struct bytes pin, enum key_type type, struct token_key **ret, struct err *e)
{
	struct token_key *k = NULL;
	if (type != KEY_ED25519 && type != KEY_ECDSA_P256)
		return err_set(e, ERR_UNSUPPORTED, "keys in tokens are ed25519 or ecdsa-p256");
	rc r = begin(uri, pin, &k, e);
	if (rc_ok(r))
		r = generate(k, type, e);
	if (rc_failed(r)) {
		token_free(k);
		return err_wrap(e, "key in a token");
	}
	*ret = k;
	return RC_OK;
}

/* One number of the raw signature as a DER INTEGER. */
static void put_integer(struct buf *out, const uint8_t *p, size_t n)
{
	while (n > 1 && *p == 0) {
		p++;
		n--;
	}
	bool negative = *p & 0x80;
	buf_put_u8(out, 0x02);
	buf_put_u8(out, (uint8_t)(n + negative));
	if (negative)
		buf_put_u8(out, 0);
	buf_put(out, bytes_of(p, n));
}

static void put_der(struct buf *out, const uint8_t raw[ECDSA_RAW_SIZE])
{
	CLEANUP(buf_done) struct buf two;
	buf_init(&two, 2 * ECDSA_RAW_SIZE);
	put_integer(&two, raw, ECDSA_RAW_SIZE / 2);
	put_integer(&two, raw + ECDSA_RAW_SIZE / 2, ECDSA_RAW_SIZE / 2);
	buf_put_u8(out, 0x30);
	buf_put_u8(out, (uint8_t)two.len);
	buf_put(out, buf_view(&two));
}

static rc sign_in_token(struct token_key *k, struct bytes message, uint8_t ret[ECDSA_RAW_SIZE], struct err *e)
{
	bool ec = k->pub.type == KEY_ECDSA_P256;
	uint8_t digest[SHA256_SIZE];
	CK_MECHANISM how = {ec ? CKM_ECDSA : CKM_EDDSA, NULL, 0};
	CK_ULONG n = ECDSA_RAW_SIZE;
	rc r = hash_sha256(message, digest, e);
	if (rc_failed(r))
		return r;
	uint8_t *data = ec ? digest : (uint8_t *)(uintptr_t)message.p; /* the interface takes no const */
	CK_RV rv = k->module->C_SignInit(k->session, &how, k->private);
	if (rv == CKR_OK)
		rv = k->module->C_Sign(k->session, data, ec ? sizeof digest : (CK_ULONG)message.n, ret, &n);
	if (rv == CKR_OK && n != ECDSA_RAW_SIZE)
		return err_set(e, ERR_IO, "signing: the token gave %lu bytes", n);
	return failed(rv, "signing", e);
}

static rc sign_message(void *ctx, struct bytes message, struct buf *out, struct err *e)
{
	struct token_key *k = ctx;
	uint8_t raw[ECDSA_RAW_SIZE];
	CLEANUP(buf_done) struct buf sig;
	buf_init(&sig, KEY_SIGNATURE_MAX);
	rc r = sign_in_token(k, message, raw, e);
	if (rc_failed(r))
		return r;
	if (k->pub.type == KEY_ECDSA_P256)
		put_der(&sig, raw);
	else
		buf_put(&sig, bytes_of(raw, sizeof raw));
	if (!pubkey_verify(&k->pub, message, buf_view(&sig)))
		return err_set(e, ERR_IO, "signing: the token's signature does not fit its own public key");
	buf_put(out, buf_view(&sig));
	return buf_check(out, "signature", e);
}

struct signer token_signer(struct token_key *k)
{
	return (struct signer){.pub = &k->pub, .sign = sign_message, .ctx = k};
}

void token_free(struct token_key *k)
{
	if (!k)
		return;
	if (k->in_session) {
		(void)k->module->C_Logout(k->session);
		(void)k->module->C_CloseSession(k->session);
	}
	if (k->own[0]) {
		(void)p11_kit_module_finalize(k->own[0]);
		p11_kit_module_release(k->own[0]);
	}
	if (k->modules)
		p11_kit_modules_finalize_and_release(k->modules);
	p11_kit_uri_free(k->uri);
	pubkey_done(&k->pub);
	mem_free(k);
}
