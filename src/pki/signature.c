/* signature.c - does a signature verify, and how does a CA sign.
 *
 * What a foreign signature's algorithm means is left to OpenSSL's own table;
 * the one here is of what a CA writes. */
#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/pubkey.h"

/* A copy of the octets; they may be anything, it is only carried. */
static ASN1_STRING *
string_from_bytes(struct bytes b)
{
	ASN1_STRING *string = mem_must(ASN1_STRING_new());

	(void)mem_must(ASN1_STRING_set(string, b.p, (int)b.len) == 1 ? string
								     : NULL);
	return string;
}

bool
pubkey_verify(const struct pubkey *key, struct bytes alg, struct bytes data,
    struct bytes signature)
{
	const unsigned char *p = alg.p;
	X509_ALGOR *algor = NULL;
	ASN1_STRING *bits = NULL;
	ASN1_TYPE *signed_part = NULL;
	bool ok = false;

	if (key->evp == NULL || signature.len == 0 || data.len == 0 ||
	    alg.len > INT_MAX || data.len > INT_MAX || signature.len > INT_MAX)
		return false;
	algor = d2i_X509_ALGOR(NULL, &p, (long)alg.len);
	if (algor == NULL || p != alg.p + alg.len)
		goto out;
	bits = string_from_bytes(signature);
	/* Said to be a SEQUENCE of unknown content, it is "encoded" to the
	 * very bytes that are given here. */
	signed_part = mem_must(ASN1_TYPE_new());
	ASN1_TYPE_set(signed_part, V_ASN1_SEQUENCE, string_from_bytes(data));
	ok = ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), algor, bits,
		 signed_part, key->evp) == 1;
out:
	ASN1_TYPE_free(signed_part);
	ASN1_STRING_free(bits);
	X509_ALGOR_free(algor);
	ERR_clear_error();
	return ok;
}

/* OIDs as their octets. */
/* clang-format off */
#define OID(octets) { (const unsigned char *)(octets), sizeof(octets) - 1 }
#define NONE { NULL, 0 }
/* clang-format on */
#define PKCS1(last) OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01" last)
#define PSS PKCS1("\x0a")
#define ECDSA_SHA2(last) OID("\x2a\x86\x48\xce\x3d\x04\x03" last)
#define SHA2(last) OID("\x60\x86\x48\x01\x65\x03\x04\x02" last)

enum sign_params { PARAMS_NONE, PARAMS_NULL, PARAMS_PSS };

struct sign_row {
	struct bytes oid;
	enum sign_params params;
	struct bytes hash;	/* PSS only: its OID ... */
	unsigned char hash_len; /* ... and length */
};

/* clang-format off */
static const struct sign_row rows[SIGN_ALGS] = {
	/* RFC 4055, 5 */
	[SIGN_SHA256WITHRSA] = { PKCS1("\x0b"), PARAMS_NULL, NONE, 0 },
	[SIGN_SHA384WITHRSA] = { PKCS1("\x0c"), PARAMS_NULL, NONE, 0 },
	[SIGN_SHA512WITHRSA] = { PKCS1("\x0d"), PARAMS_NULL, NONE, 0 },
	/* RFC 4055, 3 */
	[SIGN_SHA256WITHRSA_PSS] = { PSS, PARAMS_PSS, SHA2("\x01"), 32 },
	[SIGN_SHA384WITHRSA_PSS] = { PSS, PARAMS_PSS, SHA2("\x02"), 48 },
	[SIGN_SHA512WITHRSA_PSS] = { PSS, PARAMS_PSS, SHA2("\x03"), 64 },
	/* RFC 5758, 3.2 */
	[SIGN_SHA256WITHECDSA] = { ECDSA_SHA2("\x02"), PARAMS_NONE, NONE, 0 },
	[SIGN_SHA384WITHECDSA] = { ECDSA_SHA2("\x03"), PARAMS_NONE, NONE, 0 },
	[SIGN_SHA512WITHECDSA] = { ECDSA_SHA2("\x04"), PARAMS_NONE, NONE, 0 },
	/* RFC 8410, 3 */
	[SIGN_ED25519] = { OID("\x2b\x65\x70"), PARAMS_NONE, NONE, 0 },
};
/* clang-format on */

static const struct bytes mgf1 = PKCS1("\x08");

/* AlgorithmIdentifier: the OID, then the DER of its parameters. */
static void
identifier_put(struct buf *out, struct bytes oid, struct bytes params)
{
	struct buf content = { 0 };

	der_put(&content, DER_OID, oid);
	buf_append(&content, params);
	der_put(out, DER_SEQUENCE, buf_bytes(&content));
	buf_free(&content);
}

/* [n], explicit. */
static void
tagged_put(struct buf *out, int n, const struct buf *content)
{
	der_put(out, DER_CONSTRUCTED(n), buf_bytes(content));
}

/* RSASSA-PSS-params (RFC 4055, 3.1); trailerField is what it is by default. */
static void
pss_put(struct buf *out, const struct sign_row *row, struct bytes null)
{
	struct buf fields = { 0 };
	struct buf hash = { 0 };
	struct buf mask = { 0 };
	struct buf salt = { 0 };

	identifier_put(&hash, row->hash, null);
	tagged_put(&fields, 0, &hash);
	identifier_put(&mask, mgf1, buf_bytes(&hash));
	tagged_put(&fields, 1, &mask);
	der_put(&salt, DER_INTEGER, (struct bytes){ &row->hash_len, 1 });
	tagged_put(&fields, 2, &salt);
	der_put(out, DER_SEQUENCE, buf_bytes(&fields));
	buf_free(&salt);
	buf_free(&mask);
	buf_free(&hash);
	buf_free(&fields);
}

void
sign_alg_der(enum sign_alg alg, struct buf *out)
{
	static const unsigned char null_der[] = { DER_NULL, 0 };
	static const struct bytes null = { null_der, sizeof(null_der) };
	const struct sign_row *row = &rows[alg];
	struct buf params = { 0 };

	if (row->params == PARAMS_NULL)
		buf_append(&params, null);
	if (row->params == PARAMS_PSS)
		pss_put(&params, row, null);
	identifier_put(out, row->oid, buf_bytes(&params));
	buf_free(&params);
}
