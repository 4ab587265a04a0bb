/* ocsp_response_test.c - responses that OpenSSL believes. */
#include "ocsp_bench.h"
#include "p11ca/certmake.h"

#define NOW 1767225600 /* 2026-01-01T00:00:00Z */

/* What OpenSSL is told of each certificate. */
static const struct {
	struct ocsp_answer answer;
	int status;
	int reason; /* of a revoked one; -1: none is given */
} answers[] = {
	{ { OCSP_GOOD, 0, 0 }, V_OCSP_CERTSTATUS_GOOD, -1 },
	{ { OCSP_REVOKED, NOW - 5, 0 }, V_OCSP_CERTSTATUS_REVOKED, -1 },
	{ { OCSP_REVOKED, NOW - 5, 1 }, V_OCSP_CERTSTATUS_REVOKED, 1 },
	{ { OCSP_REVOKED, 4102444800, 10 }, V_OCSP_CERTSTATUS_REVOKED, 10 },
	{ { OCSP_UNKNOWN, 0, 0 }, V_OCSP_CERTSTATUS_UNKNOWN, -1 },
};

/* Answer a request, signed by this key; certificate may be NULL. */
static OCSP_RESPONSE *
response_made(const struct ocsp_request *request, EVP_PKEY *signer,
    enum sign_alg alg, X509 *certificate)
{
	struct ocsp_answer list[COUNT(answers)];
	struct buf spki = make_spki(signer);
	struct ocsp_wish wish = { request, list, buf_bytes(&spki), NOW,
		NOW - 60, NOW + 3600 };
	struct buf tbs, sig, delegated = { 0 };
	struct buf der = { 0 };
	const unsigned char *p;
	OCSP_RESPONSE *response;

	cr_assert_leq(request->count, COUNT(answers));
	for (size_t i = 0; i < COUNT(answers); i++)
		list[i] = answers[i].answer;
	ocsp_tbs(&wish, &tbs);
	sig = make_raw_signature(signer, buf_bytes(&tbs));
	if (certificate != NULL) {
		unsigned char *cert = NULL;
		int len = i2d_X509(certificate, &cert);

		delegated = make_taken(cert, len);
	}
	ocsp_response(buf_bytes(&tbs), alg, buf_bytes(&sig),
	    buf_bytes(&delegated), &der);
	cr_expect_str_eq(ocsp_status(buf_bytes(&der)), "successful");
	p = der.p;
	response = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
	cr_assert_not_null(response);
	cr_expect_eq(p, der.p + der.len);
	buf_free(&spki);
	buf_free(&tbs);
	buf_free(&sig);
	buf_free(&delegated);
	buf_free(&der);
	return response;
}

/* Does OpenSSL believe it, which knows the CA alone? */
static bool
openssl_believes(const struct bench *b, OCSP_BASICRESP *basic, X509 *known)
{
	X509_STORE *store = make_must(X509_STORE_new());
	STACK_OF(X509) *certs = make_must(sk_X509_new_null());
	bool ok;

	make_sure(X509_STORE_add_cert(store, b->ca) == 1);
	make_sure(sk_X509_push(certs, known) > 0);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW);
	ok = OCSP_basic_verify(basic, certs, store, 0) == 1;
	sk_X509_free(certs);
	X509_STORE_free(store);
	ERR_clear_error();
	return ok;
}

static int64_t
time_of(const ASN1_GENERALIZEDTIME *time)
{
	struct tm tm;

	cr_assert_not_null(time);
	cr_assert_eq(time->type, V_ASN1_GENERALIZEDTIME);
	cr_assert_eq(ASN1_TIME_to_tm(time, &tm), 1);
	return timegm(&tm);
}

