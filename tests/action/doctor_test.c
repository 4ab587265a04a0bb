/* doctor_test.c - what is wrong is named, with what to do. */
#include "fault_stage.h"
#include "ledger.h"
#include "p11ca/probe.h"

/* Is there a line with this mark that has the text? */
static bool
says(const struct doctor *d, enum doctor_mark mark, const char *text)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->line[i].mark == mark &&
		    strstr(d->line[i].found, text) != NULL)
			return true;
	return false;
}

/* Is this in what is to be done about anything? */
static bool
names(const struct doctor *d, const char *command)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->line[i].todo != NULL &&
		    strstr(d->line[i].todo, command) != NULL)
			return true;
	return false;
}

static void
look(struct stage *s, struct doctor *d)
{
	action_doctor(s->home, NULL, d);
}

Test(doctor, a_sound_home_is_sound)
{
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	look(&s, &d);
	for (size_t i = 0; i < d.count; i++)
		cr_expect_eq(d.line[i].mark, DOCTOR_OK, "%s", d.line[i].found);
	cr_expect(says(&d, DOCTOR_OK,
	    "one: in the token, EC_prime256v1, made by p11ca; sensitive yes, "
	    "extractable no, always sensitive yes, never extractable yes, made "
	    "in the token yes, private value not readable"));
	cr_expect_not(d.bad);
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

Test(doctor, a_home_others_can_read_is_named_with_its_chmod)
{
	struct doctor d;
	struct stage s;

	stage_open(&s);
	cr_assert_eq(chmod(s.home, 0755), 0);
	look(&s, &d);
	cr_expect(d.bad);
	cr_expect(says(&d, DOCTOR_BAD, "chmod 0700"));
	doctor_free(&d);
	stage_close(&s);
}

Test(doctor, a_key_that_vanished_is_named)
{
	struct token_place place;
	struct token *token = NULL;
	struct doctor d;
	struct stage s;
	struct ca *ca;
	bool found;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	p11ca_place(s.p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s.f));
	cr_assert(token_destroy_key(token, buf_bytes(&ca->key_id), &found,
	    &s.f));
	token_close(token);
	look(&s, &d);
	cr_expect(d.bad);
	cr_expect(says(&d, DOCTOR_BAD, "one: "));
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

/* A key of ours that no CA has, and a creation that was cut off. */
Test(doctor, orphans_are_named)
{
	static const unsigned char id[] = "twenty random octets";
	struct token_place place;
	struct token *token = NULL;
	struct key key = { 0 };
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	ca->status = CA_CREATING;
	cr_assert(store_begin(p11ca_store(s.p), &s.f) &&
	    store_update_ca(p11ca_store(s.p), ca, &s.f) &&
	    store_commit(p11ca_store(s.p), &s.f));
	p11ca_place(s.p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s.f));
	cr_assert(token_make_key(token, KEY_EC_PRIME256V1,
	    (struct bytes){ id, 20 }, "p11ca-lost", &key, &s.f));
	key_clear(&key);
	cr_assert(token_make_key(token, KEY_EC_PRIME256V1, bytes_of("trial"),
	    PROBE_LABEL, &key, &s.f));
	key_clear(&key);
	token_close(token);
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN, "a probe that was cut off"));
	cr_expect(says(&d, DOCTOR_WARN, "creation was cut off"));
	cr_expect(says(&d, DOCTOR_WARN, "p11ca-lost"));
	doctor_free(&d);
	ca_free(ca);
	cr_assert(action_delete(s.p, "one", 30, &ca, &s.f), "%s", s.f.found);
	cr_expect_null(ca, "gone at once");
	cr_expect_eq(stage_count_keys(&s), 2, "the lost ones are left");
	stage_close(&s);
}

