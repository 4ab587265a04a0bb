/* key_test.c - a fit key passes; each spoiled claim breaks its rule. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/rule_key.h"

static const struct key_claims good = { CLAIM_YES, CLAIM_NO, CLAIM_YES,
	CLAIM_YES, CLAIM_YES, CLAIM_YES, CLAIM_NO, CLAIM_NO, CLAIM_NO, CLAIM_NO,
	false, true };

/* clang-format off */
static void give_the_secret_out(struct key_claims *c) { c->secret_readable = true; }
static void make_extractable(struct key_claims *c) { c->extractable = CLAIM_YES; }
static void leave_it_open(struct key_claims *c) { c->sensitive = CLAIM_NO; c->secret_denied = false; }
static void forbid_signing(struct key_claims *c) { c->sign = CLAIM_NO; }
static void call_it_insensitive(struct key_claims *c) { c->sensitive = CLAIM_NO; }
static void forget_its_past(struct key_claims *c) { c->always_sensitive = CLAIM_UNREPORTED; }
static void let_it_have_been_extractable(struct key_claims *c) { c->never_extractable = CLAIM_NO; }
static void import_it(struct key_claims *c) { c->local = CLAIM_NO; }
static void let_it_unwrap(struct key_claims *c) { c->unwrap = CLAIM_YES; }
static void let_it_decrypt(struct key_claims *c) { c->decrypt = CLAIM_YES; }
static void keep_quiet_about_signing(struct key_claims *c) { c->sign = CLAIM_UNREPORTED; }
static void keep_quiet_about_unwrapping(struct key_claims *c) { c->unwrap = CLAIM_UNREPORTED; }
static void let_it_derive(struct key_claims *c) { c->derive = CLAIM_YES; }

static const struct {
	void (*spoil)(struct key_claims *c);
	bool always; /* refused without strict-key-attributes too */
	const char *rule;
} cases[] = {
	{ give_the_secret_out, true, "secret_stays_inside" },
	{ make_extractable, true, "is_not_extractable" },
	{ leave_it_open, true, "is_sensitive_or_kept_secret" },
	{ forbid_signing, true, "may_sign" },
	{ call_it_insensitive, false, "is_sensitive" },
	{ forget_its_past, false, "is_sensitive" },
	{ let_it_have_been_extractable, false, "was_never_extractable" },
	{ import_it, false, "was_made_in_the_token" },
	{ let_it_unwrap, false, "may_only_sign" },
	{ let_it_decrypt, false, "may_only_sign" },
	{ let_it_derive, false, "may_only_sign" },
	{ keep_quiet_about_signing, false, "may_only_sign" },
	{ keep_quiet_about_unwrapping, false, "may_only_sign" },
};
/* clang-format on */

Test(key, a_good_key_is_fit)
{
	struct fault f = { 0 };

	cr_expect(key_is_fit(&good, false, &f));
	cr_expect(key_is_fit(&good, true, &f), "%s", f.found);
}

Test(key, one_spoiled_claim_breaks_its_rule)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct key_claims claims = good;
		struct fault f = { 0 };

		cases[i].spoil(&claims);
		cr_expect_not(key_is_fit(&claims, true, &f));
		cr_expect_str_eq(f.rule, cases[i].rule);
		cr_expect_eq(f.kind, FAULT_TOKEN);
		memset(&f, 0, sizeof(f));
		cr_expect_eq(key_is_fit(&claims, false, &f), !cases[i].always,
		    "%s", cases[i].rule);
	}
}

/* --- every deviation ---------------------------------------------------- */

#define ANSWERS 3 /* yes, no, not reported */
#define TRIES 3	  /* denied, given out, neither */
#define ALL (3 * 3 * 3 * 3 * 3)

/* The decision, as it was taken: what refuses at all, then what strict adds. */
static bool
decision(const struct key_claims *c, bool strict)
{
	bool weaker = c->sensitive != CLAIM_YES ||
	    c->always_sensitive != CLAIM_YES || c->extractable != CLAIM_NO ||
	    c->never_extractable != CLAIM_YES || c->local != CLAIM_YES;

	if (c->extractable == CLAIM_YES || c->secret_readable)
		return false;
	if (c->sensitive != CLAIM_YES && !c->secret_denied)
		return false;
	return !strict || !weaker;
}

Test(key, every_deviation_is_judged_as_decided)
{
	size_t fit[2] = { 0, 0 };

	for (int n = 0; n < ALL * TRIES; n++) {
		struct key_claims claims = good;
		int rest = n;

		claims.sensitive = (enum claim)(rest % ANSWERS);
		claims.extractable = (enum claim)((rest /= ANSWERS) % ANSWERS);
		claims.always_sensitive =
		    (enum claim)((rest /= ANSWERS) % ANSWERS);
		claims.never_extractable =
		    (enum claim)((rest /= ANSWERS) % ANSWERS);
		claims.local = (enum claim)((rest /= ANSWERS) % ANSWERS);
		rest /= ANSWERS;
		claims.secret_denied = rest == 0;
		claims.secret_readable = rest == 1;
		for (int strict = 0; strict < 2; strict++) {
			struct fault f = { 0 };
			bool ok = key_is_fit(&claims, strict != 0, &f);

			cr_expect_eq(ok, decision(&claims, strict != 0),
			    "deviation %d, strict %d: %s", n, strict, f.found);
			cr_expect_eq(f.rule == NULL, ok);
			fit[strict] += ok ? 1 : 0;
		}
	}
	/* So many of 729: denied 3*2*27, neither 1*2*27; strict 1 of each. */
	cr_expect_eq(fit[0], 216);
	cr_expect_eq(fit[1], 2);
}

Test(key, a_refusal_says_what_the_token_reports)
{
	struct key_claims claims = good;
	struct fault f = { 0 };

	claims.always_sensitive = CLAIM_UNREPORTED;
	cr_expect_not(key_is_fit(&claims, true, &f));
	cr_expect_str_eq(f.found,
	    "a key that the token does not call sensitive from the beginning "
	    "(sensitive: yes, always sensitive: not reported)");
}

/* What an OpenSC card says of a key that never leaves it. */
Test(key, a_card_that_reports_little_is_accepted_unless_strict)
{
	static const struct key_claims card = { CLAIM_NO, CLAIM_NO, CLAIM_NO,
		CLAIM_NO, CLAIM_NO, CLAIM_YES, CLAIM_UNREPORTED,
		CLAIM_UNREPORTED, CLAIM_UNREPORTED, CLAIM_NO, false, true };
	struct fault f = { 0 };

	cr_expect(key_is_fit(&card, false, &f));
	cr_expect_not(key_is_fit(&card, true, &f));
}

Test(key, a_key_carries_its_own_algorithm_only)
{
	static const struct {
		enum key_family family;
		int bits;
		enum key_alg fits;
	} keys[] = {
		{ FAMILY_RSA, 2048, KEY_RSA_2048 },
		{ FAMILY_RSA, 4096, KEY_RSA_4096 },
		{ FAMILY_EC, 256, KEY_EC_PRIME256V1 },
		{ FAMILY_EC, 521, KEY_EC_SECP521R1 },
		{ FAMILY_ED25519, 255, KEY_ED25519 },
	};

	for (size_t i = 0; i < COUNT(keys); i++)
		for (int alg = 0; alg < KEY_ALGS; alg++) {
			struct key key = { .family = keys[i].family,
				.bits = keys[i].bits };
			struct fault f = { 0 };

			cr_expect_eq(key_carries(&key, (enum key_alg)alg, &f),
			    alg == (int)keys[i].fits, "%zu %d", i, alg);
		}
}
