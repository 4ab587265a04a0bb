/* module_test.c - which module is loaded, and in which environment. */
#include "../../src/token/internal.h"
#include "nss_bench.h"

TestSuite(module, .init = bench_start, .fini = bench_end, .timeout = 60);

static bool
load(const char *name, const char *const *environment, struct module **out)
{
	const struct token_place place = { .module = name,
		.environment = environment };

	return module_load(&place, out, &bench.f);
}

static const struct {
	const char *module;
	const char *found;
} no_modules[] = {
	{ NULL, "no PKCS#11 module" },
	{ "", "no PKCS#11 module" },
	{ "/no/such/module.so", "/no/such/module.so" },
	{ "./no-such-module.so", "cannot be loaded" },
	{ "no-such-name", "no module \"no-such-name\"" },
	{ "..", "no module" },
	{ "/etc/passwd", "cannot be loaded" },
};

Test(module, that_cannot_be_loaded_is_a_fault)
{
	for (size_t i = 0; i < COUNT(no_modules); i++) {
		struct module *module = NULL;

		REFUSED(load(no_modules[i].module, NULL, &module),
		    no_modules[i].found);
		cr_expect_null(module);
		cr_expect_eq((int)bench.f.kind, FAULT_TOKEN);
	}
}

Test(module, that_is_a_library_without_functions_is_a_fault)
{
	struct module *module = NULL;

	REFUSED(load("/lib/x86_64-linux-gnu/libm.so.6", NULL, &module),
	    "cannot be loaded");
}

Test(module, is_found_by_its_registered_name)
{
	struct module *module = NULL;

	if (access("/usr/share/p11-kit/modules/softhsm2.module", R_OK) != 0)
		cr_skip_test("SoftHSM is not registered with p11-kit here");
	MUST(load("softhsm2", bench.environment, &module));
	cr_expect(strstr(module->path, "softhsm2.so") != NULL, "%s",
	    module->path);
	module_unload(module);
}

static const char *const bad_names[] = { "LD_PRELOAD=/tmp/x.so",
	"LD_LIBRARY_PATH=/tmp", "GCONV_PATH=/tmp", "OPENSSL_CONF=/tmp/x",
	"OPENSSL_MODULES=/tmp", "P11_KIT_DEBUG=all", "GLIBC_TUNABLES=x=y",
	"PKCS11SPY=/x", "no-value", "=x", "A B=c", "a-b=c" };

Test(module, environment_does_not_change_who_loads_code)
{
	for (size_t i = 0; i < COUNT(bad_names); i++) {
		const char *environment[] = { bad_names[i], NULL };
		struct module *module = NULL;

		REFUSED(load(softhsm_module(), environment, &module),
		    "environment variable");
		cr_expect_null(module);
	}
	cr_expect_null(getenv("LD_PRELOAD"));
	cr_expect_null(getenv("OPENSSL_CONF"));
}

Test(module, that_writes_each_call_down_is_not_loaded)
{
	struct token_info *list = NULL;
	size_t count = 0;

	setenv("PKCS11SPY", softhsm_module(), 1);
	REFUSED(token_list(&bench.place, &list, &count, &bench.f), "PKCS11SPY");
	unsetenv("PKCS11SPY");
	MUST(token_list(&bench.place, &list, &count, &bench.f));
	mem_free(list);
}

Test(module, environment_may_name_the_server)
{
	const char *environment[] = { "P11_KIT_SERVER_ADDRESS=unix:path=/x",
		bench.entry, NULL };
	struct module *module = NULL;

	MUST(load(softhsm_module(), environment, &module));
	cr_expect_str_eq(getenv("P11_KIT_SERVER_ADDRESS"), "unix:path=/x");
	module_unload(module);
}

Test(module, environment_is_not_changed_under_a_running_module)
{
	const char *other[] = { "SOFTHSM2_CONF=/other.conf", NULL };
	struct module *first = NULL;
	struct module *second = NULL;
	char *path;

	MUST(load(softhsm_module(), bench.environment, &first));
	cr_expect(module_in_use(first->path));
	REFUSED(load(softhsm_module(), other, &second), "SOFTHSM2_CONF");
	MUST(load(softhsm_module(), bench.environment, &second));
	path = mem_text(first->path);
	module_unload(first);
	cr_expect(module_in_use(path));
	module_unload(second);
	cr_expect_not(module_in_use(path));
	mem_free(path);
}

