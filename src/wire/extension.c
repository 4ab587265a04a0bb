/* extension.c - Extensions of an ApiPassthrough, and the values they make. */
#include <string.h>

#include "internal.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"

#define OID_TEXT_MAX 512

/* ExtendedKeyUsageType of the API */
/* clang-format off */
static const struct {
	const char *name;
	const char *oid;
} purposes[] = {
	{ "SERVER_AUTH", "1.3.6.1.5.5.7.3.1" },
	{ "CLIENT_AUTH", "1.3.6.1.5.5.7.3.2" },
	{ "CODE_SIGNING", "1.3.6.1.5.5.7.3.3" },
	{ "EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4" },
	{ "TIME_STAMPING", "1.3.6.1.5.5.7.3.8" },
	{ "OCSP_SIGNING", "1.3.6.1.5.5.7.3.9" },
	{ "SMART_CARD_LOGIN", "1.3.6.1.4.1.311.20.2.2" },
	{ "DOCUMENT_SIGNING", "1.3.6.1.4.1.311.10.3.12" },
	{ "CERTIFICATE_TRANSPARENCY", "1.3.6.1.4.1.11129.2.4.4" },
};
/* clang-format on */

static const char *
purpose_oid(const char *name)
{
	for (size_t i = 0; i < COUNT(purposes); i++)
		if (strcmp(purposes[i].name, name) == 0)
			return purposes[i].oid;
	return NULL;
}

static bool
is_purpose(const char *value)
{
	return purpose_oid(value) != NULL;
}

static void
list_purposes(struct buf *out)
{
	for (size_t i = 0; i < COUNT(purposes); i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", purposes[i].name);
}

static const struct shape purpose_type = {
	.kind = SHAPE_STRING,
	.holds = is_purpose,
	.set = list_purposes,
};
static const struct member purpose_members[] = {
	{ "ExtendedKeyUsageType", &purpose_type, false },
	{ "ExtendedKeyUsageObjectIdentifier", &shape_oid, false },
};
static const struct shape purpose_shape = { SHAPE_ROWS(purpose_members[0],
    purpose_members) };
static const struct shape purpose_list = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 20,
	.of = &purpose_shape,
};

static const struct member cps_members[] = {
	{ "CpsUri", SHAPE_TEXT(0, 256), true },
};
static const struct shape cps_shape = { SHAPE_ROWS(cps_members[0],
    cps_members) };
static const struct member qualifier_members[] = {
	{ "PolicyQualifierId", SHAPE_NAMES("CPS"), true },
	{ "Qualifier", &cps_shape, true },
};
static const struct shape qualifier_shape = { SHAPE_ROWS(qualifier_members[0],
    qualifier_members) };
static const struct shape qualifier_list = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 20,
	.of = &qualifier_shape,
};
static const struct member policy_members[] = {
	{ "CertPolicyId", &shape_oid, true },
	{ "PolicyQualifiers", &qualifier_list, false },
};
static const struct shape policy_shape = { SHAPE_ROWS(policy_members[0],
    policy_members) };
static const struct shape policy_list = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 20,
	.of = &policy_shape,
};

static const struct shape alt_name_list = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 150,
	.of = &general_name_shape,
};

static const struct shape base64_shape = {
	.kind = SHAPE_STRING,
	.min = 1,
	.max = 4096,
	.holds = is_base64,
	.pattern = "(?:[A-Za-z0-9+/]{4})*"
		   "(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
};
static const struct member custom_members[] = {
	{ "ObjectIdentifier", &shape_oid, true },
	{ "Value", &base64_shape, true },
	{ "Critical", &shape_boolean, false },
};
static const struct shape custom_shape = { SHAPE_ROWS(custom_members[0],
    custom_members) };
static const struct shape custom_list = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 150,
	.of = &custom_shape,
};

static bool
key_usage_value(const json_t *usage, struct buf *out, struct fault *f)
{
	unsigned bits = key_usage_read(usage);

	if (bits != 0)
		ext_key_usage(out, bits);
	return true;
}

static bool
read_purpose(const json_t *purpose, const char **oid, struct fault *f)
{
	const char *type = tree_text_of(purpose, "ExtendedKeyUsageType");
	const char *other =
	    tree_text_of(purpose, "ExtendedKeyUsageObjectIdentifier");

	if ((type == NULL) == (other == NULL)) {
		fault_found(f, "an ExtendedKeyUsage with %zu members",
		    json_object_size(purpose));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "exactly one of ExtendedKeyUsageType and "
		    "ExtendedKeyUsageObjectIdentifier",
		    "write one element of the list for each purpose");
	}
	*oid = type != NULL ? purpose_oid(type) : other;
	return true;
}

static bool
purposes_value(const json_t *list, struct buf *out, struct fault *f)
{
	size_t count = json_array_size(list);
	const char **oids = mem_array(count, sizeof(*oids));
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++)
		ok = read_purpose(json_array_get(list, i), &oids[i], f);
	ok = ok && ext_ext_key_usage(out, oids, count, f);
	mem_free(oids);
	return ok;
}

static size_t
count_qualifiers(const json_t *list)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		count +=
		    json_array_size(json_object_get(json_array_get(list, i),
			"PolicyQualifiers"));
	return count;
}

