/* audit.c - a line of an exported audit log, and back. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/store.h"
#include "p11ca/wire.h"

#define HASH_LEN (2 * (size_t)DIGEST_LEN)

/* By string, not by tree: the hash is over the very bytes of the entry. */
char *
wire_audit_line(const struct audit_row *row)
{
	return mem_format("{\"seq\":%" PRId64
			  ",\"previous\":\"%s\",\"hash\":\"%s\",\"entry\":%s}",
	    row->seq, row->previous, row->hash, row->entry);
}

static bool
take_text(char **p, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*p, text, len) != 0)
		return false;
	*p += len;
	return true;
}

/* Decimal from 1, without sign or leading zeros, as it was written. */
static bool
take_seq(char **p, int64_t *seq)
{
	*seq = 0;
	if (**p < '1' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; ++*p) {
		int64_t digit = **p - '0';

		if (*seq > (INT64_MAX - digit) / 10)
			return false;
		*seq = *seq * 10 + digit;
	}
	return true;
}

static bool
take_hash(char **p, const char **hash)
{
	if (strspn(*p, "0123456789abcdef") != HASH_LEN)
		return false;
	*hash = *p;
	*p += HASH_LEN;
	return true;
}

/* One JSON object, then the brace that ends the line. */
static bool
take_entry(char *p, const char **entry)
{
	size_t len = strlen(p);
	json_t *tree;

	if (len > 0 && p[len - 1] == '\n')
		len--;
	if (len < 3 || p[0] != '{' || p[len - 2] != '}' || p[len - 1] != '}')
		return false;
	p[len - 1] = '\0';
	tree = tree_of_ours(p);
	*entry = p;
	json_decref(tree);
	return tree != NULL;
}

bool
wire_audit_read(char *line, struct audit_row *row, struct fault *f)
{
	char *p = line;
	bool ok;

	ok = take_text(&p, "{\"seq\":") && take_seq(&p, &row->seq) &&
	    take_text(&p, ",\"previous\":\"") &&
	    take_hash(&p, &row->previous) && take_text(&p, "\",\"hash\":\"") &&
	    take_hash(&p, &row->hash) && take_text(&p, "\",\"entry\":") &&
	    take_entry(p, &row->entry);
	if (!ok) {
		memset(row, 0, sizeof(*row));
		fault_found(f,
		    "a line that differs from the form of the log "
		    "after %zu bytes",
		    (size_t)(p - line));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "{\"seq\":N,\"previous\":\"HEX\",\"hash\":\"HEX\","
		    "\"entry\":{...}}",
		    "export the log again, and do not edit it");
	}
	/* The parts become texts of their own only when all is well. */
	line[row->previous - line + (ptrdiff_t)HASH_LEN] = '\0';
	line[row->hash - line + (ptrdiff_t)HASH_LEN] = '\0';
	return true;
}
