/* subject.c - ASN1Subject: its members, and the name they make. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

static bool
is_country(const char *value)
{
	return strlen(value) == 2 &&
	    strspn(value,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz") == 2;
}

/* "+-." of the API's pattern is a range and lets the comma in. */
static bool
is_printable(const char *value)
{
	return value[strspn(value,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "abcdefghijklmnopqrstuvwxyz"
		   "0123456789'()+,-.?:/= ")] == '\0';
}

static const struct shape country = {
	.kind = SHAPE_STRING,
	.min = 2,
	.max = 2,
	.holds = is_country,
	.pattern = "[A-Za-z]{2}",
};
static const struct shape printable64 = {
	.kind = SHAPE_STRING,
	.max = 64,
	.holds = is_printable,
	.pattern = "[a-zA-Z0-9'()+-.?:/= ]*",
};

static const struct member custom_members[] = {
	{ "ObjectIdentifier", &shape_oid, true },
	{ "Value", SHAPE_TEXT(1, 256), true },
};
static const struct shape custom = { SHAPE_ROWS(custom_members[0],
    custom_members) };
static const struct shape custom_list = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 150,
	.of = &custom,
};

/* In the order of the service model, which is that of the CSR. */
/* clang-format off */
const struct subject_row subject_rows[SUBJECT_ROWS] = {
	{ { "Country", &country, false }, "2.5.4.6", true, { "C" } },
	{ { "Organization", SHAPE_TEXT(0, 64), false }, "2.5.4.10", false, { "O" } },
	{ { "OrganizationalUnit", SHAPE_TEXT(0, 64), false }, "2.5.4.11", false, { "OU" } },
	{ { "DistinguishedNameQualifier", &printable64, false }, "2.5.4.46", true, { "dnQualifier", "DNQ" } },
	{ { "State", SHAPE_TEXT(0, 128), false }, "2.5.4.8", false, { "ST", "S" } },
	{ { "CommonName", SHAPE_TEXT(0, 64), false }, "2.5.4.3", false, { "CN" } },
	{ { "SerialNumber", &printable64, false }, "2.5.4.5", true, { NULL } },
	{ { "Locality", SHAPE_TEXT(0, 128), false }, "2.5.4.7", false, { "L" } },
	{ { "Title", SHAPE_TEXT(0, 64), false }, "2.5.4.12", false, { "T" } },
	{ { "Surname", SHAPE_TEXT(0, 40), false }, "2.5.4.4", false, { "SN" } },
	{ { "GivenName", SHAPE_TEXT(0, 16), false }, "2.5.4.42", false, { "GN" } },
	{ { "Initials", SHAPE_TEXT(0, 5), false }, "2.5.4.43", false, { NULL } },
	{ { "Pseudonym", SHAPE_TEXT(0, 128), false }, "2.5.4.65", false, { NULL } },
	{ { "GenerationQualifier", SHAPE_TEXT(0, 3), false }, "2.5.4.44", false, { NULL } },
	{ { "CustomAttributes", &custom_list, false }, NULL, false, { NULL } },
};
/* clang-format on */

const struct shape subject_shape = { SHAPE_ROWS(subject_rows[0].member,
    subject_rows) };

/* A standard attribute keeps its string type when it is given by its OID. */
static bool
oid_is_printable(const char *oid)
{
	for (size_t i = 0; i < SUBJECT_ROWS; i++)
		if (subject_rows[i].oid != NULL &&
		    strcmp(subject_rows[i].oid, oid) == 0)
			return subject_rows[i].printable;
	return false;
}

/* An empty value counts as absent: X.520 has no empty attributes. */
static size_t
read_standard(const json_t *subject, struct name_attr *attrs)
{
	size_t count = 0;

	for (size_t i = 0; i < SUBJECT_ROWS; i++) {
		const struct subject_row *row = &subject_rows[i];
		const char *value = json_string_value(json_object_get(subject,
		    row->member.name));

		if (row->oid == NULL || value == NULL || value[0] == '\0')
			continue;
		attrs[count].oid = row->oid;
		attrs[count].value = value;
		attrs[count++].printable = row->printable;
	}
	return count;
}

static void
read_custom(const json_t *list, struct name_attr *attrs)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		struct name_attr *attr = &attrs[i];

		attr->oid =
		    json_string_value(json_object_get(one, "ObjectIdentifier"));
		attr->value = json_string_value(json_object_get(one, "Value"));
		attr->printable = oid_is_printable(attr->oid);
	}
}

/* Readers do not agree on what a control character does to a name. */
static bool
values_are_text(const struct name_attr *attrs, size_t count, struct fault *f)
{
	char shown[64];

	for (size_t i = 0; i < count; i++) {
		const char *value = attrs[i].value;
		size_t at = 0;

		while ((unsigned char)value[at] >= ' ' && value[at] != 0x7f)
			at++;
		if (value[at] == '\0')
			continue;
		fault_found(f, "a control character in \"%s\"",
		    text_fit(shown, sizeof(shown), bytes_of(value)));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "names without control characters",
		    "leave line breaks, tabs and the like out of the name");
	}
	return true;
}

bool
subject_read(const json_t *subject, struct name_attr **out, size_t *count,
    struct fault *f)
{
	const json_t *list = json_object_get(subject, "CustomAttributes");
	size_t customs = json_array_size(list);
	struct name_attr *attrs =
	    mem_array(SUBJECT_ROWS + customs, sizeof(*attrs));
	size_t standards = read_standard(subject, attrs);

	*out = NULL;
	*count = 0;
	if (standards > 0 && customs > 0) {
		mem_free(attrs);
		fault_found(f, "CustomAttributes beside other members");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "a name of custom attributes only or of none",
		    "write every attribute as OID and value, for example "
		    "2.5.4.3 for CommonName, or leave the custom ones out");
	}
	if (standards + customs == 0) {
		mem_free(attrs);
		fault_found(f, "a name without any attribute");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "at least one attribute with a value",
		    "give the CA a name, for example a CommonName");
	}
	read_custom(list, attrs + standards);
	if (!values_are_text(attrs, standards + customs, f)) {
		mem_free(attrs);
		return false;
	}
	*out = attrs;
	*count = standards + customs;
	return true;
}

bool
subject_der(const json_t *subject, struct buf *der, struct fault *f)
{
	struct name_attr *attrs;
	size_t count;
	bool ok;

	if (!subject_read(subject, &attrs, &count, f))
		return false;
	ok = name_make(attrs, count, der, f);
	mem_free(attrs);
	return ok;
}
