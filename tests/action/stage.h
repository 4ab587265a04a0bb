/*
 * stage.h - a home with a trial token in a fresh folder, and a CA outside of
 * it that signs what is asked.
 */
#ifndef P11CA_TESTS_STAGE_H
#define P11CA_TESTS_STAGE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../pki/make_cert.h"
#include "p11ca/action.h"
#include "p11ca/action_issue.h"
#include "p11ca/clock.h"
#include "p11ca/csr.h"
#include "p11ca/mem.h"

#define STAGE_NOW 1800000000 /* 2027-01-15T08:00:00Z */
#define STAGE_SUBJECT "C=DE,O=Example,CN=Issuing CA"

struct stage {
	char folder[64];
	char *home;
	struct p11ca *p;
	EVP_PKEY *root_key;
	EVP_PKEY *issuer_key;
	const char *subject;   /* of the next CA; NULL: STAGE_SUBJECT */
	const char *settings;  /* of the next CA; NULL: the defaults */
	bool copies_may_exist; /* the word, for the next CA with a key_uri */
	struct import_report *report;
	struct fault f;
};

static inline void
stage_reopen(struct stage *s)
{
	p11ca_close(s->p);
	cr_assert(p11ca_open(s->home, true, NULL, &s->p, &s->f), "%s",
	    s->f.found);
}

static inline void
stage_open(struct stage *s)
{
	struct init_request init = { .softhsm = true };

	memset(s, 0, sizeof(*s));
	clock_stop(STAGE_NOW);
	(void)umask(077);
	(void)strcpy(s->folder, "/tmp/p11ca-stage-XXXXXX");
	cr_assert_not_null(mkdtemp(s->folder));
	s->home = mem_format("%s/home", s->folder);
	init.home = s->home;
	cr_assert(p11ca_init(&init, &s->f), "%s", s->f.found);
	stage_reopen(s);
	s->root_key = make_key("P-256");
	s->issuer_key = make_key("P-256");
	s->report = mem_new(sizeof(*s->report));
}

