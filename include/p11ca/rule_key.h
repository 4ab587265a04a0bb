/*
 * rule_key.h - is a key in a token fit to be a CA's key?
 */
#ifndef P11CA_RULE_KEY_H
#define P11CA_RULE_KEY_H

#include "p11ca/fault.h"
#include "p11ca/key.h"

/*
 * Judge a key by the attributes that were read back.  Extractable, or a
 * private value that could be read, refuses; SENSITIVE=no refuses unless the
 * read was denied; a key that may not sign refuses.  strict: everything that
 * PKCS#11 can claim must be claimed (sensitive, never extractable, local, sign
 * only).  Kind FAULT_TOKEN; rule says which row.
 */
MUST_CHECK bool key_is_fit(const struct key_claims *claims, bool strict,
    struct fault *f);

/* Is the key of the algorithm's family, size and curve? */
MUST_CHECK bool key_carries(const struct key *key, enum key_alg key_alg,
    struct fault *f);

#endif
