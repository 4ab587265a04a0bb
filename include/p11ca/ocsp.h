/*
 * ocsp.h - online certificate status (RFC 6960): requests read, responses
 * written.
 */
#ifndef P11CA_OCSP_H
#define P11CA_OCSP_H

#include <stdint.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/fault.h"

#define OCSP_REQUEST_MAX 65536
#define OCSP_CERTS_MAX 100

/* One CertID: which issuer, by which hash, which serial. */
struct ocsp_cert_id {
	bool sha256;	    /* else SHA-1 */
	bool known_hash;    /* false: another hash, answered "unknown" */
	struct bytes whole; /* the CertID as it was asked */
	struct bytes name_hash, key_hash;
	struct bytes serial; /* content octets of the INTEGER */
};

struct ocsp_request {
	struct buf der; /* everything borrowed here and in id lies in it */
	struct ocsp_cert_id *id;
	size_t count;
	struct bytes nonce; /* the octets themselves; empty: none.  1 to 32
			     * (RFC 8954), else the request is refused */
};

/*
 * Read an OCSPRequest (RFC 6960, 4.1.1) in DER; PEM or base64 is not tried.
 * On success *out is the caller's, ocsp_request_free(); otherwise it is NULL.
 * requestorName and optionalSignature are passed over.  False, with
 * FAULT_INVALID_ARGS: not DER, another version than 1, no certificate or more
 * than OCSP_CERTS_MAX, a critical extension other than the nonce, an extension
 * twice.
 */
MUST_CHECK bool ocsp_request_read(struct bytes der, struct ocsp_request **out,
    struct fault *f);
void ocsp_request_free(struct ocsp_request *request); /* NULL is fine */

/* Is id about a certificate of the CA with this name and key? */
bool ocsp_is_about(const struct ocsp_cert_id *id, struct bytes issuer_name,
    struct bytes issuer_spki);

enum ocsp_state { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_answer {
	enum ocsp_state state;
	int64_t revoked_at;
	int reason; /* CRLReason; 0 is left out */
};

/* One answer for each id of the request.  Everything borrowed. */
struct ocsp_wish {
	const struct ocsp_request *request;
	const struct ocsp_answer *answer; /* request->count of them */
	struct bytes responder_spki;	  /* byKey: its SHA-1 */
	int64_t produced_at, this_update, next_update;
};

/* ResponseData, the bytes to sign; the request's nonce comes back.  *tbs is
 * filled, the caller's. */
void ocsp_tbs(const struct ocsp_wish *wish, struct buf *tbs);

/* The whole OCSPResponse, appended; certificate: DER of a delegated
 * responder's, or empty. */
void ocsp_response(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct bytes certificate, struct buf *der);

/* An unsigned error response: malformedRequest 1, internalError 2,
 * unauthorized 6 (RFC 6960, 2.3).  Appended. */
void ocsp_error(int status, struct buf *der);

/* The status of a response that was made here, by its name in RFC 6960, 4.2.1:
 * "successful", "malformedRequest". */
const char *ocsp_status(struct bytes response);

#endif
