/* ext_make.c - values of extensions to be (RFC 5280, 4.2.1 and 4.2.2). */
#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

#include "internal.h"
#include "make.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define KEY_USAGE_BITS 9
#define GENERAL_NAME_URI DER_CONTEXT(6)
#define SHOWN_MAX 128

#define OID_OCSP "1.3.6.1.5.5.7.48.1"
#define OID_CPS "1.3.6.1.5.5.7.2.1"

void
ext_basic_constraints(struct buf *out, bool ca, int path_len)
{
	static const struct bytes yes = { (const unsigned char *)"\xff", 1 };
	struct buf fields = { 0 };

	if (ca)
		der_put(&fields, DER_BOOLEAN, yes);
	if (ca && path_len >= 0)
		put_number(&fields, path_len);
	put_and_free(out, DER_SEQUENCE, &fields);
}

/* Named bits: as many as the last that is set needs (X.690, 11.2.2). */
void
ext_key_usage(struct buf *out, unsigned bits)
{
	unsigned char octets[3] = { 0, 0, 0 }; /* how many are unused, bits */
	size_t len = 1;

	for (unsigned n = 0; n < KEY_USAGE_BITS; n++) {
		if ((bits & 1u << n) == 0)
			continue;
		octets[1 + n / 8] |= (unsigned char)(0x80 >> n % 8);
		octets[0] = (unsigned char)(7 - n % 8);
		len = 2 + n / 8;
	}
	der_put(out, DER_BIT_STRING, (struct bytes){ octets, len });
}

/* A list is put together, or what is wrong with it was noted. */
static bool
list_done(struct buf *out, struct buf *list, bool ok, const char *want,
    struct fault *f)
{
	if (ok)
		der_put(out, DER_SEQUENCE, buf_bytes(list));
	buf_free(list);
	return ok ||
	    fault_raise(f, FAULT_INVALID_ARGS, want, "correct this extension");
}

static bool
put_oid_or_note(struct buf *out, const char *oid, const char *where,
    struct fault *f)
{
	char shown[SHOWN_MAX];

	return put_oid(out, oid) ||
	    fault_found(f, "\"%s\" in %s",
		text_fit(shown, sizeof(shown), bytes_of(oid)), where);
}

bool
ext_ext_key_usage(struct buf *out, const char *const *oids, size_t count,
    struct fault *f)
{
	struct buf list = { 0 };
	bool ok = count > 0 || fault_found(f, "extKeyUsage without a purpose");

	for (size_t i = 0; ok && i < count; i++)
		ok = put_oid_or_note(&list, oids[i], "extKeyUsage", f);
	return list_done(out, &list, ok, "one dotted OID or more", f);
}

struct bytes
spki_key_octets(struct bytes spki)
{
	struct bytes octets = { NULL, 0 };
	struct bytes fields, alg, bits;

	if (!der_take(&spki, DER_SEQUENCE, &fields) || spki.len > 0 ||
	    !der_take(&fields, DER_SEQUENCE, &alg) ||
	    !der_take(&fields, DER_BIT_STRING, &bits) || fields.len > 0 ||
	    !der_bit_octets(bits, &octets))
		return (struct bytes){ NULL, 0 };
	return octets;
}

void
key_id_of(struct bytes spki, unsigned char out[KEY_ID_LEN])
{
	struct bytes key = spki_key_octets(spki);

	assert(key.p != NULL);
	(void)mem_must(SHA1(key.p, key.len, out));
}

void
ext_subject_key_id(struct buf *out, struct bytes spki)
{
	unsigned char id[KEY_ID_LEN];

	key_id_of(spki, id);
	der_put(out, DER_OCTET_STRING, (struct bytes){ id, sizeof(id) });
}

void
ext_authority_key_id(struct buf *out, struct bytes key_id)
{
	put_header(out, DER_SEQUENCE, put_size(key_id.len));
	der_put(out, DER_CONTEXT(0), key_id);
}

/* DistributionPointName: fullName [0], inside the explicit [0] that a CHOICE
 * is given (X.680, 31.2.7). */
void
ext_put_point_name(struct buf *out, const char *uri)
{
	struct bytes text = bytes_of(uri);
	size_t names = put_size(text.len);

	put_header(out, DER_CONSTRUCTED(0), put_size(names));
	put_header(out, DER_CONSTRUCTED(0), names);
	der_put(out, GENERAL_NAME_URI, text);
}

void
ext_crl_point(struct buf *out, const char *uri)
{
	struct buf point = { 0 };

	ext_put_point_name(&point, uri);
	put_header(out, DER_SEQUENCE, put_size(point.len));
	put_and_free(out, DER_SEQUENCE, &point);
}

void
ext_ocsp_access(struct buf *out, const char *uri)
{
	struct buf access = { 0 };

	put_known_oid(&access, OID_OCSP);
	der_put(&access, GENERAL_NAME_URI, bytes_of(uri));
	put_header(out, DER_SEQUENCE, put_size(access.len));
	put_and_free(out, DER_SEQUENCE, &access);
}

void
ext_alt_names(struct buf *out, const struct buf *general_names, size_t count)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < count; i++)
		buf_append(&list, buf_bytes(&general_names[i]));
	put_and_free(out, DER_SEQUENCE, &list);
}

/* PolicyQualifierInfo with a CPSuri, which is an IA5String of a URI. */
static bool
put_cps(struct buf *out, const char *uri, struct fault *f)
{
	struct bytes text = bytes_of(uri);
	struct buf fields = { 0 };
	char shown[SHOWN_MAX];
	bool ok = text.len > 0;

	for (size_t i = 0; i < text.len; i++)
		ok = ok && text.p[i] > ' ' && text.p[i] <= '~';
	if (!ok)
		return fault_found(f, "\"%s\" as URI of a practice statement",
		    text_fit(shown, sizeof(shown), text));
	put_known_oid(&fields, OID_CPS);
	der_put(&fields, DER_IA5, text);
	put_and_free(out, DER_SEQUENCE, &fields);
	return true;
}

/* PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers } */
static bool
put_policy(struct buf *out, const struct policy_wish *policy, struct fault *f)
{
	struct buf fields = { 0 };
	struct buf qualifiers = { 0 };
	bool ok =
	    put_oid_or_note(&fields, policy->oid, "certificatePolicies", f);

	for (size_t i = 0; ok && i < policy->cps_count; i++)
		ok = put_cps(&qualifiers, policy->cps[i], f);
	if (ok && policy->cps_count > 0)
		der_put(&fields, DER_SEQUENCE, buf_bytes(&qualifiers));
	if (ok)
		der_put(out, DER_SEQUENCE, buf_bytes(&fields));
	buf_free(&qualifiers);
	buf_free(&fields);
	return ok;
}

/* A policy must not be there twice (RFC 5280, 4.2.1.4). */
static bool
is_first_of_its_policy(const struct policy_wish *list, size_t n,
    struct fault *f)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].oid, list[n].oid) == 0)
			return fault_found(f, "policy %s twice", list[n].oid);
	return true;
}

bool
ext_policies(struct buf *out, const struct policy_wish *list, size_t count,
    struct fault *f)
{
	struct buf all = { 0 };
	bool ok =
	    count > 0 || fault_found(f, "certificatePolicies without a policy");

	for (size_t i = 0; ok && i < count; i++)
		ok = put_policy(&all, &list[i], f) &&
		    is_first_of_its_policy(list, i, f);
	return list_done(out, &all, ok,
	    "policies that differ, each a dotted OID, their practice "
	    "statements URIs in ASCII",
	    f);
}
