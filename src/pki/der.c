/* der.c - a cursor over DER (X.690): strict, bounded, without allocation. */
#include "p11ca/der.h"

#include "p11ca/clock.h"

#define OID_ARCS_MAX 64
#define ARC_DIGITS_MAX 40 /* an arc may be a UUID: 39 digits */

int
der_peek(struct bytes at)
{
	return at.len > 0 ? at.p[0] : -1;
}

/* Read tag and length: how long the header is, or 0 when it is none. */
static size_t
header_read(struct bytes at, size_t *content_len)
{
	size_t header = 2;
	size_t octets;
	size_t len;

	if (at.len < 2 || at.p[0] == 0 || (at.p[0] & 0x1f) == 0x1f)
		return 0;
	len = at.p[1];
	if (len >= 0x80) {
		/* 80 is the indefinite form; five octets are never needed. */
		octets = len - 0x80;
		if (octets < 1 || octets > 4 || at.len < 2 + octets)
			return 0;
		len = 0;
		for (size_t i = 0; i < octets; i++)
			len = len << 8 | at.p[2 + i];
		if (len < 0x80 || len >> (8 * (octets - 1)) == 0)
			return 0;
		header += octets;
	}
	if (len > at.len - header)
		return 0;
	*content_len = len;
	return header;
}

bool
der_next(struct bytes *at, int *tag, struct bytes *content, struct bytes *whole)
{
	size_t len = 0;
	size_t header = header_read(*at, &len);

	if (header == 0)
		return false;
	*tag = at->p[0];
	*content = (struct bytes){ at->p + header, len };
	*whole = (struct bytes){ at->p, header + len };
	at->p += whole->len;
	at->len -= whole->len;
	return true;
}

bool
der_take_whole(struct bytes *at, int tag, struct bytes *content,
    struct bytes *whole)
{
	int found;

	return der_peek(*at) == tag && der_next(at, &found, content, whole);
}

bool
der_take(struct bytes *at, int tag, struct bytes *content)
{
	struct bytes whole;

	return der_take_whole(at, tag, content, &whole);
}

bool
der_boolean(struct bytes *at, bool *out)
{
	struct bytes next = *at;
	struct bytes content;

	if (!der_take(&next, DER_BOOLEAN, &content) || content.len != 1 ||
	    (content.p[0] != 0x00 && content.p[0] != 0xff))
		return false;
	*out = content.p[0] == 0xff;
	*at = next;
	return true;
}

bool
der_integer(struct bytes *at, struct bytes *content)
{
	struct bytes next = *at;
	struct bytes got;

	if (!der_take(&next, DER_INTEGER, &got) || got.len == 0)
		return false;
	/* The first nine bits are neither all 0 nor all 1 (X.690, 8.3.2). */
	if (got.len > 1 &&
	    ((got.p[0] == 0x00 && got.p[1] < 0x80) ||
		(got.p[0] == 0xff && got.p[1] >= 0x80)))
		return false;
	*content = got;
	*at = next;
	return true;
}

/* Take two digits off; -1 when they are not there. */
static int
two_digits(struct bytes *text)
{
	int value = 0;

	if (text->len < 2)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		if (text->p[i] < '0' || text->p[i] > '9')
			return -1;
		value = value * 10 + (text->p[i] - '0');
	}
	text->p += 2;
	text->len -= 2;
	return value;
}

