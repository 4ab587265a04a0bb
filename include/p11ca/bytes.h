/*
 * bytes.h - runs of bytes: borrowed and owned.
 */
#ifndef P11CA_BYTES_H
#define P11CA_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "p11ca/base.h"

/* Borrowed: somebody else keeps it alive.  p may be NULL when len is 0. */
struct bytes {
	const unsigned char *p;
	size_t len;
};

/* Owned: give it back with buf_free().  Always followed by a NUL byte. */
struct buf {
	unsigned char *p;
	size_t len;
	size_t cap;
};

struct bytes bytes_of(const char *text); /* without the NUL */
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_blank(struct bytes b); /* nothing but space, tab, CR, LF */
struct bytes buf_bytes(const struct buf *buf);

/* The text of a buf; "" when it is empty.  Borrowed from the buf. */
const char *buf_text(const struct buf *buf);
void buf_append(struct buf *buf, struct bytes more);
void buf_text_append(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF(2, 3);
void buf_set(struct buf *buf, struct bytes content);
void buf_free(struct buf *buf); /* leaves it empty and usable */

/* Lower-case hex of b, appended. */
void buf_hex(struct buf *buf, struct bytes b);

/* Read an even number of hex digits.  False when it is anything else. */
MUST_CHECK bool buf_from_hex(struct buf *buf, const char *hex);

#endif
