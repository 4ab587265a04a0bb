/*
 * csr.h - certification requests (RFC 2986).
 */
#ifndef P11CA_CSR_H
#define P11CA_CSR_H

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/fault.h"
#include "p11ca/name.h"
#include "p11ca/pubkey.h"

/* SubjectInformationAccess of CsrExtensions: one access description. */
struct csr_access {
	const char *method;    /* dotted OID */
	struct bytes location; /* DER GeneralName */
};

/* What a CA asks its parent for. */
struct csr_wish {
	struct bytes subject; /* DER Name */
	struct bytes spki;    /* DER SubjectPublicKeyInfo */
	enum sign_alg sign_alg;
	bool has_key_usage;
	unsigned key_usage; /* bits as in cert.h */
	const struct csr_access *access;
	size_t access_count;
};

/*
 * The bytes to be signed (CertificationRequestInfo): subject, key, and an
 * extensionRequest with critical basicConstraints CA:TRUE, then keyUsage
 * (critical) and subjectInfoAccess where wished.  The same wish, the same
 * bytes.  *out is the caller's.
 */
MUST_CHECK bool csr_tbs(const struct csr_wish *wish, struct buf *out,
    struct fault *f);

/*
 * Put the signature to the bytes: PEM with a final newline, 64 columns.  The
 * whole is read again and its signature verified first; FAULT_REQUEST_FAILED
 * when it does not verify.
 */
MUST_CHECK bool csr_finish(struct bytes tbs, enum sign_alg alg,
    struct bytes signature, struct buf *pem, struct fault *f);

/* A CSR as facts. */
struct csr {
	struct buf der;
	struct bytes info; /* the signed bytes */
	struct bytes spki;
	struct name *subject;
	struct pubkey key; /* of spki; the CSR's own */
};

/*
 * Read one CSR from PEM (CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST) and
 * verify its own signature.  False: FAULT_MALFORMED_CSR.
 */
MUST_CHECK bool csr_from_pem(struct bytes pem, struct csr **out,
    struct fault *f);
void csr_free(struct csr *csr);

/*
 * The subject of a CSR that p11ca has made and kept: to be shown, so its
 * signature, which was verified when it was made, is not verified again.  The
 * caller's, name_free(); NULL: what was kept is no CSR.
 */
struct name *csr_subject(struct bytes text);

struct ext_wishes; /* certmake.h */

/*
 * What the CSR asks for: the extensions of its extensionRequest attribute
 * (RFC 2985, 5.4.2), in their order; none: an empty list.  Other attributes
 * are passed over.  *out is filled, the caller's, ext_wishes_clear().  False,
 * with FAULT_MALFORMED_CSR: two such attributes, an extension twice, or what
 * does not decode, values of well-known extensions included.
 */
MUST_CHECK bool csr_extensions(const struct csr *csr, struct ext_wishes *out,
    struct fault *f);

/* Its public key, which outlives the CSR; pubkey_clear().  False:
 * FAULT_MALFORMED_CSR. */
MUST_CHECK bool csr_key(const struct csr *csr, struct pubkey *out,
    struct fault *f);

/* Encode a GeneralName of these forms: "URI", "DNS", "EMAIL", "IP", "RID",
 * "DIRNAME" (value: DER Name), "OTHER" (oid and UTF-8 value), "EDIPARTY"
 * (UTF-8 values).  FAULT_INVALID_ARGS for a value that its form cannot hold.
 * *out is the caller's: DER. */
struct general_name {
	const char *form;
	const char *oid; /* OTHER, EDIPARTY: none */
	struct bytes value;
	struct bytes assigner; /* EDIPARTY only: nameAssigner, may be empty */
};
MUST_CHECK bool general_name_der(const struct general_name *name,
    struct buf *out, struct fault *f);

#endif
