/*
 * issuer.h - a CA at work: what every certificate it issues needs, gathered
 * once, and the steps of one certificate.
 */
#ifndef P11CA_ACTION_ISSUER_H
#define P11CA_ACTION_ISSUER_H

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/process.h"

/* What is the same for all certificates of one request. */
struct issuer {
	struct p11ca *p;
	struct ca *ca;
	struct ca_settings *settings;
	const struct issue_request *request;
	const struct template *template;
	enum sign_alg sign_alg;
	struct token *token;
	struct key key;
	struct buf subject; /* DER Name: what it signs as */
	struct buf key_id;  /* authorityKeyIdentifier of what it signs */
	struct cert **path; /* its certificate and chain; none: a new root */
	size_t path_count;
	char owner[PROCESS_TEXT_MAX];
	char *caller;
	bool at_work;		/* counted among those of this process */
	struct settled settled; /* by issuer_begin() */
};

/*
 * Find the CA, its settings and the template; *out is empty on a fault, the
 * caller's, issuer_close().
 */
MUST_CHECK bool issuer_open(struct p11ca *p,
    const struct issue_request *request, struct issuer *out, struct fault *f);

/* Log in, find the key, and settle what a crash left; once, before signing. */
MUST_CHECK bool issuer_begin(struct issuer *issuer, struct fault *f);

/*
 * Inside a transaction: is the CA still what issuer_open() found?  Disabled,
 * deleted or renewed meanwhile: FAULT_CONCURRENT_MODIFICATION.
 */
MUST_CHECK bool issuer_is_current(const struct issuer *issuer, struct fault *f);

/*
 * No transaction: the token signs exactly issued->tbs.  ISSUED_DONE with the
 * certificate, or ISSUED_FAILED with what went wrong.
 */
MUST_CHECK bool issuer_sign(const struct issuer *issuer, struct issued *issued,
    struct fault *f);

/* The same with what the token did: a good signature, or a fault. */
void issued_finish(struct issued *issued, struct bytes signature,
    const struct fault *failed);
void issuer_close(struct issuer *issuer);

/* How many issuers this process has open. */
int issuers_at_work(void);

/*
 * settle.c: sign the very bytes of the intents that nobody is at work on, and
 * put the results on record.  A CA that must not sign leaves them.
 */
MUST_CHECK bool settle_orphans(struct issuer *issuer, struct fault *f);

/* One certificate on its way; job_clear(). */
struct job {
	struct buf pem; /* the CSR as it came */
	char *title;	/* what the asker calls it, or NULL */
	struct csr *csr;
	struct pubkey key;
	struct ext_wishes asked; /* extensions of the CSR */
	struct buf subject;	 /* DER Name of the certificate to be */
	struct issue facts;
	struct issued issued;
	bool again;   /* it is on record already: the same token was given */
	bool refused; /* fault says why */
	struct fault fault;
};

/* Read the CSR, ask the rules that need no TBS.  False: job->fault. */
bool job_read(const struct issuer *issuer, struct job *job);

/*
 * Inside a transaction: the same request again, or the intent with its TBS on
 * record.  False with job->refused false: the store failed, in *f.
 */
MUST_CHECK bool job_intend(struct issuer *issuer, struct job *job,
    struct fault *f);

/* Inside a transaction: the result on record, with its audit entry. */
MUST_CHECK bool job_settle(struct issuer *issuer, struct job *job,
    struct fault *f);
void job_clear(struct job *job);

#endif
