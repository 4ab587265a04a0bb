/*
 * cert.h - a certificate (RFC 5280, 4.1) as plain facts.
 */
#ifndef P11CA_CERT_H
#define P11CA_CERT_H

#include <stdint.h>

#include "p11ca/bytes.h"
#include "p11ca/fault.h"
#include "p11ca/name.h"
#include "p11ca/pubkey.h"

/* What the rules say about a critical extension. */
enum ext_when_critical { EXT_ALLOWED, EXT_REFUSED, EXT_UNLISTED };

/* One row of the table of extensions: ext_kinds[]. */
struct ext_kind {
	const char *oid;  /* dotted */
	const char *name; /* "basicConstraints" */
	enum ext_when_critical when_critical;
};

extern const struct ext_kind ext_kinds[];
extern const size_t ext_kinds_count;

#define EXT_NAME_MAX 80

struct ext {
	const struct ext_kind *kind; /* its row, or NULL: not in the table */
	char name[EXT_NAME_MAX];     /* the row's name, or the dotted OID */
	bool critical;
	struct bytes value; /* content of extnValue */
	bool undecodable;   /* its kind is known, but its value does not decode
			   * or has bytes after it */
	bool loose; /* it decodes, but no CA may write it so: not DER, or
			   * empty where one element is the least */
};

enum weak_digest { DIGEST_STRONG, DIGEST_MD5, DIGEST_SHA1 };

/* Key usage bits (RFC 5280, 4.2.1.3): bit n is 1 << n. */
#define KEY_USAGE_CERT_SIGN (1u << 5)
#define KEY_USAGE_CRL_SIGN (1u << 6)

struct cert {
	struct buf der; /* everything borrowed below lies in it */
	struct bytes tbs;
	struct bytes sig_alg;	/* DER AlgorithmIdentifier */
	struct bytes signature; /* octets of the BIT STRING; empty when they
				 * are not whole: it verifies never */
	struct bytes serial;	/* content octets of the INTEGER */
	struct bytes spki;	/* DER SubjectPublicKeyInfo */
	bool serial_zero;
	struct name *subject;
	bool subject_empty;
	struct name *issuer;
	bool self_issued; /* issuer equals subject */
	int64_t not_before;
	int64_t not_after;
	struct pubkey key;
	enum weak_digest digest; /* of its signature */
	char sig_text[48];	 /* "ecdsa-with-SHA256" */

	struct ext *ext; /* in the order of the certificate */
	size_t ext_count;

	bool has_basic; /* basicConstraints is there and decodes */
	bool basic_critical;
	bool is_ca;
	bool has_path_len;
	bool path_len_negative;
	int64_t path_len; /* capped at INT32_MAX; only when not negative */
	bool has_key_usage;
	unsigned key_usage;
	struct bytes subject_key_id;   /* empty: none */
	struct bytes authority_key_id; /* keyIdentifier; empty: none */
	struct bytes name_constraints; /* extension value; empty: none */
};

/*
 * Read a certificate from DER.  On success *out is the caller's, to be given
 * back with cert_free(); otherwise it is NULL and f->found says what is wrong
 * (no kind): all that row P06 of the import rules names but a serial number of
 * zero and an empty subject, which are left as facts.  Linear in der.len, no
 * recursion.
 */
MUST_CHECK bool cert_from_der(struct bytes der, struct cert **out,
    struct fault *f);
void cert_free(struct cert *cert);

/* Does issuer's key verify cert's signature?  Names are not looked at. */
bool cert_signed_by(const struct cert *cert, const struct cert *issuer);

/* Equal DER. */
bool cert_same(const struct cert *a, const struct cert *b);

/* "CN=x,O=y" of the subject, harmless, cut to fit; returns out. */
const char *cert_title(const struct cert *cert, char *out, size_t size);

/*
 * Are subject and subjectAltName without control characters, host names, URIs
 * and mail addresses in ASCII, IP addresses of 4 or 16 octets?  False: out says
 * which one is not, harmless to show.
 */
MUST_CHECK bool cert_names_are_text(const struct cert *cert, char *out,
    size_t size);

/* The serial as a decimal string; the caller's, mem_free(). */
char *cert_serial_text(const struct cert *cert);

#endif
