/* csr_test.c - requests made for a CA, requests read, and general names. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "make_cert.h"
#include "p11ca/cert.h"
#include "p11ca/csr.h"
#include "p11ca/der.h"

/* A wish and what it borrows. */
struct bench {
	EVP_PKEY *key;
	struct buf subject;
	struct buf spki;
	struct csr_wish wish;
};

static void
bench_good(struct bench *b, const char *kind, enum sign_alg alg)
{
	memset(b, 0, sizeof(*b));
	b->key = make_key(kind);
	b->subject = make_name_der("C=DE,O=Example,CN=CA");
	b->spki = make_spki(b->key);
	b->wish.subject = buf_bytes(&b->subject);
	b->wish.spki = buf_bytes(&b->spki);
	b->wish.sign_alg = alg;
}

static void
bench_free(struct bench *b)
{
	EVP_PKEY_free(b->key);
	buf_free(&b->subject);
	buf_free(&b->spki);
}

static struct buf
tbs_made(const struct bench *b)
{
	struct buf tbs = { 0 };
	struct fault f = { 0 };

	cr_assert(csr_tbs(&b->wish, &tbs, &f), "%s", f.found);
	return tbs;
}

static struct buf
pem_made(const struct bench *b)
{
	struct buf tbs = tbs_made(b);
	struct buf sig = make_raw_signature(b->key, buf_bytes(&tbs));
	struct buf pem = { 0 };
	struct fault f = { 0 };

	cr_assert(csr_finish(buf_bytes(&tbs), b->wish.sign_alg, buf_bytes(&sig),
		      &pem, &f),
	    "%s", f.found);
	buf_free(&tbs);
	buf_free(&sig);
	return pem;
}

/* As another program reads it. */
static X509_REQ *
openssl_reads(const struct buf *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->p, (int)pem->len);
	X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

	BIO_free(bio);
	cr_assert_not_null(req);
	cr_expect_eq(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
	cr_expect_eq(X509_REQ_get_version(req), 0);
	return req;
}

/* Extension n of the request: its OID, flag and value as hex. */
static void
expect_extension(X509_REQ *req, int n, const char *oid, int critical,
    const char *hex)
{
	STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(req);
	X509_EXTENSION *ext = sk_X509_EXTENSION_value(all, n);
	const ASN1_OCTET_STRING *value;
	struct buf shown = { 0 };
	char text[64];

	cr_assert_not_null(ext, "%s", oid);
	value = X509_EXTENSION_get_data(ext);
	OBJ_obj2txt(text, sizeof(text), X509_EXTENSION_get_object(ext), 1);
	buf_hex(&shown,
	    (struct bytes){ ASN1_STRING_get0_data(value),
		(size_t)ASN1_STRING_length(value) });
	cr_expect_str_eq(text, oid);
	cr_expect_eq(X509_EXTENSION_get_critical(ext), critical, "%s", oid);
	cr_expect_str_eq(buf_text(&shown), hex, "%s: %s", oid,
	    buf_text(&shown));
	buf_free(&shown);
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
}

static int
extensions_count(X509_REQ *req)
{
	STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(req);
	int count = sk_X509_EXTENSION_num(all);

	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
	return count;
}

static const struct {
	const char *key;
	enum sign_alg alg;
} kinds[] = {
	{ "P-256", SIGN_SHA256WITHECDSA },
	{ "RSA-2048", SIGN_SHA256WITHRSA },
	{ "ED25519", SIGN_ED25519 },
};

Test(csr, is_made_for_each_kind_of_key)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct bench b;
		struct buf pem;
		struct csr *csr = NULL;
		struct fault f = { 0 };
		X509_REQ *req;

		bench_good(&b, kinds[i].key, kinds[i].alg);
		pem = pem_made(&b);
		req = openssl_reads(&pem);
		cr_expect_eq(extensions_count(req), 1);
		expect_extension(req, 0, "2.5.29.19", 1, "30030101ff");
		cr_assert(csr_from_pem(buf_bytes(&pem), &csr, &f), "%s",
		    f.found);
		cr_expect(bytes_equal(csr->spki, b.wish.spki));
		cr_expect(bytes_equal(name_der(csr->subject), b.wish.subject));
		csr_free(csr);
		X509_REQ_free(req);
		buf_free(&pem);
		bench_free(&b);
	}
}

