/*
 * issue_bench.h - requests for certificates, and looking at what comes of them
 * with OpenSSL.
 */
#ifndef P11CA_TESTS_ISSUE_BENCH_H
#define P11CA_TESTS_ISSUE_BENCH_H

#include "stage.h"

#define BENCH __attribute__((unused)) static
#define DAY 86400

#define ISSUING_STATE                                                          \
	"The certificate authority is not in a valid state for issuing "       \
	"certificates"

/* An extension of a request or of ApiPassthrough, as make_ext. */
#define EXT_TEXT(name, critical, text)                                         \
	{                                                                      \
		name, critical, text, NULL, 0                                  \
	}
#define EXT_DER(oid, critical, der)                                            \
	{                                                                      \
		oid, critical, NULL, (const unsigned char *)(der),             \
		    sizeof(der) - 1                                            \
	}

static X509_EXTENSION *
bench_extension(const struct make_ext *ext)
{
	return ext->text != NULL ? make_extension_from_text(NULL, ext)
				 : make_extension_from_der(ext);
}

/* A request with these extensions, not signed yet. */
static X509_REQ *
bench_request(EVP_PKEY *key, const char *subject, const struct make_ext *exts,
    size_t count)
{
	STACK_OF(X509_EXTENSION) *list =
	    make_must(sk_X509_EXTENSION_new_null());
	X509_REQ *req = make_must(X509_REQ_new());
	X509_NAME *name = make_name(subject);

	make_sure(X509_REQ_set_subject_name(req, name) == 1);
	make_sure(X509_REQ_set_pubkey(req, key) == 1);
	for (size_t i = 0; i < count; i++)
		make_sure(sk_X509_EXTENSION_push(list,
			      bench_extension(&exts[i])) > 0);
	if (count > 0)
		make_sure(X509_REQ_add_extensions(req, list) == 1);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_NAME_free(name);
	return req;
}

/* A CSR as PEM, appended to out. */
BENCH void
bench_csr(struct buf *out, EVP_PKEY *key, const char *subject,
    const struct make_ext *exts, size_t count)
{
	X509_REQ *req = bench_request(key, subject, exts, count);
	unsigned char *p = NULL;
	struct buf der;
	int len;

	make_sure(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	len = i2d_X509_REQ(req, &p);
	der = make_taken(p, len);
	make_pem(out, "CERTIFICATE REQUEST", buf_bytes(&der));
	buf_free(&der);
	X509_REQ_free(req);
}

/* The same with the key of a CA here, signed by its token. */
BENCH void
bench_csr_of_ca(struct stage *s, const struct ca *ca, struct buf *out,
    const char *subject, const struct make_ext *exts, size_t count)
{
	EVP_PKEY *key = make_key_from_spki(buf_bytes(&ca->key_spki));
	X509_REQ *req = bench_request(key, subject, exts, count);
	struct token_place place;
	struct token *token = NULL;
	struct key found = { 0 };
	struct buf tbs, signature = { 0 }, der = { 0 };
	unsigned char *p = NULL;
	int len;

	p11ca_place(s->p, NULL, &place);
	len = i2d_re_X509_REQ_tbs(req, &p);
	tbs = make_taken(p, len);
	cr_assert(token_open(&place, true, NULL, &token, &s->f));
	cr_assert(token_find_key(token, buf_bytes(&ca->key_id), &found, &s->f));
	cr_assert(token_sign(token, &found, ca->sign_alg, buf_bytes(&tbs),
	    &signature, &s->f));
	signed_der(buf_bytes(&tbs), ca->sign_alg, buf_bytes(&signature), &der);
	make_pem(out, "CERTIFICATE REQUEST", buf_bytes(&der));
	token_close(token);
	key_clear(&found);
	buf_free(&tbs);
	buf_free(&signature);
	buf_free(&der);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

/* What ApiPassthrough brings; api_passthrough members are the caller's. */
BENCH void
bench_api(struct api_passthrough *api, const char *subject,
    const struct make_ext *exts, size_t count)
{
	memset(api, 0, sizeof(*api));
	if (subject != NULL) {
		api->has_subject = true;
		api->subject = make_name_der(subject);
	}
	for (size_t i = 0; i < count; i++) {
		X509_EXTENSION *ext = bench_extension(&exts[i]);
		ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
		char oid[128];

		OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext),
		    1);
		ext_wishes_add(&api->exts, oid, exts[i].critical,
		    (struct bytes){ ASN1_STRING_get0_data(value),
			(size_t)ASN1_STRING_length(value) });
		X509_EXTENSION_free(ext);
	}
}

