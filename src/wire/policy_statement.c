/* policy_statement.c - the two statements that a policy of the API has. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 120
#define TEMPLATE_KEY "acm-pca:TemplateArn"
#define ORG_KEY "aws:PrincipalOrgID"

/* What statement A allows, whole, and statement B. */
static const char *const read_actions[] = {
	"acm-pca:DescribeCertificateAuthority",
	"acm-pca:GetCertificate",
	"acm-pca:GetCertificateAuthorityCertificate",
	"acm-pca:ListPermissions",
	"acm-pca:ListTags",
};
static const char *const issue_actions[] = { "acm-pca:IssueCertificate" };

/* Templates that another account may be let use. */
static const char *const templates_shared[] = {
	"EndEntityCertificate/V1",
	"EndEntityClientAuthCertificate/V1",
	"EndEntityServerAuthCertificate/V1",
	"BlankEndEntityCertificate_APIPassthrough/V1",
	"BlankEndEntityCertificate_APICSRPassthrough/V1",
	"SubordinateCACertificate_PathLen0/V1",
};

/* Which statement is looked at. */
struct place {
	size_t number;	 /* from 1 */
	const char *arn; /* of this CA */
};

typedef bool text_predicate(const char *text, const struct place *at);

static bool
is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

static bool
text_holds(const json_t *value, text_predicate *holds, const struct place *at)
{
	return json_is_string(value) && holds(json_string_value(value), at);
}

/* One text, or a list of texts, each of which holds; at least one. */
static bool
texts_hold(const json_t *value, text_predicate *holds, const struct place *at)
{
	size_t count = json_array_size(value);
	bool ok = count > 0;

	if (!json_is_array(value))
		return text_holds(value, holds, at);
	for (size_t i = 0; ok && i < count; i++)
		ok = text_holds(json_array_get(value, i), holds, at);
	return ok;
}

static bool
has_text(const json_t *value, const char *text)
{
	if (json_is_string(value))
		return strcmp(json_string_value(value), text) == 0;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *one = json_array_get(value, i);

		if (json_is_string(one) &&
		    strcmp(json_string_value(one), text) == 0)
			return true;
	}
	return false;
}

/* Texts that a policy may have in a place. */

static bool
is_any_text(const char *text, const struct place *at)
{
	return true;
}

static bool
is_allow(const char *text, const struct place *at)
{
	return strcmp(text, "Allow") == 0;
}

static bool
is_this_ca(const char *text, const struct place *at)
{
	return strcmp(text, at->arn) == 0;
}

