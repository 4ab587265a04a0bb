/* audit.c - audit show and verify. */
#include <inttypes.h>

#include "internal.h"
#include "p11ca/mem.h"

#define LOG_MAX ((size_t)1 << 30) /* bytes of an exported log */

/* Stops where standard output takes no more. */
static bool
print_entry(const struct audit_row *row, void *context)
{
	print_json(wire_audit_line(row));
	return ferror(stdout) == 0;
}

bool
run_audit_show(struct door *door, struct fault *f)
{
	int from = args_number(door->args, "--from", 1);

	return door_open(door, false, f) &&
	    store_audit_each(p11ca_store(door->p), from, print_entry, NULL, f);
}

static void
print_summary(const struct door *door, const struct audit_summary *summary)
{
	char rows[24];
	const struct wire_pair pairs[] = {
		{ "entries", rows },
		{ "head", summary->head },
	};

	(void)snprintf(rows, sizeof(rows), "%" PRId64, summary->rows);
	if (door->json)
		print_json(wire_object(pairs, COUNT(pairs)));
	else
		(void)printf("%s entries, head %s\n", rows, summary->head);
}

bool
run_audit_verify(struct door *door, struct fault *f)
{
	struct audit_summary summary = { 0 };
	struct buf log = { 0 };
	bool ok;

	if (args_flag(door->args, "--log"))
		ok = door_read_all(door, "--log", LOG_MAX, &log, f) &&
		    action_audit_verify_log(&log, &summary, f);
	else
		ok = door_open(door, false, f) &&
		    action_audit_verify(door->p, &summary, f);
	if (ok)
		print_summary(door, &summary);
	buf_free(&log);
	return ok;
}
