/*
 * fault_key_test.c - keys and tokens that are not what they say they are, and
 * keys that are not made.
 */
#include "fault_bench.h"

TestSuite(fault_key, .init = bench_open, .fini = bench_close, .timeout = 300);

/* ---- Attributes ---- */

#define CLAIM(name) offsetof(struct key_claims, name)

static const struct {
	unsigned type;
	unsigned lie; /* what a key for a CA does not have */
	size_t claim;
} claims[] = {
	{ CKA_SENSITIVE, 0, CLAIM(sensitive) },
	{ CKA_EXTRACTABLE, 1, CLAIM(extractable) },
	{ CKA_ALWAYS_SENSITIVE, 0, CLAIM(always_sensitive) },
	{ CKA_NEVER_EXTRACTABLE, 0, CLAIM(never_extractable) },
	{ CKA_LOCAL, 0, CLAIM(local) },
	{ CKA_SIGN, 0, CLAIM(sign) },
	{ CKA_DECRYPT, 1, CLAIM(decrypt) },
	{ CKA_UNWRAP, 1, CLAIM(unwrap) },
	{ CKA_DERIVE, 1, CLAIM(derive) },
	{ CKA_ALWAYS_AUTHENTICATE, 1, CLAIM(always_authenticate) },
};

/* What is claimed at a place in struct key_claims. */
static enum claim
claim_at(const struct key *key, size_t i)
{
	enum claim claim;

	memcpy(&claim, (const char *)&key->claims + claims[i].claim,
	    sizeof(claim));
	return claim;
}

static enum claim
truth(size_t i)
{
	return claims[i].lie ? CLAIM_NO : CLAIM_YES;
}

/* Read the key under a script; claim number spoiled reads as instead. */
static void
expect_claims(struct token *token, const char *script, size_t spoiled,
    enum claim instead)
{
	struct key key = { 0 };

	bench_tell("%s", script);
	bench_find(token, &key);
	for (size_t i = 0; i < COUNT(claims); i++)
		cr_expect_eq(claim_at(&key, i),
		    i == spoiled ? instead : truth(i), "%#x with \"%s\"",
		    claims[i].type, script);
	key_clear(&key);
}

Test(fault_key, each_attribute_is_claimed_as_reported)
{
	struct token *token;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	expect_claims(token, "", COUNT(claims), CLAIM_UNREPORTED);
	for (size_t i = 0; i < COUNT(claims); i++) {
		char script[64];

		snprintf(script, sizeof(script), "attribute %#x %u\n",
		    claims[i].type, claims[i].lie);
		expect_claims(token, script, i,
		    claims[i].lie ? CLAIM_YES : CLAIM_NO);
	}
	token_close(token);
}

Test(fault_key, a_missing_attribute_is_not_reported)
{
	struct token *token;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	for (size_t i = 0; i < COUNT(claims); i++) {
		char script[64];

		snprintf(script, sizeof(script), "attribute %#x missing\n",
		    claims[i].type);
		expect_claims(token, script, i, CLAIM_UNREPORTED);
	}
	token_close(token);
}

Test(fault_key, a_secret_that_can_be_read_is_noticed)
{
	static const enum key_alg algs[] = { KEY_EC_PRIME256V1, KEY_RSA_2048 };

	for (size_t i = 0; i < COUNT(algs); i++) {
		struct token *token = bench_token();
		struct fault f = { 0 };
		struct key key = { 0 };
		struct bytes id = bytes_of(i == 0 ? "ec" : "rsa");

		cr_assert(token_make_key(token, algs[i], id, "k", &key, &f),
		    "%s", f.found);
		cr_expect_not(key.claims.secret_readable);
		key_clear(&key);
		bench_tell("value readable\n");
		cr_assert(token_find_key(token, id, &key, &f), "%s", f.found);
		cr_expect(key.claims.secret_readable, "%s",
		    key_algs[algs[i]].name);
		key_clear(&key);
		token_close(token);
		bench_tell("%s", "");
	}
}

