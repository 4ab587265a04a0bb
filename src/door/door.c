/* door.c - what a command has at hand: its home, its files. */
#include <string.h>

#include "internal.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define IDEMPOTENCY_TOKEN_MAX 36 /* characters (API, IdempotencyToken) */

const char *
door_home(struct door *door)
{
	if (door->home == NULL)
		door->home = p11ca_home_path(args_text(door->args, "--home"));
	return door->home;
}

bool
door_open(struct door *door, bool write, struct fault *f)
{
	char shown[256];
	char *note;

	if (door->verbose) {
		note = mem_format("home %s",
		    text_fit(shown, sizeof(shown), bytes_of(door_home(door))));
		print_note(note);
		mem_free(note);
	}
	if (!p11ca_open(door_home(door), write, print_note, &door->p, f))
		return false;
	p11ca_warn_by(door->p, print_warning);
	return true;
}

void
door_close(struct door *door)
{
	p11ca_close(door->p);
	mem_free(door->home);
	mem_free(door->report);
	memset(door, 0, sizeof(*door));
}

bool
door_read(const struct door *door, const char *option, size_t max,
    struct buf *out, struct fault *f)
{
	const char *path = args_text(door->args, option);

	memset(out, 0, sizeof(*out));
	return path == NULL || file_read(path, max, out, f);
}

bool
door_read_all(const struct door *door, const char *option, size_t max,
    struct buf *out, struct fault *f)
{
	char shown[128];

	if (!door_read(door, option, max, out, f))
		return false;
	if (out->len <= max)
		return true;
	buf_free(out);
	fault_found(f, "%s %s, which has more than %zu bytes", option,
	    text_fit(shown, sizeof(shown),
		bytes_of(args_text(door->args, option))),
	    max);
	return fault_raise(f, FAULT_USAGE, "a file of that size at most",
	    "see whether it is the right file");
}

bool
door_idempotency(const struct door *door, const char **out, struct fault *f)
{
	const char *token = args_text(door->args, "--idempotency-token");
	size_t characters = token != NULL ? print_columns(token) : 0;

	*out = token;
	if (characters <= IDEMPOTENCY_TOKEN_MAX)
		return true;
	fault_found(f, "an idempotency token of %zu characters", characters);
	return fault_raise(f, FAULT_VALIDATION, "36 characters at most",
	    "shorten the token; a UUID is just long enough");
}

bool
door_takes_bytes(const char *what, struct fault *f)
{
	if (!print_is_terminal(stdout))
		return true;
	fault_found(f, "a terminal as the place for %s", what);
	return fault_raise(f, FAULT_USAGE, "a file or a program",
	    "redirect standard output: > FILE");
}
