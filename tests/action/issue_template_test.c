/*
 * issue_template_test.c - what comes of each template when the request asks
 * for everything else.
 */
#include "../rule/template_rows.h"
#include "issue_bench.h"
#include "p11ca/register.h"

#define CSR_SUBJECT "O=Csr,CN=csr.example.org"
#define API_SUBJECT "O=Api,CN=api.example.org"
#define CRL_NAME "http://crl.example.test/crl/"
#define OCSP_NAME "OCSP;URI:http://ocsp.example.test"

/* What the CSR asks for: all that a template decides, and more. */
static struct make_ext csr_exts[] = {
	EXT_DER("1.2.3.4.1", true, "\x0c\x03one"),
	EXT_TEXT("basicConstraints", true, "CA:TRUE,pathlen:7"),
	EXT_TEXT("keyUsage", false, "keyAgreement"),
	EXT_TEXT("extendedKeyUsage", true, "emailProtection"),
	EXT_TEXT("subjectAltName", false, "DNS:csr.example.org,IP:192.0.2.1"),
	EXT_TEXT("crlDistributionPoints", false, "URI:http://csr.test/crl"),
	EXT_TEXT("authorityInfoAccess", false, "OCSP;URI:http://csr.test/o"),
	EXT_TEXT("certificatePolicies", false, "1.2.3.4"),
	EXT_TEXT("subjectKeyIdentifier", false, "01:02:03"),
	EXT_DER("2.5.29.35", false, "\x30\x05\x80\x03\x01\x02\x03"),
	EXT_DER("1.2.3.4.2", false,
	    "\x0c\x05"
	    "only1"),
};

static struct make_ext api_exts[] = {
	EXT_TEXT("keyUsage", true, "dataEncipherment"),
	EXT_TEXT("extendedKeyUsage", false, "timeStamping"),
	EXT_TEXT("certificatePolicies", false, "1.2.3.5"),
	EXT_TEXT("subjectAltName", false, "DNS:api.example.org"),
	EXT_TEXT("crlDistributionPoints", false, "URI:http://api.test/crl"),
	EXT_DER("2.5.29.35", false, "\x30\x05\x80\x03\x04\x05\x06"),
	EXT_TEXT("basicConstraints", true, "CA:TRUE,pathlen:9"),
	EXT_DER("1.2.3.4.1", false, "\x0c\x03two"),
	EXT_DER("1.2.3.4.3", true,
	    "\x0c\x05"
	    "only2"),
};

/* Everything a case is compared with. */
struct kit {
	struct stage s;
	struct ca *root;
	char *crl;  /* of the configuration; NULL: none */
	char *ocsp; /* as text for OpenSSL; NULL: none */
};

/* "2.5.29.15!=Digital Signature", spaces and newlines as one space. */
static void
put_line(struct buf *out, const char *oid, bool critical, const char *text)
{
	buf_printf(out, "%s%s=", oid, critical ? "!" : "");
	for (const char *p = text; *p != '\0'; p++) {
		bool space = *p == ' ' || *p == '\n';

		if (!space)
			buf_printf(out, "%c", *p);
		else if (p[1] != ' ' && p[1] != '\n' && p[1] != '\0')
			buf_text_append(out, " ");
	}
	buf_text_append(out, "\n");
}

static void
put_extension(struct buf *out, X509_EXTENSION *ext)
{
	BIO *bio = make_must(BIO_new(BIO_s_mem()));
	char oid[64];
	char *text;

	OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1);
	make_sure(X509V3_EXT_print(bio, ext, X509V3_EXT_PARSE_UNKNOWN, 0) == 1);
	text = bench_taken(bio);
	put_line(out, oid, X509_EXTENSION_get_critical(ext) == 1, text);
	free(text);
}

static void
put_wished(struct buf *out, const struct make_ext *wish)
{
	X509_EXTENSION *ext = bench_extension(wish);

	put_extension(out, ext);
	X509_EXTENSION_free(ext);
}

