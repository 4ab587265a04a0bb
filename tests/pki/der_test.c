/* der_test.c - DER is read strictly and stays inside its bytes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/clock.h"
#include "p11ca/der.h"

/* The bytes of a hex text, in a block of just that size, so that a read past
 * its end does not go unseen. */
static struct bytes
bytes_from_hex(const char *hex)
{
	struct buf buf = { 0 };
	struct bytes b;
	unsigned char *p;

	cr_assert(buf_from_hex(&buf, hex));
	p = malloc(buf.len > 0 ? buf.len : 1);
	cr_assert_not_null(p);
	if (buf.len > 0)
		memcpy(p, buf.p, buf.len);
	b = (struct bytes){ p, buf.len };
	buf_free(&buf);
	return b;
}

static void
bytes_drop(struct bytes b)
{
	void *p;

	memcpy(&p, &b.p, sizeof(p));
	free(p);
}

static const struct {
	const char *hex;
	int tag; /* -1: not DER */
	size_t len;
	size_t rest;
} elements[] = {
	{ "", -1, 0, 0 },
	{ "30", -1, 0, 0 },
	{ "3000", DER_SEQUENCE, 0, 0 },
	{ "300000", DER_SEQUENCE, 0, 1 },
	{ "0401ff", DER_OCTET_STRING, 1, 0 },
	{ "0402ff", -1, 0, 0 },		/* past the end */
	{ "3080", -1, 0, 0 },		/* indefinite */
	{ "30800000", -1, 0, 0 },	/* indefinite */
	{ "04810100", -1, 0, 0 },	/* not minimal */
	{ "0482000100", -1, 0, 0 },	/* not minimal */
	{ "0481", -1, 0, 0 },		/* length cut */
	{ "048201", -1, 0, 0 },		/* length cut */
	{ "0484ffffffff00", -1, 0, 0 }, /* huge */
	{ "04850000000001ff", -1, 0, 0 },
	{ "04ffffffffffff", -1, 0, 0 },
	{ "0000", -1, 0, 0 },	/* tag 0 */
	{ "1f1f00", -1, 0, 0 }, /* tag of two bytes */
	{ "bf1f00", -1, 0, 0 },
	{ "a003020102", 0xa0, 3, 0 },
};

Test(der, takes_elements_with_minimal_definite_lengths_only)
{
	for (size_t i = 0; i < COUNT(elements); i++) {
		struct bytes all = bytes_from_hex(elements[i].hex);
		struct bytes at = all;
		struct bytes content = { NULL, 0 };
		struct bytes whole = { NULL, 0 };
		int tag = -1;
		bool ok = der_next(&at, &tag, &content, &whole);

		cr_expect_eq(ok, elements[i].tag >= 0, "%s", elements[i].hex);
		cr_expect_eq(tag, elements[i].tag, "%s", elements[i].hex);
		cr_expect_eq(content.len, elements[i].len);
		cr_expect_eq(at.len, ok ? elements[i].rest : all.len);
		if (ok) {
			cr_expect_eq(whole.p, all.p);
			cr_expect_eq(whole.len + at.len, all.len);
		}
		bytes_drop(all);
	}
}

Test(der, takes_long_lengths_of_every_width)
{
	static const size_t lens[] = { 127, 128, 255, 256, 65535, 65536 };
	static const size_t headers[] = { 2, 3, 3, 4, 4, 5 };

	for (size_t i = 0; i < COUNT(lens); i++) {
		unsigned char *zeros = calloc(1, lens[i]);
		struct buf out = { 0 };
		struct bytes at;
		struct bytes content;

		cr_assert_not_null(zeros);
		der_put(&out, DER_OCTET_STRING,
		    (struct bytes){ zeros, lens[i] });
		cr_expect_eq(out.len, headers[i] + lens[i]);
		at = buf_bytes(&out);
		cr_expect(der_take(&at, DER_OCTET_STRING, &content));
		cr_expect_eq(content.len, lens[i]);
		cr_expect_eq(at.len, 0);
		buf_free(&out);
		free(zeros);
	}
}

