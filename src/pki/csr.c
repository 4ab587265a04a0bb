/* csr.c - certification requests (RFC 2986): made for a CA, and read. */
#include "p11ca/csr.h"

#include <string.h>

#include "internal.h"
#include "make.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/pem.h"
#include "p11ca/pubkey.h"

#define CSR_MAX 32768 /* bytes of PEM; API reference: Csr */
#define CSR_LABEL "CERTIFICATE REQUEST"
#define CSR_LABEL_OLD "NEW CERTIFICATE REQUEST"

static const struct bytes der_zero = { (const unsigned char *)"", 1 };

/* AccessDescription ::= SEQUENCE { accessMethod, accessLocation } */
static bool
put_access(struct buf *out, const struct csr_wish *wish, struct fault *f)
{
	struct buf all = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < wish->access_count; i++) {
		const struct csr_access *access = &wish->access[i];
		struct buf fields = { 0 };

		ok = der_is_strict(access->location) &&
		    der_put_oid(&fields, DER_OID, access->method);
		buf_append(&fields, access->location);
		put_and_free(&all, DER_SEQUENCE, &fields);
	}
	if (ok) {
		put_and_free(out, DER_SEQUENCE, &all);
		return true;
	}
	buf_free(&all);
	fault_found(f, "a subjectInformationAccess without a proper OID");
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "a dotted OID and a general name",
	    "correct CsrExtensions.SubjectInformationAccess");
}

/* access is taken over; empty: none. */
static void
add_extensions(struct ext_wishes *exts, const struct csr_wish *wish,
    struct buf *access)
{
	struct buf value = { 0 };

	ext_basic_constraints(&value, true, -1);
	ext_wishes_take(exts, OID_BASIC_CONSTRAINTS, true, &value);
	/* At least one bit must be set (RFC 5280, 4.2.1.3). */
	if (wish->has_key_usage && wish->key_usage != 0) {
		ext_key_usage(&value, wish->key_usage);
		ext_wishes_take(exts, OID_KEY_USAGE, true, &value);
	}
	if (access->len > 0)
		ext_wishes_take(exts, OID_SUBJECT_INFO_ACCESS, false, access);
}

/* attributes [0]: one extensionRequest (RFC 2985, 5.4.2), a SET OF with one
 * Extensions in it. */
static bool
put_attributes(struct buf *info, const struct csr_wish *wish, struct fault *f)
{
	struct ext_wishes exts = { 0 };
	struct buf value = { 0 };
	struct buf fields = { 0 };
	struct buf attribute = { 0 };

	if (wish->access_count > 0 && !put_access(&value, wish, f))
		return false;
	put_known_oid(&fields, OID_EXTENSION_REQUEST);
	add_extensions(&exts, wish, &value);
	ext_wishes_put_known(&exts, DER_SET, &fields);
	put_and_free(&attribute, DER_SEQUENCE, &fields);
	put_and_free(info, DER_CONSTRUCTED(0), &attribute);
	return true;
}

static bool
is_name(struct bytes der)
{
	struct name *name = name_from_der(der);
	bool ok = name != NULL && der_is_strict(der);

	name_free(name);
	return ok;
}

bool
csr_tbs(const struct csr_wish *wish, struct buf *out, struct fault *f)
{
	struct buf info = { 0 };
	bool ok;

	buf_free(out);
	if (!is_name(wish->subject)) {
		fault_found(f, "a subject that is not a DER Name");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "a distinguished name", "correct the subject");
	}
	der_put(&info, DER_INTEGER, der_zero);
	buf_append(&info, wish->subject);
	buf_append(&info, wish->spki);
	ok = put_attributes(&info, wish, f);
	if (ok)
		der_put(out, DER_SEQUENCE, buf_bytes(&info));
	buf_free(&info);
	return ok;
}

/* CertificationRequestInfo: version, subject, key, attributes. */
static bool
read_info(struct csr *csr, struct bytes info, struct fault *f)
{
	struct bytes version, content, subject;

	if (!der_is_strict(info))
		return fault_found(f, "a CSR that is not DER");
	if (!der_integer(&info, &version) || !bytes_equal(version, der_zero))
		return fault_found(f, "a CSR of a version other than 1");
	if (!der_take_whole(&info, DER_SEQUENCE, &content, &subject))
		return fault_found(f, "a CSR without a subject");
	csr->subject = name_from_der(subject);
	if (csr->subject == NULL)
		return fault_found(f, "a subject that does not decode");
	if (!der_take_whole(&info, DER_SEQUENCE, &content, &csr->spki))
		return fault_found(f, "a CSR without a public key");
	/* Some software leaves empty attributes out altogether. */
	if (info.len > 0 && !der_take(&info, DER_CONSTRUCTED(0), &content))
		return fault_found(f, "attributes that do not decode");
	return info.len == 0 ||
	    fault_found(f, "%zu bytes after the attributes", info.len);
}

static bool
signature_verifies(struct csr *csr, struct bytes alg, struct bytes signature,
    struct fault *f)
{
	if (!pubkey_from_spki(csr->spki, &csr->key, f))
		return false;
	if (csr->key.evp == NULL)
		return fault_found(f, "a key of kind %s", csr->key.text);
	return pubkey_verify(&csr->key, alg, csr->info, signature) ||
	    fault_found(f, "a signature that its own key does not verify");
}

/* CertificationRequest: info, algorithm, signature; the last two are given. */
static bool
read_parts(struct csr *csr, struct bytes *alg, struct bytes *signature,
    struct fault *f)
{
	struct bytes der = buf_bytes(&csr->der);
	struct bytes parts, info, content, bits;

