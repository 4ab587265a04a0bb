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
	bool secret_readable; /* tried: the token gave the private value out */
};

/* The claims in the order in which they are told. */
struct claim_name {
	const char *name; /* "alwaysSensitive" */
	const char *text; /* "always sensitive" */
	size_t at;	  /* in struct key_claims */
};

#define CLAIM_NAMES 10
extern const struct claim_name claim_names[CLAIM_NAMES];
enum claim claim_of(const struct key_claims *claims, size_t i);

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