Test(csr, is_pem_of_64_columns)
{
	struct bench b;
	struct buf pem;
	const char *line;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	pem = pem_made(&b);
	line = buf_text(&pem);
	cr_expect_eq(strncmp(line, "-----BEGIN CERTIFICATE REQUEST-----\n", 36),
	    0);
	cr_expect_eq(strcspn(line + 36, "\n"), 64);
	cr_expect_eq(pem.p[pem.len - 1], '\n');
	cr_expect_neq(pem.p[pem.len - 2], '\n');
	buf_free(&pem);
	bench_free(&b);
}

static const struct {
	unsigned usage;
	const char *hex; /* NULL: not there */
} usages[] = {
	{ KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN, "03020106" },
	{ 1u << 0 | KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN, "03020186" },
	{ 1u << 0, "03020780" },
	{ 1u << 7, "03020001" },
	{ 1u << 8, "0303070080" },
	{ 0, NULL },
};

Test(csr, asks_for_key_usage)
{
	for (size_t i = 0; i < COUNT(usages); i++) {
		struct bench b;
		struct buf pem;
		X509_REQ *req;

		bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
		b.wish.has_key_usage = true;
		b.wish.key_usage = usages[i].usage;
		pem = pem_made(&b);
		req = openssl_reads(&pem);
		cr_expect_eq(extensions_count(req),
		    usages[i].hex != NULL ? 2 : 1);
		if (usages[i].hex != NULL)
			expect_extension(req, 1, "2.5.29.15", 1, usages[i].hex);
		X509_REQ_free(req);
		buf_free(&pem);
		bench_free(&b);
	}
}

Test(csr, asks_for_subject_info_access)
{
	struct general_name uri = { "URI", NULL, bytes_of("http://a/"),
		{ NULL, 0 } };
	struct buf location = { 0 };
	struct csr_access access[2];
	struct fault f = { 0 };
	struct bench b;
	struct buf pem;
	X509_REQ *req;

	cr_assert(general_name_der(&uri, &location, &f), "%s", f.found);
	access[0] =
	    (struct csr_access){ "1.3.6.1.5.5.7.48.5", buf_bytes(&location) };
	access[1] = (struct csr_access){ "1.2.3", buf_bytes(&location) };
	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	b.wish.has_key_usage = true;
	b.wish.key_usage = KEY_USAGE_CERT_SIGN;
	b.wish.access = access;
	b.wish.access_count = 2;
	pem = pem_made(&b);
	req = openssl_reads(&pem);
	cr_expect_eq(extensions_count(req), 3);
	expect_extension(req, 1, "2.5.29.15", 1, "03020204");
	expect_extension(req, 2, "1.3.6.1.5.5.7.1.11", 0,
	    "3028"
	    "3015"
	    "06082b06010505073005"
	    "8609687474703a2f2f612f"
	    "300f"
	    "06022a03"
	    "8609687474703a2f2f612f");
	X509_REQ_free(req);
	buf_free(&pem);
	buf_free(&location);
	bench_free(&b);
}

Test(csr, the_same_wish_gives_the_same_bytes)
{
	struct bench b;
	struct buf one, two;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	one = tbs_made(&b);
	two = tbs_made(&b);
	cr_expect(bytes_equal(buf_bytes(&one), buf_bytes(&two)));
	buf_free(&one);
	buf_free(&two);
	bench_free(&b);
}

Test(csr, refuses_a_wish_that_cannot_be)
{
	struct csr_access bad_oid = { "serverAuth.1", { NULL, 0 } };
	struct csr_access bad_name = { "1.2.3",
		{ (const unsigned char *)"\x86\x05", 2 } };
	const struct csr_access *access[] = { NULL, &bad_oid, &bad_name };

	for (size_t i = 0; i < COUNT(access); i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		struct bench b;

		bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
		if (access[i] == NULL)
			b.wish.subject = bytes_of("CN=x");
		b.wish.access = access[i];
		b.wish.access_count = access[i] != NULL;
		cr_expect_not(csr_tbs(&b.wish, &out, &f), "%zu", i);
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
		cr_expect_eq(out.len, 0);
		bench_free(&b);
	}
}

