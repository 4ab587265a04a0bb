/* import_test.c - a certificate comes home, or is refused and changes nothing. */
#include "stage.h"

/* The verdict of one rule in the report. */
static enum verdict
verdict_of(const struct stage *s, const char *id)
{
	for (size_t i = 0; i < s->report->count; i++)
		if (strcmp(s->report->finding[i].rule->id, id) == 0)
			return s->report->finding[i].verdict;
	cr_assert_fail("no rule %s", id);
	return VERDICT_NA;
}

Test(import, a_signed_certificate_makes_the_ca_active)
{
	struct ca *ca, *active;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	active = stage_activate(&s, ca, 77, NULL);
	cr_expect_eq(active->status, CA_ACTIVE);
	cr_expect_str_eq(active->serial, "77");
	cr_expect_eq(verdict_of(&s, "T01"), VERDICT_PASS);
	cr_expect_eq(verdict_of(&s, "K01"), VERDICT_PASS);
	cr_expect_eq(verdict_of(&s, "K02"), VERDICT_PASS);
	ca_free(active);
	ca_free(ca);
	stage_close(&s);
}

Test(import, certificate_and_chain_are_given_out_as_they_were_sent)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct ca *ca, *out;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	buf_text_append(&certificate, "some words\r\n");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	certificate.len--; /* no final newline */
	stage_chain(&s, &chain);
	buf_text_append(&chain, "\n\nand after\n");
	cr_assert(stage_import(&s, "one", buf_bytes(&certificate),
		      buf_bytes(&chain), &out),
	    "%s", s.f.found);
	ca_free(out);
	stage_reopen(&s);
	cr_assert(action_get_certificate(s.p, "one", &out, &s.f));
	cr_expect(bytes_equal(buf_bytes(&out->certificate),
	    buf_bytes(&certificate)));
	cr_expect(bytes_equal(buf_bytes(&out->chain), buf_bytes(&chain)));
	ca_free(out);
	ca_free(ca);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

Test(import, a_certificate_for_another_key_is_refused_and_changes_nothing)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct ca *one, *two, *out;
	struct stage s;
	char *entry;

	stage_open(&s);
	one = stage_create(&s, "one", "EC_prime256v1");
	two = stage_create(&s, "two", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&two->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_eq(s.f.kind, FAULT_CERTIFICATE_MISMATCH);
	cr_expect_str_eq(s.f.rule, "K01");
	cr_expect_eq(verdict_of(&s, "C05"), VERDICT_PASS,
	    "all rules are reported");
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "CertificateMismatchException"));
	cr_expect_not_null(strstr(entry, "\"K01\""));
	mem_free(entry);
	cr_assert(action_describe(s.p, "one", &out, &s.f));
	cr_expect_eq(out->status, CA_PENDING_CERTIFICATE);
	cr_expect_eq(out->certificate.len, 0);
	cr_expect_eq(out->revision, one->revision);
	ca_free(out);
	ca_free(one);
	ca_free(two);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

Test(import, the_same_again_succeeds_and_changes_nothing)
{
	struct ca *ca, *first, *again;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	first = stage_activate(&s, ca, 7, NULL);
	cr_assert(stage_import(&s, "one", buf_bytes(&first->certificate),
		      buf_bytes(&first->chain), &again),
	    "%s", s.f.found);
	cr_expect_eq(again->revision, first->revision);
	ca_free(again);
	ca_free(first);
	ca_free(ca);
	stage_close(&s);
}

Test(import, a_renewal_replaces_the_certificate_and_keeps_the_old_one)
{
	struct ca *ca, *first, *second;
	struct installed *history;
	struct stage s;
	size_t count;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	first = stage_activate(&s, ca, 7, NULL);
	second = stage_activate(&s, ca, 8, NULL);
	cr_expect_str_eq(second->serial, "8");
	cr_assert(store_history(p11ca_store(s.p), second, &history, &count,
	    &s.f));
	cr_assert_eq(count, 2);
	cr_expect_str_eq(history[0].serial, "8");
	cr_expect_str_eq(history[1].serial, "7");
	cr_expect(bytes_equal(buf_bytes(&history[1].certificate),
	    buf_bytes(&first->certificate)));
	store_free_history(history, count);
	ca_free(second);
	ca_free(first);
	ca_free(ca);
	stage_close(&s);
}

Test(import, an_expired_ca_comes_back_as_what_it_was)
{
	struct ca *ca, *active, *out;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	active = stage_activate(&s, ca, 7, "20270201000000Z");
	ca_free(active);
	cr_assert(action_update(s.p, "one", false, &out, &s.f));
	ca_free(out);
	clock_stop(STAGE_NOW + 86400 * 60);
	cr_assert(action_describe(s.p, "one", &out, &s.f));
	cr_expect_eq(ca_status_at(out, clock_now()), CA_EXPIRED);
	ca_free(out);
	active = stage_activate(&s, ca, 8, NULL);
	cr_expect_eq(ca_status_at(active, clock_now()), CA_DISABLED);
	ca_free(active);
	ca_free(ca);
	stage_close(&s);
}

