/* probe_test.c - what a probe says, create then does; and nothing else. */
#include <fcntl.h>
#include <signal.h>

#include "fault_stage.h"
#include "p11ca/action_probe.h"

TestSuite(probe, .timeout = 300);

static struct probe found;

/* What is tried after the probe: a CA with this key that signs so. */
static const struct {
	const char *name;
	enum key_alg key;
	enum sign_alg sign;
} wanted[] = {
	{ "rsa", KEY_RSA_2048, SIGN_SHA256WITHRSA },
	{ "pss", KEY_RSA_2048, SIGN_SHA256WITHRSA_PSS },
	{ "ec", KEY_EC_PRIME256V1, SIGN_SHA256WITHECDSA },
	{ "ed", KEY_ED25519, SIGN_ED25519 },
};

/* RSA keys take their time: where they do not matter, there are none. */
#define NO_RSA "mechanism hide 0x0\n"

/* clang-format off */
static const struct {
	const char *script;
	const char *works; /* of what is wanted */
	const char *way;   /* of PSS, where it works */
	const char *why;   /* in the words of both */
} cases[] = {
	{ "", "rsa pss ec ed ", "libp11", "" },
	{ NO_RSA, "ec ed ", NULL, "no CKM_RSA_PKCS_KEY_PAIR_GEN" },
	{ NO_RSA "mechanism hide 0x1040\n", "ed ", NULL, "no CKM_EC_KEY_PAIR_GEN" },
	{ NO_RSA "mechanism hide 0x1055\n", "ec ", NULL, "no CKM_EC_EDWARDS_KEY_PAIR_GEN" },
	{ NO_RSA "mechanism hide 0x1041\n", "ed ", NULL, "no CKM_ECDSA" },
	{ NO_RSA "mechanism hide 0x1057\n", "ec ", NULL, "no CKM_EDDSA" },
	{ "mechanism hide 0x1\n", "pss ec ed ", "libp11", "no CKM_RSA_PKCS" },
	{ "mechanism hide 0x3\n", "rsa pss ec ed ", "C_Sign", "" },
	{ "mechanism hide 0xd\n", "rsa pss ec ed ", "libp11", "" },
	{ "mechanism hide 0x3\nmechanism hide 0xd\n", "rsa ec ed ", NULL, "neither CKM_RSA_X_509 nor CKM_RSA_PKCS_PSS" },
	/* What is said of the keys. */
	{ NO_RSA "attribute 0x162 1\n", "", NULL, "CKA_EXTRACTABLE true" },
	{ NO_RSA "value readable\n", "", NULL, "gave out" },
	{ NO_RSA "attribute 0x163 0\n", "ec ed ", NULL, "" },
	/* What goes wrong when it is tried. */
	{ NO_RSA "C_Sign flip\n", "", NULL, "does not match the key" },
	{ NO_RSA "attribute 0x181 missing\n", "", NULL, "no public key in" },
	{ NO_RSA "C_GenerateKeyPair return 0x31\n", "", NULL, "has no room left" },
	{ NO_RSA "token flags-set 0x2\n", "", NULL, "is write-protected" },
};
/* clang-format on */

static bool
try_create(struct stage *s, size_t i)
{
	struct ca_words words = { .key_alg = key_algs[wanted[i].key].name,
		.sign_alg = sign_algs[wanted[i].sign].name,
		.subject = STAGE_SUBJECT };
	struct create_request request = { .type = CA_SUBORDINATE };
	struct ca_config *config = NULL;
	struct ca *ca = NULL;
	bool ok;

	memset(&s->f, 0, sizeof(s->f));
	cr_assert(ca_config_from_words(&words, &config, &s->f), "%s",
	    s->f.found);
	request.config = config;
	ok = action_create(s->p, &request, &ca, &s->f);
	ca_config_free(config);
	ca_free(ca);
	return ok;
}

static void
must_probe(struct stage *s, bool strict, enum probe_keys keys)
{
	struct token_place place;

	memset(&s->f, 0, sizeof(s->f));
	p11ca_place(s->p, NULL, &place);
	cr_assert(action_probe(&place, strict, keys, NULL, &found, &s->f), "%s",
	    s->f.found);
}

