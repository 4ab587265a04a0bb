/*
 * crl.h - certificate revocation lists (RFC 5280, 5), written as they come.
 */
#ifndef P11CA_CRL_H
#define P11CA_CRL_H

#include <stdint.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/fault.h"

struct crl; /* a list under way */

/* Everything borrowed until crl_tbs(). */
struct crl_wish {
	enum sign_alg sign_alg;
	struct bytes issuer; /* DER Name */
	struct bytes key_id; /* authorityKeyIdentifier */
	int64_t this_update, next_update;
	int64_t number; /* cRLNumber, not negative */
	const char
	    *idp; /* URI of a critical issuingDistributionPoint, or NULL */
};

/*
 * Entries are appended in any order; memory is what the entries take in DER.
 * The dates must have a year of four digits, the serial is octets, big-endian,
 * whose leading zeros do not count.  The list is the caller's, crl_free().
 */
struct crl *crl_begin(const struct crl_wish *wish);
void crl_add(struct crl *crl, struct bytes serial, int64_t revoked_at,
    int reason); /* CRLReason, 0 to 10; 0 is left out */
size_t crl_count(const struct crl *crl);

/* The bytes to sign; the list is used up by it, and has no entries then
 * (crl_free is still due).  *tbs is filled, the caller's. */
void crl_tbs(struct crl *crl, struct buf *tbs);
void crl_free(struct crl *crl); /* NULL is fine */

#endif
