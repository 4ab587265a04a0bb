/* cert_alg.c - what the algorithm of a signature is, and whether it is weak. */
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "internal.h"
#include "p11ca/der.h"

static const struct {
	int nid;
	enum weak_digest digest;
} weak[] = {
	{ NID_md2, DIGEST_MD5 },
	{ NID_md4, DIGEST_MD5 },
	{ NID_md5, DIGEST_MD5 },
	{ NID_md5_sha1, DIGEST_MD5 },
	{ NID_sha, DIGEST_SHA1 },
	{ NID_sha1, DIGEST_SHA1 },
};

static enum weak_digest
digest_strength(int nid)
{
	for (size_t i = 0; i < COUNT(weak); i++)
		if (weak[i].nid == nid)
			return weak[i].digest;
	return DIGEST_STRONG;
}

/* The worse of two: MD5, then SHA-1. */
static enum weak_digest
digest_worse(enum weak_digest a, enum weak_digest b)
{
	if (a == DIGEST_MD5 || b == DIGEST_MD5)
		return DIGEST_MD5;
	return a == DIGEST_SHA1 || b == DIGEST_SHA1 ? DIGEST_SHA1
						    : DIGEST_STRONG;
}

static int
oid_nid(struct bytes oid)
{
	ASN1_OBJECT *object;
	struct buf der = { 0 };
	const unsigned char *p;
	int nid;

	der_put(&der, DER_OID, oid);
	p = der.p;
	object = d2i_ASN1_OBJECT(NULL, &p, (long)der.len);
	nid = object != NULL ? OBJ_obj2nid(object) : NID_undef;
	ASN1_OBJECT_free(object);
	buf_free(&der);
	return nid;
}

/* The OID of a DER AlgorithmIdentifier, and what follows it in there. */
static bool
algorithm_take(struct bytes *at, struct bytes *oid, struct bytes *params)
{
	return der_take(at, DER_SEQUENCE, params) &&
	    der_take(params, DER_OID, oid);
}

/* The digest that field n of RSASSA-PSS-params names; absent: SHA-1. */
static bool
pss_field(struct bytes *fields, int n, int *nid, struct bytes *params)
{
	struct bytes field, oid;

	*nid = NID_sha1;
	if (der_peek(*fields) != DER_CONSTRUCTED(n))
		return true;
	if (!der_take(fields, DER_CONSTRUCTED(n), &field) ||
	    !algorithm_take(&field, &oid, params))
		return false;
	*nid = oid_nid(oid);
	return true;
}

/* RSASSA-PSS-params (RFC 4055, 3.1): the digest, and the one of its mask. */
static bool
pss_digests(struct bytes params, int *digest, int *mask)
{
	struct bytes fields, inner, oid;
	int generator;

	inner.len = 0;
	if (!der_take(&params, DER_SEQUENCE, &fields) ||
	    !pss_field(&fields, 0, digest, &inner) ||
	    !pss_field(&fields, 1, &generator, &inner))
		return false;
	*mask = NID_sha1;
	if (generator == NID_sha1)
		return true; /* the field is not there */
	if (generator != NID_mgf1 || !algorithm_take(&inner, &oid, &fields))
		return false;
	*mask = oid_nid(oid);
	return true;
}

static void
note_pss(struct cert *cert, struct bytes params)
{
	int digest = NID_undef;
	int mask = NID_undef;

	if (!pss_digests(params, &digest, &mask)) {
		cert->digest = DIGEST_SHA1;
		snprintf(cert->sig_text, sizeof(cert->sig_text),
		    "RSASSA-PSS, parameters not understood");
		return;
	}
	cert->digest =
	    digest_worse(digest_strength(digest), digest_strength(mask));
	snprintf(cert->sig_text, sizeof(cert->sig_text), "RSASSA-PSS with %s",
	    digest != NID_undef ? OBJ_nid2sn(digest) : "an unknown digest");
}

void
cert_note_alg(struct cert *cert)
{
	struct bytes at = cert->sig_alg;
	struct bytes oid, params;
	int digest = NID_undef;
	int key = NID_undef;
	int nid;

	if (!algorithm_take(&at, &oid, &params))
		return;
	nid = oid_nid(oid);
	if (nid == NID_rsassaPss) {
		note_pss(cert, params);
	} else if (nid == NID_undef) {
		if (!der_oid_text(oid, cert->sig_text, sizeof(cert->sig_text)))
			snprintf(cert->sig_text, sizeof(cert->sig_text),
			    "unknown");
	} else {
		snprintf(cert->sig_text, sizeof(cert->sig_text), "%s",
		    OBJ_nid2ln(nid));
		if (OBJ_find_sigid_algs(nid, &digest, &key))
			cert->digest = digest_strength(digest);
	}
	ERR_clear_error();
}
