/* issue_test.c - IssueCertificate: what is asked is made, or refused whole. */
#include "issue_bench.h"

/* Ask with this CSR; false: refused. */
static bool
ask(struct stage *s, const char *ca, const struct buf *csr, struct issued *out)
{
	struct issue_request request = { .ca = ca, .csr = buf_bytes(csr) };

	return bench_issue(s, &request, out);
}

static int64_t
time_of(const ASN1_TIME *time)
{
	struct tm tm;

	make_sure(ASN1_TIME_to_tm(time, &tm) == 1);
	return timegm(&tm);
}

Test(issue, a_certificate_is_what_was_asked)
{
	struct ca *root, *sub;
	struct issued out;
	struct stage s;
	EVP_PKEY *key;
	X509 *x, *above;
	char *entry;

	stage_open(&s);
	root = stage_host(&s, "root", "O=Example,CN=Root", NULL, NULL);
	sub = stage_host(&s, "sub", "O=Example,CN=Sub", "root", NULL);
	out = bench_issue_plain(&s, "sub");
	x = bench_x509(&out);
	above = bench_ca_x509(sub);
	key = make_key_from_spki(buf_bytes(&sub->key_spki));
	cr_expect_eq(X509_verify(x, key), 1);
	cr_expect_eq(X509_NAME_cmp(X509_get_issuer_name(x),
			 X509_get_subject_name(above)),
	    0);
	cr_expect_eq(time_of(X509_get0_notBefore(x)), STAGE_NOW - 3600);
	cr_expect_eq(time_of(X509_get0_notAfter(x)), STAGE_NOW + 30 * DAY);
	cr_expect_eq(X509_get_version(x), X509_VERSION_3);
	cr_expect_eq(out.state, ISSUED_DONE);
	cr_expect_str_eq(out.template_name, "EndEntityCertificate");
	cr_expect_eq(strlen(out.serial), 32);
	cr_expect_eq(out.not_after, STAGE_NOW + 30 * DAY);
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "IssueCertificate"));
	cr_expect_not_null(strstr(entry, out.serial));
	cr_expect_not_null(strstr(entry, out.request));
	mem_free(entry);
	EVP_PKEY_free(key);
	X509_free(above);
	X509_free(x);
	issued_clear(&out);
	ca_free(sub);
	ca_free(root);
	stage_close(&s);
}

Test(issue, the_beginning_may_be_asked_for)
{
	struct buf csr = { 0 };
	struct issue_request request = { .ca = "root",
		.has_not_before = true,
		.validity = VALIDITY_MONTHS,
		.validity_value = 1 };
	static const int64_t begins[] = { STAGE_NOW + 5 * DAY, STAGE_NOW, -1000,
		2524608000 };
	struct stage s;

	stage_open(&s);
	stage_host_two(&s);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	for (size_t i = 0; i < COUNT(begins); i++) {
		struct issued out;
		X509 *x;

		request.not_before = begins[i];
		if (begins[i] > STAGE_NOW + 31 * DAY) {
			bench_refused(&s, &request, FAULT_VALIDATION, "N10",
			    "a Validity from");
			continue;
		}
		cr_assert(bench_issue(&s, &request, &out), "%s", s.f.found);
		x = bench_x509(&out);
		cr_expect_eq(time_of(X509_get0_notBefore(x)), begins[i]);
		/* Never from ValidityNotBefore (API, 1.3). */
		cr_expect_eq(time_of(X509_get0_notAfter(x)),
		    STAGE_NOW + 31 * DAY);
		X509_free(x);
		issued_clear(&out);
	}
	request.not_before = INT64_MIN;
	bench_refused(&s, &request, FAULT_VALIDATION, "N08", "no date");
	buf_free(&csr);
	stage_close(&s);
}

