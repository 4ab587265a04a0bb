/* pubkey.c - public keys: SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) as facts.
 *
 * The frame is read byte by byte, and only what is known by then to be sound
 * goes to OpenSSL: its own reader is slow and takes explicit EC parameters. */
#include "p11ca/pubkey.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/digest.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define RSA_BITS_MAX 16384 /* no maths is done with more */
#define EXPONENT_BITS_MAX 64
#define OID_TEXT_MAX 512

/* A SubjectPublicKeyInfo in its parts. */
struct spki {
	struct bytes oid;
	struct bytes params; /* whole; empty: absent */
	struct bytes key;    /* octets of the BIT STRING */
};

static bool
spki_read(struct bytes der, struct spki *out)
{
	struct bytes all;
	struct bytes alg;
	struct bytes bits;
	struct bytes content;
	int tag;

	if (!der_take(&der, DER_SEQUENCE, &all) || der.len > 0 ||
	    !der_take(&all, DER_SEQUENCE, &alg) ||
	    !der_take(&all, DER_BIT_STRING, &bits) || all.len > 0 ||
	    !der_take(&alg, DER_OID, &out->oid))
		return false;
	out->params = (struct bytes){ NULL, 0 };
	if (alg.len > 0 && !der_next(&alg, &tag, &content, &out->params))
		return false;
	/* Keys are whole octets: the first one counts unused bits. */
	if (alg.len > 0 || bits.len < 1 || bits.p[0] != 0)
		return false;
	out->key = (struct bytes){ bits.p + 1, bits.len - 1 };
	return true;
}

/* The name OpenSSL has for an OID, or its dots; false when it is no OID.
 * *nid is NID_undef when OpenSSL does not know it. */
static bool
oid_name(struct bytes oid, char *out, size_t size, int *nid)
{
	char dots[OID_TEXT_MAX];
	const char *name = dots;

	if (!der_oid_text(oid, dots, sizeof(dots)))
		return false;
	*nid = OBJ_txt2nid(dots);
	if (*nid != NID_undef)
		name = OBJ_nid2sn(*nid);
	(void)text_fit(out, size, bytes_of(name));
	return true;
}

/* A positive INTEGER without the zero octet before it. */
static bool
positive_take(struct bytes *at, struct bytes *number)
{
	if (!der_integer(at, number) || number->p[0] >= 0x80)
		return false;
	if (number->p[0] == 0 && number->len > 0) {
		number->p++;
		number->len--;
	}
	return number->len > 0;
}

static size_t
number_bits(struct bytes number)
{
	size_t bits = number.len * 8;

	for (unsigned top = number.p[0]; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

/* OpenSSL wants the octets of a number in the order of the machine. */
static OSSL_PARAM
number_param(const char *name, struct bytes number, unsigned char *room)
{
	BIGNUM *n = mem_must(BN_bin2bn(number.p, (int)number.len, NULL));

	(void)BN_bn2nativepad(n, room, (int)number.len);
	BN_free(n);
	return OSSL_PARAM_construct_BN(name, room, number.len);
}

static EVP_PKEY *
evp_from_params(const char *type, int selection, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *evp = NULL;

	ctx = mem_must(EVP_PKEY_CTX_new_from_name(NULL, type, NULL));
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &evp, selection, params) != 1)
		evp = NULL;
	EVP_PKEY_CTX_free(ctx);
	return evp;
}

static EVP_PKEY *
rsa_evp(struct bytes modulus, struct bytes exponent)
{
	unsigned char n[RSA_BITS_MAX / 8];
	unsigned char e[EXPONENT_BITS_MAX / 8];
	OSSL_PARAM params[3];

	params[0] = number_param(OSSL_PKEY_PARAM_RSA_N, modulus, n);
	params[1] = number_param(OSSL_PKEY_PARAM_RSA_E, exponent, e);
	params[2] = OSSL_PARAM_construct_end();
	return evp_from_params("RSA", EVP_PKEY_PUBLIC_KEY, params);
}

/* RSAPublicKey (RFC 8017, A.1.1); parameters NULL (RFC 3279, 2.3.1), or
 * absent, as old software wrote and OpenSSL reads. */
