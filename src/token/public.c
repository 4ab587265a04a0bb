/* public.c - public keys, rebuilt by OpenSSL from attributes of objects. */
#include "internal.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>

#include "p11ca/mem.h"

#define ED25519_LEN 32

/* --- from numbers to a key -------------------------------------------- */

static EVP_PKEY *
key_from_params(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
rsa_public(const struct buf *modulus, const struct buf *exponent)
{
	OSSL_PARAM_BLD *build = mem_must(OSSL_PARAM_BLD_new());
	BIGNUM *n = mem_must(BN_bin2bn(modulus->p, (int)modulus->len, NULL));
	BIGNUM *e = mem_must(BN_bin2bn(exponent->p, (int)exponent->len, NULL));
	EVP_PKEY *key = NULL;

	if (!BN_is_zero(n) && !BN_is_zero(e) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = key_from_params("RSA", build);
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(build);
	return key;
}

/* The curve that CKA_EC_PARAMS names, even if it writes it out; or NID_undef. */
static int
curve_from(struct bytes params)
{
	const unsigned char *at = params.p;
	ASN1_OBJECT *name = NULL;
	EC_GROUP *group;
	int nid = NID_undef;

	if (params.len == 0 || params.len > LONG_MAX)
		return NID_undef;
	if (params.p[0] == V_ASN1_OBJECT) { /* as all modules here do */
		name = d2i_ASN1_OBJECT(NULL, &at, (long)params.len);
		nid = name != NULL ? OBJ_obj2nid(name) : NID_undef;
		ASN1_OBJECT_free(name);
		return nid;
	}
	group = d2i_ECPKParameters(NULL, &at, (long)params.len);
	if (group != NULL)
		nid = EC_GROUP_check_named_curve(group, 1, NULL);
	EC_GROUP_free(group);
	return nid;
}

/* The field size of a curve; those of the API are known without setting up a
 * group, which takes its time.  0: no such curve. */
static int
curve_bits(int nid)
{
	EC_GROUP *group;
	int bits;

	for (size_t i = 0; i < KEY_ALGS && nid != NID_undef; i++)
		if (key_algs[i].curve != NULL &&
		    OBJ_sn2nid(key_algs[i].curve) == nid)
			return key_algs[i].bits;
	group = nid != NID_undef ? EC_GROUP_new_by_curve_name(nid) : NULL;
	bits = group != NULL ? EC_GROUP_get_degree(group) : 0;
	EC_GROUP_free(group);
	return bits;
}

int
public_bits_of_params(struct bytes ec_params)
{
	int bits = curve_bits(curve_from(ec_params));

	ERR_clear_error();
	return bits;
}

/*
 * CKA_EC_POINT is a DER OCTET STRING (PKCS#11 2.40, 2.3.3); some modules give
 * the point as it is.  Both may start with 04, so the length decides.
 */
static struct bytes
point_from(struct bytes value, size_t point_len)
{
	const unsigned char *at = value.p;
	long len = 0;
	int tag = 0, class = 0;

	if (value.len == point_len || value.len > LONG_MAX)
		return value;
	if (ASN1_get_object(&at, &len, &tag, &class, (long)value.len) != 0 ||
	    tag != V_ASN1_OCTET_STRING || at + len != value.p + value.len)
		return value;
	return (struct bytes){ at, (size_t)len };
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *
ec_key(int nid, struct bytes point)
{
	OSSL_PARAM_BLD *build = mem_must(OSSL_PARAM_BLD_new());
	EVP_PKEY *key = NULL;

	if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
		OBJ_nid2sn(nid), 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
		point.p, point.len) == 1)
		key = key_from_params("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static EVP_PKEY *
ec_public(const struct buf *params, const struct buf *value)
{
	int nid = curve_from(buf_bytes(params));
	int bits = curve_bits(nid);

	if (bits == 0)
		return NULL;
	return ec_key(nid,
	    point_from(buf_bytes(value), 2 * (((size_t)bits + 7) / 8) + 1));
}

static EVP_PKEY *
ed25519_public(const struct buf *value)
{
	struct bytes point = point_from(buf_bytes(value), ED25519_LEN);

	if (point.len != ED25519_LEN)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point.p,
	    point.len);
}

/* --- from a SubjectPublicKeyInfo to a key ------------------------------- */

/* The parts of a SubjectPublicKeyInfo; both borrowed from *list. */
static bool
spki_parts(const STACK_OF(ASN1_TYPE) * list, X509_ALGOR **alg,
    struct bytes *bits)
{
	const ASN1_TYPE *first = sk_ASN1_TYPE_value(list, 0);
	const ASN1_TYPE *second = sk_ASN1_TYPE_value(list, 1);
	const unsigned char *at;

	if (sk_ASN1_TYPE_num(list) != 2 || first->type != V_ASN1_SEQUENCE ||
	    second->type != V_ASN1_BIT_STRING)
		return false;
	at = ASN1_STRING_get0_data(first->value.sequence);
	*alg = d2i_X509_ALGOR(NULL, &at,
	    ASN1_STRING_length(first->value.sequence));
	bits->p = ASN1_STRING_get0_data(second->value.bit_string);
	bits->len = (size_t)ASN1_STRING_length(second->value.bit_string);
	return *alg != NULL;
}

static EVP_PKEY *
key_from_parts(const X509_ALGOR *alg, struct bytes bits)
{
	const ASN1_OBJECT *oid;
	const void *curve;
	int type;

	X509_ALGOR_get0(&oid, &type, &curve, alg);
	switch (OBJ_obj2nid(oid)) {
	case NID_X9_62_id_ecPublicKey:
		if (type != V_ASN1_OBJECT)
			return NULL;
		return ec_key(OBJ_obj2nid(curve), bits);
	case NID_rsaEncryption:
		return d2i_PublicKey(EVP_PKEY_RSA, NULL, &bits.p,
		    (long)bits.len);
	case NID_ED25519:
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    bits.p, bits.len);
	default:
		return NULL;
	}
}

/* What d2i_PUBKEY() would make of it, without its search for a decoder, which
 * takes longer in a fresh process than all of the signature. */
EVP_PKEY *
public_from_spki(struct bytes spki)
{
	const unsigned char *at = spki.p;
	STACK_OF(ASN1_TYPE) *list =
	    d2i_ASN1_SEQUENCE_ANY(NULL, &at, (long)spki.len);
	X509_ALGOR *alg = NULL;
	EVP_PKEY *key = NULL;
	struct bytes bits;

	if (list != NULL && spki_parts(list, &alg, &bits))
		key = key_from_parts(alg, bits);
	X509_ALGOR_free(alg);
	sk_ASN1_TYPE_pop_free(list, ASN1_TYPE_free);
	ERR_clear_error();
	return key;
}

/* --- from an object to a key ------------------------------------------ */

/* Modulus and exponent, curve and point, or the point alone. */
struct parts {
	struct buf at[2];
};

static bool
parts_read(struct token *token, CK_OBJECT_HANDLE object, CK_KEY_TYPE type,
    struct parts *out)
{
	static const CK_ATTRIBUTE_TYPE rsa[] = { CKA_MODULUS,
		CKA_PUBLIC_EXPONENT };
	static const CK_ATTRIBUTE_TYPE ec[] = { CKA_EC_PARAMS, CKA_EC_POINT };

	if (type == CKK_RSA)
		return object_get_two(token, object, rsa, out->at) == CKR_OK;
	if (type == CKK_EC)
		return object_get_two(token, object, ec, out->at) == CKR_OK;
	return type == CKK_EC_EDWARDS &&
	    object_get(token, object, CKA_EC_POINT, &out->at[0]) == CKR_OK;
}

static void
parts_clear(struct parts *parts)
{
	buf_free(&parts->at[0]);
	buf_free(&parts->at[1]);
}

static EVP_PKEY *
public_from_parts(CK_KEY_TYPE type, const struct parts *parts)
{
	EVP_PKEY *key;

	if (type == CKK_RSA)
		key = rsa_public(&parts->at[0], &parts->at[1]);
	else if (type == CKK_EC)
		key = ec_public(&parts->at[0], &parts->at[1]);
	else
		key = ed25519_public(&parts->at[0]);
	ERR_clear_error();
	return key;
}

EVP_PKEY *
public_from_object(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type)
{
	struct parts parts = { 0 };
	EVP_PKEY *key = NULL;

	if (parts_read(token, object, type, &parts))
		key = public_from_parts(type, &parts);
	parts_clear(&parts);
	return key;
}

/* The DER of the SubjectPublicKeyInfo; 0: none.  What i2d_PUBKEY() makes of a key
 * on a curve, without the millisecond that its search for an encoder takes. */
static int
ec_spki(EVP_PKEY *key, unsigned char **der)
{
	X509_PUBKEY *spki = mem_must(X509_PUBKEY_new());
	unsigned char *point = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key, &point);
	char name[64] = "";
	int der_len = 0;

	if (len > 0 && len <= INT_MAX &&
	    EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 &&
	    X509_PUBKEY_set0_param(spki, OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
		V_ASN1_OBJECT, OBJ_txt2obj(name, 0), point, (int)len) == 1) {
		point = NULL; /* the SubjectPublicKeyInfo's now */
		der_len = i2d_X509_PUBKEY(spki, der);
	}
	OPENSSL_free(point);
	X509_PUBKEY_free(spki);
	return der_len;
}

