/* ocsp_test.c - OCSP responses of a CA and of whom it delegated that to. */
#include <openssl/ocsp.h>

#include "ledger.h"
#include "p11ca/certmake.h"

#define NONCE "0123456789abcdef"
#define OID_OCSP_SIGNING "1.3.6.1.5.5.7.3.9"
#define OID_SERVER_AUTH "1.3.6.1.5.5.7.3.1"

/* The CA's certificate as OpenSSL reads it. */
static X509 *
ca_certificate(const struct ledger *l)
{
	BIO *bio = make_must(BIO_new_mem_buf(l->ca->certificate.p,
	    (int)l->ca->certificate.len));
	X509 *x = make_must(PEM_read_bio_X509(bio, NULL, NULL, NULL));

	BIO_free(bio);
	return x;
}

static OCSP_CERTID *
cert_id(X509 *issuer, const char *serial, const EVP_MD *md)
{
	ASN1_INTEGER *number;
	OCSP_CERTID *id;
	BIGNUM *bn = NULL;

	make_sure(BN_hex2bn(&bn, serial) > 0);
	number = make_must(BN_to_ASN1_INTEGER(bn, NULL));
	id = make_must(OCSP_cert_id_new(md, X509_get_subject_name(issuer),
	    X509_get0_pubkey_bitstr(issuer), number));
	ASN1_INTEGER_free(number);
	BN_free(bn);
	return id;
}

/* A request about these serials, with a nonce; the caller's. */
static struct buf
request_for(X509 *issuer, const char *const *serials, const EVP_MD *md)
{
	OCSP_REQUEST *request = make_must(OCSP_REQUEST_new());
	unsigned char nonce[] = NONCE;
	unsigned char *der = NULL;
	int len;

	for (; *serials != NULL; serials++)
		(void)make_must(OCSP_request_add0_id(request,
		    cert_id(issuer, *serials, md)));
	make_sure(OCSP_request_add1_nonce(request, nonce, (int)strlen(NONCE)) ==
	    1);
	len = i2d_OCSP_REQUEST(request, &der);
	OCSP_REQUEST_free(request);
	return make_taken(der, len);
}

static bool
ask(struct ledger *l, const struct buf *der, const char *responder,
    const char *key, struct buf *response)
{
	struct ocsp_request_in in = { .der = buf_bytes(der),
		.responder_key = key };

	if (responder != NULL)
		in.responder = bytes_of(responder);
	memset(&l->s.f, 0, sizeof(l->s.f));
	return action_ocsp(l->s.p, "one", &in, response, &l->s.f);
}

static OCSP_RESPONSE *
read_response(const struct buf *der)
{
	const unsigned char *p = der->p;

	return make_must(d2i_OCSP_RESPONSE(NULL, &p, (long)der->len));
}

static int
status_of(const struct buf *der)
{
	OCSP_RESPONSE *response = read_response(der);
	int status = OCSP_response_status(response);

	OCSP_RESPONSE_free(response);
	return status;
}

/* The basic response, verified up to the CA; NULL: it does not verify. */
static OCSP_BASICRESP *
verified_so(X509 *issuer, const struct buf *der, unsigned long flags)
{
	OCSP_RESPONSE *response = read_response(der);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	X509_STORE *store = make_must(X509_STORE_new());
	STACK_OF(X509) *known = make_must(sk_X509_new_null());

	make_sure(X509_STORE_add_cert(store, issuer) == 1);
	make_sure(sk_X509_push(known, issuer) > 0);
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), STAGE_NOW);
	if (basic != NULL &&
	    OCSP_basic_verify(basic, known, store, flags) != 1) {
		OCSP_BASICRESP_free(basic);
		basic = NULL;
	}
	sk_X509_free(known);
	X509_STORE_free(store);
	OCSP_RESPONSE_free(response);
	return basic;
}

static OCSP_BASICRESP *
verified(X509 *issuer, const struct buf *der)
{
	return verified_so(issuer, der, 0);
}

