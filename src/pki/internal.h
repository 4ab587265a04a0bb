/*
 * internal.h - what only the files of pki/ share.
 */
#ifndef P11CA_PKI_INTERNAL_H
#define P11CA_PKI_INTERNAL_H

#include "p11ca/bytes.h"
#include "p11ca/cert.h"
#include "p11ca/fault.h"

/* Object identifiers, dotted. */
#define OID_SUBJECT_ALT_NAME "2.5.29.17"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_KEY_USAGE "2.5.29.15"
#define OID_SUBJECT_INFO_ACCESS "1.3.6.1.5.5.7.1.11"
#define OID_EXTENSION_REQUEST "1.2.840.113549.1.9.14"

/*
 * strict.c: is this run of elements DER all the way down?  Checked are lengths,
 * INTEGER, BOOLEAN, NULL, OID and BIT STRING, the order of a SET OF, and that
 * no string is constructed.  False also when it is nested more than 16 deep.
 */
bool der_is_strict(struct bytes der);

/* strict.c: is this the content of an OBJECT IDENTIFIER? */
bool der_oid_content(struct bytes oid);

/*
 * strict.c: the content of a BIT STRING that holds whole octets; *octets is
 * borrowed.  False for unused bits.
 */
MUST_CHECK bool der_bit_octets(struct bytes content, struct bytes *octets);

/* strict.c: append a dotted OID as element of this tag; false: it is none. */
MUST_CHECK bool der_put_oid(struct buf *out, int tag, const char *dotted);

/*
 * ext.c: read the elements of an Extensions SEQUENCE (RFC 5280, 4.1.2.9) into
 * cert->ext, in one pass, and refuse one that is there twice.  f->found says
 * what is wrong.
 */
MUST_CHECK bool ext_read_all(struct bytes list, struct cert *cert,
    struct fault *f);

/* ext.c: decode the values of the extensions that the rules look into. */
void ext_note_all(struct cert *cert);

/* ext.c: the extension with this OID of the table, or NULL. */
const struct ext *ext_find(const struct cert *cert, const char *oid);

struct GENERAL_NAME_st; /* OpenSSL's GENERAL_NAME */

/*
 * general_name_show.c: `dNSName "www.example.org"`, harmless to show and cut
 * to fit.
 */
void general_name_show(const struct GENERAL_NAME_st *name, char *out,
    size_t size);

/*
 * general_name_plain.c: is a host name, a URI's host, the host of a mail
 * address or an IP address written so that there is one way to read it?  Other
 * forms are as they are.
 */
MUST_CHECK bool general_name_is_plain(const struct GENERAL_NAME_st *name);

/* general_name_plain.c: is it the dNSName "*.DOMAIN"?  *domain is borrowed. */
bool general_name_wildcard(const struct GENERAL_NAME_st *name,
    struct bytes *domain);

/*
 * cert_alg.c: fill digest and sig_text from sig_alg.  Parameters that do not
 * decode count as SHA-1, for nothing better is known of them.
 */
void cert_note_alg(struct cert *cert);

struct pem;

/*
 * pem_looks.c: what text without a CERTIFICATE block is, as static text.
 */
#define PEM_LOOKS_CSR_DER "a certification request in DER"
const char *pem_looks_like(struct bytes text, const struct pem *pem);

#endif