/* MMDDHHMMSSZ of that year, and no more. */
static bool
time_in_year(int year, struct bytes text, int64_t *out)
{
	int month = two_digits(&text);
	int day = two_digits(&text);
	int hour = two_digits(&text);
	int minute = two_digits(&text);
	int second = two_digits(&text);

	if (day < 1 || day > clock_month_days(year, month) || hour < 0 ||
	    hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (text.len != 1 || text.p[0] != 'Z')
		return false;
	*out = clock_from_parts(year, month, day, hour, minute, second);
	return true;
}

bool
der_time(struct bytes *at, int64_t *out)
{
	struct bytes next = *at;
	struct bytes text;
	int century = -1;
	int year;

	if (der_take(&next, DER_GENERALIZED_TIME, &text)) {
		century = two_digits(&text);
		if (century < 0)
			return false;
	} else if (!der_take(&next, DER_UTC_TIME, &text)) {
		return false;
	}
	year = two_digits(&text);
	if (year < 0)
		return false;
	if (century < 0)
		century = year < 50 ? 20 : 19;
	if (!time_in_year(century * 100 + year, text, out))
		return false;
	*at = next;
	return true;
}

/* One arc of an OID as decimal digits, the least first. */
struct arc {
	unsigned char digit[ARC_DIGITS_MAX];
	size_t len;
};

/* arc = arc * 128 + septet; false when that has too many digits. */
static bool
arc_push(struct arc *arc, unsigned septet)
{
	unsigned carry = septet;

	for (size_t i = 0; i < arc->len; i++) {
		carry += arc->digit[i] * 128u;
		arc->digit[i] = (unsigned char)(carry % 10);
		carry /= 10;
	}
	for (; carry > 0; carry /= 10) {
		if (arc->len == ARC_DIGITS_MAX)
			return false;
		arc->digit[arc->len++] = (unsigned char)(carry % 10);
	}
	return true;
}

/* Take one base-128 number off; it must be minimal and end. */
static bool
arc_read(struct bytes *oid, struct arc *arc)
{
	arc->len = 0;
	if (oid->len == 0 || oid->p[0] == 0x80)
		return false;
	while (oid->len > 0) {
		unsigned octet = oid->p[0];

		oid->p++;
		oid->len--;
		if (!arc_push(arc, octet & 0x7f))
			return false;
		if (octet < 0x80)
			return true;
	}
	return false;
}

/* The first number holds two arcs (X.690, 8.19.4): return the first of them
 * and leave the second. */
static int
arc_split(struct arc *arc)
{
	int tens = arc->len < 2 ? 0 : arc->digit[1];
	int first = arc->len > 2 || tens >= 8 ? 2 : tens / 4;
	int digit;

	if (first == 0)
		return 0;
	digit = arc->digit[1] - 4 * first;
	arc->digit[1] = (unsigned char)(digit < 0 ? digit + 10 : digit);
	for (size_t i = 2; digit < 0; i++) {
		digit = arc->digit[i] - 1;
		arc->digit[i] = (unsigned char)(digit < 0 ? 9 : digit);
	}
	while (arc->len > 0 && arc->digit[arc->len - 1] == 0)
		arc->len--;
	return first;
}

/* Write the digits at out + *used; false when size does not hold them. */
static bool
arc_print(const struct arc *arc, char *out, size_t size, size_t *used)
{
	size_t digits = arc->len > 0 ? arc->len : 1;

	if (size - *used < digits + 2)
		return false;
	if (*used > 0)
		out[(*used)++] = '.';
	for (size_t i = digits; i > 0; i--) {
		unsigned digit = arc->len > 0 ? arc->digit[i - 1] : 0;

		out[(*used)++] = (char)('0' + digit);
	}
	out[*used] = '\0';
	return true;
}

bool
der_oid_text(struct bytes oid, char *out, size_t size)
{
	struct arc arc = { { 0 }, 0 };
	size_t used = 0;
	size_t arcs = 2;
	bool ok;

	if (size < 2)
		return false;
	ok = arc_read(&oid, &arc);
	if (ok) {
		out[used++] = (char)('0' + arc_split(&arc));
		ok = arc_print(&arc, out, size, &used);
	}
	while (ok && oid.len > 0)
		ok = ++arcs <= OID_ARCS_MAX && arc_read(&oid, &arc) &&
		    arc_print(&arc, out, size, &used);
	if (!ok)
		out[0] = '\0';
	return ok;
}

void
der_put(struct buf *out, int tag, struct bytes content)
{
	unsigned char header[2 + sizeof(size_t)];
	size_t len = 0;
	size_t octets = 0;

	header[len++] = (unsigned char)tag;
	if (content.len < 0x80) {
		header[len++] = (unsigned char)content.len;
	} else {
		for (size_t rest = content.len; rest > 0; rest >>= 8)
			octets++;
		header[len++] = (unsigned char)(0x80 | octets);
		for (size_t i = octets; i > 0; i--)
			header[len++] =
			    (unsigned char)(content.len >> (8 * (i - 1)));
	}
	buf_append(out, (struct bytes){ header, len });
	buf_append(out, content);
}
