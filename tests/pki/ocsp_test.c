/* ocsp_test.c - requests that OpenSSL made, and others, read strictly. */
#include "ocsp_bench.h"

static const struct {
	const char *hash;
	bool sha256;
	bool known;
} hashes[] = {
	{ "SHA1", false, true },
	{ "SHA256", true, true },
	{ "SHA384", false, false },
	{ "MD5", false, false },
};

Test(ocsp, a_request_says_which_certificates_are_asked_for)
{
	struct bench b, other;

	bench_new(&b, "P-256");
	bench_new(&other, "P-256");
	for (size_t i = 0; i < COUNT(hashes); i++) {
		OCSP_REQUEST *made = request_made(&b, hashes[i].hash, 2, 0);
		struct ocsp_request *request = request_taken_over(made);

		cr_assert_eq(request->count, 2);
		cr_expect_eq(request->nonce.len, 0);
		for (size_t n = 0; n < 2; n++) {
			const struct ocsp_cert_id *id = &request->id[n];

			cr_expect_eq(id->known_hash, hashes[i].known);
			cr_expect_eq(id->sha256, hashes[i].sha256);
			cr_assert_eq(id->serial.len, 1);
			cr_expect_eq(id->serial.p[0], n + 1);
			cr_expect_eq(ocsp_is_about(id, buf_bytes(&b.name),
					 buf_bytes(&b.spki)),
			    hashes[i].known, "%s", hashes[i].hash);
			cr_expect_not(ocsp_is_about(id, buf_bytes(&b.name),
			    buf_bytes(&other.spki)));
			cr_expect_not(ocsp_is_about(id, buf_bytes(&b.spki),
			    buf_bytes(&b.spki)));
			cr_expect_not(ocsp_is_about(id, buf_bytes(&b.name),
			    buf_bytes(&b.name)));
			cr_expect_not(ocsp_is_about(id,
			    (struct bytes){ NULL, 0 },
			    (struct bytes){ NULL, 0 }));
		}
		ocsp_request_free(request);
		OCSP_REQUEST_free(made);
	}
	bench_free(&b);
	bench_free(&other);
}

Test(ocsp, a_signed_request_with_a_name_is_read_all_the_same)
{
	struct bench b;
	OCSP_REQUEST *made;
	struct ocsp_request *request;

	bench_new(&b, "RSA-2048");
	made = request_made(&b, "SHA1", 1, 16);
	make_sure(OCSP_request_sign(made, b.ca, b.key, EVP_sha256(), NULL, 0) ==
	    1);
	request = request_taken_over(made);
	cr_expect_eq(request->count, 1);
	cr_expect_eq(request->nonce.len, 16);
	ocsp_request_free(request);
	OCSP_REQUEST_free(made);
	bench_free(&b);
}

static const struct {
	int len;
	bool ok;
} nonces[] = { { 1, true }, { 16, true }, { 32, true }, { 33, false },
	{ 64, false } };

/* RFC 8954, 2.1 */
Test(ocsp, a_nonce_has_1_to_32_octets)
{
	struct bench b;

	bench_new(&b, "P-256");
	for (size_t i = 0; i < COUNT(nonces); i++) {
		OCSP_REQUEST *made = request_made(&b, "SHA1", 1, nonces[i].len);
		struct buf der = request_der(made);
		struct ocsp_request *request = NULL;
		struct fault f = { 0 };

		cr_expect_eq(ocsp_request_read(buf_bytes(&der), &request, &f),
		    nonces[i].ok, "%d: %s", nonces[i].len, f.found);
		if (request != NULL) {
			cr_expect_eq(request->nonce.len, (size_t)nonces[i].len);
			/* The octets that are last in the request. */
			cr_expect(bytes_equal(request->nonce,
			    (struct bytes){
				der.p + der.len - request->nonce.len,
				request->nonce.len }));
		} else {
			cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
			cr_expect(strstr(f.found, "a nonce of"), "%s", f.found);
		}
		ocsp_request_free(request);
		OCSP_REQUEST_free(made);
		buf_free(&der);
	}
	bench_free(&b);
}

