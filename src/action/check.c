/* check.c - every import rule, changing nothing. */
#include "internal.h"

#include <string.h>

/* The key a certificate must be for, when no CA says it. */
static bool
read_key(struct facts *facts, const struct check_request *request,
    struct fault *f)
{
	struct import *in = &facts->in;

	in->type = request->type;
	in->now = request->now;
	in->require_nested_validity = request->require_nested_validity;
	if (request->csr.p == NULL) {
		if (!pubkey_from_pem(request->public_key, &facts->spki, f))
			return false;
		in->csr_spki = buf_bytes(&facts->spki);
		return true;
	}
	if (!csr_from_pem(request->csr, &facts->csr, f))
		return false;
	in->csr_spki = facts->csr->spki;
	in->csr_subject = facts->csr->subject;
	return true;
}

bool
action_check(struct p11ca *p, const struct check_request *request,
    struct import_report *report, struct fault *f)
{
	struct facts facts = { 0 };
	bool ok;

	memset(report, 0, sizeof(*report));
	facts_read(&facts, request->certificate, request->chain);
	ok = request->ca != NULL
	    ? facts_find(&facts, p, request->ca, request->now, f)
	    : read_key(&facts, request, f);
	if (ok) {
		if (facts.certs[0] != NULL)
			facts_ask_token(&facts, p);
		import_judge(&facts.in, report);
	}
	facts_free(&facts);
	return ok;
}
