/* ca_test.c - the table of CAs and the history of their certificates. */
#include "bench.h"

#define U1 "aaaa1111-2222-4333-8444-555555555555"
#define U2 "aaaa2222-2222-4333-8444-555555555555"
#define U3 "bbbb3333-2222-4333-8444-555555555555"
#define ARN "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/"

static struct bench b;
static struct store *store;

static void
setup(void)
{
	bench_make(&b);
	store = bench_open(&b, STORE_CREATE);
}

static void
teardown(void)
{
	store_close(store);
	bench_free(&b);
}

TestSuite(ca, .init = setup, .fini = teardown);

/* No two fields of a kind alike, so that none can stand in for another. */
static struct ca *
full_ca(void)
{
	struct ca *ca = bench_ca(U1, "issuing \xc3\xa9");

	ca->type = CA_SUBORDINATE;
	ca->key_alg = KEY_ED25519;
	ca->sign_alg = SIGN_SHA512WITHRSA_PSS;
	ca->settings = mem_text("{\"s\":1}");
	ca->token_uri = mem_text("pkcs11:token=t");
	buf_set(&ca->key_id,
	    (struct bytes){ (const unsigned char *)"a\0b", 3 });
	buf_set(&ca->key_spki, bytes_of("spki"));
	ca->claims = (struct key_claims){ CLAIM_YES, CLAIM_NO, CLAIM_YES,
		CLAIM_YES, CLAIM_UNREPORTED, CLAIM_YES, CLAIM_NO, CLAIM_NO,
		CLAIM_UNREPORTED, CLAIM_NO, true, false };
	ca->adopted = true;
	ca->csr = mem_text("csr");
	ca->status = CA_DISABLED;
	ca->before_delete = CA_ACTIVE;
	ca->created_at = -1;
	ca->changed_at = 2;
	ca->restorable_until = INT64_MAX;
	ca->revision = 4;
	buf_set(&ca->certificate, bytes_of("certificate\r\n"));
	buf_set(&ca->chain, bytes_of("chain"));
	ca->serial =
	    mem_text("730750818665451459101842416358141509827966271487");
	ca->not_before = 5;
	ca->not_after = INT64_C(253402300799);
	return ca;
}

static void
expect_text(const char *a, const char *z)
{
	cr_expect((a == NULL) == (z == NULL));
	if (a != NULL && z != NULL)
		cr_expect_str_eq(a, z);
}

static void
expect_buf(const struct buf *a, const struct buf *z)
{
	cr_expect(bytes_equal(buf_bytes(a), buf_bytes(z)));
}

static void
expect_same(const struct ca *a, const struct ca *z)
{
	cr_expect_str_eq(a->uuid, z->uuid);
	cr_expect_str_eq(a->arn, z->arn);
	cr_expect_str_eq(a->name, z->name);
	cr_expect_eq(a->type, z->type);
	cr_expect_eq(a->key_alg, z->key_alg);
	cr_expect_eq(a->sign_alg, z->sign_alg);
	expect_text(a->config, z->config);
	expect_text(a->settings, z->settings);
	expect_text(a->token_uri, z->token_uri);
	expect_buf(&a->key_id, &z->key_id);
	expect_buf(&a->key_spki, &z->key_spki);
	cr_expect_eq(a->claims.sensitive, z->claims.sensitive);
	cr_expect_eq(a->claims.extractable, z->claims.extractable);
	cr_expect_eq(a->claims.always_sensitive, z->claims.always_sensitive);
	cr_expect_eq(a->claims.never_extractable, z->claims.never_extractable);
	cr_expect_eq(a->claims.local, z->claims.local);
	cr_expect_eq(a->claims.sign, z->claims.sign);
	cr_expect_eq(a->claims.decrypt, z->claims.decrypt);
	cr_expect_eq(a->claims.unwrap, z->claims.unwrap);
	cr_expect_eq(a->claims.derive, z->claims.derive);
	cr_expect_eq(a->claims.always_authenticate,
	    z->claims.always_authenticate);
	cr_expect_eq(a->claims.secret_readable, z->claims.secret_readable);
	cr_expect_eq(a->adopted, z->adopted);
	expect_text(a->csr, z->csr);
	cr_expect_eq(a->status, z->status);
	cr_expect_eq(a->before_delete, z->before_delete);
	cr_expect_eq(a->created_at, z->created_at);
	cr_expect_eq(a->changed_at, z->changed_at);
	cr_expect_eq(a->restorable_until, z->restorable_until);
	cr_expect_eq(a->revision, z->revision);
	expect_buf(&a->certificate, &z->certificate);
	expect_buf(&a->chain, &z->chain);
	expect_text(a->serial, z->serial);
	cr_expect_eq(a->not_before, z->not_before);
	cr_expect_eq(a->not_after, z->not_after);
}

