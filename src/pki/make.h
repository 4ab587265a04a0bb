/*
 * make.h - DER of our own making: what the files of pki/ that write share.
 *
 * Where the length of a content is known, put_header() goes first and the
 * content after it: nothing large is copied for the sake of a header.
 */
#ifndef P11CA_PKI_MAKE_H
#define P11CA_PKI_MAKE_H

#include <stdint.h>

#include "p11ca/bytes.h"
#include "p11ca/certmake.h"
#include "p11ca/der.h"

#define DER_ENUMERATED 0x0a

#define KEY_ID_LEN 20 /* SHA-1 */
#define OID_OCSP_NONCE "1.3.6.1.5.5.7.48.1.2"

/* put.c: how many octets an element with a content of this length takes. */
size_t put_size(size_t content_len);

/* put.c: append tag and length; the content is the caller's next step. */
void put_header(struct buf *out, int tag, size_t content_len);

/* put.c: append an element and empty its content for the next. */
void put_and_free(struct buf *out, int tag, struct buf *content);

/* put.c: append an INTEGER: unsigned octets, big-endian, zeros before them do
 * not count; or a number that is not negative. */
void put_unsigned(struct buf *out, struct bytes octets);
void put_number(struct buf *out, int64_t number);

/* put.c: append an OID as der_oid_text() writes it; false: it is none. */
MUST_CHECK bool put_oid(struct buf *out, const char *dotted);

/* put.c: append one of our own OIDs, which cannot be wrong. */
void put_known_oid(struct buf *out, const char *dotted);

/* put.c: is there a text for this moment, that is a year of four digits? */
bool put_can_time(int64_t at);

/* put.c: append a GeneralizedTime; put_can_time() must hold. */
void put_generalized_time(struct buf *out, int64_t at);

/*
 * ext_wish.c: append Extensions (RFC 5280, 4.1.2.9) in an element of this tag,
 * an explicit [n] mostly.  False, and nothing appended, when an OID is none;
 * *which is that extension.
 */
MUST_CHECK bool ext_wishes_put(const struct ext_wishes *wishes, int tag,
    struct buf *out, const struct ext_wish **which);

/* ext_wish.c: the same of our own OIDs; empties the list. */
void ext_wishes_put_known(struct ext_wishes *wishes, int tag, struct buf *out);

/* ext_wish.c: append one; its value is taken over and left empty. */
void ext_wishes_take(struct ext_wishes *wishes, const char *oid, bool critical,
    struct buf *value);

/* certmake.c: as signed_der(), with whole elements after the signature. */
void signed_put(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct bytes after, struct buf *out);

/* ext_make.c: append a DistributionPointName with one URI. */
void ext_put_point_name(struct buf *out, const char *uri);

/* ext_make.c: the octets of subjectPublicKey; p is NULL: this is no key. */
struct bytes spki_key_octets(struct bytes spki);

#endif
