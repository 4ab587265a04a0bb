/*
 * alg.h - the algorithms of the API by name: what a CA key can be, and how it
 * can sign.  What a library needs to carry them out is in token/ and pki/.
 */
#ifndef P11CA_ALG_H
#define P11CA_ALG_H

#include <stdbool.h>

#include "p11ca/fault.h"

enum key_family { FAMILY_RSA, FAMILY_EC, FAMILY_ED25519, FAMILY_OTHER };

/* KeyAlgorithm of the API; KEY_ED25519 is ours, beyond the API. */
enum key_alg {
	KEY_RSA_2048,
	KEY_RSA_3072,
	KEY_RSA_4096,
	KEY_EC_PRIME256V1,
	KEY_EC_SECP384R1,
	KEY_EC_SECP521R1,
	KEY_ED25519,
	KEY_ALGS
};

/* SigningAlgorithm of the API; SIGN_ED25519 is ours, beyond the API. */
enum sign_alg {
	SIGN_SHA256WITHRSA,
	SIGN_SHA384WITHRSA,
	SIGN_SHA512WITHRSA,
	SIGN_SHA256WITHRSA_PSS,
	SIGN_SHA384WITHRSA_PSS,
	SIGN_SHA512WITHRSA_PSS,
	SIGN_SHA256WITHECDSA,
	SIGN_SHA384WITHECDSA,
	SIGN_SHA512WITHECDSA,
	SIGN_ED25519,
	SIGN_ALGS
};

struct key_alg_row {
	const char *name; /* the API's */
	enum key_family family;
	int bits;	   /* RSA: modulus; EC: field */
	const char *curve; /* OpenSSL's short name of it, or NULL */
};

struct sign_alg_row {
	const char *name; /* the API's */
	enum key_family family;
	const char *hash; /* "SHA256" ..., NULL: the message itself is signed */
	bool pss;	  /* RSASSA-PSS; salt as long as the hash */
};

extern const struct key_alg_row key_algs[KEY_ALGS];
extern const struct sign_alg_row sign_algs[SIGN_ALGS];

/*
 * Find an algorithm by the API's name.  ML_DSA_44 ... and SM2 are known and
 * refused with what is missing (FAULT_INVALID_ARGS); other names are refused
 * with the list of those that are there (FAULT_VALIDATION).
 */
MUST_CHECK bool key_alg_from_name(const char *name, enum key_alg *out,
    struct fault *f);
MUST_CHECK bool sign_alg_from_name(const char *name, enum sign_alg *out,
    struct fault *f);

#endif