Test(module, that_cannot_start_is_a_fault_with_its_answer)
{
	const char *environment[] = { "SOFTHSM2_CONF=/no/such.conf", NULL };
	struct module *module = NULL;

	REFUSED(load(softhsm_module(), environment, &module),
	    "CKR_GENERAL_ERROR");
}

Test(module, starts_again)
{
	struct module *module = NULL;
	struct slot_token *list = NULL;
	size_t count = 0;

	MUST(load(softhsm_module(), bench.environment, &module));
	MUST(module_restart(module, &bench.f));
	MUST(module_reload(module, &bench.f));
	MUST(slots_read(module, &list, &count, &bench.f));
	cr_expect_eq(count, 2);
	mem_free(list);
	module_unload(module);
	module_unload(NULL);
}

/* --- with words when it starts ---------------------------------------- */

TestSuite(module_with_words, .init = nss_start, .fini = nss_end, .timeout = 60);

Test(module_with_words, does_all_that_a_ca_needs)
{
	nss_story();
}

Test(module_with_words, shows_its_tokens)
{
	struct token_info *list = NULL;
	size_t count = 0;

	MUST(token_list(&nss.place, &list, &count, &bench.f));
	cr_assert_eq(count, 2);
	cr_expect_str_eq(list[1].label, "NSS Certificate DB");
	mem_free(list);
}

Test(module_with_words, does_not_start_without_them)
{
	struct module *module = NULL;

	nss.place.init_args = NULL;
	REFUSED(module_load(&nss.place, &module, &bench.f),
	    "CKR_ARGUMENTS_BAD");
	cr_expect(strstr(bench.f.todo, "token.init-args") != NULL, "%s",
	    bench.f.todo);
}

Test(module_with_words, is_one_however_often_it_is_loaded)
{
	struct module *first = NULL;
	struct module *second = NULL;
	struct slot_token *list = NULL;
	size_t count = 0;

	MUST(module_load(&nss.place, &first, &bench.f));
	MUST(module_load(&nss.place, &second, &bench.f));
	MUST(module_restart(second, &bench.f));
	module_unload(first);
	MUST(slots_read(second, &list, &count, &bench.f));
	cr_expect_eq(count, 2);
	mem_free(list);
	MUST(module_reload(second, &bench.f));
	module_unload(second);
	MUST(module_load(&nss.place, &first, &bench.f));
	module_unload(first);
}

Test(module_with_words, hears_no_other_words_while_it_runs)
{
	struct token_place other = nss.place;
	struct module *first = NULL;
	struct module *second = NULL;

	other.init_args = "configdir='sql:/nowhere'";
	MUST(module_load(&nss.place, &first, &bench.f));
	REFUSED(module_load(&other, &second, &bench.f), "other words");
	other.init_args = NULL;
	REFUSED(module_load(&other, &second, &bench.f), "other words");
	cr_expect_null(second);
	module_unload(first);
}

Test(module_with_words, mends_what_was_closed_behind_its_back)
{
	struct key key = { 0 };
	struct buf out = { 0 };

	MUST(token_open(&nss.place, true, NULL, &bench.token, &bench.f));
	bench_key(KEY_EC_PRIME256V1, "ec", &key);
	MUST(token_sign(bench.token, &key, SIGN_SHA256WITHECDSA, bytes_of("a"),
	    &out, &bench.f));
	buf_free(&out);
	call_enter_thread(worker_call(bench.token->worker));
	cr_assert_eq(bench.token->module->list
			 ->C_CloseAllSessions(bench.token->about.slot),
	    CKR_OK);
	MUST(token_sign(bench.token, &key, SIGN_SHA256WITHECDSA, bytes_of("b"),
	    &out, &bench.f));
	buf_free(&out);
	key_clear(&key);
	bench_close();
}

Test(module_with_words, hears_them_in_a_process_of_its_own)
{
	signal(SIGPIPE, SIG_IGN);
	nss.place.isolate = true;
	nss_story();
}
