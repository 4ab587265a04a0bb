/*
 * key.h - what is known about a key pair in a token: plain facts.
 */
#ifndef P11CA_KEY_H
#define P11CA_KEY_H

#include <stdbool.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"

/* What a token says of a boolean attribute; some say nothing. */
enum claim { CLAIM_UNREPORTED, CLAIM_NO, CLAIM_YES };

/* Attributes of the private key object (PKCS#11 2.40, 4.9), as reported. */
struct key_claims {
	enum claim sensitive;
	enum claim extractable;
	enum claim always_sensitive;
	enum claim never_extractable;
	enum claim local;
	enum claim sign;
	enum claim decrypt;
	enum claim unwrap;
	enum claim derive;
	enum claim always_authenticate;
	/*
	 * Reading the private value was tried.  Neither: the token failed in a
	 * way that says nothing.  Only the first is kept in the store.
	 */
	bool secret_readable; /* it gave the value, or a part, out */
	bool secret_denied;   /* it refused every part */
};

/* The claims in the order in which they are told. */
enum key_attribute {
	ATTR_SENSITIVE,
	ATTR_EXTRACTABLE,
	ATTR_ALWAYS_SENSITIVE,
	ATTR_NEVER_EXTRACTABLE,
	ATTR_LOCAL, /* up to here: what protects the private value */
	ATTR_SIGN,
	ATTR_DECRYPT,
	ATTR_UNWRAP,
	ATTR_DERIVE,
	ATTR_ALWAYS_AUTHENTICATE,
	ATTRS
};

#define ATTRS_PROTECTING (ATTR_LOCAL + 1)

struct claim_name {
	const char *name; /* "alwaysSensitive" */
	const char *text; /* "always sensitive" */
	size_t at;	  /* in struct key_claims */
};
extern const struct claim_name claim_names[ATTRS];
enum claim claim_of(const struct key_claims *claims, enum key_attribute attr);

/* "sensitive yes, extractable no, ..." of the first so many, and whether the
 * private value can be read; appended. */
void claims_show(struct buf *out, const struct key_claims *claims,
    size_t count);

#define KEY_LABEL_MAX 256

struct key {
	char label[KEY_LABEL_MAX]; /* CKA_LABEL; untrusted, show escaped */
	struct buf id;		   /* CKA_ID */
	enum key_family family;
	int bits;	 /* RSA modulus or EC field, 0: unknown */
	struct buf spki; /* DER SubjectPublicKeyInfo; empty: no public half */
	struct key_claims claims;
};

void key_clear(struct key *key); /* frees what it owns, leaves it empty */
const char *claim_text(enum claim claim); /* "yes", "no", "not reported" */

#endif
