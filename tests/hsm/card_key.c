/* card_key.c - PIN, PUK and keys of the smart card in software. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "card.h"

/* ---- PIN and PUK ------------------------------------------------------ */

/* A wrong one costs a try, and that is kept before anybody is told. */
static enum status
compare(struct secret *secret, unsigned most, const unsigned char *p,
    size_t len)
{
	unsigned char padded[PIN_LEN] = { 0 };

	if (len > PIN_LEN)
		return WRONG_LENGTH;
	if (secret->tries == 0)
		return PIN_BLOCKED;
	memcpy(padded, p, len);
	if (memcmp(padded, secret->value, PIN_LEN) == 0)
		secret->tries = most;
	else
		secret->tries--;
	keep();
	if (memcmp(padded, secret->value, PIN_LEN) == 0)
		return DONE;
	return secret->tries == 0 ? PIN_BLOCKED : WRONG_PIN + secret->tries;
}

static enum status
set_pin(struct secret *secret, unsigned most, const unsigned char *p,
    size_t len)
{
	if (len > PIN_LEN)
		return WRONG_LENGTH;
	memset(secret->value, 0, PIN_LEN);
	memcpy(secret->value, p, len);
	secret->tries = most;
	keep();
	return DONE;
}

enum status
verify(const struct apdu *in, struct reply *out)
{
	enum status status;

	(void)out;
	if (in->p2 != 1)
		return NO_SUCH_OBJECT;
	if (in->len == 0 && now.verified)
		return DONE;
	if (in->len == 0)
		return kept.pin.tries == 0 ? PIN_BLOCKED
					   : WRONG_PIN + kept.pin.tries;
	status = compare(&kept.pin, PIN_TRIES, in->data, in->len);
	now.verified = status == DONE;
	return status;
}

/* P1 1 sets what there is none of yet: 1 the PIN, else the PUK. */
enum status
change_pin(const struct apdu *in, struct reply *out)
{
	enum status status;

	(void)out;
	if (in->p1 == 1) {
		now.verified = false;
		return in->p2 == 1
		    ? set_pin(&kept.pin, PIN_TRIES, in->data, in->len)
		    : set_pin(&kept.puk, PUK_TRIES, in->data, in->len);
	}
	if (in->len <= PIN_LEN)
		return WRONG_LENGTH;
	status = compare(&kept.pin, PIN_TRIES, in->data, PIN_LEN);
	return status != DONE ? status
			      : set_pin(&kept.pin, PIN_TRIES,
				    in->data + PIN_LEN, in->len - PIN_LEN);
}

enum status
unblock_pin(const struct apdu *in, struct reply *out)
{
	enum status status;

	(void)out;
	if (in->len <= PIN_LEN)
		return WRONG_LENGTH;
	status = compare(&kept.puk, PUK_TRIES, in->data, PIN_LEN);
	return status != DONE ? status
			      : set_pin(&kept.pin, PIN_TRIES,
				    in->data + PIN_LEN, in->len - PIN_LEN);
}

/* ---- keys ------------------------------------------------------------- */

/* Which key and algorithm the next operation is about. */
enum status
set_environment(const struct apdu *in, struct reply *out)
{
	size_t len = 0;
	const unsigned char *p = find_tag(0x80, in->data, in->len, &len);

	(void)out;
	now.algorithm = p == NULL ? 0 : number(p, len);
	p = find_tag(0x84, in->data, in->len, &len);
	now.key = p == NULL ? 0 : number(p, len);
	return now.key < KEYS_MAX ? DONE : NO_SUCH_OBJECT;
}

enum status
generate_key(const struct apdu *in, struct reply *out)
{
	unsigned char modulus[KEY_BYTES], exponent[] = { 1, 0, 1 };
	struct reply public = { .len = 0 };
	EVP_PKEY *key;
	BIGNUM *n = NULL;
	unsigned char *p = kept.keys[now.key].der;

	(void)in;
	if (!now.verified)
		return NOT_VERIFIED;
	if (now.algorithm != 0xf3) /* RSA-2048 */
		return NOT_CARRIED;
	key = EVP_RSA_gen(8 * KEY_BYTES);
	if (key == NULL || !EVP_PKEY_get_bn_param(key, "n", &n) ||
	    BN_bn2binpad(n, modulus, sizeof(modulus)) < 0)
		return CARD_BROKEN;
	kept.keys[now.key].len = (size_t)i2d_PrivateKey(key, &p);
	EVP_PKEY_free(key);
	BN_free(n);
	keep();
	put_tag(&public, 0x81, modulus, sizeof(modulus));
	put_tag(&public, 0x82, exponent, sizeof(exponent));
	put_tag(out, 0x7f49, public.data, public.len);
	return DONE;
}

/* Put PKCS#1's padding around a DigestInfo and apply the private key. */
enum status
sign(const struct apdu *in, struct reply *out)
{
	const unsigned char *p = kept.keys[now.key].der;
	unsigned char signature[KEY_BYTES];
	size_t len = sizeof(signature);
	EVP_PKEY *key;
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (in->p1 != 0x9e || in->p2 != 0x9a)
		return NOT_CARRIED;
	if (!now.verified)
		return NOT_VERIFIED;
	if (kept.keys[now.key].len == 0)
		return NO_SUCH_OBJECT;
	key = d2i_AutoPrivateKey(NULL, &p, (long)kept.keys[now.key].len);
	ctx = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
	ok = ctx != NULL && EVP_PKEY_sign_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	    EVP_PKEY_sign(ctx, signature, &len, in->data, in->len) > 0;
	if (ok)
		put(out, signature, len);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok ? DONE : WRONG_LENGTH;
}

enum status
random_bytes(const struct apdu *in, struct reply *out)
{
	unsigned char bytes[REPLY_MAX];

	if (RAND_bytes(bytes, (int)in->le) != 1)
		return CARD_BROKEN;
	put(out, bytes, in->le);
	return DONE;
}