Test(csr, is_not_finished_with_a_signature_that_does_not_verify)
{
	static const enum sign_alg algs[] = { SIGN_SHA256WITHECDSA,
		SIGN_SHA384WITHECDSA, SIGN_SHA256WITHRSA };

	for (size_t i = 0; i < COUNT(algs); i++) {
		struct buf pem = { 0 };
		struct fault f = { 0 };
		struct buf tbs, sig;
		struct bench b;

		bench_good(&b, "P-256", algs[i]);
		tbs = tbs_made(&b);
		sig = make_raw_signature(b.key, buf_bytes(&tbs));
		if (i == 0)
			sig.p[sig.len - 1] ^= 1;
		cr_expect_not(csr_finish(buf_bytes(&tbs), algs[i],
		    buf_bytes(&sig), &pem, &f));
		cr_expect_eq(f.kind, FAULT_REQUEST_FAILED);
		cr_expect(strstr(f.found, "does not verify"), "%s", f.found);
		cr_expect_eq(pem.len, 0);
		buf_free(&tbs);
		buf_free(&sig);
		bench_free(&b);
	}
}

static void
expect_refused(struct bytes pem, const char *found)
{
	struct csr *csr = (struct csr *)&pem; /* must be emptied */
	struct fault f = { 0 };

	cr_assert_not(csr_from_pem(pem, &csr, &f), "accepted: %s", found);
	cr_expect_null(csr);
	cr_expect_eq(f.kind, FAULT_MALFORMED_CSR);
	cr_expect(strstr(f.found, found) != NULL, "\"%s\" for \"%s\"", f.found,
	    found);
}

static const struct {
	const char *file;
	const char *found; /* NULL: it is good */
} files[] = {
	{ "csr-p256.pem", NULL },
	{ "csr-rsa-pss.pem", NULL },
	{ "csr-new-label.pem", NULL },
	{ "csr-broken-signature.pem", "does not verify" },
	{ "csr-explicit-curve.pem", "explicit EC parameters" },
	{ "root-p256.der", "no PEM block, but what looks like DER" },
};

/* What a file of tests/data/pki has, at most 4096 bytes. */
static struct bytes
file_read(const char *name, unsigned char text[4096])
{
	struct bytes pem = { text, 0 };
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "tests/data/pki/%s", name);
	file = fopen(path, "rb");
	cr_assert_not_null(file, "%s", path);
	pem.len = fread(text, 1, 4096, file);
	fclose(file);
	return pem;
}

Test(csr, reads_files)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		struct csr *csr = NULL;
		struct fault f = { 0 };
		unsigned char text[4096];
		struct bytes pem = file_read(files[i].file, text);

		if (files[i].found != NULL) {
			expect_refused(pem, files[i].found);
			continue;
		}
		cr_expect(csr_from_pem(pem, &csr, &f), "%s: %s", files[i].file,
		    f.found);
		csr_free(csr);
	}
}

Test(csr, subject_is_read_without_a_look_at_key_and_signature)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		bool is_one = strcmp(files[i].file, "root-p256.der") != 0;
		unsigned char text[4096];
		struct name *subject =
		    csr_subject(file_read(files[i].file, text));

		cr_expect_eq(subject != NULL, is_one, "%s", files[i].file);
		name_free(subject);
	}
	cr_expect_null(csr_subject(bytes_of("")));
	cr_expect_null(
	    csr_subject(bytes_of("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
				 "-----END CERTIFICATE REQUEST-----\n")));
}

Test(csr, in_der_is_refused_with_the_way_to_make_it_pem)
{
	struct bench b;
	struct fault f = { 0 };
	struct csr *csr = NULL;
	struct csr *read = NULL;
	struct buf pem;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	pem = pem_made(&b);
	cr_assert(csr_from_pem(buf_bytes(&pem), &csr, &f), "%s", f.found);
	expect_refused(buf_bytes(&csr->der),
	    "what looks like a certification request in DER");
	cr_expect_not(csr_from_pem(buf_bytes(&csr->der), &read, &f));
	cr_expect_str_eq(f.todo,
	    "convert it to PEM: openssl req -inform DER -in FILE -out "
	    "FILE.pem");
	csr_free(csr);
	buf_free(&pem);
	bench_free(&b);
}

