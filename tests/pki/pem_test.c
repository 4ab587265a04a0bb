/* pem_test.c - blocks are found where OpenSSL finds them, flaws are noted. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/pem.h"

#define B "-----BEGIN CERTIFICATE-----"
#define E "-----END CERTIFICATE-----"
#define ROW "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3"

/* One block with "abc" in it, in all the ways that are taken. */
static const char *const good[] = {
	B "\nYWJj\n" E "\n",
	B "\nYWJj\n" E,
	B "\r\nYWJj\r\n" E "\r\n",
	B " \t\nYWJj \t\n" E " \t\n",
	B "\nY\nW\nJ\nj\n" E "\n",
	B "\n YW Jj\n" E "\n",
	B "\n\nYWJj\n" E "\n",
	"\xef\xbb\xbf" B "\nYWJj\n" E "\n",
	"subject: CN=a\n\n" B "\nYWJj\n" E "\nbye\n",
	"\xc3\xa9\n" B "\nYWJj\n" E "\n",
	" " B "\n" B "\nYWJj\n" E "\n",
	"----BEGIN CERTIFICATE----\n" B "\nYWJj\n" E "\n",
	E "\n" B "\nYWJj\n" E "\n",
	"a\r" B "\n" B "\nYWJj\n" E "\n",
};

Test(pem, finds_the_block_in_what_is_around_it)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct pem pem;

		pem_read(bytes_of(good[i]), &pem);
		cr_assert_eq(pem.count, 1, "%zu", i);
		cr_expect_eq(pem.certificates, 1);
		cr_expect_str_eq(pem.block[0].label, "CERTIFICATE");
		cr_expect_str_eq(pem.block[0].flaw, "", "%zu", i);
		cr_expect_str_eq(buf_text(&pem.block[0].der), "abc", "%zu", i);
		cr_expect_str_eq(pem.flaw, "");
		cr_expect_null(pem.looks_like);
		cr_expect_not(pem.blank);
		pem_free(&pem);
	}
}

static const struct {
	const char *body;
	const char *der;
} bodies[] = {
	{ "YQ==", "a" },
	{ "YWI=", "ab" },
	{ "YWJj", "abc" },
	{ "YW\nJj\nYWI\n=", "abcab" },
	{ "YWJj+/+/", "abc\xfb\xff\xbf" },
};

Test(pem, decodes_every_padding)
{
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct buf text = { 0 };
		struct pem pem;

		buf_printf(&text, B "\n%s\n" E "\n", bodies[i].body);
		pem_read(buf_bytes(&text), &pem);
		cr_assert_eq(pem.count, 1);
		cr_expect_str_eq(pem.block[0].flaw, "");
		cr_expect_str_eq(buf_text(&pem.block[0].der), bodies[i].der);
		pem_free(&pem);
		buf_free(&text);
	}
}

static const struct {
	const char *text;
	const char *flaw;
} flawed[] = {
	{ B "\nYWJ\n" E "\n", "bad base64" },
	{ B "\nYWJj=\n" E "\n", "bad base64" },
	{ B "\nYWJjY===\n" E "\n", "bad base64" },
	{ B "\n====\n" E "\n", "bad base64" },
	{ B "\nYQ==YWJj\n" E "\n", "bad base64" },
	{ B "\nYQ=a\n" E "\n", "bad base64" },
	{ B "\nYW-_\n" E "\n", "bad base64" },
	{ B "\nYW\xc3\xa9Jj\n" E "\n", "bad base64" },
	{ B "\nYWJj\xc3\xa9\n" E "\n", "bad base64" },
	{ B "\nYWJj\v\n" E "\n", "bad base64" },
	{ B "\nYWJj\n " E "\n" E "\n", "bad base64" },
	{ B "\nYWJj\n" B "\nYWJj\n" E "\n", "bad base64" },
	{ B "\n" E "\n", "bad base64: there is none" },
	{ B "\n\n" E "\n", "bad base64: there is none" },
	{ B "\nYWJj\n\n" E "\n", "bad base64: an empty line in it" },
	{ B "\nYWJj\n \t\nYWJj\n" E "\n", "bad base64: an empty line in it" },
	{ B "\n\n\nYWJj\n" E "\n", "bad base64: an empty line in it" },
	{ B "\n\nYWJj\nYWJj\n" E "\n", "bad base64: lines of uneven width" },
	{ B "\n\n" ROW "YWJj\n" E "\n", "bad base64: lines of uneven width" },
	{ B "\nYWJj\n", "END missing" },
	{ B "\n", "END missing" },
	{ B, "END missing" },
	{ B "\nYWJj\n" B "\nYWJj\n", "END missing" },
	{ B "\nYWJj\n-----END X509 CERTIFICATE-----\n", "END label differs" },
	{ B "\nYWJj\n-----END CERTIFICATE----\n", "END label differs" },
	{ B "\nYWJj\n-----END CERTIFICATE-----x\n", "END label differs" },
	{ B "\nYWJj\n-----END CERTIFICATE-----,-----\n", "END label differs" },
	{ B "\nYWJj\n-----END \n" E "\n", "bad base64" },
	{ B "\nYWJj\n-----END -----\n", "END label differs" },
	{ B "\nProc-Type: 4,ENCRYPTED\n\nYWJj\n" E "\n",
	    "an encapsulated header" },
	{ B "\nYWJj\na:b\n" E "\n", "an encapsulated header" },
	{ B "\xc2\xa0\nYWJj\n" E "\n", "bytes after BEGIN" },
	{ B "\nYWJj\n" E "\xc2\xa0\n", "bytes after END" },
};