/* RFC 5280, 4.1.2.6. */
Test(issue, an_empty_subject_makes_its_names_critical)
{
	static const struct make_ext san[] = { EXT_TEXT("subjectAltName", false,
	    "DNS:www.example.org") };
	struct buf with = { 0 }, without = { 0 };
	EVP_PKEY *key = make_key("P-256");
	struct issue_request request = { .ca = "sub" };
	struct issued out;
	struct stage s;
	X509 *x;
	int at;

	stage_open(&s);
	stage_host_two(&s);
	bench_csr(&with, key, "", san, COUNT(san));
	bench_csr(&without, key, "", NULL, 0);
	cr_assert(ask(&s, "sub", &with, &out), "%s", s.f.found);
	x = bench_x509(&out);
	cr_expect_eq(X509_NAME_entry_count(X509_get_subject_name(x)), 0);
	at = X509_get_ext_by_NID(x, NID_subject_alt_name, -1);
	cr_expect_geq(at, 0);
	cr_expect_eq(X509_EXTENSION_get_critical(X509_get_ext(x, at)), 1);
	X509_free(x);
	issued_clear(&out);
	request.csr = buf_bytes(&without);
	bench_refused(&s, &request, FAULT_MALFORMED_CSR, "N07",
	    "an empty subject");
	request.csr = buf_bytes(&with);
	request.template_name = "SubordinateCACertificate_PathLen0";
	bench_refused(&s, &request, FAULT_MALFORMED_CSR, "N07",
	    "an empty subject for a CA");
	buf_free(&with);
	buf_free(&without);
	EVP_PKEY_free(key);
	stage_close(&s);
}

/* An empty list of names is no name. */
Test(issue, an_empty_subject_needs_a_name_elsewhere)
{
	static const struct make_ext san[] = { EXT_DER("2.5.29.17", false,
	    "\x30\x00") };
	struct issue_request request = { .ca = "root" };
	EVP_PKEY *key = make_key("P-256");
	struct buf csr = { 0 };
	struct stage s;

	stage_open(&s);
	stage_host_two(&s);
	bench_csr(&csr, key, "", san, COUNT(san));
	request.csr = buf_bytes(&csr);
	bench_refused(&s, &request, FAULT_MALFORMED_CSR, NULL, "");
	buf_free(&csr);
	EVP_PKEY_free(key);
	stage_close(&s);
}

Test(issue, a_ca_that_is_not_active_refuses_in_the_words_of_the_api)
{
	struct issue_request request = { .ca = "two" };
	struct buf csr = { 0 };
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_host_two(&s);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	ca_free(stage_create(&s, "two", "EC_prime256v1"));
	bench_refused(&s, &request, FAULT_INVALID_STATE, "N01", ISSUING_STATE);
	request.ca = "sub";
	cr_assert(action_update(s.p, "sub", false, &ca, &s.f));
	ca_free(ca);
	bench_refused(&s, &request, FAULT_INVALID_STATE, "N01", ISSUING_STATE);
	bench_expect_only(&s, "sub", 0);
	cr_assert(action_delete(s.p, "sub", 7, &ca, &s.f));
	ca_free(ca);
	bench_refused(&s, &request, FAULT_INVALID_STATE, "N01", ISSUING_STATE);
	request.ca = "root";
	clock_stop(STAGE_NOW + 4000LL * DAY);
	bench_refused(&s, &request, FAULT_INVALID_STATE, "N01", ISSUING_STATE);
	bench_expect_only(&s, "root", 2);
	buf_free(&csr);
	stage_close(&s);
}

