/*
 * digest.h - SHA-256 and random bytes, from OpenSSL.
 */
#ifndef P11CA_DIGEST_H
#define P11CA_DIGEST_H

#include "p11ca/bytes.h"
#include "p11ca/fault.h"

#define DIGEST_LEN 32
#define DIGEST_HEX_LEN (2 * DIGEST_LEN + 1)
#define UUID_LEN 37 /* with its NUL */

/* The SHA-256 of data, as octets or as 64 lower-case hex digits. */
void digest_sha256(struct bytes data, unsigned char out[DIGEST_LEN]);
void digest_hex(struct bytes data, char out[DIGEST_HEX_LEN]);

/* Random bytes of the CSPRNG.  No randomness: FAULT_OURS, never a fallback. */
MUST_CHECK bool digest_random(unsigned char *out, size_t len, struct fault *f);

/* A random UUID (RFC 4122, version 4), lower case. */
MUST_CHECK bool digest_uuid(char out[UUID_LEN], struct fault *f);

#endif
