/* constraint_test.c - which names a CA above lets through. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "make_cert.h"
#include "p11ca/base.h"
#include "p11ca/constraint.h"
#include "p11ca/der.h"

static struct cert *
cert_made(const char *subject, const struct make_ext *ext)
{
	EVP_PKEY *key = make_key("P-256");
	struct make_cert recipe = { .subject = subject,
		.issuer = "CN=Issuer",
		.key = key,
		.ext = ext,
		.ext_count = ext != NULL };
	struct buf der = make_cert_der(&recipe);
	struct cert *cert = NULL;
	struct fault f = { 0 };

	cr_assert(cert_from_der(buf_bytes(&der), &cert, &f), "%s", f.found);
	buf_free(&der);
	EVP_PKEY_free(key);
	return cert;
}

/* text as for OpenSSL, or hex of the value; out is what a refusal says. */
static struct cert *
cert_with(const char *subject, const char *name, const char *text)
{
	struct make_ext ext = { name, false, text, NULL, 0 };
	struct buf value = { 0 };
	struct cert *cert;

	if (text == NULL)
		return cert_made(subject, NULL);
	if (strncmp(text, "30", 2) == 0) {
		cr_assert(buf_from_hex(&value, text));
		ext.text = NULL;
		ext.der = value.p;
		ext.der_len = value.len;
	}
	cert = cert_made(subject, &ext);
	buf_free(&value);
	return cert;
}

#define OUT_MAX 512

static bool
permits(struct cert *above, struct cert *below, char *out)
{
	struct constraints *c = constraints_of(above);
	struct names *names = names_of(below);
	bool ok;

	cr_assert_not_null(c);
	ok = constraints_permit(c, names, out, OUT_MAX);
	names_free(names);
	constraints_free(c);
	cert_free(above);
	cert_free(below);
	return ok;
}

