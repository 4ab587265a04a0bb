/* refusal.c - stored PINs that a token has refused, noted for later starts. */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p11ca/clock.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

/*
 * A line is "DATE STATE TOKEN SOURCE", the oldest first:
 *
 *   2026-01-15T12:00:00Z 2049:131:9:1768478400.5:1768478400.5 pkcs11:...
 *       file:/etc/p11ca/pin
 *
 * STATE is what tells whether the file has changed: device, inode, size, mtime
 * and ctime.  Nothing in it comes from the PIN but how long it is.
 */
enum field { DATE, STATE, TOKEN, SOURCE, FIELDS };

#define LINES_MAX 64
#define NOTE_MAX ((size_t)1 << 20) /* 64 lines with the longest of paths */

struct line {
	struct bytes whole; /* with its newline */
	struct bytes field[FIELDS];
};

/* The note as it is. */
struct note {
	struct buf text;
	struct line line[LINES_MAX]; /* into text: those that can be read */
	size_t count;
	bool damaged; /* there is more than they */
};

/* --- one line --------------------------------------------------------- */

static bool
is_date(struct bytes field)
{
	char text[CLOCK_TEXT_MAX] = "";
	int64_t at;

	if (field.len >= sizeof(text))
		return false;
	memcpy(text, field.p, field.len);
	return clock_from_text(text, &at);
}

static bool
is_made_of(struct bytes field, const char *characters)
{
	for (size_t i = 0; i < field.len; i++)
		if (field.p[i] == '\0' ||
		    strchr(characters, field.p[i]) == NULL)
			return false;
	return field.len > 0;
}

static bool
is_visible(struct bytes field)
{
	for (size_t i = 0; i < field.len; i++)
		if (field.p[i] <= ' ' || field.p[i] > '~')
			return false;
	return field.len > 0;
}

/* whole without its newline, into its fields.  False: it is no such line. */
static bool
line_split(struct bytes whole, struct line *out)
{
	struct bytes left = whole;

	for (enum field i = 0; i < FIELDS; i++) {
		const unsigned char *end =
		    left.len > 0 ? memchr(left.p, ' ', left.len) : NULL;
		size_t len = end == NULL ? left.len : (size_t)(end - left.p);

		if ((end == NULL) != (i == SOURCE))
			return false;
		out->field[i] = (struct bytes){ left.p, len };
		if (!is_visible(out->field[i]))
			return false;
		len += end != NULL;
		left.p += len;
		left.len -= len;
	}
	return is_date(out->field[DATE]) &&
	    is_made_of(out->field[STATE], "0123456789.:-");
}

/* --- the note --------------------------------------------------------- */

static void
note_split(struct note *note)
{
	struct bytes left = buf_bytes(&note->text);

	/* It goes when it is empty: one without a line was cut. */
	note->damaged = left.len == 0 || left.len > NOTE_MAX;
	while (left.len > 0) {
		const unsigned char *end = memchr(left.p, '\n', left.len);
		size_t len = end == NULL ? left.len : (size_t)(end - left.p);
		struct line line = { .whole = { left.p, len + 1 } };

		if (end != NULL && note->count < LINES_MAX &&
		    line_split((struct bytes){ left.p, len }, &line))
			note->line[note->count++] = line;
		else
			note->damaged = true;
		len += end != NULL;
		left.p += len;
		left.len -= len;
	}
}

/* *out: note_free(). */
static void
note_read(const char *path, struct note *out)
{
	struct fault ignored = { 0 };
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (stat(path, &st) != 0) {
		out->damaged = errno != ENOENT && errno != ENOTDIR;
		return;
	}
	if (S_ISREG(st.st_mode) &&
	    file_read(path, NOTE_MAX, &out->text, &ignored))
		note_split(out);
	else
		out->damaged = true;
}

static void
note_free(struct note *note)
{
	buf_free(&note->text);
	mem_free(note);
}

/* Without a line there is no note. */
static bool
note_write(const char *path, const struct buf *text)
{
	struct fault ignored = { 0 };

	if (text->len == 0)
		return unlink(path) == 0 || errno == ENOENT;
	return file_write(path, buf_bytes(text), &ignored);
}

/* --- whose it is ------------------------------------------------------ */

static const char *
token_text(const struct token *token)
{
	return token->about.uri[0] != '\0' ? token->about.uri : "pkcs11:";
}

/* The source as in the settings, in one word. */
static void
source_text(const struct token *token, struct buf *out)
{
	char *text = pin_source_text(&token->pin);

	for (const char *p = text; *p != '\0'; p++)
		if (*p > ' ' && *p <= '~' && *p != '%')
			buf_append(out,
			    (struct bytes){ (const unsigned char *)p, 1 });
		else
			buf_printf(out, "%%%02x", (unsigned)(unsigned char)*p);
	mem_free(text);
}

static bool
is_of_token(const struct line *line, const struct token *token)
{
	return bytes_equal(line->field[TOKEN], bytes_of(token_text(token)));
}

