/* bytes.c - runs of bytes: borrowed and owned. */
#include "p11ca/bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/mem.h"

#define LEAST 16 /* bytes that a buf has room for */

struct bytes
bytes_of(const char *text)
{
	struct bytes b = { NULL, 0 };

	if (text != NULL) {
		b.p = (const unsigned char *)text;
		b.len = strlen(text);
	}
	return b;
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
bytes_blank(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] == '\0' || strchr(" \t\r\n", b.p[i]) == NULL)
			return false;
	return true;
}

struct bytes
buf_bytes(const struct buf *buf)
{
	struct bytes b = { buf->p, buf->len };

	return b;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->p != NULL ? (const char *)buf->p : "";
}

/* Make room for len more bytes and the NUL after them, in one step. */
static void
buf_reserve(struct buf *buf, size_t len)
{
	size_t cap = buf->cap > 0 ? buf->cap : LEAST;

	if (buf->p != NULL && buf->cap - buf->len > len)
		return;
	if (len >= SIZE_MAX / 2 - buf->len)
		(void)mem_must(NULL); /* no machine has as much */
	while (cap - buf->len <= len)
		cap *= 2;
	buf->p = mem_must(realloc(buf->p, cap));
	buf->cap = cap;
}

void
buf_append(struct buf *buf, struct bytes more)
{
	buf_reserve(buf, more.len);
	if (more.len > 0)
		memcpy(buf->p + buf->len, more.p, more.len);
	buf->len += more.len;
	buf->p[buf->len] = '\0';
}

void
buf_text_append(struct buf *buf, const char *text)
{
	buf_append(buf, bytes_of(text));
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	text = mem_must(n < 0 ? NULL : text);
	buf_text_append(buf, text);
	mem_free(text);
}

void
buf_set(struct buf *buf, struct bytes content)
{
	buf->len = 0;
	buf_append(buf, content);
}

void
buf_free(struct buf *buf)
{
	mem_free(buf->p);
	memset(buf, 0, sizeof(*buf));
}

void
buf_hex(struct buf *buf, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";

	buf_reserve(buf, 2 * b.len);
	for (size_t i = 0; i < b.len; i++) {
		buf->p[buf->len++] = (unsigned char)digits[b.p[i] >> 4];
		buf->p[buf->len++] = (unsigned char)digits[b.p[i] & 15];
	}
	buf->p[buf->len] = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
buf_from_hex(struct buf *buf, const char *hex)
{
	size_t len = strlen(hex);

	if (len % 2 != 0)
		return false;
	if (len > 0)
		buf_reserve(buf, len / 2);
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(hex[i]);
		int low = hex_digit(hex[i + 1]);
		unsigned char byte;

		if (high < 0 || low < 0) {
			buf_free(buf);
			return false;
		}
		byte = (unsigned char)(high << 4 | low);
		buf_append(buf, (struct bytes){ &byte, 1 });
	}
	return true;
}