#define OUTSIDE "is outside the permitted names"
#define EXCLUDED "is excluded"
#define DIRECTORY_A "3014a0123010a40e300c310a300806035504030c0161"
#define NOT_UNDERSTOOD "a form that is not understood"
static const struct {
	const char *constraints;
	const char *subject;
	const char *san;
	const char *found; /* NULL: permitted */
} cases[] = {
	/* directoryName CN=a: an empty subject is no name. */
	{ DIRECTORY_A, "CN=a", "DNS:a", NULL },
	{ DIRECTORY_A, "CN=b", "DNS:a", OUTSIDE },
	{ DIRECTORY_A, "", "DNS:a", NULL },
	{ "permitted;DNS:example.test", "", "DNS:example.com",
	    "dNSName \"example.com\" " OUTSIDE },
	{ "permitted;DNS:example.test", "", "URI:https://example.com/", NULL },
	{ "permitted;DNS:example.test", "", "IP:192.0.2.1", NULL },
	{ "permitted;DNS:example.test", "", "RID:1.2.3", NULL },
	{ "permitted;DNS:example.test", "", "URI:https://a/,DNS:b.test",
	    "dNSName \"b.test\" " OUTSIDE },
	{ "permitted;DNS:example.test", "CN=a", NULL, NULL },
	{ "permitted;DNS:example.test", "CN=a", "DNS:example.test", NULL },
	{ "permitted;DNS:example.test", "CN=a", "DNS:A.EXAMPLE.test", NULL },
	{ "permitted;DNS:example.test", "CN=a", "DNS:notexample.test",
	    "dNSName \"notexample.test\" " OUTSIDE },
	{ "permitted;DNS:example.test", "CN=a",
	    "DNS:a.example.test,DNS:b.example.test,DNS:c.test",
	    "dNSName \"c.test\" " OUTSIDE },
	{ "permitted;DNS:example.test", "CN=a", "DNS:c.test,DNS:a.example.test",
	    "dNSName \"c.test\" " OUTSIDE },
	{ "permitted;DNS:example.test", "CN=a", "email:x@y.test", NULL },
	{ "permitted;DNS:example.test", "CN=other.test", NULL, NULL },
	{ "excluded;DNS:example.test", "CN=a", "DNS:a.example.test",
	    "dNSName \"a.example.test\" " EXCLUDED },
	{ "excluded;DNS:example.test", "CN=a", "DNS:example.org", NULL },
	{ "permitted;DNS:a.test,excluded;DNS:x.a.test", "CN=a",
	    "DNS:y.a.test,DNS:z.x.a.test", "\"z.x.a.test\" " EXCLUDED },
	{ "permitted;email:example.test", "CN=a", "email:a@example.test",
	    NULL },
	{ "permitted;email:example.test", "CN=a", "email:a@x.example.test",
	    "rfc822Name \"a@x.example.test\" " OUTSIDE },
	{ "permitted;email:.example.test", "CN=a", "email:a@x.example.test",
	    NULL },
	/* emailAddress of the subject */
	{ "permitted;email:example.test", "CN=a,emailAddress=a@example.org",
	    NULL, "rfc822Name \"a@example.org\" " OUTSIDE },
	{ "permitted;email:example.test", "CN=a,emailAddress=a@example.test",
	    NULL, NULL },
	{ "excluded;email:example.test",
	    "emailAddress=a@example.org,CN=a,emailAddress=b@example.test", NULL,
	    "rfc822Name \"b@example.test\" " EXCLUDED },
	{ "permitted;URI:example.test", "CN=a", "URI:https://example.test/x",
	    NULL },
	{ "permitted;URI:example.test", "CN=a", "URI:https://x.example.test/x",
	    "uniformResourceIdentifier \"https://x.example.test/x\" " OUTSIDE },
	{ "permitted;URI:example.test", "CN=a", "URI:urn:x", "cannot be" },
	/* hosts that only look as if they lay within */
	{ "permitted;URI:.a.test", "CN=a", "URI:http://b.test?.a.test/",
	    "\"http://b.test?.a.test/\" cannot be compared" },
	{ "permitted;URI:.a.test", "CN=a", "URI:http://b.test#.a.test",
	    "cannot be compared" },
	{ "permitted;URI:a.test", "CN=a", "URI:http://a.test:x@b.test/",
	    "cannot be compared" },
	{ "excluded;URI:a.test", "CN=a", "URI:http://u@a.test/",
	    "cannot be compared" },
	{ "excluded;URI:a.test", "CN=a", "URI:http://192.0.2.1/",
	    "cannot be compared" },
	{ "excluded;URI:a.test", "CN=a", "URI:http://a.test./",
	    "cannot be compared" },
	{ "permitted;URI:a.test", "CN=a", "URI:http://a.test:8080/x", NULL },
	{ "permitted;URI:a.test", "CN=a", "URI:http://a.test?x",
	    "cannot be compared" },
	{ "permitted;DNS:a.test", "CN=a", "URI:http://u@b.test?c", NULL },
	{ "excluded;DNS:a.test", "CN=a", "DNS:a.test.", "cannot be compared" },
	/* "a.test", NUL, ".b.test" */
	{ "permitted;DNS:b.test", "CN=a", "300f820d612e746573742e002e622e7465",
	    "cannot be compared" },
	{ "permitted;email:b.test", "CN=a",
	    "301081"
	    "0e"
	    "7840612e740040622e74657374"
	    "74",
	    "cannot be compared" },
	{ "excluded;IP:0.0.0.0/0.0.0.0", "CN=a",
	    "3007"
	    "8705"
	    "0102030405",
	    "cannot be compared" },
	/* a wildcard stands for what is excluded */
	{ "excluded;DNS:x.a.test", "CN=a", "DNS:*.a.test",
	    "dNSName \"*.a.test\" stands for a name that is excluded" },
	{ "excluded;DNS:X.A.test", "CN=a", "DNS:*.a.TEST", "stands for" },
	{ "excluded;DNS:y.x.a.test", "CN=a", "DNS:*.a.test", NULL },
	{ "excluded;DNS:.x.a.test", "CN=a", "DNS:*.a.test", NULL },
	{ "excluded;DNS:xa.test", "CN=a", "DNS:*.a.test", NULL },
	{ "excluded;DNS:a.test", "CN=a", "DNS:*.a.test", EXCLUDED },
	{ "permitted;DNS:a.test", "CN=a", "DNS:*.a.test", NULL },
	{ "permitted;IP:192.0.2.0/255.255.255.0", "CN=a", "IP:192.0.2.9",
	    NULL },
	{ "permitted;IP:192.0.2.0/255.255.255.0", "CN=a", "IP:198.51.100.7",
	    "iPAddress \"198.51.100.7\" " OUTSIDE },
	{ "permitted;IP:192.0.2.0/255.255.255.0", "CN=a", "IP:2001:db8::1",
	    "iPAddress \"2001:db8::1\" " OUTSIDE },
	/* a range of three octets, alone and behind a good one */
	{ "300b"
	  "a0093007"
	  "8705"
	  "0102030405",
	    "CN=a", "IP:192.0.2.9", "a wrong size" },
	{ "3017"
	  "a015"
	  "300a"
	  "8708c0000200ffffff00"
	  "3007"
	  "87050102030405",
	    "CN=a", "IP:192.0.2.9", "a wrong size" },
	{ "300b"
	  "a0093007"
	  "8705"
	  "0102030405",
	    "CN=a", "DNS:a", NULL },
	/* directoryName C=DE, and nothing at all */
	{ "3015"
	  "a013"
	  "3011"
	  "a40f"
	  "300d310b3009060355040613024445",
	    "C=DE,CN=a", NULL, NULL },
	{ "3015"
	  "a013"
	  "3011"
	  "a40f"
	  "300d310b3009060355040613024445",
	    "C=FR,CN=a", NULL, "CN=a" },
	{ "3015"
	  "a013"
	  "3011"
	  "a40f"
	  "300d310b3009060355040613024445",
	    "C=FR,CN=a", NULL, OUTSIDE },
	{ "3015"
	  "a113"
	  "3011"
	  "a40f"
	  "300d310b3009060355040613024445",
	    "C=DE,CN=a", NULL, EXCLUDED },
	{ "3008"
	  "a106"
	  "3004"
	  "a402"
	  "3000",
	    "CN=a", NULL, EXCLUDED },
	/* minimum 1, minimum 0 in BER, maximum 5 */
	{ "300a"
	  "a0083006"
	  "820161"
	  "800101",
	    "CN=a", "DNS:a", "minimum or maximum" },
	{ "300a"
	  "a0083006"
	  "820161"
	  "800100",
	    "CN=a", "DNS:a", NULL },
	{ "300a"
	  "a0083006"
	  "820161"
	  "810105",
	    "CN=a", "DNS:a", "minimum or maximum" },
	{ "300a"
	  "a0083006"
	  "820161"
	  "810105",
	    "CN=a", "email:x@y.test", NULL },
	/* forms that nobody compares */
	{ "permitted;RID:1.2.3", "CN=a", "RID:1.2.3",
	    "registeredID \"1.2.3\" meets a constraint of " NOT_UNDERSTOOD },
	{ "excluded;RID:1.2.3", "CN=a", "RID:1.2.4", NOT_UNDERSTOOD },
	{ "permitted;otherName:1.2.3;UTF8:x", "CN=a", "otherName:1.2.3;UTF8:x",
	    "otherName \"1.2.3\" meets" },
	{ "permitted;otherName:1.2.3;UTF8:x", "CN=a", "otherName:1.2.4;UTF8:x",
	    NULL },
	{ "permitted;RID:1.2.3", "CN=a", "DNS:a", NULL },
	/* a subjectAltName that does not decode */
	{ "permitted;DNS:example.test", "CN=a", "30028200ff",
	    "a subjectAltName that does not decode" },
	{ "permitted;DNS:example.test", "CN=a", "3000", NULL },
};

