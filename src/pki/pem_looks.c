/* pem_looks.c - what a file without a certificate in PEM may be instead. */
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "p11ca/der.h"
#include "p11ca/pem.h"

/* What a block's label ends with, and what that is; the first row that any
 * block has is the answer. */
static const struct {
	const char *end;
	const char *what;
} labels[] = {
	{ "PRIVATE KEY", "a private key" },
	{ "CERTIFICATE REQUEST", "a certification request" },
	{ "TRUSTED CERTIFICATE", "a certificate with OpenSSL's trust data" },
	{ "X509 CERTIFICATE", "a certificate with an outdated label" },
	{ "PKCS7", "PKCS#7" },
	{ "PKCS #7 SIGNED DATA", "PKCS#7" },
	{ "CMS", "PKCS#7" },
	{ "PUBLIC KEY", "a public key" },
	{ "CRL", "a CRL" },
};

/* What text begins with, in any case of letters. */
static const struct {
	const char *begin;
	const char *what;
} beginnings[] = {
	{ "LS0tLS1CRUdJTi", "base64 of PEM (aws CLI v2 wants fileb://)" },
	{ "<!doctype html", "an HTML page" },
	{ "<html", "an HTML page" },
	{ "<?xml", "an XML document" },
	{ "MII", "base64 without BEGIN and END lines" },
};

static const unsigned char signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x07, 0x02 };

static const char *
label_looks_like(const struct pem *pem)
{
	for (size_t row = 0; row < COUNT(labels); row++) {
		size_t len = strlen(labels[row].end);

		for (size_t i = 0; i < pem->count; i++) {
			const char *label = pem->block[i].label;
			size_t all = strlen(label);

			if (all >= len &&
			    strcmp(label + all - len, labels[row].end) == 0)
				return labels[row].what;
		}
	}
	return NULL;
}

/* CertificationRequestInfo (RFC 2986, 4.1): number, name, key, [0]. */
static bool
is_request_info(struct bytes info)
{
	struct bytes part;

	return der_integer(&info, &part) &&
	    der_take(&info, DER_SEQUENCE, &part) &&
	    der_take(&info, DER_SEQUENCE, &part) &&
	    der_peek(info) == DER_CONSTRUCTED(0);
}

/* By the first elements of the outer SEQUENCE. */
static const char *
content_looks_like(struct bytes at)
{
	struct bytes first;

	if (der_integer(&at, &first)) {
		if (first.len == 1 && first.p[0] == 3)
			return "PKCS#12";
		return first.len == 1 && first.p[0] <= 1 ? "a private key"
							 : "DER";
	}
	if (der_take(&at, DER_OID, &first))
		return bytes_equal(first,
			   (struct bytes){ signed_data, sizeof(signed_data) })
		    ? "PKCS#7"
		    : "DER";
	if (!der_take(&at, DER_SEQUENCE, &first))
		return NULL;
	if (der_peek(at) == DER_OCTET_STRING)
		return "a private key"; /* encrypted, PKCS#8 */
	return is_request_info(first) ? PEM_LOOKS_CSR_DER : "DER";
}

static const char *
der_looks_like(struct bytes text)
{
	struct bytes at = text;
	struct bytes content;
	const char *what;
	size_t header;

	if (der_take(&at, DER_SEQUENCE, &content))
		return content_looks_like(content);
	/* Cut short, or of indefinite length: what can still be seen. */
	if (text.len < 4 || text.p[0] != DER_SEQUENCE || text.p[1] < 0x80 ||
	    text.p[1] > 0x84)
		return NULL;
	header = 2 + (size_t)text.p[1] - 0x80;
	if (header > text.len)
		return NULL;
	what = content_looks_like((struct bytes){
	    text.p + header, text.len - header });
	return what != NULL ? what : "DER";
}

static const char *
text_looks_like(struct bytes text)
{
	static const char bom[] = "\xef\xbb\xbf";
	static const char begin[] = "-BEGIN ";

	if (text.len >= strlen(bom) && memcmp(text.p, bom, strlen(bom)) == 0) {
		text.p += strlen(bom);
		text.len -= strlen(bom);
	}
	while (text.len > 0 && bytes_blank((struct bytes){ text.p, 1 })) {
		text.p++;
		text.len--;
	}
	for (size_t i = 0; i < COUNT(beginnings); i++) {
		size_t len = strlen(beginnings[i].begin);

		if (text.len >= len &&
		    strncasecmp((const char *)text.p, beginnings[i].begin,
			len) == 0)
			return beginnings[i].what;
	}
	if (text.len > 0 &&
	    memmem(text.p, text.len, begin, strlen(begin)) != NULL)
		return "PEM with damaged BEGIN lines";
	return "neither PEM nor DER";
}

const char *
pem_looks_like(struct bytes text, const struct pem *pem)
{
	const char *what;

	if (pem->blank)
		return "blanks only";
	what = label_looks_like(pem);
	if (what == NULL)
		what = der_looks_like(text);
	if (what == NULL)
		what = pem->count > 0 ? "PEM of another kind"
				      : text_looks_like(text);
	return what;
}