/* What it says of a serial: V_OCSP_CERTSTATUS_..., -1: nothing. */
static int
answer_of(OCSP_BASICRESP *basic, X509 *issuer, const char *serial,
    const EVP_MD *md, int *reason)
{
	OCSP_CERTID *id = cert_id(issuer, serial, md);
	int status = -1;

	*reason = -1;
	if (OCSP_resp_find_status(basic, id, &status, reason, NULL, NULL,
		NULL) != 1)
		status = -1;
	OCSP_CERTID_free(id);
	return status;
}

static void
expect_answers(const struct buf *response, X509 *issuer, const EVP_MD *md)
{
	OCSP_BASICRESP *basic = verified(issuer, response);
	int reason;

	cr_assert_not_null(basic);
	cr_expect_eq(answer_of(basic, issuer, "A1", md, &reason),
	    V_OCSP_CERTSTATUS_GOOD);
	cr_expect_eq(answer_of(basic, issuer, "B2", md, &reason),
	    V_OCSP_CERTSTATUS_REVOKED);
	cr_expect_eq(reason, OCSP_REVOKED_STATUS_SUPERSEDED);
	cr_expect_eq(answer_of(basic, issuer, "C3", md, &reason),
	    V_OCSP_CERTSTATUS_UNKNOWN);
	OCSP_BASICRESP_free(basic);
}

static const char *const asked[] = { "A1", "B2", "C3", NULL };

static void
open_with_two(struct ledger *l)
{
	ledger_open(l);
	ledger_issue(l, "A1", STAGE_NOW + DAY, 0);
	ledger_issue(l, "B2", STAGE_NOW + DAY, 0);
	ledger_revoke(l, "B2", REASON_SUPERSEDED);
}

Test(ocsp, says_good_revoked_and_unknown)
{
	const EVP_MD *const hashes[] = { EVP_sha1(), EVP_sha256() };
	struct ledger l;
	X509 *issuer;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	for (size_t i = 0; i < COUNT(hashes); i++) {
		struct buf request = request_for(issuer, asked, hashes[i]);
		struct buf response;

		cr_assert(ask(&l, &request, NULL, NULL, &response), "%s",
		    l.s.f.found);
		expect_answers(&response, issuer, hashes[i]);
		EXPECT_ENTRY(&l, "OcspResponse", "\"good\":\"1\"",
		    "\"revoked\":\"1\"", "\"unknown\":\"1\"", l.ca->arn);
		buf_free(&response);
		buf_free(&request);
	}
	X509_free(issuer);
	ledger_close(&l);
}

Test(ocsp, of_another_ca_it_knows_nothing)
{
	struct make_cert recipe = { .subject = "CN=another" };
	const unsigned char *p;
	struct buf der, request, response;
	OCSP_BASICRESP *basic;
	X509 *issuer, *another;
	struct ledger l;
	int reason;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	recipe.key = l.s.root_key;
	der = make_cert_der(&recipe);
	p = der.p;
	another = make_must(d2i_X509(NULL, &p, (long)der.len));
	request = request_for(another, asked, EVP_sha1());
	cr_assert(ask(&l, &request, NULL, NULL, &response));
	basic = verified_so(issuer, &response, OCSP_NOCHECKS);
	cr_assert_not_null(basic);
	cr_expect_eq(answer_of(basic, another, "A1", EVP_sha1(), &reason),
	    V_OCSP_CERTSTATUS_UNKNOWN);
	OCSP_BASICRESP_free(basic);
	buf_free(&response);
	buf_free(&request);
	buf_free(&der);
	X509_free(another);
	X509_free(issuer);
	ledger_close(&l);
}

