/* cert.c - a certificate (RFC 5280, 4.1), read strictly into plain facts. */
#include "p11ca/cert.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>

#include "internal.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"

#define SERIAL_MAX 20
#define VERSION_3 2

/*
 * The fields of a TBSCertificate, one function each.  They take their part off
 * the front of *tbs.
 */
static bool
read_version(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	struct bytes field, version;

	if (der_peek(*tbs) != DER_CONSTRUCTED(0))
		return fault_found(f, "version 1, not 3");
	if (!der_take(tbs, DER_CONSTRUCTED(0), &field) ||
	    !der_integer(&field, &version) || field.len > 0)
		return fault_found(f, "a version that is not DER");
	if (version.len != 1 || version.p[0] > 0x7e)
		return fault_found(f, "an unknown version, not 3");
	if (version.p[0] != VERSION_3)
		return fault_found(f, "version %d, not 3", version.p[0] + 1);
	return true;
}

static bool
read_serial(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	if (!der_integer(tbs, &cert->serial))
		return fault_found(f,
		    "a serial number that is not a DER INTEGER");
	if ((cert->serial.p[0] & 0x80) != 0)
		return fault_found(f, "a negative serial number");
	if (cert->serial.len > SERIAL_MAX)
		return fault_found(f, "a serial number of %zu octets",
		    cert->serial.len);
	cert->serial_zero = cert->serial.len == 1 && cert->serial.p[0] == 0;
	return true;
}

static bool
read_inner_algorithm(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	struct bytes content, whole;

	if (!der_take_whole(tbs, DER_SEQUENCE, &content, &whole))
		return fault_found(f,
		    "an inner signature algorithm that is not DER");
	return bytes_equal(whole, cert->sig_alg) ||
	    fault_found(f, "inner and outer signature algorithm differ");
}

/* what: "issuer" or "subject". */
static bool
read_name(struct bytes *tbs, struct name **out, const char *what,
    struct fault *f)
{
	struct bytes content, whole;

	if (!der_take_whole(tbs, DER_SEQUENCE, &content, &whole) ||
	    !der_is_strict(content))
		return fault_found(f, "an %s name that is not DER", what);
	*out = name_from_der(whole);
	return *out != NULL ||
	    fault_found(f, "an %s name that does not decode", what);
}

static bool
read_issuer(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	if (!read_name(tbs, &cert->issuer, "issuer", f))
		return false;
	return !name_empty(cert->issuer) ||
	    fault_found(f, "an empty issuer name");
}

static bool
read_subject(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	if (!read_name(tbs, &cert->subject, "subject", f))
		return false;
	cert->subject_empty = name_empty(cert->subject);
	return true;
}

static bool
read_validity(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	struct bytes dates;

	if (!der_take(tbs, DER_SEQUENCE, &dates))
		return fault_found(f, "a validity that is not DER");
	if (!der_time(&dates, &cert->not_before))
		return fault_found(f, "a notBefore that is not a date");
	if (!der_time(&dates, &cert->not_after))
		return fault_found(f, "a notAfter that is not a date");
	if (dates.len > 0)
		return fault_found(f, "%zu bytes after the two dates",
		    dates.len);
	return cert->not_after >= cert->not_before ||
	    fault_found(f, "a notAfter before its notBefore");
}

static bool
read_key(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	struct bytes content;

	if (!der_take_whole(tbs, DER_SEQUENCE, &content, &cert->spki) ||
	    !der_is_strict(content))
		return fault_found(f, "a subjectPublicKeyInfo that is not DER");
	return pubkey_from_spki(cert->spki, &cert->key, f);
}

/* issuerUniqueID [1] and subjectUniqueID [2]; nobody looks into them. */
static bool
read_unique_ids(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	for (int n = 1; n <= 2; n++) {
		struct buf bits = { 0 };
		struct bytes id;
		bool ok;

		if (der_peek(*tbs) != DER_CONTEXT(n))
			continue;
		if (!der_take(tbs, DER_CONTEXT(n), &id))
			return fault_found(f, "a unique ID that is not DER");
		der_put(&bits, DER_BIT_STRING, id);
		ok = der_is_strict(buf_bytes(&bits));
		buf_free(&bits);
		if (!ok)
			return fault_found(f,
			    "a unique ID that is not a BIT STRING");
	}
	return true;
}

