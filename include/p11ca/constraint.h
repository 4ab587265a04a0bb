/*
 * constraint.h - name constraints (RFC 5280, 4.2.1.10).
 */
#ifndef P11CA_CONSTRAINT_H
#define P11CA_CONSTRAINT_H

#include "p11ca/cert.h"

struct constraints; /* decoded */

/* Of a certificate that has the extension and decodes; the caller's. */
MUST_CHECK struct constraints *constraints_of(const struct cert *cert);
void constraints_free(struct constraints *c);
size_t constraints_count(const struct constraints *c); /* subtrees */

struct names; /* the names of a certificate that constraints speak of */

MUST_CHECK struct names *names_of(const struct cert *cert);
void names_free(struct names *names);
size_t names_count(const struct names *names);

/*
 * Do the constraints let every name through?  Subject as directoryName,
 * emailAddress attributes as rfc822Name, every subjectAltName of a constrained
 * form; a constraint that is not understood refuses when a name of its form is
 * there.  False: out says which name and why, harmless to show.
 */
bool constraints_permit(const struct constraints *c, const struct names *names,
    char *out, size_t size);

#endif
