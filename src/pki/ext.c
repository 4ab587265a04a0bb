/* ext.c - extensions (RFC 5280, 4.2): which there are, and what they say. */
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "internal.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define KEY_USAGE_BITS 9

/* clang-format off */
const struct ext_kind ext_kinds[] = {
	{ "2.5.29.35",          "authorityKeyIdentifier",     EXT_ALLOWED },
	{ "2.5.29.19",          "basicConstraints",           EXT_ALLOWED },
	{ "2.5.29.32",          "certificatePolicies",        EXT_ALLOWED },
	{ "2.5.29.37",          "extKeyUsage",                EXT_ALLOWED },
	{ "2.5.29.54",          "inhibitAnyPolicy",           EXT_ALLOWED },
	{ "2.5.29.18",          "issuerAltName",              EXT_ALLOWED },
	{ "2.5.29.15",          "keyUsage",                   EXT_ALLOWED },
	{ "2.5.29.30",          "nameConstraints",            EXT_ALLOWED },
	{ "2.5.29.33",          "policyMappings",             EXT_ALLOWED },
	{ "2.5.29.17",          "subjectAltName",             EXT_ALLOWED },
	{ "2.5.29.9",           "subjectDirectoryAttributes", EXT_ALLOWED },
	{ "1.3.6.1.5.5.7.1.11", "subjectInfoAccess",          EXT_ALLOWED },
	{ "2.5.29.14",          "subjectKeyIdentifier",       EXT_ALLOWED },

	{ "1.3.6.1.5.5.7.1.1",  "authorityInfoAccess",        EXT_REFUSED },
	{ "2.5.29.31",          "cRLDistributionPoints",      EXT_REFUSED },
	{ "2.5.29.46",          "freshestCRL",                EXT_REFUSED },
	{ "2.5.29.36",          "policyConstraints",          EXT_REFUSED },

	/* Named, so that a refusal can be read. */
	{ "2.5.29.16",                "privateKeyUsagePeriod", EXT_UNLISTED },
	{ "1.3.6.1.5.5.7.1.3",        "qcStatements",          EXT_UNLISTED },
	{ "1.3.6.1.5.5.7.1.7",        "ipAddrBlocks",          EXT_UNLISTED },
	{ "1.3.6.1.5.5.7.1.8",        "autonomousSysIds",      EXT_UNLISTED },
	{ "1.3.6.1.5.5.7.1.24",       "tlsFeature",            EXT_UNLISTED },
	{ "1.3.6.1.5.5.7.48.1.5",     "ocspNoCheck",           EXT_UNLISTED },
	{ "1.3.6.1.4.1.11129.2.4.2",  "signedCertificateTimestampList",
	                                                       EXT_UNLISTED },
	{ "1.3.6.1.4.1.11129.2.4.3",  "precertificatePoison",  EXT_UNLISTED },
	{ "1.3.6.1.4.1.311.20.2",     "msCertificateTemplateName",
	                                                       EXT_UNLISTED },
	{ "1.3.6.1.4.1.311.21.1",     "msCaVersion",           EXT_UNLISTED },
	{ "1.3.6.1.4.1.311.21.7",     "msCertificateTemplate", EXT_UNLISTED },
	{ "2.16.840.1.113730.1.1",    "netscapeCertType",      EXT_UNLISTED },
	{ "2.16.840.1.113730.1.13",   "netscapeComment",       EXT_UNLISTED },
};
/* clang-format on */
const size_t ext_kinds_count = COUNT(ext_kinds);

/* subjectDirectoryAttributes: OpenSSL has the element, not the sequence. */
/* clang-format off */
ASN1_ITEM_TEMPLATE(DIRECTORY_ATTRIBUTES) =
	ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SEQUENCE_OF, 0, DIRECTORY_ATTRIBUTES,
	    X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END(DIRECTORY_ATTRIBUTES)
    /* clang-format on */

    /* The content of the element in front, when it has this tag; else empty. */
    static struct bytes octets_of(struct bytes at, int tag)
{
	struct bytes content = { NULL, 0 };

	return der_take(&at, tag, &content) ? content
					    : (struct bytes){ NULL, 0 };
}

static void
note_authority_key_id(struct cert *cert, const struct ext *ext,
    const void *value)
{
	struct bytes at = ext->value;
	struct bytes fields;

	if (der_take(&at, DER_SEQUENCE, &fields))
		cert->authority_key_id = octets_of(fields, DER_CONTEXT(0));
}

