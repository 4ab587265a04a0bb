/* key_test.c - keys made, found, listed and destroyed. */
#include "../../src/token/internal.h"
#include "bench.h"

TestSuite(key, .init = bench_start_open, .fini = bench_end, .timeout = 120);

static void
expect_a_ca_key(const struct key *key)
{
	const struct key_claims *claims = &key->claims;

	cr_expect_eq((int)claims->sensitive, CLAIM_YES);
	cr_expect_eq((int)claims->extractable, CLAIM_NO);
	cr_expect_eq((int)claims->always_sensitive, CLAIM_YES);
	cr_expect_eq((int)claims->never_extractable, CLAIM_YES);
	cr_expect_eq((int)claims->local, CLAIM_YES);
	cr_expect_eq((int)claims->sign, CLAIM_YES);
	cr_expect_eq((int)claims->decrypt, CLAIM_NO);
	cr_expect_eq((int)claims->unwrap, CLAIM_NO);
	cr_expect_eq((int)claims->derive, CLAIM_NO);
	cr_expect_eq((int)claims->always_authenticate, CLAIM_NO);
	cr_expect_not(claims->secret_readable);
}

/* Make one, find it in a fresh session, and compare. */
static void
make_and_find(enum key_alg alg)
{
	struct key made = { 0 };
	struct key found = { 0 };

	bench_key(alg, key_algs[alg].name, &made);
	cr_expect_str_eq(made.label, key_algs[alg].name);
	cr_expect_eq((int)made.family, (int)key_algs[alg].family);
	cr_expect_eq(made.bits,
	    key_algs[alg].bits == 0 ? made.bits : key_algs[alg].bits);
	expect_a_ca_key(&made);
	bench_close();
	bench_open();
	MUST(token_find_key(bench.token, bytes_of(key_algs[alg].name), &found,
	    &bench.f));
	cr_expect(bytes_equal(buf_bytes(&made.spki), buf_bytes(&found.spki)));
	cr_expect(bytes_equal(buf_bytes(&made.id), buf_bytes(&found.id)));
	key_clear(&made);
	key_clear(&found);
}

Test(key, of_every_algorithm_is_made_and_found_again)
{
	for (enum key_alg alg = 0; alg < KEY_ALGS; alg++)
		make_and_find(alg);
}

Test(key, with_an_id_or_label_that_does_not_fit_is_refused)
{
	unsigned char long_id[256] = { 1 };
	char long_label[KEY_LABEL_MAX + 1];
	struct key key = { 0 };

	memset(long_label, 'a', sizeof(long_label) - 1);
	long_label[sizeof(long_label) - 1] = '\0';
	REFUSED(token_make_key(bench.token, KEY_EC_PRIME256V1, bytes_of(""),
		    "x", &key, &bench.f),
	    "without a CKA_ID");
	REFUSED(token_make_key(bench.token, KEY_EC_PRIME256V1, bytes_of("x"),
		    "", &key, &bench.f),
	    "label");
	REFUSED(token_make_key(bench.token, KEY_EC_PRIME256V1, bytes_of("x"),
		    long_label, &key, &bench.f),
	    "too long");
	REFUSED(token_make_key(bench.token, KEY_EC_PRIME256V1,
		    (struct bytes){ long_id, sizeof(long_id) }, "x", &key,
		    &bench.f),
	    "too long");
}

Test(key, with_an_id_that_is_taken_is_refused)
{
	struct key key = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	key_clear(&key);
	REFUSED(token_make_key(bench.token, KEY_RSA_2048, bytes_of("one"),
		    "other", &key, &bench.f),
	    "already");
	cr_expect_eq(key.spki.len, 0);
}

Test(key, that_is_not_there_is_a_fault_that_lists_what_is)
{
	struct key key = { 0 };

	REFUSED(token_find_key(bench.token, bytes_of("x"), &key, &bench.f),
	    "no private key at all");
	bench_key(KEY_EC_PRIME256V1, "one", &key);
	key_clear(&key);
	REFUSED(token_find_key(bench.token, bytes_of("x"), &key, &bench.f),
	    "\"one\" (id 6f6e65)");
	REFUSED(token_find_key(bench.token, bytes_of(""), &key, &bench.f),
	    "without a CKA_ID");
}

Test(key, label_is_shown_harmless)
{
	struct key key = { 0 };

	MUST(token_make_key(bench.token, KEY_EC_PRIME256V1, bytes_of("one"),
	    "a\x1b[2J\xe2\x80\xae", &key, &bench.f));
	key_clear(&key);
	REFUSED(token_find_key(bench.token, bytes_of("x"), &key, &bench.f),
	    "\\x1B[2J");
	cr_expect_null(strchr(bench.f.found, '\x1b'));
}

