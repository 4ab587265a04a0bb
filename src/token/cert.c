/* cert.c - a certificate beside its key, for other users of the token. */
#include "internal.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <limits.h>
#include <string.h>

#include "p11ca/mem.h"

/* Issuer and serial number, by which other programs look for it. */
static bool
issuer_and_serial(struct bytes der, struct buf *issuer, struct buf *serial)
{
	const unsigned char *at = der.p;
	X509 *cert =
	    der.len > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)der.len);
	unsigned char *name = NULL;
	unsigned char *number = NULL;
	int name_len = -1;
	int number_len = -1;

	if (cert != NULL && at == der.p + der.len) {
		name_len = i2d_X509_NAME(X509_get_issuer_name(cert), &name);
		number_len =
		    i2d_ASN1_INTEGER(X509_get_serialNumber(cert), &number);
	}
	if (name_len > 0 && number_len > 0) {
		buf_set(issuer, (struct bytes){ name, (size_t)name_len });
		buf_set(serial, (struct bytes){ number, (size_t)number_len });
	}
	OPENSSL_free(name);
	OPENSSL_free(number);
	X509_free(cert);
	ERR_clear_error();
	return name_len > 0 && number_len > 0;
}

/* Whether one of the certificates with the key's ID is this one. */
static bool
is_there(struct token *token, struct bytes id, struct bytes der, bool *there,
    struct fault *f)
{
	CK_OBJECT_HANDLE *list = NULL;
	struct buf value = { 0 };
	size_t count = 0;

	*there = false;
	if (!objects_by_id(token, CKO_CERTIFICATE, id, &list, &count, f))
		return false;
	object_reads_begin(token);
	for (size_t i = 0; i < count && !*there; i++)
		*there =
		    object_get(token, list[i], CKA_VALUE, &value) == CKR_OK &&
		    bytes_equal(buf_bytes(&value), der);
	buf_free(&value);
	mem_free(list);
	return object_reads_end(token, f);
}

static bool
cert_create(struct token *token, const struct key *key, struct bytes der,
    struct bytes subject, const struct buf *issuer, const struct buf *serial,
    struct fault *f)
{
	static const CK_BBOOL yes = CK_TRUE;
	static const CK_BBOOL no = CK_FALSE;
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_CERTIFICATE_TYPE, &type, sizeof(type)),
		attribute(CKA_TOKEN, &yes, sizeof(yes)),
		attribute(CKA_PRIVATE, &no, sizeof(no)),
		attribute(CKA_ID, key->id.p, key->id.len),
		attribute(CKA_LABEL, key->label, strlen(key->label)),
		attribute(CKA_SUBJECT, subject.p, subject.len),
		attribute(CKA_ISSUER, issuer->p, issuer->len),
		attribute(CKA_SERIAL_NUMBER, serial->p, serial->len),
		attribute(CKA_VALUE, der.p, der.len),
	};
	CK_RV rv;

	rv = token->module->list->C_CreateObject(token->session, template,
	    COUNT(template), &object);
	return rv == CKR_OK ||
	    token_fault(token, "storing a certificate", rv, f);
}

bool
cert_store(struct token *token, const struct key *key, struct bytes der,
    struct bytes subject, struct fault *f)
{
	struct buf issuer = { 0 };
	struct buf serial = { 0 };
	bool there = false;
	bool ok = false;

	if (key->id.len == 0 || !issuer_and_serial(der, &issuer, &serial)) {
		fault_found(f, "no certificate, or no CKA_ID to store it by");
		fault_raise(f, FAULT_TOKEN, "a certificate and its key",
		    "store the certificate of the CA beside its key");
		goto out;
	}
	ok = is_there(token, buf_bytes(&key->id), der, &there, f) &&
	    (there ||
		cert_create(token, key, der, subject, &issuer, &serial, f));
out:
	buf_free(&issuer);
	buf_free(&serial);
	return ok;
}