static void
put_wished_text(struct buf *out, const char *name, const char *text)
{
	const struct make_ext wish = { name, false, text, NULL, 0 };

	put_wished(out, &wish);
}

/* What a buf holds; the caller's, mem_free(). */
static char *
taken(struct buf *buf)
{
	char *text = mem_text(buf_text(buf));

	buf_free(buf);
	return text;
}

/* What was made, as text. */
static char *
text_of(const X509 *x)
{
	char *subject = bench_name_text(X509_get_subject_name(x));
	struct buf out = { 0 };

	buf_printf(&out, "subject=%s\n", subject);
	for (int i = 0; i < X509_get_ext_count(x); i++)
		put_extension(&out, X509_get_ext(x, i));
	free(subject);
	return taken(&out);
}

static const struct make_ext *
find_wish(const struct make_ext *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static const struct make_ext *
csr_wish(const char *name)
{
	return find_wish(csr_exts, COUNT(csr_exts), name);
}

static const struct make_ext *
api_wish(const char *name)
{
	return find_wish(api_exts, COUNT(api_exts), name);
}

static void
put_key_ids(struct buf *out, const struct kit *kit,
    const struct template_row *row, const X509 *made)
{
	X509 *root = bench_ca_x509(kit->root);
	const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(made);
	unsigned char hash[EVP_MAX_MD_SIZE];
	AUTHORITY_KEYID *aki = make_must(AUTHORITY_KEYID_new());
	ASN1_OCTET_STRING *ski = make_must(ASN1_OCTET_STRING_new());
	X509_EXTENSION *ext;

	aki->keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(root));
	ext = make_must(X509V3_EXT_i2d(NID_authority_key_identifier, 0, aki));
	if (strcmp(row->aki, "issuer-ski") == 0)
		put_extension(out, ext);
	else if (strcmp(row->aki, "api") == 0)
		put_wished(out, api_wish("2.5.29.35"));
	X509_EXTENSION_free(ext);
	make_sure(EVP_Digest(key->data, (size_t)key->length, hash, NULL,
		      EVP_sha1(), NULL) == 1);
	make_sure(ASN1_OCTET_STRING_set(ski, hash, 20) == 1);
	ext = make_must(X509V3_EXT_i2d(NID_subject_key_identifier, 0, ski));
	put_extension(out, ext);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(ski);
	AUTHORITY_KEYID_free(aki);
	X509_free(root);
}

static void
put_of_the_template(struct buf *out, const char *oid, const char *text)
{
	if (text[0] != '\0')
		put_line(out, oid, text[0] == '!', text + (text[0] == '!'));
}

static void
put_places(struct buf *out, const struct kit *kit,
    const struct template_row *row)
{
	const char *point = "crlDistributionPoints";

	if (strstr(row->crl, "config") != NULL && kit->crl != NULL)
		put_wished_text(out, point, kit->crl);
	else if (strstr(row->crl, "api") != NULL)
		put_wished(out, api_wish(point));
	else if (strstr(row->crl, "csr") != NULL)
		put_wished(out, csr_wish(point));
	if (!row->root && kit->ocsp != NULL)
		put_wished_text(out, "authorityInfoAccess", kit->ocsp);
}

/* Never what the template decides, nor what names keys and places. */
static bool
passes_through(const struct kit *kit, const struct template_row *row,
    const char *name)
{
	static const char *const never[] = { "basicConstraints",
		"subjectKeyIdentifier", "2.5.29.35", "crlDistributionPoints",
		"subjectAltName" };

	for (size_t i = 0; i < COUNT(never); i++)
		if (strcmp(name, never[i]) == 0)
			return false;
	if (strcmp(name, "keyUsage") == 0)
		return row->key_usage[0] == '\0';
	if (strcmp(name, "extendedKeyUsage") == 0)
		return row->ext_key_usage[0] == '\0';
	if (strcmp(name, "authorityInfoAccess") == 0)
		return row->root || kit->ocsp == NULL;
	return true;
}

