/* ocsp_fuzz.c - OCSP requests from anyone, and the answers to them. */
#include <stdlib.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/ocsp.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

/* A public key of an algorithm that nobody has: its bits are "key". */
static const unsigned char spki[] = { DER_SEQUENCE, 12, DER_SEQUENCE, 4,
	DER_OID, 2, 0x2a, 0x03, DER_BIT_STRING, 4, 0, 'k', 'e', 'y' };

static void
answer(const struct ocsp_request *request)
{
	static const struct ocsp_answer answers[OCSP_CERTS_MAX] = {
		{ OCSP_REVOKED, 1, 1 },
		{ OCSP_UNKNOWN, 0, 0 },
	};
	struct ocsp_wish wish = { request, answers, { spki, sizeof(spki) }, 1,
		2, 3 };
	struct bytes at, content;
	struct buf tbs, der = { 0 };

	ocsp_tbs(&wish, &tbs);
	ocsp_response((struct bytes){ tbs.p, tbs.len }, SIGN_ED25519,
	    (struct bytes){ spki, sizeof(spki) }, (struct bytes){ NULL, 0 },
	    &der);
	at = (struct bytes){ der.p, der.len };
	if (!der_take(&at, DER_SEQUENCE, &content) || at.len > 0)
		abort();
	buf_free(&tbs);
	buf_free(&der);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static const unsigned char name[] = { DER_SEQUENCE, 0 };
	struct ocsp_request *request = NULL;
	struct fault f = { 0 };
	bool ok = ocsp_request_read((struct bytes){ data, len }, &request, &f);

	if (ok != (request != NULL))
		abort();
	if (!ok) {
		if (f.kind != FAULT_INVALID_ARGS || f.found[0] == '\0')
			abort();
		return 0;
	}
	if (request->count < 1 || request->count > OCSP_CERTS_MAX ||
	    request->nonce.len > 32)
		abort();
	for (size_t i = 0; i < request->count; i++)
		if (request->id[i].serial.len == 0 ||
		    (ocsp_is_about(&request->id[i],
			 (struct bytes){ name, sizeof(name) },
			 (struct bytes){ spki, sizeof(spki) }) &&
			!request->id[i].known_hash))
			abort();
	answer(request);
	ocsp_request_free(request);
	return 0;
}
