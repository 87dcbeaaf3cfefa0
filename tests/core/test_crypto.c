/* SPDX-License-Identifier: Apache-2.0 */
/* core/crypto: published vectors, and what must be refused: changed bits, weak keys, wrong issuers, wrong uses. */
#include "check.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/codec/hex.h"
#include "core/crypto/aead.h"
#include "core/crypto/cert.h"
#include "core/crypto/hash.h"
#include "core/crypto/key.h"
#include "core/crypto/password.h"

#define YEAR ((int64_t)365 * SECONDS_PER_DAY)

static const struct wall_time noon = {1800000000};

static void hex_into(const char *text, uint8_t *out)
{
	assert_true(hex_decode(text, out, strlen(text) / 2));
}

static struct privkey take(EVP_PKEY *made)
{
	struct err e = {0};
	struct privkey k = {0};
	assert_non_null(made);
	check_ok(privkey_of_pkey(made, &k, &e));
	EVP_PKEY_free(made);
	return k;
}

static struct privkey make_key(enum key_type type)
{
	if (type == KEY_ED25519)
		return take(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	if (type == KEY_ECDSA_P256)
		return take(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"));
	return take(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048));
}

static void sha256_vectors(void **state)
{
	static const char *const rows[][2] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t digest[SHA256_SIZE], pieces[SHA256_SIZE];
		char text[2 * SHA256_SIZE + 1];
		CLEANUP(hash_done) struct hash h = {0};
		check_ok(hash_sha256(bytes_of_text(rows[i][0]), digest, &e));
		hex_encode(bytes_of(digest, sizeof digest), text);
		assert_string_equal(text, rows[i][1]);
		check_ok(hash_start(&h, &e));
		check_ok(hash_add(&h, bytes_of_text("thrown away"), &e));
		check_ok(hash_start(&h, &e));
		for (const char *p = rows[i][0]; *p; p++)
			check_ok(hash_add(&h, bytes_of(p, 1), &e));
		check_ok(hash_end(&h, pieces, &e));
		assert_memory_equal(pieces, digest, sizeof digest);
	}
}

/* NIST GCM test cases 13 and 14: 256-bit key of zeros. */
static void aead_vectors(void **state)
{
	static const uint8_t key[AEAD_KEY_SIZE], nonce[AEAD_NONCE_SIZE], zeros[16];
	uint8_t expected[32];
	struct err e = {0};
	CLEANUP(buf_done) struct buf empty, block;
	(void)state;
	buf_init(&empty, 100);
	buf_init(&block, 100);
	check_ok(aead_seal(key, nonce, bytes_of(NULL, 0), bytes_of(NULL, 0), &empty, &e));
	hex_into("530f8afbc74536b9a963b4f1c4cb738b", expected);
	assert_int_equal(empty.len, AEAD_NONCE_SIZE + AEAD_TAG_SIZE);
	assert_memory_equal(empty.data + AEAD_NONCE_SIZE, expected, 16);
	check_ok(aead_seal(key, nonce, bytes_of(NULL, 0), bytes_of(zeros, 16), &block, &e));
	hex_into("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", expected);
	assert_memory_equal(block.data + AEAD_NONCE_SIZE, expected, 32);
}