static struct ca *
find(const char *which)
{
	struct fault f = { 0 };
	struct ca *ca = NULL;

	cr_assert(store_find_ca(store, which, &ca, &f), "%s: %s", which,
	    f.found);
	return ca;
}

static void
begin(void)
{
	struct fault f = { 0 };

	cr_assert(store_begin(store, &f), "%s", f.found);
}

static void
commit(void)
{
	struct fault f = { 0 };

	cr_assert(store_commit(store, &f), "%s", f.found);
}

Test(ca, comes_back_as_it_was_put_in)
{
	struct ca *in = full_ca();
	struct ca *out;
	struct fault f = { 0 };

	begin();
	cr_assert(store_insert_ca(store, in, &f), "%s", f.found);
	commit();
	out = find(U1);
	expect_same(in, out);
	ca_free(out);
	ca_free(in);
}

Test(ca, comes_back_with_nothing_where_nothing_was)
{
	struct ca *in = bench_ca(U1, "");
	struct ca *out;

	mem_free(in->config);
	in->config = NULL;
	begin();
	cr_assert(store_insert_ca(store, in, &(struct fault){ 0 }));
	commit();
	out = find(U1);
	expect_same(in, out);
	cr_expect_null(out->serial);
	cr_expect_eq(out->certificate.len, 0);
	ca_free(out);
	ca_free(in);
}

Test(ca, keeps_every_name_of_the_api)
{
	struct fault f = { 0 };
	struct ca *ca = bench_ca(U1, "");

	begin();
	cr_assert(store_insert_ca(store, ca, &f));
	for (unsigned i = 0; i < KEY_ALGS * SIGN_ALGS * CA_STATUSES; i++) {
		struct ca *out;

		ca->key_alg = (enum key_alg)(i % KEY_ALGS);
		ca->sign_alg = (enum sign_alg)(i % SIGN_ALGS);
		ca->type = (enum ca_type)(i % CA_TYPES);
		ca->status = (enum ca_status)(i % CA_STATUSES);
		ca->before_delete = CA_ACTIVE;
		if (ca->status == CA_EXPIRED)
			continue;
		cr_assert(store_update_ca(store, ca, &f), "%s", f.found);
		out = find(U1);
		expect_same(ca, out);
		ca_free(out);
	}
	commit();
	ca_free(ca);
}

Test(ca, is_never_stored_as_expired)
{
	struct ca *ca = bench_ca(U1, "");
	struct fault f = { 0 };

	ca->status = CA_EXPIRED;
	begin();
	cr_expect_not(store_insert_ca(store, ca, &f));
	cr_expect_eq(f.kind, FAULT_OURS);
	ca_free(ca);
}

static void
three_cas(void)
{
	bench_insert(store, U1, "issuing");
	bench_insert(store, U2, "aaaa");
	bench_insert(store, U3, "50%_'; DROP TABLE ca; --");
}

static const struct {
	const char *which, *uuid;
} named[] = {
	{ ARN U1, U1 },
	{ U2, U2 },
	{ "bbbb", U3 },
	{ "BBBB3333-22", U3 },
	{ "aaaa1", U1 },
	{ "AAAA2222-2222-4333-8444-555555555555", U2 },
	{ "issuing", U1 },
	{ "aaaa", U2 }, /* a name wins over the start of two UUIDs */
	{ "50%_'; DROP TABLE ca; --", U3 },
};

Test(ca, is_found_by_arn_uuid_prefix_and_name)
{
	three_cas();
	for (size_t i = 0; i < COUNT(named); i++) {
		struct ca *ca = find(named[i].which);

		cr_expect_str_eq(ca->uuid, named[i].uuid, "%s", named[i].which);
		ca_free(ca);
	}
}

