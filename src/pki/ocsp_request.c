/* ocsp_request.c - OCSP requests (RFC 6960, 4.1), read strictly. */
#include <string.h>

#include "internal.h"
#include "make.h"
#include "p11ca/mem.h"
#include "p11ca/ocsp.h"

#define NONCE_MAX 32 /* octets (RFC 8954, 2.1) */
#define OID_TEXT_MAX 32

/* Hashes by which an issuer can be named here. */
static const struct {
	const char *oid;
	bool sha256;
} hashes[] = {
	{ "1.3.14.3.2.26", false },
	{ "2.16.840.1.101.3.4.2.1", true },
};

/* AlgorithmIdentifier; parameters of the hashes we know are NULL or absent. */
static bool
read_hash(struct bytes fields, struct ocsp_cert_id *id, struct fault *f)
{
	char text[OID_TEXT_MAX];
	struct bytes oid, null;

	if (!der_take(&fields, DER_OID, &oid))
		return fault_found(f, "a hash algorithm without an OID");
	if (!der_oid_text(oid, text, sizeof(text)))
		return true; /* too long to be one of them */
	for (size_t i = 0; i < COUNT(hashes); i++)
		if (strcmp(hashes[i].oid, text) == 0) {
			id->known_hash = true;
			id->sha256 = hashes[i].sha256;
		}
	return !id->known_hash || fields.len == 0 ||
	    (der_take(&fields, DER_NULL, &null) && fields.len == 0) ||
	    fault_found(f, "a hash algorithm with odd parameters");
}

/* CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash,
 * serialNumber } */
static bool
read_id(struct bytes *at, struct ocsp_cert_id *id, struct fault *f)
{
	struct bytes fields, alg;

	if (!der_take_whole(at, DER_SEQUENCE, &fields, &id->whole) ||
	    !der_take(&fields, DER_SEQUENCE, &alg))
		return fault_found(f, "a CertID that does not decode");
	if (!read_hash(alg, id, f))
		return false;
	return (der_take(&fields, DER_OCTET_STRING, &id->name_hash) &&
		   der_take(&fields, DER_OCTET_STRING, &id->key_hash) &&
		   der_integer(&fields, &id->serial) && fields.len == 0) ||
	    fault_found(f, "a CertID that does not decode");
}

/* Nonce ::= OCTET STRING (SIZE(1..32)), within the OCTET STRING that every
 * extension has. */
static bool
read_nonce(struct bytes value, struct bytes *nonce, struct fault *f)
{
	struct bytes octets;

	if (!der_take(&value, DER_OCTET_STRING, &octets) || value.len > 0)
		return fault_found(f, "a nonce that is no OCTET STRING");
	if (octets.len < 1 || octets.len > NONCE_MAX)
		return fault_found(f, "a nonce of %zu octets", octets.len);
	*nonce = octets;
	return true;
}

/* What is in a list of extensions.  nonce is NULL where none belongs. */
static bool
look_through(const struct cert *facts, struct bytes *nonce, struct fault *f)
{
	for (size_t i = 0; i < facts->ext_count; i++) {
		const struct ext *ext = &facts->ext[i];

		if (nonce != NULL && strcmp(ext->name, OID_OCSP_NONCE) == 0) {
			if (!read_nonce(ext->value, nonce, f))
				return false;
		} else if (ext->critical) {
			return fault_found(f, "the critical extension %s",
			    ext->name);
		}
	}
	return true;
}

/* Extensions in an explicit [n], when they are there. */
static bool
read_extensions(struct bytes *at, int n, struct bytes *nonce, struct fault *f)
{
	struct cert facts = { 0 }; /* only its extensions */
	struct bytes field, list;
	bool ok;

	if (der_peek(*at) != DER_CONSTRUCTED(n))
		return true;
	if (!der_take(at, DER_CONSTRUCTED(n), &field) ||
	    !der_take(&field, DER_SEQUENCE, &list) || field.len > 0 ||
	    list.len == 0)
		return fault_found(f, "extensions that do not decode");
	ok = ext_read_all(list, &facts, f) && look_through(&facts, nonce, f);
	mem_free(facts.ext);
	return ok;
}

