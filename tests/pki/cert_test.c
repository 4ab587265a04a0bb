/* cert_test.c - certificates: what is read from them, and what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "make_cert.h"
#include "p11ca/cert.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"

/* A certificate taken apart, so that a case can spoil one part. */
enum part {
	VERSION,
	SERIAL,
	INNER,
	ISSUER,
	VALIDITY,
	SUBJECT,
	KEY,
	UNIQUE,
	EXTENSIONS,
	OUTER,
	SIGNATURE,
	AFTER,
	PARTS
};

struct kit {
	struct buf part[PARTS];
};

static struct buf
good_der(void)
{
	EVP_PKEY *key = make_key("P-256");
	struct make_cert recipe = {
		.subject = "C=DE,CN=Root", .key = key, MAKE_EXTS(make_ca_exts)
	};
	struct buf der = make_cert_der(&recipe);

	EVP_PKEY_free(key);
	return der;
}

static void
part_take(struct bytes *at, struct buf *part)
{
	struct bytes content, whole;
	int tag;

	cr_assert(der_next(at, &tag, &content, &whole));
	buf_set(part, whole);
}

static void
kit_take(struct kit *kit)
{
	struct buf der = good_der();
	struct bytes at = buf_bytes(&der);
	struct bytes parts, tbs;

	memset(kit, 0, sizeof(*kit));
	cr_assert(der_take(&at, DER_SEQUENCE, &parts));
	cr_assert(der_take(&parts, DER_SEQUENCE, &tbs));
	for (int i = VERSION; i <= EXTENSIONS; i++)
		if (i != UNIQUE)
			part_take(&tbs, &kit->part[i]);
	part_take(&parts, &kit->part[OUTER]);
	part_take(&parts, &kit->part[SIGNATURE]);
	cr_assert_eq(tbs.len, 0);
	buf_free(&der);
}

static struct buf
kit_make(const struct kit *kit)
{
	struct buf tbs = { 0 };
	struct buf parts = { 0 };
	struct buf der = { 0 };

	for (int i = VERSION; i <= EXTENSIONS; i++)
		buf_append(&tbs, buf_bytes(&kit->part[i]));
	der_put(&parts, DER_SEQUENCE, buf_bytes(&tbs));
	buf_append(&parts, buf_bytes(&kit->part[OUTER]));
	buf_append(&parts, buf_bytes(&kit->part[SIGNATURE]));
	der_put(&der, DER_SEQUENCE, buf_bytes(&parts));
	buf_append(&der, buf_bytes(&kit->part[AFTER]));
	buf_free(&tbs);
	buf_free(&parts);
	return der;
}

static void
kit_free(struct kit *kit)
{
	for (int i = 0; i < PARTS; i++)
		buf_free(&kit->part[i]);
}

static void
expect_refused(struct bytes der, const char *found)
{
	struct cert *cert = (struct cert *)&der; /* must be emptied */
	struct fault f = { 0 };

	cr_assert_not(cert_from_der(der, &cert, &f), "accepted: %s", found);
	cr_expect_null(cert);
	cr_expect(strstr(f.found, found) != NULL, "\"%s\" for \"%s\"", f.found,
	    found);
	cr_expect_eq(f.kind, FAULT_NONE);
}

static struct cert *
expect_read(struct bytes der)
{
	struct cert *cert = NULL;
	struct fault f = { 0 };

	cr_assert(cert_from_der(der, &cert, &f), "%s", f.found);
	return cert;
}

static struct cert *
cert_made(const struct make_cert *recipe)
{
	struct buf der = make_cert_der(recipe);
	struct cert *cert = expect_read(buf_bytes(&der));

	buf_free(&der);
	return cert;
}