Test(pem, notes_what_is_wrong_in_a_block)
{
	for (size_t i = 0; i < COUNT(flawed); i++) {
		struct pem pem;

		pem_read(bytes_of(flawed[i].text), &pem);
		cr_assert_eq(pem.count, 1, "%zu: %s", i, flawed[i].flaw);
		cr_expect_eq(pem.certificates, 1);
		cr_expect_str_eq(pem.block[0].flaw, flawed[i].flaw, "%zu: %s",
		    i, pem.block[0].flaw);
		cr_expect_eq(pem.block[0].der.len, 0);
		pem_free(&pem);
	}
}

Test(pem, takes_full_lines_after_an_empty_one)
{
	static const char text[] = B "\n\n" ROW "\n" ROW "\nYWJj\n" E "\n";
	struct pem pem;

	pem_read(bytes_of(text), &pem);
	cr_assert_eq(pem.count, 1);
	cr_expect_str_eq(pem.block[0].flaw, "");
	cr_expect_eq(pem.block[0].der.len, 48 + 48 + 3);
	pem_free(&pem);
}

Test(pem, goes_on_after_a_flaw)
{
	static const char text[] =
	    "\n" B "\nYWJ\n" E "\n" B "\nYWJj\n-----END X-----\n"
	    "\xef\xbb\xbf" B "\nYWJj\n" E "\n" B "\nYW";
	static const char *const flaws[] = { "bad base64", "END label differs",
		"", "END missing" };
	static const size_t lines[] = { 2, 5, 8, 11 };
	struct pem pem;

	pem_read(bytes_of(text), &pem);
	cr_assert_eq(pem.count, COUNT(flaws));
	for (size_t i = 0; i < COUNT(flaws); i++) {
		cr_expect_str_eq(pem.block[i].flaw, flaws[i]);
		cr_expect_eq(pem.block[i].line, lines[i], "%zu",
		    pem.block[i].line);
	}
	pem_free(&pem);
}

Test(pem, notes_a_nul_byte_wherever_it_is)
{
	static const char whole[] = "a\n" B "\nYWJj\n" E "\nb\n";

	for (size_t i = 0; i <= sizeof(whole) - 1; i++) {
		struct buf text = { 0 };
		struct pem pem;

		buf_append(&text,
		    (struct bytes){ (const unsigned char *)whole, i });
		buf_append(&text,
		    (struct bytes){ (const unsigned char *)"", 1 });
		buf_text_append(&text, whole + i);
		pem_read(buf_bytes(&text), &pem);
		cr_expect_str_eq(pem.flaw, "a NUL byte", "%zu", i);
		pem_free(&pem);
		buf_free(&text);
	}
}

Test(pem, counts_certificates_among_other_blocks)
{
	static const char text[] =
	    "-----BEGIN DH PARAMETERS-----\nYWJj\n-----END DH PARAMETERS-----\n"
	    "-----BEGIN TRUSTED CERTIFICATE-----\nYWJj\n"
	    "-----END TRUSTED CERTIFICATE-----\n" B "\nYWJj\n" E
	    "\n-----BEGIN certificate-----\nYWJj\n-----END certificate-----\n";
	struct pem pem;

	pem_read(bytes_of(text), &pem);
	cr_expect_eq(pem.count, 4);
	cr_expect_eq(pem.certificates, 1);
	cr_expect_null(pem.looks_like);
	for (size_t i = 0; i < pem.count; i++)
		cr_expect_str_eq(pem.block[i].flaw, "");
	pem_free(&pem);
}

