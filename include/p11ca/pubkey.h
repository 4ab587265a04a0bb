/*
 * pubkey.h - public keys: SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) as facts.
 */
#ifndef P11CA_PUBKEY_H
#define P11CA_PUBKEY_H

#include <stdint.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/fault.h"

enum pubkey_kind {
	PUBKEY_RSA,
	PUBKEY_EC,
	PUBKEY_ED25519,
	PUBKEY_ED448,
	PUBKEY_OTHER /* DSA, X25519, ...: named, not decoded */
};

struct pubkey {
	enum pubkey_kind kind;
	int bits;	   /* RSA modulus, EC field; 0 when unknown */
	char text[64];	   /* "RSA-2048", "P-256", "DSA" ... */
	bool curve_known;  /* EC: a named curve that OpenSSL has */
	bool exponent_bad; /* RSA: even, 1, or over 64 bits */
	void *evp;	   /* EVP_PKEY, or NULL (PUBKEY_OTHER, unknown curve,
			    * RSA over 16384 bits, exponent over 64 bits):
			    * then nothing can be verified with it */
};

/*
 * Read a DER SubjectPublicKeyInfo into *out, to be given back with
 * pubkey_clear().  False, with what is wrong noted in f->found (no kind), when
 * it is not DER, has explicit EC parameters, a point that is not on the curve,
 * or a key that its own algorithm cannot decode.
 */
MUST_CHECK bool pubkey_from_spki(struct bytes spki, struct pubkey *out,
    struct fault *f);
void pubkey_clear(struct pubkey *key);

/* The same key once more; both are given back with pubkey_clear(). */
void pubkey_share(const struct pubkey *key, struct pubkey *out);

/*
 * Read the first PUBLIC KEY, CERTIFICATE REQUEST or CERTIFICATE block of PEM
 * and return its SubjectPublicKeyInfo in *spki (the caller's).  Anything else:
 * FAULT_USAGE.
 */
MUST_CHECK bool pubkey_from_pem(struct bytes pem, struct buf *spki,
    struct fault *f);

/* First 16 hex digits of the SHA-256 of a SubjectPublicKeyInfo; returns out. */
const char *pubkey_print(struct bytes spki, char out[17]);

/*
 * Does key verify a signature over data?  alg is the DER AlgorithmIdentifier,
 * signature the content of the BIT STRING without its first octet.  All that
 * OpenSSL knows, RSASSA-PSS with its parameters included.  Leaves OpenSSL's
 * error queue empty.
 */
bool pubkey_verify(const struct pubkey *key, struct bytes alg,
    struct bytes data, struct bytes signature);

/* DER AlgorithmIdentifier that says how a CA signs, appended to out. */
void sign_alg_der(enum sign_alg alg, struct buf *out);

#endif