static void aead_refuses_every_change(void **state)
{
	static const uint8_t key[AEAD_KEY_SIZE] = {1}, nonce[AEAD_NONCE_SIZE] = {2};
	uint8_t other[AEAD_KEY_SIZE] = {3};
	struct err e = {0};
	CLEANUP(buf_done) struct buf sealed, opened;
	(void)state;
	buf_init(&sealed, 200);
	buf_init(&opened, 200);
	check_ok(aead_seal(key, nonce, bytes_of_text("who"), bytes_of_text("personal"), &sealed, &e));
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 0x20;
		check_fails(ERR_TRUST, aead_open(key, bytes_of_text("who"), buf_view(&sealed), &opened, &e));
		sealed.data[i] ^= 0x20;
		check_fails(ERR_TRUST, aead_open(key, bytes_of_text("who"), bytes_of(sealed.data, i), &opened, &e));
	}
	check_fails(ERR_TRUST, aead_open(key, bytes_of_text("whO"), buf_view(&sealed), &opened, &e));
	check_fails(ERR_TRUST, aead_open(key, bytes_of_text(""), buf_view(&sealed), &opened, &e));
	check_fails(ERR_TRUST, aead_open(other, bytes_of_text("who"), buf_view(&sealed), &opened, &e));
	assert_int_equal(opened.len, 0);
	check_ok(aead_open(key, bytes_of_text("who"), buf_view(&sealed), &opened, &e));
	assert_string_equal(buf_text(&opened), "personal");
	CLEANUP(buf_done) struct buf small;
	buf_init(&small, 3);
	check_fails(ERR_LIMIT, aead_open(key, bytes_of_text("who"), buf_view(&sealed), &small, &e));
}

/* RFC 8032 section 7.1, tests 1 and 2. */
static void ed25519_vectors(void **state)
{
	static const struct {
		const char *key, *pub, *message, *sig;
	} rows[] = {
		{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf"
		 "5f0595b"
		 "be24655141438e7a100b"},
		{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
		 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2"
		 "eaeb430"
		 "2aeeb00d291612bb0c00"},
	};
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t raw[32], pub[32], got[32], sig[64];
		CLEANUP(pubkey_done) struct pubkey key = {0};
		CLEANUP(buf_done) struct buf made;
		buf_init(&made, KEY_SIGNATURE_MAX);
		hex_into(rows[i].key, raw);
		hex_into(rows[i].pub, pub);
		hex_into(rows[i].sig, sig);
		CLEANUP(privkey_done)
		struct privkey priv = take(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw));
		struct signer s = privkey_signer(&priv);
		check_ok(pubkey_ed25519(&priv.pub, got, &e));
		assert_memory_equal(got, pub, sizeof pub);
		check_ok(signer_sign(&s, bytes_of_text(rows[i].message), &made, &e));
		assert_true(bytes_equal(buf_view(&made), bytes_of(sig, sizeof sig)));
		check_ok(pubkey_from_ed25519(pub, &key, &e));
		assert_true(pubkey_verify(&key, bytes_of_text(rows[i].message), bytes_of(sig, sizeof sig)));
		assert_false(pubkey_verify(&key, bytes_of_text("s"), bytes_of(sig, sizeof sig)));
	}
}

static void signatures_refuse_every_change(void **state)
{
	struct err e = {0};
	(void)state;
	for (enum key_type type = 0; type < KEY_TYPE_COUNT; type++) {
		CLEANUP(privkey_done) struct privkey mine = make_key(type);
		CLEANUP(privkey_done) struct privkey other = make_key(type);
		CLEANUP(buf_done) struct buf sig;
		struct signer s = privkey_signer(&mine);
		struct bytes m = bytes_of_text("boot statement");
		buf_init(&sig, KEY_SIGNATURE_MAX);
		check_ok(signer_sign(&s, m, &sig, &e));
		assert_true(pubkey_verify(&mine.pub, m, buf_view(&sig)));
		assert_false(pubkey_verify(&other.pub, m, buf_view(&sig)));
		assert_false(pubkey_verify(&mine.pub, bytes_of_text("boot statemenT"), buf_view(&sig)));
		assert_false(pubkey_verify(&mine.pub, m, bytes_of(NULL, 0)));
		for (size_t i = 0; i < sig.len; i++) {
			sig.data[i] ^= 1;
			assert_false(pubkey_verify(&mine.pub, m, buf_view(&sig)));
			sig.data[i] ^= 1;
			assert_false(pubkey_verify(&mine.pub, m, bytes_of(sig.data, i)));
		}
		buf_put_u8(&sig, 0);
		assert_false(pubkey_verify(&mine.pub, m, buf_view(&sig)));
	}
	struct pubkey none = {0};
	assert_false(pubkey_verify(&none, bytes_of_text("x"), bytes_of_text("y")));
}

