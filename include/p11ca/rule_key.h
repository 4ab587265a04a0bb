/*
 * rule_key.h - is a key in a token fit to be a CA's key?
 */
#ifndef P11CA_RULE_KEY_H
#define P11CA_RULE_KEY_H

#include "p11ca/fault.h"
#include "p11ca/key.h"

/*
 * Judge a key by the attributes that were read back.  Refused: a private
 * value that could be read; an extractable key; one that is not said to be
 * sensitive, unless every try to read it was denied (some cards say no of keys
 * that never leave them); one that may not sign.  strict: everything that
 * PKCS#11 can claim must be claimed (sensitive and always so, never
 * extractable, made in the token, sign and nothing else), and what is not
 * reported is not claimed.  Kind FAULT_TOKEN; rule says which row, found what
 * the token says.
 */
MUST_CHECK bool key_is_fit(const struct key_claims *claims, bool strict,
    struct fault *f);

/* Is the key of the algorithm's family, size and curve? */
MUST_CHECK bool key_carries(const struct key *key, enum key_alg key_alg,
    struct fault *f);

#endif
