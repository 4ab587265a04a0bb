/* key.c - is a key in a token fit to be a CA's key? */
#include "p11ca/rule_key.h"

#include <stdio.h>
#include <string.h>

#define HARD false
#define STRICT true

#define BIT(attr) (1u << (attr))

struct key_rule {
	const char *id;
	bool strict; /* asked only under strict-key-attributes */
	bool (*holds)(const struct key_claims *claims);
	const char *found;
	unsigned told; /* attributes that are told with it */
	const char *want;
	const char *todo;
};

static bool
secret_stays_inside(const struct key_claims *claims)
{
	return !claims->secret_readable;
}

static bool
is_not_extractable(const struct key_claims *claims)
{
	return claims->extractable != CLAIM_YES;
}

/* Some cards say no of keys whose value they never give out: then it counts
 * that they refused it when it was asked for. */
static bool
is_sensitive_or_kept_secret(const struct key_claims *claims)
{
	return claims->sensitive == CLAIM_YES || claims->secret_denied;
}

static bool
may_sign(const struct key_claims *claims)
{
	return claims->sign != CLAIM_NO;
}

static bool
is_sensitive(const struct key_claims *claims)
{
	return claims->sensitive == CLAIM_YES &&
	    claims->always_sensitive == CLAIM_YES;
}

static bool
was_never_extractable(const struct key_claims *claims)
{
	return claims->never_extractable == CLAIM_YES &&
	    claims->extractable == CLAIM_NO;
}

static bool
was_made_in_the_token(const struct key_claims *claims)
{
	return claims->local == CLAIM_YES;
}

static bool
may_only_sign(const struct key_claims *claims)
{
	return claims->sign == CLAIM_YES && claims->decrypt == CLAIM_NO &&
	    claims->unwrap == CLAIM_NO && claims->derive == CLAIM_NO;
}

#define WEAKER "take another token, or switch token.strict-key-attributes off"

/* clang-format off */
static const struct key_rule rules[] = {
	{ "secret_stays_inside", HARD, secret_stays_inside,
	    "a key whose private value the token gave out", 0,
	    "a key that never leaves the token",
	    "make a key with p11ca create; destroy this one" },
	{ "is_not_extractable", HARD, is_not_extractable,
	    "a key with CKA_EXTRACTABLE true", 0,
	    "a key that cannot be wrapped out of the token",
	    "make a key with p11ca create, or one with CKA_EXTRACTABLE false" },
	{ "is_sensitive_or_kept_secret", HARD, is_sensitive_or_kept_secret,
	    "a key that is not said to be sensitive, and whose private value "
	    "the token did not refuse to give out", BIT(ATTR_SENSITIVE),
	    "CKA_SENSITIVE true, or a token that keeps the value to itself",
	    "make a key with p11ca create, or one with CKA_SENSITIVE true" },
	{ "may_sign", HARD, may_sign,
	    "a key with CKA_SIGN false", 0,
	    "a key that may sign",
	    "make a key with p11ca create, or one with CKA_SIGN true" },
	{ "is_sensitive", STRICT, is_sensitive,
	    "a key that the token does not call sensitive from the beginning",
	    BIT(ATTR_SENSITIVE) | BIT(ATTR_ALWAYS_SENSITIVE),
	    "CKA_SENSITIVE and CKA_ALWAYS_SENSITIVE true", WEAKER },
	{ "was_never_extractable", STRICT, was_never_extractable,
	    "a key that the token does not call never extractable",
	    BIT(ATTR_EXTRACTABLE) | BIT(ATTR_NEVER_EXTRACTABLE),
	    "CKA_EXTRACTABLE false and CKA_NEVER_EXTRACTABLE true", WEAKER },
	{ "was_made_in_the_token", STRICT, was_made_in_the_token,
	    "a key that the token does not call made inside", BIT(ATTR_LOCAL),
	    "CKA_LOCAL true", WEAKER },
	{ "may_only_sign", STRICT, may_only_sign,
	    "a key that the token does not call one to sign only",
	    BIT(ATTR_SIGN) | BIT(ATTR_DECRYPT) | BIT(ATTR_UNWRAP) |
	    BIT(ATTR_DERIVE),
	    "CKA_SIGN true; CKA_DECRYPT, CKA_UNWRAP and CKA_DERIVE false",
	    WEAKER },
};
/* clang-format on */

/* What the token says of the attributes that the rule is about. */
static void
tell(const struct key_rule *rule, const struct key_claims *claims,
    struct fault *f)
{
	const char *before = " (";
	size_t len;

	fault_found(f, "%s", rule->found);
	for (enum key_attribute i = 0; i < ATTRS; i++) {
		if ((rule->told & BIT(i)) == 0)
			continue;
		len = strlen(f->found);
		(void)snprintf(f->found + len, sizeof(f->found) - len,
		    "%s%s: %s", before, claim_names[i].text,
		    claim_text(claim_of(claims, i)));
		before = ", ";
	}
	len = strlen(f->found);
	if (rule->told != 0)
		(void)snprintf(f->found + len, sizeof(f->found) - len, ")");
}

bool
key_is_fit(const struct key_claims *claims, bool strict, struct fault *f)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct key_rule *rule = &rules[i];

		if ((rule->strict && !strict) || rule->holds(claims))
			continue;
		tell(rule, claims, f);
		f->rule = rule->id;
		return fault_raise(f, FAULT_TOKEN, rule->want, rule->todo);
	}
	return true;
}

bool
key_carries(const struct key *key, enum key_alg key_alg, struct fault *f)
{
	const struct key_alg_row *row = &key_algs[key_alg];

	if (key->family == row->family &&
	    (key->family == FAMILY_ED25519 || key->bits == row->bits))
		return true;
	for (size_t i = 0; i < KEY_ALGS; i++)
		if (key->family == key_algs[i].family &&
		    key->bits == key_algs[i].bits) {
			fault_found(f, "a key for %s, not for %s",
			    key_algs[i].name, row->name);
			return fault_raise(f, FAULT_INVALID_ARGS,
			    "a key of the CA's key algorithm",
			    "give that key algorithm, or another key");
		}
	fault_found(f, "a key of %d bits that is not %s", key->bits, row->name);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "a key of the CA's key algorithm",
	    "take another key, or have one made without --key");
}
