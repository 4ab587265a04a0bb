/* issued_test.c - GetCertificate and RevokeCertificate. */
#include "issue_bench.h"
#include "ledger.h"

/* A stage with "root", "sub" and one certificate of "sub". */
struct kit {
	struct stage s;
	struct ca *root, *sub;
	struct issued leaf;
};

static void
kit_open(struct kit *kit)
{
	stage_open(&kit->s);
	kit->root =
	    stage_host(&kit->s, "root", "O=Example,CN=Root", NULL, NULL);
	kit->sub = stage_host(&kit->s, "sub", "O=Example,CN=Sub", "root", NULL);
	kit->leaf = bench_issue_plain(&kit->s, "sub");
}

static void
kit_close(struct kit *kit)
{
	issued_clear(&kit->leaf);
	ca_free(kit->root);
	ca_free(kit->sub);
	stage_close(&kit->s);
}

static bool
get(struct kit *kit, const char *ca, const char *serial, struct issued *out,
    char **chain)
{
	memset(&kit->s.f, 0, sizeof(kit->s.f));
	return action_get_issued(kit->s.p, ca, serial, out, chain, &kit->s.f);
}

static void
get_refused(struct kit *kit, const char *ca, const char *serial,
    enum fault_kind kind)
{
	struct issued out;
	char *chain;

	cr_expect_not(get(kit, ca, serial, &out, &chain), "%s", serial);
	cr_expect_eq(kit->s.f.kind, kind, "%s: %s", serial, kit->s.f.found);
	cr_expect_null(chain);
	cr_expect_eq(out.certificate.len, 0);
}

static void
revoke_refused(struct kit *kit, const char *ca, const char *serial,
    enum fault_kind kind, const char *found)
{
	char *entry;

	memset(&kit->s.f, 0, sizeof(kit->s.f));
	cr_expect_not(action_revoke(kit->s.p, ca, serial, REASON_KEY_COMPROMISE,
	    &kit->s.f));
	cr_expect_eq(kit->s.f.kind, kind, "%s", kit->s.f.found);
	cr_expect(strstr(kit->s.f.found, found), "%s", kit->s.f.found);
	entry = stage_last_entry(&kit->s);
	cr_expect_not_null(strstr(entry, "RevokeCertificate"));
	cr_expect_not_null(strstr(entry, fault_name(kind)), "%s", entry);
	mem_free(entry);
}

/* "6F:01:..." */
static char *
with_colons(const char *serial)
{
	struct buf out = { 0 };
	char *text;

	for (size_t i = 0; serial[i] != '\0'; i++)
		buf_printf(&out, "%s%c", i > 0 && i % 2 == 0 ? ":" : "",
		    serial[i] >= 'a' ? serial[i] - 'a' + 'A' : serial[i]);
	text = mem_text(buf_text(&out));
	buf_free(&out);
	return text;
}

Test(issued, is_found_by_serial_in_any_form_and_by_arn)
{
	struct kit kit;
	char *forms[4];

	kit_open(&kit);
	forms[0] = mem_text(kit.leaf.serial);
	forms[1] = with_colons(kit.leaf.serial);
	forms[2] = mem_format("00%s", kit.leaf.serial);
	forms[3] =
	    mem_format("%s/certificate/%s", kit.sub->arn, kit.leaf.serial);
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct issued out;
		char *chain;

		cr_assert(get(&kit, "sub", forms[i], &out, &chain), "%s: %s",
		    forms[i], kit.s.f.found);
		cr_expect(bytes_equal(buf_bytes(&out.certificate),
		    buf_bytes(&kit.leaf.certificate)));
		mem_free(chain);
		issued_clear(&out);
		mem_free(forms[i]);
	}
	kit_close(&kit);
}

