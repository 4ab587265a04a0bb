/*
 * action_issue.h - issuing, revoking, publishing and accounting: the
 * operations of a CA that has its certificate.
 *
 * As action.h: facts, rules, act; a refusal changes nothing but the audit log.
 */
#ifndef P11CA_ACTION_ISSUE_H
#define P11CA_ACTION_ISSUE_H

#include "p11ca/action.h"
#include "p11ca/attach.h"
#include "p11ca/issued.h"
#include "p11ca/register.h"
#include "p11ca/rule_issue.h"
#include "p11ca/wire_issue.h"

#define IDEMPOTENCY_SECONDS 300
#define BACKDATE_SECONDS 3600 /* NotBefore, when it is not asked for */

/* IssueCertificate */
struct issue_request {
	const char *ca;
	struct bytes csr;	   /* PEM, 32768 bytes at most */
	const char *template_name; /* name or ARN; NULL: TEMPLATE_DEFAULT */
	const char *sign_alg;	   /* NULL: the CA's own */
	enum validity_type validity;
	int64_t validity_value;
	bool has_not_before;
	int64_t not_before;
	const struct api_passthrough *api; /* NULL: none */
	const char *idempotency;	   /* NULL: none */
};

/*
 * The certificate is signed, verified and on record when this returns true;
 * *out is the caller's, issued_clear().  The same idempotency token within 5
 * minutes gives the same certificate.
 */
MUST_CHECK bool action_issue(struct p11ca *p,
    const struct issue_request *request, struct issued *out, struct fault *f);

/*
 * Many at once with one template and validity: request->csr and idempotency
 * are ignored.  next() gives the next CSR (false: no more); done() is told of
 * each, in order, only when it is durable: issued, or the fault that refused
 * it.  Stops only on faults of token and store, and when the CA changes
 * meanwhile (false); what was read by then is told of, as far as it is durable.
 */
struct issue_batch {
	bool (*next)(void *context, struct buf *csr, char **title);
	void (*done)(void *context, const char *title,
	    const struct issued *issued, const struct fault *f);
	void *context;
};
MUST_CHECK bool action_issue_batch(struct p11ca *p,
    const struct issue_request *request, const struct issue_batch *batch,
    struct fault *f);

/*
 * Settle what a crash left of a CA, as every issue does before it signs: the
 * very bytes that are on record are signed, and the result is put beside them.
 * *out is right also when a fault stops it.  Nothing to settle: the token is
 * not asked.  The CA must not sign: FAULT_INVALID_STATE.
 */
struct settled {
	size_t issued; /* on record, signed and verified */
	size_t failed; /* the token refused them: never issued */
};
MUST_CHECK bool action_settle(struct p11ca *p, const char *ca,
    struct settled *out, struct fault *f);

/* GetCertificate, by serial or certificate ARN.  *chain: the CA's certificate
 * and its chain as PEM, immediate issuer first; NULL for a root's own. */
MUST_CHECK bool action_get_issued(struct p11ca *p, const char *ca,
    const char *serial, struct issued *out, char **chain, struct fault *f);

/* The PEM of a DER certificate, without a final newline (API, 1.3). */
char *issued_pem(const struct issued *issued);

/*
 * A hosted CA in one step: its CSR, issued by itself (ROOT) or by parent
 * (SUBORDINATE), then the import, nothing more.  template NULL:
 * RootCACertificate, or SubordinateCACertificate_PathLenN with the largest N
 * that fits below the parent (at most 3).  validity_value 0: ten years for a
 * root; five for a subordinate, or as long as its parent lasts.
 */
struct activate_request {
	const char *ca;
	const char *parent; /* NULL for a ROOT */
	const char *template_name;
	enum validity_type validity;
	int64_t validity_value;
};
MUST_CHECK bool action_activate(struct p11ca *p,
    const struct activate_request *request, struct import_report *report,
    struct ca **out, struct fault *f);

/* RevokeCertificate */
MUST_CHECK bool action_revoke(struct p11ca *p, const char *ca,
    const char *serial, enum revocation_reason reason, struct fault *f);

/*
 * The CRL of a CA: made, published into its bucket when it is configured, and
 * given out.  partition 0: the complete one.  *der is the caller's.
 */
struct crl_summary {
	int64_t number;
	size_t entries;
	int64_t next_update;
	char *path; /* where it was published, or NULL; the caller's */
};
MUST_CHECK bool action_crl(struct p11ca *p, const char *ca, int64_t partition,
    struct buf *der, struct crl_summary *summary, struct fault *f);

/* Make every CRL anew that is due: half its time is over, or something was
 * revoked since.  *made counts; a CA that fails does not stop the others, the
 * first fault is the answer. */
MUST_CHECK bool action_crl_due(struct p11ca *p, size_t *made, struct fault *f);

/*
 * An OCSP response for a request (DER): signed by the CA's key, or by a
 * delegated one (responder: a CA's name here is not needed; its certificate in
 * PEM and the URI of its key in the token).  A request that does not decode
 * gives an unsigned malformedRequest response and true.
 */
struct ocsp_request_in {
	struct bytes der;
	struct bytes
	    responder; /* PEM of an OCSPSigning certificate, or empty */
	const char *responder_key; /* PKCS#11 URI, with responder */
};
MUST_CHECK bool action_ocsp(struct p11ca *p, const char *ca,
    const struct ocsp_request_in *request, struct buf *response,
    struct fault *f);

/* CreateCertificateAuthorityAuditReport and its Describe. */
MUST_CHECK bool action_audit_report(struct p11ca *p, const char *ca,
    const char *bucket, bool csv, struct audit_report *out, struct fault *f);
MUST_CHECK bool action_describe_report(struct p11ca *p, const char *ca,
    const char *id, struct audit_report *out, struct fault *f);

/* UpdateCertificateAuthority with a RevocationConfiguration (JSON). */
MUST_CHECK bool action_set_revocation(struct p11ca *p, const char *ca,
    struct bytes json, struct ca **out, struct fault *f);

/* Tags, policy, permissions of the API. */
#define TAGS_MAX 50
MUST_CHECK bool action_tag(struct p11ca *p, const char *ca,
    const struct tag *list, size_t count, struct fault *f);
MUST_CHECK bool action_untag(struct p11ca *p, const char *ca,
    const struct tag *list, size_t count,
    struct fault *f); /* value NULL: any */
MUST_CHECK bool action_list_tags(struct p11ca *p, const char *ca,
    struct tag **list, size_t *count, struct fault *f);
MUST_CHECK bool action_put_policy(struct p11ca *p, const char *ca,
    struct bytes json, struct fault *f);
MUST_CHECK bool action_get_policy(struct p11ca *p, const char *ca,
    char **policy, struct fault *f);
MUST_CHECK bool action_delete_policy(struct p11ca *p, const char *ca,
    struct fault *f);
MUST_CHECK bool action_create_permission(struct p11ca *p, const char *ca,
    const char *principal, const char *const *actions,
    const char *source_account, struct fault *f);
MUST_CHECK bool action_delete_permission(struct p11ca *p, const char *ca,
    const char *principal, const char *source_account, struct fault *f);
MUST_CHECK bool action_list_permissions(struct p11ca *p, const char *ca,
    struct permission **list, size_t *count, struct fault *f);

/* Buckets are folders HOME/buckets/NAME. */
MUST_CHECK bool action_bucket_add(struct p11ca *p, const char *name,
    struct fault *f);
MUST_CHECK bool action_bucket_list(struct p11ca *p, char ***names,
    size_t *count, struct fault *f); /* each and the array: mem_free() */

#endif
