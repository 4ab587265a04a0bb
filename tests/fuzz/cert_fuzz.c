/* cert_fuzz.c - certificates from anyone: read, shown, asked, compared. */
#include <stdlib.h>
#include <string.h>

#include "p11ca/cert.h"
#include "p11ca/chain.h"
#include "p11ca/mem.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

/* Everything borrowed lies in the certificate's own bytes. */
static void
check_lies_in(const struct cert *cert, struct bytes b)
{
	const unsigned char *end = cert->der.p + cert->der.len;

	if (b.len > 0 && (b.p < cert->der.p || b.p + b.len > end))
		abort();
}

static void
check(const struct cert *cert)
{
	const struct bytes borrowed[] = { cert->tbs, cert->sig_alg,
		cert->signature, cert->serial, cert->spki, cert->subject_key_id,
		cert->authority_key_id, cert->name_constraints };
	char title[64];
	char *serial = cert_serial_text(cert);
	size_t order;

	for (size_t i = 0; i < COUNT(borrowed); i++)
		check_lies_in(cert, borrowed[i]);
	for (size_t i = 0; i < cert->ext_count; i++) {
		check_lies_in(cert, cert->ext[i].value);
		if (strlen(cert->ext[i].name) == 0)
			abort();
	}
	if (cert->serial.len == 0 || cert->serial.len > 20 ||
	    cert->not_after < cert->not_before || !cert_same(cert, cert))
		abort();
	(void)cert_title(cert, title, sizeof(title));
	(void)chain_find_order(cert, &cert, 1, &order);
	mem_free(serial);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct cert *cert = NULL;
	struct fault f = { 0 };

	if (cert_from_der((struct bytes){ data, len }, &cert, &f)) {
		check(cert);
		/* Strict, so nothing may follow. */
		if (cert->der.len != len)
			abort();
	} else if (cert != NULL || f.found[0] == '\0') {
		abort();
	}
	cert_free(cert);
	return 0;
}
