/* create_test.c - a key in the token and its CSR, or nothing at all. */
#include "fault_stage.h"

static const char *const key_algs_here[] = { "RSA_2048", "EC_prime256v1",
	"EC_secp384r1", "EC_secp521r1", "ED25519" };

Test(create, every_key_algorithm_gives_a_ca_whose_csr_verifies, .timeout = 60)
{
	struct stage s;

	stage_open(&s);
	for (size_t i = 0; i < COUNT(key_algs_here); i++) {
		struct ca *ca = stage_create(&s, NULL, key_algs_here[i]);
		struct csr *csr = NULL;

		cr_expect_eq(ca->status, CA_PENDING_CERTIFICATE);
		cr_assert(csr_from_pem(bytes_of(ca->csr), &csr, &s.f), "%s",
		    s.f.found);
		cr_expect(bytes_equal(csr->spki, buf_bytes(&ca->key_spki)));
		cr_expect_eq(ca->claims.extractable, CLAIM_NO);
		cr_expect_eq(ca->claims.sensitive, CLAIM_YES);
		cr_expect_eq(ca->claims.decrypt, CLAIM_NO);
		csr_free(csr);
		ca_free(ca);
	}
	stage_close(&s);
}

Test(create, the_csr_is_the_same_bytes_for_ever)
{
	struct ca *ca, *again;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_reopen(&s);
	cr_assert(action_get_csr(s.p, "one", &again, &s.f));
	cr_expect_str_eq(ca->csr, again->csr);
	ca_free(again);
	ca_free(ca);
	stage_close(&s);
}

Test(create, an_entry_in_the_audit_log_tells_of_it)
{
	struct stage s;
	struct ca *ca;
	char *entry;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "\"CreateCertificateAuthority\""));
	cr_expect_not_null(strstr(entry, ca->arn));
	cr_expect_not_null(strstr(entry, "\"done\""));
	mem_free(entry);
	ca_free(ca);
	stage_close(&s);
}

Test(create, a_name_that_is_taken_is_refused_and_leaves_no_key)
{
	struct ca *ca, *other;
	struct stage s;
	char *entry;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	cr_expect_not(stage_try_create(&s, "one", CA_ROOT, "EC_prime256v1",
	    NULL, &other));
	cr_expect_null(other);
	cr_expect_eq(stage_count_keys(&s), 1);
	cr_expect_eq(stage_count_cas(&s), 1);
	entry = stage_last_entry(&s);
	cr_expect_null(strstr(entry, "\"done\""), "%s", entry);
	mem_free(entry);
	ca_free(ca);
	stage_close(&s);
}

Test(create, names_that_could_be_something_else_are_refused)
{
	static const char *const names[] = { "", "a b", "-x", "../x",
		"arn:aws:x", "123e4567-e89b-42d3-a456-426614174000", "n\033" };
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	for (size_t i = 0; i < COUNT(names); i++) {
		cr_expect_not(stage_try_create(&s, names[i], CA_ROOT,
				  "EC_prime256v1", NULL, &ca),
		    "%s", names[i]);
		cr_expect_eq(s.f.kind, FAULT_INVALID_ARGS);
	}
	cr_expect_eq(stage_count_cas(&s), 0);
	stage_close(&s);
}

/* A key that is in the token already, by its RFC 7512 URI. */
Test(create, a_key_in_the_token_is_adopted_and_shown_as_such)
{
	static const unsigned char id[] = { 0x01, 0x02 };
	struct token_place place;
	struct token *token = NULL;
	struct key key = { 0 };
	struct ca *ca, *other;
	struct stage s;

	stage_open(&s);
	p11ca_place(s.p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s.f));
	cr_assert(token_make_key(token, KEY_EC_PRIME256V1,
	    (struct bytes){ id, sizeof(id) }, "brought", &key, &s.f));
	token_close(token);
	s.copies_may_exist = true;
	cr_expect_not(stage_try_create(&s, "wrong", CA_SUBORDINATE,
	    "EC_secp384r1", "pkcs11:id=%01%02", &other));
	cr_assert(stage_try_create(&s, "ours", CA_SUBORDINATE, "EC_prime256v1",
		      "pkcs11:object=brought", &ca),
	    "%s", s.f.found);
	cr_expect(ca->adopted);
	cr_expect(bytes_equal(buf_bytes(&ca->key_spki), buf_bytes(&key.spki)));
	cr_expect_not(stage_try_create(&s, "twice", CA_SUBORDINATE,
	    "EC_prime256v1", "pkcs11:id=%01%02", &other));
	cr_expect_not_null(strstr(s.f.found, "ours"), "%s", s.f.found);
	cr_expect_eq(stage_count_keys(&s), 1, "the key is left alone");
	key_clear(&key);
	ca_free(ca);
	stage_close(&s);
}

/* Ask for a CA with this token; the caller's. */
static struct ca *
create_once(struct stage *s, const char *token)
{
	struct ca_words words = { .key_alg = "EC_prime256v1",
		.subject = STAGE_SUBJECT };
	struct create_request request = { .type = CA_SUBORDINATE,
		.idempotency = token };
	struct ca_config *config = NULL;
	struct ca *ca = NULL;

	cr_assert(ca_config_from_words(&words, &config, &s->f));
	request.config = config;
	cr_assert(action_create(s->p, &request, &ca, &s->f), "%s", s->f.found);
	ca_config_free(config);
	return ca;
}

