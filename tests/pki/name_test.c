/* name_test.c - names compare as RFC 5280 says, and are harmless to show. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/name.h"

#define CN "550403"
#define O "55040a"
#define OU "55040b"
#define C "550406"

enum { T61 = 0x14, UNIVERSAL = 0x1c, BMP = 0x1e };

/* One attribute of a test's name; it joins the RDN before it if told to. */
struct attr {
	const char *oid; /* hex; NULL: no more */
	int tag;
	const char *value;
	size_t len; /* 0: to the NUL */
	bool joins;
};

#define ATTRS_MAX 5

static void
pair_put(struct buf *out, const struct attr *attr)
{
	struct buf octets = { 0 };
	struct buf pair = { 0 };
	struct bytes value = bytes_of(attr->value);

	if (attr->len > 0)
		value.len = attr->len;
	cr_assert(buf_from_hex(&octets, attr->oid));
	der_put(&pair, DER_OID, buf_bytes(&octets));
	der_put(&pair, attr->tag, value);
	der_put(out, DER_SEQUENCE, buf_bytes(&pair));
	buf_free(&pair);
	buf_free(&octets);
}

static void
name_put(struct buf *out, const struct attr attrs[ATTRS_MAX])
{
	struct buf rdns = { 0 };
	struct buf set = { 0 };

	for (size_t i = 0; i < ATTRS_MAX && attrs[i].oid != NULL; i++) {
		pair_put(&set, &attrs[i]);
		if (i + 1 < ATTRS_MAX && attrs[i + 1].joins)
			continue;
		der_put(&rdns, DER_SET, buf_bytes(&set));
		set.len = 0;
	}
	der_put(out, DER_SEQUENCE, buf_bytes(&rdns));
	buf_free(&set);
	buf_free(&rdns);
}

static struct name *
name_of(const struct attr attrs[ATTRS_MAX])
{
	struct buf der = { 0 };
	struct name *name;

	name_put(&der, attrs);
	name = name_from_der(buf_bytes(&der));
	cr_assert_not_null(name);
	cr_expect(bytes_equal(name_der(name), buf_bytes(&der)));
	buf_free(&der);
	return name;
}

static const struct {
	struct attr attrs[ATTRS_MAX];
	const char *want;
} shown[] = {
	{ { { NULL, 0, NULL, 0, false } }, "" },
	{ { { C, DER_PRINTABLE, "DE", 0, false },
	      { O, DER_UTF8, "Example", 0, false },
	      { CN, DER_UTF8, "Root 1", 0, false } },
	    "CN=Root 1,O=Example,C=DE" },
	{ { { O, DER_UTF8, "a", 0, false }, { OU, DER_UTF8, "b", 0, true },
	      { CN, DER_UTF8, "c", 0, false } },
	    "CN=c,OU=b+O=a" },
	{ { { CN, DER_UTF8, "", 0, false } }, "CN=" },
	{ { { CN, DER_UTF8, "a,b+c\"d\\e<f>g;h", 0, false } },
	    "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h" },
	{ { { CN, DER_UTF8, "#a#", 0, false } }, "CN=\\#a#" },
	{ { { CN, DER_UTF8, " a b ", 0, false } }, "CN=\\ a b\\ " },
	{ { { CN, DER_UTF8, " ", 0, false } }, "CN=\\ " },
	{ { { CN, DER_UTF8, "  ", 0, false } }, "CN=\\ \\ " },
	{ { { CN, DER_UTF8, "a=b", 0, false } }, "CN=a=b" },
	{ { { CN, DER_UTF8, "a\0b", 3, false } }, "CN=a\\x00b" },
	{ { { CN, DER_UTF8, "a\nCN=b\x1b[2J\x7f", 0, false } },
	    "CN=a\\x0ACN=b\\x1B[2J\\x7F" },
	{ { { CN, DER_UTF8, "\xc3\xa9\xe2\x80\xae!", 0, false } },
	    "CN=\xc3\xa9\\u{202E}!" },
	{ { { CN, DER_UTF8, "\\x41", 0, false } }, "CN=\\\\x41" },
	{ { { CN, T61, "\xe9", 0, false } }, "CN=\xc3\xa9" },
	{ { { CN, BMP, "\0A\x20\x2e", 4, false } }, "CN=A\\u{202E}" },
	{ { { CN, UNIVERSAL, "\0\0\0A", 4, false } }, "CN=A" },
	/* 1.2.3.4 and 2.999 are nobody's */
	{ { { "2a0304", DER_UTF8, "a", 0, false } }, "1.2.3.4=#0c0161" },
	{ { { "8837", DER_IA5, "ab", 0, false } }, "2.999=#16026162" },
	/* a type whose value is no text */
	{ { { CN, DER_SEQUENCE, "\x05\0", 2, false } }, "CN=#30020500" },
	{ { { "2a864886f70d010901", DER_IA5, "a@b", 0, false } },
	    "emailAddress=a@b" },
};

