/* pin.c - read a PIN, use it once, wipe it. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define PIN_MAX ((size_t)1024)

/* A kind of source: "prompt", or "file:" and what follows it. */
struct pin_kind {
	const char *word;
	bool takes_argument;
	bool again; /* gives the same PIN when it is read again */
	bool (*read)(const struct token *token, const char *where,
	    struct secret *out, struct fault *f);
};

/* --- one function a kind ---------------------------------------------- */

static bool
read_prompt(const struct token *token, const char *where, struct secret *out,
    struct fault *f)
{
	char question[TOKEN_NAME_MAX + 80];
	char serial[40];

	text_fit(serial, sizeof(serial), bytes_of(token->about.serial));
	(void)snprintf(question, sizeof(question),
	    "PIN of %s (serial %s)%s: ", token->name, serial,
	    token->logged_in ? " for one signature" : "");
	return prompt_secret(question, out, f);
}

/* Whatever is wrong with the file: it is the PIN that is missing. */
static bool
pin_trouble(struct fault *f)
{
	f->kind = FAULT_TOKEN;
	return false;
}

static bool
read_file(const struct token *token, const char *where, struct secret *out,
    struct fault *f)
{
	return file_read_secret(where, PIN_MAX, out, f) || pin_trouble(f);
}

/* The caller's, mem_free(); NULL: there are none, or it is no name of one. */
static char *
credential_path(const char *where)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (folder == NULL || strchr(where, '/') != NULL || where[0] == '.')
		return NULL;
	return mem_format("%s/%s", folder, where);
}

static bool
read_credential(const struct token *token, const char *where,
    struct secret *out, struct fault *f)
{
	char *path = credential_path(where);
	bool ok;

	if (path == NULL) {
		fault_found(f,
		    getenv("CREDENTIALS_DIRECTORY") == NULL
			? "no credentials from the service manager"
			: "a name of a credential that is a path");
		return fault_raise(f, FAULT_TOKEN,
		    "a name given to LoadCredential= of the service",
		    "start it as a service, or give the PIN with file:");
	}
	ok = file_read_credential(path, PIN_MAX, out, f) || pin_trouble(f);
	mem_free(path);
	return ok;
}

static bool
read_fd(const struct token *token, const char *where, struct secret *out,
    struct fault *f)
{
	char *end = NULL;
	long fd = strtol(where, &end, 10);

	if (where[0] < '0' || where[0] > '9' || *end != '\0' || fd > 65535) {
		fault_found(f, "\"fd:\" without a number");
		return fault_raise(f, FAULT_TOKEN, "an open descriptor",
		    "write it as fd:3");
	}
	if (secret_read(out, (int)fd, PIN_MAX + 1))
		return true;
	fault_found(f, "no PIN to be read from descriptor %ld", fd);
	return fault_raise(f, FAULT_TOKEN, "an open descriptor with the PIN",
	    "open it for the program, as in 3<pin-file");
}

/* clang-format off */
static const struct pin_kind kinds[] = {
	{ "prompt", false, false, read_prompt },
	{ "pad", false, false, NULL },
	{ "file:", true, true, read_file },
	{ "credential:", true, true, read_credential },
	{ "fd:", true, false, read_fd },
};
/* clang-format on */

#define KIND_PROMPT (&kinds[0])
#define KIND_PAD (&kinds[1])
#define KIND_FILE (&kinds[2])
#define KIND_CREDENTIAL (&kinds[3])

/* --- which one -------------------------------------------------------- */

static bool
source_from_setting(const char *setting, struct pin_source *out,
    struct fault *f)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		size_t len = strlen(kinds[i].word);

		if (kinds[i].takes_argument
			? strncmp(setting, kinds[i].word, len) != 0 ||
			    setting[len] == '\0'
			: strcmp(setting, kinds[i].word) != 0)
			continue;
		out->kind = &kinds[i];
		out->where = mem_text(setting + len);
		return true;
	}
	/* Not shown: somebody may have put the PIN itself there. */
	fault_found(f, "a PIN source that is none");
	return fault_raise(f, FAULT_TOKEN,
	    "prompt, pad, file:PATH, fd:N or credential:NAME",
	    "say where the PIN is, never the PIN itself");
}

/* Only a file: the other form of RFC 7512, 2.4, runs a command. */
static bool
source_from_uri(const char *text, struct pin_source *out, struct fault *f)
{
	const char *path = text;

	if (strncmp(text, KIND_FILE->word, strlen(KIND_FILE->word)) == 0)
		path += strlen(KIND_FILE->word);
	if (strncmp(path, "///", 3) == 0)
		path += 2; /* RFC 8089: file:///path */
	if (path[0] != '/') {
		fault_found(f, "a pin-source in the URI that is no file");
		return fault_raise(f, FAULT_TOKEN,
		    "pin-source=file:/absolute/path",
		    "put the PIN into a file of mode 0600 and name that");
	}
	out->kind = KIND_FILE;
	out->where = mem_text(path);
	return true;
}