Test(issued, what_is_not_there_is_refused)
{
	struct kit kit;
	char *others;

	kit_open(&kit);
	others =
	    mem_format("%s/certificate/%s", kit.root->arn, kit.leaf.serial);
	get_refused(&kit, "sub", others, FAULT_INVALID_ARN);
	mem_free(others);
	get_refused(&kit, "sub", kit.sub->arn, FAULT_INVALID_ARN);
	get_refused(&kit, "sub", "arn:aws:s3:::x", FAULT_INVALID_ARN);
	get_refused(&kit, "sub", "01", FAULT_RESOURCE_NOT_FOUND);
	get_refused(&kit, "root", kit.leaf.serial, FAULT_RESOURCE_NOT_FOUND);
	get_refused(&kit, "sub", "no hex", FAULT_INVALID_REQUEST);
	get_refused(&kit, "sub", "", FAULT_INVALID_REQUEST);
	get_refused(&kit, "none", kit.leaf.serial, FAULT_RESOURCE_NOT_FOUND);
	kit_close(&kit);
}

/* The PEM of a CA's own certificate, without its final newline. */
static char *
pem_of(const struct ca *ca)
{
	char *text = mem_text(buf_text(&ca->certificate));
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	return text;
}

/* API, GetCertificate: PEM without a final newline, the issuer first. */
Test(issued, comes_with_the_chain_from_its_issuer_to_the_root)
{
	struct kit kit;
	struct issued out;
	char *chain, *pem, *root, *sub, *both;

	kit_open(&kit);
	root = pem_of(kit.root);
	sub = pem_of(kit.sub);
	both = mem_format("%s\n%s", sub, root);
	cr_assert(get(&kit, "sub", kit.leaf.serial, &out, &chain));
	cr_expect_str_eq(chain, both);
	pem = issued_pem(&out);
	cr_expect_eq(strncmp(pem, "-----BEGIN CERTIFICATE-----\n", 28), 0);
	cr_expect_neq(pem[strlen(pem) - 1], '\n');
	mem_free(pem);
	mem_free(chain);
	issued_clear(&out);
	mem_free(both);
	mem_free(sub);
	mem_free(root);
	kit_close(&kit);
}

/* The serial of a CA's own certificate, in hex. */
static void
serial_of(const struct ca *ca, char out[SERIAL_HEX_LEN])
{
	X509 *x = bench_ca_x509(ca);
	BIGNUM *number =
	    make_must(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL));
	char *hex = make_must(BN_bn2hex(number));

	(void)snprintf(out, SERIAL_HEX_LEN, "%s", hex);
	OPENSSL_free(hex);
	BN_free(number);
	X509_free(x);
}

Test(issued, the_certificate_of_a_root_has_no_chain)
{
	char own[SERIAL_HEX_LEN], subs[SERIAL_HEX_LEN];
	struct kit kit;
	struct issued out;
	char *chain, *root;

	kit_open(&kit);
	serial_of(kit.root, own);
	serial_of(kit.sub, subs);
	root = pem_of(kit.root);
	cr_assert(get(&kit, "root", own, &out, &chain), "%s", kit.s.f.found);
	cr_expect_null(chain);
	issued_clear(&out);
	cr_assert(get(&kit, "root", subs, &out, &chain), "%s", kit.s.f.found);
	cr_expect_str_eq(chain, root);
	mem_free(chain);
	mem_free(root);
	issued_clear(&out);
	kit_close(&kit);
}

/* Its own key under another name: that is not the root any more. */
Test(issued, a_root_is_above_what_has_its_key_and_another_name)
{
	struct api_passthrough api;
	struct issue_request request = { .ca = "root",
		.template_name = "EndEntityCertificate_APIPassthrough",
		.api = &api };
	struct issued out, again;
	struct kit kit;
	char *chain;

	kit_open(&kit);
	bench_api(&api, "CN=time stamps", NULL, 0);
	request.csr = bytes_of(kit.root->csr);
	cr_assert(bench_issue(&kit.s, &request, &out), "%s", kit.s.f.found);
	cr_assert(get(&kit, "root", out.serial, &again, &chain), "%s",
	    kit.s.f.found);
	cr_expect_not_null(chain);
	cr_expect(action_revoke(kit.s.p, "root", out.serial, REASON_SUPERSEDED,
		      &kit.s.f),
	    "%s", kit.s.f.found);
	mem_free(chain);
	issued_clear(&again);
	issued_clear(&out);
	bench_api_clear(&api);
	kit_close(&kit);
}

