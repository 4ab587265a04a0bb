/*
 * conf.h - the settings of a home: p11ca.yaml.
 *
 * Read by a schema (libcyaml): an unknown key, a wrong type or a bad value is
 * FAULT_USAGE that names the file, the line and what was expected.
 */
#ifndef P11CA_CONF_H
#define P11CA_CONF_H

#include "p11ca/bytes.h"
#include "p11ca/fault.h"

/* Texts are the conf's own.  Paths are absolute when conf_load returns. */
struct conf {
	char *region;	 /* "us-east-1" */
	char *account;	 /* 12 digits */
	char *partition; /* "aws" */
	char *database;	 /* path of the SQLite file */
	struct {
		char *module; /* path or registered name; NULL: none set */
		char *uri;    /* default token; NULL: none set */
		char *pin;    /* pin source; NULL: none set */
		char **environment; /* NULL-terminated, or NULL */
		char *init_args;    /* for C_Initialize; NULL: none */
		bool isolate;	    /* the module in a process of its own */
		unsigned sessions;  /* used at once to sign; 0: not settled */
		unsigned deadline;  /* seconds for a call; 0: not settled */
		bool strict_key_attributes;
	} token;
	struct {
		bool require_nested_validity;
		bool store_certificate; /* also into the token */
	} import;
	struct {
		char *base_url; /* in place of a bucket's host; NULL: none */
		struct {
			char *endpoint; /* NULL: none, and so are the others */
			char *region;	/* NULL: that of the ARNs */
			char *access_key;
			char *secret_file;
		} upload;
	} crl;
	struct {
		char *url; /* in place of the API's responder; NULL: none */
	} ocsp;
	struct {
		unsigned minimum_interval; /* seconds; 0: none */
	} audit_report;
	unsigned given; /* bit i: line i of conf_lines() is from p11ca.yaml */
};

/* What p11ca config prints: each setting and where it comes from. */
struct conf_line {
	const char *key;    /* "token.uri" */
	char *value;	    /* "" when unset */
	const char *source; /* "default", "p11ca.yaml" */
};

/* Read HOME/p11ca.yaml; *out is the caller's, conf_free(). */
MUST_CHECK bool conf_load(const char *home, struct conf **out, struct fault *f);
void conf_free(struct conf *conf); /* NULL is fine */

/* Every setting in the order of the manual; the caller's, conf_free_lines. */
struct conf_line *conf_lines(const struct conf *conf, size_t *count);
void conf_free_lines(struct conf_line *lines, size_t count);

/*
 * Ask every setting of conf that is set whether it fits.  yaml is the text it
 * was read from, to name the line; or NULL.  FAULT_USAGE.
 */
MUST_CHECK bool conf_check(const struct conf *conf, const char *yaml,
    struct fault *f);

/* The text of a new p11ca.yaml, with a comment for each setting; refuses an
 * account or region that the schema would refuse. */
MUST_CHECK bool conf_write(const char *home, const struct conf *conf,
    struct fault *f);

#endif
