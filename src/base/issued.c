/* issued.c - certificates that a CA here issued: plain facts. */
#include "p11ca/issued.h"

#include <string.h>

#include "p11ca/mem.h"

/* CRLReason of RFC 5280, 5.3.1; certificateHold and removeFromCRL (6 and 8)
 * are none of the API's. */
/* clang-format off */
static const struct {
	const char *name; /* RevocationReason of the API */
	int code;
} reasons[REASONS] = {
	[REASON_NONE] =                   { "", 0 },
	[REASON_UNSPECIFIED] =            { "UNSPECIFIED", 0 },
	[REASON_KEY_COMPROMISE] =         { "KEY_COMPROMISE", 1 },
	[REASON_CERTIFICATE_AUTHORITY_COMPROMISE] =
	    { "CERTIFICATE_AUTHORITY_COMPROMISE", 2 },
	[REASON_AFFILIATION_CHANGED] =    { "AFFILIATION_CHANGED", 3 },
	[REASON_SUPERSEDED] =             { "SUPERSEDED", 4 },
	[REASON_CESSATION_OF_OPERATION] = { "CESSATION_OF_OPERATION", 5 },
	[REASON_PRIVILEGE_WITHDRAWN] =    { "PRIVILEGE_WITHDRAWN", 9 },
	[REASON_A_A_COMPROMISE] =         { "A_A_COMPROMISE", 10 },
};
/* clang-format on */

const char *
reason_name(enum revocation_reason reason)
{
	return reasons[reason].name;
}

int
reason_code(enum revocation_reason reason)
{
	return reasons[reason].code;
}

bool
reason_from_name(const char *name, enum revocation_reason *out)
{
	for (size_t i = REASON_NONE + 1; i < REASONS; i++)
		if (strcmp(name, reasons[i].name) == 0) {
			*out = (enum revocation_reason)i;
			return true;
		}
	return false;
}

void
issued_clear(struct issued *issued)
{
	mem_free(issued->caller);
	mem_free(issued->owner);
	mem_free(issued->idempotency);
	mem_free(issued->failure);
	buf_free(&issued->tbs);
	buf_free(&issued->certificate);
	memset(issued, 0, sizeof(*issued));
}