/* One part each, replaced by these bytes. */
#define KEY_USAGE "300e0603551d0f0101ff040403020106"
#define DATE(year) "170d" year "303130313030303030305a"
static const struct {
	enum part part;
	const char *hex;
	const char *found;
} spoiled[] = {
	{ VERSION, "", "version 1, not 3" },
	{ VERSION, "a003020100", "version 1, not 3" },
	{ VERSION, "a003020101", "version 2, not 3" },
	{ VERSION, "a003020103", "version 4, not 3" },
	{ VERSION, "a0030201ff", "an unknown version" },
	{ VERSION, "a00402020002", "a version that is not DER" },
	{ VERSION, "a0050201020500", "a version that is not DER" },
	{ SERIAL, "0201fb", "a negative serial number" },
	{ SERIAL, "02020001", "a serial number that is not a DER INTEGER" },
	{ SERIAL, "0200", "a serial number that is not a DER INTEGER" },
	{ SERIAL, "0215010203040506070809101112131415161718192021",
	    "a serial number of 21 octets" },
	{ INNER, "300c06082a8648ce3d0403020500", "signature algorithm differ" },
	{ INNER, "300a06082a8648ce3d040303", "signature algorithm differ" },
	{ INNER, "0500", "inner signature algorithm that is not DER" },
	{ OUTER, "300c06082a8648ce3d0403020500", "signature algorithm differ" },
	{ OUTER, "3000", "a signature algorithm that is not DER" },
	{ OUTER, "0500", "a signature algorithm that is not DER" },
	{ ISSUER, "3000", "an empty issuer name" },
	/* a constructed string, an empty OID, a SET out of order */
	{ SUBJECT, "3010310e300c06035504032c050c03313233", "not DER" },
	{ SUBJECT,
	    "300a31083006"
	    "0600"
	    "0c024141",
	    "not DER" },
	{ ISSUER,
	    "301c311a300b060355040b0c04424242423"
	    "00b060355040b0c0441414141",
	    "an issuer name that is not DER" },
	{ VALIDITY, "301e" DATE("3230") DATE("3139"),
	    "a notAfter before its notBefore" },
	{ VALIDITY, "301e170d3230313330313030303030305a" DATE("3330"),
	    "a notBefore that is not a date" },
	{ VALIDITY, "301e" DATE("3230") "170d3330303233303030303030305a",
	    "a notAfter that is not a date" },
	{ VALIDITY, "3020" DATE("3230") DATE("3330") "0500",
	    "2 bytes after the two dates" },
	{ VALIDITY, "0500", "a validity that is not DER" },
	{ KEY, "0500", "a subjectPublicKeyInfo that is not DER" },
	{ KEY,
	    "3019301306072a8648ce3d020106082a8648ce3d030107030200"
	    "04",
	    "an EC point" },
	{ UNIQUE, "810108", "a unique ID that is not a BIT STRING" },
	{ UNIQUE, "8200", "a unique ID that is not a BIT STRING" },
	{ UNIQUE,
	    "82020041"
	    "81020041",
	    "bytes after the fields" },
	{ EXTENSIONS, "a3023000", "extensions without any extension" },
	{ EXTENSIONS, "a300", "extensions that are not DER" },
	{ EXTENSIONS, "a3123010" KEY_USAGE "0500", "bytes after the fields" },
	{ EXTENSIONS, "a3143010" KEY_USAGE "0500",
	    "extensions that are not DER" },
	{ EXTENSIONS, "a3223020" KEY_USAGE KEY_USAGE,
	    "extension keyUsage twice" },
	{ EXTENSIONS, "a3123010300e0603551d0f010100040403020106",
	    "extension keyUsage with critical FALSE written out" },
	{ EXTENSIONS, "a3123010300e0603551d0f010101040403020106",
	    "extension keyUsage with a critical that is not DER" },
	{ EXTENSIONS, "a30d300b30090603551d0f03020106",
	    "extension keyUsage that is not DER" },
	{ EXTENSIONS, "a3083006300406000400", "an extension that is not DER" },
	{ SIGNATURE, "0401aa", "a signature that is not a BIT STRING" },
	{ SIGNATURE, "0300", "a signature that is not a BIT STRING" },
	{ SIGNATURE, "03020800", "a signature that is not a BIT STRING" },
	{ SIGNATURE, "030200ff0500", "2 bytes after the signature" },
	{ AFTER, "0000", "2 bytes after the certificate" },
	{ AFTER, "30", "1 bytes after the certificate" },
};

Test(cert, refuses_each_spoiled_part)
{
	for (size_t i = 0; i < COUNT(spoiled); i++) {
		struct kit kit;
		struct buf der;

		kit_take(&kit);
		buf_free(&kit.part[spoiled[i].part]);
		cr_assert(buf_from_hex(&kit.part[spoiled[i].part],
			      spoiled[i].hex),
		    "row %zu", i);
		der = kit_make(&kit);
		expect_refused(buf_bytes(&der), spoiled[i].found);
		buf_free(&der);
		kit_free(&kit);
	}
}

