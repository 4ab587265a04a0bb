/*
 * chain.h - certificates in a row, signer after signed.
 */
#ifndef P11CA_CHAIN_H
#define P11CA_CHAIN_H

#include "p11ca/cert.h"

/*
 * Look for an order of all of chain[0..count) in which chain starts with the
 * issuer of cert, each certificate signs the one before it, and the last one
 * is self-signed and the only such.  Candidates are taken by name; at most
 * four signature checks an element are made in total.  True: order[0..count)
 * holds the indices.  False: none was found within that bound.
 */
bool chain_find_order(const struct cert *cert, const struct cert *const *chain,
    size_t count, size_t *order);

/* The indices of two equal certificates, or false. */
bool chain_find_twice(const struct cert *const *chain, size_t count,
    size_t *first, size_t *second);

#endif