static void refuse_pkey(EVP_PKEY *made)
{
	struct err e = {0};
	struct pubkey pub = {0};
	struct privkey priv = {0};
	assert_non_null(made);
	check_fails(ERR_UNSUPPORTED, pubkey_of_pkey(made, &pub, &e));
	check_fails(ERR_UNSUPPORTED, privkey_of_pkey(made, &priv, &e));
	assert_null(pub.key);
	assert_null(priv.key);
	EVP_PKEY_free(made);
}

static void weak_and_foreign_keys_are_refused(void **state)
{
	(void)state;
	refuse_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024));
	refuse_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"));
	refuse_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"));
	refuse_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
	refuse_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"));
}

static void pem_both_ways(void **state)
{
	struct err e = {0};
	(void)state;
	for (enum key_type type = 0; type < KEY_TYPE_COUNT; type++) {
		CLEANUP(privkey_done) struct privkey k = make_key(type);
		CLEANUP(privkey_done) struct privkey again = {0};
		CLEANUP(pubkey_done) struct pubkey pub = {0};
		CLEANUP(secret_done) struct secret pem = {0};
		CLEANUP(buf_done) struct buf pub_pem;
		char id[2 * SHA256_SIZE + 1], same[2 * SHA256_SIZE + 1];
		buf_init(&pub_pem, KEY_PEM_MAX);
		check_ok(privkey_pem(&k, &pem, &e));
		check_ok(privkey_from_pem(secret_view(&pem), &again, &e));
		check_ok(pubkey_pem(&k.pub, &pub_pem, &e));
		check_ok(pubkey_from_pem(buf_view(&pub_pem), &pub, &e));
		check_ok(pubkey_id(&again.pub, id, &e));
		check_ok(pubkey_id(&pub, same, &e));
		assert_string_equal(id, same);
		assert_int_equal(pub.type, type);
		/* A private key is not taken for a public one, nor the reverse. */
		CLEANUP(pubkey_done) struct pubkey wrong_pub = {0};
		CLEANUP(privkey_done) struct privkey wrong = {0};
		check_fails(ERR_INPUT, pubkey_from_pem(secret_view(&pem), &wrong_pub, &e));
		check_fails(ERR_INPUT, privkey_from_pem(buf_view(&pub_pem), &wrong, &e));
		check_fails(ERR_INPUT, pubkey_from_pem(bytes_of(pub_pem.data, pub_pem.len / 2), &wrong_pub, &e));
	}
}

static void pem_limits(void **state)
{
	static uint8_t big[KEY_PEM_MAX + 1];
	struct err e = {0};
	struct pubkey pub = {0};
	struct privkey priv = {0};
	(void)state;
	check_fails(ERR_LIMIT, pubkey_from_pem(bytes_of(big, sizeof big), &pub, &e));
	check_fails(ERR_LIMIT, privkey_from_pem(bytes_of(big, sizeof big), &priv, &e));
	check_fails(ERR_INPUT, pubkey_from_pem(bytes_of_text("x"), &pub, &e));
	/* An encrypted key must be refused, and must not ask anybody for its passphrase. */
	CLEANUP(privkey_done) struct privkey k = make_key(KEY_ED25519);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, pass[] = "secret";
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, k.key, EVP_aes_256_cbc(), pass, 6, NULL, NULL), 1);
	long n = BIO_get_mem_data(bio, &text);
	check_fails(ERR_INPUT, privkey_from_pem(bytes_of(text, (size_t)n), &priv, &e));
	BIO_free(bio);
}

static void digests_are_signed_with_p256_only(void **state)
{
	static const uint8_t digest[SHA256_SIZE] = {1};
	struct err e = {0};
	CLEANUP(buf_done) struct buf sig;
	CLEANUP(privkey_done) struct privkey p256 = make_key(KEY_ECDSA_P256);
	CLEANUP(privkey_done) struct privkey ed = make_key(KEY_ED25519);
	(void)state;
	buf_init(&sig, KEY_SIGNATURE_MAX);
	check_fails(ERR_UNSUPPORTED, privkey_sign_digest(&ed, digest, &sig, &e));
	check_ok(privkey_sign_digest(&p256, digest, &sig, &e));
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(p256.key, NULL);
	assert_int_equal(EVP_PKEY_verify_init(c), 1);
	assert_int_equal(EVP_PKEY_verify(c, sig.data, sig.len, digest, sizeof digest), 1);
	EVP_PKEY_CTX_free(c);
}

