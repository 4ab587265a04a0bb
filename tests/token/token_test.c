/* token_test.c - find the one token, open it, close it. */
#include "bench.h"

TestSuite(token, .init = bench_start, .fini = bench_end, .timeout = 60);

Test(token, list_shows_every_token_as_it_describes_itself)
{
	struct token_info *list = NULL;
	size_t ready = 0;
	size_t count = 0;

	MUST(token_list(&bench.place, &list, &count, &bench.f));
	cr_assert_eq(count, 2);
	for (size_t i = 0; i < count; i++) {
		if (!list[i].initialized) {
			cr_expect_str_empty(list[i].uri);
			continue;
		}
		ready++;
		cr_expect_str_eq(list[i].label, "issuing");
		cr_expect_str_eq(list[i].manufacturer, "SoftHSM project");
		cr_expect_str_eq(list[i].model, "SoftHSM v2");
		cr_expect_eq(strlen(list[i].serial), 16);
		cr_expect_str_eq(list[i].uri, bench.uri);
		cr_expect(list[i].pin_set && list[i].login_required);
		cr_expect_not(list[i].pad || list[i].pin_locked ||
		    list[i].pin_final_try || list[i].pin_count_low ||
		    list[i].write_protected);
		cr_expect_eq(list[i].pin_min, 4);
		cr_expect_eq(list[i].pin_max, 255);
	}
	cr_expect_eq(ready, 1);
	mem_free(list);
}

Test(token, opens_by_label_or_serial)
{
	const char *serial = strstr(bench.uri, "serial=");
	char *by_serial =
	    mem_format("pkcs11:%.*s", (int)strcspn(serial, ";"), serial);
	const char *uris[] = { "pkcs11:token=issuing", by_serial, bench.uri };

	for (size_t i = 0; i < COUNT(uris); i++) {
		bench.place.uri = uris[i];
		bench_open();
		cr_expect_str_eq(token_about(bench.token)->label, "issuing");
		cr_expect_str_eq(token_about(bench.token)->uri, bench.uri);
		bench_close();
	}
	mem_free(by_serial);
}

Test(token, that_is_not_there_is_a_fault_that_lists_what_is)
{
	struct token *token = NULL;

	bench.place.uri = "pkcs11:token=another";
	REFUSED(token_open(&bench.place, true, NULL, &token, &bench.f),
	    "\"issuing\" (serial ");
	cr_expect_null(token);
	cr_expect_eq((int)bench.f.kind, FAULT_TOKEN);
}

Test(token, that_has_no_name_is_refused)
{
	struct token *token = NULL;

	bench.place.uri = "pkcs11:";
	REFUSED(token_open(&bench.place, true, NULL, &token, &bench.f),
	    "without token=");
}

Test(token, without_login_shows_no_private_key_and_says_so)
{
	struct token *token = NULL;
	struct key *list = NULL;
	struct key key = { 0 };
	size_t count = 9;

	bench_open();
	bench_key(KEY_EC_PRIME256V1, "one", &key);
	key_clear(&key);
	bench_close();
	MUST(token_open(&bench.place, false, NULL, &token, &bench.f));
	MUST(token_keys(token, &list, &count, &bench.f));
	cr_expect_eq(count, 0);
	mem_free(list);
	REFUSED(token_find_key(token, bytes_of("one"), &key, &bench.f),
	    "hidden before login");
	token_close(token);
}

Test(token, opened_twice_in_one_process_is_logged_in_twice)
{
	struct token *second = NULL;
	struct key key = { 0 };
	struct key same = { 0 };

	bench_open();
	bench_key(KEY_EC_PRIME256V1, "one", &key);
	MUST(token_open(&bench.place, true, NULL, &second, &bench.f));
	bench_close(); /* the first goes, the second stays logged in */
	MUST(token_find_key(second, bytes_of("one"), &same, &bench.f));
	cr_expect(bytes_equal(buf_bytes(&key.spki), buf_bytes(&same.spki)));
	token_close(second);
	key_clear(&key);
	key_clear(&same);
}

Test(token, that_never_was_is_closed_too)
{
	token_close(NULL);
}