Test(issue, a_refusal_leaves_one_entry_and_nothing_else)
{
	struct issue_request request = {
		.ca = "sub", .validity = VALIDITY_YEARS, .validity_value = 30
	};
	struct issue_request nonsense = { .ca = "sub",
		.csr = bytes_of("nonsense") };
	struct issue_request nobody = { .ca = "nobody" };
	struct buf csr = { 0 };
	struct stage s;
	char *entry;

	stage_open(&s);
	stage_host_two(&s);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	bench_refused(&s, &request, FAULT_VALIDATION, "N11", "the CA only");
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "ValidationException"));
	cr_expect_not_null(strstr(entry, "N11"));
	mem_free(entry);
	bench_refused(&s, &nonsense, FAULT_MALFORMED_CSR, NULL, "");
	bench_refused(&s, &nobody, FAULT_RESOURCE_NOT_FOUND, NULL, "nobody");
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "ResourceNotFoundException"));
	mem_free(entry);
	request.template_name = "NoTemplate";
	bench_refused(&s, &request, FAULT_INVALID_ARGS, NULL, "NoTemplate");
	bench_expect_only(&s, "sub", 0);
	buf_free(&csr);
	stage_close(&s);
}

Test(issue, it_ends_with_its_ca_at_the_latest)
{
	struct issue_request request = { .ca = "sub",
		.validity = VALIDITY_ABSOLUTE };
	struct buf csr = { 0 };
	struct issued out;
	struct stage s;
	struct ca *sub;

	stage_open(&s);
	stage_host_two(&s);
	cr_assert(action_describe(s.p, "sub", &sub, &s.f));
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	request.validity_value = sub->not_after + 1;
	bench_refused(&s, &request, FAULT_VALIDATION, "N11", "the CA only");
	request.validity_value = sub->not_after;
	cr_expect(bench_issue(&s, &request, &out), "%s", s.f.found);
	issued_clear(&out);
	ca_free(sub);
	buf_free(&csr);
	stage_close(&s);
}

Test(issue, a_short_lived_ca_issues_for_seven_days)
{
	struct issue_request request = { .ca = "short",
		.validity = VALIDITY_DAYS };
	struct ca_settings settings = { .short_lived = true };
	char *json = ca_settings_write(&settings);
	struct buf csr = { 0 };
	struct issued out;
	struct stage s;

	stage_open(&s);
	s.settings = json;
	ca_free(stage_host(&s, "short", "O=Example,CN=Short", NULL, NULL));
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	request.validity_value = 8;
	bench_refused(&s, &request, FAULT_VALIDATION, "N12", "short-lived");
	request.validity_value = 7;
	cr_expect(bench_issue(&s, &request, &out), "%s", s.f.found);
	issued_clear(&out);
	mem_free(json);
	buf_free(&csr);
	stage_close(&s);
}

Test(issue, the_signing_algorithm_is_of_the_family_of_the_key)
{
	static const struct {
		const char *name;
		const char *made; /* OpenSSL's name; NULL: refused */
	} cases[] = {
		{ NULL, "ecdsa-with-SHA256" },
		{ "SHA256WITHECDSA", "ecdsa-with-SHA256" },
		{ "SHA384WITHECDSA", "ecdsa-with-SHA384" },
		{ "SHA512WITHECDSA", "ecdsa-with-SHA512" },
		{ "SHA256WITHRSA", NULL },
		{ "SHA1WITHRSA", NULL },
	};
	struct issue_request request = { .ca = "root" };
	struct buf csr = { 0 };
	struct stage s;

	stage_open(&s);
	stage_host_two(&s);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct issued out;
		bool ok;
		X509 *x;

		request.sign_alg = cases[i].name;
		ok = bench_issue(&s, &request, &out);
		cr_expect_eq(ok, cases[i].made != NULL, "%zu %s", i, s.f.found);
		if (!ok) {
			cr_expect_eq(s.f.kind,
			    i == 4 ? FAULT_INVALID_ARGS : FAULT_VALIDATION);
			continue;
		}
		x = bench_x509(&out);
		cr_expect_str_eq(OBJ_nid2ln(X509_get_signature_nid(x)),
		    cases[i].made);
		X509_free(x);
		issued_clear(&out);
	}
	buf_free(&csr);
	stage_close(&s);
}

