/* attach.c - tag, policy and permission: what hangs on a CA. */
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 1024
#define POLICY_MAX 163840 /* bytes of 81920 characters (API, AWSPolicy) */

/* The words behind the name of the CA; NULL-terminated, mem_free(). */
static const char **
words_behind(const struct args *args)
{
	const char **words = mem_array(args->words, sizeof(*words));

	for (size_t i = 1; i < args->words; i++)
		words[i - 1] = args_word(args, i);
	return words;
}

static bool
print_tags(const struct door *door, struct fault *f)
{
	struct table table = { .columns = 2 };
	struct tag *list = NULL;
	char shown[SHOWN_MAX];
	size_t count = 0;

	if (!action_list_tags(door->p, args_word(door->args, 0), &list, &count,
		f))
		return false;
	if (door->json) {
		print_json(wire_tags(list, count));
		tags_free(list, count);
		return true;
	}
	table_cell(&table, "KEY");
	table_cell(&table, "VALUE");
	for (size_t i = 0; i < count; i++) {
		table_cell(&table,
		    text_fit(shown, sizeof(shown), bytes_of(list[i].key)));
		table_cell(&table,
		    list[i].value == NULL ? ""
					  : text_fit(shown, sizeof(shown),
						bytes_of(list[i].value)));
	}
	if (count > 0)
		table_print(&table, stdout);
	else
		print_note("it has no tag");
	table_free(&table);
	tags_free(list, count);
	return true;
}

bool
door_tags(const struct door *door, const char *const *words, struct tag **out,
    size_t *count, struct fault *f)
{
	char shown[SHOWN_MAX / 4];

	*out = NULL;
	*count = 0;
	for (size_t i = 0; words[i] != NULL; i++)
		if (strchr(words[i], '=') == NULL) {
			fault_found(f, "the tag \"%s\" without a value",
			    text_fit(shown, sizeof(shown), bytes_of(words[i])));
			return fault_raise(f, FAULT_USAGE, "Key=Value",
			    door->args->command->see);
		}
	return words[0] == NULL || tags_from_words(words, out, count, f);
}

/* Both print the tags that there are afterwards. */
bool
run_tag_add(struct door *door, struct fault *f)
{
	const char **words = words_behind(door->args);
	struct tag *list = NULL;
	size_t count = 0;
	bool ok = door_tags(door, words, &list, &count, f) &&
	    door_open(door, true, f) &&
	    action_tag(door->p, args_word(door->args, 0), list, count, f) &&
	    print_tags(door, f);

	tags_free(list, count);
	mem_free(words);
	return ok;
}

bool
run_tag_remove(struct door *door, struct fault *f)
{
	const char **words = words_behind(door->args);
	struct tag *list = NULL;
	size_t count = 0;
	bool ok = tags_from_words(words, &list, &count, f) &&
	    door_open(door, true, f) &&
	    action_untag(door->p, args_word(door->args, 0), list, count, f) &&
	    print_tags(door, f);

	tags_free(list, count);
	mem_free(words);
	return ok;
}

bool
run_tag_list(struct door *door, struct fault *f)
{
	return door_open(door, false, f) && print_tags(door, f);
}

/* "issuing has a policy"; for programs, whose. */
static bool
print_whose(const struct door *door, const char *has, struct fault *f)
{
	struct wire_pair pair = { "ResourceArn", NULL };
	struct ca *ca = NULL;

	if (!action_describe(door->p, args_word(door->args, 0), &ca, f))
		return false;
	pair.value = ca->arn;
	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		(void)printf("%s %s\n", ca_called(ca), has);
	ca_free(ca);
	return true;
}

bool
run_policy_put(struct door *door, struct fault *f)
{
	struct buf json = { 0 };
	bool ok = door_read_all(door, "--policy", POLICY_MAX, &json, f) &&
	    door_open(door, true, f) &&
	    action_put_policy(door->p, args_word(door->args, 0),
		buf_bytes(&json), f) &&
	    print_whose(door, "has this policy now", f);

	buf_free(&json);
	return ok;
}

/*
 * As it is stored; but a terminal gets a control character, which a policy may
 * have in its texts, as JSON writes it.
 */
