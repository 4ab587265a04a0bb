/* digest_test.c - SHA-256 and random bytes. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/digest.h"

/* FIPS 180-2, appendix B. */
Test(digest, sha256_is_that_of_the_standard)
{
	char hex[DIGEST_HEX_LEN];

	digest_hex(bytes_of("abc"), hex);
	cr_expect_str_eq(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_hex(bytes_of(""), hex);
	cr_expect_str_eq(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(digest, a_uuid_is_random_and_of_version_4)
{
	char one[UUID_LEN], two[UUID_LEN];
	struct fault f = { 0 };

	cr_assert(digest_uuid(one, &f));
	cr_assert(digest_uuid(two, &f));
	cr_expect_str_neq(one, two);
	cr_expect_eq(strlen(one), 36);
	cr_expect_eq(one[14], '4');
	cr_expect_not_null(strchr("89ab", one[19]));
}