Test(constraint, lets_names_through_or_says_which_one_not)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char out[OUT_MAX];
		bool ok = permits(cert_with("CN=CA", "nameConstraints",
				      cases[i].constraints),
		    cert_with(cases[i].subject, "subjectAltName", cases[i].san),
		    out);

		cr_expect_eq(ok, cases[i].found == NULL, "row %zu: %s: %s", i,
		    cases[i].constraints, out);
		if (!ok && cases[i].found != NULL)
			cr_expect(strstr(out, cases[i].found) != NULL,
			    "row %zu: \"%s\" for \"%s\"", i, out,
			    cases[i].found);
	}
}

/* RFC 5280 wants IA5String; software that writes UTF8String is about. */
Test(constraint, compares_an_email_address_of_any_string_type)
{
	/* emailAddress (UTF8String) = a@b.test */
	static const unsigned char utf8[] =
	    "\x30\x19\x31\x17\x30\x15\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09"
	    "\x01\x0c\x08"
	    "a@b.test";
	static const struct {
		const char *constraints;
		bool ok;
	} rows[] = {
		{ "permitted;email:b.test", true },
		{ "permitted;email:c.test", false },
		{ "excluded;email:b.test", false },
		{ "permitted;DNS:b.test", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cert *below = cert_made("CN=a", NULL);
		char out[OUT_MAX];

		name_free(below->subject);
		below->subject =
		    name_from_der((struct bytes){ utf8, sizeof(utf8) - 1 });
		cr_assert_not_null(below->subject);
		cr_expect_eq(permits(cert_with("CN=CA", "nameConstraints",
					 rows[i].constraints),
				 below, out),
		    rows[i].ok, "%s: %s", rows[i].constraints, out);
	}
}

Test(constraint, counts_subtrees_and_names)
{
	struct cert *above = cert_with("CN=CA", "nameConstraints",
	    "permitted;DNS:a,permitted;email:b,excluded;IP:192.0.2.0/"
	    "255.255.255.0");
	struct cert *below = cert_with("CN=a,emailAddress=x@y,CN=b",
	    "subjectAltName", "DNS:a,DNS:b,URI:http://c/");
	struct constraints *c = constraints_of(above);
	struct names *names = names_of(below);

	cr_expect_eq(constraints_count(c), 3);
	cr_expect_eq(names_count(names), 5, "subject, email, three more");
	names_free(names);
	constraints_free(c);
	cert_free(above);
	cert_free(below);
}

Test(constraint, a_certificate_without_constraints_has_none)
{
	struct cert *cert = cert_made("CN=a", NULL);

	cr_expect_null(constraints_of(cert));
	constraints_free(NULL);
	names_free(NULL);
	cert_free(cert);
}

/* Every one of many names is looked at, wherever it stands. */
Test(constraint, finds_the_one_bad_name_among_many)
{
	enum { NAMES = 250 };
	static const int places[] = { 0, 1, 100, 197, 198, 249 };

	for (size_t i = 0; i < COUNT(places); i++) {
		struct buf list = { 0 };
		struct buf san = { 0 };
		struct make_ext ext = { "subjectAltName", false, NULL, NULL,
			0 };
		char out[OUT_MAX];

		for (int n = 0; n < NAMES; n++)
			der_put(&list, DER_CONTEXT(2),
			    bytes_of(n == places[i] ? "bad" : "a.good"));
		der_put(&san, DER_SEQUENCE, buf_bytes(&list));
		ext.der = san.p;
		ext.der_len = san.len;
		cr_expect_not(permits(cert_with("CN=CA", "nameConstraints",
					  "permitted;DNS:good"),
		    cert_made("CN=a", &ext), out));
		cr_expect(strstr(out,
			      places[i] < 199
				  ? "dNSName \"bad\" " OUTSIDE
				  : "one of 251 names " OUTSIDE) != NULL,
		    "%s", out);
		buf_free(&list);
		buf_free(&san);
	}
}

Test(constraint, shows_a_hostile_name_harmlessly)
{
	char out[OUT_MAX];

	cr_expect_not(permits(cert_with("CN=CA", "nameConstraints",
				  "permitted;DNS:good"),
	    cert_with("CN=a", "subjectAltName", "300782051b5b0a2200"), out));
	for (const char *p = out; *p != '\0'; p++)
		cr_expect(*p >= ' ' && *p <= '~', "%02x", *p);
}
