/* general_name.c - GeneralName: its forms, and the DER they make. */
#include "internal.h"

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
	name->oid = tree_text_of(value, "TypeId");
	name->value = bytes_of(tree_text_of(value, "Value"));
	return true;
}

static bool
fill_party(const json_t *value, struct general_name *name, struct buf *scratch,
    struct fault *f)
{
	name->value = bytes_of(tree_text_of(value, "PartyName"));
	name->assigner = bytes_of(tree_text_of(value, "NameAssigner"));
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

const struct shape general_name_shape = { SHAPE_ROWS(forms[0].member, forms) };

bool
general_name_read(const json_t *object, const char *where, struct buf *out,
    struct fault *f)
{
	struct general_name name = { 0 };
	struct buf scratch = { 0 };
	bool ok = false;

	if (json_object_size(object) != 1) {
		fault_found(f, "an %s with %zu members", where,
		    json_object_size(object));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "exactly one form of GeneralName",
		    "write one element of the list for each form");
	}
	for (size_t i = 0; i < COUNT(forms); i++) {
		const json_t *value =
		    json_object_get(object, forms[i].member.name);

		if (value == NULL)
			continue;
		name.form = forms[i].form;
		ok = forms[i].fill(value, &name, &scratch, f) &&
		    general_name_der(&name, out, f);
	}
	buf_free(&scratch);
	return ok;
}
