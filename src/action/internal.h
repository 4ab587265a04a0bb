/*
 * internal.h - what the actions share.
 */
#ifndef P11CA_ACTION_INTERNAL_H
#define P11CA_ACTION_INTERNAL_H

#include "p11ca/action.h"
#include "p11ca/csr.h"

struct p11ca {
	char *home;
	char *refusals; /* HOME/pin-refused: of stored PINs, by the token */
	struct conf *conf;
	struct store *store;
	p11ca_say *say;	   /* or NULL */
	p11ca_say *warn;   /* of a token, to its operator; or NULL */
	char *caller;	   /* record_caller(), once an entry has asked for it */
	struct kept *kept; /* tokens that stay open (keep.c) */
	unsigned keepers;  /* operations under way that want that */
};

/* HOME/NAME; the caller's, mem_free(). */
char *home_file(const char *home, const char *name);

void say(const struct p11ca *p, const char *fmt, ...) PRINTF(2, 3);

/* The label of the keys that p11ca makes: this, then the CA's UUID. */
#define KEY_LABEL_PREFIX "p11ca-"

/* What the audit log says of a key that p11ca did not make. */
#define KEY_ADOPTED "adopted: copies may exist"

/* A CA whose restoration period is over is not there any more. */
bool ca_is_gone(const struct ca *ca, int64_t now);

/* store_find_ca() without those that are gone. */
MUST_CHECK bool find_ca(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f);

/*
 * Certificates on record that a crash kept from being signed, settled by the
 * next issue of their CA (settle.c): how many, and may the CA sign them?
 */
MUST_CHECK bool orphans_count(struct p11ca *p, const struct ca *ca,
    size_t *count, struct fault *f);
bool ca_may_settle(const struct ca *ca);

/* The token of this CA, logged in; close_token_of(), NULL is fine. */
MUST_CHECK bool open_token_of(struct p11ca *p, const struct ca *ca,
    struct token **out, struct fault *f);
void close_token_of(struct p11ca *p, struct token *token);

/*
 * Between these two a token that was opened stays open for whoever opens it
 * next: for an operation of several steps, whose PIN is asked for once.  They
 * may be nested.
 */
void tokens_keep(struct p11ca *p);
void tokens_let_go(struct p11ca *p);

/*
 * Everything that is asked leaves one audit entry.  What was done: inside the
 * open transaction, which is committed with it.  What was refused: in a
 * transaction of its own; *f stays the answer, and false is returned.
 */
struct deed {
	const char *operation; /* name in the API */
	const char *which;     /* ARN, or the CA as it was named; or NULL */
	struct wire_pair more[5];
	size_t more_count;
};
MUST_CHECK bool record_done(struct p11ca *p, const struct deed *deed,
    struct fault *f);

/* Who asks: the user of this process, "uid 0 (root)"; mem_free(). */
char *record_caller(void);

/* The entry alone, in the open transaction; f is NULL for what was done. */
MUST_CHECK bool record_entry(struct p11ca *p, const struct deed *deed,
    const struct fault *f, struct fault *failure);
bool record_refused(struct p11ca *p, const struct deed *deed,
    const struct fault *f);

/* All facts about one import, and what owns them. */
struct facts {
	struct import in;
	struct pem certificate_pem, chain_pem;
	struct cert **certs; /* in->count of them, NULL: unreadable */
	char **flaws;
	struct ca *ca; /* or NULL */
	struct csr *csr;
	struct buf spki;
	struct buf token_spki;
	char *which;
	struct fault token_fault;
};

/* Parse both texts as far as their sizes allow. */
void facts_read(struct facts *facts, struct bytes certificate,
    struct bytes chain);

/* Find the CA and what is stored of it.  False: the store cannot be asked, or
 * the name is ambiguous. */
MUST_CHECK bool facts_find(struct facts *facts, struct p11ca *p,
    const char *which, int64_t now, struct fault *f);

/* Ask the token, live: the key is there, safe, and signs the CSR afresh. */
void facts_ask_token(struct facts *facts, struct p11ca *p);
void facts_free(struct facts *facts);

/*
 * Publishing and accounting (action_issue.h).
 */
struct ca_settings;
struct crl_state;

/*
 * Buckets (bucket.c).  HOME/buckets/BUCKET/KEY; the caller's, mem_free().
 */
char *bucket_file(const struct p11ca *p, const char *bucket, const char *key);

/* Refuse a bucket that is none, or that nobody added: FAULT_INVALID_ARGS. */
MUST_CHECK bool bucket_is_there(const struct p11ca *p, const char *bucket,
    struct fault *f);

/* Make the folders of a key.  One that would lead out of the bucket:
 * FAULT_INVALID_ARGS. */
MUST_CHECK bool bucket_make_room(const struct p11ca *p, const char *bucket,
    const char *key, struct fault *f);

/*
 * Can this home do what the settings of revocation say: does the bucket take
 * the CRL?  In the API's words: FAULT_VALIDATION, FAULT_INVALID_ARGS.
 */
MUST_CHECK bool revocation_is_possible(const struct p11ca *p,
    const struct ca_settings *settings, struct fault *f);

/* Are there fewer than max revoked ones of this CA that have not expired?
 * FAULT_LIMIT_EXCEEDED. */
MUST_CHECK bool revocations_have_room(struct p11ca *p, const struct ca *ca,
    int64_t max, struct fault *f);

/*
 * Where a CRL and the OCSP responder are found, as it stands in certificates;
 * NULL: it does not stand there.  The caller's, mem_free().
 */
char *crl_uri(const struct p11ca *p, const struct ca_settings *settings,
    const struct crl_state *state);
char *ocsp_uri(const struct p11ca *p, const struct ca_settings *settings);

/* The same whether it stands in certificates or not: what a CRL of a part
 * says it is.  And the key of the CRL in its bucket. */
char *crl_point(const struct p11ca *p, const struct ca_settings *settings,
    const struct crl_state *state);
char *crl_key(const struct ca_settings *settings,
    const struct crl_state *state);

/*
 * Send the CRL that lies in the bucket to where the settings say, until what
 * was sent is what lies there; nothing set: fine.
 */
MUST_CHECK bool crl_send(const struct p11ca *p,
    const struct ca_settings *settings, const char *key, struct fault *f);

/*
 * A CA that speaks about certificates: with its settings and its certificate,
 * and its key from the first signature on.  authority_close().
 */
struct authority {
	struct p11ca *p;
	const struct ca *ca; /* borrowed */
	struct ca_settings *settings;
	struct cert *cert;
	struct buf key_id; /* as in the certificates that it signs */
	struct token *token;
	struct key key;
};

/* Refused: a CA whose state has no CRL and no OCSP (EVENT_CRL). */
MUST_CHECK bool authority_open(struct p11ca *p, const struct ca *ca,
    struct authority *out, struct fault *f);
MUST_CHECK bool authority_sign(struct authority *by, struct bytes tbs,
    struct buf *signature, struct fault *f);
void authority_close(struct authority *by);

#endif
