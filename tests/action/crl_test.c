/* crl_test.c - CRLs: what is in them, where they lie, when they are due. */
#include <fcntl.h>

#include "ledger.h"

#define CRLS_ON                                                                \
	"{\"CrlConfiguration\":{\"Enabled\":true,\"ExpirationInDays\":10,"     \
	"\"S3BucketName\":\"crls\"}}"

/* A CRL as OpenSSL reads it. */
struct read_crl {
	X509_CRL *x;
	struct crl_summary sum;
	struct buf der;
};

static bool
try_crl(struct ledger *l, int64_t partition, struct read_crl *out)
{
	const unsigned char *p;

	memset(out, 0, sizeof(*out));
	memset(&l->s.f, 0, sizeof(l->s.f));
	if (!action_crl(l->s.p, "one", partition, &out->der, &out->sum,
		&l->s.f))
		return false;
	p = out->der.p;
	out->x = make_must(d2i_X509_CRL(NULL, &p, (long)out->der.len));
	cr_expect_eq(p, out->der.p + out->der.len);
	return true;
}

static void
make_crl(struct ledger *l, int64_t partition, struct read_crl *out)
{
	cr_assert(try_crl(l, partition, out), "%s", l->s.f.found);
}

static void
crl_clear(struct read_crl *crl)
{
	X509_CRL_free(crl->x);
	mem_free(crl->sum.path);
	buf_free(&crl->der);
}

static int64_t
number_of(const struct read_crl *crl)
{
	ASN1_INTEGER *n =
	    make_must(X509_CRL_get_ext_d2i(crl->x, NID_crl_number, NULL, NULL));
	int64_t number = 0;

	make_sure(ASN1_INTEGER_get_int64(&number, n) == 1);
	ASN1_INTEGER_free(n);
	return number;
}

