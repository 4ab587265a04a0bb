/*
 * name.h - distinguished names (X.501), compared as RFC 5280, 7.1 says.
 */
#ifndef P11CA_NAME_H
#define P11CA_NAME_H

#include "p11ca/bytes.h"
#include "p11ca/fault.h"

struct name; /* decoded; immutable */

/* Decode a DER Name.  NULL when it does not decode.  The caller's. */
MUST_CHECK struct name *name_from_der(struct bytes der);
void name_free(struct name *name);

struct bytes name_der(const struct name *name); /* borrowed */
bool name_empty(const struct name *name);	/* no RDN at all */
bool name_is_text(const struct name *name);	/* no control characters */

/* Below, equal, above 0: a total order; 0 is RFC 5280 equality (string type,
 * case, repeated blanks ignored; the order of RDNs is not). */
int name_compare(const struct name *a, const struct name *b);
bool name_equal(const struct name *a, const struct name *b);

/* RFC 2253 form ("CN=x,O=y"), harmless to show, appended to out. */
void name_show(struct buf *out, const struct name *name);

/* The same cut to fit; returns out. */
const char *name_fit(char *out, size_t size, const struct name *name);

/* One attribute of a name to be made; value is UTF-8. */
struct name_attr {
	const char *oid; /* dotted */
	const char *value;
	bool printable; /* PrintableString; else UTF8String, but IA5String for
			 * domainComponent and emailAddress */
};

/*
 * Encode a Name with one attribute per RDN, in the given order.  A value that
 * its string type cannot hold, or an OID that is none: FAULT_INVALID_ARGS.
 * *der is the caller's.
 */
MUST_CHECK bool name_make(const struct name_attr *attrs, size_t count,
    struct buf *der, struct fault *f);

#endif