/* A CA under an outer one that constrains its names. */
static void
host_constrained(struct stage *s)
{
	static const struct make_ext exts[] = {
		EXT_TEXT("basicConstraints", true, "CA:TRUE,pathlen:1"),
		EXT_TEXT("keyUsage", true, "keyCertSign,cRLSign"),
		EXT_TEXT("nameConstraints", true,
		    "permitted;DNS:example.org,excluded;DNS:no.example.org"),
	};
	struct ca *ca = stage_create(s, "bound", "EC_prime256v1");
	EVP_PKEY *key = make_key_from_spki(buf_bytes(&ca->key_spki));
	struct make_cert recipe = { .subject = STAGE_SUBJECT,
		.issuer = "CN=Outer Issuer",
		.key = key,
		.signer = s->issuer_key,
		.serial = 5,
		MAKE_EXTS(exts) };
	struct buf certificate = { 0 }, chain = { 0 };
	struct ca *now = NULL;

	make_cert_pem(&certificate, &recipe);
	stage_chain(s, &chain);
	cr_assert(stage_import(s, "bound", buf_bytes(&certificate),
		      buf_bytes(&chain), &now),
	    "%s", s->f.found);
	buf_free(&certificate);
	buf_free(&chain);
	EVP_PKEY_free(key);
	ca_free(now);
	ca_free(ca);
}

Test(issue, names_stay_within_the_constraints_of_the_ca)
{
	static const struct {
		const char *subject;
		const char *names;
		bool fine;
	} cases[] = {
		{ "CN=a", "DNS:a.example.org", true },
		{ "", "DNS:a.example.org", true },
		{ "CN=a", "DNS:example.com", false },
		{ "", "DNS:example.com", false },
		{ "CN=a", "DNS:a.example.org,DNS:b.no.example.org", false },
	};
	EVP_PKEY *key = make_key("P-256");
	struct stage s;

	stage_open(&s);
	host_constrained(&s);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct make_ext san = { "subjectAltName", false,
			cases[i].names, NULL, 0 };
		struct buf csr = { 0 };
		struct issued out;
		char *entry;

		bench_csr(&csr, key, cases[i].subject, &san, 1);
		cr_expect_eq(ask(&s, "bound", &csr, &out), cases[i].fine,
		    "%zu: %s", i, s.f.found);
		if (!cases[i].fine) {
			cr_expect_eq(s.f.kind, FAULT_INVALID_ARGS);
			cr_expect_str_eq(s.f.rule, "N14");
			entry = stage_last_entry(&s);
			cr_expect_not_null(strstr(entry, "N14"));
			mem_free(entry);
		}
		issued_clear(&out);
		buf_free(&csr);
	}
	EVP_PKEY_free(key);
	bench_expect_only(&s, "bound", 2);
	stage_close(&s);
}

/* What passes through a template is what OpenSSL and others can use. */
Test(issue, an_extension_that_is_unsound_is_not_passed_through)
{
	static const struct {
		const char *template_name, *rule, *found;
		struct make_ext ext;
	} cases[] = {
		{ "EndEntityCertificate", "N15", "subjectAltName",
		    EXT_DER("2.5.29.17", false, "\x30\0") },
		{ "EndEntityCertificate", "N17", "a\\x00b",
		    EXT_DER("2.5.29.17", false,
			"\x30\x05\x82\x03"
			"a\0b") },
		{ "BlankEndEntityCertificate_CSRPassthrough", "N15", "keyUsage",
		    EXT_DER("2.5.29.15", true, "\x03\x01\0") },
		{ "BlankEndEntityCertificate_CSRPassthrough", "N15",
		    "extKeyUsage", EXT_DER("2.5.29.37", true, "\x30\0") },
		{ "BlankEndEntityCertificate_CSRPassthrough", "N16",
		    "keyCertSign",
		    EXT_TEXT("keyUsage", true, "keyCertSign,cRLSign") },
		{ "EndEntityCertificate", NULL, NULL, /* it is not taken */
		    EXT_TEXT("keyUsage", true, "keyCertSign,cRLSign") },
	};
	EVP_PKEY *key = make_key("P-256");
	struct stage s;

	stage_open(&s);
	ca_free(stage_host(&s, "root", "O=Example,CN=Root", NULL, NULL));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct issue_request request = { .ca = "root",
			.template_name = cases[i].template_name };
		struct buf csr = { 0 };
		struct issued out = { 0 };

		bench_csr(&csr, key, "CN=a", &cases[i].ext, 1);
		request.csr = buf_bytes(&csr);
		if (cases[i].rule != NULL)
			bench_refused(&s, &request, FAULT_INVALID_ARGS,
			    cases[i].rule, cases[i].found);
		else
			cr_expect(bench_issue(&s, &request, &out), "%s",
			    s.f.found);
		issued_clear(&out);
		buf_free(&csr);
	}
	EVP_PKEY_free(key);
	stage_close(&s);
}