Test(ocsp, an_intent_is_not_a_certificate_and_a_negative_serial_is_none)
{
	static const char *const serials[] = { "FF", "-5F", "B2", NULL };
	struct buf request, response;
	OCSP_BASICRESP *basic;
	X509 *issuer;
	struct ledger l;
	int reason;

	ledger_open(&l);
	ledger_issue(&l, "FF", STAGE_NOW + DAY, 0);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0); /* -5F in one octet */
	ledger_put(&l, "B2", STAGE_NOW + DAY, 0, false);
	issuer = ca_certificate(&l);
	request = request_for(issuer, serials, EVP_sha1());
	cr_assert(ask(&l, &request, NULL, NULL, &response), "%s", l.s.f.found);
	basic = verified(issuer, &response);
	cr_assert_not_null(basic);
	cr_expect_eq(answer_of(basic, issuer, "FF", EVP_sha1(), &reason),
	    V_OCSP_CERTSTATUS_GOOD);
	cr_expect_eq(answer_of(basic, issuer, "-5F", EVP_sha1(), &reason),
	    V_OCSP_CERTSTATUS_UNKNOWN);
	cr_expect_eq(answer_of(basic, issuer, "B2", EVP_sha1(), &reason),
	    V_OCSP_CERTSTATUS_UNKNOWN);
	OCSP_BASICRESP_free(basic);
	buf_free(&response);
	buf_free(&request);
	X509_free(issuer);
	ledger_close(&l);
}

Test(ocsp, the_nonce_comes_back_and_the_answer_lasts_an_hour)
{
	struct buf request, response;
	ASN1_GENERALIZEDTIME *this_update, *next_update;
	OCSP_BASICRESP *basic;
	X509 *issuer;
	struct ledger l;
	int days, seconds;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	request = request_for(issuer, asked, EVP_sha1());
	cr_assert(ask(&l, &request, NULL, NULL, &response));
	cr_expect_not_null(memmem(response.p, response.len, NONCE,
	    strlen(NONCE)));
	basic = verified(issuer, &response);
	cr_assert_not_null(basic);
	(void)OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL,
	    &this_update, &next_update);
	cr_assert_eq(ASN1_TIME_diff(&days, &seconds, this_update, next_update),
	    1);
	cr_expect_eq(days, 0);
	cr_expect_eq(seconds, 3600);
	OCSP_BASICRESP_free(basic);
	buf_free(&response);
	buf_free(&request);
	X509_free(issuer);
	ledger_close(&l);
}

