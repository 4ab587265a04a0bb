/* probe.c - what this token can do for a CA: tried, not believed. */
#include "internal.h"

#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define PROBE_ID "p11ca probe"

/* Whatever it is that is signed. */
static const char message[] = "p11ca probes this token";

/*
 * libp11 does not see session keys, so C_Sign does by hand what the way of the
 * algorithm needs of the token: for PSS by libp11 that is the raw operation.
 */
static bool
signs(struct token *token, const struct key_pair *pair, EVP_PKEY *public_key,
    enum key_alg key_alg, enum sign_alg alg)
{
	const struct sign_mechanism *row = &sign_mechanisms[alg];
	struct bytes data = bytes_of(message);
	struct fault ignored = { 0 };
	struct buf signature = { 0 };
	enum sign_alg made = alg;
	bool ok;

	if (row->libp11 == CKM_RSA_X_509 && token_has(token, row->libp11)) {
		made = SIGN_SHA256WITHRSA; /* what the raw block amounts to */
		ok = direct_sign_raw(token, pair->private_key,
		    key_algs[key_alg].bits, sign_algs[made].hash, data,
		    &signature, &ignored);
	} else {
		ok = direct_sign(token, &token->session, pair->private_key, alg,
		    false, data, &signature, &ignored);
	}
	ok = ok &&
	    signature_holds(public_key, made, data, buf_bytes(&signature));
	buf_free(&signature);
	return ok;
}

static void
sign_probe(struct token *token, const struct key_pair *pair,
    EVP_PKEY *public_key, struct probe_row *row)
{
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		if (!row->sign[alg].fits || !row->sign[alg].usable)
			continue;
		row->sign[alg].usable = public_key != NULL &&
		    signs(token, pair, public_key, row->key_alg, alg);
		if (!row->sign[alg].usable)
			row->sign[alg].way = public_key == NULL
			    ? "the public key cannot be read"
			    : "no signature that verifies";
	}
}

/* What the mechanisms promise, before anything is tried. */
static void
promises(struct token *token, struct probe_row *row)
{
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		row->sign[alg].fits =
		    sign_algs[alg].family == key_algs[row->key_alg].family;
		row->sign[alg].way = "another kind of key";
		if (row->sign[alg].fits)
			row->sign[alg].way =
			    sign_way(token, alg, &row->sign[alg].usable);
	}
}

static void
one_probe(struct token *token, struct probe_row *row)
{
	CK_FUNCTION_LIST *p11 = token->module->list;
	CK_KEY_TYPE type = key_mechanisms[row->key_alg].type;
	struct key_pair pair = { 0, 0 };
	struct fault f = { 0 };
	EVP_PKEY *public_key;

	promises(token, row);
	row->generated = key_pair_make(token, row->key_alg, false,
	    bytes_of(PROBE_ID), PROBE_ID, &pair, &f);
	if (!row->generated) {
		(void)text_fit(row->refusal, sizeof(row->refusal),
		    bytes_of(f.found));
		for (size_t i = 0; i < SIGN_ALGS; i++) {
			row->sign[i].usable = false;
			if (row->sign[i].fits)
				row->sign[i].way = "no key to try it with";
		}
		return;
	}
	public_key = public_from_object(token, pair.public_key, type);
	key_claims_from_object(token, pair.private_key, type, &row->claims);
	sign_probe(token, &pair, public_key, row);
	EVP_PKEY_free(public_key);
	(void)p11->C_DestroyObject(token->session, pair.private_key);
	(void)p11->C_DestroyObject(token->session, pair.public_key);
}

bool
keys_probe(struct token *token, struct probe_row *rows, struct fault *f)
{
	memset(rows, 0, KEY_ALGS * sizeof(*rows));
	if (!mechanisms_read(token, f))
		return false;
	for (enum key_alg alg = 0; alg < KEY_ALGS; alg++) {
		rows[alg].key_alg = alg;
		one_probe(token, &rows[alg]);
	}
	return true;
}