/* Places that are counted at the CRLs of "bound": the complete one, then each
 * partition. */
static void
expect_places(struct stage *s, const char *want)
{
	struct crl_state *list = NULL;
	struct buf text = { 0 };
	struct ca *ca = NULL;
	size_t count = 0;

	cr_assert(action_describe(s->p, "bound", &ca, &s->f));
	cr_assert(crl_states(p11ca_store(s->p), ca->uuid, &list, &count,
	    &s->f));
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%lld ", (long long)list[i].certificates);
	cr_expect_str_eq(buf_text(&text), want);
	buf_free(&text);
	mem_free(list);
	ca_free(ca);
}

Test(issue, what_is_refused_takes_no_place_in_a_crl)
{
	static const char partitioned[] =
	    "{\"CrlConfiguration\":{\"Enabled\":true,\"ExpirationInDays\":1,"
	    "\"S3BucketName\":\"crls\",\"CrlType\":\"PARTITIONED\","
	    "\"CustomCname\":\"pki.example\"}}";
	static const struct make_ext outside =
	    EXT_TEXT("subjectAltName", false, "DNS:example.com");
	EVP_PKEY *key = make_key("P-256");
	struct buf fine = { 0 }, refused = { 0 };
	struct issued out;
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	host_constrained(&s);
	bench_csr(&fine, key, "CN=in", NULL, 0);
	bench_csr(&refused, key, "CN=out", &outside, 1);
	cr_expect_not(ask(&s, "bound", &refused, &out));
	expect_places(&s, "0 ");
	cr_assert(action_bucket_add(s.p, "crls", &s.f));
	cr_assert(action_set_revocation(s.p, "bound", bytes_of(partitioned),
		      &ca, &s.f),
	    "%s", s.f.found);
	ca_free(ca);
	cr_expect_not(ask(&s, "bound", &refused, &out));
	cr_expect_str_eq(s.f.rule, "N14");
	expect_places(&s, "0 0 ");
	cr_assert(ask(&s, "bound", &fine, &out), "%s", s.f.found);
	expect_places(&s, "0 1 ");
	issued_clear(&out);
	buf_free(&refused);
	buf_free(&fine);
	EVP_PKEY_free(key);
	stage_close(&s);
}

Test(issue, path_lengths_leave_room)
{
	static const struct {
		const char *name;
		bool fine;
	} cases[] = {
		{ "SubordinateCACertificate_PathLen0", true },
		{ "SubordinateCACertificate_PathLen1", false },
		{ "BlankSubordinateCACertificate_PathLen3_CSRPassthrough",
		    false },
		{ "EndEntityCertificate", true },
	};
	struct issue_request request = { .ca = "bound" };
	struct buf csr = { 0 };
	struct stage s;

	stage_open(&s);
	host_constrained(&s);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct issued out;

		request.template_name = cases[i].name;
		if (cases[i].fine)
			cr_expect(bench_issue(&s, &request, &out), "%zu: %s", i,
			    s.f.found);
		else
			bench_refused(&s, &request, FAULT_VALIDATION, "N13",
			    "pathLenConstraint 1");
		if (cases[i].fine)
			issued_clear(&out);
	}
	buf_free(&csr);
	stage_close(&s);
}