Test(issued, a_deleted_ca_gives_nothing_out)
{
	struct issued out;
	struct kit kit;
	struct ca *ca;
	char *chain;

	kit_open(&kit);
	cr_assert(action_update(kit.s.p, "sub", false, &ca, &kit.s.f));
	ca_free(ca);
	cr_expect(get(&kit, "sub", kit.leaf.serial, &out, &chain));
	issued_clear(&out);
	mem_free(chain);
	cr_assert(action_delete(kit.s.p, "sub", 7, &ca, &kit.s.f));
	ca_free(ca);
	get_refused(&kit, "sub", kit.leaf.serial, FAULT_INVALID_STATE);
	kit_close(&kit);
}

/* A register entry without a certificate. */
static void
put(struct kit *kit, enum issued_state state, const char *serial)
{
	struct issued one = kit->leaf; /* borrows */
	struct buf tbs = { 0 };
	char why[] = "the token was gone", owner[] = "nobody";
	struct store *store = p11ca_store(kit->s.p);
	bool taken;

	buf_text_append(&tbs, "bytes");
	one.state = ISSUED_INTENT;
	one.tbs = tbs;
	one.certificate = (struct buf){ 0 };
	one.owner = owner;
	(void)snprintf(one.serial, sizeof(one.serial), "%s", serial);
	cr_assert(store_begin(store, &kit->s.f));
	cr_assert(register_intend(store, &one, &taken, &kit->s.f), "%s",
	    kit->s.f.found);
	if (state == ISSUED_FAILED) {
		one.state = state;
		one.failure = why;
		cr_assert(register_settle(store, &one, &kit->s.f), "%s",
		    kit->s.f.found);
	}
	cr_assert(store_commit(store, &kit->s.f));
	buf_free(&tbs);
}

Test(issued, without_a_certificate_it_says_why)
{
	struct kit kit;

	kit_open(&kit);
	put(&kit, ISSUED_INTENT, "00000000000000000000000000000aaa");
	put(&kit, ISSUED_FAILED, "00000000000000000000000000000bbb");
	get_refused(&kit, "sub", "aaa0", FAULT_RESOURCE_NOT_FOUND);
	get_refused(&kit, "sub", "0aaa", FAULT_REQUEST_IN_PROGRESS);
	get_refused(&kit, "sub", "0bbb", FAULT_REQUEST_FAILED);
	cr_expect(strstr(kit.s.f.found, "is in a failed state"), "%s",
	    kit.s.f.found);
	cr_expect(strstr(kit.s.f.found, "the token was gone"));
	revoke_refused(&kit, "sub", "0aaa", FAULT_REQUEST_IN_PROGRESS, "");
	revoke_refused(&kit, "sub", "0bbb", FAULT_REQUEST_FAILED, "");
	kit_close(&kit);
}

Test(issued, is_revoked_once_and_still_given_out)
{
	struct kit kit;
	struct issued out;
	char *entry, *chain, *colons;

	kit_open(&kit);
	colons = with_colons(kit.leaf.serial);
	clock_stop(STAGE_NOW + 60);
	cr_assert(action_revoke(kit.s.p, "sub", colons, REASON_SUPERSEDED,
		      &kit.s.f),
	    "%s", kit.s.f.found);
	entry = stage_last_entry(&kit.s);
	cr_expect_not_null(strstr(entry, "RevokeCertificate"));
	cr_expect_not_null(strstr(entry, "\"done\""));
	cr_expect_not_null(strstr(entry, "SUPERSEDED"));
	mem_free(entry);
	mem_free(colons);
	revoke_refused(&kit, "sub", kit.leaf.serial,
	    FAULT_REQUEST_ALREADY_PROCESSED, "");
	cr_assert(get(&kit, "sub", kit.leaf.serial, &out, &chain));
	cr_expect_eq(out.revoked_at, STAGE_NOW + 60);
	cr_expect_eq(out.reason, REASON_SUPERSEDED);
	mem_free(chain);
	issued_clear(&out);
	kit_close(&kit);
}