static int64_t
seconds_of(const ASN1_TIME *at)
{
	struct tm tm;

	make_sure(ASN1_TIME_to_tm(at, &tm) == 1);
	return clock_from_parts(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* CRLReason of an entry, 0 when it has none; -1: not listed. */
static int
reason_of(const struct read_crl *crl, const char *tail)
{
	ASN1_ENUMERATED *code;
	X509_REVOKED *entry = NULL;
	BIGNUM *bn = NULL;
	ASN1_INTEGER *serial;
	int reason = -1;

	make_sure(BN_hex2bn(&bn, tail) > 0);
	serial = make_must(BN_to_ASN1_INTEGER(bn, NULL));
	if (X509_CRL_get0_by_serial(crl->x, &entry, serial) == 1) {
		code =
		    X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
		reason = code == NULL ? 0 : (int)ASN1_ENUMERATED_get(code);
		ASN1_ENUMERATED_free(code);
	}
	ASN1_INTEGER_free(serial);
	BN_free(bn);
	return reason;
}

static bool
is_signed_by_the_ca(const struct ledger *l, const struct read_crl *crl)
{
	EVP_PKEY *key = make_key_from_spki(buf_bytes(&l->ca->key_spki));
	bool ok = X509_CRL_verify(crl->x, key) == 1;

	EVP_PKEY_free(key);
	return ok;
}

/* URI of the issuingDistributionPoint, or ""; the caller's. */
static char *
idp_of(const struct read_crl *crl, int *critical)
{
	ISSUING_DIST_POINT *idp = X509_CRL_get_ext_d2i(crl->x,
	    NID_issuing_distribution_point, critical, NULL);
	GENERAL_NAME *name;
	char *uri;

	if (idp == NULL)
		return mem_text("");
	name = sk_GENERAL_NAME_value(idp->distpoint->name.fullname, 0);
	uri = mem_format("%.*s",
	    ASN1_STRING_length(name->d.uniformResourceIdentifier),
	    (const char *)
		ASN1_STRING_get0_data(name->d.uniformResourceIdentifier));
	ISSUING_DIST_POINT_free(idp);
	return uri;
}

Test(crl, one_that_is_not_configured_is_made_and_not_published)
{
	struct read_crl crl;
	struct ledger l;
	int critical;
	char *idp;

	ledger_open(&l);
	make_crl(&l, 0, &crl);
	cr_expect(is_signed_by_the_ca(&l, &crl));
	cr_expect_eq(number_of(&crl), STAGE_NOW * INT64_C(1000));
	cr_expect_eq(crl.sum.number, number_of(&crl));
	cr_expect_eq(crl.sum.entries, 0);
	cr_expect_null(crl.sum.path);
	cr_expect_eq(seconds_of(X509_CRL_get0_lastUpdate(crl.x)), STAGE_NOW);
	cr_expect_eq(seconds_of(X509_CRL_get0_nextUpdate(crl.x)),
	    STAGE_NOW + 7 * DAY);
	cr_expect_eq(crl.sum.next_update, STAGE_NOW + 7 * DAY);
	idp = idp_of(&crl, &critical);
	cr_expect_str_eq(idp, "", "a complete one is about everything");
	mem_free(idp);
	crl_clear(&crl);
	EXPECT_ENTRY(&l, "GenerateCrl", "\"1800000000000\"",
	    "\"published\":\"no\"", l.ca->arn);
	ledger_close(&l);
}

Test(crl, lists_what_is_revoked_and_why)
{
	struct read_crl crl;
	struct ledger l;

	ledger_open(&l);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0);
	ledger_issue(&l, "B2", STAGE_NOW + DAY, 0);
	ledger_issue(&l, "C3", STAGE_NOW + DAY, 0);
	ledger_revoke(&l, "A1", REASON_UNSPECIFIED);
	ledger_revoke(&l, "B2", REASON_PRIVILEGE_WITHDRAWN);
	make_crl(&l, 0, &crl);
	cr_expect(is_signed_by_the_ca(&l, &crl));
	cr_expect_eq(crl.sum.entries, 2);
	cr_expect_eq(reason_of(&crl, "A1"), 0);
	cr_expect_eq(reason_of(&crl, "B2"), 9);
	cr_expect_eq(reason_of(&crl, "C3"), -1);
	crl_clear(&crl);
	ledger_close(&l);
}

Test(crl, one_that_is_configured_lies_in_its_bucket)
{
	struct read_crl crl;
	struct buf file;
	struct ledger l;
	char *path;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	make_crl(&l, 0, &crl);
	path = mem_format("%s/buckets/crls/crl/%s.crl", l.s.home, l.ca->uuid);
	cr_expect_str_eq(crl.sum.path, path);
	cr_expect(file_is_private(path, &l.s.f), "%s", l.s.f.found);
	cr_assert(file_read(path, 100000, &file, &l.s.f));
	cr_expect(bytes_equal(buf_bytes(&file), buf_bytes(&crl.der)));
	cr_expect_eq(crl.sum.next_update, STAGE_NOW + 10 * DAY);
	EXPECT_ENTRY(&l, "GenerateCrl", path, "\"done\"");
	buf_free(&file);
	mem_free(path);
	crl_clear(&crl);
	ledger_close(&l);
}

Test(crl, the_number_grows_whatever_the_clock_does)
{
	struct ledger l;
	int64_t last = 0;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	for (int i = 0; i < 4; i++) {
		struct read_crl crl;

		clock_stop(STAGE_NOW - i / 2 * DAY);
		make_crl(&l, 0, &crl);
		cr_expect_gt(crl.sum.number, last);
		last = crl.sum.number;
		crl_clear(&crl);
	}
	ledger_close(&l);
}

Test(crl, what_expired_is_listed_once_more)
{
	struct read_crl crl;
	struct ledger l;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0);
	ledger_revoke(&l, "A1", REASON_SUPERSEDED);
	make_crl(&l, 0, &crl);
	cr_expect_eq(reason_of(&crl, "A1"), 4);
	crl_clear(&crl);
	clock_stop(STAGE_NOW + 2 * DAY);
	make_crl(&l, 0, &crl);
	cr_expect_eq(reason_of(&crl, "A1"), 4);
	crl_clear(&crl);
	clock_stop(STAGE_NOW + 2 * DAY + 1);
	make_crl(&l, 0, &crl);
	cr_expect_eq(reason_of(&crl, "A1"), -1);
	cr_expect_eq(crl.sum.entries, 0);
	crl_clear(&crl);
	ledger_close(&l);
}

