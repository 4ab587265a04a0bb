/* sign.c - sign in the token, and verify before anybody sees it. */
#include "internal.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

/* --- algorithms ------------------------------------------------------- */

bool
sign_padding(EVP_PKEY_CTX *ctx, enum sign_alg alg)
{
	if (!sign_algs[alg].pss)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* NULL: OpenSSL cannot verify this.  The caller's, EVP_MD_CTX_free(). */
static EVP_MD_CTX *
verifier_new(EVP_PKEY *public_key, enum sign_alg alg)
{
	EVP_MD_CTX *verifier = mem_must(EVP_MD_CTX_new());
	EVP_PKEY_CTX *padding = NULL; /* the verifier's */

	if (EVP_DigestVerifyInit_ex(verifier, &padding, sign_algs[alg].hash,
		NULL, NULL, public_key, NULL) == 1 &&
	    sign_padding(padding, alg))
		return verifier;
	EVP_MD_CTX_free(verifier);
	ERR_clear_error();
	return NULL;
}

/* The verifier stays as it is: several threads use it at once. */
static bool
verifies(const EVP_MD_CTX *verifier, struct bytes data, struct bytes signature)
{
	EVP_MD_CTX *ctx = mem_must(EVP_MD_CTX_new());
	bool ok = verifier != NULL && EVP_MD_CTX_copy_ex(ctx, verifier) == 1 &&
	    EVP_DigestVerify(ctx, signature.p, signature.len, data.p,
		data.len) == 1;

	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* --- what is kept between signatures ---------------------------------- */

static void
signer_clear(struct signer *signer)
{
	for (size_t i = 0; i < COUNT(signer->verifiers); i++)
		EVP_MD_CTX_free(signer->verifiers[i]);
	EVP_PKEY_free(signer->private_key);
	EVP_PKEY_free(signer->public_key);
	buf_free(&signer->id);
	buf_free(&signer->spki);
	memset(signer, 0, sizeof(*signer));
}

void
private_keys_forget(struct token *token)
{
	for (size_t i = 0; i < token->signer_count; i++) {
		EVP_PKEY_free(token->signers[i].private_key);
		token->signers[i].private_key = NULL;
	}
	carrier_free(token->carrier);
	token->carrier = NULL;
}

void
signers_forget(struct token *token)
{
	private_keys_forget(token);
	for (size_t i = 0; i < token->signer_count; i++)
		signer_clear(&token->signers[i]);
	token->signer_count = 0;
}

static bool
signer_make(const struct key *key, struct signer *out, struct fault *f)
{
	memset(out, 0, sizeof(*out));
	out->public_key = public_from_spki(buf_bytes(&key->spki));
	if (out->public_key == NULL) {
		fault_found(f, "a key without a readable public half");
		return fault_raise(f, FAULT_TOKEN,
		    "a public key to verify signatures with",
		    "write the public key to the token, with the CKA_ID of "
		    "the key");
	}
	out->always_authenticate = key->claims.always_authenticate == CLAIM_YES;
	memcpy(out->label, key->label, sizeof(out->label));
	buf_set(&out->id, buf_bytes(&key->id));
	buf_set(&out->spki, buf_bytes(&key->spki));
	return true;
}

/* The signer of a key; *out is the token's. */
static bool
signer_of(struct token *token, const struct key *key, struct signer **out,
    struct fault *f)
{
	struct signer fresh;

	for (size_t i = 0; i < token->signer_count; i++) {
		struct signer *s = &token->signers[i];

		*out = s;
		if (bytes_equal(buf_bytes(&s->id), buf_bytes(&key->id)) &&
		    bytes_equal(buf_bytes(&s->spki), buf_bytes(&key->spki)))
			return true;
	}
	if (!signer_make(key, &fresh, f)) {
		signer_clear(&fresh);
		return false;
	}
	token->signers = mem_grow(token->signers, token->signer_count,
	    &token->signer_cap, sizeof(*token->signers));
	*out = &token->signers[token->signer_count++];
	**out = fresh;
	return true;
}

/* --- sign ------------------------------------------------------------- */

static bool
way_is_there(struct token *token, enum sign_alg alg, bool *libp11,
    struct fault *f)
{
	const char *way;
	bool usable;

	way = sign_way(token, alg, &usable);
	*libp11 = usable && strcmp(way, "libp11") == 0;
	if (usable)
		return true;
	fault_found(f, "%s cannot sign %s: %s", token->name,
	    sign_algs[alg].name, way);
	return fault_raise(f, FAULT_TOKEN, "a token that carries the algorithm",
	    "ask \"p11ca token probe\" what this token can do");
}

bool
way_sign(const struct way *way, CK_SESSION_HANDLE *session, struct bytes data,
    struct buf *out, struct fault *f)
{
	const struct signer *signer = way->signer;

	if (way->libp11)
		return carrier_sign(way->token, signer->private_key, way->alg,
		    data, out, f);
	return direct_sign(way->token, session, signer->handle, way->alg,
	    signer->always_authenticate, data, out, f);
}

bool
way_verify(const struct way *way, struct bytes data, struct buf *signature,
    struct fault *f)
{
	char shown[64];

	if (verifies(way->signer->verifiers[way->alg], data,
		buf_bytes(signature)))
		return true;
	buf_free(signature);
	text_fit(shown, sizeof(shown), bytes_of(way->signer->label));
	fault_found(f, "a signature from %s that does not match the key \"%s\"",
	    way->token->name, shown);
	return fault_raise(f, FAULT_TOKEN,
	    "a signature that the public half of the key verifies",
	    "look for two keys with one CKA_ID; the signature was dropped");
}

/* libp11 asks for the PIN of each use in its own way: C_Sign then. */
static bool
way_find(struct token *token, const struct key *key, enum sign_alg alg,
    struct way *way, struct fault *f)
{
	struct signer *signer = NULL;

	*way = (struct way){ .token = token, .alg = alg };
	if (!token_ready(token, f) ||
	    !way_is_there(token, alg, &way->libp11, f) ||
	    !signer_of(token, key, &signer, f))
		return false;
	if (signer->verifiers[alg] == NULL)
		signer->verifiers[alg] = verifier_new(signer->public_key, alg);
	way->signer = signer;
	way->libp11 = way->libp11 && !signer->always_authenticate;
	if (!way->libp11)
		return signer->handle != CK_INVALID_HANDLE ||
		    key_object(token, buf_bytes(&signer->id), &signer->handle,
			f);
	return signer->private_key != NULL ||
	    carrier_key(token, buf_bytes(&signer->id), key->family,
		&signer->private_key, f);
}

static bool
sign_once(struct token *token, const struct key *key, enum sign_alg alg,
    size_t hands, struct to_sign *list, size_t count, struct fault *f)
{
	struct way way;

	atomic_store(&token->lost, false);
	if (!way_find(token, key, alg, &way, f))
		return false;
	if (way_sign_all(&way, hands, list, count, f))
		return true;
	/* Sessions that failed stay in the pool of libp11: start it anew; but
	 * leave all as it is where a thread is left. */
	if (!worker_has_lost(token->worker)) {
		private_keys_forget(token);
		hands_close(token);
	}
	return false;
}

static bool
algorithm_fits(const struct key *key, enum sign_alg alg, struct fault *f)
{
	if (sign_algs[alg].family == key->family && key->spki.len > 0)
		return true;
	fault_found(f, "the algorithm %s for a key of another kind",
	    sign_algs[alg].name);
	return fault_raise(f, FAULT_TOKEN, "an algorithm of the key's family",
	    "name another signing algorithm");
}

bool
data_sign_many(struct token *token, const struct key *key, enum sign_alg alg,
    struct to_sign *list, size_t count, struct fault *f)
{
	if (!algorithm_fits(key, alg, f))
		return false;
	if (count == 0 ||
	    sign_once(token, key, alg, count > 1 ? hands_allowed(token) : 1,
		list, count, f))
		return true;
	/* Signing again does no harm: mend a lost token, once; and be content
	 * with one session, in case it was those that it ran out of. */
	return atomic_load(&token->lost) && !worker_has_lost(token->worker) &&
	    token_can_reopen(token) && token_reopen(token, f) &&
	    sign_once(token, key, alg, 1, list, count, f);
}
