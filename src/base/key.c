/* key.c - what is known about a key pair in a token. */
#include "p11ca/key.h"

#include <stddef.h>
#include <string.h>

#define CLAIM(member, name, text)                                              \
	{                                                                      \
		name, text, offsetof(struct key_claims, member)                \
	}

/* clang-format off */
const struct claim_name claim_names[CLAIM_NAMES] = {
	CLAIM(sensitive, "sensitive", "sensitive"),
	CLAIM(extractable, "extractable", "extractable"),
	CLAIM(always_sensitive, "alwaysSensitive", "always sensitive"),
	CLAIM(never_extractable, "neverExtractable", "never extractable"),
	CLAIM(local, "local", "made in the token"),
	CLAIM(sign, "sign", "may sign"),
	CLAIM(decrypt, "decrypt", "may decrypt"),
	CLAIM(unwrap, "unwrap", "may unwrap"),
	CLAIM(derive, "derive", "may derive"),
	CLAIM(always_authenticate, "alwaysAuthenticate", "PIN at each use"),
};
/* clang-format on */

enum claim
claim_of(const struct key_claims *claims, size_t i)
{
	enum claim claim;

	memcpy(&claim, (const char *)claims + claim_names[i].at, sizeof(claim));
	return claim;
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
