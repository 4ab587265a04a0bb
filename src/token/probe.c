/* probe.c - what this token can do for a CA: tried, not believed. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "p11ca/digest.h"
#include "p11ca/mem.h"
#include "p11ca/probe.h"
#include "p11ca/text.h"

/* Whatever it is that is signed. */
static const char message[] = "p11ca probes this token";

/* A CKA_ID that only a probe gives: these bytes, then random ones. */
#define ID_START PROBE_LABEL
#define ID_START_LEN (sizeof(ID_START) - 1)
#define ID_LEN 20

#define NO_KEY "no key to try it with"

/* What sign_way() says. */
#define WAY_LIBP11 "libp11"
#define WAY_C_SIGN "C_Sign"

/* The key that is being tried. */
struct trial {
	unsigned char id[ID_LEN];
	bool permanent; /* asked for on the token */
	bool on_token;	/* and there it may be */
};

static struct bytes
trial_id(const struct trial *trial)
{
	return (struct bytes){ trial->id, sizeof(trial->id) };
}

static void
refuse(char refusal[PROBE_TEXT_MAX], const char *why)
{
	(void)text_fit(refusal, PROBE_TEXT_MAX, bytes_of(why));
}

/* --- what it signs ----------------------------------------------------- */

/* What the mechanisms promise, before anything is tried. */
static void
promises(struct token *token, struct probe_row *row)
{
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		struct probe_sign *sign = &row->sign[alg];
		const char *way;

		sign->fits =
		    sign_algs[alg].family == key_algs[row->key_alg].family;
		if (!sign->fits)
			continue;
		way = sign_way(token, alg, &sign->usable);
		if (sign->usable)
			sign->way = way;
		else
			refuse(sign->refusal, way);
	}
}

static void
break_promises(struct probe_row *row, const char *why)
{
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		struct probe_sign *sign = &row->sign[alg];

		if (!sign->usable)
			continue;
		sign->usable = false;
		sign->way = NULL;
		refuse(sign->refusal, why);
	}
}

/* A module that connects anew for each who loads it shows libp11 no key of our
 * session, nor one of a CA to a libp11 that is not logged in. */
static bool
libp11_sees(struct token *token, const struct key *key)
{
	struct fault ignored = { 0 };
	EVP_PKEY *private_key = NULL;
	bool sees = carrier_key(token, buf_bytes(&key->id), key->family,
	    &private_key, &ignored);

	EVP_PKEY_free(private_key);
	return sees;
}

/* Sign as a CA will: what comes back has been verified. */
static bool
signs(struct token *token, const struct key *key, enum sign_alg alg,
    struct fault *f)
{
	struct to_sign one = { .data = bytes_of(message) };
	bool ok = data_sign_many(token, key, alg, &one, 1, f);

	buf_free(&one.signature);
	return ok;
}

static void
sign_probe(struct token *token, const struct key *key, bool permanent,
    struct probe_row *row)
{
	bool asks = key->claims.always_authenticate == CLAIM_YES;
	bool seen = permanent || asks || key->family == FAMILY_ED25519 ||
	    libp11_sees(token, key);

	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		struct probe_sign *sign = &row->sign[alg];
		struct fault f = { 0 };

		if (!sign->usable)
			continue;
		if (asks) /* not through libp11 then, as sign.c has it */
			sign->way = WAY_C_SIGN;
		if (!seen && strcmp(sign->way, WAY_LIBP11) == 0)
			sign->usable = fault_found(&f, PROBE_UNSEEN);
		else
			sign->usable = signs(token, key, alg, &f);
		if (!sign->usable) {
			sign->way = NULL;
			refuse(sign->refusal, f.found);
		}
	}
}

/* Usable when it signs by anything; else the first reason is the reason. */
static void
row_conclude(struct probe_row *row)
{
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++)
		row->usable = row->usable || row->sign[alg].usable;
	for (enum sign_alg alg = 0; alg < SIGN_ALGS && !row->usable; alg++)
		if (row->refusal[0] == '\0')
			refuse(row->refusal, row->sign[alg].refusal);
}

/* --- one kind of key ---------------------------------------------------- */

static bool
is_on_the_token(struct token *token, const struct key_pair *pair)
{
	return object_claim(token, pair->private_key, CKA_TOKEN) == CLAIM_YES ||
	    object_claim(token, pair->public_key, CKA_TOKEN) == CLAIM_YES;
}

/* Make it as a CA's key is made, and find it as that is found. */
static void
row_try(struct token *token, struct trial *trial, struct probe *probe,
    struct probe_row *row)
{
	CK_KEY_TYPE type = key_mechanisms[row->key_alg].type;
	struct key_pair pair = { 0, 0 };
	struct key key = { 0 };
	struct fault f = { 0 };

