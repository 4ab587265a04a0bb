/* direct.c - sign by C_Sign: what libp11 cannot carry. */
#include "internal.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <string.h>

#include "p11ca/mem.h"

#define SIGNATURE_MAX 2048

static struct bytes
bytes_at(const unsigned char *p, size_t len)
{
	return (struct bytes){ p, len };
}

static bool
crypto_fault(struct fault *f, const char *what)
{
	ERR_clear_error();
	fault_found(f, "OpenSSL cannot %s", what);
	return fault_raise(f, FAULT_OURS, "an OpenSSL with this algorithm",
	    "check the OpenSSL of this system and its configuration");
}

/* --- what is handed to the token -------------------------------------- */

static bool
digest_of(const char *hash, struct bytes data, struct buf *out, struct fault *f)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (EVP_Q_digest(NULL, hash, NULL, data.p, data.len, digest, &len) != 1)
		return crypto_fault(f, "hash");
	buf_set(out, bytes_at(digest, len));
	return true;
}

bool
digest_info(const char *hash, struct bytes data, struct buf *out,
    struct fault *f)
{
	X509_SIG *info = mem_must(X509_SIG_new());
	ASN1_OCTET_STRING *octets = NULL;
	X509_ALGOR *algorithm = NULL;
	struct buf digest = { 0 };
	unsigned char *der = NULL;
	int len = 0;
	bool ok = false;

	if (!digest_of(hash, data, &digest, f))
		goto out;
	X509_SIG_getm(info, &algorithm, &octets);
	if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(OBJ_sn2nid(hash)),
		V_ASN1_NULL, NULL) == 1 &&
	    ASN1_OCTET_STRING_set(octets, digest.p, (int)digest.len) == 1)
		len = i2d_X509_SIG(info, &der);
	ok = len > 0;
	if (ok)
		buf_append(out, bytes_at(der, (size_t)len));
	else
		crypto_fault(f, "encode a DigestInfo");
out:
	OPENSSL_free(der);
	buf_free(&digest);
	X509_SIG_free(info);
	return ok;
}

/* --- what comes back -------------------------------------------------- */

/* r and s of one length each (PKCS#11 2.40, 2.3.1) as Ecdsa-Sig-Value. */
static bool
ecdsa_to_der(struct bytes raw, struct buf *out, struct fault *f)
{
	ECDSA_SIG *sig = mem_must(ECDSA_SIG_new());
	int half = (int)(raw.len / 2);
	BIGNUM *r = mem_must(BN_bin2bn(raw.p, half, NULL));
	BIGNUM *s = mem_must(BN_bin2bn(raw.p + half, half, NULL));
	unsigned char *der = NULL;
	int len = 0;

	if (ECDSA_SIG_set0(sig, r, s) == 1) /* owns both now */
		len = i2d_ECDSA_SIG(sig, &der);
	if (len > 0)
		buf_set(out, bytes_at(der, (size_t)len));
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	return len > 0 || crypto_fault(f, "encode an ECDSA signature");
}

/* --- C_Sign ----------------------------------------------------------- */

/* There is no other way to drop a signature that was begun. */
static void
session_renew(struct token *token, CK_SESSION_HANDLE *at)
{
	CK_FUNCTION_LIST *p11 = token->module->list;
	CK_SESSION_HANDLE session;
	CK_FLAGS flags = CKF_SERIAL_SESSION;
	CK_RV rv;

	if (!token->about.write_protected)
		flags |= CKF_RW_SESSION;
	/* The new one first: closing the last session logs out. */
	rv = p11->C_OpenSession(token->about.slot, flags, NULL, NULL, &session);
	if (rv != CKR_OK)
		return;
	(void)p11->C_CloseSession(*at);
	*at = session;
}

static bool
c_sign(struct token *token, CK_SESSION_HANDLE *session, CK_OBJECT_HANDLE key,
    CK_MECHANISM *mechanism, bool ask_pin, struct bytes input, struct buf *out,
    struct fault *f)
{
	CK_FUNCTION_LIST *p11 = token->module->list;
	CK_ATTRIBUTE in = attribute(0, input.p, input.len); /* sheds const */
	unsigned char signature[SIGNATURE_MAX];
	CK_ULONG len = sizeof(signature);
	CK_BYTE nothing = 0;
	CK_RV rv;

	if (in.pValue == NULL) /* modules refuse a pointer that is NULL */
		in.pValue = &nothing;
	rv = p11->C_SignInit(*session, mechanism, key);
	if (rv == CKR_OPERATION_ACTIVE) {
		session_renew(token, session);
		rv = p11->C_SignInit(*session, mechanism, key);
	}
	if (rv != CKR_OK)
		return token_fault(token, "starting a signature", rv, f);
	if (ask_pin && !token_login_once_more(token, f)) {
		session_renew(token, session);
		return false;
	}
	rv = p11->C_Sign(*session, in.pValue, in.ulValueLen, signature, &len);
	if (rv != CKR_OK)
		return token_fault(token, "signing", rv, f);
	buf_set(out, bytes_at(signature, len));
	return true;
}

bool
direct_sign(struct token *token, CK_SESSION_HANDLE *session,
    CK_OBJECT_HANDLE key, enum sign_alg alg, bool ask_pin, struct bytes data,
    struct buf *out, struct fault *f)
{
	const struct sign_mechanism *row = &sign_mechanisms[alg];
	const struct sign_alg_row *about = &sign_algs[alg];
	CK_RSA_PKCS_PSS_PARAMS pss = { row->hash, row->mgf, 0 };
	CK_MECHANISM mechanism = { row->direct, NULL, 0 };
	struct bytes input = data;
	struct buf hashed = { 0 };
	struct buf raw = { 0 };
	bool ok = true;

	if (about->family == FAMILY_RSA && !about->pss)
		ok = digest_info(about->hash, data, &hashed, f);
	else if (about->hash != NULL)
		ok = digest_of(about->hash, data, &hashed, f);
	if (!ok)
		goto out;
	if (about->hash != NULL)
		input = buf_bytes(&hashed);
	if (about->pss) {
		pss.sLen = hashed.len;
		mechanism.pParameter = &pss;
		mechanism.ulParameterLen = sizeof(pss);
	}
	ok = c_sign(token, session, key, &mechanism, ask_pin, input, &raw, f);
	if (ok && about->family == FAMILY_EC)
		ok = ecdsa_to_der(buf_bytes(&raw), out, f);
	else if (ok)
		buf_set(out, buf_bytes(&raw));
out:
	buf_free(&raw);
	buf_free(&hashed);
	return ok;
}