Test(key, list_has_them_all_with_their_public_halves)
{
	static const enum key_alg algs[] = { KEY_EC_PRIME256V1, KEY_ED25519,
		KEY_RSA_2048 };
	struct key *list = NULL;
	struct key key = { 0 };
	size_t count = 9;

	MUST(token_keys(bench.token, &list, &count, &bench.f));
	cr_expect_eq(count, 0);
	mem_free(list);
	for (size_t i = 0; i < COUNT(algs); i++) {
		bench_key(algs[i], key_algs[algs[i]].name, &key);
		key_clear(&key);
	}
	MUST(token_keys(bench.token, &list, &count, &bench.f));
	cr_expect_eq(count, COUNT(algs));
	for (size_t i = 0; i < count; i++) {
		cr_expect_gt(list[i].spki.len, 0);
		cr_expect_eq(strlen(list[i].label), list[i].id.len);
		key_clear(&list[i]);
	}
	mem_free(list);
}

Test(key, is_destroyed_with_both_halves_and_only_it)
{
	struct key one = { 0 };
	struct key two = { 0 };
	struct key key = { 0 };
	bool found = false;

	bench_key(KEY_EC_PRIME256V1, "one", &one);
	bench_key(KEY_EC_PRIME256V1, "two", &two);
	MUST(token_destroy_key(bench.token, bytes_of("one"), &found, &bench.f));
	cr_expect(found);
	MUST(token_destroy_key(bench.token, bytes_of("one"), &found, &bench.f));
	cr_expect_not(found);
	MUST(token_find_key(bench.token, bytes_of("two"), &key, &bench.f));
	key_clear(&key);
	bench_key(KEY_EC_PRIME256V1, "one", &key); /* the ID is free again */
	REFUSED(token_destroy_key(bench.token, bytes_of(""), &found, &bench.f),
	    "match every key");
	key_clear(&one);
	key_clear(&two);
	key_clear(&key);
}

static const struct {
	const char *uri;
	const char *found; /* NULL: the key is found */
} uris[] = {
	{ "pkcs11:id=%6f%6e%65", NULL },
	{ "pkcs11:id=one", NULL },
	{ "pkcs11:object=label", NULL },
	{ "pkcs11:object=label;id=one;type=private", NULL },
	{ "pkcs11:token=issuing;object=label", NULL },
	{ "pkcs11:token=other;object=label", "another token" },
	{ "pkcs11:object=label;id=two", "no such key" },
	{ "pkcs11:object=nobody", "no such key" },
	{ "pkcs11:object=label;type=public", "no private key" },
	{ "pkcs11:object=label;type=cert", "no private key" },
	{ "pkcs11:token=issuing", "without id=" },
	{ "pkcs11:", "without id=" },
	{ "pkcs11:id=one;id=two", "twice" },
	{ "pkcs11:object=label?pin-value=1", "shell history" },
};

Test(key, is_found_by_the_object_part_of_a_uri)
{
	struct key made = { 0 };

	MUST(token_make_key(bench.token, KEY_EC_PRIME256V1, bytes_of("one"),
	    "label", &made, &bench.f));
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct key key = { 0 };

		if (uris[i].found != NULL) {
			REFUSED(token_find_key_uri(bench.token, uris[i].uri,
				    &key, &bench.f),
			    uris[i].found);
			cr_expect_eq(key.spki.len, 0);
			continue;
		}
		MUST(token_find_key_uri(bench.token, uris[i].uri, &key,
		    &bench.f));
		cr_expect(bytes_equal(buf_bytes(&key.id), bytes_of("one")));
		key_clear(&key);
	}
	key_clear(&made);
}

Test(key, label_of_two_is_refused_and_both_are_listed)
{
	struct key key = { 0 };

	for (int i = 0; i < 2; i++) {
		MUST(token_make_key(bench.token, KEY_EC_PRIME256V1,
		    bytes_of(i == 0 ? "one" : "two"), "twin", &key, &bench.f));
		key_clear(&key);
	}
	REFUSED(token_find_key_uri(bench.token, "pkcs11:object=twin", &key,
		    &bench.f),
	    "2 private keys");
	cr_expect(strstr(bench.f.found, "6f6e65") != NULL);
	cr_expect(strstr(bench.f.found, "74776f") != NULL);
}

Test(key, that_leaves_the_token_is_noticed)
{
	static const CK_BBOOL no = CK_FALSE;
	static const CK_BBOOL yes = CK_TRUE;
	struct key_claims claims = { 0 };
	unsigned char curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_MECHANISM how = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = { attribute(CKA_EC_PARAMS, curve,
	    sizeof(curve)) };
	CK_ATTRIBUTE private[] = {
		attribute(CKA_SENSITIVE, &no, sizeof(no)),
		attribute(CKA_EXTRACTABLE, &yes, sizeof(yes)),
	};
	CK_OBJECT_HANDLE pair[2];

	cr_assert_eq(bench.token->module->list
			 ->C_GenerateKeyPair(bench.token->session, &how, public,
			     COUNT(public), private, COUNT(private), &pair[0],
			     &pair[1]),
	    CKR_OK);
	key_claims_from_object(bench.token, pair[1], CKK_EC, &claims);
	cr_expect(claims.secret_readable);
	cr_expect_eq((int)claims.extractable, CLAIM_YES);
	cr_expect_eq((int)claims.sensitive, CLAIM_NO);
	cr_expect_eq((int)claims.never_extractable, CLAIM_NO);
}