static void
expect_refused(struct bytes der, const char *found)
{
	struct ocsp_request *request = (struct ocsp_request *)&der;
	struct fault f = { 0 };

	cr_assert_not(ocsp_request_read(der, &request, &f), "accepted: %s",
	    found);
	cr_expect_null(request);
	cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
	cr_expect(strstr(f.found, found), "\"%s\" for \"%s\"", f.found, found);
}

Test(ocsp, a_request_is_about_100_certificates_at_most)
{
	static const int counts[] = { 100, 101 };
	struct bench b;

	bench_new(&b, "P-256");
	for (size_t i = 0; i < COUNT(counts); i++) {
		OCSP_REQUEST *made = request_made(&b, "SHA256", counts[i], 32);
		struct buf der = request_der(made);

		if (counts[i] <= OCSP_CERTS_MAX) {
			struct ocsp_request *request =
			    request_read(buf_bytes(&der));

			cr_expect_eq(request->count, 100);
			ocsp_request_free(request);
		} else {
			expect_refused(buf_bytes(&der), "over 100");
		}
		OCSP_REQUEST_free(made);
		buf_free(&der);
	}
	bench_free(&b);
}

Test(ocsp, a_request_is_not_longer_than_64_kib)
{
	static const unsigned char zeros[OCSP_REQUEST_MAX + 1];

	expect_refused((struct bytes){ zeros, OCSP_REQUEST_MAX + 1 },
	    "a request of 65537 bytes");
	expect_refused((struct bytes){ zeros, OCSP_REQUEST_MAX },
	    "65536 bytes that are no request");
}

Test(ocsp, a_request_cut_short_is_refused)
{
	struct bench b;
	OCSP_REQUEST *made;
	struct buf der;

	bench_new(&b, "P-256");
	made = request_made(&b, "SHA1", 2, 32);
	der = request_der(made);
	for (size_t len = 0; len < der.len; len++) {
		unsigned char *cut = malloc(len + 1); /* to be watched */

		cr_assert_not_null(cut);
		memcpy(cut, der.p, len);
		expect_refused((struct bytes){ cut, len }, "no request in DER");
		free(cut);
	}
	buf_text_append(&der, "x");
	expect_refused(buf_bytes(&der), "no request in DER");
	OCSP_REQUEST_free(made);
	buf_free(&der);
	bench_free(&b);
}

/* clang-format off */
#define ONE "30(" CERT_ID ")"

#define PLAIN "30(06(2a03)04(61))"
#define CRITICAL "30(06(2a03)0101ff04(61))"
#define NONCE(value) "30(06(2b0601050507300102)04(" value "))"