static void
expect_answer(const struct bench *b, OCSP_BASICRESP *basic, const char *hash,
    int n)
{
	OCSP_CERTID *id = id_made(b, hash, n + 1);
	ASN1_GENERALIZEDTIME *at = NULL, *from = NULL, *to = NULL;
	int status = -2, reason = -2;

	cr_assert_eq(OCSP_resp_find_status(basic, id, &status, &reason, &at,
			 &from, &to),
	    1);
	cr_expect_eq(status, answers[n].status, "%d", n);
	cr_expect_eq(time_of(from), NOW - 60);
	cr_expect_eq(time_of(to), NOW + 3600);
	if (status == V_OCSP_CERTSTATUS_REVOKED) {
		cr_expect_eq(time_of(at), answers[n].answer.revoked_at);
		cr_expect_eq(reason, answers[n].reason, "%d", n);
	}
	OCSP_CERTID_free(id);
}

static const struct {
	const char *key;
	enum sign_alg alg;
	const char *hash;
} kinds[] = {
	{ "P-256", SIGN_SHA256WITHECDSA, "SHA1" },
	{ "RSA-2048", SIGN_SHA256WITHRSA, "SHA256" },
	{ "ED25519", SIGN_ED25519, "SHA384" },
};

Test(ocsp_response, a_response_says_of_each_certificate_what_became_of_it)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct ocsp_request *request;
		OCSP_REQUEST *made;
		OCSP_RESPONSE *response;
		OCSP_BASICRESP *basic;
		struct bench b;

		bench_new(&b, kinds[i].key);
		made = request_made(&b, kinds[i].hash, (int)COUNT(answers), 32);
		request = request_taken_over(made);
		response = response_made(request, b.key, kinds[i].alg, NULL);
		cr_expect_eq(OCSP_response_status(response),
		    OCSP_RESPONSE_STATUS_SUCCESSFUL);
		basic = OCSP_response_get1_basic(response);
		cr_assert_not_null(basic);
		cr_expect(openssl_believes(&b, basic, b.ca), "%s",
		    kinds[i].key);
		cr_expect_eq(OCSP_check_nonce(made, basic), 1);
		cr_expect_eq(OCSP_resp_count(basic), (int)COUNT(answers));
		cr_expect_eq(time_of(OCSP_resp_get0_produced_at(basic)), NOW);
		for (int n = 0; n < (int)COUNT(answers); n++)
			expect_answer(&b, basic, kinds[i].hash, n);
		OCSP_BASICRESP_free(basic);
		OCSP_RESPONSE_free(response);
		ocsp_request_free(request);
		OCSP_REQUEST_free(made);
		bench_free(&b);
	}
}

Test(ocsp_response, a_response_names_its_responder_by_key)
{
	const ASN1_OCTET_STRING *id = NULL;
	const X509_NAME *name = NULL;
	struct ocsp_request *request;
	OCSP_REQUEST *made;
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic;
	unsigned char key_id[20];
	struct bench b;

	bench_new(&b, "P-256");
	made = request_made(&b, "SHA1", 1, 0);
	request = request_taken_over(made);
	response = response_made(request, b.key, SIGN_SHA256WITHECDSA, NULL);
	basic = OCSP_response_get1_basic(response);
	cr_assert_not_null(basic);
	cr_assert_eq(OCSP_resp_get0_id(basic, &id, &name), 1);
	cr_expect_null(name);
	key_id_of(buf_bytes(&b.spki), key_id);
	cr_expect(bytes_equal(string_of(id),
	    (struct bytes){ key_id, sizeof(key_id) }));
	/* Neither asked for nor given. */
	cr_expect_eq(OCSP_check_nonce(made, basic), 2);
	cr_expect_eq(OCSP_BASICRESP_get_ext_count(basic), 0);
	cr_expect_eq(sk_X509_num(OCSP_resp_get0_certs(basic)),
	    sk_X509_num(NULL));
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ocsp_request_free(request);
	OCSP_REQUEST_free(made);
	bench_free(&b);
}

static const struct make_ext responder_exts[] = {
	{ "keyUsage", true, "digitalSignature", NULL, 0 },
	{ "extendedKeyUsage", false, "OCSPSigning", NULL, 0 },
};

