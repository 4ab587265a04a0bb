/* sign_test.c - signatures of every algorithm, verified from outside. */
#include <fcntl.h>

#include "../../src/token/internal.h"
#include "bench.h"
#include "p11ca/pubkey.h"

TestSuite(sign, .init = bench_start_open, .fini = bench_end, .timeout = 120);

static const struct bytes data = { (const unsigned char *)"to be signed", 12 };

/* What every reader of certificates will do with it. */
static bool
verifies(const struct key *key, enum sign_alg alg, struct bytes signature)
{
	struct pubkey public = { 0 };
	struct buf der = { 0 };
	struct fault f = { 0 };
	bool ok;

	sign_alg_der(alg, &der);
	ok = pubkey_from_spki(buf_bytes(&key->spki), &public, &f) &&
	    pubkey_verify(&public, buf_bytes(&der), data, signature);
	pubkey_clear(&public);
	buf_free(&der);
	return ok;
}

static void
sign_and_verify(const struct key *key, enum sign_alg alg)
{
	struct buf out = { 0 };

	MUST(token_sign(bench.token, key, alg, data, &out, &bench.f));
	cr_expect(verifies(key, alg, buf_bytes(&out)), "%s",
	    sign_algs[alg].name);
	buf_free(&out);
}

static void
sign_with_all(enum key_alg key_alg)
{
	struct key key = { 0 };
	size_t fitting = 0;

	bench_key(key_alg, key_algs[key_alg].name, &key);
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		struct buf out = { 0 };

		if (sign_algs[alg].family == key.family) {
			fitting++;
			sign_and_verify(&key, alg);
			continue;
		}
		REFUSED(token_sign(bench.token, &key, alg, data, &out,
			    &bench.f),
		    sign_algs[alg].name);
		cr_expect_eq(out.len, 0);
	}
	cr_expect_gt(fitting, 0);
	key_clear(&key);
}

Test(sign, rsa_with_every_algorithm)
{
	sign_with_all(KEY_RSA_2048);
}

Test(sign, every_curve_with_every_algorithm)
{
	sign_with_all(KEY_EC_PRIME256V1);
	sign_with_all(KEY_EC_SECP384R1);
	sign_with_all(KEY_EC_SECP521R1);
	sign_with_all(KEY_ED25519);
}

Test(sign, the_direct_way_gives_the_same_as_libp11)
{
	static const enum key_alg algs[] = { KEY_RSA_2048, KEY_EC_PRIME256V1 };

	for (size_t i = 0; i < COUNT(algs); i++) {
		CK_OBJECT_HANDLE handle = 0;
		struct key key = { 0 };
		struct buf out = { 0 };

		bench_key(algs[i], key_algs[algs[i]].name, &key);
		MUST(key_object(bench.token, buf_bytes(&key.id), &handle,
		    &bench.f));
		for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
			if (sign_algs[alg].family != key.family)
				continue;
			MUST(direct_sign(bench.token, &bench.token->session,
			    handle, alg, false, data, &out, &bench.f));
			cr_expect(verifies(&key, alg, buf_bytes(&out)), "%s",
			    sign_algs[alg].name);
			buf_free(&out);
		}
		key_clear(&key);
	}
}

Test(sign, libp11_comes_late_and_stays)
{
	struct carrier *carrier;
	struct key key = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	cr_expect_null(bench.token->carrier);
	sign_and_verify(&key, SIGN_SHA256WITHECDSA);
	carrier = bench.token->carrier;
	cr_expect_not_null(carrier);
	sign_and_verify(&key, SIGN_SHA384WITHECDSA);
	cr_expect_eq(bench.token->carrier, carrier);
	key_clear(&key);
}

Test(sign, with_keys_made_and_destroyed_in_between)
{
	struct key keys[4] = { 0 };
	bool found = false;

	for (size_t i = 0; i < COUNT(keys); i++) {
		char id[8];

		snprintf(id, sizeof(id), "key-%zu", i);
		bench_key(KEY_EC_PRIME256V1, id, &keys[i]);
		for (size_t j = 0; j <= i; j++)
			sign_and_verify(&keys[j], SIGN_SHA256WITHECDSA);
	}
	MUST(token_destroy_key(bench.token, buf_bytes(&keys[1].id), &found,
	    &bench.f));
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct buf out = { 0 };

		if (i != 1)
			sign_and_verify(&keys[i], SIGN_SHA256WITHECDSA);
		else
			REFUSED(token_sign(bench.token, &keys[i],
				    SIGN_SHA256WITHECDSA, data, &out, &bench.f),
			    "no such key");
		key_clear(&keys[i]);
	}
}

Test(sign, with_the_public_half_of_another_key_is_refused)
{
	struct key one = { 0 };
	struct key two = { 0 };
	struct buf out = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &one);
	bench_key(KEY_EC_PRIME256V1, "two", &two);
	buf_set(&one.spki, buf_bytes(&two.spki));
	REFUSED(token_sign(bench.token, &one, SIGN_SHA256WITHECDSA, data, &out,
		    &bench.f),
	    "does not match the key \"one\"");
	cr_expect_eq(out.len, 0);
	key_clear(&one);
	key_clear(&two);
}