static const struct {
	const char *which;
	enum fault_kind kind;
} unnamed[] = {
	{ "", FAULT_RESOURCE_NOT_FOUND },
	{ "bbb", FAULT_RESOURCE_NOT_FOUND }, /* too short for a prefix */
	{ "AAA", FAULT_RESOURCE_NOT_FOUND },
	{ "%", FAULT_RESOURCE_NOT_FOUND },
	{ "aaaa%", FAULT_RESOURCE_NOT_FOUND },
	{ "aaaa____", FAULT_RESOURCE_NOT_FOUND },
	{ "cccc", FAULT_RESOURCE_NOT_FOUND },
	{ "Issuing", FAULT_RESOURCE_NOT_FOUND },
	{ U1 "0", FAULT_RESOURCE_NOT_FOUND },
	{ "\x1b[31m\xff", FAULT_RESOURCE_NOT_FOUND },
	{ ARN "cccc1111-2222-4333-8444-555555555555",
	    FAULT_RESOURCE_NOT_FOUND },
	{ "AAAa", FAULT_INVALID_ARGS }, /* two CAs */
	{ ARN "aaaa1111", FAULT_INVALID_ARN },
	{ ARN U1 "/certificate/01", FAULT_INVALID_ARN },
	{ "arn:", FAULT_INVALID_ARN },
	{ "arn:aws:acm:us-east-1:000000000000:certificate-authority/" U1,
	    FAULT_INVALID_ARN },
	{ "arn:aws:acm-pca:us-east-1:000000000000:template/" U1,
	    FAULT_INVALID_ARN },
};

Test(ca, that_is_not_named_well_is_refused)
{
	three_cas();
	for (size_t i = 0; i < COUNT(unnamed); i++) {
		struct fault f = { 0 };
		struct ca *ca = NULL;

		cr_expect_not(store_find_ca(store, unnamed[i].which, &ca, &f),
		    "case %zu", i);
		cr_expect_null(ca);
		cr_expect_eq(f.kind, unnamed[i].kind, "case %zu: %s", i,
		    f.found);
		cr_expect_null(strchr(f.found, '\x1b'));
	}
}

Test(ca, candidates_of_a_prefix_are_listed)
{
	struct fault f = { 0 };
	struct ca *ca = NULL;

	three_cas();
	cr_expect_not(store_find_ca(store, "AAAA", &ca, &f));
	cr_expect(strstr(f.found, U1 " (issuing)") != NULL, "%s", f.found);
	cr_expect(strstr(f.found, U2 " (aaaa)") != NULL, "%s", f.found);
	cr_expect_null(strstr(f.found, "bbbb"));
}

Test(ca, list_is_ordered_by_age_then_arn)
{
	static const char *const order[] = { U3, U1, U2 };
	struct fault f = { 0 };
	struct ca **cas = NULL;
	struct ca *ca;
	size_t count = 9;

	cr_assert(store_all_cas(store, &cas, &count, &f));
	cr_expect_eq(count, 0);
	cr_expect_null(cas[0]);
	store_free_cas(cas);
	bench_insert(store, U2, "");
	bench_insert(store, U1, "");
	ca = bench_ca(U3, "");
	ca->created_at = -5;
	begin();
	cr_assert(store_insert_ca(store, ca, &f));
	commit();
	ca_free(ca);
	cr_assert(store_all_cas(store, &cas, &count, &f));
	cr_assert_eq(count, COUNT(order));
	for (size_t i = 0; i < count; i++)
		cr_expect_str_eq(cas[i]->uuid, order[i]);
	cr_expect_null(cas[count]);
	store_free_cas(cas);
}

Test(ca, names_are_given_once_but_many_may_have_none)
{
	struct ca *ca = bench_ca(U3, "issuing");
	struct fault f = { 0 };

	bench_insert(store, U1, "");
	bench_insert(store, U2, "issuing");
	begin();
	cr_expect_not(store_insert_ca(store, ca, &f));
	cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
	cr_expect(strstr(f.found, "\"issuing\"") != NULL, "%s", f.found);
	ca->name[0] = '\0';
	cr_expect(store_insert_ca(store, ca, &f), "%s", f.found);
	cr_expect_not(store_insert_ca(store, ca, &f));
	cr_expect_eq(f.kind, FAULT_OURS, "the same UUID twice");
	commit();
	cr_expect_eq(bench_count(store), 3);
	ca_free(ca);
}

