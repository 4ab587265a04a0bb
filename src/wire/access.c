/* access.c - SubjectInformationAccess: methods and places. */
#include <string.h>

#include "internal.h"

const struct access_method access_methods[ACCESS_METHODS] = {
	{ "CA_REPOSITORY", "1.3.6.1.5.5.7.48.5" },
	{ "RESOURCE_PKI_MANIFEST", "1.3.6.1.5.5.7.48.10" },
	{ "RESOURCE_PKI_NOTIFY", "1.3.6.1.5.5.7.48.13" },
};

static const char *
method_oid(const char *name)
{
	for (size_t i = 0; i < ACCESS_METHODS; i++)
		if (strcmp(access_methods[i].name, name) == 0)
			return access_methods[i].oid;
	return NULL;
}

static bool
is_method(const char *value)
{
	return method_oid(value) != NULL;
}

static void
list_methods(struct buf *out)
{
	for (size_t i = 0; i < ACCESS_METHODS; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "",
		    access_methods[i].name);
}

static const struct shape method_type = {
	.kind = SHAPE_STRING,
	.holds = is_method,
	.set = list_methods,
};
static const struct member method_members[] = {
	{ "CustomObjectIdentifier", &shape_oid, false },
	{ "AccessMethodType", &method_type, false },
};
static const struct shape method_shape = { SHAPE_ROWS(method_members[0],
    method_members) };

static const struct member other_members[] = {
	{ "TypeId", &shape_oid, true },
	{ "Value", SHAPE_TEXT(0, 256), true },
};
static const struct shape other_shape = { SHAPE_ROWS(other_members[0],
    other_members) };
static const struct member party_members[] = {
	{ "PartyName", SHAPE_TEXT(0, 256), true },
	{ "NameAssigner", SHAPE_TEXT(0, 256), false },
};
static const struct shape party_shape = { SHAPE_ROWS(party_members[0],
    party_members) };

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* How a form is filled in; scratch keeps what the name points into. */
static bool
fill_text(const json_t *value, struct general_name *name, struct buf *scratch,
    struct fault *f)
{
	name->value = bytes_of(json_string_value(value));
	return true;
}

static bool
fill_other(const json_t *value, struct general_name *name, struct buf *scratch,
    struct fault *f)
{
	name->oid = text_of(value, "TypeId");
	name->value = bytes_of(text_of(value, "Value"));
	return true;
}

static bool
fill_party(const json_t *value, struct general_name *name, struct buf *scratch,
    struct fault *f)
{
	name->value = bytes_of(text_of(value, "PartyName"));
	name->assigner = bytes_of(text_of(value, "NameAssigner"));
	return true;
}

static bool
fill_directory(const json_t *value, struct general_name *name,
    struct buf *scratch, struct fault *f)
{
	if (!subject_der(value, scratch, f))
		return false;
	name->value = buf_bytes(scratch);
	return true;
}

/* GeneralName, in the order of the service model. */
/* clang-format off */
static const struct form {
	struct member member;
	const char *form;
	bool (*fill)(const json_t *value, struct general_name *name,
	    struct buf *scratch, struct fault *f);
} forms[] = {
	{ { "OtherName", &other_shape, false }, "OTHER", fill_other },
	{ { "Rfc822Name", SHAPE_TEXT(0, 256), false }, "EMAIL", fill_text },
	{ { "DnsName", SHAPE_TEXT(0, 253), false }, "DNS", fill_text },
	{ { "DirectoryName", &subject_shape, false }, "DIRNAME", fill_directory },
	{ { "EdiPartyName", &party_shape, false }, "EDIPARTY", fill_party },
	{ { "UniformResourceIdentifier", SHAPE_TEXT(0, 253), false }, "URI", fill_text },
	{ { "IpAddress", SHAPE_TEXT(0, 39), false }, "IP", fill_text },
	{ { "RegisteredId", &shape_oid, false }, "RID", fill_text },
};
/* clang-format on */

static const struct shape location_shape = { SHAPE_ROWS(forms[0].member,
    forms) };
static const struct member description_members[] = {
	{ "AccessMethod", &method_shape, true },
	{ "AccessLocation", &location_shape, true },
};
static const struct shape description_shape = {
	SHAPE_ROWS(description_members[0], description_members)
};
const struct shape access_list_shape = {
	.kind = SHAPE_LIST,
	.of = &description_shape,
};

static bool
read_method(const json_t *method, const char **out, struct fault *f)
{
	const char *oid = text_of(method, "CustomObjectIdentifier");
	const char *type = text_of(method, "AccessMethodType");

	if ((oid == NULL) == (type == NULL)) {
		fault_found(f, "an AccessMethod with %zu members",
		    json_object_size(method));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "exactly one of CustomObjectIdentifier and "
		    "AccessMethodType",
		    "leave the other one out");
	}
	*out = type != NULL ? method_oid(type) : oid;
	return true;
}

static bool
read_location(const json_t *location, struct buf *out, struct fault *f)
{
	struct general_name name = { 0 };
	struct buf scratch = { 0 };
	bool ok = false;

	if (json_object_size(location) != 1) {
		fault_found(f, "an AccessLocation with %zu members",
		    json_object_size(location));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "exactly one form of GeneralName",
		    "write one access description for each form");
	}
	for (size_t i = 0; i < COUNT(forms); i++) {
		const json_t *value =
		    json_object_get(location, forms[i].member.name);

		if (value == NULL)
			continue;
		name.form = forms[i].form;
		ok = forms[i].fill(value, &name, &scratch, f) &&
		    general_name_der(&name, out, f);
	}
	buf_free(&scratch);
	return ok;
}

bool
access_read(const json_t *description, struct csr_access *out,
    struct buf *location, struct fault *f)
{
	if (!read_method(json_object_get(description, "AccessMethod"),
		&out->method, f) ||
	    !read_location(json_object_get(description, "AccessLocation"),
		location, f))
		return false;
	out->location = buf_bytes(location);
	return true;
}