Test(ocsp, what_is_no_request_is_answered_malformed)
{
	struct buf request = { 0 }, response;
	struct ledger l;

	ledger_open(&l);
	buf_set(&request, bytes_of("no DER"));
	cr_assert(ask(&l, &request, NULL, NULL, &response));
	cr_expect_eq(status_of(&response),
	    OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
	EXPECT_ENTRY(&l, "OcspResponse", "InvalidArgsException");
	buf_free(&response);
	buf_free(&request);
	ledger_close(&l);
}

Test(ocsp, a_ca_without_revocation_is_not_authorized)
{
	struct buf request, response;
	X509 *issuer;
	struct ledger l;
	struct ca *ca;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	request = request_for(issuer, asked, EVP_sha1());
	cr_assert(action_update(l.s.p, "one", false, &ca, &l.s.f));
	ca_free(ca);
	cr_assert(ask(&l, &request, NULL, NULL, &response));
	expect_answers(&response, issuer, EVP_sha1()); /* DISABLED has it */
	buf_free(&response);
	clock_stop(l.ca->not_after + 1);
	cr_assert(ask(&l, &request, NULL, NULL, &response));
	cr_expect_eq(status_of(&response), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	EXPECT_ENTRY(&l, "OcspResponse", "InvalidStateException");
	buf_free(&response);
	clock_stop(STAGE_NOW);
	cr_assert(action_delete(l.s.p, "one", 7, &ca, &l.s.f));
	ca_free(ca);
	cr_assert(ask(&l, &request, NULL, NULL, &response));
	cr_expect_eq(status_of(&response), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	buf_free(&response);
	clock_stop(STAGE_NOW + 7 * DAY);
	cr_expect_not(ask(&l, &request, NULL, NULL, &response));
	cr_expect_eq(l.s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_expect_eq(response.len, 0);
	buf_free(&request);
	X509_free(issuer);
	ledger_close(&l);
}

/* A responder's certificate to be, and the key it is for. */
struct delegate {
	const char *usage; /* OID of extKeyUsage */
	unsigned key_usage;
	int64_t not_before, not_after;
	bool by_another_ca;
	bool revoked;
	struct bytes spki;
};

/* The CA signs a responder's certificate, as PEM; the caller's. */
static char *
sign_delegate(struct ledger *l, const struct delegate *d)
{
	static const unsigned char serial[] = { 0x0d };
	struct ext_wishes exts = { 0 };
	struct buf value = { 0 }, tbs, signature, der = { 0 }, pem = { 0 };
	struct cert_wish wish = { .serial = { serial, sizeof(serial) },
		.sign_alg = l->ca->sign_alg,
		.spki = d->spki,
		.not_before = d->not_before,
		.not_after = d->not_after,
		.exts = &exts };
	struct buf subject = make_name_der("CN=responder");
	struct authority by;
	char *text;

	cr_assert(authority_open(l->s.p, l->ca, &by, &l->s.f));
	cr_assert(ext_ext_key_usage(&value, &d->usage, 1, &l->s.f));
	ext_wishes_add(&exts, "2.5.29.37", false, buf_bytes(&value));
	buf_free(&value);
	ext_key_usage(&value, d->key_usage);
	ext_wishes_add(&exts, "2.5.29.15", true, buf_bytes(&value));
	buf_free(&value);
	wish.issuer = name_der(by.cert->subject);
	wish.subject = buf_bytes(&subject);
	cr_assert(cert_tbs(&wish, &tbs, &l->s.f), "%s", l->s.f.found);
	if (d->by_another_ca)
		signature = make_raw_signature(l->s.root_key, buf_bytes(&tbs));
	else
		cr_assert(authority_sign(&by, buf_bytes(&tbs), &signature,
		    &l->s.f));
	signed_der(buf_bytes(&tbs), l->ca->sign_alg, buf_bytes(&signature),
	    &der);
	make_pem(&pem, "CERTIFICATE", buf_bytes(&der));
	text = mem_text(buf_text(&pem));
	buf_free(&pem);
	buf_free(&der);
	buf_free(&signature);
	buf_free(&tbs);
	buf_free(&subject);
	ext_wishes_clear(&exts);
	authority_close(&by);
	return text;
}

/* A key in the trial token; its SPKI is the caller's. */
static struct buf
make_token_key(struct ledger *l, enum key_alg alg, const char *label)
{
	struct token *token = NULL;
	struct key key;
	struct buf spki = { 0 };

	cr_assert(open_token_of(l->s.p, l->ca, &token, &l->s.f));
	cr_assert(token_make_key(token, alg, bytes_of(label), label, &key,
		      &l->s.f),
	    "%s", l->s.f.found);
	buf_set(&spki, buf_bytes(&key.spki));
	key_clear(&key);
	token_close(token);
	return spki;
}

#define DELEGATE(spki)                                                         \
	{                                                                      \
		OID_OCSP_SIGNING, 1, STAGE_NOW - 1, STAGE_NOW + DAY, false,    \
		    false, buf_bytes(&(spki))                                  \
	}

Test(ocsp, a_delegated_responder_signs_with_its_own_key)
{
	static const enum key_alg algs[] = { KEY_EC_SECP384R1, KEY_RSA_2048 };
	struct ledger l;
	X509 *issuer;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	for (size_t i = 0; i < COUNT(algs); i++) {
		char *label = mem_format("responder%zu", i);
		char *uri = mem_format("pkcs11:object=%s", label);
		struct buf spki = make_token_key(&l, algs[i], label);
		struct delegate good = DELEGATE(spki);
		char *pem = sign_delegate(&l, &good);
		struct buf request = request_for(issuer, asked, EVP_sha1());
		struct buf response;

		cr_assert(ask(&l, &request, pem, uri, &response), "%s",
		    l.s.f.found);
		expect_answers(&response, issuer, EVP_sha1());
		buf_free(&response);
		buf_free(&request);
		buf_free(&spki);
		mem_free(pem);
		mem_free(uri);
		mem_free(label);
	}
	X509_free(issuer);
	ledger_close(&l);
}

static void
is_no_responder(struct delegate *d)
{
	d->usage = OID_SERVER_AUTH;
}
static void
may_not_sign(struct delegate *d)
{
	d->key_usage = 1u << 2;
}
static void
has_expired(struct delegate *d)
{
	d->not_after = STAGE_NOW - 1;
}
static void
is_too_early(struct delegate *d)
{
	d->not_before = STAGE_NOW + 1;
}
static void
is_of_another_ca(struct delegate *d)
{
	d->by_another_ca = true;
}
static void
is_revoked(struct delegate *d)
{
	d->revoked = true;
}

static const struct {
	void (*spoil)(struct delegate *d);
	const char *found;
} spoiled[] = {
	{ is_no_responder, "without OCSPSigning" },
	{ may_not_sign, "keyUsage" },
	{ has_expired, "not valid now" },
	{ is_too_early, "not valid now" },
	{ is_of_another_ca, "did not issue" },
	{ is_revoked, "is revoked" },
};

Test(ocsp, a_responder_that_is_not_delegated_is_refused)
{
	struct buf request, response, spki;
	struct ledger l;
	X509 *issuer;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	request = request_for(issuer, asked, EVP_sha1());
	spki = make_token_key(&l, KEY_EC_PRIME256V1, "r");
	for (size_t i = 0; i < COUNT(spoiled); i++) {
		struct delegate d = DELEGATE(spki);
		char *pem;

		spoiled[i].spoil(&d);
		if (d.revoked) {
			ledger_issue(&l, "0D", STAGE_NOW + DAY, 0);
			ledger_revoke(&l, "0D", REASON_SUPERSEDED);
		}
		pem = sign_delegate(&l, &d);
		cr_expect_not(ask(&l, &request, pem, "pkcs11:object=r",
		    &response));
		cr_expect_eq(l.s.f.kind, FAULT_INVALID_ARGS);
		cr_expect_not_null(strstr(l.s.f.found, spoiled[i].found), "%s",
		    l.s.f.found);
		cr_expect_eq(response.len, 0);
		EXPECT_ENTRY(&l, "OcspResponse", "InvalidArgsException");
		mem_free(pem);
	}
	buf_free(&spki);
	buf_free(&request);
	X509_free(issuer);
	ledger_close(&l);
}

Test(ocsp, a_responders_certificate_needs_its_own_key)
{
	struct buf request, response, spki, other;
	struct delegate good;
	struct ledger l;
	X509 *issuer;
	char *pem;

	open_with_two(&l);
	issuer = ca_certificate(&l);
	request = request_for(issuer, asked, EVP_sha1());
	spki = make_token_key(&l, KEY_EC_PRIME256V1, "r");
	other = make_token_key(&l, KEY_EC_PRIME256V1, "s");
	good = (struct delegate)DELEGATE(spki);
	pem = sign_delegate(&l, &good);
	cr_expect_not(ask(&l, &request, pem, "pkcs11:object=s", &response));
	cr_expect_not_null(strstr(l.s.f.found, "another key"));
	cr_expect_not(ask(&l, &request, pem, NULL, &response));
	cr_expect_not_null(strstr(l.s.f.found, "without its key"));
	cr_expect_not(ask(&l, &request, "no PEM", "pkcs11:object=r",
	    &response));
	cr_expect_not_null(strstr(l.s.f.found, "no single PEM"));
	cr_expect_not_null(strstr(l.s.f.found, "neither PEM nor DER"));
	mem_free(pem);
	buf_free(&other);
	buf_free(&spki);
	buf_free(&request);
	X509_free(issuer);
	ledger_close(&l);
}