BENCH void
bench_api_clear(struct api_passthrough *api)
{
	buf_free(&api->subject);
	ext_wishes_clear(&api->exts);
}

/* Ask, with 30 days where nothing is said. */
BENCH bool
bench_issue(struct stage *s, struct issue_request *request, struct issued *out)
{
	memset(&s->f, 0, sizeof(s->f));
	if (request->validity_value == 0) {
		request->validity = VALIDITY_DAYS;
		request->validity_value = 30;
	}
	return action_issue(s->p, request, out, &s->f);
}

/* A CSR of "CN=www.example.org" with a fresh key, and nothing else. */
BENCH void
bench_plain_csr(struct buf *out)
{
	EVP_PKEY *key = make_key("P-256");

	bench_csr(out, key, "CN=www.example.org", NULL, 0);
	EVP_PKEY_free(key);
}

/* One that is issued without further ado. */
BENCH struct issued
bench_issue_plain(struct stage *s, const char *ca)
{
	struct buf csr = { 0 };
	struct issue_request request = { .ca = ca };
	struct issued out;

	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	cr_assert(bench_issue(s, &request, &out), "%s", s->f.found);
	buf_free(&csr);
	return out;
}

/* The same, to be refused like this. */
BENCH void
bench_refused(struct stage *s, struct issue_request *request,
    enum fault_kind kind, const char *rule, const char *found)
{
	struct issued out;

	cr_expect_not(bench_issue(s, request, &out), "%s", found);
	cr_expect_eq(s->f.kind, kind, "%s", s->f.found);
	if (rule != NULL)
		cr_expect(s->f.rule != NULL && strcmp(s->f.rule, rule) == 0,
		    "%s: %s", rule, s->f.found);
	cr_expect(strstr(s->f.found, found), "%s", s->f.found);
	cr_expect(s->f.want != NULL && s->f.todo != NULL);
	issued_clear(&out);
}

BENCH X509 *
bench_x509(const struct issued *issued)
{
	const unsigned char *p = issued->certificate.p;

	return make_must(d2i_X509(NULL, &p, (long)issued->certificate.len));
}

/* The certificate of a CA as OpenSSL sees it. */
BENCH X509 *
bench_ca_x509(const struct ca *ca)
{
	BIO *bio = make_must(BIO_new_mem_buf(ca->certificate.p,
	    (int)ca->certificate.len));
	X509 *x = make_must(PEM_read_bio_X509(bio, NULL, NULL, NULL));

	BIO_free(bio);
	return x;
}

/* What a BIO holds, as text; the caller's, free(). */
BENCH char *
bench_taken(BIO *bio)
{
	char *data = NULL, *text;
	long len = BIO_get_mem_data(bio, &data);

	text = make_must(strndup(data, (size_t)len));
	BIO_free(bio);
	return text;
}

/* "O=Example,CN=Root"; the caller's, free(). */
BENCH char *
bench_name_text(const X509_NAME *name)
{
	BIO *bio = make_must(BIO_new(BIO_s_mem()));

	X509_NAME_print_ex(bio, name, 0,
	    XN_FLAG_COMPAT | XN_FLAG_SEP_COMMA_PLUS);
	return bench_taken(bio);
}

static inline bool
bench_note_state(const struct issued *issued, int64_t position, void *context)
{
	size_t *counts = context;

	counts[issued->state]++;
	return true;
}

/* How many there are of each state. */
BENCH void
bench_count(struct stage *s, const char *which, size_t counts[ISSUED_STATES])
{
	struct ca *ca = NULL;

	memset(counts, 0, ISSUED_STATES * sizeof(*counts));
	cr_assert(action_describe(s->p, which, &ca, &s->f));
	cr_assert(register_each(p11ca_store(s->p), ca->uuid, 0,
	    bench_note_state, counts, &s->f));
	ca_free(ca);
}

/* There are so many certificates, and nothing else. */
BENCH void
bench_expect_only(struct stage *s, const char *ca, size_t done)
{
	size_t counts[ISSUED_STATES];

	bench_count(s, ca, counts);
	cr_expect_eq(counts[ISSUED_DONE], done);
	cr_expect_eq(counts[ISSUED_INTENT], 0);
	cr_expect_eq(counts[ISSUED_FAILED], 0);
}

#endif