/* The other side of the table above. */
static const struct {
	enum part part;
	const char *hex;
} harmless[] = {
	{ SERIAL,
	    "0214"
	    "0102030405060708091011121314151617181920" },
	{ SERIAL, "020100" },
	{ UNIQUE, "81020041" },
	{ UNIQUE, "82020041" },
	{ UNIQUE,
	    "81020041"
	    "82020041" },
	{ EXTENSIONS, "" },
	{ EXTENSIONS, "a3123010" KEY_USAGE },
	{ VALIDITY, "301e" DATE("3230") DATE("3230") },
	{ SIGNATURE, "030200ff" },
};

Test(cert, accepts_what_is_odd_but_right)
{
	for (size_t i = 0; i < COUNT(harmless); i++) {
		struct kit kit;
		struct buf der;

		kit_take(&kit);
		buf_free(&kit.part[harmless[i].part]);
		cr_assert(buf_from_hex(&kit.part[harmless[i].part],
		    harmless[i].hex));
		der = kit_make(&kit);
		cert_free(expect_read(buf_bytes(&der)));
		buf_free(&der);
		kit_free(&kit);
	}
}

Test(cert, refuses_every_cut)
{
	struct buf der = good_der();

	for (size_t len = 0; len < der.len; len++) {
		struct buf cut = { 0 };

		buf_set(&cut, (struct bytes){ der.p, len });
		expect_refused(buf_bytes(&cut), "whole DER SEQUENCE");
		buf_free(&cut);
	}
	buf_free(&der);
}

Test(cert, refuses_an_outer_header_that_is_not_minimal)
{
	struct buf der = good_der();
	struct buf longer = { 0 };

	cr_assert_eq(der.p[1], 0x82);
	buf_append(&longer, (struct bytes){ (const void *)"\x30\x83\x00", 3 });
	buf_append(&longer, (struct bytes){ der.p + 2, der.len - 2 });
	expect_refused(buf_bytes(&longer), "whole DER SEQUENCE");
	buf_free(&longer);
	buf_free(&der);
}

Test(cert, refuses_explicit_ec_parameters)
{
	EVP_PKEY *key = make_key("P-256");
	struct make_cert recipe = {
		.subject = "CN=Root", .key = key, MAKE_EXTS(make_ca_exts)
	};
	struct buf der;

	make_sure(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit") ==
	    1);
	der = make_cert_der(&recipe);
	expect_refused(buf_bytes(&der), "explicit EC parameters");
	buf_free(&der);
	EVP_PKEY_free(key);
}

Test(cert, finds_a_second_extension_among_many)
{
	struct kit kit;
	struct buf list = { 0 };
	struct buf all = { 0 };
	struct buf der;

	kit_take(&kit);
	for (unsigned n = 0; n <= 20000; n++) {
		/* 1.2.x.y, the last as the first */
		unsigned id = n == 20000 ? 0 : n;
		unsigned char ext[] = { 0x30, 0x07, 0x06, 0x03, 0x2a,
			(unsigned char)(id / 128 % 128),
			(unsigned char)(id % 128), 0x04, 0x00, 0x00 };
		size_t len = 9;

		if (id >= 128 * 128) {
			ext[5] = (unsigned char)(0x81);
			ext[6] = (unsigned char)(id - 128 * 128);
			if (ext[6] >= 128)
				continue;
		}
		buf_append(&list, (struct bytes){ ext, len });
	}
	der_put(&all, DER_SEQUENCE, buf_bytes(&list));
	buf_free(&kit.part[EXTENSIONS]);
	der_put(&kit.part[EXTENSIONS], DER_CONSTRUCTED(3), buf_bytes(&all));
	der = kit_make(&kit);
	expect_refused(buf_bytes(&der), "extension 1.2.0.0 twice");
	buf_free(&der);
	buf_free(&all);
	buf_free(&list);
	kit_free(&kit);
}

/* An extension whose OID has an arc of 217 bits. */
#define FF8 "ffffffffffffffff"
#define LONG_EXT                                                               \
	"30250621"                                                             \
	"2a" FF8 FF8 FF8 "ffffffffffffff7f"                                    \
	"0400"