static void
put_others(struct buf *out, const struct kit *kit,
    const struct template_row *row)
{
	bool api = strncmp(row->others, "api", 3) == 0;
	bool csr = strstr(row->others, "csr") != NULL;

	for (size_t i = 0; api && i < COUNT(api_exts); i++)
		if (passes_through(kit, row, api_exts[i].name))
			put_wished(out, &api_exts[i]);
	for (size_t i = 0; csr && i < COUNT(csr_exts); i++)
		if (passes_through(kit, row, csr_exts[i].name) &&
		    !(api && api_wish(csr_exts[i].name) != NULL))
			put_wished(out, &csr_exts[i]);
}

/* What the documentation says should be made. */
static char *
expected(const struct kit *kit, const struct template_row *row,
    const X509 *made)
{
	bool api = strcmp(row->subject, "api-else-csr") == 0;
	struct buf out = { 0 };

	buf_printf(&out, "subject=%s\n",
	    api ? "O=Api,CN=api.example.org" : "O=Csr,CN=csr.example.org");
	put_of_the_template(&out, "2.5.29.19", row->basic);
	put_key_ids(&out, kit, row, made);
	put_of_the_template(&out, "2.5.29.15", row->key_usage);
	put_of_the_template(&out, "2.5.29.37", row->ext_key_usage);
	put_places(&out, kit, row);
	put_wished(&out,
	    api ? api_wish("subjectAltName") : csr_wish("subjectAltName"));
	put_others(&out, kit, row);
	return taken(&out);
}

static void
kit_open(struct kit *kit, bool configured)
{
	struct ca_settings settings = { .crl = { .enabled = true,
					    .days = 7,
					    .bucket = mem_text("crl-bucket"),
					    .cname =
						mem_text("crl.example.test") },
		.ocsp = { true, mem_text("ocsp.example.test") } };
	struct crl_state *states = NULL;
	size_t count = 0;
	char *json = ca_settings_write(&settings);

	memset(kit, 0, sizeof(*kit));
	stage_open(&kit->s);
	if (configured) {
		cr_assert(action_bucket_add(kit->s.p, "crl-bucket", &kit->s.f),
		    "%s", kit->s.f.found);
		kit->s.settings = json;
	}
	kit->root =
	    stage_host(&kit->s, "root", "O=Example,CN=Root", NULL, NULL);
	if (configured) {
		cr_assert(crl_states(p11ca_store(kit->s.p), kit->root->uuid,
		    &states, &count, &kit->s.f));
		kit->crl = mem_format("URI:" CRL_NAME "%s.crl", states[0].guid);
		kit->ocsp = mem_text(OCSP_NAME);
		mem_free(states);
	}
	mem_free(json);
	mem_free(settings.crl.bucket);
	mem_free(settings.crl.cname);
	mem_free(settings.ocsp.cname);
}

static void
kit_close(struct kit *kit)
{
	ca_free(kit->root);
	mem_free(kit->crl);
	mem_free(kit->ocsp);
	stage_close(&kit->s);
}

/* A root signs itself, whatever name it is given; others are below this one. */
static void
expect_issuer(const struct kit *kit, const struct template_row *row,
    const X509 *made)
{
	X509 *root = bench_ca_x509(kit->root);

	cr_expect_eq(X509_NAME_cmp(X509_get_issuer_name(made),
			 X509_get_subject_name(row->root ? made : root)),
	    0, "%s", row->name);
	X509_free(root);
}

static void
try_one(struct kit *kit, const struct template_row *row, struct bytes csr,
    const struct api_passthrough *api)
{
	struct issue_request request = {
		.ca = "root", .csr = csr, .template_name = row->name, .api = api
	};
	struct issued out;
	char *want, *got;
	X509 *x;

	cr_assert(bench_issue(&kit->s, &request, &out), "%s: %s", row->name,
	    kit->s.f.found);
	x = bench_x509(&out);
	want = expected(kit, row, x);
	got = text_of(x);
	cr_expect_str_eq(got, want, "%s:\n%s--- instead of\n%s", row->name, got,
	    want);
	cr_expect_str_eq(out.template_name, row->name);
	expect_issuer(kit, row, x);
	mem_free(got);
	mem_free(want);
	X509_free(x);
	issued_clear(&out);
}

