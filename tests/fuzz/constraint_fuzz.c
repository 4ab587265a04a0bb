/*
 * constraint_fuzz.c - constraints and names from anyone.
 *
 * Three elements in a row: the value of nameConstraints, that of
 * subjectAltName, and a Name.
 */
#include <stdlib.h>
#include <string.h>

#include "p11ca/constraint.h"
#include "p11ca/der.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static const struct ext_kind *
alt_name_kind(void)
{
	for (size_t i = 0; i < ext_kinds_count; i++)
		if (strcmp(ext_kinds[i].oid, "2.5.29.17") == 0)
			return &ext_kinds[i];
	abort();
}

static void
check(const struct constraints *c, const struct names *names)
{
	char out[128];
	bool ok = constraints_permit(c, names, out, sizeof(out));

	/* A refusal says why; constraints without a subtree refuse nothing
	 * but what cannot be read. */
	if (ok != (out[0] == '\0') || names_count(names) == 0)
		abort();
	for (const char *p = out; *p != '\0'; p++)
		if (*p == '\n' || *p == '\x1b')
			abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct bytes at = { data, len };
	struct bytes content, subject;
	struct ext alt_name = { .kind = alt_name_kind() };
	struct cert cert = { .ext = &alt_name, .ext_count = 1 };
	struct constraints *c;
	struct names *names;
	int tag;

	if (!der_next(&at, &tag, &content, &cert.name_constraints) ||
	    !der_next(&at, &tag, &content, &alt_name.value) ||
	    !der_next(&at, &tag, &content, &subject))
		return 0;
	cert.subject = name_from_der(subject);
	if (cert.subject == NULL)
		return 0;
	c = constraints_of(&cert);
	names = names_of(&cert);
	if (c != NULL)
		check(c, names);
	constraints_free(c);
	names_free(names);
	name_free(cert.subject);
	return 0;
}