static bool
is_account_id(const char *text, const struct place *at)
{
	return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* What follows "arn:PARTITION:SERVICE:" and more in a text that begins with it,
 * for the partition of this CA; else NULL. */
static const char *
rest_of_arn(const char *text, const struct place *at, const char *service,
    const char *more)
{
	struct buf start = { 0 };
	const char *rest = NULL;

	arn_start(at->arn, service, &start);
	buf_text_append(&start, more);
	if (strncmp(text, buf_text(&start), start.len) == 0)
		rest = text + start.len;
	buf_free(&start);
	return rest;
}

/* An account: its number, or the ARN of its root. */
static bool
is_account(const char *text, const struct place *at)
{
	const char *rest = rest_of_arn(text, at, "iam", ":");

	if (rest == NULL)
		return is_account_id(text, at);
	return strspn(rest, "0123456789") == 12 &&
	    strcmp(rest + 12, ":root") == 0;
}

static bool
is_organisation(const char *text, const struct place *at)
{
	size_t len = strlen(text);

	return strncmp(text, "o-", 2) == 0 && len >= 12 && len <= 34 &&
	    strspn(text + 2, "abcdefghijklmnopqrstuvwxyz0123456789") == len - 2;
}

static bool
is_shared_template(const char *text, const struct place *at)
{
	const char *rest = rest_of_arn(text, at, "acm-pca", "::template/");

	return rest != NULL &&
	    is_one_of(rest, templates_shared, COUNT(templates_shared));
}

static bool
is_action(const char *text, const struct place *at)
{
	return is_one_of(text, read_actions, COUNT(read_actions)) ||
	    is_one_of(text, issue_actions, COUNT(issue_actions));
}

/* Complete what was found: which element of which statement. */
static bool
refuse(const struct place *at, const char *element, const json_t *value,
    const char *want, struct fault *f)
{
	char shown[SHOWN_MAX];
	char *text;

	if (value == NULL) {
		fault_found(f, "no %s in statement %zu of the policy", element,
		    at->number);
	} else {
		text =
		    mem_must(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
		fault_found(f, "%s %s in statement %zu of the policy", element,
		    text_fit(shown, sizeof(shown), bytes_of(text)), at->number);
		mem_free(text);
	}
	return fault_raise(f, FAULT_INVALID_POLICY, want, POLICY_TODO);
}

/* Elements of a condition. */
/* clang-format off */
static const struct condition {
	const char *operator;
	const char *key;
	text_predicate *holds;
	const char *want;
} conditions[] = {
	{ "StringEquals", TEMPLATE_KEY, is_shared_template,
	    "arn:PARTITION:acm-pca:::template/NAME/V1, where PARTITION is "
	    "that of the CA, and NAME is "
	    "EndEntityCertificate, EndEntityClientAuthCertificate, "
	    "EndEntityServerAuthCertificate, "
	    "BlankEndEntityCertificate_APIPassthrough, "
	    "BlankEndEntityCertificate_APICSRPassthrough or "
	    "SubordinateCACertificate_PathLen0" },
	{ "StringEquals", ORG_KEY, is_organisation,
	    "the id of an organisation, as o-a1b2c3d4e5" },
	{ "StringNotEquals", "aws:PrincipalAccount", is_account_id,
	    "an account of 12 digits" },
};
/* clang-format on */

static const struct condition *
find_condition(const char *operator, const char * key)
{
	for (size_t i = 0; i < COUNT(conditions); i++)
		if (strcmp(conditions[i].operator, operator) == 0 &&
		    strcmp(conditions[i].key, key) == 0)
			return &conditions[i];
	return NULL;
}

static bool
test_holds(const char *operator, json_t * test, const struct place *at,
    struct fault *f)
{
	const char *key;
	json_t *value;

	if (json_object_size(test) == 0)
		return refuse(at, "Condition", test,
		    "an object with a test for each operator", f);
	json_object_foreach(test, key, value)
	{
		const struct condition *row = find_condition(operator, key);

		if (row == NULL)
			return refuse(at, "Condition", test,
			    "StringEquals of acm-pca:TemplateArn or "
			    "aws:PrincipalOrgID, StringNotEquals of "
			    "aws:PrincipalAccount",
			    f);
		if (!texts_hold(value, row->holds, at))
			return refuse(at, row->key, value, row->want, f);
	}
	return true;
}

static bool
condition_holds(json_t *condition, const struct place *at, struct fault *f)
{
	const char *operator;
	json_t *test;

	if (json_object_size(condition) == 0)
		return refuse(at, "Condition", condition,
		    "an object with at least one operator", f);
	json_object_foreach(condition, operator, test)
	{
		if (!test_holds(operator, test, at, f))
			return false;
	}
	return true;
}

static bool
is_star(const char *text, const struct place *at)
{
	return strcmp(text, "*") == 0;
}

/* "*" or {"AWS":"*"}: everybody whom the condition lets through. */
static bool
is_everybody(const json_t *principal)
{
	return text_holds(principal, is_star, NULL) ||
	    (json_object_size(principal) == 1 &&
		text_holds(json_object_get(principal, "AWS"), is_star, NULL));
}

static bool
principal_holds(json_t *principal, const struct place *at, struct fault *f)
{
	return is_everybody(principal) ||
	    (json_object_size(principal) == 1 &&
		texts_hold(json_object_get(principal, "AWS"), is_account,
		    at)) ||
	    refuse(at, "Principal", principal,
		"{\"AWS\": an account of 12 digits, or several}, or \"*\" for "
		"an organisation",
		f);
}

/* Elements of a statement: text or holds looks at the value. */
/* clang-format off */
static const struct element {
	const char *name;
	bool required;
	bool list; /* of texts is fine too */
	text_predicate *text;
	bool (*holds)(json_t *value, const struct place *at, struct fault *f);
	const char *want;
} elements[] = {
	{ "Sid", false, false, is_any_text, NULL, "a text" },
	{ "Effect", true, false, is_allow, NULL, "\"Allow\"" },
	{ "Principal", true, false, NULL, principal_holds,
	    "whom the statement is about" },
	{ "Action", true, true, is_action, NULL,
	    "acm-pca:DescribeCertificateAuthority, acm-pca:GetCertificate, "
	    "acm-pca:GetCertificateAuthorityCertificate, "
	    "acm-pca:ListPermissions and acm-pca:ListTags, or "
	    "acm-pca:IssueCertificate" },
	{ "Resource", true, true, is_this_ca, NULL, "the ARN of this CA" },
	{ "Condition", false, false, NULL, condition_holds, NULL },
};
/* clang-format on */

static bool
element_holds(const struct element *row, json_t *value, const struct place *at,
    struct fault *f)
{
	if (value == NULL)
		return !row->required ||
		    refuse(at, row->name, NULL, row->want, f);
	if (row->holds != NULL)
		return row->holds(value, at, f);
	return (row->list ? texts_hold : text_holds)(value, row->text, at) ||
	    refuse(at, row->name, value, row->want, f);
}

static bool
is_element(const char *name)
{
	for (size_t i = 0; i < COUNT(elements); i++)
		if (strcmp(elements[i].name, name) == 0)
			return true;
	return false;
}

/* Each of the wanted actions is there, and no other. */
static bool
allows_exactly(const json_t *action, const char *const *list, size_t count)
{
	size_t given = json_is_string(action) ? 1 : json_array_size(action);

	for (size_t i = 0; i < count; i++)
		if (!has_text(action, list[i]))
			return false;
	return given == count;
}

/* What one element means for another. */
static bool
cross_holds(json_t *statement, const struct place *at, bool *issues,
    struct fault *f)
{
	json_t *principal = json_object_get(statement, "Principal");
	json_t *action = json_object_get(statement, "Action");
	json_t *condition = json_object_get(statement, "Condition");
	json_t *equals = json_object_get(condition, "StringEquals");
	json_t *template = json_object_get(equals, TEMPLATE_KEY);

	*issues = allows_exactly(action, issue_actions, COUNT(issue_actions));
	if (!*issues &&
	    !allows_exactly(action, read_actions, COUNT(read_actions)))
		return refuse(at, "Action", action,
		    "acm-pca:IssueCertificate alone, or all five that read", f);
	if (*issues && template == NULL)
		return refuse(at, "Condition", condition,
		    "StringEquals of acm-pca:TemplateArn beside "
		    "acm-pca:IssueCertificate",
		    f);
	if (!*issues && template != NULL)
		return refuse(at, TEMPLATE_KEY, template,
		    "this condition beside acm-pca:IssueCertificate only", f);
	return !is_everybody(principal) ||
	    json_object_get(equals, ORG_KEY) != NULL ||
	    refuse(at, "Principal", principal,
		"an account, or StringEquals of aws:PrincipalOrgID beside "
		"\"*\"",
		f);
}

static bool
elements_are_known(json_t *statement, const struct place *at, struct fault *f)
{
	char shown[SHOWN_MAX];
	const char *name;
	json_t *value;

	json_object_foreach(statement, name, value)
	{
		if (!is_element(name))
			return refuse(at,
			    text_fit(shown, sizeof(shown), bytes_of(name)),
			    value,
			    "only Sid, Effect, Principal, Action, Resource and "
			    "Condition",
			    f);
	}
	return true;
}

bool
policy_statement(json_t *statement, size_t number, const char *arn,
    bool *issues, struct fault *f)
{
	struct place at = { number, arn };

	*issues = false;
	if (!json_is_object(statement))
		return refuse(&at, "no object but", statement, "an object", f);
	if (!elements_are_known(statement, &at, f))
		return false;
	for (size_t i = 0; i < COUNT(elements); i++)
		if (!element_holds(&elements[i],
			json_object_get(statement, elements[i].name), &at, f))
			return false;
	return cross_holds(statement, &at, issues, f);
}
