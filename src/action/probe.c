/* probe.c - what a token can do for a CA under the settings of this home. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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

/* A token that made no session key of any kind has none to offer. */
static void
conclude(struct probe *probe)
{
	bool asked = false;

	for (size_t i = 0; i < KEY_ALGS; i++)
		asked = asked || probe->row[i].asked;
	if (probe->keys != PROBE_SESSION_KEYS || !asked ||
	    probe->session_keys != CLAIM_UNREPORTED)
		return;
	probe->session_keys = CLAIM_NO;
	for (size_t i = 0; i < KEY_ALGS; i++) {
		struct probe_row *row = &probe->row[i];
		char why[PROBE_TEXT_MAX];

		memcpy(why, row->refusal, sizeof(why));
		if (row->asked)
			(void)snprintf(row->refusal, sizeof(row->refusal),
			    PROBE_NO_SESSION_KEYS ": %.*s",
			    (int)(sizeof(why) - sizeof(PROBE_NO_SESSION_KEYS) -
				2),
			    why);
	}
}

/* What would end the process waits until the key is destroyed. */
static bool
probe_key(struct token *token, enum key_alg alg, struct probe *out,
    struct fault *f)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set, before;
	bool ok;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < COUNT(ends); i++)
		(void)sigaddset(&set, ends[i]);
	(void)pthread_sigmask(SIG_BLOCK, &set, &before);
	ok = token_probe_key(token, alg, out, f);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

bool
action_probe(const struct token_place *place, bool strict, enum probe_keys keys,
    p11ca_say *tell, struct probe *out, struct fault *f)
{
	struct token *token = NULL;
	bool ok = token_open(place, true, tell, &token, f) &&
	    token_probe_begin(token, keys, out, f);

	for (enum key_alg alg = 0; ok && alg < KEY_ALGS; alg++) {
		ok = probe_key(token, alg, out, f);
		judge(&out->row[alg], strict);
	}
	conclude(out);
	out->strict = strict;
	token_close(token);
	return ok;
}
