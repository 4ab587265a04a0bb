/* put.c - DER of our own making: elements put together. */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "make.h"

#define OID_TEXT_MAX 512
#define TIME_LEN 15 /* YYYYMMDDHHMMSSZ */

static size_t
length_octets(size_t content_len)
{
	size_t octets = 0;

	if (content_len >= 0x80)
		for (size_t rest = content_len; rest > 0; rest >>= 8)
			octets++;
	return octets;
}

size_t
put_size(size_t content_len)
{
	return 2 + length_octets(content_len) + content_len;
}

void
put_header(struct buf *out, int tag, size_t content_len)
{
	unsigned char header[2 + sizeof(size_t)] = { (unsigned char)tag };
	size_t octets = length_octets(content_len);

	header[1] = (unsigned char)(octets > 0 ? 0x80 | octets : content_len);
	for (size_t i = 0; i < octets; i++)
		header[2 + i] =
		    (unsigned char)(content_len >> (8 * (octets - 1 - i)));
	buf_append(out, (struct bytes){ header, 2 + octets });
}

void
put_and_free(struct buf *out, int tag, struct buf *content)
{
	der_put(out, tag, buf_bytes(content));
	buf_free(content);
}

void
put_unsigned(struct buf *out, struct bytes octets)
{
	static const struct bytes zero = { (const unsigned char *)"", 1 };
	bool padded;

	while (octets.len > 0 && octets.p[0] == 0) {
		octets.p++;
		octets.len--;
	}
	/* The top bit would make it negative (X.690, 8.3.3). */
	padded = octets.len == 0 || octets.p[0] >= 0x80;
	put_header(out, DER_INTEGER, octets.len + (padded ? 1 : 0));
	if (padded)
		buf_append(out, zero);
	buf_append(out, octets);
}

void
put_number(struct buf *out, int64_t number)
{
	unsigned char octets[sizeof(number)];

	assert(number >= 0);
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)((uint64_t)number >>
		    (8 * (sizeof(octets) - 1 - i)));
	put_unsigned(out, (struct bytes){ octets, sizeof(octets) });
}

/* OpenSSL takes "1 2 3" and names too: it must come back as it was. */
bool
put_oid(struct buf *out, const char *dotted)
{
	struct buf oid = { 0 };
	struct bytes at, content;
	char again[OID_TEXT_MAX];
	bool ok = der_put_oid(&oid, DER_OID, dotted);

	at = buf_bytes(&oid);
	ok = ok && der_take(&at, DER_OID, &content) &&
	    der_oid_text(content, again, sizeof(again)) &&
	    strcmp(dotted, again) == 0;
	if (ok)
		buf_append(out, buf_bytes(&oid));
	buf_free(&oid);
	return ok;
}

void
put_known_oid(struct buf *out, const char *dotted)
{
	bool known = put_oid(out, dotted);

	assert(known);
	(void)known;
}

/* Calendar parts; false: the year has not four digits. */
static bool
time_parts(int64_t at, struct tm *out)
{
	time_t t = (time_t)at;

	return gmtime_r(&t, out) != NULL && out->tm_year >= -1900 &&
	    out->tm_year <= 9999 - 1900;
}

bool
put_can_time(int64_t at)
{
	struct tm tm;

	return time_parts(at, &tm);
}

static void
digits_write(char *out, int n, int value)
{
	for (; n > 0; n--, value /= 10)
		out[n - 1] = (char)('0' + value % 10);
}

/* YYYYMMDDHHMMSSZ; returns the year. */
static int
time_write(int64_t at, char out[TIME_LEN])
{
	struct tm tm = { 0 };
	bool can = time_parts(at, &tm);

	assert(can);
	(void)can;
	digits_write(out, 4, tm.tm_year + 1900);
	digits_write(out + 4, 2, tm.tm_mon + 1);
	digits_write(out + 6, 2, tm.tm_mday);
	digits_write(out + 8, 2, tm.tm_hour);
	digits_write(out + 10, 2, tm.tm_min);
	digits_write(out + 12, 2, tm.tm_sec);
	out[14] = 'Z';
	return tm.tm_year + 1900;
}

void
put_generalized_time(struct buf *out, int64_t at)
{
	char text[TIME_LEN];

	(void)time_write(at, text);
	der_put(out, DER_GENERALIZED_TIME,
	    (struct bytes){ (const unsigned char *)text, TIME_LEN });
}

void
der_put_time(struct buf *out, int64_t at)
{
	char text[TIME_LEN];
	int year = time_write(at, text);
	/* Two digits of a year are those of 1950 to 2049. */
	bool utc = year >= 1950 && year <= 2049;
	size_t left_out = utc ? 2 : 0;

	der_put(out, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME,
	    (struct bytes){
		(const unsigned char *)text + left_out, TIME_LEN - left_out });
}