/* requestList: each a SEQUENCE { reqCert, singleRequestExtensions [0] } */
static bool
read_list(struct ocsp_request *request, struct bytes list, struct fault *f)
{
	if (list.len == 0)
		return fault_found(f, "a request about no certificate");
	request->id = mem_array(OCSP_CERTS_MAX, sizeof(*request->id));
	while (list.len > 0) {
		struct bytes one;

		if (request->count == OCSP_CERTS_MAX)
			return fault_found(f,
			    "a request about over %d certificates",
			    OCSP_CERTS_MAX);
		if (!der_take(&list, DER_SEQUENCE, &one))
			return fault_found(f,
			    "a request about a certificate that does not "
			    "decode");
		if (!read_id(&one, &request->id[request->count], f) ||
		    !read_extensions(&one, 0, NULL, f))
			return false;
		if (one.len > 0)
			return fault_found(f, "%zu bytes after a CertID",
			    one.len);
		request->count++;
	}
	return true;
}

/* requestorName [1], one GeneralName; nobody looks into it. */
static bool
skip_requestor(struct bytes *at, struct fault *f)
{
	struct bytes name, content, whole;
	int tag;

	if (der_peek(*at) != DER_CONSTRUCTED(1))
		return true;
	return (der_take(at, DER_CONSTRUCTED(1), &name) &&
		   der_next(&name, &tag, &content, &whole) && name.len == 0) ||
	    fault_found(f, "a requestorName that does not decode");
}

/* TBSRequest ::= SEQUENCE { version [0], requestorName [1], requestList,
 * requestExtensions [2] } */
static bool
read_tbs(struct ocsp_request *request, struct bytes at, struct fault *f)
{
	struct bytes list;

	/* Version 1 is the default, which DER leaves out (X.690, 11.5). */
	if (der_peek(at) == DER_CONSTRUCTED(0))
		return fault_found(f, "a version that is written out");
	if (!skip_requestor(&at, f))
		return false;
	if (!der_take(&at, DER_SEQUENCE, &list))
		return fault_found(f, "a requestList that does not decode");
	if (!read_list(request, list, f) ||
	    !read_extensions(&at, 2, &request->nonce, f))
		return false;
	return at.len == 0 ||
	    fault_found(f, "%zu bytes after the fields of the request", at.len);
}

/* OCSPRequest ::= SEQUENCE { tbsRequest, optionalSignature [0] } */
static bool
read_request(struct ocsp_request *request, struct fault *f)
{
	struct bytes der = buf_bytes(&request->der);
	struct bytes parts, tbs, signature, content;

	if (!der_is_strict(der) || !der_take(&der, DER_SEQUENCE, &parts) ||
	    der.len > 0 || !der_take(&parts, DER_SEQUENCE, &tbs))
		return fault_found(f, "%zu bytes that are no request in DER",
		    request->der.len);
	if (der_peek(parts) == DER_CONSTRUCTED(0) &&
	    (!der_take(&parts, DER_CONSTRUCTED(0), &signature) ||
		!der_take(&signature, DER_SEQUENCE, &content) ||
		signature.len > 0))
		return fault_found(f, "a signature that does not decode");
	if (parts.len > 0)
		return fault_found(f, "%zu bytes after the request", parts.len);
	return read_tbs(request, tbs, f);
}

bool
ocsp_request_read(struct bytes der, struct ocsp_request **out, struct fault *f)
{
	struct ocsp_request *request = NULL;
	bool ok = false;

	*out = NULL;
	if (der.len > OCSP_REQUEST_MAX) {
		fault_found(f, "a request of %zu bytes", der.len);
		goto out;
	}
	request = mem_new(sizeof(*request));
	buf_set(&request->der, der);
	ok = read_request(request, f);
	if (!ok)
		goto out;
	*out = request;
	request = NULL; /* the caller's now */
out:
	ocsp_request_free(request);
	return ok ||
	    fault_raise(f, FAULT_INVALID_ARGS,
		"an OCSP request in DER (RFC 6960) about 1 to 100 "
		"certificates, its nonce of 1 to 32 octets",
		"ask with a client that follows RFC 6960 and RFC 8954");
}
