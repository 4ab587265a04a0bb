/* key_test.c - what a token claims of a key, in words. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/key.h"

static const struct key_claims claims = { .sensitive = CLAIM_YES,
	.extractable = CLAIM_NO,
	.local = CLAIM_YES,
	.sign = CLAIM_YES,
	.always_authenticate = CLAIM_NO };

Test(key, claims_are_told_with_three_answers)
{
	struct buf out = { 0 };

	claims_show(&out, &claims, ATTRS_PROTECTING);
	cr_expect_str_eq(buf_text(&out),
	    "sensitive yes, extractable no, always sensitive not reported, "
	    "never extractable not reported, made in the token yes, private "
	    "value not readable");
	buf_free(&out);
}

Test(key, all_claims_are_told_and_a_secret_that_got_out)
{
	struct key_claims bad = claims;
	struct buf out = { 0 };

	bad.secret_readable = true;
	claims_show(&out, &bad, ATTRS);
	cr_expect(strstr(buf_text(&out),
		      "may sign yes, may decrypt not reported, may unwrap not "
		      "reported, may derive not reported, PIN at each use no, "
		      "private value READABLE") != NULL,
	    "%s", buf_text(&out));
	buf_free(&out);
}

Test(key, every_attribute_has_a_name_and_a_claim_of_its_own)
{
	for (enum key_attribute i = 0; i < ATTRS; i++) {
		struct key_claims one = { 0 };
		enum claim yes = CLAIM_YES;

		cr_assert_not_null(claim_names[i].name);
		cr_assert_not_null(claim_names[i].text);
		memcpy((char *)&one + claim_names[i].at, &yes, sizeof(yes));
		for (enum key_attribute j = 0; j < ATTRS; j++)
			cr_expect_eq(claim_of(&one, j) == CLAIM_YES, i == j,
			    "%s, %s", claim_names[i].name, claim_names[j].name);
	}
}