Test(fault_key, a_device_error_does_not_hide_what_is_wrong_with_a_key)
{
	size_t n = 0, found = 0;
	bool told;

	bench_make_key(KEY_EC_PRIME256V1);
	do {
		struct token *token = bench_token();
		struct key key = { 0 };
		struct fault f = { 0 };

		bench_tell("any@%zu return 0x30\nattribute 0x162 1\n"
			   "value readable\n",
		    ++n);
		bench_forget_calls();
		if (token_find_key(token, BENCH_ID, &key, &f)) {
			found++;
			cr_expect_eq(key.claims.extractable, CLAIM_YES,
			    "call %zu", n);
			cr_expect(key.claims.secret_readable, "call %zu", n);
		} else {
			cr_expect(bench_is_whole(&f), "call %zu: %s", n,
			    f.found);
		}
		key_clear(&key);
		told = bench_calls_with(" told") > 0;
		bench_tell("%s", "");
		token_close(token);
	} while (told);
	cr_expect_geq(found, 1);
}

/* ---- Tokens and keys that look alike ---- */

static void
open_is_refused(const char *uri)
{
	struct token *token = NULL;
	struct fault f = { 0 };

	bench.place.uri = uri;
	bench_forget_calls();
	cr_expect_not(token_open(&bench.place, true, NULL, &token, &f));
	cr_expect_null(token);
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 0);
	for (const char *p = f.found; *p != '\0'; p++)
		cr_expect((unsigned char)*p >= ' ', "a control byte is shown");
}

/* Initialise SoftHSM's free slot with the label of the bench's token. */
static void
make_a_twin_token(void)
{
	unsigned char so_pin[] = "12345678", label[33];
	CK_SLOT_ID slot;

	raw_load();
	slot = raw_slot(false);
	snprintf((char *)label, sizeof(label), "%-32s", "fault");
	cr_assert_eq(bench.raw->C_InitToken(slot, so_pin, 8, label), CKR_OK);
	raw_close();
}

Test(fault_key, one_of_two_tokens_with_one_label_is_found_by_its_serial)
{
	struct fault f = { 0 };
	struct token *token = NULL;

	make_a_twin_token();
	open_is_refused("pkcs11:token=fault");
	bench.place.uri = bench.uri;
	cr_expect(token_open(&bench.place, true, NULL, &token, &f), "%s",
	    f.found);
	token_close(token);
}

Test(fault_key, two_tokens_that_are_alike_in_all_are_refused)
{
	make_a_twin_token();
	bench_tell("token serial 4711\n");
	open_is_refused("pkcs11:token=fault;serial=4711");
}

Test(fault_key, a_label_does_not_write_to_the_terminal)
{
	bench_tell("token label \x1b[2J\x1b]0;evil\a\n");
	open_is_refused("pkcs11:token=fault");
}

