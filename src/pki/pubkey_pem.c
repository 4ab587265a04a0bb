/* pubkey_pem.c - the public key that a PEM file holds. */
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/pem.h"
#include "p11ca/pubkey.h"

/* Blocks that hold a key, and how many elements of their signed part stand
 * before it (RFC 5280, 4.1; RFC 2986, 4.1). */
static const struct holder {
	const char *label;
	bool is_key; /* the block is the key itself */
	size_t before;
} holders[] = {
	{ "PUBLIC KEY", true, 0 },
	{ "CERTIFICATE REQUEST", false, 2 },
	{ "NEW CERTIFICATE REQUEST", false, 2 },
	{ PEM_CERTIFICATE, false, 5 },
};

static bool
holder_spki(const struct holder *holder, struct bytes der, struct bytes *spki)
{
	struct bytes at = der;
	struct bytes content;
	struct bytes signed_part;
	int tag;

	if (!der_take_whole(&at, DER_SEQUENCE, &content, spki) || at.len > 0)
		return false;
	if (holder->is_key)
		return true;
	if (!der_take(&content, DER_SEQUENCE, &signed_part))
		return false;
	at = signed_part;
	if (der_peek(at) == DER_CONSTRUCTED(0) && /* version */
	    !der_take(&at, DER_CONSTRUCTED(0), &content))
		return false;
	for (size_t i = 0; i < holder->before; i++)
		if (!der_next(&at, &tag, &content, spki))
			return false;
	return der_take_whole(&at, DER_SEQUENCE, &content, spki);
}

static const struct holder *
holder_find(const char *label)
{
	for (size_t i = 0; i < COUNT(holders); i++)
		if (strcmp(holders[i].label, label) == 0)
			return &holders[i];
	return NULL;
}

/* The key of the first block that holds one, borrowed from pem. */
static bool
pem_spki(const struct pem *pem, struct bytes *spki, struct fault *f)
{
	for (size_t i = 0; i < pem->count; i++) {
		const struct pem_block *block = &pem->block[i];
		const struct holder *holder = holder_find(block->label);

		if (holder == NULL)
			continue;
		if (block->flaw[0] != '\0')
			return fault_found(f, "a %s block with %s",
			    block->label, block->flaw);
		return holder_spki(holder, buf_bytes(&block->der), spki) ||
		    fault_found(f, "a %s block that does not decode",
			block->label);
	}
	if (pem->looks_like != NULL)
		return fault_found(f, "%s", pem->looks_like);
	return fault_found(f, "no public key");
}

bool
pubkey_from_pem(struct bytes text, struct buf *spki, struct fault *f)
{
	struct bytes found;
	struct pem pem;
	bool in_pem;
	bool ok;

	memset(spki, 0, sizeof(*spki));
	pem_read(text, &pem);
	in_pem = pem.count > 0;
	ok = pem_spki(&pem, &found, f);
	if (ok)
		buf_set(spki, found);
	pem_free(&pem);
	return ok ||
	    fault_raise(f, FAULT_USAGE,
		"PEM of a public key, a certification request or a "
		"certificate",
		in_pem ? "give the file that holds the key of this CA"
		       : "give the file that holds the key of this CA; one in "
			 "DER becomes PEM with openssl pkey -pubin, req or "
			 "x509, and -inform DER -in FILE -out FILE.pem");
}