/* The token is gone: T01, after the parse rules and before the key's. */
Test(import, without_the_token_nothing_is_installed)
{
	struct buf certificate = { 0 }, chain = { 0 };
	char *tokens, *away;
	struct ca *ca, *out;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	tokens = mem_format("%s/softhsm/tokens", s.home);
	away = mem_format("%s/softhsm/away", s.home);
	cr_assert_eq(rename(tokens, away), 0);
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_str_eq(s.f.rule, "T01");
	cr_expect_eq(fault_exit_code(s.f.kind), 3);
	cr_assert_eq(rename(away, tokens), 0);
	cr_expect(stage_import(&s, "one", buf_bytes(&certificate),
		      buf_bytes(&chain), &out),
	    "%s", s.f.found);
	ca_free(out);
	ca_free(ca);
	mem_free(tokens);
	mem_free(away);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

Test(import, a_key_that_was_replaced_in_the_token_is_noticed)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct token_place place;
	struct token *token = NULL;
	struct key key = { 0 };
	struct ca *ca, *out;
	struct stage s;
	bool found;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	p11ca_place(s.p, NULL, &place);
	cr_assert(token_open(&place, true, NULL, &token, &s.f));
	cr_assert(token_destroy_key(token, buf_bytes(&ca->key_id), &found,
	    &s.f));
	cr_assert(found);
	cr_assert(token_make_key(token, KEY_EC_PRIME256V1,
	    buf_bytes(&ca->key_id), "impostor", &key, &s.f));
	token_close(token);
	key_clear(&key);
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_str_eq(s.f.rule, "K01");
	ca_free(ca);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

Test(import, a_ca_that_is_not_there_is_R03)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct stage s;
	struct ca *out;

	stage_open(&s);
	stage_chain(&s, &chain);
	buf_append(&certificate, buf_bytes(&chain));
	cr_expect_not(stage_import(&s, "nobody", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_str_eq(s.f.rule, "R03");
	cr_expect_eq(s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

/* Another change holds the CA: the same import is R04, another is R05. */
Test(import, a_rival_is_noticed_and_told_apart)
{
	struct buf certificate = { 0 }, chain = { 0 };
	char one[DIGEST_HEX_LEN], two[DIGEST_HEX_LEN];
	struct store_lock *lock = NULL;
	struct ca *ca, *out;
	struct stage s;
	char digest[DIGEST_HEX_LEN];
	char *asked;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	digest_hex(buf_bytes(&certificate), one);
	digest_hex(buf_bytes(&chain), two);
	asked = mem_format("import %s %s", one, two);
	digest_hex(bytes_of(asked), digest);
	cr_assert(store_lock(p11ca_store(s.p), ca->uuid, digest, &lock, &s.f));
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_str_eq(s.f.rule, "R04");
	cr_expect_eq(fault_exit_code(s.f.kind), 5);
	store_unlock(lock);
	cr_assert(store_lock(p11ca_store(s.p), ca->uuid, "else", &lock, &s.f));
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_str_eq(s.f.rule, "R05");
	cr_expect_eq(fault_exit_code(s.f.kind), 5);
	store_unlock(lock);
	cr_expect(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	ca_free(out);
	ca_free(ca);
	mem_free(asked);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

Test(import, a_deleted_ca_takes_no_certificate)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct ca *ca, *out;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	cr_assert(action_delete(s.p, "one", 7, &out, &s.f), "%s", s.f.found);
	ca_free(out);
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&chain), &out));
	cr_expect_str_eq(s.f.rule, "R06");
	ca_free(ca);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

/* The first X02 and C03 that the table of spoiled facts cannot make. */
Test(import, a_chain_in_another_order_is_named)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct pem pem = { 0 };
	struct buf shuffled = { 0 };
	struct ca *ca, *out;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	pem_read(buf_bytes(&chain), &pem);
	pem_write(&shuffled, PEM_CERTIFICATE, buf_bytes(&pem.block[1].der));
	pem_write(&shuffled, PEM_CERTIFICATE, buf_bytes(&pem.block[0].der));
	cr_expect_not(stage_import(&s, "one", buf_bytes(&certificate),
	    buf_bytes(&shuffled), &out));
	cr_expect_str_eq(s.f.rule, "C03");
	cr_expect_not_null(strstr(s.f.found, "[1], [0]"), "%s", s.f.found);
	pem_free(&pem);
	ca_free(ca);
	buf_free(&shuffled);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}

Test(import, the_certificate_can_be_written_into_the_token_too)
{
	struct buf certificate = { 0 }, chain = { 0 };
	struct import_request request = { .ca = "one",
		.store_certificate = true };
	struct ca *ca, *out;
	struct stage s;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	stage_sign(&s, buf_bytes(&ca->key_spki), 5, NULL, &certificate);
	stage_chain(&s, &chain);
	request.certificate = buf_bytes(&certificate);
	request.chain = buf_bytes(&chain);
	cr_assert(action_import(s.p, &request, s.report, &out, &s.f), "%s",
	    s.f.found);
	cr_expect_eq(out->status, CA_ACTIVE);
	ca_free(out);
	ca_free(ca);
	buf_free(&certificate);
	buf_free(&chain);
	stage_close(&s);
}