/* What is left of it has no key, and no token that could be missed. */
Test(doctor, the_token_of_a_ca_that_is_gone_is_not_looked_for)
{
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	ca_free(stage_host(&s, "one", "CN=One", NULL, NULL));
	cr_assert(action_update(s.p, "one", false, &ca, &s.f));
	ca_free(ca);
	cr_assert(action_delete(s.p, "one", 7, &ca, &s.f));
	clock_stop(STAGE_NOW + 7 * 86400);
	look(&s, &d);
	cr_expect(names(&d, "p11ca delete --due"));
	cr_expect(names(&d, "p11ca delete one --key-stays"));
	doctor_free(&d);
	ca_free(ca);
	cr_assert(action_delete_record(s.p, "one", &ca, &s.f));
	look(&s, &d);
	cr_expect_not(says(&d, DOCTOR_BAD, ""), "no line is FAIL");
	cr_expect_not(names(&d, "p11ca delete"));
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

Test(doctor, a_clock_that_went_back_is_named)
{
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	clock_stop(STAGE_NOW - 3600);
	look(&s, &d);
	cr_expect(d.bad);
	cr_expect(says(&d, DOCTOR_BAD, "audit log knows"));
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

static bool
advises(const struct doctor *d, const char *found, const char *todo)
{
	for (size_t i = 0; i < d->count; i++)
		if (strstr(d->line[i].found, found) != NULL)
			return strcmp(d->line[i].todo, todo) == 0;
	return false;
}

Test(doctor, certificates_that_a_crash_left_are_counted)
{
	struct doctor d;
	struct ledger l;
	struct ca *ca;

	ledger_open(&l);
	ledger_put(&l, "A1", STAGE_NOW + DAY, 0, false);
	ledger_issue(&l, "B2", STAGE_NOW + DAY, 0);
	look(&l.s, &d);
	cr_expect_not(d.bad);
	cr_expect(says(&d, DOCTOR_WARN, "one: 1 certificate on record"));
	cr_expect(advises(&d, "on record", "p11ca issue one --settle"));
	doctor_free(&d);
	ledger_put(&l, "C3", STAGE_NOW + DAY, 0, false);
	cr_assert(action_update(l.s.p, "one", false, &ca, &l.s.f));
	ca_free(ca);
	look(&l.s, &d);
	cr_expect(says(&d, DOCTOR_WARN, "one: 2 certificates on record"));
	cr_expect(advises(&d, "on record",
	    "enable, restore or renew it, then p11ca issue one --settle"));
	doctor_free(&d);
	ledger_close(&l);
}

Test(doctor, an_expired_certificate_is_named)
{
	struct ca *ca, *active;
	struct doctor d;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	active = stage_activate(&s, ca, 7, "20270201000000Z");
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN, "expires at 2027-02-01"));
	doctor_free(&d);
	clock_stop(STAGE_NOW + 60 * 86400);
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN, "expired at 2027-02-01"));
	doctor_free(&d);
	ca_free(active);
	ca_free(ca);
	stage_close(&s);
}

/* A token that reports other attributes than it did, and one that refuses. */
Test(doctor, a_key_whose_attributes_changed_is_named)
{
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_tell(&s, "attribute 0x165 missing\nattribute 0x163 0\n");
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN,
	    "one: its token reports other attributes than when the key was "
	    "made (always sensitive: not reported, was yes; made in the token: "
	    "no, was yes)"));
	cr_expect_not(d.bad);
	doctor_free(&d);
	stage_tell(&s, "attribute 0x162 1\n");
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_BAD, "one: a key with CKA_EXTRACTABLE true"));
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

/* --- troubles of the PIN ---------------------------------------------- */

static const struct {
	const char *script;
	const char *found, *todo;
	size_t tries;
} troubles[] = {
	{ "token flags-set 0x10000\n", "few tries are left", "--pin prompt",
	    0 },
	{ "token flags-set 0x20000\n", "one try is left", "--pin prompt", 0 },
	{ "token flags-set 0x40000\n", "has locked its PIN", "security officer",
	    0 },
	{ "C_Login return 0xa0\n", "refused the PIN", "where the PIN comes",
	    1 },
	{ "C_Login return 0xa2\n", "takes 4 to 255 characters",
	    "where the PIN comes", 1 },
	{ "C_Login return 0xa3\n", "wants its PIN changed", "--change-pin", 1 },
	{ "C_Login return 0xa4\n", "has locked its PIN", "security officer",
	    1 },
	{ "C_Login return 0x102\n", "has no user PIN yet", "--init-pin", 1 },
	{ "C_Login return 0x100\n", "a login that is not ours", "close the",
	    1 },
};

static size_t
logins(const struct stage *s)
{
	char *path = stage_file(s, "log");
	struct buf log = { 0 };
	struct fault f = { 0 };
	size_t count = 0;

	cr_assert(file_read(path, 1 << 20, &log, &f), "%s", f.found);
	for (const char *p = buf_text(&log); (p = strstr(p, "C_Login ")); p++)
		count++;
	buf_free(&log);
	mem_free(path);
	return count;
}

/* As if each trouble were the first. */
static void
forget_refusals(const struct stage *s)
{
	char *path = mem_format("%s/pin-refused", s->home);

	(void)unlink(path);
	mem_free(path);
}

