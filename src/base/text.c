/* text.c - untrusted text, made fit for a terminal, a log or a page. */
#include "p11ca/text.h"

#include <stdio.h>
#include <string.h>

size_t
text_utf8(struct bytes at, uint32_t *code_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t len;

	if (at.len == 0)
		return 0;
	c = at.p[0];
	len = c < 0x80 ? 1
	    : c < 0xc2 ? 0
	    : c < 0xe0 ? 2
	    : c < 0xf0 ? 3
	    : c < 0xf5 ? 4
		       : 0;
	if (len == 0 || len > at.len)
		return 0;
	if (len > 1)
		c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((at.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at.p[i] & 0x3f);
	}
	if ((len > 1 && c < least[len]) || (c >= 0xd800 && c <= 0xdfff) ||
	    c > 0x10ffff)
		return 0;
	*code_point = c;
	return len;
}

/*
 * Ranges beyond ASCII that are shown as they are: letters, digits and
 * punctuation of the scripts in use.  What steers a terminal or the direction
 * of writing, is invisible, joins with its neighbours, or is not assigned is in
 * the gaps.
 */
static bool
is_harmless(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x20, 0x7e },			 /* ASCII */
		{ 0xa1, 0xac }, { 0xae, 0x2ff }, /* Latin */
		{ 0x370, 0x482 },
		{ 0x48a, 0x590 },   /* Greek, Cyrillic, Armenian */
		{ 0x10a0, 0x115e }, /* Georgian, Hangul letters */
		{ 0x1e00, 0x1fff }, /* Latin and Greek, extended */
		{ 0x2010, 0x2027 }, { 0x2030, 0x205e }, /* punctuation */
		{ 0x20a0, 0x20bf },			/* currencies */
		{ 0x2100, 0x214f },			/* letter-like */
		{ 0x3001, 0x3163 }, { 0x3165, 0x318e }, /* CJK, kana */
		{ 0x4e00, 0x9fff },			/* CJK ideographs */
		{ 0xac00, 0xd7a3 },			/* Hangul */
	};

	if (c == '\\')
		return false;
	for (size_t i = 0; i < COUNT(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Append what is shown for the first character; returns the bytes it took. */
static size_t
show_one(struct buf *out, struct bytes at)
{
	uint32_t c = 0;
	size_t len = text_utf8(at, &c);

	if (len == 0) {
		buf_printf(out, "\\x%02X", at.p[0]);
		return 1;
	}
	if (is_harmless(c))
		buf_append(out, (struct bytes){ at.p, len });
	else if (c < 0x80)
		buf_printf(out, "\\x%02X", (unsigned)c);
	else
		buf_printf(out, "\\u{%X}", (unsigned)c);
	return len;
}

void
text_show(struct buf *out, struct bytes untrusted)
{
	while (untrusted.len > 0) {
		size_t len = show_one(out, untrusted);

		untrusted.p += len;
		untrusted.len -= len;
	}
}

const char *
text_fit(char *out, size_t size, struct bytes untrusted)
{
	struct buf shown = { 0 };
	size_t whole = 0; /* what fits without being cut */

	while (untrusted.len > 0 && shown.len < size) {
		size_t len = show_one(&shown, untrusted);

		if (shown.len + sizeof("...") <= size)
			whole = shown.len;
		untrusted.p += len;
		untrusted.len -= len;
	}
	if (shown.len < size && untrusted.len == 0)
		memcpy(out, buf_text(&shown), shown.len + 1);
	else
		(void)snprintf(out, size, "%.*s...", (int)whole,
		    buf_text(&shown));
	buf_free(&shown);
	return out;
}