Test(cert, an_oid_too_long_to_show_is_still_compared)
{
	struct kit kit;
	struct buf der;

	kit_take(&kit);
	buf_free(&kit.part[EXTENSIONS]);
	cr_assert(buf_from_hex(&kit.part[EXTENSIONS],
	    "a350304e" LONG_EXT LONG_EXT));
	der = kit_make(&kit);
	expect_refused(buf_bytes(&der), "too long to show twice");
	buf_free(&der);
	kit_free(&kit);
}

Test(cert, reads_the_facts)
{
	static const struct make_ext exts[] = {
		{ "basicConstraints", true, "CA:TRUE,pathlen:3", NULL, 0 },
		{ "keyUsage", true, "keyCertSign,cRLSign", NULL, 0 },
		{ "subjectKeyIdentifier", false, "01020304", NULL, 0 },
		{ "2.5.29.35", false, NULL,
		    (const unsigned char *)"\x30\x04\x80\x02\xaa\xbb", 6 },
		{ "nameConstraints", true, "permitted;DNS:example.test", NULL,
		    0 },
		{ "1.2.3.4", false, NULL, (const unsigned char *)"x", 1 },
	};
	EVP_PKEY *key = make_key("P-384");
	struct make_cert recipe = { .subject = "C=DE,O=Example,CN=Sub",
		.issuer = "CN=Root",
		.key = key,
		.serial = 65537,
		.not_before = "20240229120000Z",
		.digest = "SHA384",
		MAKE_EXTS(exts) };
	struct cert *cert = cert_made(&recipe);
	struct buf spki = make_spki(key);
	char title[64];

	cr_expect_eq(cert->not_before, 1709208000);
	cr_expect_eq(cert->not_after, 2524607999);
	cr_expect_eq(cert->key.kind, PUBKEY_EC);
	cr_expect_eq(cert->key.bits, 384);
	cr_expect(bytes_equal(cert->spki, buf_bytes(&spki)));
	cr_expect_str_eq(cert->sig_text, "ecdsa-with-SHA384");
	cr_expect_eq(cert->digest, DIGEST_STRONG);
	cr_expect_not(cert->self_issued);
	cr_expect_not(cert->serial_zero);
	cr_expect_eq(cert->ext_count, COUNT(exts));
	cr_expect_str_eq(cert->ext[5].name, "1.2.3.4");
	cr_expect_null(cert->ext[5].kind);
	cr_expect(cert->has_basic && cert->basic_critical && cert->is_ca);
	cr_expect(cert->has_path_len && !cert->path_len_negative);
	cr_expect_eq(cert->path_len, 3);
	cr_expect(cert->has_key_usage);
	cr_expect_eq(cert->key_usage, KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN);
	cr_expect(bytes_equal(cert->subject_key_id,
	    (struct bytes){ (const void *)"\1\2\3\4", 4 }));
	cr_expect(bytes_equal(cert->authority_key_id,
	    (struct bytes){ (const void *)"\xaa\xbb", 2 }));
	cr_expect_gt(cert->name_constraints.len, 0);
	cr_expect(strstr(cert_title(cert, title, sizeof(title)), "Sub"));
	buf_free(&spki);
	cert_free(cert);
	EVP_PKEY_free(key);
}

Test(cert, an_empty_subject_is_a_fact)
{
	struct kit kit;
	struct buf der;
	struct cert *cert;

	for (int empty = 0; empty < 2; empty++) {
		kit_take(&kit);
		if (empty == 1) {
			buf_free(&kit.part[SUBJECT]);
			cr_assert(buf_from_hex(&kit.part[SUBJECT], "3000"));
		}
		der = kit_make(&kit);
		cert = expect_read(buf_bytes(&der));
		cr_expect_eq(cert->subject_empty, empty == 1);
		cr_expect_eq(name_empty(cert->subject), empty == 1);
		cert_free(cert);
		buf_free(&der);
		kit_free(&kit);
	}
}

