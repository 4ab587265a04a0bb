/*
 * issued.h - certificates that a CA here issued, and what became of them:
 * plain facts.
 */
#ifndef P11CA_ISSUED_H
#define P11CA_ISSUED_H

#include <stdbool.h>
#include <stdint.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/digest.h"

#define SERIAL_LEN 16	  /* octets drawn at random */
#define SERIAL_HEX_LEN 33 /* 32 lower-case digits and a NUL */
#define TEMPLATE_MAX 96	  /* "BlankEndEntityCertificate_...", with its NUL */

/* An intent is on record before the token signs; then it is settled. */
enum issued_state { ISSUED_INTENT, ISSUED_DONE, ISSUED_FAILED, ISSUED_STATES };

/* RevocationReason of the API; REASON_NONE: not revoked. */
enum revocation_reason {
	REASON_NONE,
	REASON_UNSPECIFIED,
	REASON_KEY_COMPROMISE,
	REASON_CERTIFICATE_AUTHORITY_COMPROMISE,
	REASON_AFFILIATION_CHANGED,
	REASON_SUPERSEDED,
	REASON_CESSATION_OF_OPERATION,
	REASON_PRIVILEGE_WITHDRAWN,
	REASON_A_A_COMPROMISE,
	REASONS
};

/* The API's name ("KEY_COMPROMISE") and CRLReason (RFC 5280, 5.3.1); "" and 0
 * for REASON_NONE, which has no name to be found by. */
const char *reason_name(enum revocation_reason reason);
int reason_code(enum revocation_reason reason); /* 0 to 10 */
MUST_CHECK bool reason_from_name(const char *name, enum revocation_reason *out);

/* Texts and bufs are its own, issued_clear(). */
struct issued {
	char ca[UUID_LEN];
	char serial[SERIAL_HEX_LEN];
	enum issued_state state;
	enum sign_alg sign_alg;
	char template_name[TEMPLATE_MAX]; /* without "/V1" */
	char *caller;
	char *owner; /* of an intent: which process, process_self() */
	char request[DIGEST_HEX_LEN]; /* SHA-256 of the whole request */
	char *idempotency;	      /* token of the request, or NULL */
	struct buf tbs;		      /* exactly what was or will be signed */
	struct buf certificate;	      /* DER; empty until ISSUED_DONE */
	char *failure;		      /* ISSUED_FAILED: why */
	int64_t issued_at;
	int64_t not_before;
	int64_t not_after;
	int64_t partition;  /* of a partitioned CRL; 0: none */
	int64_t revoked_at; /* 0: not revoked */
	enum revocation_reason reason;
};

void issued_clear(struct issued *issued);

#endif