/* The line of this token and its source, or NULL. */
static const struct line *
line_of(const struct note *note, const struct token *token)
{
	const struct line *found = NULL;
	struct buf source = { 0 };

	source_text(token, &source);
	for (size_t i = 0; i < note->count; i++)
		if (is_of_token(&note->line[i], token) &&
		    bytes_equal(note->line[i].field[SOURCE],
			buf_bytes(&source)))
			found = &note->line[i];
	buf_free(&source);
	return found;
}

char *
refusal_state(const struct token *token)
{
	char *path, *state = NULL;
	struct stat st;

	if (token->refusals == NULL ||
	    !pin_source_can_be_read_again(&token->pin))
		return NULL;
	path = pin_source_path(&token->pin);
	if (path == NULL || stat(path, &st) != 0)
		state = NULL;
	else if (pin_source_is_a_credential(&token->pin))
		/* The service manager makes a new file of it at each start. */
		state = mem_format("-:-:%lld:-:-", (long long)st.st_size);
	else
		state = mem_format("%llu:%llu:%lld:%lld.%09ld:%lld.%09ld",
		    (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino, (long long)st.st_size,
		    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		    (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	mem_free(path);
	return state;
}

/* --- look, keep, forget ----------------------------------------------- */

static bool
refused_fault(const struct token *token, const struct line *line,
    struct fault *f)
{
	char *source = pin_source_text(&token->pin);
	char shown[160];

	fault_found(f,
	    "the PIN in %s, which %s refused on %.*s and which has not "
	    "changed since",
	    text_fit(shown, sizeof(shown), bytes_of(source)), token->name,
	    (int)line->field[DATE].len, (const char *)line->field[DATE].p);
	mem_free(source);
	return fault_raise(f, FAULT_TOKEN,
	    "a stored PIN that was not refused before; no try was spent",
	    pin_source_is_a_credential(&token->pin)
		? "put the right PIN there, and log in once by hand: p11ca "
		  "token show --pin prompt URI"
		: "put the right PIN there, or log in once by hand: p11ca "
		  "token show --pin prompt URI");
}

static bool
damaged_fault(const struct token *token, struct fault *f)
{
	char shown[160];

	fault_found(f,
	    "%s, which cannot be read: whether %s refused the stored PIN is "
	    "not known",
	    text_fit(shown, sizeof(shown), bytes_of(token->refusals)),
	    token->name);
	return fault_raise(f, FAULT_TOKEN,
	    "the note of the PINs that were refused; no try was spent",
	    "log in once by hand, which mends it: p11ca token show --pin "
	    "prompt URI");
}

/*
 * A note that cannot be read may be the one that keeps a wrong PIN from the
 * last try: taken for none, it would lock a card, and nobody can undo that.
 * To refuse costs one login by a person.
 */
bool
refusal_allows(const struct token *token, struct fault *f)
{
	char *state = refusal_state(token);
	const struct line *line;
	struct note *note;
	bool ok = true;

	if (state == NULL)
		return true;
	note = mem_new(sizeof(*note));
	note_read(token->refusals, note);
	line = line_of(note, token);
	if (line != NULL && bytes_equal(line->field[STATE], bytes_of(state)))
		ok = refused_fault(token, line, f);
	else if (note->damaged)
		ok = damaged_fault(token, f);
	note_free(note);
	mem_free(state);
	return ok;
}

bool
refusal_keep(const struct token *token, const char *state)
{
	struct note *note = mem_new(sizeof(*note));
	const struct line *old;
	struct buf text = { 0 };
	char now[CLOCK_TEXT_MAX];
	size_t oldest;
	bool ok = true;

	note_read(token->refusals, note);
	old = line_of(note, token);
	oldest = old == NULL && note->count == LINES_MAX ? 1 : 0;
	for (size_t i = oldest; i < note->count; i++)
		if (&note->line[i] != old)
			buf_append(&text, note->line[i].whole);
	buf_printf(&text, "%s %s %s ", clock_text(clock_now(), now), state,
	    token_text(token));
	source_text(token, &text);
	buf_text_append(&text, "\n");
	/* One that is damaged refuses all, until a person has logged in. */
	if (!note->damaged)
		ok = note_write(token->refusals, &text);
	buf_free(&text);
	note_free(note);
	return ok;
}

/* What cannot be read goes as well, or it would stop stored PINs for ever: if
 * it was of another token, that has one more try to lose. */
bool
refusals_forget(const struct token *token)
{
	struct note *note;
	struct buf text = { 0 };
	size_t kept = 0;
	bool ok = true;

	if (token->refusals == NULL)
		return true;
	note = mem_new(sizeof(*note));
	note_read(token->refusals, note);
	for (size_t i = 0; i < note->count; i++)
		if (!is_of_token(&note->line[i], token)) {
			buf_append(&text, note->line[i].whole);
			kept++;
		}
	if (kept < note->count || note->damaged)
		ok = note_write(token->refusals, &text);
	buf_free(&text);
	note_free(note);
	return ok;
}