Test(name, is_shown_as_rfc_2253_says_and_harmless)
{
	for (size_t i = 0; i < COUNT(shown); i++) {
		struct name *name = name_of(shown[i].attrs);
		struct buf out = { 0 };

		name_show(&out, name);
		cr_expect_str_eq(buf_text(&out), shown[i].want);
		cr_expect_eq(name_empty(name), shown[i].attrs[0].oid == NULL);
		buf_free(&out);
		name_free(name);
	}
}

Test(name, shows_the_octets_of_a_type_with_too_many_arcs)
{
	char oid[2 * 70 + 1];
	struct attr attrs[ATTRS_MAX] = { { oid, DER_UTF8, "a", 0, false } };
	struct buf out = { 0 };
	struct name *name;

	for (size_t i = 0; i < sizeof(oid) - 1; i++)
		oid[i] = i % 2 == 0 ? '0' : '1';
	oid[sizeof(oid) - 1] = '\0';
	name = name_of(attrs);
	name_show(&out, name);
	cr_expect(strncmp(buf_text(&out), "OID#010101", 10) == 0, "%s",
	    buf_text(&out));
	cr_expect(strstr(buf_text(&out), "01=#0c0161") != NULL);
	buf_free(&out);
	name_free(name);
}

Test(name, is_cut_between_characters_and_escapes)
{
	static const struct attr attrs[ATTRS_MAX] = { { CN, DER_UTF8,
	    "\xc3\xa9\n,\xe2\x80\xae\xe4\xb8\xad!", 0, false } };
	static const char whole[] = "CN=\xc3\xa9\\x0A\\,\\u{202E}\xe4\xb8\xad!";
	/* where a cut may fall */
	static const size_t ends[] = { 0, 1, 2, 3, 5, 9, 11, 19, 22, 23 };
	struct name *name = name_of(attrs);
	char out[64];

	for (size_t size = 8; size <= sizeof(whole) + 1; size++) {
		size_t want = 0;

		for (size_t i = 0; i < COUNT(ends); i++)
			if (ends[i] + 4 <= size)
				want = ends[i];
		memset(out, '?', sizeof(out));
		cr_expect_eq(name_fit(out, size, name), out);
		if (size >= sizeof(whole)) {
			cr_expect_str_eq(out, whole);
			continue;
		}
		cr_expect_eq(strlen(out), want + 3, "%zu: %s", size, out);
		cr_expect(memcmp(out, whole, want) == 0);
		cr_expect_str_eq(out + want, "...");
	}
	name_free(name);
}

static const struct {
	struct attr a[ATTRS_MAX];
	struct attr b[ATTRS_MAX];
	bool equal;
} compared[] = {
	{ { { CN, DER_UTF8, "Root CA", 0, false } },
	    { { CN, DER_PRINTABLE, "Root CA", 0, false } }, true },
	{ { { CN, DER_UTF8, "Root CA", 0, false } },
	    { { CN, DER_UTF8, "ROOT ca", 0, false } }, true },
	{ { { CN, DER_UTF8, "Root CA", 0, false } },
	    { { CN, DER_UTF8, "  Root   CA ", 0, false } }, true },
	{ { { CN, DER_UTF8, "\xc3\xa9", 0, false } },
	    { { CN, BMP, "\0\xe9", 2, false } }, true },
	{ { { CN, DER_UTF8, "Root CA", 0, false } },
	    { { CN, DER_UTF8, "RootCA", 0, false } }, false },
	{ { { CN, DER_UTF8, "Root CA", 0, false } },
	    { { O, DER_UTF8, "Root CA", 0, false } }, false },
	{ { { CN, DER_UTF8, "a", 0, false }, { O, DER_UTF8, "b", 0, false } },
	    { { O, DER_UTF8, "b", 0, false }, { CN, DER_UTF8, "a", 0, false } },
	    false },
	{ { { CN, DER_UTF8, "a", 0, false }, { O, DER_UTF8, "b", 0, false } },
	    { { CN, DER_UTF8, "a", 0, false }, { O, DER_UTF8, "b", 0, true } },
	    false },
	{ { { CN, DER_UTF8, "a", 0, false } },
	    { { CN, DER_UTF8, "a\0", 2, false } }, false },
	{ { { CN, DER_UTF8, "a", 0, false } }, { { NULL, 0, NULL, 0, false } },
	    false },
	{ { { NULL, 0, NULL, 0, false } }, { { NULL, 0, NULL, 0, false } },
	    true },
};

