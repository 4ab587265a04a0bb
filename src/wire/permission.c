/* permission.c - what CreatePermission is given. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"

/* ActionType, in the order of the API. */
#define ACTIONS "IssueCertificate", "GetCertificate", "ListPermissions"
static const char *const actions_known[] = { ACTIONS };

static bool
is_account(const char *value)
{
	return value[strspn(value, "0123456789")] == '\0';
}

static const struct shape account_shape = {
	.kind = SHAPE_STRING,
	.min = 12,
	.max = 12,
	.holds = is_account,
	.pattern = "[0-9]+",
};
static const struct shape actions_shape = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 3,
	.of = SHAPE_NAMES(ACTIONS),
};
static const struct member permission_members[] = {
	{ "Principal", SHAPE_NAMES("acm.amazonaws.com"), true },
	{ "SourceAccount", &account_shape, false },
	{ "Actions", &actions_shape, true },
};
static const struct shape permission_shape = { SHAPE_ROWS(permission_members[0],
    permission_members) };

static json_t *
list_of(const char *const *words)
{
	json_t *list = tree_array();

	for (size_t i = 0; words[i] != NULL; i++)
		tree_add(list, tree_text(bytes_of(words[i])));
	return list;
}

static bool
has_word(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), word) ==
		    0)
			return true;
	return false;
}

/* One action given twice is that action. */
static char *
write_actions(const json_t *list)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < COUNT(actions_known); i++)
		if (has_word(list, actions_known[i]))
			buf_printf(&text, "%s%s", text.len > 0 ? "," : "",
			    actions_known[i]);
	return (char *)text.p; /* the caller's now, with its NUL */
}

bool
permission_read(const char *principal, const char *const *actions,
    const char *source_account, char **out, struct fault *f)
{
	json_t *given = tree_object();
	json_t *tree;
	bool ok;

	*out = NULL;
	tree_put_text(given, "Principal", principal);
	tree_put_text(given, "SourceAccount", source_account);
	if (actions != NULL)
		tree_put(given, "Actions", list_of(actions));
	ok = shape_read(&permission_shape, "", given, &tree, f);
	if (ok)
		*out = write_actions(json_object_get(tree, "Actions"));
	json_decref(tree);
	json_decref(given);
	return ok;
}
