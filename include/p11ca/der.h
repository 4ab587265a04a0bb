/*
 * der.h - a cursor over DER (X.690): strict, bounded, without allocation.
 *
 * Lengths must be definite and minimal, tags of one byte; whatever is read
 * lies inside the bytes that were given.  What a reader returns false for is
 * not DER of the wanted kind; the cursor is then where it was.
 */
#ifndef P11CA_DER_H
#define P11CA_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "p11ca/bytes.h"

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};
#define DER_CONTEXT(n) (0x80 | (n))	/* primitive [n] */
#define DER_CONSTRUCTED(n) (0xa0 | (n)) /* constructed [n] */

/* The tag of the next element, or -1 at the end. */
int der_peek(struct bytes at);

/* Take the next element whatever it is: its tag, its content, all of it. */
MUST_CHECK bool der_next(struct bytes *at, int *tag, struct bytes *content,
    struct bytes *whole);

/* Take the next element, which must have this tag. */
MUST_CHECK bool der_take(struct bytes *at, int tag, struct bytes *content);

/* As der_take, and gives the whole element with its header. */
MUST_CHECK bool der_take_whole(struct bytes *at, int tag, struct bytes *content,
    struct bytes *whole);

/* BOOLEAN: DER knows only 00 and FF. */
MUST_CHECK bool der_boolean(struct bytes *at, bool *out);

/* INTEGER, minimal, its content octets (two's complement). */
MUST_CHECK bool der_integer(struct bytes *at, struct bytes *content);

/* UTCTime or GeneralizedTime in the form of RFC 5280, 4.1.2.5. */
MUST_CHECK bool der_time(struct bytes *at, int64_t *out);

/* "1.2.840.113549"; at most 64 arcs, else false. */
MUST_CHECK bool der_oid_text(struct bytes oid, char *out, size_t size);

/* Append an element: header, then content. */
void der_put(struct buf *out, int tag, struct bytes content);

#endif
