/*
 * rule_template.h - the certificate templates of the API, one row each, and
 * what comes of one with a request.
 *
 * Template beats ApiPassthrough beats CSR.  Facts in, extensions out.
 */
#ifndef P11CA_RULE_TEMPLATE_H
#define P11CA_RULE_TEMPLATE_H

#include "p11ca/certmake.h"

enum template_aki { TEMPLATE_AKI_NONE, TEMPLATE_AKI_ISSUER, TEMPLATE_AKI_API };

/* Whose CRL distribution point: the CA's configuration first, then these. */
enum template_crl {
	TEMPLATE_CRL_NONE,
	TEMPLATE_CRL_CONFIG,
	TEMPLATE_CRL_CONFIG_CSR,
	TEMPLATE_CRL_CONFIG_API,
	TEMPLATE_CRL_CONFIG_API_CSR
};

/* Whose subject and subjectAltName. */
enum template_subject { TEMPLATE_SUBJECT_CSR, TEMPLATE_SUBJECT_API_ELSE_CSR };

/* Whose other extensions. */
enum template_others {
	TEMPLATE_OTHERS_NONE,
	TEMPLATE_OTHERS_CSR,
	TEMPLATE_OTHERS_API,
	TEMPLATE_OTHERS_API_THEN_CSR
};

struct template
{
	const char *name; /* "EndEntityCertificate" */
	bool root;	  /* only for a root that signs itself */
	bool basic_critical;
	bool ca;
	int path_len;		      /* -1: none */
	unsigned key_usage;	      /* 0: none; critical */
	const char *ext_key_usage[2]; /* OIDs */
	bool ext_key_usage_critical;
	enum template_aki aki;
	enum template_crl crl;
	enum template_subject subject;
	enum template_others others;
};

#define TEMPLATES 61
extern const struct template templates[TEMPLATES];

#define TEMPLATE_DEFAULT "EndEntityCertificate"

/*
 * By name ("EndEntityCertificate", "EndEntityCertificate/V1") or ARN
 * ("arn:aws:acm-pca:::template/EndEntityCertificate/V1").  An ARN of bad form:
 * FAULT_INVALID_ARN; a name that is not there: FAULT_INVALID_ARGS says
 * so.
 */
MUST_CHECK bool template_find(const char *which, const struct template **out,
    struct fault *f);

/* What the request brings. */
struct template_sources {
	const struct ext_wishes *api; /* of ApiPassthrough, in order */
	const struct ext_wishes *csr; /* of the CSR, in order */
	struct bytes spki;	      /* of the CSR */
	struct bytes issuer_key_id;   /* SKI of the CA's certificate, or of its
				     * key where that has none */
	const char *crl_uri;  /* of the CA's configuration; NULL: none */
	const char *ocsp_uri; /* NULL: none */
	bool subject_empty;   /* the one that will be in the certificate */
};

/*
 * The extensions in their order: basicConstraints, authorityKeyIdentifier,
 * subjectKeyIdentifier, keyUsage, extKeyUsage, cRLDistributionPoints,
 * authorityInfoAccess, then the others as they came.  *out is filled, the
 * caller's (ext_wishes_clear).
 */
void template_extensions(const struct template *t,
    const struct template_sources *from, struct ext_wishes *out);

#endif
