/* digest.c - SHA-256 and random bytes, from OpenSSL. */
#include "p11ca/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "p11ca/mem.h"

void
digest_sha256(struct bytes data, unsigned char out[DIGEST_LEN])
{
	static const unsigned char nothing[1];

	(void)mem_must(SHA256(data.p != NULL ? data.p : nothing, data.len,
	    out));
}

void
digest_hex(struct bytes data, char out[DIGEST_HEX_LEN])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[DIGEST_LEN];

	digest_sha256(data, raw);
	for (size_t i = 0; i < DIGEST_LEN; i++) {
		*out++ = digits[raw[i] >> 4];
		*out++ = digits[raw[i] & 15];
	}
	*out = '\0';
}

bool
digest_random(unsigned char *out, size_t len, struct fault *f)
{
	if (RAND_bytes(out, (int)len) == 1)
		return true;
	fault_found(f, "no randomness");
	return fault_raise(f, FAULT_OURS, "random bytes from the system",
	    "see whether /dev/urandom and getrandom(2) work here");
}

bool
digest_uuid(char out[UUID_LEN], struct fault *f)
{
	unsigned char r[16];

	if (!digest_random(r, sizeof(r), f))
		return false;
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	(void)snprintf(out, UUID_LEN,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10],
	    r[11], r[12], r[13], r[14], r[15]);
	return true;
}