static bool
rsa_read(const struct spki *spki, struct pubkey *out, struct fault *f)
{
	static const unsigned char null[] = { DER_NULL, 0 };
	struct bytes at = spki->key;
	struct bytes numbers;
	struct bytes modulus;
	struct bytes exponent;
	size_t exponent_bits;

	if (spki->params.len > 0 &&
	    !bytes_equal(spki->params, (struct bytes){ null, sizeof(null) }))
		return fault_found(f, "an RSA key with odd parameters");
	if (!der_take(&at, DER_SEQUENCE, &numbers) || at.len > 0 ||
	    !positive_take(&numbers, &modulus) ||
	    !positive_take(&numbers, &exponent) || numbers.len > 0)
		return fault_found(f, "an RSA key whose numbers do not decode");
	out->bits = (int)number_bits(modulus);
	(void)snprintf(out->text, sizeof(out->text), "RSA-%d", out->bits);
	exponent_bits = number_bits(exponent);
	out->exponent_bad = exponent_bits > EXPONENT_BITS_MAX ||
	    exponent_bits == 1 || exponent.p[exponent.len - 1] % 2 == 0;
	if (out->bits > RSA_BITS_MAX || exponent_bits > EXPONENT_BITS_MAX)
		return true;
	out->evp = rsa_evp(modulus, exponent);
	return out->evp != NULL ||
	    fault_found(f, "an RSA key whose numbers do not decode");
}

/* Curves that chains are made of.  To set up a curve costs three times what
 * the rest of reading a key does: theirs are kept. */
static struct {
	int nid;
	int bits;
	const char *text;
	EVP_PKEY *params;
} curves[] = {
	{ NID_X9_62_prime256v1, 256, "P-256", NULL },
	{ NID_secp384r1, 384, "P-384", NULL },
	{ NID_secp521r1, 521, "P-521", NULL },
};
static pthread_mutex_t curves_guard = PTHREAD_MUTEX_INITIALIZER;

/* The field size of a curve that OpenSSL has; 0: it has none, or one over a
 * binary field, which nobody may use. */
static int
curve_bits(int nid)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	int bits = 0;

	if (group != NULL &&
	    EC_GROUP_get_field_type(group) == NID_X9_62_prime_field)
		bits = EC_GROUP_get_degree(group);
	EC_GROUP_free(group);
	return bits;
}

/* A key of that curve that lacks its point. */
static EVP_PKEY *
curve_params(int nid)
{
	OSSL_PARAM params[2];
	char name[64];

	(void)snprintf(name, sizeof(name), "%s", OBJ_nid2sn(nid));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    name, 0);
	params[1] = OSSL_PARAM_construct_end();
	return evp_from_params("EC", EVP_PKEY_KEY_PARAMETERS, params);
}

/* The same of a curve that is kept, from when it is first asked for. */
static const EVP_PKEY *
kept_params(size_t i)
{
	const EVP_PKEY *params;

	(void)pthread_mutex_lock(&curves_guard);
	if (curves[i].params == NULL)
		curves[i].params = curve_params(curves[i].nid);
	params = curves[i].params;
	(void)pthread_mutex_unlock(&curves_guard);
	return params;
}

/* The key at that point of the curve of params; NULL: it is not on it. */
static EVP_PKEY *
point_evp(const EVP_PKEY *params, struct bytes point)
{
	EVP_PKEY *evp = mem_must(EVP_PKEY_new());

	if (params == NULL || EVP_PKEY_copy_parameters(evp, params) != 1 ||
	    EVP_PKEY_set1_encoded_public_key(evp, point.p, point.len) != 1) {
		EVP_PKEY_free(evp);
		evp = NULL;
	}
	return evp;
}

/* Read the point; it must be on the curve, at infinity is none (RFC 5480, 2.2
 * knows two forms, OpenSSL two more). */
static bool
point_read(const EVP_PKEY *params, struct bytes point, struct pubkey *out,
    struct fault *f)
{
	if (point.len < 2 || point.p[0] < 0x02 || point.p[0] > 0x04)
		return fault_found(f, "an EC point in an unknown form");
	out->evp = point_evp(params, point);
	return out->evp != NULL ||
	    fault_found(f, "an EC point that is not on %s", out->text);
}

/* The key on a curve that is not kept. */
static bool
rare_curve_read(int nid, struct bytes point, struct pubkey *out,
    struct fault *f)
{
	EVP_PKEY *params;
	bool ok;

	out->bits = curve_bits(nid);
	out->curve_known = out->bits > 0;
	if (!out->curve_known)
		return true;
	params = curve_params(nid);
	ok = point_read(params, point, out, f);
	EVP_PKEY_free(params);
	return ok;
}

