/* token_find_test.c - the token that is meant, or what is there instead. */
#include "fault_bench.h"

TestSuite(token_find, .init = bench_open, .fini = bench_close, .timeout = 60);

/* Initialise SoftHSM's free slot with the label of the bench's token. */
static void
make_a_twin(void)
{
	unsigned char so_pin[] = "12345678", label[33];

	raw_load();
	snprintf((char *)label, sizeof(label), "%-32s", "fault");
	cr_assert_eq(bench.raw->C_InitToken(raw_slot(false), so_pin, 8, label),
	    CKR_OK);
	raw_close();
}

static const struct {
	const char *script, *uri; /* uri NULL: that of the bench */
	bool twin;
	const char *found, *todo;
} cases[] = {
	/* pulled, or its folder is gone */
	{ "token flags-clear 0x400\n", NULL, false,
	    "no token \"fault\" (serial ", "is the token inserted" },
	{ "token flags-clear 0x400\n", NULL, false, "which has none",
	    "server or folder there" },
	{ "token label other\n", NULL, false, "which has \"other\" (serial ",
	    "p11ca token list" },
	/* initialised anew, or replaced */
	{ "token serial 4711\n", NULL, false,
	    "but another of that label: \"fault\" (serial 4711)",
	    "initialised anew, or replaced" },
	{ "token serial 4711\n", "pkcs11:token=fault;serial=4712", true,
	    "but another of that label: \"fault\" (serial 4711), \"fault\"",
	    "restore its backup" },
	/* two that are taken for one */
	{ "", "pkcs11:token=fault", true, "2 tokens that match the URI",
	    "add serial= to the URI" },
	{ "token serial 4711\n", "pkcs11:token=fault;serial=4711", true,
	    "2 tokens of one serial number that match the URI: \"fault\"",
	    "take the copy away" },
	{ "token serial 4711\n", "pkcs11:token=fault", true,
	    "2 tokens of one serial number", "take the copy away" },
	/* what a URI leaves out is not said */
	{ "", "pkcs11:serial=4711", false,
	    "no token (serial 4711) in the module", "p11ca token list" },
	{ "", "pkcs11:token=mine", false, "no token \"mine\" in the module",
	    "p11ca token list" },
};

Test(token_find, that_is_not_the_one_says_which_is_missed_and_what_is_there)
{
	bool twin = false;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct token *token = NULL;
		struct fault f = { 0 };

		if (cases[i].twin && !twin)
			make_a_twin();
		twin = twin || cases[i].twin;
		bench.place.uri =
		    cases[i].uri != NULL ? cases[i].uri : bench.uri;
		bench_tell("%s", cases[i].script);
		bench_forget_calls();
		cr_assert_not(token_open(&bench.place, true, NULL, &token, &f),
		    "case %zu", i);
		cr_expect_null(token);
		cr_expect(bench_is_whole(&f), "case %zu", i);
		cr_expect(strstr(f.found, cases[i].found) != NULL,
		    "case %zu: %s", i, f.found);
		cr_expect(strstr(f.todo, cases[i].todo) != NULL, "case %zu: %s",
		    i, f.todo);
		cr_expect_eq(bench_calls("C_Login "), 0, "case %zu", i);
	}
}

/* The twin does not disturb it, and it is found again once it is back. */
Test(token_find, finds_the_one_by_its_serial_and_when_it_is_back)
{
	struct token *token = NULL;
	struct fault f = { 0 };

	make_a_twin();
	bench_tell("token flags-clear 0x400\n");
	cr_expect_not(token_open(&bench.place, true, NULL, &token, &f));
	bench_tell("%s", "");
	cr_expect(token_open(&bench.place, true, NULL, &token, &f), "%s",
	    f.found);
	token_close(token);
}