Test(pem, shows_labels_harmless_and_cut)
{
	struct buf text = { 0 };
	struct pem pem;

	buf_text_append(&text,
	    "-----BEGIN CERT\x1b[2JIFICATE-----\nYWJj\n"
	    "-----END CERT\x1b[2JIFICATE-----\n-----BEGIN ");
	for (size_t i = 0; i < 100; i++)
		buf_text_append(&text, "X");
	buf_text_append(&text, "-----\nYWJj\n");
	pem_read(buf_bytes(&text), &pem);
	cr_assert_eq(pem.count, 2);
	cr_expect_str_eq(pem.block[0].label, "CERT\\x1B[2JIFICATE");
	cr_expect_str_eq(pem.block[0].flaw, "");
	cr_expect_eq(strlen(pem.block[1].label), PEM_LABEL_MAX - 1);
	cr_expect_eq(pem.certificates, 0);
	pem_free(&pem);
	buf_free(&text);
}

#define BLOCK(label)                                                           \
	"-----BEGIN " label "-----\nYWJj\n-----END " label "-----\n"

static const struct {
	const char *text;
	size_t len; /* 0: to the NUL */
	const char *what;
} others[] = {
	{ "", 0, "blanks only" },
	{ " \r\n\t\n", 0, "blanks only" },
	{ BLOCK("PKCS7"), 0, "PKCS#7" },
	{ BLOCK("CMS"), 0, "PKCS#7" },
	{ BLOCK("CERTIFICATE REQUEST"), 0, "a certification request" },
	{ BLOCK("NEW CERTIFICATE REQUEST"), 0, "a certification request" },
	{ BLOCK("PRIVATE KEY"), 0, "a private key" },
	{ BLOCK("EC PARAMETERS") BLOCK("EC PRIVATE KEY"), 0, "a private key" },
	{ BLOCK("ENCRYPTED PRIVATE KEY"), 0, "a private key" },
	{ BLOCK("PUBLIC KEY"), 0, "a public key" },
	{ BLOCK("X509 CRL"), 0, "a CRL" },
	{ BLOCK("TRUSTED CERTIFICATE"), 0,
	    "a certificate with OpenSSL's trust data" },
	{ BLOCK("X509 CERTIFICATE"), 0,
	    "a certificate with an outdated label" },
	{ BLOCK("GARBAGE"), 0, "PEM of another kind" },
	{ "\x30\x05\x30\x03\x02\x01\x01", 7, "DER" },
	{ "\x30\x05\x30\x03\x02\x01\x01\n", 8, "DER" },
	{ "\x30\x82\x03\x00\x30\x82\x02\x00\xa0\x03", 10, "DER" },
	{ "\x30\x0b\x30\x09\x02\x01\0\x30\0\x30\0\x30\0", 13, "DER" },
	{ "\x30\x0b\x30\x09\x02\x01\0\x30\0\x30\0\xa0\0", 13,
	    "a certification request in DER" },
	{ "\x30\x05\x02\x01\x03\x30\0", 7, "PKCS#12" },
	{ "\x30\x80\x02\x01\x03\x30\x80", 7, "PKCS#12" },
	{ "\x30\x82\x30\0\x02\x01\x03\x30", 8, "PKCS#12" },
	{ "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13,
	    "PKCS#7" },
	{ "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13,
	    "PKCS#7" },
	{ "\x30\x05\x02\x01\0\x30\0", 7, "a private key" },
	{ "\x30\x04\x30\0\x04\0", 6, "a private key" },
	{ "\x30\x84\0", 3, "neither PEM nor DER" },
	{ "\x30\x84\0\0", 4, "neither PEM nor DER" },
	{ "0 is a digit", 0, "neither PEM nor DER" },
	{ "LS0tLS1CRUdJTiBDRVJU", 0,
	    "base64 of PEM (aws CLI v2 wants fileb://)" },
	{ "\n\xef\xbb\xbf x", 0, "neither PEM nor DER" },
	{ "MIIBIjANBgkq", 0, "base64 without BEGIN and END lines" },
	{ "\xef\xbb\xbf\r\n<!DOCTYPE html><html>", 0, "an HTML page" },
	{ "<HTML>", 0, "an HTML page" },
	{ "<?xml version", 0, "an XML document" },
	{ "  " BLOCK("CERTIFICATE"), 0, "PEM with damaged BEGIN lines" },
	{ "\r" B "\rYWJj\r" E "\r", 0, "PEM with damaged BEGIN lines" },
	{ "----BEGIN CERTIFICATE----\n", 0, "PEM with damaged BEGIN lines" },
	{ "certificate", 0, "neither PEM nor DER" },
};