Test(issued, only_so_many_are_revoked_that_have_not_expired)
{
	struct ledger l;

	ledger_open(&l);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0);
	ledger_issue(&l, "B2", STAGE_NOW + 2 * DAY, 0);
	ledger_issue(&l, "C3", STAGE_NOW + 2 * DAY, 0);
	ledger_revoke(&l, "A1", REASON_SUPERSEDED);
	ledger_revoke(&l, "B2", REASON_SUPERSEDED);
	cr_expect(revocations_have_room(l.s.p, l.ca, 3, &l.s.f));
	cr_expect_not(revocations_have_room(l.s.p, l.ca, 2, &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_LIMIT_EXCEEDED);
	cr_expect(strstr(l.s.f.found, "2 revoked"), "%s", l.s.f.found);
	clock_stop(STAGE_NOW + DAY); /* it expires after that second */
	cr_expect_not(revocations_have_room(l.s.p, l.ca, 2, &l.s.f));
	clock_stop(STAGE_NOW + DAY + 1);
	cr_expect(revocations_have_room(l.s.p, l.ca, 2, &l.s.f));
	ledger_close(&l);
}

Test(issued, what_cannot_be_revoked_is_refused)
{
	char own[SERIAL_HEX_LEN];
	struct kit kit;

	kit_open(&kit);
	serial_of(kit.root, own);
	revoke_refused(&kit, "root", own, FAULT_INVALID_REQUEST,
	    "Self-signed certificate can not be revoked");
	revoke_refused(&kit, "sub", "01", FAULT_RESOURCE_NOT_FOUND, "");
	revoke_refused(&kit, "sub", "no hex", FAULT_INVALID_REQUEST, "");
	revoke_refused(&kit, "none", "01", FAULT_RESOURCE_NOT_FOUND, "");
	clock_stop(kit.leaf.not_after + 1);
	revoke_refused(&kit, "sub", kit.leaf.serial, FAULT_INVALID_REQUEST,
	    "expired at");
	kit_close(&kit);
}

/* What comes in must not break the log of what came in. */
Test(issued, an_odd_serial_is_logged_harmlessly)
{
	struct audit_summary summary;
	struct kit kit;
	char *entry;

	kit_open(&kit);
	revoke_refused(&kit, "sub", "\"}\n\x1b[1m\xff\xfe",
	    FAULT_INVALID_REQUEST, "serial");
	entry = stage_last_entry(&kit.s);
	cr_expect_null(strchr(entry, '\n'));
	cr_expect_null(strchr(entry, '\x1b'));
	mem_free(entry);
	cr_expect(action_audit_verify(kit.s.p, &summary, &kit.s.f), "%s",
	    kit.s.f.found);
	kit_close(&kit);
}

/* States: API, 3. */
Test(issued, a_disabled_ca_still_revokes_a_pending_one_has_nothing_to)
{
	struct kit kit;
	struct ca *ca;

	kit_open(&kit);
	ca_free(stage_create(&kit.s, "new", "EC_prime256v1"));
	revoke_refused(&kit, "new", "01", FAULT_INVALID_STATE, "");
	cr_assert(action_update(kit.s.p, "sub", false, &ca, &kit.s.f));
	ca_free(ca);
	cr_expect(action_revoke(kit.s.p, "sub", kit.leaf.serial,
		      REASON_UNSPECIFIED, &kit.s.f),
	    "%s", kit.s.f.found);
	kit_close(&kit);
}