static void
note_subject_key_id(struct cert *cert, const struct ext *ext, const void *value)
{
	cert->subject_key_id = octets_of(ext->value, DER_OCTET_STRING);
}

static void
note_basic(struct cert *cert, const struct ext *ext, const void *value)
{
	const BASIC_CONSTRAINTS *basic = value;
	int64_t len = 0;

	cert->has_basic = true;
	cert->basic_critical = ext->critical;
	cert->is_ca = basic->ca != 0;
	cert->has_path_len = basic->pathlen != NULL;
	if (!cert->has_path_len)
		return;
	cert->path_len_negative = basic->pathlen->type == V_ASN1_NEG_INTEGER;
	if (cert->path_len_negative)
		return;
	if (!ASN1_INTEGER_get_int64(&len, basic->pathlen) || len > INT32_MAX)
		len = INT32_MAX;
	cert->path_len = len;
}

static void
note_key_usage(struct cert *cert, const struct ext *ext, const void *value)
{
	const ASN1_BIT_STRING *bits = value;

	cert->has_key_usage = true;
	for (int n = 0; n < KEY_USAGE_BITS; n++)
		if (ASN1_BIT_STRING_get_bit(bits, n))
			cert->key_usage |= 1u << n;
}

static void
note_name_constraints(struct cert *cert, const struct ext *ext,
    const void *value)
{
	cert->name_constraints = ext->value;
}

/* How the value of each known extension is decoded, and what it tells.  LEAST
 * octets are in it at least: a list has one element. */
#define ANY 0
#define LEAST 3
/* clang-format off */
static const struct {
	const char *oid;
	size_t least;
	ASN1_ITEM_EXP *item;
	void (*note)(struct cert *cert, const struct ext *ext,
	    const void *value);
} readers[] = {
	{ "2.5.29.35", ANY, ASN1_ITEM_ref(AUTHORITY_KEYID), note_authority_key_id },
	{ OID_BASIC_CONSTRAINTS, ANY, ASN1_ITEM_ref(BASIC_CONSTRAINTS), note_basic },
	{ "2.5.29.32", LEAST, ASN1_ITEM_ref(CERTIFICATEPOLICIES), NULL },
	{ "2.5.29.37", LEAST, ASN1_ITEM_ref(EXTENDED_KEY_USAGE), NULL },
	{ "2.5.29.54", ANY, ASN1_ITEM_ref(ASN1_INTEGER), NULL },
	{ "2.5.29.18", LEAST, ASN1_ITEM_ref(GENERAL_NAMES), NULL },
	{ OID_KEY_USAGE, ANY, ASN1_ITEM_ref(ASN1_BIT_STRING), note_key_usage },
	{ "2.5.29.30", LEAST, ASN1_ITEM_ref(NAME_CONSTRAINTS), note_name_constraints },
	{ "2.5.29.33", LEAST, ASN1_ITEM_ref(POLICY_MAPPINGS), NULL },
	{ OID_SUBJECT_ALT_NAME, LEAST, ASN1_ITEM_ref(GENERAL_NAMES), NULL },
	{ "2.5.29.9", LEAST, ASN1_ITEM_ref(DIRECTORY_ATTRIBUTES), NULL },
	{ OID_SUBJECT_INFO_ACCESS, LEAST, ASN1_ITEM_ref(AUTHORITY_INFO_ACCESS), NULL },
	{ "2.5.29.14", ANY, ASN1_ITEM_ref(ASN1_OCTET_STRING), note_subject_key_id },
	{ "1.3.6.1.5.5.7.1.1", LEAST, ASN1_ITEM_ref(AUTHORITY_INFO_ACCESS), NULL },
	{ "2.5.29.31", LEAST, ASN1_ITEM_ref(CRL_DIST_POINTS), NULL },
	{ "2.5.29.46", LEAST, ASN1_ITEM_ref(CRL_DIST_POINTS), NULL },
	{ "2.5.29.36", LEAST, ASN1_ITEM_ref(POLICY_CONSTRAINTS), NULL },
};
/* clang-format on */

