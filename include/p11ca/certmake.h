/*
 * certmake.h - certificates to be: the bytes to sign (RFC 5280, 4.1), and the
 * extensions in them.
 */
#ifndef P11CA_CERTMAKE_H
#define P11CA_CERTMAKE_H

#include <stdint.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/fault.h"

/* One extension: everything owned, ext_wish_clear(). */
struct ext_wish {
	char *oid; /* dotted */
	bool critical;
	struct buf value; /* content of extnValue */
};

/* A list of them; ext_wishes_clear(). */
struct ext_wishes {
	struct ext_wish *list;
	size_t count, cap;
};

void ext_wish_clear(struct ext_wish *wish);
void ext_wishes_clear(struct ext_wishes *wishes);

/* Append one; value is copied. */
void ext_wishes_add(struct ext_wishes *wishes, const char *oid, bool critical,
    struct bytes value);

/* The one with this OID, or NULL. */
const struct ext_wish *ext_wishes_find(const struct ext_wishes *wishes,
    const char *oid);

/*
 * Extension values in DER, appended to out (empty before).  path_len: below 0,
 * or without ca, there is none.  bits: 1 << n, n as in RFC 5280, 4.2.1.3.  A
 * list without an element and an OID that is none: FAULT_INVALID_ARGS, and
 * nothing is appended.
 */
void ext_basic_constraints(struct buf *out, bool ca, int path_len);
void ext_key_usage(struct buf *out, unsigned bits);
MUST_CHECK bool ext_ext_key_usage(struct buf *out, const char *const *oids,
    size_t count, struct fault *f);

/* RFC 5280, 4.2.1.2 (1); spki must have been read before (pubkey.h). */
void ext_subject_key_id(struct buf *out, struct bytes spki);
void ext_authority_key_id(struct buf *out, struct bytes key_id);
void ext_crl_point(struct buf *out, const char *uri);
void ext_ocsp_access(struct buf *out,
    const char *uri); /* authorityInfoAccess */
void ext_alt_names(struct buf *out, const struct buf *general_names,
    size_t count);

struct policy_wish {
	const char *oid;
	const char *const *cps; /* URIs of CPS qualifiers */
	size_t cps_count;
};

/* Refused too: a policy that is there twice, a URI that is not ASCII. */
MUST_CHECK bool ext_policies(struct buf *out, const struct policy_wish *list,
    size_t count, struct fault *f);

/* SHA-1 over the subjectPublicKey bits of a SubjectPublicKeyInfo, which must
 * have been read before. */
void key_id_of(struct bytes spki, unsigned char out[20]);

/* A certificate to be.  Everything borrowed. */
struct cert_wish {
	struct bytes serial; /* octets, big-endian, not all zero; a leading
			      * 00 is added where the top bit is set */
	enum sign_alg sign_alg;
	struct bytes issuer;  /* DER Name */
	struct bytes subject; /* DER Name, may be the empty SEQUENCE */
	struct bytes spki;
	int64_t not_before, not_after;
	const struct ext_wishes *exts; /* in this order */
};

/*
 * TBSCertificate, version 3; *tbs is filled, the caller's.  Refused, with
 * FAULT_INVALID_ARGS, what nobody could read: a serial of zero or over 20
 * octets, an issuer without a name, dates beyond 9999 or in the wrong order, an
 * extension that is there twice or whose OID is none.
 */
MUST_CHECK bool cert_tbs(const struct cert_wish *wish, struct buf *tbs,
    struct fault *f);

/* SEQUENCE { tbs, AlgorithmIdentifier of alg, BIT STRING }: a Certificate or a
 * CertificateList, appended to der. */
void signed_der(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct buf *der);

/* UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5) and before
 * 1950, appended.  The year must have four digits. */
void der_put_time(struct buf *out, int64_t at);

#endif