bool
pin_source_find(const char *setting, P11KitUri *uri, bool pad,
    struct pin_source *out, struct fault *f)
{
	const char *of_uri = p11_kit_uri_get_pin_source(uri);

	memset(out, 0, sizeof(*out));
	if (setting != NULL)
		return source_from_setting(setting, out, f);
	if (of_uri != NULL)
		return source_from_uri(of_uri, out, f);
	out->kind = pad ? KIND_PAD : KIND_PROMPT;
	return true;
}

void
pin_source_clear(struct pin_source *source)
{
	mem_free(source->where);
	memset(source, 0, sizeof(*source));
}

bool
pin_source_is_a_person(const struct pin_source *source)
{
	return source->kind == KIND_PROMPT || source->kind == KIND_PAD;
}

bool
pin_source_is_the_pad(const struct pin_source *source)
{
	return source->kind == KIND_PAD;
}

bool
pin_source_can_be_read_again(const struct pin_source *source)
{
	return source->kind != NULL && source->kind->again;
}

bool
pin_source_is_a_credential(const struct pin_source *source)
{
	return source->kind == KIND_CREDENTIAL;
}

char *
pin_source_text(const struct pin_source *source)
{
	return mem_format("%s%s", source->kind->word,
	    source->where != NULL ? source->where : "");
}

char *
pin_source_path(const struct pin_source *source)
{
	if (source->kind == KIND_CREDENTIAL)
		return credential_path(source->where);
	return source->kind == KIND_FILE ? mem_text(source->where) : NULL;
}

/* --- read ------------------------------------------------------------- */

/* Files end in one newline that is no part of the PIN. */
static void
newline_strip(struct secret *pin)
{
	if (pin->len > 0 && pin->p[pin->len - 1] == '\n')
		pin->p[--pin->len] = '\0';
	if (pin->len > 0 && pin->p[pin->len - 1] == '\r')
		pin->p[--pin->len] = '\0';
}

/* Some tokens say nothing of the length, or what cannot be. */
static bool
token_says_least(const struct token_info *about)
{
	return about->pin_min > 0 && about->pin_min <= PIN_MAX;
}

static bool
token_says_most(const struct token_info *about)
{
	return about->pin_max > 0 && about->pin_max <= PIN_MAX &&
	    (!token_says_least(about) || about->pin_max >= about->pin_min);
}

const char *
pin_length_text(const struct token_info *about, char out[PIN_LENGTH_TEXT_MAX])
{
	bool least = token_says_least(about);
	bool most = token_says_most(about);

	if (least && most)
		(void)snprintf(out, PIN_LENGTH_TEXT_MAX,
		    "%lu to %lu characters", about->pin_min, about->pin_max);
	else if (least || most)
		(void)snprintf(out, PIN_LENGTH_TEXT_MAX, "%lu characters at %s",
		    least ? about->pin_min : about->pin_max,
		    least ? "least" : "most");
	else
		(void)snprintf(out, PIN_LENGTH_TEXT_MAX,
		    "it does not say how many");
	return out;
}

/* What would cost a try for nothing. */
static bool
pin_can_be_right(const struct token *token, const struct secret *pin,
    struct fault *f)
{
	const struct token_info *about = &token->about;
	bool too_short = token_says_least(about) && pin->len < about->pin_min;
	bool too_long = token_says_most(about) && pin->len > about->pin_max;
	char lengths[PIN_LENGTH_TEXT_MAX];

	if (pin->len == 0)
		fault_found(f, "an empty PIN for %s", token->name);
	else if (pin->len > PIN_MAX || memchr(pin->p, '\n', pin->len) != NULL ||
	    memchr(pin->p, '\0', pin->len) != NULL)
		fault_found(f, "a PIN of more than one line for %s",
		    token->name);
	else if (too_short || too_long)
		fault_found(f, "a PIN that is too %s for %s, which takes %s",
		    too_short ? "short" : "long", token->name,
		    pin_length_text(about, lengths));
	else
		return true;
	return fault_raise(f, FAULT_TOKEN, "the user PIN of this token",
	    "check where the PIN comes from; no try was spent");
}

/*
 * The pad gets a PIN by handing none to the token: one without a pad may take
 * that for an empty PIN, which is a try, or worse, right.
 */
static bool
pad_is_there(const struct token *token, struct fault *f)
{
	if (token->about.pad)
		return true;
	fault_found(f, "%s, which has no PIN pad", token->name);
	return fault_raise(f, FAULT_TOKEN,
	    "a token with a protected authentication path, or another source",
	    "give the PIN with prompt, file:, fd: or credential:");
}

bool
pin_read(const struct token *token, struct secret *out, struct fault *f)
{
	const struct pin_source *source = &token->pin;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (pin_source_is_the_pad(source)) /* PKCS#11 wants no PIN then */
		return pad_is_there(token, f);
	ok = source->kind->read(token, source->where, out, f);
	if (ok) {
		newline_strip(out);
		ok = pin_can_be_right(token, out, f);
	}
	if (!ok)
		secret_free(out);
	return ok;
}
