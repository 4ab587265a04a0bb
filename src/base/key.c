/* key.c - what is known about a key pair in a token. */
#include "p11ca/key.h"

#include <string.h>

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