static void
print_policy(const char *policy)
{
	struct bytes at = bytes_of(policy);
	bool careful = print_is_terminal(stdout);

	while (at.len > 0) {
		uint32_t c = 0;
		size_t len = text_utf8(at, &c);

		if (careful && (len == 0 || (c >= 0x7f && c < 0xa0)))
			(void)printf("\\u%04x", len == 0 ? at.p[0] : c);
		else
			print_bytes((struct bytes){ at.p, len > 0 ? len : 1 });
		at.p += len > 0 ? len : 1;
		at.len -= len > 0 ? len : 1;
	}
	if (policy[0] != '\0' && policy[strlen(policy) - 1] != '\n')
		(void)putchar('\n');
}

bool
run_policy_get(struct door *door, struct fault *f)
{
	struct wire_pair pair = { "Policy", NULL };
	char *policy = NULL;

	if (!door_open(door, false, f) ||
	    !action_get_policy(door->p, args_word(door->args, 0), &policy, f))
		return false;
	pair.value = policy;
	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		print_policy(policy);
	mem_free(policy);
	return true;
}

bool
run_policy_delete(struct door *door, struct fault *f)
{
	return door_open(door, true, f) &&
	    action_delete_policy(door->p, args_word(door->args, 0), f) &&
	    print_whose(door, "has no policy now", f);
}

bool
run_permission_create(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	const char **actions = args_all(args, "--action");
	bool ok = door_open(door, true, f) &&
	    action_create_permission(door->p, args_word(args, 0),
		args_text(args, "--principal"), actions,
		args_text(args, "--source-account"), f) &&
	    print_whose(door, "gives this permission now", f);

	mem_free(actions);
	return ok;
}

bool
run_permission_delete(struct door *door, struct fault *f)
{
	const struct args *args = door->args;

	return door_open(door, true, f) &&
	    action_delete_permission(door->p, args_word(args, 0),
		args_text(args, "--principal"),
		args_text(args, "--source-account"), f) &&
	    print_whose(door, "gives this permission no more", f);
}

static void
print_permissions(const struct permission *list, size_t count)
{
	static const char *const heads[] = { "PRINCIPAL", "SOURCE ACCOUNT",
		"SINCE", "ACTIONS" };
	struct table table = { .columns = COUNT(heads) };
	char shown[SHOWN_MAX], since[PRINT_DATE_MAX];

	for (size_t i = 0; i < COUNT(heads); i++)
		table_cell(&table, heads[i]);
	for (size_t i = 0; i < count; i++) {
		const struct permission *one = &list[i];

		table_cell(&table,
		    text_fit(shown, sizeof(shown), bytes_of(one->principal)));
		table_cell(&table,
		    one->source_account == NULL
			? "-"
			: text_fit(shown, sizeof(shown),
			      bytes_of(one->source_account)));
		table_cell(&table, print_date(one->created_at, since));
		table_cell(&table, one->actions);
	}
	table_print(&table, stdout);
	table_free(&table);
}

/* The policy of the CA stands beside each, as the API has it. */
static bool
print_permissions_json(const struct door *door, const struct permission *list,
    size_t count, struct fault *f)
{
	const char *which = args_word(door->args, 0);
	struct fault none = { 0 };
	struct ca *ca = NULL;
	char *policy = NULL;

	if (!action_describe(door->p, which, &ca, f))
		return false;
	if (!action_get_policy(door->p, which, &policy, &none))
		policy = NULL;
	for (size_t i = 0; i < count; i++)
		print_json(wire_permission(&list[i], ca->arn, policy));
	mem_free(policy);
	ca_free(ca);
	return true;
}

bool
run_permission_list(struct door *door, struct fault *f)
{
	struct permission *list = NULL;
	size_t count = 0;
	bool ok = door_open(door, false, f) &&
	    action_list_permissions(door->p, args_word(door->args, 0), &list,
		&count, f);

	if (ok && door->json)
		ok = print_permissions_json(door, list, count, f);
	else if (ok && count > 0)
		print_permissions(list, count);
	else if (ok)
		print_note("it gives no permission");
	permissions_free(list, count);
	return ok;
}
