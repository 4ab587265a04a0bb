/*
 * action.h - what can be asked of p11ca: one function an operation.
 *
 * Doors call these and print what comes out.  An action gathers facts, lets
 * the rules decide, then acts: token first, store last, in one transaction that
 * also holds the audit entry.  A refusal changes nothing but the audit log.
 */
#ifndef P11CA_ACTION_H
#define P11CA_ACTION_H

#include "p11ca/ca.h"
#include "p11ca/conf.h"
#include "p11ca/rule_import.h"
#include "p11ca/store.h"
#include "p11ca/token.h"
#include "p11ca/wire.h"

struct tag;
struct p11ca; /* an open home; one thread at a time */

/* Told what an operator should see while it happens; one line, no newline. */
typedef void p11ca_say(const char *text);

/*
 * Open a home: its folder and files must be private, its settings sound, its
 * store of this schema.  write: for changing it.  tell may be NULL.  *out is
 * the caller's, p11ca_close().
 */
MUST_CHECK bool p11ca_open(const char *home, bool write, p11ca_say *tell,
    struct p11ca **out, struct fault *f);
void p11ca_close(struct p11ca *p); /* NULL is fine */

/* Who is told, in place of tell, what the operator of a token has to know or to
 * do while it waits: few tries are left, a PIN is to be typed on its pad. */
void p11ca_warn_by(struct p11ca *p, p11ca_say *warn);
const struct conf *p11ca_conf(const struct p11ca *p);
const char *p11ca_home(const struct p11ca *p);
struct store *p11ca_store(struct p11ca *p);

/*
 * Where the home is: the argument, else $P11CA_HOME, else /var/lib/p11ca for
 * root, else $XDG_DATA_HOME/p11ca, else ~/.local/share/p11ca.  Absolute; the
 * caller's, mem_free().
 */
char *p11ca_home_path(const char *argument);

/* init: make a home, with a trial token in it when softhsm is set. */
struct init_request {
	const char *home;
	const char *region;  /* NULL: the default */
	const char *account; /* NULL: the default */
	bool softhsm;
	const char *module; /* default token; each may be NULL */
	const char *token_uri;
	const char *pin;
};
MUST_CHECK bool p11ca_init(const struct init_request *request, struct fault *f);

/* The place of a token: the settings, with uri in place of theirs if given. */
void p11ca_place(const struct p11ca *p, const char *uri,
    struct token_place *out);

/* CreateCertificateAuthority */
struct create_request {
	enum ca_type type;
	const struct ca_config *config;
	const char *name;      /* NULL: none */
	const char *token_uri; /* NULL: the settings' */
	const char *key_uri;   /* adopt this key; NULL: make one */
	bool copies_may_exist; /* the operator's word, without which no key
				* is adopted: nobody here saw it made */
	const char *settings;  /* of ca_settings_write(); NULL: the defaults */
	const struct tag *tags;
	size_t tag_count;
	const char *idempotency; /* the same within 5 minutes: the same CA, as
				  * long as that is there */
};
MUST_CHECK bool action_create(struct p11ca *p,
    const struct create_request *request, struct ca **out, struct fault *f);

/* DescribeCertificateAuthority; a CA past its restoration is not there. */
MUST_CHECK bool action_describe(struct p11ca *p, const char *which,
    struct ca **out, struct fault *f);
MUST_CHECK bool action_list(struct p11ca *p, struct ca ***out, size_t *count,
    struct fault *f);

/* GetCertificateAuthorityCsr, GetCertificateAuthorityCertificate: the CA when
 * its state has one. */
MUST_CHECK bool action_get_csr(struct p11ca *p, const char *which,
    struct ca **out, struct fault *f);
MUST_CHECK bool action_get_certificate(struct p11ca *p, const char *which,
    struct ca **out, struct fault *f);

/* check: every import rule, changing nothing. */
struct check_request {
	struct bytes certificate;
	struct bytes chain;
	const char *ca;		 /* which; or NULL and one of: */
	struct bytes csr;	 /* PEM */
	struct bytes public_key; /* PEM */
	enum ca_type type;	 /* of a check without a CA */
	int64_t now;
	bool require_nested_validity; /* of a check without a CA */
};

