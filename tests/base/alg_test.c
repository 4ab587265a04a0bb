/* alg_test.c - algorithms by the API's names. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/alg.h"

Test(alg, every_row_is_found_by_its_name)
{
	for (int i = 0; i < KEY_ALGS; i++) {
		enum key_alg alg = KEY_ALGS;
		struct fault f = { 0 };

		cr_assert(key_alg_from_name(key_algs[i].name, &alg, &f));
		cr_expect_eq((int)alg, i);
	}
	for (int i = 0; i < SIGN_ALGS; i++) {
		enum sign_alg alg = SIGN_ALGS;
		struct fault f = { 0 };

		cr_assert(sign_alg_from_name(sign_algs[i].name, &alg, &f));
		cr_expect_eq((int)alg, i);
	}
}

Test(alg, what_nothing_here_can_carry_says_what_is_missing)
{
	static const char *const names[] = { "ML_DSA_44", "ML_DSA_65",
		"ML_DSA_87", "SM2" };

	for (size_t i = 0; i < COUNT(names); i++) {
		enum key_alg alg;
		struct fault f = { 0 };

		cr_expect_not(key_alg_from_name(names[i], &alg, &f));
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
		cr_expect_not_null(strstr(f.found, "PKCS#11"), "%s", f.found);
	}
}

Test(alg, other_names_are_refused_with_those_there_are)
{
	static const char *const names[] = { "", "rsa_2048", "RSA_1024",
		"RSA_2048 ", "EC_secp256k1", "\033[2J" };

	for (size_t i = 0; i < COUNT(names); i++) {
		enum key_alg alg;
		struct fault f = { 0 };

		cr_expect_not(key_alg_from_name(names[i], &alg, &f));
		cr_expect_eq(f.kind, FAULT_VALIDATION);
		cr_expect_not_null(strstr(f.want, "RSA_2048"));
		cr_expect_null(strchr(f.found, '\033'));
	}
}