Test(fault_key, two_keys_with_one_id_are_refused)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f = { 0 };

	raw_open();
	raw_make_p256("fault-key");
	raw_make_p256("fault-key");
	raw_close();
	token = bench_token();
	cr_expect_not(token_find_key(token, BENCH_ID, &key, &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(key.id.len + key.spki.len, 0);
	token_close(token);
}

/* What there is, with what is wrong with it: two of four are good. */
Test(fault_key, a_list_has_all_keys_when_some_cannot_be_told_apart)
{
	static const char *const ids[] = { "one", "two", "two", "three" };
	struct token *token;
	struct key *list = NULL;
	struct fault f = { 0 };
	size_t count = 0, whole = 0;

	raw_open();
	for (size_t i = 0; i < COUNT(ids); i++)
		raw_make_p256(ids[i]);
	raw_close();
	token = bench_token();
	cr_assert(token_keys(token, &list, &count, &f), "%s", f.found);
	cr_expect_eq(count, COUNT(ids));
	for (size_t i = 0; i < count; i++) {
		whole += list[i].spki.len > 0;
		cr_expect_eq(list[i].spki.len == 0, list[i].id.p[1] == 'w');
		key_clear(&list[i]);
	}
	cr_expect_eq(whole, 2);
	mem_free(list);
	token_close(token);
}

Test(fault_key, a_list_has_keys_that_have_no_id)
{
	struct token *token;
	struct key *list = NULL;
	struct key key = { 0 };
	struct fault f = { 0 };
	size_t count = 0;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_tell("attribute 0x102 missing\n");
	cr_assert(token_keys(token, &list, &count, &f), "%s", f.found);
	cr_assert_eq(count, 1);
	cr_expect_eq(list[0].id.len, 0);
	cr_expect_str_eq(list[0].label, "fault");
	key_clear(&list[0]);
	mem_free(list);
	bench_tell("attribute 0x102 missing\n");
	cr_expect_not(token_find_key_uri(token, "pkcs11:object=fault", &key,
	    &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(key.spki.len, 0);
	token_close(token);
}

/* Destroy one of the public halves, or give it the ID of the other key. */
static void
public_halves_swap(const char *new_id)
{
	CK_OBJECT_HANDLE public[2];
	char id[16];
	CK_ATTRIBUTE set = { CKA_ID, id, 0 };

	cr_assert_eq(raw_find(CKO_PUBLIC_KEY, public, 2), new_id ? 2 : 1);
	if (new_id == NULL) {
		cr_assert_eq(bench.raw->C_DestroyObject(bench.session,
				 public[0]),
		    CKR_OK);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		set.ulValueLen = sizeof(id);
		cr_assert_eq(bench.raw->C_GetAttributeValue(bench.session,
				 public[i], &set, 1),
		    CKR_OK);
		snprintf(id, sizeof(id), "%s",
		    memcmp(id, new_id, strlen(new_id)) == 0 ? "nobody"
							    : new_id);
		set.ulValueLen = strlen(id);
		cr_assert_eq(bench.raw->C_SetAttributeValue(bench.session,
				 public[i], &set, 1),
		    CKR_OK);
	}
}

Test(fault_key, a_key_without_its_public_half_is_refused)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f = { 0 };

	raw_open();
	raw_make_p256("fault-key");
	public_halves_swap(NULL);
	raw_close();
	token = bench_token();
	cr_expect_not(token_find_key(token, BENCH_ID, &key, &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	token_close(token);
}

Test(fault_key, the_public_half_of_another_key_does_not_pass)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f = { 0 };

	raw_open();
	raw_make_p256("fault-key");
	raw_make_p256("other-key");
	public_halves_swap("fault-key");
	raw_close();
	token = bench_token();
	/* An EC private key does not show which public key is its own, so
	 * this may be found out by the first signature only. */
	if (token_find_key(token, BENCH_ID, &key, &f))
		cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA,
		    &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	key_clear(&key);
	token_close(token);
}

/* It is in a public half of another ID, or the token is lost just then. */
Test(fault_key, an_rsa_key_that_does_not_say_its_exponent_signs)
{
	char other[] = "other";
	CK_ATTRIBUTE set = { CKA_ID, other, strlen(other) };
	CK_OBJECT_HANDLE public;
	struct token *token;
	struct key key = { 0 };
	struct fault f;

	bench_make_key(KEY_RSA_2048);
	raw_open();
	cr_assert_eq(raw_find(CKO_PUBLIC_KEY, &public, 1), 1);
	cr_assert_eq(bench.raw->C_SetAttributeValue(bench.session, public, &set,
			 1),
	    CKR_OK);
	raw_close();
	token = bench_token();
	bench_find(token, &key);
	bench_tell("attribute 0x122 missing\n");
	cr_expect(bench_sign(token, &key, SIGN_SHA256WITHRSA, &f), "%s",
	    f.found);
	cr_expect(bench_sign(token, &key, SIGN_SHA256WITHRSA_PSS, &f), "%s",
	    f.found);
	key_clear(&key);
	token_close(token);
}

Test(fault_key, an_ed25519_key_does_not_disturb_its_neighbour)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f;

	raw_open();
	raw_make_ed25519("edwards");
	raw_close();
	bench_make_key(KEY_RSA_2048);
	token = bench_token();
	bench_find(token, &key);
	for (enum sign_alg alg = SIGN_SHA256WITHRSA;
	     alg <= SIGN_SHA512WITHRSA_PSS; alg++)
		cr_expect(bench_sign(token, &key, alg, &f), "%s: %s",
		    sign_algs[alg].name, f.found);
	key_clear(&key);
	token_close(token);
}

/* ---- Keys that are not made ---- */

/* Try to make a key, with the script in place. */
static bool
make_key(const char *script, struct fault *f)
{
	struct token *token = NULL;
	struct key key = { 0 };
	bool ok;

	bench_tell("%s", "");
	token = bench_token();
	bench_forget_calls();
	bench_tell("%s", script);
	*f = (struct fault){ 0 };
	ok = token_make_key(token, KEY_EC_PRIME256V1, BENCH_ID, "fault", &key,
	    f);
	cr_expect_eq(ok, key.spki.len > 0);
	key_clear(&key);
	bench_tell("%s", "");
	token_close(token);
	return ok;
}

Test(fault_key, a_refused_template_is_followed_by_the_second)
{
	/* The ladder: CKR_TEMPLATE_*, CKR_ATTRIBUTE_*, and the
	 * general error of tokens that say no more */
	static const unsigned long refusals[] = { 0x05, 0x10, 0x12, 0x13, 0xd0,
		0xd1 };

	for (size_t i = 0; i < COUNT(refusals); i++) {
		char script[64];
		struct fault f;
		struct token *token;
		bool found;

		snprintf(script, sizeof(script),
		    "C_GenerateKeyPair@1 return %#lx\n", refusals[i]);
		cr_expect(make_key(script, &f), "%#lx: %s", refusals[i],
		    f.found);
		cr_expect_eq(bench_calls("C_GenerateKeyPair "), 2);
		cr_expect_eq(raw_count(), 2);
		token = bench_token();
		cr_expect(token_destroy_key(token, BENCH_ID, &found, &f));
		cr_expect(found);
		token_close(token);
		cr_expect_eq(raw_count(), 0);
	}
}

Test(fault_key, other_refusals_end_it)
{
	static const unsigned long refusals[] = { 0x31, 0x54, 0x70, 0x101,
		0x140, 0xb5, 0xe2 };

	for (size_t i = 0; i < COUNT(refusals); i++) {
		char script[64];
		struct fault f;

		snprintf(script, sizeof(script),
		    "C_GenerateKeyPair return %#lx\n", refusals[i]);
		cr_expect_not(make_key(script, &f), "%#lx", refusals[i]);
		cr_expect(bench_is_whole(&f), "%#lx: %s", refusals[i], f.found);
		cr_expect_eq(bench_calls("C_GenerateKeyPair "), 1, "%#lx",
		    refusals[i]);
	}
	cr_expect_eq(raw_count(), 0);
}

Test(fault_key, a_token_that_makes_no_keys_says_so)
{
	struct fault f;

	cr_expect_not(make_key("C_GenerateKeyPair return 0xd1\n", &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_not(make_key("mechanism hide 0x1040\n", &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(raw_count(), 0);
}

Test(fault_key, a_key_with_an_id_that_is_taken_is_not_made)
{
	struct fault f;

	bench_make_key(KEY_EC_PRIME256V1);
	cr_expect_not(make_key("", &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_GenerateKeyPair "), 0);
	cr_expect_eq(raw_count(), 2);
}

Test(fault_key, a_generation_that_fails_at_any_call_leaves_nothing_behind)
{
	size_t n = 0, made = 0;

	do {
		char script[64];
		struct fault f;
		size_t objects;
		bool ok;

		snprintf(script, sizeof(script), "any@%zu return 0x30\n", ++n);
		ok = make_key(script, &f);
		cr_expect(ok || bench_is_whole(&f), "call %zu: %s", n, f.found);
		objects = raw_count();
		cr_expect_eq(objects, ok ? 2 : 0, "call %zu: %zu objects", n,
		    objects);
		if (objects > 0) {
			struct token *token = bench_token();
			bool found;

			cr_assert(token_destroy_key(token, BENCH_ID, &found,
			    &f));
			token_close(token);
		}
		made += ok;
	} while (bench_calls_with(" told") > 0);
	cr_expect_geq(n, 5);
	cr_expect_geq(made, 1);
}

Test(fault_key, a_key_pair_is_destroyed_whole_or_there_is_a_fault)
{
	struct token *token;
	bool found = false;
	struct fault f = { 0 };

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_tell("C_DestroyObject@2 return 0x30\n");
	if (token_destroy_key(token, BENCH_ID, &found, &f))
		cr_expect(found);
	else
		cr_expect(bench_is_whole(&f), "%s", f.found);
	bench_tell("%s", "");
	cr_expect(token_destroy_key(token, BENCH_ID, &found, &f), "%s",
	    f.found);
	token_close(token);
	cr_expect_eq(raw_count(), 0);
}