static void
ext_note(struct cert *cert, struct ext *ext, size_t reader)
{
	const ASN1_ITEM *item = ASN1_ITEM_ptr(readers[reader].item);
	const unsigned char *p = ext->value.p;
	ASN1_VALUE *value = ASN1_item_d2i(NULL, &p, (long)ext->value.len, item);

	ext->undecodable = value == NULL || p != ext->value.p + ext->value.len;
	ext->loose = !ext->undecodable &&
	    (ext->value.len < readers[reader].least ||
		!der_is_strict(ext->value));
	if (!ext->undecodable && readers[reader].note != NULL)
		readers[reader].note(cert, ext, value);
	ASN1_item_free(value, item);
}

void
ext_note_all(struct cert *cert)
{
	for (size_t i = 0; i < cert->ext_count; i++) {
		struct ext *ext = &cert->ext[i];

		if (ext->kind == NULL)
			continue;
		for (size_t n = 0; n < COUNT(readers); n++)
			if (strcmp(readers[n].oid, ext->kind->oid) == 0)
				ext_note(cert, ext, n);
	}
	ERR_clear_error();
}

const struct ext *
ext_find(const struct cert *cert, const char *oid)
{
	for (size_t i = 0; i < cert->ext_count; i++) {
		const struct ext *ext = &cert->ext[i];

		if (ext->kind != NULL && strcmp(ext->kind->oid, oid) == 0)
			return ext;
	}
	return NULL;
}

/* Set kind and name.  An OID too long to be written out is none we know. */
static void
ext_name(struct ext *ext, struct bytes oid)
{
	if (!der_oid_text(oid, ext->name, sizeof(ext->name))) {
		text_fit(ext->name, sizeof(ext->name),
		    bytes_of("with an OID too long to show"));
		return;
	}
	for (size_t i = 0; i < ext_kinds_count && ext->kind == NULL; i++)
		if (strcmp(ext_kinds[i].oid, ext->name) == 0)
			ext->kind = &ext_kinds[i];
	if (ext->kind != NULL)
		text_fit(ext->name, sizeof(ext->name),
		    bytes_of(ext->kind->name));
}

/* Read one Extension; *oid is what names it. */
static bool
ext_read(struct bytes *list, struct ext *ext, struct bytes *oid,
    struct fault *f)
{
	struct bytes fields;

	memset(ext, 0, sizeof(*ext));
	if (!der_take(list, DER_SEQUENCE, &fields) ||
	    !der_take(&fields, DER_OID, oid) || !der_oid_content(*oid))
		return fault_found(f, "an extension that is not DER");
	ext_name(ext, *oid);
	if (der_peek(fields) == DER_BOOLEAN) {
		if (!der_boolean(&fields, &ext->critical))
			return fault_found(f,
			    "extension %s with a critical that is not DER",
			    ext->name);
		/* DEFAULT values are left out (X.690, 11.5). */
		if (!ext->critical)
			return fault_found(f,
			    "extension %s with critical FALSE written out",
			    ext->name);
	}
	if (!der_take(&fields, DER_OCTET_STRING, &ext->value) || fields.len > 0)
		return fault_found(f, "extension %s that is not DER",
		    ext->name);
	return true;
}

static int
oid_order(const void *left, const void *right)
{
	const struct bytes *a = left, *b = right;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->p, b->p, a->len);
}

/* Sorted first: a chain has room for a certificate with 100,000 of them. */
static bool
oids_differ(struct bytes *oid, size_t count, struct fault *f)
{
	if (oid == NULL || count < 2)
		return true;
	qsort(oid, count, sizeof(*oid), oid_order);
	for (size_t i = 1; i < count; i++) {
		struct ext twice = { 0 };

		if (!bytes_equal(oid[i - 1], oid[i]))
			continue;
		ext_name(&twice, oid[i]);
		return fault_found(f, "extension %s twice", twice.name);
	}
	return true;
}

bool
ext_read_all(struct bytes list, struct cert *cert, struct fault *f)
{
	struct bytes *oid = NULL;
	size_t oid_cap = 0;
	size_t ext_cap = 0;
	bool ok = true;

	while (ok && list.len > 0) {
		size_t n = cert->ext_count;

		cert->ext =
		    mem_grow(cert->ext, n, &ext_cap, sizeof(*cert->ext));
		oid = mem_grow(oid, n, &oid_cap, sizeof(*oid));
		ok = ext_read(&list, &cert->ext[n], &oid[n], f);
		if (ok)
			cert->ext_count++;
	}
	ok = ok && oids_differ(oid, cert->ext_count, f);
	mem_free(oid);
	return ok;
}