Test(crl, that_of_a_part_says_which_one_it_is)
{
	struct crl_state part;
	struct read_crl crl;
	struct ledger l;
	int critical = 0;
	char *idp, *uri;
	struct ca_settings *settings;

	ledger_open(&l);
	ledger_configure(&l,
	    "{\"CrlConfiguration\":{\"Enabled\":true,\"ExpirationInDays\":1,"
	    "\"S3BucketName\":\"crls\",\"CrlType\":\"PARTITIONED\","
	    "\"CustomCname\":\"pki.example\",\"CustomPath\":\"a/b\"}}");
	cr_assert(store_begin(p11ca_store(l.s.p), &l.s.f));
	cr_assert(crl_assign(p11ca_store(l.s.p), l.ca->uuid, true, &part,
	    &l.s.f));
	cr_assert(store_commit(p11ca_store(l.s.p), &l.s.f));
	ledger_issue(&l, "A1", STAGE_NOW + DAY, part.partition);
	ledger_issue(&l, "B2", STAGE_NOW + DAY, 0);
	ledger_revoke(&l, "A1", REASON_KEY_COMPROMISE);
	ledger_revoke(&l, "B2", REASON_KEY_COMPROMISE);
	make_crl(&l, part.partition, &crl);
	cr_assert(ca_settings_read(l.ca->settings, &settings, &l.s.f));
	uri = crl_uri(l.s.p, settings, &part);
	idp = idp_of(&crl, &critical);
	cr_expect_str_eq(idp, uri);
	cr_expect_eq(strncmp(idp, "http://pki.example/a/b/", 23), 0);
	cr_expect_eq(critical, 1);
	cr_expect_eq(reason_of(&crl, "A1"), 1);
	cr_expect_eq(reason_of(&crl, "B2"), -1);
	cr_expect_not_null(strstr(crl.sum.path, part.guid));
	crl_clear(&crl);
	make_crl(&l, 0, &crl);
	cr_expect_eq(crl.sum.entries, 2, "the complete one has all");
	crl_clear(&crl);
	mem_free(uri);
	mem_free(idp);
	ca_settings_free(settings);
	ledger_close(&l);
}

/* Without its place it would pass for the complete one. */
Test(crl, that_of_a_part_is_not_made_when_crls_are_off)
{
	struct crl_state part;
	struct read_crl crl;
	struct ledger l;

	ledger_open(&l);
	cr_assert(store_begin(p11ca_store(l.s.p), &l.s.f));
	cr_assert(crl_assign(p11ca_store(l.s.p), l.ca->uuid, true, &part,
	    &l.s.f));
	cr_assert(store_commit(p11ca_store(l.s.p), &l.s.f));
	cr_expect_not(try_crl(&l, part.partition, &crl));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_ARGS);
	cr_expect(strstr(l.s.f.found, "without a place"), "%s", l.s.f.found);
	EXPECT_ENTRY(&l, "GenerateCrl", "InvalidArgsException");
	make_crl(&l, 0, &crl);
	crl_clear(&crl);
	ledger_close(&l);
}

Test(crl, refusals_are_in_the_audit_log_and_take_no_number)
{
	struct read_crl crl;
	struct ledger l;
	struct ca *ca;

	ledger_open(&l);
	cr_expect_not(try_crl(&l, 7, &crl));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_ARGS);
	EXPECT_ENTRY(&l, "GenerateCrl", "InvalidArgsException");
	cr_assert(action_update(l.s.p, "one", false, &ca, &l.s.f));
	ca_free(ca);
	make_crl(&l, 0, &crl); /* DISABLED still has CRLs */
	cr_expect_eq(crl.sum.number, STAGE_NOW * INT64_C(1000));
	crl_clear(&crl);
	cr_assert(action_delete(l.s.p, "one", 30, &ca, &l.s.f));
	ca_free(ca);
	cr_expect_not(try_crl(&l, 0, &crl));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_STATE);
	EXPECT_ENTRY(&l, "GenerateCrl", "InvalidStateException", l.ca->arn);
	cr_expect_not(action_crl(l.s.p, "nobody", 0, &crl.der, &crl.sum,
	    &l.s.f));
	EXPECT_ENTRY(&l, "GenerateCrl", "ResourceNotFoundException");
	ledger_close(&l);
}

/* Somebody else begins a CRL while this one waits for the PIN. */
static void
overtake(const struct ledger *l, const char *pin_file, struct bytes pin)
{
	struct p11ca *p = NULL;
	struct fault f = { 0 };
	int64_t number;
	int fd = open(pin_file, O_WRONLY);

	if (fd < 0 || !p11ca_open(l->s.home, true, NULL, &p, &f) ||
	    !store_begin(p11ca_store(p), &f) ||
	    !crl_number(p11ca_store(p), l->ca->uuid, 0, 0, &number, &f) ||
	    !store_commit(p11ca_store(p), &f) ||
	    write(fd, pin.p, pin.len) != (ssize_t)pin.len)
		_exit(1);
	p11ca_close(p);
	_exit(0);
}

