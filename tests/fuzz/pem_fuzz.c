/* pem_fuzz.c - PEM: what is taken is what OpenSSL's reader would take. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
nothing_is_wrong(const struct pem *pem)
{
	for (size_t i = 0; i < pem->count; i++)
		if (pem->block[i].flaw[0] != '\0')
			return false;
	return pem->flaw[0] == '\0';
}

/* Does OpenSSL read these blocks, and no more? */
static bool
openssl_agrees(struct bytes text, const struct pem *pem)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.len);
	unsigned char *der;
	size_t count = 0;
	char *header;
	char *name;
	bool same = true;
	long len;

	while (PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		same = same && count < pem->count && header[0] == '\0' &&
		    bytes_equal(buf_bytes(&pem->block[count].der),
			(struct bytes){ der, (size_t)len });
		count++;
		OPENSSL_free(der);
		OPENSSL_free(header);
		OPENSSL_free(name);
	}
	ERR_clear_error();
	BIO_free(bio);
	return same && count == pem->count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { data, size };
	struct pem pem;

	pem_read(text, &pem);
	if ((pem.certificates == 0) != (pem.looks_like != NULL))
		abort();
	for (size_t i = 0; i < pem.count; i++)
		if ((pem.block[i].flaw[0] == '\0') !=
		    (pem.block[i].der.len > 0))
			abort();
	if (nothing_is_wrong(&pem) && size > 0 && !openssl_agrees(text, &pem))
		abort();
	pem_free(&pem);
	return 0;
}