/* A CA must sign certificates, and an end entity must not. */
static void
ask_for_the_use_of(bool ca)
{
	for (size_t i = 0; i < COUNT(csr_exts); i++)
		if (strcmp(csr_exts[i].name, "keyUsage") == 0)
			csr_exts[i].text =
			    ca ? "keyAgreement,keyCertSign" : "keyAgreement";
	for (size_t i = 0; i < COUNT(api_exts); i++)
		if (strcmp(api_exts[i].name, "keyUsage") == 0)
			api_exts[i].text = ca ? "dataEncipherment,keyCertSign"
					      : "dataEncipherment";
}

static bool
is_for_a_ca(const struct template_row *row)
{
	return strstr(row->basic, "CA:TRUE") != NULL;
}

/* All rows for CAs, or all others. */
static void
try_kind(struct kit *kit, bool ca, size_t *tried)
{
	struct buf csr = { 0 }, own = { 0 };
	EVP_PKEY *key = make_key("P-256");
	struct api_passthrough api;

	ask_for_the_use_of(ca);
	bench_api(&api, API_SUBJECT, api_exts, COUNT(api_exts));
	bench_csr(&csr, key, CSR_SUBJECT, csr_exts, COUNT(csr_exts));
	bench_csr_of_ca(&kit->s, kit->root, &own, CSR_SUBJECT, csr_exts,
	    COUNT(csr_exts));
	for (size_t i = 0; i < COUNT(template_rows); i++) {
		const struct template_row *row = &template_rows[i];

		if (is_for_a_ca(row) != ca)
			continue;
		try_one(kit, row, buf_bytes(row->root ? &own : &csr), &api);
		(*tried)++;
	}
	bench_api_clear(&api);
	buf_free(&csr);
	buf_free(&own);
	EVP_PKEY_free(key);
}

static void
try_all(bool configured)
{
	struct kit kit;
	size_t tried = 0;

	kit_open(&kit, configured);
	try_kind(&kit, false, &tried);
	try_kind(&kit, true, &tried);
	cr_expect_eq(tried, COUNT(template_rows));
	kit_close(&kit);
}

Test(issue_template, each_makes_what_its_row_says)
{
	try_all(false);
}

Test(issue_template, each_names_the_places_of_the_configuration)
{
	try_all(true);
}

/* Each template of the API with nothing from the API: the CSR is next. */
Test(issue_template, without_passthrough_subject_and_names_are_those_of_the_csr)
{
	struct issue_request request = { .ca = "root",
		.template_name = "EndEntityCertificate_APICSRPassthrough" };
	EVP_PKEY *key = make_key("P-256");
	struct buf csr = { 0 };
	struct issued out;
	struct kit kit;
	char *text;
	X509 *x;

	kit_open(&kit, false);
	bench_csr(&csr, key, CSR_SUBJECT, csr_exts, COUNT(csr_exts));
	request.csr = buf_bytes(&csr);
	cr_assert(bench_issue(&kit.s, &request, &out), "%s", kit.s.f.found);
	x = bench_x509(&out);
	text = text_of(x);
	cr_expect(strstr(text, "subject=O=Csr,CN=csr.example.org\n"));
	cr_expect(strstr(text, "2.5.29.17=DNS:csr.example.org, IP Address:"));
	cr_expect(strstr(text, "1.2.3.4.1!="));
	cr_expect(strstr(text, "2.5.29.32=Policy: 1.2.3.4\n"));
	mem_free(text);
	X509_free(x);
	issued_clear(&out);
	buf_free(&csr);
	EVP_PKEY_free(key);
	kit_close(&kit);
}
