/* bytes_test.c - runs of bytes: borrowed and owned. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/bytes.h"

Test(bytes, a_buf_grows_and_always_ends_in_nul)
{
	struct buf buf = { 0 };

	cr_expect_str_eq(buf_text(&buf), "");
	for (int i = 0; i < 1000; i++)
		buf_text_append(&buf, "0123456789");
	cr_expect_eq(buf.len, 10000);
	cr_expect_eq(strlen(buf_text(&buf)), 10000);
	buf_set(&buf, bytes_of("x"));
	cr_expect_str_eq(buf_text(&buf), "x");
	buf_printf(&buf, "%d-%s", 7, "y");
	cr_expect_str_eq(buf_text(&buf), "x7-y");
	buf_free(&buf);
	cr_expect_eq(buf.len, 0);
}

Test(bytes, equal_is_length_and_content)
{
	cr_expect(bytes_equal(bytes_of("ab"), bytes_of("ab")));
	cr_expect_not(bytes_equal(bytes_of("ab"), bytes_of("abc")));
	cr_expect_not(bytes_equal(bytes_of("ab"), bytes_of("ac")));
	cr_expect(bytes_equal(bytes_of(""), bytes_of(NULL)));
}

Test(bytes, blank_is_nothing_but_white_space)
{
	cr_expect(bytes_blank(bytes_of("")));
	cr_expect(bytes_blank(bytes_of(" \t\r\n")));
	cr_expect_not(bytes_blank(bytes_of(" . ")));
	cr_expect_not(bytes_blank((struct bytes){
	    (const unsigned char *)"\0", 1 }));
}

Test(bytes, hex_goes_both_ways)
{
	static const char *const bad[] = { "0", "0g", "zz", "0x" };
	struct buf raw = { 0 }, hex = { 0 };

	cr_assert(buf_from_hex(&raw, "00fF7a"));
	cr_expect_eq(raw.len, 3);
	buf_hex(&hex, buf_bytes(&raw));
	cr_expect_str_eq(buf_text(&hex), "00ff7a");
	buf_free(&raw);
	buf_free(&hex);
	for (size_t i = 0; i < COUNT(bad); i++) {
		cr_expect_not(buf_from_hex(&raw, bad[i]), "%s", bad[i]);
		cr_expect_eq(raw.len, 0);
	}
}