/*
 * p may be NULL when request->ca is.  True: *report is complete (ACCEPT or
 * REJECT).  False: it could not be asked at all (an unreadable CSR, no home).
 */
MUST_CHECK bool action_check(struct p11ca *p,
    const struct check_request *request, struct import_report *report,
    struct fault *f);

/* ImportCertificateAuthorityCertificate */
struct import_request {
	const char *ca;
	struct bytes certificate;
	struct bytes chain;
	bool store_certificate; /* also write it into the token */
};

/*
 * *report is filled whenever the rules were asked (report->count > 0), so that
 * a refusal can be shown whole.  On success *out is the CA as it is now, the
 * caller's.  The same certificate and chain again: success, nothing changes.
 */
MUST_CHECK bool action_import(struct p11ca *p,
    const struct import_request *request, struct import_report *report,
    struct ca **out, struct fault *f);

/* UpdateCertificateAuthority: ACTIVE or DISABLED. */
MUST_CHECK bool action_update(struct p11ca *p, const char *which, bool enable,
    struct ca **out, struct fault *f);

#define DELETE_DAYS_MIN 7
#define DELETE_DAYS_MAX 30

/* DeleteCertificateAuthority, RestoreCertificateAuthority.  From CREATING and
 * FAILED the CA is gone at once, its key with it: *out is NULL then. */
MUST_CHECK bool action_delete(struct p11ca *p, const char *which, int days,
    struct ca **out, struct fault *f);
MUST_CHECK bool action_restore(struct p11ca *p, const char *which,
    struct ca **out, struct fault *f);

/*
 * Destroy the keys and rows of all CAs whose restoration period has ended.
 * Adopted keys stay in the token.  *count: how many CAs.  One that fails does
 * not stop the others; the first fault is the answer.
 */
MUST_CHECK bool action_delete_due(struct p11ca *p, size_t *count,
    struct fault *f);

/*
 * For a token that is gone for good: the record of a CA goes, its token is not
 * asked, and its key, if there is one, stays where it is.  Only where a
 * deletion would destroy the key now, in CREATING and FAILED and after the
 * restoration period; else FAULT_INVALID_STATE.  *out is the CA as it was, the
 * caller's.  action_find_ended() finds such a CA and changes nothing.
 */
MUST_CHECK bool action_delete_record(struct p11ca *p, const char *which,
    struct ca **out, struct fault *f);
MUST_CHECK bool action_find_ended(struct p11ca *p, const char *which,
    struct ca **out, struct fault *f);

/* tree: hierarchies of the CAs here and of the CAs above them. */
struct tree_node {
	char *title;	     /* subject, harmless */
	size_t depth;	     /* 0: a top */
	const struct ca *ca; /* hosted here, or NULL: external */
	int64_t not_after;   /* 0: no certificate yet */
	bool last;	     /* the last of its siblings */
};
struct tree {
	struct tree_node *node; /* in the order of drawing */
	size_t count;
	struct ca **cas; /* what node.ca points to */
};
MUST_CHECK bool action_tree(struct p11ca *p, struct tree *out, struct fault *f);
void tree_free(struct tree *tree);

/* doctor */
enum doctor_mark { DOCTOR_OK, DOCTOR_WARN, DOCTOR_BAD };
struct doctor_line {
	enum doctor_mark mark;
	const char *about; /* "home", "store", "token", "ca", ... */
	char *found;	   /* harmless */
	char *todo;	   /* or NULL */
};
struct doctor {
	struct doctor_line *line;
	size_t count, cap;
	bool bad; /* any DOCTOR_BAD */
};

/* Looks at everything that can be looked at; never fails itself. */
void action_doctor(const char *home, p11ca_say *tell, struct doctor *out);
void doctor_free(struct doctor *doctor);

/*
 * audit verify: NULL for p means an exported log in `log` (lines, any order is
 * refused).  *rows is how many entries are sound; head the last hash.  The
 * first bad entry is the fault (FAULT_INVALID_REQUEST, its number in found).
 */
struct audit_summary {
	int64_t rows;
	char head[DIGEST_HEX_LEN];
};
MUST_CHECK bool action_audit_verify(struct p11ca *p, struct audit_summary *out,
    struct fault *f);
MUST_CHECK bool action_audit_verify_log(struct buf *log,
    struct audit_summary *out, struct fault *f);

#endif