/* The parts of a request; NULL: as in a good one. */
static const struct {
	const char *found; /* NULL: it is good */
	const char *before; /* version and requestorName */
	const char *list;
	const char *exts;
	const char *signature;
} parts[] = {
	{ NULL, NULL, NULL, NULL, NULL },
	{ NULL, "a1(82(6162))", NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL, "a0(30())" },
	{ NULL, NULL, NULL, "a2(30(" PLAIN "))", NULL },
	{ NULL, NULL, NULL, "a2(30(" PLAIN NONCE("04(61)") "))", NULL },
	{ NULL, NULL, "30(30(" CERT_ID "a0(30(" PLAIN "))))", NULL, NULL },
	{ NULL, NULL, WITH_ALG(SHA1_OID), NULL, NULL },
	{ NULL, NULL, WITH_ALG(SHA1_OID "05()"), NULL, NULL },
	{ NULL, NULL, WITH_ALG("06(2a03)30(020101)"), NULL, NULL },

	{ "a version that is written out", "a0(020100)", NULL, NULL, NULL },
	{ "a version that is written out", "a0(020101)", NULL, NULL, NULL },
	{ "requestorName", "a1()", NULL, NULL, NULL },
	{ "requestorName", "a1(82(6162)82(6162))", NULL, NULL, NULL },
	{ "requestList", "82(61)", NULL, NULL, NULL },
	{ "about no certificate", NULL, "30()", NULL, NULL },
	{ "a certificate that does not decode", NULL, "30(020101)", NULL, NULL },
	{ "a CertID that does not decode", NULL, "30(30())", NULL, NULL },
	{ "a CertID that does not decode", NULL, "30(30(30()))", NULL, NULL },
	{ "a CertID that does not decode", NULL,
	    "30(30(30(30(" SHA1_OID ")" HASH "020101)))", NULL, NULL },
	{ "a CertID that does not decode", NULL,
	    "30(30(30(30(" SHA1_OID ")" HASH HASH "0201010500)))", NULL, NULL },
	{ "2 bytes after a CertID", NULL, "30(30(" CERT_ID "0500))", NULL,
	    NULL },
	{ "a hash algorithm without an OID", NULL, WITH_ALG(""), NULL, NULL },
	{ "odd parameters", NULL, WITH_ALG(SHA1_OID "30(0500)"), NULL, NULL },
	{ "odd parameters", NULL, WITH_ALG(SHA1_OID "05000500"), NULL, NULL },
	{ "no request in DER", NULL, WITH_ALG(SHA1_OID "0501ff"), NULL, NULL },
	{ "the critical extension 1.2.3", NULL,
	    "30(30(" CERT_ID "a0(30(" CRITICAL "))))", NULL, NULL },
	{ "the critical extension 1.3.6.1.5.5.7.48.1.2", NULL,
	    "30(30(" CERT_ID "a0(30(30(06(2b0601050507300102)0101ff"
	    "04(04(61)))))))", NULL, NULL },
	{ "extensions that do not decode", NULL,
	    "30(30(" CERT_ID "a0(30())))", NULL, NULL },
	{ "extensions that do not decode", NULL, NULL, "a2(30())", NULL },
	{ "extensions that do not decode", NULL, NULL, "a2(0500)", NULL },
	{ "extensions that do not decode", NULL, NULL,
	    "a2(30(" PLAIN ")0500)", NULL },
	{ "an extension that is not DER", NULL, NULL, "a2(30(30(0500)))",
	    NULL },
	{ "the critical extension 1.2.3", NULL, NULL, "a2(30(" CRITICAL "))",
	    NULL },
	{ "extension 1.2.3 twice", NULL, NULL, "a2(30(" PLAIN PLAIN "))", NULL },
	{ "extension 1.3.6.1.5.5.7.48.1.2 twice", NULL, NULL,
	    "a2(30(" NONCE("04(61)") NONCE("04(61)") "))", NULL },
	{ "a nonce of 0 octets", NULL, NULL, "a2(30(" NONCE("04()") "))",
	    NULL },
	{ "a nonce that is no OCTET STRING", NULL, NULL,
	    "a2(30(" NONCE("61") "))", NULL },
	{ "a nonce that is no OCTET STRING", NULL, NULL,
	    "a2(30(" NONCE("04(61)0500") "))", NULL },
	{ "2 bytes after the fields", NULL, NULL, "0500", NULL },
	{ "2 bytes after the request", NULL, NULL, NULL, "0500" },
	{ "a signature that does not decode", NULL, NULL, NULL, "a0(0500)" },
	{ "4 bytes after the request", NULL, NULL, NULL, "a0(30())a0(30())" },
};
/* clang-format on */

Test(ocsp, a_request_is_read_strictly)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct buf tbs = { 0 };
		struct buf whole = { 0 };
		struct buf der = { 0 };

		append_text(&tbs, parts[i].before, "");
		append_text(&tbs, parts[i].list, "30(" ONE ")");
		append_text(&tbs, parts[i].exts, "");
		der_put(&whole, DER_SEQUENCE, buf_bytes(&tbs));
		append_text(&whole, parts[i].signature, "");
		der_put(&der, DER_SEQUENCE, buf_bytes(&whole));
		if (parts[i].found != NULL)
			expect_refused(buf_bytes(&der), parts[i].found);
		else
			ocsp_request_free(request_read(buf_bytes(&der)));
		buf_free(&tbs);
		buf_free(&whole);
		buf_free(&der);
	}
}

Test(ocsp, a_request_that_is_none_can_be_freed)
{
	ocsp_request_free(NULL);
}