/* The probe says what the case says, and create does what the probe says. */
static void
expect_agreement(struct stage *s, size_t at, size_t i)
{
	const struct probe_row *row = &found.row[wanted[i].key];
	const struct probe_sign *sign = &row->sign[wanted[i].sign];
	bool says = row->usable_for_ca && sign->usable;
	char name[8];
	bool does;

	(void)snprintf(name, sizeof(name), "%s ", wanted[i].name);
	cr_expect_eq(says, strstr(cases[at].works, name) != NULL, "%s: %s, %s",
	    cases[at].script, row->refusal, sign->refusal);
	if (says && wanted[i].sign == SIGN_SHA256WITHRSA_PSS)
		cr_expect_str_eq(sign->way, cases[at].way);
	does = try_create(s, i);
	cr_expect_eq(does, says, "%s: create %s: %s; probe: %s, %s",
	    cases[at].script, name, s->f.found, row->refusal, sign->refusal);
	/* One reason for both, unless RSA was left out for speed. */
	if (does || strstr(s->f.found, "CKM_RSA_PKCS_KEY_PAIR_GEN") != NULL)
		return;
	cr_expect(strstr(row->refusal, cases[at].why) != NULL ||
		strstr(sign->refusal, cases[at].why) != NULL,
	    "%s: %s, %s", cases[at].script, row->refusal, sign->refusal);
	cr_expect(strstr(s->f.found, cases[at].why) != NULL, "%s: %s",
	    cases[at].script, s->f.found);
}

Test(probe, and_create_agree_whatever_the_token_lacks)
{
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	for (size_t at = 0; at < COUNT(cases); at++) {
		stage_tell(&s, cases[at].script);
		must_probe(&s, false, PROBE_SESSION_KEYS);
		for (size_t i = 0; i < COUNT(wanted); i++)
			expect_agreement(&s, at, i);
	}
	stage_close(&s);
}

Test(probe, judges_by_the_settings_and_tells_what_strict_ones_would_say)
{
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	stage_tell(&s, NO_RSA "attribute 0x163 0\n"); /* CKA_LOCAL */
	must_probe(&s, false, PROBE_SESSION_KEYS);
	cr_expect(found.row[KEY_ED25519].usable_for_ca);
	cr_expect_not_null(strstr(found.row[KEY_ED25519].strict_refusal,
	    "made inside"));
	cr_expect_not(found.strict);
	must_probe(&s, true, PROBE_SESSION_KEYS);
	cr_expect(found.row[KEY_ED25519].usable);
	cr_expect_not(found.row[KEY_ED25519].usable_for_ca);
	cr_expect_str_eq(found.row[KEY_ED25519].refusal,
	    found.row[KEY_ED25519].strict_refusal);
	cr_expect(found.strict);
	stage_close(&s);
}

/* As smart cards do: what was asked for a session is on the token. */
Test(probe, of_a_token_without_session_keys_says_so_and_leaves_nothing)
{
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	stage_tell(&s, NO_RSA "attribute 0x1 1\n"); /* CKA_TOKEN */
	must_probe(&s, false, PROBE_SESSION_KEYS);
	cr_expect_eq((int)found.session_keys, CLAIM_NO);
	for (size_t i = 0; i < KEY_ALGS; i++)
		cr_expect_not(found.row[i].usable_for_ca);
	cr_expect_str_eq(found.row[KEY_EC_PRIME256V1].refusal,
	    PROBE_NO_SESSION_KEYS);
	cr_expect_str_eq(found.row[KEY_ED25519].refusal, PROBE_NO_SESSION_KEYS);
	cr_expect_not_null(strstr(found.row[KEY_RSA_2048].refusal, "CKM_RSA"));
	cr_expect_eq(stage_calls_of(&s, "C_GenerateKeyPair "), 1);
	must_probe(&s, false, PROBE_TOKEN_KEYS);
	cr_expect(found.row[KEY_EC_PRIME256V1].usable_for_ca);
	stage_tell(&s, "");
	cr_expect_eq(stage_count_keys(&s), 0);
	stage_close(&s);
}

