/* hint.c - what to type next, so that it works when it is pasted. */
#include <ctype.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define NAME "p11ca"

/* Does the word mean itself to a shell? */
static bool
is_plain(const char *word)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_./:@%+,-";

	return word[0] != '\0' && word[strspn(word, good)] == '\0';
}

/* Is it harmless as it is, and without what ends a quotation? */
static bool
is_quotable(const char *word)
{
	struct buf shown = { 0 };
	bool same;

	text_show(&shown, bytes_of(word));
	same = strcmp(buf_text(&shown), word) == 0;
	buf_free(&shown);
	return same && strchr(word, '\'') == NULL;
}

/*
 * A word for a shell.  What must not reach a terminal is escaped in a form that
 * bash, zsh and ksh read.
 */
static void
append_word(struct buf *out, const char *word)
{
	const unsigned char *p = (const unsigned char *)word;

	if (is_plain(word)) {
		buf_text_append(out, word);
		return;
	}
	if (is_quotable(word)) {
		buf_printf(out, "'%s'", word);
		return;
	}
	buf_text_append(out, "$'");
	for (; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else if (isascii(*p) && isprint(*p))
			buf_printf(out, "%c", *p);
		else
			buf_printf(out, "\\%03o", *p);
	}
	buf_text_append(out, "'");
}

/* The program, with the home if that was named in this command line. */
static void
append_self(struct buf *out, const struct door *door)
{
	const char *home = args_text(door->args, "--home");

	buf_text_append(out, NAME);
	if (home == NULL)
		return;
	/* In one word, so that it cannot be taken for an option. */
	buf_text_append(out, home[0] == '-' ? " --home=" : " --home ");
	append_word(out, home);
}

void
hint_next(const struct door *door, const char *before, char *rest)
{
	struct buf note = { 0 };

	buf_printf(&note, "%s: ", before);
	append_self(&note, door);
	buf_printf(&note, " %s", rest);
	print_note(buf_text(&note));
	buf_free(&note);
	mem_free(rest);
}

/* Does a command begin with the word that stands here? */
static bool
is_command(const char *at)
{
	size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz-");

	for (size_t i = 0; i < program.count; i++) {
		const char *name = program.commands[i].name;

		if (strncmp(name, at, len) == 0 &&
		    (name[len] == '\0' || name[len] == ' '))
			return len > 0 && strcmp(name, "help") != 0;
	}
	return false;
}

char *
hint_fill(const struct door *door, const char *text)
{
	static const char start[] = NAME " ";
	size_t len = strlen(start);
	struct buf out = { 0 };
	char *filled;

	for (const char *at = text; *at != '\0';) {
		bool word = at == text || strchr(" (\"", at[-1]) != NULL;

		if (word && strncmp(at, start, len) == 0 &&
		    is_command(at + len)) {
			append_self(&out, door);
			at += len - 1;
		} else {
			buf_printf(&out, "%c", *at++);
		}
	}
	filled = mem_text(buf_text(&out));
	buf_free(&out);
	return filled;
}