Test(cert, its_serial_is_decimal)
{
	static const struct {
		const char *hex;
		const char *text;
	} serials[] = {
		{ "020100", "0" },
		{ "02020080", "128" },
		{ "02140102030405060708090a0b0c0d0e0f1011121314",
		    "5749442874531889030498508044466530750105096980" },
	};
	char expected[64];

	for (size_t i = 0; i < COUNT(serials); i++) {
		struct kit kit;
		struct buf der;
		struct cert *cert;
		BIGNUM *number = NULL;
		char *decimal;
		char *text;

		kit_take(&kit);
		buf_free(&kit.part[SERIAL]);
		cr_assert(buf_from_hex(&kit.part[SERIAL], serials[i].hex));
		der = kit_make(&kit);
		cert = expect_read(buf_bytes(&der));
		BN_hex2bn(&number, serials[i].hex + 4);
		decimal = BN_bn2dec(number);
		snprintf(expected, sizeof(expected), "%s", decimal);
		text = cert_serial_text(cert);
		cr_expect_str_eq(text, expected);
		cr_expect_eq(cert->serial_zero, i == 0);
		mem_free(text);
		OPENSSL_free(decimal);
		BN_free(number);
		cert_free(cert);
		buf_free(&der);
		kit_free(&kit);
	}
}

static const struct {
	const char *name;
	const char *text;
	const char *hex; /* where OpenSSL cannot make it alone */
} allowed[] = {
	{ "2.5.29.35", NULL, "30068004aabbccdd" },
	{ "basicConstraints", "CA:TRUE", NULL },
	{ "certificatePolicies", "1.2.3.4", NULL },
	{ "extendedKeyUsage", "serverAuth", NULL },
	{ "inhibitAnyPolicy", "2", NULL },
	{ "issuerAltName", "DNS:a.example", NULL },
	{ "keyUsage", "keyCertSign", NULL },
	{ "nameConstraints", "permitted;DNS:a.example", NULL },
	{ "policyMappings", "1.2.3:1.2.4", NULL },
	{ "subjectAltName", "DNS:a.example", NULL },
	{ "2.5.29.9", NULL, "3012301006082b06010505070904310413024445" },
	{ "subjectInfoAccess", "1.3.6.1.5.5.7.48.5;URI:http://a.example/",
	    NULL },
	{ "subjectKeyIdentifier", "01020304", NULL },
};

/* The value of the first extension of a certificate made with it. */
static struct buf
value_made(size_t row)
{
	EVP_PKEY *key = make_key("P-256");
	struct buf value = { 0 };
	struct make_ext ext = { allowed[row].name, false, allowed[row].text,
		NULL, 0 };
	struct make_cert recipe = {
		.subject = "CN=x", .key = key, .ext = &ext, .ext_count = 1
	};
	struct cert *cert;

	if (allowed[row].hex != NULL) {
		cr_assert(buf_from_hex(&value, allowed[row].hex));
	} else {
		cert = cert_made(&recipe);
		buf_set(&value, cert->ext[0].value);
		cert_free(cert);
	}
	EVP_PKEY_free(key);
	return value;
}

static bool
value_decodes(size_t row, struct bytes value)
{
	EVP_PKEY *key = make_key("P-256");
	struct make_ext ext = { allowed[row].name, true, NULL, value.p,
		value.len };
	struct make_cert recipe = {
		.subject = "CN=x", .key = key, .ext = &ext, .ext_count = 1
	};
	struct cert *cert = cert_made(&recipe);
	bool decodes = !cert->ext[0].undecodable;

	cr_expect_eq(cert->ext_count, 1);
	cr_expect(cert->ext[0].critical);
	cr_assert_not_null(cert->ext[0].kind, "%s", cert->ext[0].name);
	cr_expect_eq(cert->ext[0].kind->when_critical, EXT_ALLOWED);
	if (!decodes) {
		cr_expect_not(cert->has_basic || cert->has_key_usage);
		cr_expect_eq(cert->name_constraints.len, 0);
		cr_expect_eq(cert->subject_key_id.len, 0);
		cr_expect_eq(cert->authority_key_id.len, 0);
	}
	cert_free(cert);
	EVP_PKEY_free(key);
	return decodes;
}

Test(cert, decodes_every_allowed_extension_and_notes_one_that_does_not)
{
	for (size_t i = 0; i < COUNT(allowed); i++) {
		struct buf value = value_made(i);
		const char *name = allowed[i].name;

		cr_expect(value_decodes(i, buf_bytes(&value)), "%s", name);
		value.len--;
		cr_expect_not(value_decodes(i, buf_bytes(&value)), "%s", name);
		value.len++;
		buf_append(&value, (struct bytes){ (const void *)"\5\0", 2 });
		cr_expect_not(value_decodes(i, buf_bytes(&value)), "%s", name);
		cr_expect_not(value_decodes(i,
				  (struct bytes){ (const void *)"\5\0", 2 }),
		    "%s", name);
		cr_expect_not(value_decodes(i, (struct bytes){ value.p, 0 }),
		    "%s", name);
		buf_free(&value);
	}
}

