/* module_test.c - which module is loaded, and in which environment. */
#include "../../src/token/internal.h"
#include "bench.h"

TestSuite(module, .init = bench_start, .fini = bench_end, .timeout = 60);

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

		REFUSED(module_load(no_modules[i].module, NULL, &module,
			    &bench.f),
		    no_modules[i].found);
		cr_expect_null(module);
		cr_expect_eq((int)bench.f.kind, FAULT_TOKEN);
	}
}

Test(module, that_is_a_library_without_functions_is_a_fault)
{
	struct module *module = NULL;

	REFUSED(module_load("/lib/x86_64-linux-gnu/libm.so.6", NULL, &module,
		    &bench.f),
	    "cannot be loaded");
}

Test(module, is_found_by_its_registered_name)
{
	struct module *module = NULL;

	if (access("/usr/share/p11-kit/modules/softhsm2.module", R_OK) != 0)
		cr_skip_test("SoftHSM is not registered with p11-kit here");
	MUST(module_load("softhsm2", bench.environment, &module, &bench.f));
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

		REFUSED(module_load(softhsm_module(), environment, &module,
			    &bench.f),
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

	MUST(module_load(softhsm_module(), environment, &module, &bench.f));
	cr_expect_str_eq(getenv("P11_KIT_SERVER_ADDRESS"), "unix:path=/x");
	module_unload(module);
}

Test(module, environment_is_not_changed_under_a_running_module)
{
	const char *other[] = { "SOFTHSM2_CONF=/other.conf", NULL };
	struct module *first = NULL;
	struct module *second = NULL;
	char *path;

	MUST(module_load(softhsm_module(), bench.environment, &first,
	    &bench.f));
	cr_expect(module_in_use(first->path));
	REFUSED(module_load(softhsm_module(), other, &second, &bench.f),
	    "SOFTHSM2_CONF");
	MUST(module_load(softhsm_module(), bench.environment, &second,
	    &bench.f));
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

	REFUSED(module_load(softhsm_module(), environment, &module, &bench.f),
	    "CKR_GENERAL_ERROR");
}

Test(module, starts_again)
{
	struct module *module = NULL;
	struct slot_token *list = NULL;
	size_t count = 0;

	MUST(module_load(softhsm_module(), bench.environment, &module,
	    &bench.f));
	MUST(module_restart(module, &bench.f));
	MUST(module_reload(module, &bench.f));
	MUST(slots_read(module, &list, &count, &bench.f));
	cr_expect_eq(count, 2);
	mem_free(list);
	module_unload(module);
	module_unload(NULL);
}