Test(crl, one_that_was_overtaken_is_not_published)
{
	struct read_crl crl;
	struct ledger l;
	struct buf pin;
	int status = -1;
	char *path;
	pid_t pid;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	path = mem_format("%s/softhsm/pin", l.s.home);
	cr_assert(file_read(path, 1000, &pin, &l.s.f));
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	pid = fork();
	if (pid == 0)
		overtake(&l, path, buf_bytes(&pin));
	make_crl(&l, 0, &crl);
	cr_expect_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);
	cr_expect(is_signed_by_the_ca(&l, &crl), "it is a good one");
	cr_expect_null(crl.sum.path);
	EXPECT_ENTRY(&l, "GenerateCrl", "no: a newer one is under way");
	crl_clear(&crl);
	buf_free(&pin);
	mem_free(path);
	ledger_close(&l);
}

static size_t
due(struct ledger *l)
{
	size_t made = 0;

	cr_expect(action_crl_due(l->s.p, &made, &l->s.f), "%s", l->s.f.found);
	return made;
}

Test(crl, is_due_when_new_or_changed_or_half_its_time_is_over)
{
	struct ledger l;

	ledger_open(&l);
	cr_expect_eq(due(&l), 0, "none is configured");
	ledger_configure(&l, CRLS_ON);
	cr_expect_eq(due(&l), 1);
	cr_expect_eq(due(&l), 0);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0);
	cr_expect_eq(due(&l), 0);
	ledger_revoke(&l, "A1", REASON_SUPERSEDED);
	cr_expect_eq(due(&l), 1);
	cr_expect_eq(due(&l), 0);
	clock_stop(STAGE_NOW + 5 * DAY - 1);
	cr_expect_eq(due(&l), 0);
	clock_stop(STAGE_NOW + 5 * DAY);
	cr_expect_eq(due(&l), 1);
	cr_expect_eq(due(&l), 0);
	clock_stop(STAGE_NOW + 5 * DAY - 1);
	cr_expect_eq(due(&l), 1, "one that has not begun is none");
	cr_expect_eq(due(&l), 0);
	ledger_close(&l);
}

Test(crl, one_that_cannot_be_sent_stays_due)
{
	struct read_crl crl;
	struct conf *conf;
	struct ledger l;
	char *path;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	conf = l.s.p->conf;
	conf->crl.upload.endpoint = mem_text("http://127.0.0.1:1");
	conf->crl.upload.access_key = mem_text("AKIATEST");
	conf->crl.upload.secret_file = mem_format("%s/secret", l.s.home);
	cr_assert(file_write(conf->crl.upload.secret_file, bytes_of("secret"),
	    &l.s.f));
	cr_expect_not(try_crl(&l, 0, &crl));
	cr_expect_eq(l.s.f.kind, FAULT_REQUEST_FAILED);
	cr_expect_eq(crl.der.len, 0);
	EXPECT_ENTRY(&l, "GenerateCrl", "RequestFailedException", "127.0.0.1");
	path = mem_format("%s/buckets/crls/crl/%s.crl", l.s.home, l.ca->uuid);
	cr_expect_eq(access(path, F_OK), 0, "it lies in the bucket");
	mem_free(path);
	mem_free(conf->crl.upload.endpoint);
	conf->crl.upload.endpoint = NULL;
	cr_expect_eq(due(&l), 1);
	cr_expect_eq(due(&l), 0);
	ledger_close(&l);
}

