/* ocsp.c - which certificate an OCSP request is about (RFC 6960, 4.1.1). */
#include "p11ca/ocsp.h"

#include <openssl/sha.h>
#include <string.h>

#include "make.h"
#include "p11ca/mem.h"

void
ocsp_request_free(struct ocsp_request *request)
{
	if (request == NULL)
		return;
	mem_free(request->id);
	buf_free(&request->der);
	mem_free(request);
}

/* Is that the hash of data? */
static bool
is_hash_of(struct bytes hash, bool sha256, struct bytes data)
{
	unsigned char out[SHA256_DIGEST_LENGTH];
	struct bytes expected = { out, SHA_DIGEST_LENGTH };

	if (sha256) {
		expected.len = SHA256_DIGEST_LENGTH;
		(void)mem_must(SHA256(data.p, data.len, out));
	} else {
		(void)mem_must(SHA1(data.p, data.len, out));
	}
	return bytes_equal(hash, expected);
}

bool
ocsp_is_about(const struct ocsp_cert_id *id, struct bytes issuer_name,
    struct bytes issuer_spki)
{
	struct bytes key = spki_key_octets(issuer_spki);

	return id->known_hash && issuer_name.len > 0 && key.p != NULL &&
	    is_hash_of(id->name_hash, id->sha256, issuer_name) &&
	    is_hash_of(id->key_hash, id->sha256, key);
}