	if (!der_take(&der, DER_SEQUENCE, &parts) || der.len > 0)
		return fault_found(f, "%zu bytes that are not one DER SEQUENCE",
		    csr->der.len);
	if (!der_take_whole(&parts, DER_SEQUENCE, &info, &csr->info))
		return fault_found(f, "a CSR that is not DER");
	if (!der_take_whole(&parts, DER_SEQUENCE, &content, alg) ||
	    !der_is_strict(content) ||
	    !der_take(&parts, DER_BIT_STRING, &bits) ||
	    !der_bit_octets(bits, signature) || parts.len > 0)
		return fault_found(f, "a signature that is not DER");
	return read_info(csr, info, f);
}

/* Notes what is wrong, without a kind: each caller has its own. */
static bool
csr_from_der(struct bytes der, struct csr **out, struct fault *f)
{
	struct csr *csr = mem_new(sizeof(*csr));
	struct bytes alg, signature;
	bool ok;

	*out = NULL;
	buf_set(&csr->der, der);
	ok = read_parts(csr, &alg, &signature, f) &&
	    signature_verifies(csr, alg, signature, f);
	if (ok) {
		*out = csr;
		csr = NULL; /* the caller's now */
	}
	csr_free(csr);
	return ok;
}

bool
csr_finish(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct buf *pem, struct fault *f)
{
	struct buf parts = { 0 };
	struct buf bits = { 0 };
	struct buf der = { 0 };
	struct csr *csr = NULL;
	bool ok;

	buf_free(pem);
	buf_append(&bits, der_zero); /* no unused bits */
	buf_append(&bits, signature);
	buf_append(&parts, tbs);
	sign_alg_der(alg, &parts);
	put_and_free(&parts, DER_BIT_STRING, &bits);
	put_and_free(&der, DER_SEQUENCE, &parts);
	ok = csr_from_der(buf_bytes(&der), &csr, f);
	if (ok)
		pem_write(pem, CSR_LABEL, buf_bytes(&der));
	else
		fault_raise(f, FAULT_REQUEST_FAILED,
		    "a CSR signed by the CA's own key",
		    "check the key pair and the algorithms of the token");
	csr_free(csr);
	buf_free(&der);
	return ok;
}

#define AGAIN "make the CSR again and send it unchanged"
#define OTHER "give the file with the CSR, as \"openssl req -new\" writes it"
#define TO_PEM                                                                 \
	"convert it to PEM: openssl req -inform DER -in FILE -out FILE.pem"

/* The one block of the text, or NULL with what is wrong noted and what is to be
 * done about it. */
static const struct pem_block *
only_block(const struct pem *pem, const char **todo, struct fault *f)
{
	const struct pem_block *block = pem->block;

	*todo = AGAIN;
	if (pem->blank) {
		*todo = OTHER;
		fault_found(f, "nothing, or nothing but blanks");
	} else if (pem->count == 0) {
		*todo = strcmp(pem->looks_like, PEM_LOOKS_CSR_DER) == 0 ? TO_PEM
									: OTHER;
		fault_found(f, "no PEM block, but what looks like %s",
		    pem->looks_like);
	} else if (pem->flaw[0] != '\0') {
		fault_found(f, "%s", pem->flaw);
	} else if (pem->count > 1) {
		fault_found(f, "%zu PEM blocks", pem->count);
	} else if (strcmp(block->label, CSR_LABEL) != 0 &&
	    strcmp(block->label, CSR_LABEL_OLD) != 0) {
		*todo = OTHER;
		fault_found(f, "a PEM block \"%s\"", block->label);
	} else if (block->flaw[0] != '\0') {
		fault_found(f, "a PEM block with a flaw: %s", block->flaw);
	} else {
		return block;
	}
	return NULL;
}

bool
csr_from_pem(struct bytes text, struct csr **out, struct fault *f)
{
	const struct pem_block *block;
	const char *todo = AGAIN;
	struct pem pem = { 0 };
	bool ok = false;

	*out = NULL;
	if (text.len > CSR_MAX) {
		fault_found(f, "a CSR of more than %d bytes", CSR_MAX);
		goto out;
	}
	pem_read(text, &pem);
	block = only_block(&pem, &todo, f);
	ok = block != NULL && csr_from_der(buf_bytes(&block->der), out, f);
	pem_free(&pem);
out:
	return ok ||
	    fault_raise(f, FAULT_MALFORMED_CSR,
		"one PEM CERTIFICATE REQUEST, 32768 bytes at most, signed by "
		"its own key",
		todo);
}

struct name *
csr_subject(struct bytes text)
{
	const struct pem_block *block;
	struct bytes alg, signature;
	struct name *subject = NULL;
	const char *todo;
	struct fault ignored = { 0 };
	struct csr csr = { 0 };
	struct pem pem = { 0 };

	pem_read(text, &pem);
	block = only_block(&pem, &todo, &ignored);
	if (block != NULL)
		buf_set(&csr.der, buf_bytes(&block->der));
	if (block != NULL && read_parts(&csr, &alg, &signature, &ignored)) {
		subject = csr.subject;
		csr.subject = NULL; /* the caller's now */
	}
	name_free(csr.subject);
	buf_free(&csr.der);
	pem_free(&pem);
	return subject;
}

void
csr_free(struct csr *csr)
{
	if (csr == NULL)
		return;
	name_free(csr->subject);
	pubkey_clear(&csr->key);
	buf_free(&csr->der);
	mem_free(csr);
}