Test(cert, every_allowed_extension_has_a_case)
{
	size_t count = 0;

	for (size_t i = 0; i < ext_kinds_count; i++)
		count += ext_kinds[i].when_critical == EXT_ALLOWED;
	cr_assert_eq(count, COUNT(allowed));
}

/* What decodes and is still nothing to write. */
Test(cert, notes_what_no_ca_may_write)
{
	static const struct {
		const char *oid;
		const char *hex;
		bool decodes, loose;
	} values[] = {
		{ "2.5.29.17", "3003820161", true, false },
		{ "2.5.29.17", "3000", true, true },
		{ "2.5.29.17", "308103820161", true, true },
		{ "2.5.29.37", "3000", true, true },
		{ "2.5.29.32", "3000", true, true },
		{ "2.5.29.30", "3000", true, true },
		{ "2.5.29.31", "3000", true, true },
		{ "2.5.29.31", "3002a000", false, false },
		{ "2.5.29.46", "3000", true, true },
		{ "2.5.29.36", "3000", true, true },
		{ "2.5.29.36", "3003800100", true, false },
		{ "1.3.6.1.5.5.7.1.1", "3000", true, true },
		{ "1.3.6.1.5.5.7.1.1", "3003020100", false, false },
		{ "2.5.29.19", "3000", true, false },
		{ "2.5.29.19", "3003010101", true, true },
		{ "2.5.29.35", "3000", true, false },
		{ "1.2.3.4", "ff", true, false }, /* nobody knows */
	};
	EVP_PKEY *key = make_key("P-256");

	for (size_t i = 0; i < COUNT(values); i++) {
		struct buf value = { 0 };
		struct make_ext ext = { .name = values[i].oid };
		struct make_cert recipe = { .subject = "CN=x",
			.key = key,
			.ext = &ext,
			.ext_count = 1 };
		struct cert *cert;

		cr_assert(buf_from_hex(&value, values[i].hex));
		ext.der = value.p;
		ext.der_len = value.len;
		cert = cert_made(&recipe);
		cr_expect_eq(!cert->ext[0].undecodable, values[i].decodes,
		    "%zu", i);
		cr_expect_eq(cert->ext[0].loose, values[i].loose, "%zu", i);
		cert_free(cert);
		buf_free(&value);
	}
	EVP_PKEY_free(key);
}

Test(cert, extension_values_need_only_decode)
{
	static const struct {
		const char *hex;
		size_t row; /* in allowed[] */
	} values[] = {
		{ "30030101"
		  "01",
		    1 },		 /* BOOLEAN 01 */
		{ "3081030101ff", 1 },	 /* a longer length */
		{ "30800101ff0000", 1 }, /* an indefinite one */
		{ "03020006", 6 },	 /* trailing zero bits */
		{ "3000", 2 },		 /* no policy */
		{ "3000", 9 },		 /* no name */
		{ "3005870301"
		  "0203",
		    9 }, /* an address of 3 octets */
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		struct buf value = { 0 };

		cr_assert(buf_from_hex(&value, values[i].hex));
		cr_expect(value_decodes(values[i].row, buf_bytes(&value)), "%s",
		    values[i].hex);
		buf_free(&value);
	}
}

static const struct {
	const char *hex; /* of basicConstraints */
	bool is_ca, has_path_len, negative;
	int64_t path_len;
} basics[] = {
	{ "3000", false, false, false, 0 },
	{ "30030101ff", true, false, false, 0 },
	{ "30060101ff020100", true, true, false, 0 },
	{ "3003020105", false, true, false, 5 },
	{ "30060101ff0201ff", true, true, true, 0 },
	{ "300a0101ff02050100000000", true, true, false, INT32_MAX },
	{ "300f0101ff020a01000000000000000000", true, true, false, INT32_MAX },
};

