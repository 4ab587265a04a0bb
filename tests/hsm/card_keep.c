/* card_keep.c - what the smart card in software keeps; tags and lengths. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

struct kept kept;

static const char *state_path;

void
die(const char *what)
{
	perror(what);
	exit(1);
}

void
keep(void)
{
	char new[4096];
	FILE *out;

	(void)snprintf(new, sizeof(new), "%s.new", state_path);
	out = fopen(new, "w");
	if (out == NULL || fwrite(&kept, sizeof(kept), 1, out) != 1 ||
	    fclose(out) != 0 || rename(new, state_path) != 0)
		die(state_path);
}

void
recall(const char *path)
{
	FILE *in = fopen(path, "r");

	state_path = path;
	if (in == NULL) {
		kept.files[MF] = (struct file){ .used = true,
			.folder = true,
			.id = 0x3f00,
			.parent = NOWHERE };
		kept.pin.tries = PIN_TRIES;
		kept.puk.tries = PUK_TRIES;
		return;
	}
	if (fread(&kept, sizeof(kept), 1, in) != 1)
		die(state_path);
	(void)fclose(in);
}

/* ---- tags, lengths, values -------------------------------------------- */

void
put(struct reply *out, const void *p, size_t len)
{
	if (len > APDU_MAX - out->len)
		abort();
	memcpy(out->data + out->len, p, len);
	out->len += len;
}

void
put_tag(struct reply *out, unsigned tag, const void *value, size_t len)
{
	unsigned char head[5];
	size_t n = 0;

	if (tag > 0xff)
		head[n++] = (unsigned char)(tag >> 8);
	head[n++] = (unsigned char)tag;
	if (len > 0xff)
		head[n++] = 0x82, head[n++] = (unsigned char)(len >> 8);
	else if (len > 0x7f)
		head[n++] = 0x81;
	head[n++] = (unsigned char)len;
	put(out, head, n);
	put(out, value, len);
}

/* Under a tag of one byte. */
const unsigned char *
find_tag(unsigned tag, const unsigned char *p, size_t len, size_t *found)
{
	size_t at = 0;

	while (len - at >= 2) {
		unsigned one = p[at++];
		size_t size = p[at++];

		if (size == 0x81 || size == 0x82) {
			size_t n = size - 0x80;

			for (size = 0; n > 0 && at < len; n--)
				size = size << 8 | p[at++];
		}
		if (size > len - at)
			return NULL;
		*found = size;
		if (one == tag)
			return p + at;
		at += size;
	}
	return NULL;
}

unsigned
number(const unsigned char *p, size_t len)
{
	unsigned n = 0;

	while (len-- > 0)
		n = n << 8 | *p++;
	return n;
}