Test(name, compares_as_rfc_5280_says)
{
	for (size_t i = 0; i < COUNT(compared); i++) {
		struct name *a = name_of(compared[i].a);
		struct name *b = name_of(compared[i].b);
		int ab = name_compare(a, b);
		int ba = name_compare(b, a);

		cr_expect_eq(name_equal(a, b), compared[i].equal, "%zu", i);
		cr_expect_eq(ab == 0, compared[i].equal, "%zu", i);
		cr_expect_eq((ab > 0) - (ab < 0), (ba < 0) - (ba > 0), "%zu",
		    i);
		name_free(b);
		name_free(a);
	}
}

static int
by_name(const void *a, const void *b)
{
	struct name *const *left = a;
	struct name *const *right = b;

	return name_compare(*left, *right);
}

Test(name, sorts_in_one_order)
{
	struct name *names[2 * COUNT(compared)];

	for (size_t i = 0; i < COUNT(compared); i++) {
		names[2 * i] = name_of(compared[i].a);
		names[2 * i + 1] = name_of(compared[i].b);
	}
	qsort(names, COUNT(names), sizeof(names[0]), by_name);
	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t j = i; j < COUNT(names); j++)
			cr_expect_leq(name_compare(names[i], names[j]), 0);
	for (size_t i = 0; i < COUNT(names); i++)
		name_free(names[i]);
}

Test(name, is_refused_where_it_does_not_decode)
{
	static const char *const cases[] = {
		"", "30", "3100", "300000", /* a byte more */
		"30023000",		    /* a SEQUENCE for the SET */
		"3002310000",
		"300d310b300906035504030c026180", /* invalid UTF-8 */
		"30093107300506035504030c",
		"300c310a300806035504030500", /* lengths differ */
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf der = { 0 };

		cr_assert(buf_from_hex(&der, cases[i]));
		cr_expect_null(name_from_der(buf_bytes(&der)), "%s", cases[i]);
		buf_free(&der);
	}
	name_free(NULL);
}

Test(name, is_refused_when_cut)
{
	struct buf der = { 0 };

	name_put(&der, compared[0].a);
	for (size_t len = 0; len < der.len; len++)
		cr_expect_null(name_from_der((struct bytes){ der.p, len }),
		    "%zu", len);
	buf_free(&der);
}

Test(name, is_made_in_the_given_order)
{
	static const struct name_attr attrs[] = {
		{ "2.5.4.6", "DE", true },
		{ "2.5.4.10", "Bl\xc3\xa4tter, Inc.", false },
		{ "2.999.1", "x", true },
		{ "2.5.4.3", "Root (1)", true },
	};
	static const char country[] = "310b300906035504061302444531";
	struct fault f = { 0 };
	struct buf shown_name = { 0 };
	struct buf der = { 0 };
	struct buf hex = { 0 };
	struct name *name;

	cr_assert(name_make(attrs, COUNT(attrs), &der, &f), "%s", f.found);
	name = name_from_der(buf_bytes(&der));
	cr_assert_not_null(name);
	name_show(&shown_name, name);
	cr_expect_str_eq(buf_text(&shown_name),
	    "CN=Root (1),2.999.1=#130178,O=Bl\xc3\xa4tter\\, Inc.,C=DE");
	buf_hex(&hex, (struct bytes){ der.p + 2, 14 });
	cr_expect_str_eq(buf_text(&hex), country);
	buf_free(&hex);
	buf_free(&shown_name);
	name_free(name);
	buf_free(&der);
}