Test(ca, change_of_a_row_that_is_not_as_it_was_read_is_refused)
{
	struct ca *mine, *theirs;
	struct fault f = { 0 };

	bench_insert(store, U1, "issuing");
	mine = find("issuing");
	theirs = find("issuing");
	begin();
	theirs->status = CA_ACTIVE;
	cr_assert(store_update_ca(store, theirs, &f));
	cr_expect_eq(theirs->revision, mine->revision + 1);
	mine->status = CA_DISABLED;
	cr_expect_not(store_update_ca(store, mine, &f));
	cr_expect_eq(f.kind, FAULT_CONCURRENT_MODIFICATION);
	cr_expect_not(store_remove_ca(store, mine, &f));
	cr_expect_eq(f.kind, FAULT_CONCURRENT_MODIFICATION);
	cr_expect(store_update_ca(store, theirs, &f), "again");
	commit();
	ca_free(mine);
	mine = find("issuing");
	expect_same(mine, theirs);
	ca_free(mine);
	ca_free(theirs);
}

static void
install(struct ca *ca, const char *certificate, const char *chain, int64_t now)
{
	struct fault f = { 0 };

	buf_set(&ca->certificate, bytes_of(certificate));
	buf_set(&ca->chain, bytes_of(chain));
	mem_free(ca->serial);
	ca->serial = mem_format("%d", (int)now);
	ca->not_before = now + 1;
	ca->not_after = now + 2;
	begin();
	cr_assert(store_install(store, ca, now, &f), "%s", f.found);
	commit();
}

Test(ca, keeps_every_certificate_it_had)
{
	struct installed *list = NULL;
	struct fault f = { 0 };
	struct ca *ca, *read;
	size_t count = 9;

	bench_insert(store, U1, "issuing");
	bench_insert(store, U2, "other");
	ca = find("issuing");
	cr_assert(store_history(store, ca, &list, &count, &f));
	cr_expect_eq(count, 0);
	store_free_history(list, count);
	install(ca, "old", "", 10);
	install(ca, "new", "chain", 5); /* the clock went back */
	read = find("issuing");
	expect_same(ca, read);
	cr_assert(store_history(store, ca, &list, &count, &f));
	cr_assert_eq(count, 2);
	cr_expect_str_eq(buf_text(&list[0].certificate), "new");
	cr_expect_str_eq(buf_text(&list[0].chain), "chain");
	cr_expect_str_eq(list[0].serial, "5");
	cr_expect_eq(list[0].not_before, 6);
	cr_expect_eq(list[0].not_after, 7);
	cr_expect_eq(list[0].installed_at, 5);
	cr_expect_str_eq(buf_text(&list[1].certificate), "old");
	cr_expect_eq(list[1].chain.len, 0);
	store_free_history(list, count);
	ca_free(read);
	read = find("other");
	cr_assert(store_history(store, read, &list, &count, &f));
	cr_expect_eq(count, 0);
	store_free_history(list, count);
	ca_free(read);
	ca_free(ca);
}

Test(ca, install_of_a_stale_ca_keeps_nothing)
{
	struct installed *list = NULL;
	struct fault f = { 0 };
	size_t count = 9;
	struct ca *ca, *stale;

	bench_insert(store, U1, "issuing");
	ca = find("issuing");
	stale = find("issuing");
	install(ca, "one", "", 1);
	buf_set(&stale->certificate, bytes_of("two"));
	begin();
	cr_expect_not(store_install(store, stale, 2, &f));
	cr_expect_eq(f.kind, FAULT_CONCURRENT_MODIFICATION);
	store_rollback(store);
	cr_assert(store_history(store, ca, &list, &count, &f));
	cr_expect_eq(count, 1);
	store_free_history(list, count);
	ca_free(ca);
	ca_free(stale);
}

Test(ca, is_removed_with_its_history)
{
	struct installed *list = NULL;
	struct fault f = { 0 };
	struct ca *ca, *gone = NULL;
	size_t count = 9;

	bench_insert(store, U1, "issuing");
	ca = find("issuing");
	install(ca, "one", "", 1);
	begin();
	cr_assert(store_remove_ca(store, ca, &f), "%s", f.found);
	cr_expect_not(store_remove_ca(store, ca, &f));
	commit();
	cr_expect_not(store_find_ca(store, U1, &gone, &f));
	cr_assert(store_history(store, ca, &list, &count, &f));
	cr_expect_eq(count, 0);
	store_free_history(list, count);
	ca_free(ca);
}