/* ECParameters (RFC 5480, 2.1.1): a named curve, or nothing. */
static bool
ec_read(const struct spki *spki, struct pubkey *out, struct fault *f)
{
	struct bytes params = spki->params;
	struct bytes oid;
	int nid;

	if (params.len == 0)
		return fault_found(f, "an EC key that names no curve");
	if (der_peek(params) == DER_SEQUENCE || der_peek(params) == DER_NULL)
		return fault_found(f, "explicit EC parameters");
	if (!der_take(&params, DER_OID, &oid) ||
	    !oid_name(oid, out->text, sizeof(out->text), &nid))
		return fault_found(f, "an EC curve that does not decode");
	for (size_t i = 0; i < COUNT(curves); i++) {
		if (curves[i].nid != nid)
			continue;
		(void)snprintf(out->text, sizeof(out->text), "%s",
		    curves[i].text);
		out->curve_known = true;
		out->bits = curves[i].bits;
		return point_read(kept_params(i), spki->key, out, f);
	}
	return rare_curve_read(nid, spki->key, out, f);
}

/* RFC 8410, 3 and 4: no parameters; the octets are the key. */
static bool
raw_read(const struct spki *spki, int type, struct pubkey *out, struct fault *f)
{
	if (spki->params.len > 0)
		return fault_found(f, "an %s key with parameters", out->text);
	out->evp =
	    EVP_PKEY_new_raw_public_key(type, NULL, spki->key.p, spki->key.len);
	return out->evp != NULL ||
	    fault_found(f, "an %s key of %zu bytes", out->text, spki->key.len);
}

static bool
ed25519_read(const struct spki *spki, struct pubkey *out, struct fault *f)
{
	out->bits = 256;
	return raw_read(spki, EVP_PKEY_ED25519, out, f);
}

static bool
ed448_read(const struct spki *spki, struct pubkey *out, struct fault *f)
{
	out->bits = 456;
	return raw_read(spki, EVP_PKEY_ED448, out, f);
}

/* Algorithms whose keys are decoded. */
static const struct {
	int nid;
	enum pubkey_kind kind;
	const char *text;
	bool (*read)(const struct spki *spki, struct pubkey *out,
	    struct fault *f);
} readers[] = {
	{ NID_rsaEncryption, PUBKEY_RSA, "RSA", rsa_read },
	{ NID_X9_62_id_ecPublicKey, PUBKEY_EC, "EC", ec_read },
	{ NID_ED25519, PUBKEY_ED25519, "Ed25519", ed25519_read },
	{ NID_ED448, PUBKEY_ED448, "Ed448", ed448_read },
};

static bool
key_read(const struct spki *spki, struct pubkey *out, struct fault *f)
{
	int nid = NID_undef;

	if (!oid_name(spki->oid, out->text, sizeof(out->text), &nid))
		return fault_found(f, "a key algorithm that does not decode");
	for (size_t i = 0; i < COUNT(readers); i++) {
		if (readers[i].nid != nid)
			continue;
		out->kind = readers[i].kind;
		(void)snprintf(out->text, sizeof(out->text), "%s",
		    readers[i].text);
		return readers[i].read(spki, out, f);
	}
	return true;
}

bool
pubkey_from_spki(struct bytes der, struct pubkey *out, struct fault *f)
{
	struct spki spki;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->kind = PUBKEY_OTHER;
	if (!spki_read(der, &spki))
		return fault_found(f, "a public key that is not DER");
	ok = key_read(&spki, out, f);
	if (!ok)
		pubkey_clear(out);
	ERR_clear_error();
	return ok;
}

void
pubkey_share(const struct pubkey *key, struct pubkey *out)
{
	*out = *key;
	if (out->evp != NULL)
		(void)mem_must(EVP_PKEY_up_ref(out->evp) == 1 ? out : NULL);
}

void
pubkey_clear(struct pubkey *key)
{
	EVP_PKEY_free(key->evp);
	memset(key, 0, sizeof(*key));
	key->kind = PUBKEY_OTHER;
}

const char *
pubkey_print(struct bytes spki, char out[17])
{
	char hex[DIGEST_HEX_LEN];

	digest_hex(spki, hex);
	memcpy(out, hex, 16);
	out[16] = '\0';
	return out;
}
