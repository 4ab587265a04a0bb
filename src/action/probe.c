/* probe.c - what a token can do for a CA under the settings of this home. */
#include "internal.h"
#include "p11ca/action_probe.h"
#include "p11ca/rule_key.h"
#include "p11ca/text.h"

/* A key that works is still judged by what the token says of it. */
static void
judge(struct probe_row *row, bool strict)
{
	struct fault f = { 0 };

	if (!row->generated)
		return;
	if (!key_is_fit(&row->claims, true, &f))
		(void)text_fit(row->strict_refusal, sizeof(row->strict_refusal),
		    bytes_of(f.found));
	row->usable_for_ca =
	    row->usable && key_is_fit(&row->claims, strict, &f);
	if (row->usable && !row->usable_for_ca)
		(void)text_fit(row->refusal, sizeof(row->refusal),
		    bytes_of(f.found));
}

bool
action_probe(const struct token_place *place, bool strict, enum probe_keys keys,
    p11ca_say *tell, struct probe *out, struct fault *f)
{
	struct token *token = NULL;
	bool ok = token_open(place, true, tell, &token, f) &&
	    token_probe(token, keys, out, f);

	token_close(token);
	if (!ok)
		return false;
	out->strict = strict;
	for (size_t i = 0; i < KEY_ALGS; i++)
		judge(&out->row[i], strict);
	return true;
}