Test(crl, a_ca_that_fails_does_not_stop_the_others)
{
	struct ca *second, *active;
	size_t made = 0;
	struct ledger l;
	char *path;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	second = stage_create(&l.s, "two", "EC_prime256v1");
	active = stage_activate(&l.s, second, 8, NULL);
	ca_free(active);
	ca_free(second);
	cr_assert(action_bucket_add(l.s.p, "other", &l.s.f));
	cr_assert(action_set_revocation(l.s.p, "two",
		      bytes_of("{\"CrlConfiguration\":{\"Enabled\":true,"
			       "\"ExpirationInDays\":1,"
			       "\"S3BucketName\":\"other\"}}"),
		      &second, &l.s.f),
	    "%s", l.s.f.found);
	ca_free(second);
	path = mem_format("%s/buckets/crls/crl", l.s.home);
	(void)rmdir(path);
	mem_free(path);
	path = mem_format("%s/buckets/crls", l.s.home);
	cr_assert_eq(rmdir(path), 0);
	mem_free(path);
	cr_expect_not(action_crl_due(l.s.p, &made, &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_ARGS);
	cr_expect_not_null(strstr(l.s.f.found, "crls"));
	cr_expect_eq(made, 1);
	ledger_close(&l);
}

/* What stands in certificates; "" is nothing. */
static const struct {
	const char *crl, *base, *want;
} places[] = {
	{ "\"Enabled\":false", NULL, "" },
	{ "\"Enabled\":true,\"ExpirationInDays\":1,\"S3BucketName\":\"crls\"",
	    NULL, "http://crls.s3.us-east-1.amazonaws.com/crl/G.crl" },
	{ "\"Enabled\":true,\"ExpirationInDays\":1,\"S3BucketName\":\"crls\","
	  "\"CustomCname\":\"pki.example\"",
	    "http://base.example", "http://pki.example/crl/G.crl" },
	{ "\"Enabled\":true,\"ExpirationInDays\":1,\"S3BucketName\":\"crls\","
	  "\"CustomCname\":\"pki.example\",\"CustomPath\":\"a/b\"",
	    NULL, "http://pki.example/a/b/G.crl" },
	{ "\"Enabled\":true,\"ExpirationInDays\":1,\"S3BucketName\":\"crls\","
	  "\"CustomCname\":\"pki.example\",\"CustomPath\":\"/\"",
	    NULL, "http://pki.example/G.crl" },
	{ "\"Enabled\":true,\"ExpirationInDays\":1,\"S3BucketName\":\"crls\"",
	    "https://base.example/x/", "https://base.example/x/crl/G.crl" },
	{ "\"Enabled\":true,\"ExpirationInDays\":1,\"S3BucketName\":\"crls\","
	  "\"CrlDistributionPointExtensionConfiguration\":"
	  "{\"OmitExtension\":true}",
	    NULL, "" },
};

Test(crl, is_found_where_the_settings_say)
{
	struct ledger l;

	ledger_open(&l);
	cr_assert(action_bucket_add(l.s.p, "crls", &l.s.f));
	for (size_t i = 0; i < COUNT(places); i++) {
		char *json =
		    mem_format("{\"CrlConfiguration\":{%s}}", places[i].crl);
		struct crl_state state = { .guid = "G" };
		struct ca_settings *settings;
		char *uri;

		cr_assert(ledger_try_configure(&l, json), "%s", l.s.f.found);
		cr_assert(ca_settings_read(l.ca->settings, &settings, &l.s.f));
		mem_free(l.s.p->conf->crl.base_url);
		l.s.p->conf->crl.base_url = mem_text(places[i].base);
		uri = crl_uri(l.s.p, settings, &state);
		cr_expect_str_eq(uri != NULL ? uri : "", places[i].want);
		mem_free(uri);
		ca_settings_free(settings);
		mem_free(json);
	}
	ledger_close(&l);
}

Test(crl, the_responder_is_found_where_the_settings_say)
{
	static const struct {
		const char *ocsp, *url, *want;
	} rows[] = {
		{ "\"Enabled\":false", "http://o.example", "" },
		{ "\"Enabled\":true", NULL,
		    "http://ocsp.acm-pca.us-east-1.amazonaws.com" },
		{ "\"Enabled\":true", "http://o.example", "http://o.example" },
		{ "\"Enabled\":true,\"OcspCustomCname\":\"own.example\"",
		    "http://o.example", "http://own.example" },
	};
	struct ledger l;

	ledger_open(&l);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *json =
		    mem_format("{\"OcspConfiguration\":{%s}}", rows[i].ocsp);
		struct ca_settings *settings;
		char *uri;

		cr_assert(ledger_try_configure(&l, json), "%s", l.s.f.found);
		cr_assert(ca_settings_read(l.ca->settings, &settings, &l.s.f));
		mem_free(l.s.p->conf->ocsp.url);
		l.s.p->conf->ocsp.url = mem_text(rows[i].url);
		uri = ocsp_uri(l.s.p, settings);
		cr_expect_str_eq(uri != NULL ? uri : "", rows[i].want);
		mem_free(uri);
		ca_settings_free(settings);
		mem_free(json);
	}
	ledger_close(&l);
}