static void passwords(void **state)
{
	static const uint8_t salt[PASSWORD_SALT_SIZE] = {5}, other[PASSWORD_SALT_SIZE] = {6};
	static char long_text[PASSWORD_MAX + 1];
	char phc[PASSWORD_PHC_SIZE], again[PASSWORD_PHC_SIZE];
	struct err e = {0};
	(void)state;
	memset(long_text, 'x', sizeof long_text);
	check_fails(ERR_LIMIT, password_hash(PASSWORD_COST_DEVICE, bytes_of_text(""), salt, phc, &e));
	check_fails(ERR_LIMIT,
		    password_hash(PASSWORD_COST_DEVICE, bytes_of(long_text, sizeof long_text), salt, phc, &e));
	check_ok(password_hash(PASSWORD_COST_DEVICE, bytes_of_text("correct horse"), salt, phc, &e));
	assert_ptr_equal(strstr(phc, "$argon2id$v=19$m=19456,t=2,p=1$"), phc);
	assert_true(password_verify(phc, bytes_of_text("correct horse")));
	assert_false(password_verify(phc, bytes_of_text("correct hors")));
	assert_false(password_verify(phc, bytes_of_text("correct horse ")));
	assert_false(password_verify(phc, bytes_of_text("")));
	check_ok(password_hash(PASSWORD_COST_DEVICE, bytes_of_text("correct horse"), salt, again, &e));
	assert_string_equal(phc, again);
	check_ok(password_hash(PASSWORD_COST_DEVICE, bytes_of_text("correct horse"), other, again, &e));
	assert_string_not_equal(phc, again);
}