/* Cause and cure; and whoever looks around spends no try that matters. */
Test(doctor, each_trouble_of_the_pin_is_named_with_its_cure)
{
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	for (size_t i = 0; i < COUNT(troubles); i++) {
		const struct doctor_line *line = NULL;
		struct doctor d;

		stage_tell(&s, troubles[i].script);
		forget_refusals(&s);
		look(&s, &d);
		for (size_t n = 0; n < d.count; n++)
			if (d.line[n].mark == DOCTOR_BAD)
				line = &d.line[n];
		cr_assert_not_null(line, "%s", troubles[i].script);
		cr_expect_str_eq(line->about, "token");
		cr_expect(strstr(line->found, troubles[i].found) != NULL,
		    "%s: %s", troubles[i].script, line->found);
		cr_expect(strstr(line->todo, troubles[i].todo) != NULL,
		    "%s: %s", troubles[i].script, line->todo);
		cr_expect_eq(logins(&s), troubles[i].tries, "%s",
		    troubles[i].script);
		doctor_free(&d);
	}
	stage_close(&s);
}

Test(doctor, a_stored_pin_that_was_refused_is_named_and_not_tried)
{
	struct stage s;
	struct doctor d;

	stage_open(&s);
	stage_break(&s);
	stage_tell(&s, "C_Login return 0xa0\n");
	look(&s, &d);
	cr_expect_eq(logins(&s), 1);
	doctor_free(&d);
	stage_tell(&s, "");
	for (int i = 0; i < 3; i++) {
		const struct doctor_line *line = NULL;

		look(&s, &d);
		for (size_t n = 0; n < d.count; n++)
			if (d.line[n].mark == DOCTOR_BAD)
				line = &d.line[n];
		cr_assert_not_null(line);
		cr_expect_str_eq(line->about, "token");
		cr_expect(strstr(line->found, "has not changed since") != NULL,
		    "%s", line->found);
		cr_expect(strstr(line->todo, "--pin prompt") != NULL, "%s",
		    line->todo);
		cr_expect_eq(logins(&s), 0);
		doctor_free(&d);
	}
	stage_close(&s);
}

/* --- troubles of the token --------------------------------------------- */

/* The lines of a doctor that are marked so. */
static size_t
count_of(const struct doctor *d, enum doctor_mark mark)
{
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++)
		count += d->line[i].mark == mark;
	return count;
}

static const struct {
	const char *script;
	enum doctor_mark mark;
	const char *found, *todo;
} tokens[] = {
	{ "C_Initialize return 0x5\n", DOCTOR_BAD, "CKR_GENERAL_ERROR",
	    "token folder readable" },
	{ "C_Initialize return 0x30\n", DOCTOR_BAD, "CKR_DEVICE_ERROR",
	    "connection to the HSM" },
	{ "C_GetTokenInfo return 0xe0\n", DOCTOR_BAD, "which has none",
	    "is the token inserted" },
	{ "C_OpenSession return 0x32\n", DOCTOR_BAD, "was removed",
	    "insert the token" },
	{ "C_OpenSession return 0xb1\n", DOCTOR_BAD, "has no free session",
	    "end other programs" },
	{ "token flags-clear 0x400\n", DOCTOR_BAD,
	    "no token \"p11ca-trial\" (serial ", "is the token inserted" },
	{ "token serial 4711\n", DOCTOR_BAD,
	    "another of that label: \"p11ca-trial\" (serial 4711)",
	    "initialised anew, or replaced" },
	{ "token free 0\n", DOCTOR_WARN, "no room is left for another key",
	    "another token" },
	{ "token flags-set 0x80000\n", DOCTOR_WARN, "its PIN has expired",
	    "--change-pin" },
};

static const struct doctor_line *
line_about_the_token(const struct doctor *d, enum doctor_mark mark)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->line[i].mark == mark &&
		    strcmp(d->line[i].about, "token") == 0)
			return &d->line[i];
	return NULL;
}