/* Gone at once, as what was cut off in CREATING is. */
static void
remove_for_good(struct stage *s, struct ca *ca)
{
	struct ca *none = NULL;

	ca->status = CA_CREATING;
	cr_assert(store_begin(p11ca_store(s->p), &s->f) &&
	    store_update_ca(p11ca_store(s->p), ca, &s->f) &&
	    store_commit(p11ca_store(s->p), &s->f));
	cr_assert(action_delete(s->p, ca->uuid, 30, &none, &s->f), "%s",
	    s->f.found);
	cr_assert_null(none);
}

/* API, IdempotencyToken. */
Test(create, the_same_token_gives_the_same_ca_as_long_as_there_is_one)
{
	struct ca *first, *again, *deleted, *next, *later;
	struct stage s;

	stage_open(&s);
	first = create_once(&s, "once");
	again = create_once(&s, "once");
	cr_expect_str_eq(again->arn, first->arn);
	ca_free(again);
	cr_assert(action_delete(s.p, first->uuid, 7, &deleted, &s.f));
	again = create_once(&s, "once");
	cr_expect_str_eq(again->arn, first->arn, "it can be restored");
	cr_expect_eq(again->status, CA_DELETED);
	remove_for_good(&s, again);
	next = create_once(&s, "once");
	cr_expect_str_neq(next->arn, first->arn);
	cr_expect_eq(stage_count_cas(&s), 1);
	clock_stop(STAGE_NOW + 301);
	later = create_once(&s, "once");
	cr_expect_str_neq(later->arn, next->arn);
	ca_free(later);
	ca_free(next);
	ca_free(again);
	ca_free(deleted);
	ca_free(first);
	stage_close(&s);
}

Test(create, a_token_that_is_not_there_changes_nothing)
{
	struct ca_words words = { .key_alg = "EC_prime256v1",
		.subject = STAGE_SUBJECT };
	struct create_request request = { .type = CA_ROOT,
		.token_uri = "pkcs11:token=nowhere" };
	struct ca_config *config = NULL;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	cr_assert(ca_config_from_words(&words, &config, &s.f));
	request.config = config;
	cr_expect_not(action_create(s.p, &request, &ca, &s.f));
	cr_expect_eq(s.f.kind, FAULT_TOKEN);
	cr_expect_not_null(strstr(s.f.found, "p11ca-trial"), "%s", s.f.found);
	cr_expect_eq(stage_count_cas(&s), 0);
	ca_config_free(config);
	stage_close(&s);
}

/* What a token may answer at each step, and what is said of it. */
static const struct {
	const char *script;
	const char *found, *todo;
} refusals[] = {
	{ "C_GenerateKeyPair return 0x31\n", "has no room left",
	    "use another token" },
	{ "C_GenerateKeyPair return 0xe2\n", "is write-protected",
	    "remove the write protection" },
	{ "C_GenerateKeyPair return 0x32\n", "was removed",
	    "insert the token" },
	{ "C_GenerateKeyPair return 0x30\n", "CKR_DEVICE_ERROR",
	    "is the connection to the HSM up" },
	{ "C_Sign return 0x31\n", "has no room left", "use another token" },
	{ "C_Sign return 0x30\n", "CKR_DEVICE_ERROR", "try again" },
	{ "C_Sign flip\n", "does not match the key", "two keys with one" },
	{ "C_Login return 0xa3\n", "wants its PIN changed", "--change-pin" },
	{ "C_Login return 0xa4\n", "has locked its PIN", "security officer" },
	{ "C_OpenSession return 0xb1\n", "has no free session",
	    "end other programs" },
};

/* No half-made CA, no key of one, and one try of the PIN. */
Test(create, of_a_token_that_refuses_leaves_nothing, .timeout = 60)
{
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct ca *ca = NULL;

		stage_tell(&s, refusals[i].script);
		cr_assert_not(stage_try_create(&s, "one", CA_SUBORDINATE,
				  "EC_prime256v1", NULL, &ca),
		    "%s", refusals[i].script);
		cr_expect_eq(s.f.kind, FAULT_TOKEN, "%s", refusals[i].script);
		cr_expect(strstr(s.f.found, refusals[i].found) != NULL,
		    "%s: %s", refusals[i].script, s.f.found);
		cr_expect(strstr(s.f.todo, refusals[i].todo) != NULL, "%s: %s",
		    refusals[i].script, s.f.todo);
		cr_expect_eq(stage_calls_of(&s, "C_Login 0xa"),
		    strstr(refusals[i].script, "C_Login") != NULL);
		stage_tell(&s, "");
		cr_expect_eq(stage_count_cas(&s), 0, "%s", refusals[i].script);
		cr_expect_eq(stage_count_keys(&s), 0, "%s", refusals[i].script);
	}
	ca_free(stage_create(&s, "one", "EC_prime256v1"));
	stage_close(&s);
}
