/* certmake.c - certificates to be: what is signed, and what comes of it. */
#include "p11ca/certmake.h"

#include <string.h>

#include "make.h"
#include "p11ca/pubkey.h"
#include "p11ca/text.h"

#define SERIAL_MAX 20 /* octets of the INTEGER (RFC 5280, 4.1.2.2) */
#define SHOWN_MAX 128

static const struct bytes zero_octet = { (const unsigned char *)"", 1 };

/*
 * What a wish must be, one function each: our own reader refuses a certificate
 * that came of anything else.
 */
static bool
serial_fits(const struct cert_wish *wish, struct fault *f)
{
	struct bytes octets = wish->serial;
	size_t len;

	while (octets.len > 0 && octets.p[0] == 0) {
		octets.p++;
		octets.len--;
	}
	if (octets.len == 0)
		return fault_found(f, "a serial number of zero");
	len = octets.len + (octets.p[0] >= 0x80 ? 1 : 0);
	return len <= SERIAL_MAX ||
	    fault_found(f, "a serial number of %zu octets", len);
}

/* One SEQUENCE and no more; its content in *content. */
static bool
is_sequence(struct bytes der, struct bytes *content)
{
	return der_take(&der, DER_SEQUENCE, content) && der.len == 0;
}

static bool
parts_fit(const struct cert_wish *wish, struct fault *f)
{
	struct bytes content;

	if (!is_sequence(wish->spki, &content))
		return fault_found(f, "a public key that is not DER");
	if (!is_sequence(wish->subject, &content))
		return fault_found(f, "a subject that is not DER");
	if (!is_sequence(wish->issuer, &content))
		return fault_found(f, "an issuer that is not DER");
	return content.len > 0 || fault_found(f, "an issuer without a name");
}

static bool
dates_fit(const struct cert_wish *wish, struct fault *f)
{
	if (!put_can_time(wish->not_before) || !put_can_time(wish->not_after))
		return fault_found(f, "a date beyond the year 9999");
	return wish->not_before <= wish->not_after ||
	    fault_found(f, "a notAfter before its notBefore");
}

static bool
extensions_differ(const struct cert_wish *wish, struct fault *f)
{
	for (size_t i = 0; wish->exts != NULL && i < wish->exts->count; i++) {
		const struct ext_wish *ext = &wish->exts->list[i];
		char shown[SHOWN_MAX];

		if (ext_wishes_find(wish->exts, ext->oid) != ext)
			return fault_found(f, "extension %s twice",
			    text_fit(shown, sizeof(shown), bytes_of(ext->oid)));
	}
	return true;
}

static bool (*const holds[])(const struct cert_wish *wish, struct fault *f) = {
	serial_fits,
	parts_fit,
	dates_fit,
	extensions_differ,
};

static bool
put_extensions(const struct cert_wish *wish, struct buf *fields,
    struct fault *f)
{
	const struct ext_wish *which = NULL;
	char shown[SHOWN_MAX];

	if (wish->exts == NULL || wish->exts->count == 0 ||
	    ext_wishes_put(wish->exts, DER_CONSTRUCTED(3), fields, &which))
		return true;
	return fault_found(f, "\"%s\" as the OID of an extension",
	    text_fit(shown, sizeof(shown), bytes_of(which->oid)));
}

/* TBSCertificate ::= SEQUENCE { version, serialNumber, signature, issuer,
 * validity, subject, subjectPublicKeyInfo, extensions } */
static bool
put_fields(const struct cert_wish *wish, struct buf *fields, struct fault *f)
{
	struct buf part = { 0 };

	put_number(&part, 2); /* that is version 3 */
	put_and_free(fields, DER_CONSTRUCTED(0), &part);
	put_unsigned(fields, wish->serial);
	sign_alg_der(wish->sign_alg, fields);
	buf_append(fields, wish->issuer);
	der_put_time(&part, wish->not_before);
	der_put_time(&part, wish->not_after);
	put_and_free(fields, DER_SEQUENCE, &part);
	buf_append(fields, wish->subject);
	buf_append(fields, wish->spki);
	return put_extensions(wish, fields, f);
}

bool
cert_tbs(const struct cert_wish *wish, struct buf *tbs, struct fault *f)
{
	struct buf fields = { 0 };
	bool ok = true;

	memset(tbs, 0, sizeof(*tbs));
	for (size_t i = 0; ok && i < COUNT(holds); i++)
		ok = holds[i](wish, f);
	ok = ok && put_fields(wish, &fields, f);
	if (ok)
		der_put(tbs, DER_SEQUENCE, buf_bytes(&fields));
	buf_free(&fields);
	return ok ||
	    fault_raise(f, FAULT_INVALID_ARGS,
		"a positive serial number of 20 octets at most, names and a "
		"key in DER, dates in their order, extensions that differ",
		"correct the request for this certificate");
}

void
signed_put(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct bytes after, struct buf *out)
{
	size_t bits = zero_octet.len + signature.len;
	struct buf alg_der = { 0 };

	sign_alg_der(alg, &alg_der);
	put_header(out, DER_SEQUENCE,
	    tbs.len + alg_der.len + put_size(bits) + after.len);
	buf_append(out, tbs);
	buf_append(out, buf_bytes(&alg_der));
	put_header(out, DER_BIT_STRING, bits);
	buf_append(out, zero_octet); /* no unused bits */
	buf_append(out, signature);
	buf_append(out, after);
	buf_free(&alg_der);
}

void
signed_der(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct buf *der)
{
	static const struct bytes nothing = { NULL, 0 };

	signed_put(tbs, alg, signature, nothing, der);
}