/* One policy; its URIs go to where cps points, their count is returned. */
static size_t
read_policy(const json_t *policy, struct policy_wish *wish, const char **cps)
{
	const json_t *list = json_object_get(policy, "PolicyQualifiers");
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count; i++)
		cps[i] = tree_text_of(json_object_get(json_array_get(list, i),
					  "Qualifier"),
		    "CpsUri");
	wish->oid = tree_text_of(policy, "CertPolicyId");
	wish->cps = cps;
	wish->cps_count = count;
	return count;
}

static bool
policies_value(const json_t *list, struct buf *out, struct fault *f)
{
	size_t count = json_array_size(list);
	const char **cps = mem_array(count_qualifiers(list), sizeof(*cps));
	struct policy_wish *wishes = mem_array(count, sizeof(*wishes));
	size_t taken = 0;
	bool ok;

	for (size_t i = 0; i < count; i++)
		taken += read_policy(json_array_get(list, i), &wishes[i],
		    cps + taken);
	ok = ext_policies(out, wishes, count, f);
	mem_free(wishes);
	mem_free(cps);
	return ok;
}

static bool
alt_names_value(const json_t *list, struct buf *out, struct fault *f)
{
	size_t count = json_array_size(list);
	struct buf *names = mem_array(count, sizeof(*names));
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++)
		ok = general_name_read(json_array_get(list, i),
		    "element of SubjectAlternativeNames", &names[i], f);
	if (ok)
		ext_alt_names(out, names, count);
	for (size_t i = 0; i < count; i++)
		buf_free(&names[i]);
	mem_free(names);
	return ok;
}

/* In the order of the certificate.  value() leaves *out empty where there is
 * nothing to say. */
/* clang-format off */
static const struct standard {
	struct member member;
	const char *oid;
	bool critical;
	bool (*value)(const json_t *in, struct buf *out, struct fault *f);
} standards[] = {
	{ { "KeyUsage", &key_usage_shape, false }, "2.5.29.15", true, key_usage_value },
	{ { "ExtendedKeyUsage", &purpose_list, false }, "2.5.29.37", false, purposes_value },
	{ { "CertificatePolicies", &policy_list, false }, "2.5.29.32", false, policies_value },
	{ { "SubjectAlternativeNames", &alt_name_list, false }, "2.5.29.17", false, alt_names_value },
	{ { "CustomExtensions", &custom_list, false }, NULL, false, NULL },
};
/* clang-format on */

const struct shape extensions_shape = { SHAPE_ROWS(standards[0].member,
    standards) };

static bool
add_standard(const json_t *extensions, const struct standard *row,
    struct ext_wishes *wishes, struct fault *f)
{
	const json_t *in = json_object_get(extensions, row->member.name);
	struct buf value = { 0 };
	bool ok;

	if (in == NULL || row->value == NULL)
		return true;
	ok = row->value(in, &value, f);
	if (ok && value.len > 0)
		ext_wishes_add(wishes, row->oid, row->critical,
		    buf_bytes(&value));
	buf_free(&value);
	return ok;
}

/* An OID in its one form, without zeros before a number: "2.5.29.015" is
 * keyUsage too.  A RegisteredId holds an OID and nothing else. */
static bool
oid_normal(const char *oid, char *out, size_t size, struct fault *f)
{
	struct general_name name = { .form = "RID", .value = bytes_of(oid) };
	struct buf der = { 0 };
	struct bytes at, content;
	bool ok = general_name_der(&name, &der, f);

	if (ok) {
		at = buf_bytes(&der);
		ok = (der_take(&at, DER_CONTEXT(8), &content) &&
			 der_oid_text(content, out, size)) ||
		    fault_found(f, "the OID \"%s\"", oid);
	}
	buf_free(&der);
	return ok ||
	    fault_raise(f, FAULT_INVALID_ARGS, "a dotted OID",
		"correct the ObjectIdentifier of this CustomExtension");
}

/* One element of DER, with nothing after it. */
static bool
is_one_element(struct bytes at)
{
	struct bytes content, whole;
	int tag;

	return der_next(&at, &tag, &content, &whole) && at.len == 0;
}

static bool
add_custom(const json_t *custom, struct ext_wishes *wishes, struct fault *f)
{
	bool critical = json_is_true(json_object_get(custom, "Critical"));
	struct buf value = { 0 };
	char oid[OID_TEXT_MAX];
	bool ok;

	if (!oid_normal(tree_text_of(custom, "ObjectIdentifier"), oid,
		sizeof(oid), f))
		return false;
	if (ext_wishes_find(wishes, oid) != NULL) {
		fault_found(f, "two extensions with the OID %s", oid);
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "each extension once (RFC 5280, 4.2)",
		    "leave one of them out");
	}
	ok = base64_read(tree_text_of(custom, "Value"), &value) &&
	    is_one_element(buf_bytes(&value));
	if (ok) {
		ext_wishes_add(wishes, oid, critical, buf_bytes(&value));
	} else {
		fault_found(f, "a Value of the extension %s that is no DER",
		    oid);
		fault_raise(f, FAULT_INVALID_ARGS,
		    "base64 of one whole DER element, nothing after it",
		    "encode what goes into the OCTET STRING of the extension");
	}
	buf_free(&value);
	return ok;
}

bool
extensions_read(const json_t *extensions, struct ext_wishes *wishes,
    struct fault *f)
{
	const json_t *customs = json_object_get(extensions, "CustomExtensions");

	for (size_t i = 0; i < COUNT(standards); i++)
		if (!add_standard(extensions, &standards[i], wishes, f))
			return false;
	for (size_t i = 0; i < json_array_size(customs); i++)
		if (!add_custom(json_array_get(customs, i), wishes, f))
			return false;
	return true;
}
