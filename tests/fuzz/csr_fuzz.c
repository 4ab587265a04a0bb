/* csr_fuzz.c - requests from anyone. */
#include <stdlib.h>

#include "p11ca/csr.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct csr *csr = NULL;
	struct fault f = { 0 };
	bool ok = csr_from_pem((struct bytes){ data, len }, &csr, &f);

	if (ok != (csr != NULL))
		abort();
	if (!ok && (f.kind != FAULT_MALFORMED_CSR || f.found[0] == '\0'))
		abort();
	if (ok && (csr->info.len == 0 || csr->spki.len == 0))
		abort();
	csr_free(csr);
	return 0;
}