/* Run a program and wait; its exit code. */
static inline int
stage_run(const char *const *argv)
{
	char *const *args;
	int status = -1;
	pid_t pid = fork();

	memcpy(&args, &argv, sizeof(args)); /* execvp takes them as char * */
	if (pid == 0) {
		(void)execvp(args[0], args);
		_exit(127);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void
stage_close(struct stage *s)
{
	const char *const rm[] = { "rm", "-rf", s->folder, NULL };

	p11ca_close(s->p);
	EVP_PKEY_free(s->root_key);
	EVP_PKEY_free(s->issuer_key);
	mem_free(s->report);
	mem_free(s->home);
	(void)stage_run(rm);
	clock_stop(-1);
}

/* What a test asks for when it does not matter. */
static inline bool
stage_try_create(struct stage *s, const char *name, enum ca_type type,
    const char *key_alg, const char *key_uri, struct ca **out)
{
	struct ca_words words = { .key_alg = key_alg,
		.subject = s->subject != NULL ? s->subject : STAGE_SUBJECT };
	struct create_request request = { .type = type,
		.name = name,
		.key_uri = key_uri,
		.copies_may_exist = s->copies_may_exist,
		.settings = s->settings };
	struct ca_config *config = NULL;
	bool ok;

	memset(&s->f, 0, sizeof(s->f));
	*out = NULL;
	cr_assert(ca_config_from_words(&words, &config, &s->f), "%s",
	    s->f.found);
	request.config = config;
	ok = action_create(s->p, &request, out, &s->f);
	ca_config_free(config);
	return ok;
}

static inline struct ca *
stage_create(struct stage *s, const char *name, const char *key_alg)
{
	struct ca *ca;

	cr_assert(stage_try_create(s, name, CA_SUBORDINATE, key_alg, NULL, &ca),
	    "%s", s->f.found);
	return ca;
}

/* Root and issuer of the CA outside, as PEM: the issuer first. */
static inline void
stage_chain(const struct stage *s, struct buf *chain)
{
	struct make_cert issuer = { .subject = "CN=Outer Issuer",
		.issuer = "CN=Outer Root",
		.key = s->issuer_key,
		.signer = s->root_key,
		.serial = 2,
		MAKE_EXTS(make_ca_exts) };
	struct make_cert root = { .subject = "CN=Outer Root",
		.key = s->root_key,
		.serial = 1,
		MAKE_EXTS(make_ca_exts) };

	make_cert_pem(chain, &issuer);
	make_cert_pem(chain, &root);
}

/* What the CA outside makes of a CA's public key; not_after may be NULL. */
static inline void
stage_sign(const struct stage *s, struct bytes spki, long serial,
    const char *not_after, struct buf *certificate)
{
	EVP_PKEY *key = make_key_from_spki(spki);
	struct make_cert recipe = { .subject = STAGE_SUBJECT,
		.issuer = "CN=Outer Issuer",
		.key = key,
		.signer = s->issuer_key,
		.serial = serial,
		.not_after = not_after,
		MAKE_EXTS(make_ca_exts) };

	make_cert_pem(certificate, &recipe);
	EVP_PKEY_free(key);
}

static inline bool
stage_import(struct stage *s, const char *which, struct bytes certificate,
    struct bytes chain, struct ca **out)
{
	struct import_request request = {
		.ca = which, .certificate = certificate, .chain = chain
	};

	memset(&s->f, 0, sizeof(s->f));
	return action_import(s->p, &request, s->report, out, &s->f);
}

/* Sign and import; the CA as it is then, the caller's. */
static inline struct ca *
stage_activate(struct stage *s, const struct ca *ca, long serial,
    const char *not_after)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct ca *now = NULL;

	stage_sign(s, buf_bytes(&ca->key_spki), serial, not_after,
	    &certificate);
	stage_chain(s, &chain);
	cr_assert(stage_import(s, ca->uuid, buf_bytes(&certificate),
		      buf_bytes(&chain), &now),
	    "%s", s->f.found);
	buf_free(&chain);
	buf_free(&certificate);
	return now;
}

/*
 * A CA that is hosted here, ACTIVE: a root that signed itself (parent NULL) or
 * a subordinate of one.  template_name may be NULL.  The caller's.
 */
static inline struct ca *
stage_host(struct stage *s, const char *name, const char *subject,
    const char *parent, const char *template_name)
{
	struct activate_request request = {
		.ca = name, .parent = parent, .template_name = template_name
	};
	struct ca *ca = NULL, *active = NULL;
	const char *before = s->subject;

	s->subject = subject;
	cr_assert(stage_try_create(s, name,
		      parent == NULL ? CA_ROOT : CA_SUBORDINATE,
		      "EC_prime256v1", NULL, &ca),
	    "%s", s->f.found);
	s->subject = before;
	cr_assert(action_activate(s->p, &request, s->report, &active, &s->f),
	    "%s", s->f.found);
	ca_free(ca);
	return active;
}

/* "root", and "sub" below it. */
static inline void
stage_host_two(struct stage *s)
{
	ca_free(stage_host(s, "root", "O=Example,CN=Root", NULL, NULL));
	ca_free(stage_host(s, "sub", "O=Example,CN=Sub", "root", NULL));
}

/* How many private keys the trial token has. */
static inline size_t
stage_count_keys(struct stage *s)
{
	struct token_place place;
	struct token *token = NULL;
	struct key *keys = NULL;
	size_t count = 0;

	p11ca_place(s->p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s->f), "%s",
	    s->f.found);
	cr_assert(token_keys(token, &keys, &count, &s->f));
	for (size_t i = 0; i < count; i++)
		key_clear(&keys[i]);
	mem_free(keys);
	token_close(token);
	return count;
}

static inline size_t
stage_count_cas(struct stage *s)
{
	struct ca **cas = NULL;
	size_t count = 0;

	cr_assert(store_all_cas(p11ca_store(s->p), &cas, &count, &s->f));
	store_free_cas(cas);
	return count;
}

static inline bool
stage_keep_last(const struct audit_row *row, void *context)
{
	char **last = context;

	mem_free(*last);
	*last = mem_text(row->entry);
	return true;
}

/* The newest audit entry; the caller's, mem_free(). */
static inline char *
stage_last_entry(struct stage *s)
{
	char *last = NULL;

	cr_assert(store_audit_each(p11ca_store(s->p), 1, stage_keep_last, &last,
	    &s->f));
	return last;
}

#endif
