/* key.c - what is known about a key pair in a token. */
#include "p11ca/key.h"

#include <stddef.h>
#include <string.h>

#define CLAIM(attr, member, name, text)                                        \
	[attr] = { name, text, offsetof(struct key_claims, member) }

/* clang-format off */
const struct claim_name claim_names[ATTRS] = {
	CLAIM(ATTR_SENSITIVE, sensitive, "sensitive", "sensitive"),
	CLAIM(ATTR_EXTRACTABLE, extractable, "extractable", "extractable"),
	CLAIM(ATTR_ALWAYS_SENSITIVE, always_sensitive, "alwaysSensitive", "always sensitive"),
	CLAIM(ATTR_NEVER_EXTRACTABLE, never_extractable, "neverExtractable", "never extractable"),
	CLAIM(ATTR_LOCAL, local, "local", "made in the token"),
	CLAIM(ATTR_SIGN, sign, "sign", "may sign"),
	CLAIM(ATTR_DECRYPT, decrypt, "decrypt", "may decrypt"),
	CLAIM(ATTR_UNWRAP, unwrap, "unwrap", "may unwrap"),
	CLAIM(ATTR_DERIVE, derive, "derive", "may derive"),
	CLAIM(ATTR_ALWAYS_AUTHENTICATE, always_authenticate, "alwaysAuthenticate", "PIN at each use"),
};
/* clang-format on */

enum claim
claim_of(const struct key_claims *claims, enum key_attribute attr)
{
	enum claim claim;

	memcpy(&claim, (const char *)claims + claim_names[attr].at,
	    sizeof(claim));
	return claim;
}

void
claims_show(struct buf *out, const struct key_claims *claims, size_t count)
{
	for (enum key_attribute i = 0; i < count && i < ATTRS; i++)
		buf_printf(out, "%s %s, ", claim_names[i].text,
		    claim_text(claim_of(claims, i)));
	buf_printf(out, "private value %s",
	    claims->secret_readable ? "READABLE" : "not readable");
}

void
key_clear(struct key *key)
{
	buf_free(&key->id);
	buf_free(&key->spki);
	memset(key, 0, sizeof(*key));
}

const char *
claim_text(enum claim claim)
{
	static const char *const text[] = {
		[CLAIM_UNREPORTED] = "not reported",
		[CLAIM_NO] = "no",
		[CLAIM_YES] = "yes",
	};

	return text[claim];
}