static void stored_passwords_cannot_choose_their_cost(void **state)
{
	static const char *const bad[] = {
		"",
		"correct horse",
		"$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$",
		"$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(password_verify(bad[i], bytes_of_text("correct horse")));
}

static void keys_from_passphrases(void **state)
{
	static const uint8_t salt[PASSWORD_SALT_SIZE] = {7}, other[PASSWORD_SALT_SIZE] = {8};
	uint8_t a[32], b[32], c[32], d[32];
	struct err e = {0};
	(void)state;
	check_fails(ERR_LIMIT, password_key(PASSWORD_COST_DEVICE, bytes_of_text(""), salt, a, sizeof a, &e));
	check_ok(password_key(PASSWORD_COST_DEVICE, bytes_of_text("p"), salt, a, sizeof a, &e));
	check_ok(password_key(PASSWORD_COST_DEVICE, bytes_of_text("p"), salt, b, sizeof b, &e));
	check_ok(password_key(PASSWORD_COST_DEVICE, bytes_of_text("q"), salt, c, sizeof c, &e));
	check_ok(password_key(PASSWORD_COST_DEVICE, bytes_of_text("p"), other, d, sizeof d, &e));
	assert_memory_equal(a, b, sizeof a);
	assert_memory_not_equal(a, c, sizeof a);
	assert_memory_not_equal(a, d, sizeof a);
}

/* A CA, and what it issues, valid for a year around noon. */
struct issued {
	struct privkey ca_key, key;
	struct buf ca, client, server;
};

static void issue(struct issued *x, enum cert_use use, struct buf *out)
{
	static const char *const hosts[] = {"fleet.example", "127.0.0.1", "::1", NULL};
	struct err e = {0};
	struct cert_request req = {
		.use = use,
		.common_name = use == CERT_CA ? "Factory CA" : "cam-0001",
		.hosts = use == CERT_SERVER ? hosts : NULL,
		.serial = {0x80, 1, 2, 3},
		.not_before = {noon.s - SECONDS_PER_DAY},
		.not_after = {noon.s + YEAR},
	};
	bool ca = use == CERT_CA;
	buf_init(out, CERT_PEM_MAX);
	check_ok(cert_issue(&req, ca ? &x->ca_key.pub : &x->key.pub, &x->ca_key,
			    ca ? bytes_of(NULL, 0) : buf_view(&x->ca), out, &e));
}

static struct issued issue_all(enum key_type ca_type)
{
	struct issued x = {.ca_key = make_key(ca_type), .key = make_key(KEY_ECDSA_P256)};
	issue(&x, CERT_CA, &x.ca);
	issue(&x, CERT_CLIENT, &x.client);
	issue(&x, CERT_SERVER, &x.server);
	return x;
}

static void issued_done(struct issued *x)
{
	privkey_done(&x->ca_key);
	privkey_done(&x->key);
	buf_done(&x->ca);
	buf_done(&x->client);
	buf_done(&x->server);
}

static void cert_issued_is_accepted(void **state)
{
	struct err e = {0};
	(void)state;
	for (enum key_type type = 0; type < KEY_TYPE_COUNT; type++) {
		CLEANUP(issued_done) struct issued x = issue_all(type);
		check_ok(cert_check(buf_view(&x.client), buf_view(&x.ca), CERT_CLIENT, noon, &e));
		check_ok(cert_check(buf_view(&x.server), buf_view(&x.ca), CERT_SERVER, noon, &e));
		check_ok(cert_check(buf_view(&x.ca), buf_view(&x.ca), CERT_CA, noon, &e));
	}
}

static void cert_refused(void **state)
{
	struct err e = {0};
	CLEANUP(issued_done) struct issued x = issue_all(KEY_ECDSA_P256);
	CLEANUP(issued_done) struct issued y = issue_all(KEY_ECDSA_P256);
	struct bytes ca = buf_view(&x.ca), client = buf_view(&x.client), server = buf_view(&x.server);
	(void)state;
	/* another CA of the same name */
	check_fails(ERR_TRUST, cert_check(client, buf_view(&y.ca), CERT_CLIENT, noon, &e));
	/* another use */
	check_fails(ERR_TRUST, cert_check(client, ca, CERT_SERVER, noon, &e));
	check_fails(ERR_TRUST, cert_check(server, ca, CERT_CLIENT, noon, &e));
	check_fails(ERR_TRUST, cert_check(client, ca, CERT_CA, noon, &e));
	check_fails(ERR_TRUST, cert_check(server, ca, CERT_CA, noon, &e));
	/* too early, too late, to the second */
	struct wall_time first = {noon.s - SECONDS_PER_DAY}, last = {noon.s + YEAR};
	check_ok(cert_check(client, ca, CERT_CLIENT, first, &e));
	check_fails(ERR_TRUST, cert_check(client, ca, CERT_CLIENT, (struct wall_time){first.s - 1}, &e));
	check_fails(ERR_TRUST, cert_check(client, ca, CERT_CLIENT, (struct wall_time){last.s + 1}, &e));
	/* a leaf as an authority; nothing at all */
	check_fails(ERR_TRUST, cert_check(server, client, CERT_SERVER, noon, &e));
	check_fails(ERR_INPUT, cert_check(bytes_of(NULL, 0), ca, CERT_CLIENT, noon, &e));
	check_fails(ERR_INPUT, cert_check(client, bytes_of_text("x"), CERT_CLIENT, noon, &e));
}

static void cert_issued_by_a_leaf_is_refused(void **state)
{
	struct err e = {0};
	CLEANUP(issued_done) struct issued x = issue_all(KEY_ECDSA_P256);
	CLEANUP(buf_done) struct buf forged;
	struct cert_request req = {.use = CERT_CLIENT,
				   .common_name = "cam-0002",
				   .serial = {1},
				   .not_before = {noon.s - 1},
				   .not_after = {noon.s + 1}};
	(void)state;
	buf_init(&forged, CERT_PEM_MAX);
	check_ok(cert_issue(&req, &x.key.pub, &x.key, buf_view(&x.client), &forged, &e));
	check_fails(ERR_TRUST, cert_check(buf_view(&forged), buf_view(&x.client), CERT_CLIENT, noon, &e));
	check_fails(ERR_TRUST, cert_check(buf_view(&forged), buf_view(&x.ca), CERT_CLIENT, noon, &e));
}

static void cert_info_is_what_was_asked(void **state)
{
	struct err e = {0};
	CLEANUP(issued_done) struct issued x = issue_all(KEY_ED25519);
	CLEANUP(cert_info_done) struct cert_info client = {0};
	CLEANUP(cert_info_done) struct cert_info ca = {0};
	char id[2 * SHA256_SIZE + 1], same[2 * SHA256_SIZE + 1];
	(void)state;
	check_ok(cert_read(buf_view(&x.client), &client, &e));
	check_ok(cert_read(buf_view(&x.ca), &ca, &e));
	assert_string_equal(client.common_name, "cam-0001");
	assert_int_equal(client.not_before.s, noon.s - SECONDS_PER_DAY);
	assert_int_equal(client.not_after.s, noon.s + YEAR);
	assert_false(client.self_signed);
	assert_true(ca.self_signed);
	assert_string_not_equal(client.fingerprint, ca.fingerprint);
	check_ok(pubkey_id(&client.key, id, &e));
	check_ok(pubkey_id(&x.key.pub, same, &e));
	assert_string_equal(id, same);
	struct cert_info none = {0};
	check_fails(ERR_INPUT, cert_read(bytes_of_text("-----BEGIN CERTIFICATE-----\nAAAA\n"), &none, &e));
}

/* A host name goes into OpenSSL's extension language; it must not be able to speak it. */
static void cert_hosts_cannot_inject(void **state)
{
	static const char *const bad[] = {"a,IP:10.0.0.1", "a;b", "a\nb", "a b", "email:x@y", "a=b"};
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey k = make_key(KEY_ECDSA_P256);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *const hosts[] = {bad[i], NULL};
		struct cert_request req = {.use = CERT_SERVER, .common_name = "x", .hosts = hosts, .not_after = {1}};
		CLEANUP(buf_done) struct buf out;
		buf_init(&out, CERT_PEM_MAX);
		assert_true(rc_failed(cert_issue(&req, &k.pub, &k, bytes_of(NULL, 0), &out, &e)));
		assert_int_equal(out.len, 0);
	}
}