static bool
read_extensions(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	struct bytes field, list;

	if (der_peek(*tbs) != DER_CONSTRUCTED(3))
		return true;
	if (!der_take(tbs, DER_CONSTRUCTED(3), &field) ||
	    !der_take(&field, DER_SEQUENCE, &list) || field.len > 0)
		return fault_found(f, "extensions that are not DER");
	if (list.len == 0)
		return fault_found(f, "extensions without any extension");
	return ext_read_all(list, cert, f);
}

static bool (*const tbs_fields[])(struct cert *cert, struct bytes *tbs,
    struct fault *f) = {
	read_version,
	read_serial,
	read_inner_algorithm,
	read_issuer,
	read_validity,
	read_subject,
	read_key,
	read_unique_ids,
	read_extensions,
};

static bool
read_tbs(struct cert *cert, struct bytes tbs, struct fault *f)
{
	for (size_t i = 0; i < COUNT(tbs_fields); i++)
		if (!tbs_fields[i](cert, &tbs, f))
			return false;
	return tbs.len == 0 ||
	    fault_found(f, "%zu bytes after the fields of the certificate",
		tbs.len);
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } */
static bool
read_outer(struct cert *cert, struct bytes *tbs, struct fault *f)
{
	struct bytes der = buf_bytes(&cert->der);
	struct bytes parts, params, bits;

	if (!der_take(&der, DER_SEQUENCE, &parts))
		return fault_found(f,
		    "%zu bytes that do not start with a whole DER SEQUENCE",
		    cert->der.len);
	if (der.len > 0)
		return fault_found(f, "%zu bytes after the certificate",
		    der.len);
	if (!der_take_whole(&parts, DER_SEQUENCE, tbs, &cert->tbs))
		return fault_found(f, "a tbsCertificate that is not DER");
	if (!der_take_whole(&parts, DER_SEQUENCE, &params, &cert->sig_alg) ||
	    der_peek(params) != DER_OID || !der_is_strict(params))
		return fault_found(f, "a signature algorithm that is not DER");
	if (!der_take(&parts, DER_BIT_STRING, &bits) || bits.len == 0 ||
	    bits.p[0] > 7)
		return fault_found(f, "a signature that is not a BIT STRING");
	/* One of broken octets stays empty: a signature that verifies never. */
	if (!der_bit_octets(bits, &cert->signature))
		cert->signature = (struct bytes){ bits.p, 0 };
	return parts.len == 0 ||
	    fault_found(f, "%zu bytes after the signature", parts.len);
}

bool
cert_from_der(struct bytes der, struct cert **out, struct fault *f)
{
	struct cert *cert = mem_new(sizeof(*cert));
	struct bytes tbs;
	bool ok;

	*out = NULL;
	buf_set(&cert->der, der);
	ok = read_outer(cert, &tbs, f) && read_tbs(cert, tbs, f);
	if (!ok)
		goto out;
	cert->self_issued = name_equal(cert->issuer, cert->subject);
	cert_note_alg(cert);
	ext_note_all(cert);
	*out = cert;
	cert = NULL; /* the caller's now */
out:
	cert_free(cert);
	return ok;
}

void
cert_free(struct cert *cert)
{
	if (cert == NULL)
		return;
	name_free(cert->subject);
	name_free(cert->issuer);
	pubkey_clear(&cert->key);
	mem_free(cert->ext);
	buf_free(&cert->der);
	mem_free(cert);
}

bool
cert_signed_by(const struct cert *cert, const struct cert *issuer)
{
	return pubkey_verify(&issuer->key, cert->sig_alg, cert->tbs,
	    cert->signature);
}

bool
cert_same(const struct cert *a, const struct cert *b)
{
	return bytes_equal(buf_bytes(&a->der), buf_bytes(&b->der));
}

const char *
cert_title(const struct cert *cert, char *out, size_t size)
{
	return name_fit(out, size, cert->subject);
}

char *
cert_serial_text(const struct cert *cert)
{
	BIGNUM *serial =
	    mem_must(BN_bin2bn(cert->serial.p, (int)cert->serial.len, NULL));
	char *decimal = mem_must(BN_bn2dec(serial));
	char *text = mem_text(decimal);

	OPENSSL_free(decimal);
	BN_free(serial);
	return text;
}