Test(ocsp_response, a_delegated_responder_sends_its_certificate)
{
	struct make_cert recipe = { .subject = "CN=Responder",
		.issuer = CA_NAME,
		MAKE_EXTS(responder_exts) };
	struct ocsp_request *request;
	OCSP_REQUEST *made;
	EVP_PKEY *key = make_key("P-256");
	struct bench b;
	X509 *responder;

	bench_new(&b, "P-256");
	recipe.key = key;
	recipe.signer = b.key;
	responder = x509_made(&recipe);
	made = request_made(&b, "SHA1", 1, 1);
	request = request_taken_over(made);
	for (int sent = 0; sent <= 1; sent++) {
		OCSP_RESPONSE *response = response_made(request, key,
		    SIGN_SHA256WITHECDSA, sent ? responder : NULL);
		OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);

		cr_assert_not_null(basic);
		cr_expect_eq(openssl_believes(&b, basic, b.ca), sent == 1);
		cr_expect_eq(OCSP_check_nonce(made, basic), 1);
		OCSP_BASICRESP_free(basic);
		OCSP_RESPONSE_free(response);
	}
	ocsp_request_free(request);
	OCSP_REQUEST_free(made);
	X509_free(responder);
	EVP_PKEY_free(key);
	bench_free(&b);
}

/* The CertID comes back as it was asked, absent parameters included. */
Test(ocsp_response, a_response_repeats_the_cert_id)
{
	static const char *const text = "30(30(" WITH_ALG(SHA1_OID) "))";
	struct ocsp_answer answer = { OCSP_UNKNOWN, 0, 0 };
	struct ocsp_request *request;
	struct ocsp_wish wish = { .answer = &answer };
	struct buf der = { 0 };
	struct buf tbs, asked = { 0 };
	struct bytes at, fields, part;
	struct bench b;

	bench_new(&b, "P-256");
	append_text(&der, text, NULL);
	append_text(&asked, "30(30(" SHA1_OID ")" HASH HASH "020101)", NULL);
	request = request_read(buf_bytes(&der));
	wish.request = request;
	wish.responder_spki = buf_bytes(&b.spki);
	ocsp_tbs(&wish, &tbs);
	at = buf_bytes(&tbs);
	cr_assert(der_take(&at, DER_SEQUENCE, &fields));
	cr_assert(der_take(&fields, DER_CONSTRUCTED(2), &part));
	cr_assert(der_take(&fields, DER_GENERALIZED_TIME, &part));
	cr_expect(bytes_equal(part, bytes_of("19700101000000Z")));
	cr_assert(der_take(&fields, DER_SEQUENCE, &at));
	cr_expect_eq(fields.len, 0);
	cr_assert(der_take(&at, DER_SEQUENCE, &fields));
	cr_assert_gt(fields.len, asked.len + 2);
	cr_expect_eq(memcmp(fields.p, asked.p, asked.len), 0);
	cr_expect_eq(fields.p[asked.len], 0x82);
	cr_expect_eq(fields.p[asked.len + 1], 0);
	ocsp_request_free(request);
	buf_free(&der);
	buf_free(&tbs);
	buf_free(&asked);
	bench_free(&b);
}

static const struct {
	int status;
	const char *name;
} errors[] = {
	{ OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, "malformedRequest" },
	{ OCSP_RESPONSE_STATUS_INTERNALERROR, "internalError" },
	{ OCSP_RESPONSE_STATUS_TRYLATER, "tryLater" },
	{ OCSP_RESPONSE_STATUS_SIGREQUIRED, "sigRequired" },
	{ OCSP_RESPONSE_STATUS_UNAUTHORIZED, "unauthorized" },
};

Test(ocsp_response, an_error_is_a_status_alone)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct buf der = { 0 };
		OCSP_RESPONSE *response;
		const unsigned char *p;

		ocsp_error(errors[i].status, &der);
		cr_expect_eq(der.len, 5);
		p = der.p;
		response = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
		cr_assert_not_null(response);
		cr_expect_eq(OCSP_response_status(response), errors[i].status);
		cr_expect_str_eq(ocsp_status(buf_bytes(&der)), errors[i].name);
		cr_expect_null(OCSP_response_get1_basic(response));
		OCSP_RESPONSE_free(response);
		buf_free(&der);
	}
}