static void cert_without_end(void **state)
{
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey k = make_key(KEY_ECDSA_P256);
	CLEANUP(buf_done) struct buf out;
	CLEANUP(cert_info_done) struct cert_info info = {0};
	struct cert_request req = {.use = CERT_CA, .common_name = "x", .not_after = {INT64_MAX}};
	(void)state;
	buf_init(&out, CERT_PEM_MAX);
	check_ok(cert_issue(&req, &k.pub, &k, bytes_of(NULL, 0), &out, &e));
	check_ok(cert_read(buf_view(&out), &info, &e));
	assert_int_equal(info.not_after.s, 253402300799);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_vectors),
		cmocka_unit_test(aead_vectors),
		cmocka_unit_test(aead_refuses_every_change),
		cmocka_unit_test(ed25519_vectors),
		cmocka_unit_test(signatures_refuse_every_change),
		cmocka_unit_test(weak_and_foreign_keys_are_refused),
		cmocka_unit_test(pem_both_ways),
		cmocka_unit_test(pem_limits),
		cmocka_unit_test(digests_are_signed_with_p256_only),
		cmocka_unit_test(passwords),
		cmocka_unit_test(stored_passwords_cannot_choose_their_cost),
		cmocka_unit_test(keys_from_passphrases),
		cmocka_unit_test(cert_issued_is_accepted),
		cmocka_unit_test(cert_refused),
		cmocka_unit_test(cert_issued_by_a_leaf_is_refused),
		cmocka_unit_test(cert_info_is_what_was_asked),
		cmocka_unit_test(cert_hosts_cannot_inject),
		cmocka_unit_test(cert_without_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
