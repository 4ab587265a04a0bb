/*
 * adopt_test.c - a key that p11ca did not make: with the operator's word only,
 * and shown as such for ever.
 */
#include "fault_stage.h"

#define URI "pkcs11:object=brought"

/* Another program's key: not p11ca's, whatever its attributes say. */
static void
bring_key(struct stage *s)
{
	struct token_place place;
	struct token *token = NULL;
	struct key key = { 0 };

	p11ca_place(s->p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s->f), "%s",
	    s->f.found);
	cr_assert(token_make_key(token, KEY_EC_PRIME256V1, bytes_of("brought"),
		      "brought", &key, &s->f),
	    "%s", s->f.found);
	key_clear(&key);
	token_close(token);
}

static void
expect_entry(struct stage *s, const char *text)
{
	char *entry = stage_last_entry(s);

	cr_expect(strstr(entry, text) != NULL, "no %s in %s", text, entry);
	mem_free(entry);
}

/* What the token claims does not matter: nobody saw where it was made. */
static const struct {
	const char *script;
	const char *claims;
} cases[] = {
	{ "",
	    "sensitive yes, extractable no, always sensitive yes, never "
	    "extractable yes, made in the token yes, private value not "
	    "readable" },
	{ "attribute 0x163 0\n", "made in the token no" },
	{ "attribute 0x165 missing\n", "always sensitive not reported" },
	{ "attribute 0x164 0\n", "never extractable no" },
};

Test(adopt, without_the_word_is_refused_and_changes_nothing)
{
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	bring_key(&s);
	for (size_t i = 0; i < COUNT(cases); i++) {
		stage_tell(&s, cases[i].script);
		cr_assert_not(stage_try_create(&s, "ours", CA_SUBORDINATE,
		    "EC_prime256v1", URI, &ca));
		cr_expect_eq(s.f.kind, FAULT_INVALID_ARGS);
		cr_expect_not_null(strstr(s.f.found, "\"brought\""));
		cr_expect_not_null(strstr(s.f.found, cases[i].claims), "%s",
		    s.f.found);
		cr_expect_not_null(strstr(s.f.todo, "--copies-may-exist"));
		cr_expect_eq(stage_count_cas(&s), 0);
		expect_entry(&s, "\"outcome\":\"InvalidArgsException\"");
		expect_entry(&s, "\"key\":\"adopted\"");
	}
	cr_expect_eq(stage_count_keys(&s), 1);
	stage_close(&s);
}

Test(adopt, the_word_is_recorded_with_what_the_token_claims)
{
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	bring_key(&s);
	stage_tell(&s, "attribute 0x163 0\nattribute 0x10c missing\n");
	s.copies_may_exist = true;
	cr_assert(stage_try_create(&s, "ours", CA_SUBORDINATE, "EC_prime256v1",
		      URI, &ca),
	    "%s", s.f.found);
	cr_expect(ca->adopted);
	cr_expect_eq((int)ca->claims.local, CLAIM_NO);
	cr_expect_eq((int)ca->claims.derive, CLAIM_UNREPORTED);
	expect_entry(&s, "\"key\":\"adopted: copies may exist\"");
	expect_entry(&s, "made in the token no, may sign yes");
	expect_entry(&s, "may derive not reported");
	ca_free(ca);
	stage_close(&s);
}

/* A key that is no key for a CA stays one, whatever the operator says. */
Test(adopt, the_word_does_not_make_a_bad_key_good)
{
	static const char *const scripts[] = { "attribute 0x162 1\n",
		"value readable\n", "attribute 0x108 0\n" };
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	bring_key(&s);
	s.copies_may_exist = true;
	for (size_t i = 0; i < COUNT(scripts); i++) {
		stage_tell(&s, scripts[i]);
		cr_expect_not(stage_try_create(&s, "ours", CA_SUBORDINATE,
				  "EC_prime256v1", URI, &ca),
		    "%s", scripts[i]);
		cr_expect_eq(s.f.kind, FAULT_TOKEN);
		cr_expect_eq(stage_count_cas(&s), 0);
	}
	stage_close(&s);
}

/* The CA as it is now, read from the store again. */
static void
expect_adopted(struct stage *s, const char *after)
{
	struct ca *ca = NULL;
	char *json;

	stage_reopen(s);
	cr_assert(action_describe(s->p, "ours", &ca, &s->f), "%s", s->f.found);
	json = wire_ca(ca, clock_now(), "000000000000");
	cr_expect(ca->adopted, "%s", after);
	cr_expect(strstr(json, "\"KeyAdopted\":true") != NULL, "%s: %s", after,
	    json);
	mem_free(json);
	ca_free(ca);
}

static void
expect_doctor(struct stage *s)
{
	struct doctor d;
	bool says = false;

	action_doctor(s->home, NULL, &d);
	for (size_t i = 0; i < d.count; i++)
		says = says ||
		    strstr(d.line[i].found,
			"ADOPTED (made elsewhere, copies may exist)") != NULL;
	cr_expect(says);
	doctor_free(&d);
}

Test(adopt, is_shown_for_ever)
{
	struct ca *ca, *now = NULL;
	struct stage s;

	stage_open(&s);
	bring_key(&s);
	s.copies_may_exist = true;
	cr_assert(stage_try_create(&s, "ours", CA_SUBORDINATE, "EC_prime256v1",
		      URI, &ca),
	    "%s", s.f.found);
	expect_adopted(&s, "create");
	now = stage_activate(&s, ca, 7, NULL);
	ca_free(now);
	expect_entry(&s, "\"key\":\"adopted: copies may exist\"");
	expect_adopted(&s, "import");
	now = stage_activate(&s, ca, 8, NULL);
	ca_free(now);
	expect_adopted(&s, "renewal");
	cr_assert(action_update(s.p, "ours", false, &now, &s.f));
	ca_free(now);
	expect_adopted(&s, "disable");
	cr_assert(action_delete(s.p, "ours", 30, &now, &s.f));
	ca_free(now);
	expect_adopted(&s, "delete");
	cr_assert(action_restore(s.p, "ours", &now, &s.f));
	ca_free(now);
	expect_adopted(&s, "restore");
	cr_assert(action_update(s.p, "ours", true, &now, &s.f));
	ca_free(now);
	expect_adopted(&s, "enable");
	expect_doctor(&s);
	ca_free(ca);
	stage_close(&s);
}
