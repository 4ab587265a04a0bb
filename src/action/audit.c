/* audit.c - is the log whole?  In the store, or as it was exported. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"

#define FIRST_PREVIOUS                                                         \
	"0000000000000000000000000000000000000000000000000000000000000000"

/* Where a check of the chain stands. */
struct walk {
	struct audit_summary *sum;
	struct fault *f;
	bool ok;
};

static bool
breaks_at(struct walk *walk, int64_t seq, const char *what)
{
	walk->ok = false;
	fault_found(walk->f, "audit entry %" PRId64 ": %s", seq, what);
	return fault_raise(walk->f, FAULT_INVALID_REQUEST,
	    "an unbroken chain of entries as they were written",
	    "compare with an exported log or a backup; somebody changed this "
	    "one");
}

/* The entry must follow the last one, and its hash must be right. */
static bool
step(const struct audit_row *row, void *context)
{
	struct walk *walk = context;
	char hash[DIGEST_HEX_LEN];
	int64_t seq = walk->sum->rows + 1;

	if (row->seq != seq)
		return breaks_at(walk, seq, "it is missing");
	if (strcmp(row->previous, walk->sum->head) != 0)
		return breaks_at(walk, seq,
		    "it does not name the hash of the entry before it");
	audit_hash(row->previous, row->seq, row->entry, hash);
	if (strcmp(hash, row->hash) != 0)
		return breaks_at(walk, seq, "its hash is not that of its text");
	walk->sum->rows = seq;
	memcpy(walk->sum->head, hash, sizeof(hash));
	return true;
}

static struct walk
walk_begin(struct audit_summary *sum, struct fault *f)
{
	struct walk walk = { sum, f, true };

	sum->rows = 0;
	memcpy(sum->head, FIRST_PREVIOUS, sizeof(FIRST_PREVIOUS));
	return walk;
}

bool
action_audit_verify(struct p11ca *p, struct audit_summary *out, struct fault *f)
{
	struct walk walk = walk_begin(out, f);

	return store_audit_each(p->store, 1, step, &walk, f) && walk.ok;
}

/* Cut the first line off; NULL at the end. */
static char *
next_line(char **rest)
{
	char *line = *rest;
	char *end;

	if (*line == '\0')
		return NULL;
	end = strchr(line, '\n');
	*rest = end != NULL ? end + 1 : line + strlen(line);
	if (end != NULL)
		*end = '\0';
	return line;
}

bool
action_audit_verify_log(struct buf *log, struct audit_summary *out,
    struct fault *f)
{
	struct walk walk = walk_begin(out, f);
	char *rest = (char *)log->p;
	char *line;

	if (log->len != 0 && memchr(log->p, '\0', log->len) != NULL)
		return breaks_at(&walk, 1, "the log holds a NUL byte");
	while (walk.ok && log->len != 0 && (line = next_line(&rest)) != NULL) {
		struct audit_row row;

		if (!wire_audit_read(line, &row, f))
			return breaks_at(&walk, out->rows + 1,
			    "its line is not one of an exported log");
		(void)step(&row, &walk);
	}
	return walk.ok;
}
