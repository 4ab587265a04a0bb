/* pubkey_fuzz.c - public keys: read strictly, and as OpenSSL would. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/pubkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was decoded is the key that OpenSSL decodes. */
static bool
openssl_agrees(const struct pubkey *key, const uint8_t *data, size_t size)
{
	const unsigned char *p = data;
	EVP_PKEY *other = d2i_PUBKEY(NULL, &p, (long)size);
	bool same = other != NULL && EVP_PKEY_eq(key->evp, other) == 1;

	EVP_PKEY_free(other);
	ERR_clear_error();
	return same;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes spki = { data, size };
	struct fault f = { 0 };
	struct buf found = { 0 };
	struct pubkey key;
	char print[17];

	if (pubkey_from_spki(spki, &key, &f)) {
		if (key.evp != NULL && !openssl_agrees(&key, data, size))
			abort();
		/* Any bytes will do as what is said to be signed. */
		if (pubkey_verify(&key, spki, spki, spki))
			abort();
	} else if (f.found[0] == '\0' || key.evp != NULL) {
		abort();
	}
	pubkey_clear(&key);
	if (strlen(pubkey_print(spki, print)) != 16)
		abort();
	if (!pubkey_from_pem(spki, &found, &f) && f.kind != FAULT_USAGE)
		abort();
	buf_free(&found);
	return 0;
}
