/* print.c - what people and programs read. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

static struct {
	bool quiet;
	bool json;
} notes;

bool
print_is_terminal(FILE *to)
{
	return isatty(fileno(to)) == 1;
}

/* no-color.org: any value but the empty one. */
static bool
takes_colour(FILE *to)
{
	const char *never = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return print_is_terminal(to) && (never == NULL || never[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

size_t
print_columns(const char *text)
{
	size_t columns = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p & 0xc0) != 0x80)
			columns++;
	return columns;
}

void
print_painted(FILE *to, enum paint paint, const char *text, size_t width)
{
	static const char *const codes[] = {
		[PAINT_PLAIN] = NULL,
		[PAINT_GOOD] = "\033[32m",
		[PAINT_WARN] = "\033[33m",
		[PAINT_BAD] = "\033[1;31m",
		[PAINT_DIM] = "\033[2m",
	};
	size_t columns = print_columns(text);

	if (codes[paint] != NULL && takes_colour(to))
		(void)fprintf(to, "%s%s\033[0m", codes[paint], text);
	else
		(void)fputs(text, to);
	if (columns < width)
		(void)fprintf(to, "%*s", (int)(width - columns), "");
}

void
print_cell(enum paint paint, const char *text, size_t width)
{
	print_painted(stdout, paint, text, width);
	(void)fputs("  ", stdout);
}

void
print_json(char *json)
{
	(void)puts(json);
	mem_free(json);
}

void
print_bytes(struct bytes content)
{
	if (content.len > 0)
		(void)fwrite(content.p, 1, content.len, stdout);
}

void
print_row(const char *label, const char *fmt, ...)
{
	va_list args;

	(void)printf("%-*s", PRINT_LABEL_WIDTH, label);
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	(void)putchar('\n');
}

void
print_set_quiet(bool quiet, bool json)
{
	notes.quiet = quiet;
	notes.json = json;
}

void
print_note(const char *text)
{
	if (!notes.quiet)
		print_warning(text);
}

/* Its first reader may be a program that was asked for JSON. */
void
print_warning(const char *text)
{
	const struct wire_pair pair = { "note", text };
	char *json;

	(void)fflush(stdout);
	if (!notes.json) {
		(void)fprintf(stderr, "p11ca: %s\n", text);
		return;
	}
	json = wire_object(&pair, 1);
	(void)fprintf(stderr, "%s\n", json);
	mem_free(json);
}

/* How a refusal begins; the exception is named where the API has one, the rule
 * where there is one. */
static void
append_start(struct buf *line, const char *command, const struct fault *f)
{
	static const char *const failures[FAULT_KINDS] = {
		[FAULT_TOKEN] = " failed at the token",
		[FAULT_STORE] = " failed at the store",
		[FAULT_OURS] = " failed by a fault of p11ca itself",
	};
	const char *failure = failures[f->kind];
	const char *rule = f->rule;

	buf_text_append(line, "p11ca: ");
	if (command == NULL)
		return;
	buf_text_append(line, command);
	if (failure != NULL)
		buf_printf(line, "%s%s%s%s", failure,
		    rule != NULL ? " (rule " : "", rule != NULL ? rule : "",
		    rule != NULL ? ")" : "");
	else if (f->kind != FAULT_USAGE)
		buf_printf(line, " refused (%s%s%s)", fault_name(f->kind),
		    rule != NULL ? ", rule " : "", rule != NULL ? rule : "");
	buf_text_append(line, ": ");
}

void
print_fault(const char *command, const struct fault *f)
{
	struct buf line = { 0 };
	const char *before = "";

	append_start(&line, command, f);
	if (f->found[0] != '\0') {
		buf_text_append(&line, f->found);
		before = "; ";
	}
	if (f->want != NULL) {
		buf_printf(&line, "%sexpected %s", before, f->want);
		before = "; ";
	}
	if (f->todo != NULL)
		buf_printf(&line, "%s%s", before, f->todo);
	(void)fprintf(stderr, "%s\n", buf_text(&line));
	buf_free(&line);
}

bool
print_finish(struct fault *f)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	fault_found(f, "standard output that takes no more (%s)",
	    errno != 0 ? strerror(errno) : "write error");
	return fault_raise(f, FAULT_USAGE,
	    "room for everything that is printed",
	    "see to the disk or the reading program; what was done is done and "
	    "on record, so look at it before asking again");
}

enum paint
print_status_paint(enum ca_status status)
{
	static const enum paint paints[CA_STATUSES] = {
		[CA_CREATING] = PAINT_WARN,
		[CA_PENDING_CERTIFICATE] = PAINT_WARN,
		[CA_ACTIVE] = PAINT_GOOD,
		[CA_DISABLED] = PAINT_WARN,
		[CA_EXPIRED] = PAINT_BAD,
		[CA_FAILED] = PAINT_BAD,
		[CA_DELETED] = PAINT_DIM,
	};

	return paints[status];
}

const char *
print_date(int64_t at, char out[PRINT_DATE_MAX])
{
	char text[CLOCK_TEXT_MAX];
	const char *end = strchr(clock_text(at, text), 'T');

	(void)snprintf(out, PRINT_DATE_MAX, "%.*s",
	    end != NULL ? (int)(end - text) : 10, text);
	return out;
}

/* Words of a name that are written otherwise in a sentence. */
static const char *
sentence_word(const char *word, size_t len)
{
	static const struct {
		const char *word, *shown;
	} names[] = {
		{ "arn", "ARN" },
		{ "ca", "CA" },
		{ "cas", "CA's" },
		{ "csr", "CSR" },
		{ "der", "DER" },
		{ "rsa", "RSA" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strlen(names[i].word) == len &&
		    strncmp(names[i].word, word, len) == 0)
			return names[i].shown;
	return NULL;
}

void
print_rule_name(FILE *to, const char *name, bool begins)
{
	const char *p = name;

	while (*p != '\0') {
		size_t len = strcspn(p, "_");
		const char *shown = sentence_word(p, len);

		if (shown != NULL)
			(void)fputs(shown, to);
		for (size_t i = 0; i < len && shown == NULL; i++)
			(void)putc(begins && p + i == name
				? toupper((unsigned char)p[i])
				: p[i],
			    to);
		p += len;
		if (*p == '_') {
			(void)putc(' ', to);
			p++;
		}
	}
}