/* As a TPM does: it refuses whatever is not to stay. */
Test(probe, of_a_token_that_refuses_session_keys_says_so)
{
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	stage_tell(&s, NO_RSA "C_GenerateKeyPair return 0x13\n");
	must_probe(&s, false, PROBE_SESSION_KEYS);
	cr_expect_eq((int)found.session_keys, CLAIM_NO);
	cr_expect_not_null(strstr(found.row[KEY_ED25519].refusal,
	    PROBE_NO_SESSION_KEYS ": the token"));
	cr_expect_null(strstr(found.row[KEY_RSA_2048].refusal,
	    PROBE_NO_SESSION_KEYS));
	stage_close(&s);
}

/* The token goes away just when a trial key is to be destroyed. */
Test(probe, names_a_key_that_it_could_not_destroy)
{
	struct token_place place;
	struct stage s;

	stage_open(&s);
	stage_break(&s);
	p11ca_place(s.p, NULL, &place);
	stage_tell(&s, NO_RSA "C_DestroyObject return 0x30\n");
	cr_expect_not(action_probe(&place, false, PROBE_TOKEN_KEYS, NULL,
	    &found, &s.f));
	cr_expect_eq(s.f.kind, FAULT_TOKEN);
	cr_expect_not_null(strstr(s.f.found, PROBE_LABEL), "%s", s.f.found);
	cr_expect_not_null(strstr(s.f.todo, "--permanent"), "%s", s.f.todo);
	stage_tell(&s, NO_RSA);
	cr_expect_eq(stage_count_keys(&s), 1);
	must_probe(&s, false, PROBE_TOKEN_KEYS);
	cr_expect_eq(found.left_behind, 2);
	cr_expect_eq(stage_count_keys(&s), 0);
	stage_close(&s);
}

/* Killed with a key on the token: the next one destroys it. */
Test(probe, that_was_killed_leaves_what_the_next_destroys)
{
	struct token_place place;
	struct stage s;
	int status = 0;
	pid_t pid;

	stage_open(&s);
	stage_break(&s);
	p11ca_place(s.p, NULL, &place);
	stage_tell(&s, NO_RSA "C_DestroyObject crash\n");
	pid = fork();
	if (pid == 0)
		_exit(action_probe(&place, false, PROBE_TOKEN_KEYS, NULL,
			  &found, &s.f)
			? 0
			: 1);
	(void)waitpid(pid, &status, 0);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	stage_tell(&s, NO_RSA);
	cr_expect_eq(stage_count_keys(&s), 1);
	must_probe(&s, false, PROBE_TOKEN_KEYS);
	cr_expect_eq(found.left_behind, 2);
	cr_expect_eq(stage_count_keys(&s), 0);
	stage_close(&s);
}

/* SIGTERM in the middle of it: the key goes first, then the process. */
Test(probe, that_is_told_to_end_destroys_the_key_first)
{
	struct token_place place;
	struct stage s;
	int status = 0;
	char *fifo, *script;
	int hold;
	pid_t pid;

	stage_open(&s);
	stage_break(&s);
	p11ca_place(s.p, NULL, &place);
	fifo = stage_file(&s, "hold");
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	script = mem_format(NO_RSA "C_SignInit@1 hold %s\n", fifo);
	stage_tell(&s, script);
	pid = fork();
	if (pid == 0)
		_exit(action_probe(&place, false, PROBE_TOKEN_KEYS, NULL,
			  &found, &s.f)
			? 0
			: 1);
	hold = open(fifo, O_WRONLY | O_CLOEXEC); /* until it waits there */
	cr_assert_geq(hold, 0);
	cr_assert_eq(kill(pid, SIGTERM), 0);
	(void)close(hold);
	(void)waitpid(pid, &status, 0);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	cr_expect_eq(stage_count_keys(&s), 0);
	mem_free(script);
	mem_free(fifo);
	stage_close(&s);
}
