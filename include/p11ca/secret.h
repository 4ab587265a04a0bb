/*
 * secret.h - bytes that are nobody else's: a PIN, an access key.
 *
 * They lie in pages of their own, which are left out of a core, are not
 * written to swap as far as the limit of locked memory (RLIMIT_MEMLOCK)
 * allows, are empty in a child, and are wiped and given back at the end.
 * Whoever reads a secret reads it straight into them, so that no copy of it
 * stays anywhere else.
 */
#ifndef P11CA_SECRET_H
#define P11CA_SECRET_H

#include "p11ca/bytes.h"

/* Owned, secret_free().  Followed by a NUL byte. */
struct secret {
	unsigned char *p;
	size_t len;
	size_t size; /* of the pages */
};

/* Room for so many bytes, all of them 0, and a NUL after them; len is 0.
 * What was in it before is wiped. */
void secret_room(struct secret *secret, size_t room);
void secret_set(struct secret *secret, const void *p, size_t len);

/* Read on until there are room bytes or no more; false: errno says why. */
MUST_CHECK bool secret_read(struct secret *secret, int fd, size_t room);

void secret_free(struct secret *secret); /* wipes; leaves it empty */

#endif