/* RFC 4519, 2.4 and RFC 2985, 5.2.1 */
Test(name, has_domains_and_mail_addresses_as_ia5_strings)
{
	static const struct {
		struct name_attr attr;
		int tag;
	} rows[] = {
		{ { "0.9.2342.19200300.100.1.25", "example", false }, DER_IA5 },
		{ { "1.2.840.113549.1.9.1", "a@example.org", false }, DER_IA5 },
		{ { "2.5.4.3", "example", false }, DER_UTF8 },
		{ { "2.5.4.5", "example", true }, DER_PRINTABLE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes at, rdn, pair, oid;
		struct fault f = { 0 };
		struct buf der = { 0 };

		cr_assert(name_make(&rows[i].attr, 1, &der, &f));
		at = buf_bytes(&der);
		cr_assert(der_take(&at, DER_SEQUENCE, &rdn) &&
		    der_take(&rdn, DER_SET, &pair) &&
		    der_take(&pair, DER_SEQUENCE, &at) &&
		    der_take(&at, DER_OID, &oid));
		cr_expect_eq(der_peek(at), rows[i].tag, "%zu", i);
		buf_free(&der);
	}
}

Test(name, of_no_attributes_is_empty)
{
	struct fault f = { 0 };
	struct buf der = { 0 };
	struct name *name;

	cr_assert(name_make(NULL, 0, &der, &f));
	name = name_from_der(buf_bytes(&der));
	cr_assert_not_null(name);
	cr_expect(name_empty(name));
	name_free(name);
	buf_free(&der);
}

static const struct {
	const char *oid;
	const char *value;
	bool printable;
	const char *found;
} unfit[] = {
	{ "1.2.840.113549.1.9.1", "\xc3\xa4@b", false,
	    "as the IA5String of 1.2.840" },
	{ "2.5.4.6", "D*", true, "\"D*\" as the PrintableString of 2.5.4.6" },
	{ "2.5.4.6", "D_", true, "PrintableString" },
	{ "2.5.4.6", "a@b", true, "PrintableString" },
	{ "2.5.4.6", "\xc3\xa9", true, "PrintableString" },
	{ "2.5.4.3", "\xff", false, "\"\\xFF\" as the UTF8String of 2.5.4.3" },
	{ "2.5.4.3", "a\xc0\x80", false, "UTF8String" },
	{ "2.5.4.3", "\xed\xa0\x80", false, "UTF8String" },
	{ "2.5.4.3", "", false, "0 bytes as the value of 2.5.4.3" },
	{ "2.5.4.3", "", true, "0 bytes" },
	{ "2.5.4.3", NULL, false, "0 bytes" },
	{ NULL, "a", false, "type" },
	{ "", "a", false, "type" },
	{ "CN", "a", false, "\"CN\" as the type" },
	{ "2.5.4.", "a", false, "type" },
	{ "2.5.04.3", "a", false, "type" },
	{ "2 5 4 3", "a", false, "type" },
	{ "2.5.4.3 ", "a", false, "type" },
	{ "3.1", "a", false, "type" },
	{ "1.40", "a", false, "type" },
	{ "2", "a", false, "type" },
	{ "2.5.4.-3", "a", false, "type" },
	{ "2.5.4.3\n", "a", false, "\"2.5.4.3\\x0A\" as the type" },
};

Test(name, is_not_made_of_what_its_types_cannot_hold)
{
	for (size_t i = 0; i < COUNT(unfit); i++) {
		struct name_attr attrs[] = {
			{ "2.5.4.10", "good", false },
			{ unfit[i].oid, unfit[i].value, unfit[i].printable },
		};
		struct fault f = { 0 };
		struct buf der = { 0 };

		cr_expect_not(name_make(attrs, COUNT(attrs), &der, &f), "%zu",
		    i);
		cr_expect(strstr(f.found, unfit[i].found), "%zu: %s", i,
		    f.found);
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
		cr_expect_eq(der.len, 0);
		buf_free(&der);
	}
}

Test(name, holds_values_of_at_most_65535_bytes)
{
	char *value = malloc(65537);
	struct name_attr attr = { "2.5.4.3", value, false };
	struct fault f = { 0 };
	struct buf der = { 0 };

	cr_assert_not_null(value);
	memset(value, 'a', 65536);
	value[65536] = '\0';
	cr_expect_not(name_make(&attr, 1, &der, &f));
	cr_expect_str_eq(f.found, "65536 bytes as the value of 2.5.4.3");
	value[65535] = '\0';
	cr_expect(name_make(&attr, 1, &der, &f));
	buf_free(&der);
	free(value);
}