Test(pem, says_what_it_looks_like_instead)
{
	for (size_t i = 0; i < COUNT(others); i++) {
		struct bytes text = bytes_of(others[i].text);
		unsigned char *p;
		struct pem pem;

		if (others[i].len > 0)
			text.len = others[i].len;
		/* Of just that size, for what reads past it to be seen. */
		p = malloc(text.len > 0 ? text.len : 1);
		cr_assert_not_null(p);
		memcpy(p, others[i].text, text.len);
		pem_read((struct bytes){ p, text.len }, &pem);
		cr_expect_eq(pem.certificates, 0);
		cr_assert_not_null(pem.looks_like, "%zu", i);
		cr_expect_str_eq(pem.looks_like, others[i].what, "%zu: %s", i,
		    pem.looks_like);
		cr_expect_eq(pem.blank,
		    strcmp(others[i].what, "blanks only") == 0);
		pem_free(&pem);
		free(p);
	}
}

Test(pem, reads_what_it_wrote_and_so_does_openssl)
{
	unsigned char der[200];

	for (size_t i = 0; i < sizeof(der); i++)
		der[i] = (unsigned char)(i * 7);
	for (size_t len = 1; len <= sizeof(der); len++) {
		struct buf text = { 0 };
		unsigned char *again;
		char *name;
		char *header;
		struct pem pem;
		BIO *bio;
		long n;

		pem_write(&text, "CERTIFICATE", (struct bytes){ der, len });
		pem_read(buf_bytes(&text), &pem);
		cr_assert_eq(pem.count, 1);
		cr_expect_str_eq(pem.block[0].flaw, "");
		cr_expect(bytes_equal(buf_bytes(&pem.block[0].der),
		    (struct bytes){ der, len }));
		bio = BIO_new_mem_buf(text.p, (int)text.len);
		cr_assert_eq(PEM_read_bio(bio, &name, &header, &again, &n), 1);
		cr_expect_eq((size_t)n, len);
		cr_expect_eq(memcmp(again, der, len), 0);
		OPENSSL_free(again);
		OPENSSL_free(header);
		OPENSSL_free(name);
		BIO_free(bio);
		pem_free(&pem);
		buf_free(&text);
	}
}

Test(pem, writes_lines_of_64_columns)
{
	struct buf text = { 0 };

	pem_write(&text, "X",
	    bytes_of("0123456789012345678901234567890123456789"
		     "01234567abc"));
	cr_expect_str_eq(buf_text(&text),
	    "-----BEGIN X-----\n" ROW "\nYWJj\n-----END X-----\n");
	buf_free(&text);
}

/* Lines longer than 254 bytes are more than one line to OpenSSL: a BEGIN that
 * starts behind so many is found, and so is an END. */
Test(pem, cuts_long_lines_where_openssl_does)
{
	for (size_t fill = 250; fill <= 258; fill++) {
		struct buf text = { 0 };
		struct pem pem;

		for (size_t i = 0; i < fill; i++)
			buf_text_append(&text, "x");
		buf_text_append(&text, B "\nYWJj\n" E "\n");
		pem_read(buf_bytes(&text), &pem);
		cr_expect_eq(pem.count, fill == 254 ? 1 : 0, "%zu", fill);
		pem_free(&pem);
		buf_free(&text);
	}
}

Test(pem, reads_base64_on_one_line_of_any_length)
{
	static unsigned char der[3 * 400];

	for (size_t len = 3 * 180; len <= sizeof(der); len += 3) {
		struct buf text = { 0 };
		struct buf line = { 0 };
		struct pem pem;

		pem_write(&text, "X", (struct bytes){ der, len });
		buf_text_append(&line, B "\n");
		for (size_t i = strlen("-----BEGIN X-----\n");
		     i < text.len - strlen("-----END X-----\n"); i++)
			if (text.p[i] != '\n')
				buf_append(&line,
				    (struct bytes){ text.p + i, 1 });
		buf_text_append(&line, "\n" E "\n");
		pem_read(buf_bytes(&line), &pem);
		cr_assert_eq(pem.count, 1);
		cr_expect_str_eq(pem.block[0].flaw, "", "%zu", len);
		cr_expect_eq(pem.block[0].der.len, len);
		pem_free(&pem);
		buf_free(&line);
		buf_free(&text);
	}
}

Test(pem, reads_two_mebibytes_of_tiny_blocks)
{
	struct buf text = { 0 };
	size_t blocks = 0;
	struct pem pem;

	while (text.len < 2 * 1024 * 1024) {
		buf_text_append(&text, B "\nYWJj\n" E "\n");
		blocks++;
	}
	pem_read(buf_bytes(&text), &pem);
	cr_expect_eq(pem.count, blocks);
	cr_expect_eq(pem.certificates, blocks);
	pem_free(&pem);
	buf_free(&text);
}