/* The cause, the cure, and which CA has to wait; and never two tries. */
Test(doctor, each_trouble_of_the_token_is_named_with_its_cure)
{
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	for (size_t i = 0; i < COUNT(tokens); i++) {
		const struct doctor_line *line;
		bool bad = tokens[i].mark == DOCTOR_BAD;

		stage_tell(&s, tokens[i].script);
		look(&s, &d);
		line = line_about_the_token(&d, tokens[i].mark);
		cr_assert_not_null(line, "%s", tokens[i].script);
		cr_expect(strstr(line->found, tokens[i].found) != NULL,
		    "%s: %s", tokens[i].script, line->found);
		cr_expect(strstr(line->todo, tokens[i].todo) != NULL, "%s: %s",
		    tokens[i].script, line->todo);
		cr_expect_eq(d.bad, bad);
		cr_expect_eq(says(&d, DOCTOR_WARN, "one: not looked at"), bad);
		cr_expect_leq(logins(&s), 1, "%s", tokens[i].script);
		doctor_free(&d);
	}
	stage_tell(&s, "token free 1\n");
	look(&s, &d);
	cr_expect_eq(count_of(&d, DOCTOR_WARN) + count_of(&d, DOCTOR_BAD), 0);
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

/* Destroy the key of a CA, make others of its ID. */
static void
key_remake(struct stage *s, const struct ca *ca, bool destroy, size_t more)
{
	struct token_place place;
	struct token *token = NULL;
	bool found;

	p11ca_place(s->p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s->f), "%s",
	    s->f.found);
	cr_assert(!destroy ||
	    token_destroy_key(token, buf_bytes(&ca->key_id), &found, &s->f));
	for (size_t i = 0; i < more; i++) {
		struct key key = { 0 };

		cr_assert(token_make_key(token, KEY_EC_PRIME256V1,
			      buf_bytes(&ca->key_id), "p11ca-other", &key,
			      &s->f),
		    "%s", s->f.found);
		key_clear(&key);
	}
	token_close(token);
}

Test(doctor, another_key_under_the_id_is_named)
{
	struct doctor d;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	key_remake(&s, ca, true, 0);
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_BAD,
	    "one: no private key at all in the token \"p11ca-trial\""));
	doctor_free(&d);
	key_remake(&s, ca, false, 1);
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_BAD,
	    "one: the token has another key with its ID"));
	cr_expect(advises(&d, "another key with its ID",
	    "find out who replaced it; restore the token's backup"));
	doctor_free(&d);
	ca_free(ca);
	stage_close(&s);
}

/* A creation that was cut off, of a token that cannot be asked. */
Test(doctor, a_creation_is_named_when_its_token_is_away)
{
	struct ca *ca, *none;
	struct doctor d;
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	ca->status = CA_CREATING;
	cr_assert(store_begin(p11ca_store(s.p), &s.f) &&
	    store_update_ca(p11ca_store(s.p), ca, &s.f) &&
	    store_commit(p11ca_store(s.p), &s.f));
	stage_tell(&s, "token flags-clear 0x400\n");
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN, "may be in the token, which cannot"));
	cr_expect(names(&d, "p11ca delete one --key-stays"));
	doctor_free(&d);
	cr_expect_not(action_delete(s.p, "one", 30, &none, &s.f));
	cr_expect_eq(s.f.kind, FAULT_TOKEN);
	cr_expect_eq(stage_count_cas(&s), 1,
	    "it stays until the token is back");
	stage_tell(&s, "");
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN, " is in the token"));
	doctor_free(&d);
	cr_expect(action_delete(s.p, "one", 30, &none, &s.f), "%s", s.f.found);
	cr_expect_null(none);
	cr_expect_eq(stage_count_cas(&s), 0);
	cr_expect_eq(stage_count_keys(&s), 0);
	ca_free(ca);
	stage_close(&s);
}

Test(doctor, a_module_that_cannot_be_loaded_is_named)
{
	struct doctor d;
	struct stage s;
	char *settings;

	stage_open(&s);
	settings = mem_format("%s/p11ca.yaml", s.home);
	cr_assert_eq(stage_run((const char *const[]){ "sed", "-i",
			 "s|^  module:.*|  module: /no/such.so|", settings,
			 NULL }),
	    0);
	mem_free(settings);
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_BAD,
	    "the module \"/no/such.so\" that cannot be loaded: "));
	cr_expect(d.bad);
	doctor_free(&d);
	stage_close(&s);
}

Test(doctor, a_label_does_not_write_to_the_terminal)
{
	struct doctor d;
	struct stage s;
	char *settings;

	stage_open(&s);
	stage_break(&s);
	settings = mem_format("%s/p11ca.yaml", s.home);
	cr_assert_eq(stage_run((const char *const[]){ "sed", "-i",
			 "s|token=p11ca-trial|token=x%1B%5B2J|", settings,
			 NULL }),
	    0);
	mem_free(settings);
	/* Its PIN is to be changed, and it is full. */
	stage_tell(&s,
	    "token label x\x1b[2J\ntoken flags-set 0x80000\n"
	    "token free 0\n");
	look(&s, &d);
	cr_expect(says(&d, DOCTOR_WARN, "\"x\\x1B[2J\": its PIN"));
	cr_expect(says(&d, DOCTOR_WARN, "\"x\\x1B[2J\": no room"));
	for (size_t i = 0; i < d.count; i++)
		cr_expect_null(strchr(d.line[i].found, '\x1b'), "line %zu", i);
	doctor_free(&d);
	stage_tell(&s, "");
	stage_close(&s);
}
