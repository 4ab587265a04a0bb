/* uri_test.c - PKCS#11 URIs, read without guessing. */
#include "../../src/token/internal.h"
#include "bench.h"

/* clang-format off */
static const struct {
	const char *uri;
	const char *found;
} refused[] = {
	{ "", "not one" },
	{ "token=a", "not one" },
	{ "pkcs12:token=a", "not one" },
	{ "pkcs11:token=%zz", "not one" },
	{ "pkcs11:token=a b", "printable" },
	{ "pkcs11:token=a\n;serial=1", "printable" },
	{ "pkcs11:token=\xc3\xbc", "printable" },
	{ "pkcs11:token=a;token=b", "\"token\" twice" },
	{ "pkcs11:id=%01;id=%02", "\"id\" twice" },
	{ "pkcs11:token=a?pin-source=file:/a&pin-source=file:/b", "twice" },
	{ "pkcs11:token=a?pin-value=1234", "shell history" },
	{ "pkcs11:token=a;pin-value=1234", "shell history" },
	{ "pkcs11:slot-id=5", "slot number" },
	{ "pkcs11:token=a;slot-description=x", "slot" },
	{ "pkcs11:token=a?module-path=/lib/x.so", "module" },
	{ "pkcs11:token=a?module-name=x", "module" },
	{ "pkcs11:library-description=x", "module" },
	{ "pkcs11:bogus=1", "\"bogus\"" },
	{ "pkcs11:Token=a", "\"Token\"" },
	{ "pkcs11:token=a?tokn=b", "\"tokn\"" },
	{ "PKCS11:tokn=b", "\"tokn\"" },
	{ "pkcs11:type=bogus", "unknown type" },
	{ "pkcs11:token=012345678901234567890123456789012345", "too long" },
};

static const char *const taken[] = {
	"pkcs11:token=a",
	"PKCS11:token=a",
	"pkcs11:token=a;serial=1;model=m;manufacturer=x%20y",
	"pkcs11:token=a;id=%01%02;object=k;type=private",
	"pkcs11:token=a?pin-source=file:/etc/p11ca/pin",
};
/* clang-format on */

Test(uri, refuses_what_would_be_misread)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		P11KitUri *uri = NULL;

		REFUSED(token_uri_parse(refused[i].uri, &uri, &bench.f),
		    refused[i].found);
		cr_expect_null(uri);
	}
}

Test(uri, refuses_none_and_one_without_end)
{
	P11KitUri *uri = NULL;
	char text[4000];

	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "pkcs11:token=", 13);
	text[sizeof(text) - 1] = '\0';
	REFUSED(token_uri_parse(NULL, &uri, &bench.f), "no token named");
	REFUSED(token_uri_parse(text, &uri, &bench.f), "too long");
}

Test(uri, never_repeats_a_pin)
{
	P11KitUri *uri = NULL;

	REFUSED(token_uri_parse("pkcs11:token=a?pin-value=sesame", &uri,
		    &bench.f),
	    "PIN");
	cr_expect_null(strstr(bench.f.found, "sesame"));
}

Test(uri, takes_what_names_a_token_or_key)
{
	for (size_t i = 0; i < COUNT(taken); i++) {
		P11KitUri *uri = NULL;

		MUST(token_uri_parse(taken[i], &uri, &bench.f));
		MUST(token_uri_names_a_token(uri, &bench.f));
		p11_kit_uri_free(uri);
	}
}

Test(uri, of_every_token_names_none)
{
	static const char *const names_none[] = { "pkcs11:", "pkcs11:id=%01",
		"pkcs11:manufacturer=SoftHSM%20project" };

	for (size_t i = 0; i < COUNT(names_none); i++) {
		P11KitUri *uri = NULL;

		MUST(token_uri_parse(names_none[i], &uri, &bench.f));
		REFUSED(token_uri_names_a_token(uri, &bench.f), "without");
		p11_kit_uri_free(uri);
	}
}

Test(uri, of_a_token_comes_back_as_that_token)
{
	CK_TOKEN_INFO info;
	P11KitUri *uri = NULL;
	char text[512];

	memset(&info, ' ', sizeof(info));
	memcpy(info.label, "a;b/c%?\xc3\xbc", 9);
	memcpy(info.serialNumber, "0123456789abcdef", 16);
	token_uri_of(&info, text, sizeof(text));
	MUST(token_uri_parse(text, &uri, &bench.f));
	cr_expect_eq(p11_kit_uri_match_token_info(uri, &info), 1);
	info.serialNumber[3] = 'x';
	cr_expect_eq(p11_kit_uri_match_token_info(uri, &info), 0);
	p11_kit_uri_free(uri);
	token_uri_of(&info, text, 20);
	cr_expect_str_empty(text, "a URI that does not fit is none");
}
