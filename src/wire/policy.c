/* policy.c - the shape of a resource policy that the API takes. */
#include <string.h>

#include "internal.h"
#include "p11ca/text.h"

#define SHOWN_MAX 120

/* AWSPolicy: tab, newline, carriage return, and U+0020 to U+00FF. */
static bool
is_policy_text(const char *value)
{
	struct bytes at = bytes_of(value);

	while (at.len > 0) {
		uint32_t c;
		size_t len = text_utf8(at, &c);

		if (len == 0 || c > 0xff ||
		    (c < ' ' && c != '\t' && c != '\n' && c != '\r'))
			return false;
		at.p += len;
		at.len -= len;
	}
	return true;
}

static const struct shape policy_shape = {
	.kind = SHAPE_STRING,
	.min = 1,
	.max = 81920,
	.holds = is_policy_text,
	.pattern = "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
};

static bool
text_is_fit(struct bytes json, struct fault *f)
{
	json_t *text = tree_text(json);
	json_t *same;
	bool ok = shape_read(&policy_shape, "policy", text, &same, f);

	json_decref(same);
	json_decref(text);
	return ok;
}

static bool
is_version(const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL &&
	    (strcmp(text, "2012-10-17") == 0 ||
		strcmp(text, "2008-10-17") == 0);
}

static bool
is_text(const json_t *value)
{
	return json_is_string(value);
}

/* One statement need not be in a list. */
static bool
is_statements(const json_t *value)
{
	return json_is_object(value) || json_array_size(value) > 0;
}

static const struct part {
	const char *name;
	bool required;
	bool (*holds)(const json_t *value);
	const char *want;
} parts[] = {
	{ "Version", false, is_version, "2012-10-17 or 2008-10-17" },
	{ "Id", false, is_text, "a text" },
	{ "Statement", true, is_statements, "a list of two statements" },
};

static bool
refuse(const char *name, const char *want, struct fault *f)
{
	char shown[SHOWN_MAX];

	fault_found(f, "%s in the policy",
	    text_fit(shown, sizeof(shown), bytes_of(name)));
	return fault_raise(f, FAULT_INVALID_POLICY, want, POLICY_TODO);
}

static bool
is_part(const char *name)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strcmp(parts[i].name, name) == 0)
			return true;
	return false;
}

static bool
parts_hold(json_t *policy, struct fault *f)
{
	const char *name;
	json_t *value;

	if (!json_is_object(policy))
		return refuse("no object", "an object with a Statement", f);
	json_object_foreach(policy, name, value)
	{
		if (!is_part(name))
			return refuse(name,
			    "only Version, Id and Statement, and in a "
			    "statement its elements",
			    f);
	}
	for (size_t i = 0; i < COUNT(parts); i++) {
		value = json_object_get(policy, parts[i].name);
		if (value == NULL && parts[i].required)
			return refuse("no Statement", parts[i].want, f);
		if (value != NULL && !parts[i].holds(value))
			return refuse(parts[i].name, parts[i].want, f);
	}
	return true;
}

/* One statement that lets read and one that lets issue, at least. */
static bool
statements_hold(json_t *list, const char *arn, struct fault *f)
{
	bool seen[2] = { false, false };
	bool one = json_is_object(list);
	size_t count = one ? 1 : json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		json_t *statement = one ? list : json_array_get(list, i);
		bool issues;

		if (!policy_statement(statement, i + 1, arn, &issues, f))
			return false;
		seen[issues] = true;
	}
	if (!seen[0])
		return refuse("no statement that lets the CA be read",
		    "a statement with the five actions from "
		    "acm-pca:DescribeCertificateAuthority to acm-pca:ListTags",
		    f);
	return seen[1] ||
	    refuse("no statement that lets the CA issue",
		"a statement with acm-pca:IssueCertificate", f);
}

bool
policy_check(struct bytes json, const char *arn, struct fault *f)
{
	json_t *policy;
	bool ok;

	if (!text_is_fit(json, f))
		return false;
	if (!tree_from_text(json, &policy, f)) {
		f->kind = FAULT_INVALID_POLICY;
		return false;
	}
	ok = parts_hold(policy, f) &&
	    statements_hold(json_object_get(policy, "Statement"), arn, f);
	json_decref(policy);
	return ok;
}