	trial->on_token = trial->permanent;
	row->asked = !token->about.write_protected &&
	    token_has(token, key_mechanisms[row->key_alg].generate);
	row->generated = token_takes_keys(token, &f) &&
	    key_pair_make(token, row->key_alg, trial->permanent,
		trial_id(trial), PROBE_LABEL, &pair, &f);
	if (row->generated && !trial->permanent) {
		trial->on_token = is_on_the_token(token, &pair);
		row->generated = !trial->on_token;
		probe->session_keys = trial->on_token ? CLAIM_NO : CLAIM_YES;
	}
	if (trial->on_token && !trial->permanent) {
		fault_found(&f, PROBE_NO_SESSION_KEYS);
	} else if (row->generated &&
	    key_find(token, trial_id(trial), &key, &f)) {
		row->claims = key.claims;
		sign_probe(token, &key, trial->permanent, row);
	} else if (row->generated) {
		key_claims_from_object(token, pair.private_key, type,
		    &row->claims);
	}
	if (f.found[0] != '\0') {
		refuse(row->refusal, f.found);
		break_promises(row,
		    row->generated ? "no key that can be found and read"
				   : NO_KEY);
	}
	row_conclude(row);
	key_clear(&key);
}

/* Nothing of it stays; or *f says what may have stayed. */
static bool
trial_end(struct token *token, const struct trial *trial, struct fault *f)
{
	struct buf id = { 0 };
	size_t len;

	token->holding = false;
	if (key_destroy_surely(token, trial_id(trial), f))
		return true;
	if (!trial->on_token)
		return false;
	buf_hex(&id, trial_id(trial));
	len = strlen(f->found);
	(void)snprintf(f->found + len, sizeof(f->found) - len,
	    "; the trial key \"" PROBE_LABEL "\" (id %s) may be left on it",
	    buf_text(&id));
	buf_free(&id);
	f->todo = "when the token answers, \"p11ca token probe --permanent\" "
		  "destroys it; or use the token's own tools";
	return false;
}

static bool
one_probe(struct token *token, struct probe *probe, struct probe_row *row,
    struct fault *f)
{
	struct trial trial = { .permanent = probe->keys == PROBE_TOKEN_KEYS };

	memcpy(trial.id, ID_START, ID_START_LEN);
	if (!digest_random(trial.id + ID_START_LEN, ID_LEN - ID_START_LEN, f))
		return false;
	token->holding = !trial.permanent;
	row_try(token, &trial, probe, row);
	return trial_end(token, &trial, f);
}

/* --- what an earlier probe left ------------------------------------------ */

static bool
is_of_a_probe(struct token *token, CK_OBJECT_HANDLE object)
{
	struct buf id = { 0 };
	bool is;

	is = object_get(token, object, CKA_ID, &id) == CKR_OK &&
	    id.len == ID_LEN && memcmp(id.p, ID_START, ID_START_LEN) == 0;
	buf_free(&id);
	return is;
}

/* By label and ID both: no other object is taken for one. */
static bool
sweep(struct token *token, CK_OBJECT_CLASS class, size_t *destroyed,
    struct fault *f)
{
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_LABEL, PROBE_LABEL, sizeof(PROBE_LABEL) - 1),
	};
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;
	CK_RV rv = CKR_OK;

	if (!objects_find(token, template, COUNT(template), &list, &count, f))
		return false;
	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		if (!is_of_a_probe(token, list[i]))
			continue;
		rv = token->module->list->C_DestroyObject(token->session,
		    list[i]);
		*destroyed += rv == CKR_OK ? 1 : 0;
	}
	mem_free(list);
	return rv == CKR_OK ||
	    token_fault(token, "destroying a key of an earlier probe", rv, f);
}

/* --- all kinds ------------------------------------------------------------ */

/* A kind that refused so that the token seems lost is not the end of all. */
static bool
mend(struct token *token, struct fault *f)
{
	if (atomic_load(&token->lost) && token_can_reopen(token) &&
	    !token_reopen(token, f))
		return false;
	atomic_store(&token->lost, false);
	return true;
}

/* It would make another key on the token. */
static bool
has_no_session_keys(const struct probe *probe)
{
	return probe->keys == PROBE_SESSION_KEYS &&
	    probe->session_keys == CLAIM_NO;
}

bool
probe_begin(struct token *token, enum probe_keys keys, struct probe *out,
    struct fault *f)
{
	memset(out, 0, sizeof(*out));
	out->keys = keys;
	out->about = token->about;
	return limits_read(token, &out->limits, f) &&
	    (keys != PROBE_TOKEN_KEYS || token->about.write_protected ||
		(sweep(token, CKO_PRIVATE_KEY, &out->left_behind, f) &&
		    sweep(token, CKO_PUBLIC_KEY, &out->left_behind, f)));
}

bool
probe_kind(struct token *token, enum key_alg alg, struct probe *probe,
    struct fault *f)
{
	struct probe_row *row = &probe->row[alg];

	row->key_alg = alg;
	promises(token, row);
	if (!has_no_session_keys(probe) ||
	    !token_has(token, key_mechanisms[alg].generate))
		return mend(token, f) && one_probe(token, probe, row, f);
	refuse(row->refusal, PROBE_NO_SESSION_KEYS);
	break_promises(row, NO_KEY);
	return true;
}
