/*
 * keep.c - tokens that stay open for all steps of one operation: so a PIN is
 * asked for, and read from a descriptor, once.
 */
#include "internal.h"

#include <string.h>

#include "p11ca/mem.h"

struct kept {
	struct token *token;
	char *uri;
	struct kept *next;
};

bool
open_token_of(struct p11ca *p, const struct ca *ca, struct token **out,
    struct fault *f)
{
	struct token_place place;
	struct kept *kept;

	for (kept = p->kept; kept != NULL; kept = kept->next)
		if (strcmp(kept->uri, ca->token_uri) == 0) {
			*out = kept->token;
			return true;
		}
	p11ca_place(p, ca->token_uri, &place);
	if (!token_open(&place, true, p->warn, out, f))
		return false;
	if (p->keepers > 0) {
		kept = mem_new(sizeof(*kept));
		kept->token = *out;
		kept->uri = mem_text(ca->token_uri);
		kept->next = p->kept;
		p->kept = kept;
	}
	return true;
}

void
close_token_of(struct p11ca *p, struct token *token)
{
	const struct kept *kept;

	if (token == NULL)
		return; /* there may be no p either */
	for (kept = p->kept; kept != NULL; kept = kept->next)
		if (kept->token == token)
			return;
	token_close(token);
}

void
tokens_keep(struct p11ca *p)
{
	p->keepers++;
}

void
tokens_let_go(struct p11ca *p)
{
	if (--p->keepers > 0)
		return;
	while (p->kept != NULL) {
		struct kept *kept = p->kept;

		p->kept = kept->next;
		token_close(kept->token);
		mem_free(kept->uri);
		mem_free(kept);
	}
}
