/* state.c - enable, disable, delete and restore. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_status.h"
#include "p11ca/text.h"

#define ANSWER_MAX (CA_NAME_MAX + 2)

/* Where the CA stands now. */
static void
print_state(const struct door *door, const struct ca *ca)
{
	int64_t now = clock_now();
	enum ca_status status = ca_status_at(ca, now);
	char until[CLOCK_TEXT_MAX];

	if (door->json) {
		print_json(wire_ca(ca, now, p11ca_conf(door->p)->account));
		return;
	}
	(void)printf("%s is ", ca_called(ca));
	print_painted(stdout, print_status_paint(status),
	    ca_status_name(status), 0);
	if (status == CA_DELETED)
		(void)printf(", restorable until %s",
		    clock_text(ca->restorable_until, until));
	(void)putchar('\n');
}

static bool
update(struct door *door, bool enable, struct fault *f)
{
	struct ca *ca = NULL;

	if (!door_open(door, true, f) ||
	    !action_update(door->p, args_word(door->args, 0), enable, &ca, f))
		return false;
	print_state(door, ca);
	ca_free(ca);
	return true;
}

bool
run_enable(struct door *door, struct fault *f)
{
	return update(door, true, f);
}

bool
run_disable(struct door *door, struct fault *f)
{
	return update(door, false, f);
}

bool
run_restore(struct door *door, struct fault *f)
{
	struct ca *ca = NULL;

	if (!door_open(door, true, f) ||
	    !action_restore(door->p, args_word(door->args, 0), &ca, f))
		return false;
	print_state(door, ca);
	ca_free(ca);
	return true;
}

/* The terminal, whatever the standard streams are; NULL: there is none. */
static FILE *
open_terminal(void)
{
	FILE *terminal = fopen("/dev/tty", "r+e");

	if (terminal == NULL && print_is_terminal(stdin))
		terminal = fdopen(dup(STDIN_FILENO), "r");
	return terminal;
}

/* Have the name typed: a deletion is not for the wrong window. */
static bool
is_meant(const struct ca *ca, struct fault *f)
{
	const char *called = ca_called(ca);
	char answer[ANSWER_MAX] = "";
	FILE *terminal = open_terminal();

	if (terminal == NULL) {
		fault_found(f, "no terminal to ask for the name at");
		return fault_raise(f, FAULT_USAGE, "a terminal, or --yes",
		    "give --yes if the deletion is meant");
	}
	(void)dprintf(fileno(terminal),
	    "To delete this CA, type its name (%s): ", called);
	if (fgets(answer, sizeof(answer), terminal) == NULL) {
		(void)dprintf(fileno(terminal), "\n");
		answer[0] = '\0';
	}
	(void)fclose(terminal);
	answer[strcspn(answer, "\r\n")] = '\0';
	if (strcmp(answer, called) == 0)
		return true;
	fault_found(f, "%s typed; nothing was changed",
	    answer[0] != '\0' ? "another name" : "no name");
	return fault_raise(f, FAULT_USAGE, "the name of the CA",
	    "ask again, and type it as it is shown, if the deletion is meant");
}

/* What the state forbids anyway is refused without a question. */
static bool
is_agreed(const struct door *door, const struct ca *ca, struct fault *f)
{
	struct fault ignored = { 0 };

	return args_flag(door->args, "--yes") ||
	    !status_allows(ca, EVENT_DELETE, clock_now(), &ignored) ||
	    is_meant(ca, f);
}

/* Where the key of a CA is, or was (RFC 7512); the caller's, mem_free(). */
static char *
key_uri(const struct ca *ca)
{
	struct buf uri = { 0 };
	char *text;

	buf_printf(&uri,
	    "%s;id=", ca->token_uri != NULL ? ca->token_uri : "pkcs11:");
	for (size_t i = 0; i < ca->key_id.len; i++)
		buf_printf(&uri, "%%%02X", ca->key_id.p[i]);
	text = mem_text(buf_text(&uri));
	buf_free(&uri);
	return text;
}

static void
print_gone(const struct door *door, const struct ca *ca, bool key_stays)
{
	char *key = key_stays ? key_uri(ca) : NULL;
	const struct wire_pair pairs[] = {
		{ "Arn", ca->arn },
		{ "Status", ca_status_name(CA_DELETED) },
		{ "KeyNotLookedFor", key },
	};

	if (door->json)
		print_json(wire_object(pairs, COUNT(pairs)));
	else if (key_stays)
		(void)printf("%s is gone, but not its key, which was not "
			     "looked for: %s\n",
		    ca_called(ca), key);
	else
		(void)printf("%s is gone\n", ca_called(ca));
	mem_free(key);
}

static bool
delete_one(struct door *door, const char *which, struct fault *f)
{
	int days = args_number(door->args, "--days", DELETE_DAYS_MAX);
	struct ca *before = NULL, *after = NULL;
	bool ok = door_open(door, true, f) &&
	    action_describe(door->p, which, &before, f) &&
	    is_agreed(door, before, f) &&
	    action_delete(door->p, before->arn, days, &after, f);

	if (ok && after != NULL)
		print_state(door, after);
	else if (ok)
		print_gone(door, before, false);
	ca_free(after);
	ca_free(before);
	return ok;
}

static bool
delete_record(struct door *door, const char *which, struct fault *f)
{
	struct ca *before = NULL, *gone = NULL;
	bool ok = door_open(door, true, f) &&
	    action_find_ended(door->p, which, &before, f) &&
	    (args_flag(door->args, "--yes") || is_meant(before, f)) &&
	    action_delete_record(door->p, before->arn, &gone, f);

	if (ok)
		print_gone(door, before, true);
	ca_free(gone);
	ca_free(before);
	return ok;
}

/* For a timer: asks nothing, and nothing due is fine; a CA that fails does not
 * hide what was done to others. */
static bool
delete_due(struct door *door, struct fault *f)
{
	size_t count = 0;
	char text[24];
	const struct wire_pair pair = { "Destroyed", text };
	bool ok;

	if (!door_open(door, true, f))
		return false;
	ok = action_delete_due(door->p, &count, f);
	(void)snprintf(text, sizeof(text), "%zu", count);
	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		(void)printf("%s destroyed\n", text);
	return ok;
}

bool
run_delete(struct door *door, struct fault *f)
{
	const char *which = args_word(door->args, 0);
	bool due = args_flag(door->args, "--due");

	if (due == (which == NULL))
		return due ? delete_due(door, f)
		    : args_flag(door->args, "--key-stays")
		    ? delete_record(door, which, f)
		    : delete_one(door, which, f);
	fault_found(f, due ? "--due beside the name of a CA" : "no CA");
	return fault_raise(f, FAULT_USAGE, "the name of a CA, or --due",
	    door->args->command->see);
}