Test(der, leaves_the_cursor_where_it_was_for_another_tag)
{
	struct bytes all = bytes_from_hex("040100020101");
	struct bytes at = all;
	struct bytes content;
	struct bytes whole;
	bool truth;
	int64_t when;

	cr_expect_not(der_take(&at, DER_SEQUENCE, &content));
	cr_expect_not(der_take_whole(&at, DER_SET, &content, &whole));
	cr_expect_not(der_boolean(&at, &truth));
	cr_expect_not(der_integer(&at, &content));
	cr_expect_not(der_time(&at, &when));
	cr_expect_eq(at.p, all.p);
	cr_expect_eq(at.len, all.len);
	cr_expect_eq(der_peek(at), DER_OCTET_STRING);
	cr_assert(der_take_whole(&at, DER_OCTET_STRING, &content, &whole));
	cr_expect_eq(content.len, 1);
	cr_expect_eq(whole.len, 3);
	cr_assert(der_integer(&at, &content));
	cr_expect_eq(der_peek(at), -1);
	bytes_drop(all);
}

Test(der, knows_two_booleans)
{
	static const struct {
		const char *hex;
		int value; /* -1: not DER */
	} cases[] = {
		{ "010100", 0 },
		{ "0101ff", 1 },
		{ "010101", -1 },
		{ "0100", -1 },
		{ "0102ffff", -1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bytes all = bytes_from_hex(cases[i].hex);
		struct bytes at = all;
		bool value = false;

		cr_expect_eq(der_boolean(&at, &value), cases[i].value >= 0);
		cr_expect_eq(value, cases[i].value == 1, "%s", cases[i].hex);
		bytes_drop(all);
	}
}

Test(der, takes_minimal_integers_only)
{
	static const struct {
		const char *hex;
		bool good;
	} cases[] = {
		{ "020100", true },
		{ "02017f", true },
		{ "0201ff", true },
		{ "02020080", true },
		{ "0202ff7f", true },
		{ "0200", false },
		{ "02020000", false },
		{ "0202007f", false },
		{ "0202ff80", false },
		{ "0202ffff", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bytes all = bytes_from_hex(cases[i].hex);
		struct bytes at = all;
		struct bytes content;

		cr_expect_eq(der_integer(&at, &content), cases[i].good, "%s",
		    cases[i].hex);
		cr_expect_eq(at.len == all.len, !cases[i].good);
		bytes_drop(all);
	}
}

static const struct {
	int tag;
	const char *text;
	const char *want; /* NULL: refused */
} times[] = {
	{ DER_UTC_TIME, "260115120000Z", "2026-01-15T12:00:00Z" },
	{ DER_UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z" },
	{ DER_UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z" },
	{ DER_UTC_TIME, "700101000000Z", "1970-01-01T00:00:00Z" },
	{ DER_UTC_TIME, "240229000000Z", "2024-02-29T00:00:00Z" },
	{ DER_UTC_TIME, "250229000000Z", NULL },
	{ DER_UTC_TIME, "260431000000Z", NULL },
	{ DER_UTC_TIME, "260015000000Z", NULL },
	{ DER_UTC_TIME, "261315000000Z", NULL },
	{ DER_UTC_TIME, "260100000000Z", NULL },
	{ DER_UTC_TIME, "260115240000Z", NULL },
	{ DER_UTC_TIME, "260115126000Z", NULL },
	{ DER_UTC_TIME, "260115120060Z", NULL },
	{ DER_UTC_TIME, "2601151200Z", NULL },
	{ DER_UTC_TIME, "260115120000", NULL },
	{ DER_UTC_TIME, "260115120000z", NULL },
	{ DER_UTC_TIME, "260115120000ZZ", NULL },
	{ DER_UTC_TIME, "260115120000+0000", NULL },
	{ DER_UTC_TIME, "26011512000 Z", NULL },
	{ DER_UTC_TIME, "20260115120000Z", NULL },
	{ DER_UTC_TIME, "", NULL },
	{ DER_GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z" },
	{ DER_GENERALIZED_TIME, "20260115120000Z", "2026-01-15T12:00:00Z" },
	{ DER_GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z" },
	{ DER_GENERALIZED_TIME, "20000229000000Z", "2000-02-29T00:00:00Z" },
	{ DER_GENERALIZED_TIME, "21000229000000Z", NULL },
	{ DER_GENERALIZED_TIME, "20260115120000.5Z", NULL },
	{ DER_GENERALIZED_TIME, "202601151200Z", NULL },
	{ DER_GENERALIZED_TIME, "260115120000Z", NULL },
	{ DER_GENERALIZED_TIME, "2", NULL },
	{ DER_PRINTABLE, "260115120000Z", NULL },
};

Test(der, reads_the_times_of_rfc_5280_and_no_others)
{
	for (size_t i = 0; i < COUNT(times); i++) {
		struct buf der = { 0 };
		struct bytes at;
		int64_t when = 42;
		char text[CLOCK_TEXT_MAX];
		bool ok;

		der_put(&der, times[i].tag, bytes_of(times[i].text));
		at = buf_bytes(&der);
		ok = der_time(&at, &when);
		cr_expect_eq(ok, times[i].want != NULL, "%s", times[i].text);
		cr_expect_eq(at.len, ok ? 0 : der.len);
		if (ok)
			cr_expect_str_eq(clock_text(when, text), times[i].want);
		else
			cr_expect_eq(when, 42);
		buf_free(&der);
	}
}

static const struct {
	const char *hex;
	const char *text; /* NULL: refused */
} oids[] = {
	{ "2a864886f70d010101", "1.2.840.113549.1.1.1" },
	{ "551d13", "2.5.29.19" },
	{ "00", "0.0" },
	{ "09", "0.9" },
	{ "27", "0.39" },
	{ "28", "1.0" },
	{ "4f", "1.39" },
	{ "50", "2.0" },
	{ "5a", "2.10" },
	{ "8837", "2.999" },
	{ "8120", "2.80" },
	{ "883703", "2.999.3" },
	{ "2a00", "1.2.0" },
	/* 2.25.UUID: an arc of 128 bits */
	{ "6983ffffffffffffffffffffffffffffffffff7f",
	    "2.25.340282366920938463463374607431768211455" },
	{ "6984808080808080808080808080808080808000",
	    "2.25.340282366920938463463374607431768211456" },
	{ "69ffffffffffffffffffffffffffffffffffffffff7f", NULL },
	{ "", NULL },
	{ "80", NULL },
	{ "2a80", NULL },
	{ "2a8001", NULL }, /* not minimal */
	{ "2a86", NULL },   /* cut */
	{ "8001", NULL },
};

Test(der, writes_oids_in_dots)
{
	for (size_t i = 0; i < COUNT(oids); i++) {
		struct bytes oid = bytes_from_hex(oids[i].hex);
		char text[128] = "?";
		bool ok = der_oid_text(oid, text, sizeof(text));

		cr_expect_eq(ok, oids[i].text != NULL, "%s", oids[i].hex);
		cr_expect_str_eq(text, ok ? oids[i].text : "", "%s",
		    oids[i].hex);
		bytes_drop(oid);
	}
}

Test(der, writes_at_most_64_arcs)
{
	unsigned char oid[64];
	char text[256];
	size_t dots = 0;

	memset(oid, 1, sizeof(oid));
	cr_assert(der_oid_text((struct bytes){ oid, 63 }, text, sizeof(text)));
	for (const char *p = text; *p != '\0'; p++)
		dots += *p == '.';
	cr_expect_eq(dots, 63);
	cr_expect_not(der_oid_text((struct bytes){ oid, 64 }, text,
	    sizeof(text)));
}

Test(der, refuses_an_oid_that_does_not_fit)
{
	struct bytes oid = bytes_from_hex("551d13");
	char text[16];

	for (size_t size = 0; size <= sizeof("2.5.29.19") - 1; size++)
		cr_expect_not(der_oid_text(oid, text, size), "%zu", size);
	cr_expect(der_oid_text(oid, text, sizeof("2.5.29.19")));
	cr_expect_str_eq(text, "2.5.29.19");
	bytes_drop(oid);
}