/* The signature is sound; it is the key that nobody here verifies with. */
Test(csr, names_the_kind_of_a_key_that_is_not_taken)
{
	EVP_PKEY_CTX *ctx =
	    make_must(EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL));
	EVP_PKEY *key = NULL;
	X509_REQ *req = make_must(X509_REQ_new());
	unsigned char *p = NULL;
	struct buf der, pem = { 0 };
	int len;

	make_sure(EVP_PKEY_keygen_init(ctx) == 1);
	make_sure(EVP_PKEY_generate(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	make_sure(X509_REQ_set_pubkey(req, key) == 1);
	make_sure(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	len = i2d_X509_REQ(req, &p);
	der = make_taken(p, len);
	make_pem(&pem, "CERTIFICATE REQUEST", buf_bytes(&der));
	expect_refused(buf_bytes(&pem), "a key of kind RSASSA-PSS");
	buf_free(&pem);
	buf_free(&der);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

Test(csr, refuses_text_that_is_not_one_request)
{
	struct bench b;
	struct buf pem;
	struct buf two = { 0 };
	struct buf long_one = { 0 };

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	pem = pem_made(&b);
	buf_append(&two, buf_bytes(&pem));
	buf_append(&two, buf_bytes(&pem));
	expect_refused(buf_bytes(&two), "2 PEM blocks");
	while (long_one.len + pem.len <= 32768)
		buf_text_append(&long_one, "\n");
	buf_append(&long_one, buf_bytes(&pem));
	cr_assert_eq(long_one.len, 32769);
	expect_refused(buf_bytes(&long_one), "a CSR of more than 32768");
	expect_refused(bytes_of(""), "nothing, or nothing but blanks");
	expect_refused(bytes_of("x"), "no PEM block");
	pem.p[40] = '!';
	expect_refused(buf_bytes(&pem), "flaw");
	buf_free(&pem);
	make_pem(&pem, "CERTIFICATE", bytes_of("x"));
	expect_refused(buf_bytes(&pem), "\"CERTIFICATE\"");
	buf_free(&pem);
	buf_free(&two);
	buf_free(&long_one);
	bench_free(&b);
}

/* A request from its parts: version, subject, key, attributes; and more. */
static void
expect_parts(const char *version, const char *attributes, const char *alg,
    const char *after, const char *found)
{
	struct buf info = { 0 }, parts = { 0 }, der = { 0 }, pem = { 0 };
	struct csr *csr = NULL;
	struct fault f = { 0 };
	struct buf sig, bits = { 0 };
	struct bench b;
	size_t start;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	cr_assert(buf_from_hex(&info, version));
	buf_append(&info, b.wish.subject);
	buf_append(&info, b.wish.spki);
	cr_assert(buf_from_hex(&info, attributes));
	der_put(&parts, DER_SEQUENCE, buf_bytes(&info));
	start = parts.len;
	sig = make_raw_signature(b.key, (struct bytes){ parts.p, start });
	cr_assert(buf_from_hex(&parts, alg));
	cr_assert(buf_from_hex(&bits, "00"));
	buf_append(&bits, buf_bytes(&sig));
	der_put(&parts, DER_BIT_STRING, buf_bytes(&bits));
	der_put(&der, DER_SEQUENCE, buf_bytes(&parts));
	cr_assert(buf_from_hex(&der, after));
	make_pem(&pem, "CERTIFICATE REQUEST", buf_bytes(&der));
	if (found != NULL) {
		expect_refused(buf_bytes(&pem), found);
	} else {
		cr_expect(csr_from_pem(buf_bytes(&pem), &csr, &f), "%s",
		    f.found);
		csr_free(csr);
	}
	buf_free(&info);
	buf_free(&parts);
	buf_free(&der);
	buf_free(&pem);
	buf_free(&sig);
	buf_free(&bits);
	bench_free(&b);
}

#define ECDSA_SHA256 "300a06082a8648ce3d040302"
static const struct {
	const char *version, *attributes, *alg, *after;
	const char *found;
} parts[] = {
	{ "020100", "a000", ECDSA_SHA256, "", NULL },
	{ "020100", "", ECDSA_SHA256, "", NULL },
	{ "020101", "a000", ECDSA_SHA256, "", "of a version other than 1" },
	{ "02020000", "a000", ECDSA_SHA256, "", "not DER" },
	{ "", "a000", ECDSA_SHA256, "", "of a version other than 1" },
	{ "020100", "a100", ECDSA_SHA256, "", "attributes that do not decode" },
	{ "020100", "a0000500", ECDSA_SHA256, "",
	    "2 bytes after the attributes" },
	{ "020100", "a0020400", ECDSA_SHA256, "", NULL },
	{ "020100", "a0022400", ECDSA_SHA256, "", "not DER" },
	{ "020100", "a000", "0500", "", "a signature that is not DER" },
	{ "020100", "a000", "300a06082a8648ce3d040303", "", "does not verify" },
	{ "020100", "a000", ECDSA_SHA256, "00", "not one DER SEQUENCE" },
};

Test(csr, refuses_what_is_not_der_in_each_part)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		expect_parts(parts[i].version, parts[i].attributes,
		    parts[i].alg, parts[i].after, parts[i].found);
}

static const struct {
	const char *form, *oid, *value, *assigner;
	const char *hex; /* NULL: refused */
} general_names[] = {
	{ "URI", NULL, "http://a/", NULL, "8609687474703a2f2f612f" },
	{ "DNS", NULL, "a.b", NULL, "8203612e62" },
	{ "EMAIL", NULL, "a@b", NULL, "8103614062" },
	{ "IP", NULL, "192.0.2.1", NULL, "8704c0000201" },
	{ "IP", NULL, "2001:db8::1", NULL,
	    "871020010db8000000000000000000000001" },
	{ "RID", NULL, "1.2.840", NULL, "88032a8648" },
	{ "OTHER", "1.2.3", "x", NULL, "a00906022a03a0030c0178" },
	{ "EDIPARTY", NULL, "p", "q", "a50aa0030c0171a1030c0170" },
	{ "EDIPARTY", NULL, "p", NULL, "a505a1030c0170" },
	{ "URI", NULL, "", NULL, NULL },
	{ "URI", NULL, "http://a b/", NULL, NULL },
	{ "URI", NULL, "http://\xc3\xa4/", NULL, NULL },
	{ "DNS", NULL, "a\nb", NULL, NULL },
	{ "EMAIL", NULL, "\x7f@b", NULL, NULL },
	{ "IP", NULL, "192.0.2", NULL, NULL },
	{ "IP", NULL, "192.0.2.1/24", NULL, NULL },
	{ "IP", NULL, "", NULL, NULL },
	{ "RID", NULL, "serverAuth", NULL, NULL },
	{ "RID", NULL, "1", NULL, NULL },
	{ "DIRNAME", NULL, "CN=x", NULL, NULL },
	{ "OTHER", NULL, "x", NULL, NULL },
	{ "OTHER", "x", "x", NULL, NULL },
	{ "OTHER", "1.2.3", "\xff", NULL, NULL },
	{ "OTHER", "1.2.3", "", NULL, NULL },
	{ "EDIPARTY", NULL, "", "q", NULL },
	{ "EDIPARTY", NULL, "p", "\xc3", NULL },
	{ "X400", NULL, "x", NULL, NULL },
	{ "", NULL, "x", NULL, NULL },
};

Test(csr, encodes_general_names)
{
	for (size_t i = 0; i < COUNT(general_names); i++) {
		struct general_name name = { general_names[i].form,
			general_names[i].oid, bytes_of(general_names[i].value),
			bytes_of(general_names[i].assigner) };
		struct buf out = { 0 };
		struct buf shown = { 0 };
		struct fault f = { 0 };
		bool ok = general_name_der(&name, &out, &f);

		cr_expect_eq(ok, general_names[i].hex != NULL, "row %zu: %s", i,
		    f.found);
		buf_hex(&shown, buf_bytes(&out));
		if (ok && general_names[i].hex != NULL)
			cr_expect_str_eq(buf_text(&shown), general_names[i].hex,
			    "row %zu: %s", i, buf_text(&shown));
		if (!ok) {
			cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
			cr_expect_eq(out.len, 0);
		}
		buf_free(&shown);
		buf_free(&out);
	}
}

Test(csr, encodes_a_directory_name_as_given)
{
	struct buf subject = make_name_der("C=DE,CN=x");
	struct general_name name = { "DIRNAME", NULL, buf_bytes(&subject),
		{ NULL, 0 } };
	struct buf out = { 0 };
	struct buf expected = { 0 };
	struct fault f = { 0 };

	cr_assert(general_name_der(&name, &out, &f), "%s", f.found);
	der_put(&expected, DER_CONSTRUCTED(4), buf_bytes(&subject));
	cr_expect(bytes_equal(buf_bytes(&out), buf_bytes(&expected)));
	buf_free(&expected);
	buf_free(&out);
	buf_free(&subject);
}

/* What general_name_der() makes, OpenSSL reads. */
Test(csr, general_names_decode)
{
	for (size_t i = 0; i < COUNT(general_names); i++) {
		struct buf der = { 0 };
		const unsigned char *p;
		GENERAL_NAME *name;

		if (general_names[i].hex == NULL)
			continue;
		cr_assert(buf_from_hex(&der, general_names[i].hex));
		p = der.p;
		name = d2i_GENERAL_NAME(NULL, &p, (long)der.len);
		cr_expect_not_null(name, "row %zu", i);
		GENERAL_NAME_free(name);
		buf_free(&der);
	}
}