static bool
spki_from_parts(CK_KEY_TYPE type, const struct parts *parts, struct buf *spki)
{
	EVP_PKEY *key = public_from_parts(type, parts);
	unsigned char *der = NULL;
	int len = 0;

	if (key != NULL)
		len =
		    type == CKK_EC ? ec_spki(key, &der) : i2d_PUBKEY(key, &der);
	if (len > 0)
		buf_set(spki, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return len > 0;
}

/* --- the half that belongs to a private key --------------------------- */

/* A number is written with or without leading zeros. */
static struct bytes
without_zeros(struct bytes number)
{
	while (number.len > 0 && number.p[0] == 0) {
		number.p++;
		number.len--;
	}
	return number;
}

/* One modulus, or one curve, however each of them is written. */
static bool
says_the_same(CK_KEY_TYPE type, struct bytes a, struct bytes b)
{
	int curve;

	if (type == CKK_RSA)
		return bytes_equal(without_zeros(a), without_zeros(b));
	if (bytes_equal(a, b))
		return true;
	curve = curve_from(a);
	return curve != NID_undef && curve == curve_from(b);
}

/* Its SubjectPublicKeyInfo, if both halves agree on what both say. */
static bool
read_the_half(struct token *token, CK_OBJECT_HANDLE object, CK_KEY_TYPE type,
    struct bytes shared, struct buf *spki)
{
	struct parts parts = { 0 };
	bool is;

	is = parts_read(token, object, type, &parts) &&
	    (shared.len == 0 ||
		says_the_same(type, buf_bytes(&parts.at[0]), shared)) &&
	    spki_from_parts(type, &parts, spki);
	parts_clear(&parts);
	ERR_clear_error();
	return is;
}

/* The public key among the objects; none when there are two different ones. */
static void
take_the_one(struct token *token, const CK_OBJECT_HANDLE *list, size_t count,
    CK_KEY_TYPE type, struct bytes shared, struct buf *spki, bool *several)
{
	struct buf one = { 0 };

	for (size_t i = 0; i < count && !*several; i++) {
		if (!read_the_half(token, list[i], type, shared, &one))
			continue;
		if (spki->len == 0)
			buf_set(spki, buf_bytes(&one));
		*several = !bytes_equal(buf_bytes(spki), buf_bytes(&one));
	}
	buf_free(&one);
	if (*several)
		buf_free(spki);
}

bool
public_of_private(struct token *token, CK_KEY_TYPE type, struct bytes id,
    struct bytes shared, struct buf *spki, bool *several, struct fault *f)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE *list = NULL;
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_KEY_TYPE, &type, sizeof(type)),
		attribute(CKA_ID, id.p, id.len),
	};
	size_t count = 0;
	bool ok;

	buf_free(spki);
	*several = false;
	ok = objects_find(token, template, COUNT(template), &list, &count, f);
	take_the_one(token, list, count, type, shared, spki, several);
	/* An RSA pair is known by its modulus, whatever its IDs say. */
	if (ok && spki->len == 0 && !*several && type == CKK_RSA &&
	    shared.len > 0) {
		mem_free(list);
		template[2] = attribute(CKA_MODULUS, shared.p, shared.len);
		ok = objects_find(token, template, COUNT(template), &list,
		    &count, f);
		take_the_one(token, list, count, type, shared, spki, several);
	}
	mem_free(list);
	return ok;
}