Test(cert, reads_basic_constraints)
{
	for (size_t i = 0; i < COUNT(basics); i++) {
		EVP_PKEY *key = make_key("P-256");
		struct buf value = { 0 };
		struct make_ext ext = { "basicConstraints", false, NULL, NULL,
			0 };
		struct make_cert recipe = { .subject = "CN=x",
			.key = key,
			.ext = &ext,
			.ext_count = 1 };
		struct cert *cert;

		cr_assert(buf_from_hex(&value, basics[i].hex));
		ext.der = value.p;
		ext.der_len = value.len;
		cert = cert_made(&recipe);
		cr_expect(cert->has_basic, "%s", basics[i].hex);
		cr_expect_not(cert->basic_critical);
		cr_expect_eq(cert->is_ca, basics[i].is_ca);
		cr_expect_eq(cert->has_path_len, basics[i].has_path_len);
		cr_expect_eq(cert->path_len_negative, basics[i].negative);
		cr_expect_eq(cert->path_len, basics[i].path_len);
		cert_free(cert);
		buf_free(&value);
		EVP_PKEY_free(key);
	}
}

#define RSA_KEY 0
#define EC_KEY 1
#define ED_KEY 2
static const struct {
	int key;
	const char *digest;
	bool pss;
	enum weak_digest weak;
	const char *text;
} signatures[] = {
	{ RSA_KEY, "MD5", false, DIGEST_MD5, "md5WithRSAEncryption" },
	{ RSA_KEY, "SHA1", false, DIGEST_SHA1, "sha1WithRSAEncryption" },
	{ RSA_KEY, "SHA512", false, DIGEST_STRONG, "sha512WithRSAEncryption" },
	{ RSA_KEY, "SHA1", true, DIGEST_SHA1, "RSASSA-PSS with SHA1" },
	{ RSA_KEY, "SHA256", true, DIGEST_STRONG, "RSASSA-PSS with SHA256" },
	{ EC_KEY, "SHA1", false, DIGEST_SHA1, "ecdsa-with-SHA1" },
	{ EC_KEY, "SHA256", false, DIGEST_STRONG, "ecdsa-with-SHA256" },
	{ ED_KEY, NULL, false, DIGEST_STRONG, "ED25519" },
};

Test(cert, names_the_signature_and_its_weakness)
{
	EVP_PKEY *keys[] = { make_key("RSA-1024"), make_key("P-256"),
		make_key("ED25519") };

	for (size_t i = 0; i < COUNT(signatures); i++) {
		struct make_cert recipe = { .subject = "CN=x",
			.key = keys[signatures[i].key],
			.digest = signatures[i].digest,
			.pss = signatures[i].pss };
		struct cert *cert = cert_made(&recipe);

		cr_expect_str_eq(cert->sig_text, signatures[i].text);
		cr_expect_eq(cert->digest, signatures[i].weak, "%s",
		    signatures[i].text);
		cr_expect(cert_signed_by(cert, cert), "%s", signatures[i].text);
		cert_free(cert);
	}
	for (size_t i = 0; i < COUNT(keys); i++)
		EVP_PKEY_free(keys[i]);
}

/* Algorithm identifiers that OpenSSL would not make. */
#define PSS_OID "06092a864886f70d01010a"
#define PSS_SHA256 "a00f300d06096086480165030402010500"
#define MGF_SHA256                                                             \
	"a11c301a06092a864886f70d010108300d0609608648016503040201"             \
	"0500"
#define MGF_MD5 "a11b301906092a864886f70d010108300c06082a864886f70d02050500"
static const struct {
	const char *hex;
	enum weak_digest weak;
	const char *text;
} identifiers[] = {
	{ "300d" PSS_OID "3000", DIGEST_SHA1, "RSASSA-PSS with SHA1" },
	{ "300b" PSS_OID, DIGEST_SHA1, "not understood" },
	{ "301e" PSS_OID "3011" PSS_SHA256, DIGEST_SHA1,
	    "RSASSA-PSS with SHA256" },
	{ "303c" PSS_OID "302f" PSS_SHA256 MGF_SHA256, DIGEST_STRONG,
	    "RSASSA-PSS with SHA256" },
	{ "303b" PSS_OID "302e" PSS_SHA256 MGF_MD5, DIGEST_MD5,
	    "RSASSA-PSS with SHA256" },
	{ "300d06092a864886f70d0101020500", DIGEST_MD5, "md2" },
	{ "300706052b0e03021d", DIGEST_SHA1, "sha1WithRSA" },
	{ "300706052b0e030203", DIGEST_MD5, "md5WithRSA" },
	{ "300606042a030405", DIGEST_STRONG, "1.2.3.4.5" },
};