Test(sign, without_a_readable_public_half_is_refused)
{
	struct key key = { 0 };
	struct buf out = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	buf_set(&key.spki, bytes_of("rubbish"));
	REFUSED(token_sign(bench.token, &key, SIGN_SHA256WITHECDSA, data, &out,
		    &bench.f),
	    "public half");
	key_clear(&key);
}

Test(sign, long_and_empty_data)
{
	static const enum key_alg algs[] = { KEY_EC_PRIME256V1, KEY_ED25519 };
	static const enum sign_alg signs[] = { SIGN_SHA256WITHECDSA,
		SIGN_ED25519 };
	struct bytes none = { NULL, 0 };
	struct bytes lots = { mem_array(1 << 20, 1), 1 << 20 };

	for (size_t i = 0; i < COUNT(algs); i++) {
		struct key key = { 0 };
		struct buf out = { 0 };

		bench_key(algs[i], key_algs[algs[i]].name, &key);
		MUST(token_sign(bench.token, &key, signs[i], lots, &out,
		    &bench.f));
		buf_free(&out);
		MUST(token_sign(bench.token, &key, signs[i], none, &out,
		    &bench.f));
		buf_free(&out);
		key_clear(&key);
	}
	mem_free((void *)(uintptr_t)lots.p);
}

/* --- a key that asks for the PIN at each use -------------------------- */

static void
make_a_key_that_asks(struct key *out)
{
	static const CK_BBOOL yes = CK_TRUE;
	unsigned char curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_MECHANISM how = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = {
		attribute(CKA_TOKEN, &yes, sizeof(yes)),
		attribute(CKA_ID, "asks", 4),
		attribute(CKA_EC_PARAMS, curve, sizeof(curve)),
	};
	CK_ATTRIBUTE private[] = {
		attribute(CKA_TOKEN, &yes, sizeof(yes)),
		attribute(CKA_PRIVATE, &yes, sizeof(yes)),
		attribute(CKA_SIGN, &yes, sizeof(yes)),
		attribute(CKA_ALWAYS_AUTHENTICATE, &yes, sizeof(yes)),
		attribute(CKA_ID, "asks", 4),
	};
	CK_OBJECT_HANDLE pair[2];

	cr_assert_eq(bench.token->module->list
			 ->C_GenerateKeyPair(bench.token->session, &how, public,
			     COUNT(public), private, COUNT(private), &pair[0],
			     &pair[1]),
	    CKR_OK);
	MUST(token_find_key(bench.token, bytes_of("asks"), out, &bench.f));
}

Test(sign, a_key_that_asks_each_time_gets_the_pin_each_time)
{
	struct key key = { 0 };

	make_a_key_that_asks(&key);
	cr_expect_eq((int)key.claims.always_authenticate, CLAIM_YES);
	for (int i = 0; i < 3; i++)
		sign_and_verify(&key, SIGN_SHA256WITHECDSA);
	key_clear(&key);
}

Test(sign, a_key_that_asks_each_time_needs_a_pin_that_can_be_read_again)
{
	char *path = bench_path("pin");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct key key = { 0 };
	struct key other = { 0 };
	struct buf out = { 0 };
	char source[24];

	make_a_key_that_asks(&key);
	bench_key(KEY_ED25519, "other", &other);
	bench_close();
	snprintf(source, sizeof(source), "fd:%d", fd);
	bench.place.pin = source;
	bench_open();
	for (int i = 0; i < 2; i++)
		REFUSED(token_sign(bench.token, &key, SIGN_SHA256WITHECDSA,
			    data, &out, &bench.f),
		    "at each use");
	sign_and_verify(&other, SIGN_ED25519); /* the session is not stuck */
	close(fd);
	key_clear(&key);
	key_clear(&other);
	mem_free(path);
}

/* --- loss ------------------------------------------------------------- */

Test(sign, a_closed_session_is_mended)
{
	struct key key = { 0 };
	struct key edwards = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	bench_key(KEY_ED25519, "two", &edwards);
	sign_and_verify(&edwards, SIGN_ED25519);
	cr_assert_eq(bench.token->module->list
			 ->C_CloseAllSessions(bench.token->about.slot),
	    CKR_OK);
	sign_and_verify(&edwards, SIGN_ED25519);
	sign_and_verify(&key, SIGN_SHA256WITHECDSA);
	key_clear(&key);
	key_clear(&edwards);
}

Test(sign, a_token_folder_that_goes_is_a_fault_and_comes_back_mended)
{
	char *tokens = bench_path("tokens");
	char *away = bench_path("away");
	struct key key = { 0 };
	struct buf out = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	sign_and_verify(&key, SIGN_SHA256WITHECDSA);
	cr_assert_eq(rename(tokens, away), 0);
	for (int i = 0; i < 2; i++) {
		memset(&bench.f, 0, sizeof(bench.f));
		cr_expect_not(token_sign(bench.token, &key,
		    SIGN_SHA256WITHECDSA, data, &out, &bench.f));
		cr_expect_eq((int)bench.f.kind, FAULT_TOKEN);
		cr_expect_eq(out.len, 0);
	}
	cr_assert_eq(rename(away, tokens), 0);
	sign_and_verify(&key, SIGN_SHA256WITHECDSA);
	key_clear(&key);
	mem_free(tokens);
	mem_free(away);
}
