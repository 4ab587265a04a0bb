/*
 * ca.h - a certificate authority as p11ca remembers it: plain facts.
 */
#ifndef P11CA_CA_H
#define P11CA_CA_H

#include <stdbool.h>
#include <stdint.h>

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/digest.h"
#include "p11ca/key.h"

enum ca_type { CA_ROOT, CA_SUBORDINATE, CA_TYPES };

/* CertificateAuthorityStatus of the API. */
enum ca_status {
	CA_CREATING,
	CA_PENDING_CERTIFICATE,
	CA_ACTIVE,
	CA_DISABLED,
	CA_EXPIRED, /* computed, never stored: ca_status_at() */
	CA_FAILED,
	CA_DELETED,
	CA_STATUSES
};

#define CA_NAME_MAX 128
#define CA_ARN_MAX 201

/* Texts are the ca's own (ca_free); NULL or empty where there is nothing. */
struct ca {
	char uuid[UUID_LEN];
	char arn[CA_ARN_MAX];
	char name[CA_NAME_MAX + 1]; /* given at creation, or "" */
	enum ca_type type;
	enum key_alg key_alg;
	enum sign_alg sign_alg;
	char *config;	/* CertificateAuthorityConfiguration, JSON */
	char *settings; /* the other members of the API, JSON */

	char *token_uri;	  /* RFC 7512; label and serial pin the token */
	struct buf key_id;	  /* CKA_ID of both halves */
	struct buf key_spki;	  /* of the CSR: the CA's public key for ever */
	struct key_claims claims; /* as read when the key was made or adopted */
	bool adopted;		  /* the key was in the token before */
	char *csr;		  /* PEM, the same bytes for ever */

	enum ca_status status; /* as stored; never CA_EXPIRED */
	enum ca_status before_delete;
	int64_t created_at;
	int64_t changed_at;	  /* last change of status */
	int64_t restorable_until; /* CA_DELETED only */
	int64_t revision;	  /* counts every change of the row */

	struct buf certificate; /* as sent; empty: none installed */
	struct buf chain;	/* as sent; empty: none */
	char *serial;		/* decimal, of the certificate; or NULL */
	int64_t not_before;
	int64_t not_after;
};

void ca_free(struct ca *ca); /* NULL is fine */

/* DELETED wins, then EXPIRED (not_after has passed), then what is stored. */
enum ca_status ca_status_at(const struct ca *ca, int64_t now);

const char *ca_status_name(enum ca_status status);
const char *ca_type_name(enum ca_type type);
MUST_CHECK bool ca_status_from_name(const char *name, enum ca_status *out);
MUST_CHECK bool ca_type_from_name(const char *name, enum ca_type *out);

#endif
