/* text_test.c - whatever comes in, what is shown is harmless. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/text.h"

static const struct {
	const char *in;
	size_t len;
	const char *out;
} cases[] = {
	{ "CN=Example CA 1", 15, "CN=Example CA 1" }, { "", 0, "" },
	{ "a\nb\r\tc", 6, "a\\x0Ab\\x0D\\x09c" },
	{ "\033[31mred", 8, "\\x1B[31mred" },
	{ "nul\0byte", 8, "nul\\x00byte" },
	{ "back\\slash", 10, "back\\x5Cslash" },
	{ "M\xc3\xbcller", 7, "M\xc3\xbcller" },
	{ "\xe6\x97\xa5\xe6\x9c\xac", 6, "\xe6\x97\xa5\xe6\x9c\xac" },
	{ "a\xe2\x80\xae"
	  "b",
	    5, "a\\u{202E}b" },			  /* right-to-left override */
	{ "\xe2\x80\x8b", 3, "\\u{200B}" },	  /* zero width space */
	{ "\xc2\x9b", 2, "\\u{9B}" },		  /* C1 control: CSI */
	{ "\xc0\xaf", 2, "\\xC0\\xAF" },	  /* overlong */
	{ "\xed\xa0\x80", 3, "\\xED\\xA0\\x80" }, /* surrogate */
	{ "\xf4\x90\x80\x80", 4, "\\xF4\\x90\\x80\\x80" }, /* beyond U+10FFFF */
	{ "\xe2\x82", 2, "\\xE2\\x82" },		   /* cut */
	{ "\x7f", 1, "\\x7F" },
	{ "\xf3\xa0\x81\x81", 4, "\\u{E0041}" }, /* tag character */
};

Test(text, untrusted_text_is_shown_harmless_and_unambiguous)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bytes in = { (const unsigned char *)cases[i].in,
			cases[i].len };
		struct buf out = { 0 };

		text_show(&out, in);
		cr_expect_str_eq(buf_text(&out), cases[i].out);
		buf_free(&out);
	}
}

/* What is cut is cut between characters, and says so. */
Test(text, what_does_not_fit_is_cut_between_characters)
{
	char out[12];

	cr_expect_str_eq(text_fit(out, sizeof(out), bytes_of("12345678901")),
	    "12345678901");
	cr_expect_str_eq(text_fit(out, sizeof(out), bytes_of("123456789012")),
	    "12345678...");
	cr_expect_str_eq(text_fit(out, sizeof(out), bytes_of("123456\n\n\n\n")),
	    "123456...");
	cr_expect_str_eq(text_fit(out, sizeof(out),
			     bytes_of("1234567\xc3\xbc\xc3\xbc\xc3\xbc")),
	    "1234567...");
}

Test(text, no_bytes_whatever_reach_the_terminal_raw)
{
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		unsigned char raw[40];
		struct buf out = { 0 };
		struct bytes rest;

		for (size_t i = 0; i < sizeof(raw); i++) {
			seed = seed * 1103515245u + 12345u;
			raw[i] = (unsigned char)(seed >> 16);
		}
		text_show(&out, (struct bytes){ raw, sizeof(raw) });
		for (rest = buf_bytes(&out); rest.len > 0;) {
			uint32_t c = 0;
			size_t len = text_utf8(rest, &c);

			cr_assert_gt(len, 0);
			cr_assert(c >= 0x20 && c != 0x7f &&
			    !(c >= 0x80 && c < 0xa1) &&
			    !(c >= 0x202a && c <= 0x202e) &&
			    !(c >= 0x2066 && c <= 0x2069));
			rest.p += len;
			rest.len -= len;
		}
		buf_free(&out);
	}
}