Test(cert, looks_into_the_algorithm_identifier)
{
	for (size_t i = 0; i < COUNT(identifiers); i++) {
		struct kit kit;
		struct cert *cert;
		struct buf der;

		kit_take(&kit);
		buf_free(&kit.part[INNER]);
		buf_free(&kit.part[OUTER]);
		cr_assert(buf_from_hex(&kit.part[INNER], identifiers[i].hex));
		cr_assert(buf_from_hex(&kit.part[OUTER], identifiers[i].hex));
		der = kit_make(&kit);
		cert = expect_read(buf_bytes(&der));
		cr_expect(strstr(cert->sig_text, identifiers[i].text) != NULL,
		    "%s: %s", identifiers[i].hex, cert->sig_text);
		cr_expect_eq(cert->digest, identifiers[i].weak, "%s",
		    identifiers[i].hex);
		cr_expect_not(cert_signed_by(cert, cert));
		cert_free(cert);
		buf_free(&der);
		kit_free(&kit);
	}
}

Test(cert, is_signed_by_its_issuer_alone)
{
	EVP_PKEY *root_key = make_key("P-256");
	EVP_PKEY *key = make_key("RSA-2048");
	struct make_cert root = {
		.subject = "CN=Root", .key = root_key, MAKE_EXTS(make_ca_exts)
	};
	struct make_cert sub = { .subject = "CN=Sub",
		.issuer = "CN=ROOT",
		.key = key,
		.signer = root_key,
		MAKE_EXTS(make_ca_exts) };
	struct cert *above = cert_made(&root);
	struct cert *below = cert_made(&sub);

	cr_expect(above->self_issued);
	cr_expect_not(below->self_issued);
	cr_expect(cert_signed_by(above, above));
	cr_expect(cert_signed_by(below, above));
	cr_expect_not(cert_signed_by(below, below));
	cr_expect_not(cert_signed_by(above, below));
	cr_expect(name_equal(below->issuer, above->subject));
	cr_expect(cert_same(above, above));
	cr_expect_not(cert_same(above, below));
	cert_free(above);
	cert_free(below);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
}

Test(cert, a_signature_of_broken_octets_verifies_never)
{
	struct kit kit;
	struct buf der;
	struct cert *cert;

	kit_take(&kit);
	der = kit_make(&kit);
	cert = expect_read(buf_bytes(&der));
	cr_assert(cert_signed_by(cert, cert));
	cert_free(cert);
	buf_free(&der);

	kit.part[SIGNATURE].p[2] = 1; /* unused bits */
	der = kit_make(&kit);
	cert = expect_read(buf_bytes(&der));
	cr_expect_eq(cert->signature.len, 0);
	cr_expect_not(cert_signed_by(cert, cert));
	cert_free(cert);
	buf_free(&der);
	kit_free(&kit);
}

/* Files made by another program, tests/data/pki/make. */
static const struct {
	const char *file;
	const char *found; /* NULL: it is good */
} files[] = {
	{ "root-p256.der", NULL },
	{ "root-rsa-pss.der", NULL },
	{ "root-ed25519.der", NULL },
	{ "root-version-1.der", "version 1, not 3" },
	{ "root-serial-of-21-octets.der", "a serial number of 21 octets" },
	{ "root-negative-serial.der", "a negative serial number" },
	{ "root-explicit-curve.der", "explicit EC parameters" },
	{ "root-cut-short.der", "whole DER SEQUENCE" },
};

Test(cert, reads_files)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		unsigned char der[4096];
		char path[128];
		struct cert *cert;
		size_t len;
		FILE *file;

		snprintf(path, sizeof(path), "tests/data/pki/%s",
		    files[i].file);
		file = fopen(path, "rb");
		cr_assert_not_null(file, "%s", path);
		len = fread(der, 1, sizeof(der), file);
		fclose(file);
		if (files[i].found != NULL) {
			expect_refused((struct bytes){ der, len },
			    files[i].found);
			continue;
		}
		cert = expect_read((struct bytes){ der, len });
		cr_expect(cert->is_ca && cert_signed_by(cert, cert), "%s",
		    path);
		cert_free(cert);
	}
}
