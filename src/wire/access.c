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

static const struct member description_members[] = {
	{ "AccessMethod", &method_shape, true },
	{ "AccessLocation", &general_name_shape, true },
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
	const char *oid = tree_text_of(method, "CustomObjectIdentifier");
	const char *type = tree_text_of(method, "AccessMethodType");

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

bool
access_read(const json_t *description, struct csr_access *out,
    struct buf *location, struct fault *f)
{
	if (!read_method(json_object_get(description, "AccessMethod"),
		&out->method, f) ||
	    !general_name_read(json_object_get(description, "AccessLocation"),
		"AccessLocation", location, f))
		return false;
	out->location = buf_bytes(location);
	return true;
}
