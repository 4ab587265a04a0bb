/* module.c - load the one PKCS#11 module, and let it go. */
#include "internal.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

static struct module *loaded; /* every module of this process */

/* --- environment ------------------------------------------------------ */

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What a settings file must not change: who loads code, and from where. */
static bool
is_a_name_for_modules(const char *entry)
{
	static const char *const refused[] = { "LD_", "GCONV_PATH=", "OPENSSL_",
		"P11_KIT_", "GLIBC_TUNABLES=", "MALLOC_", "PKCS11SPY" };
	const char *end = strchr(entry, '=');
	size_t len = end == NULL ? 0 : (size_t)(end - entry);

	if (len == 0 ||
	    strspn(entry,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz"
		"0123456789_") != len)
		return false;
	if (starts_with(entry, "P11_KIT_SERVER_ADDRESS="))
		return true;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (starts_with(entry, refused[i]))
			return false;
	return true;
}

static bool
environment_check(const char *entry, struct fault *f)
{
	char shown[80];

	if (is_a_name_for_modules(entry))
		return true;
	/* The value stays out of it: it may be anything. */
	text_fit(shown, sizeof(shown),
	    (struct bytes){
		(const unsigned char *)entry, strcspn(entry, "=") });
	fault_found(f, "the environment variable \"%s\"", shown);
	return fault_raise(f, FAULT_TOKEN,
	    "variables of the module, such as SOFTHSM2_CONF",
	    "take it out of the settings of the token");
}

/*
 * Modules read their environment once, when they start: a change that comes
 * later would silently not hold.
 */
static bool
environment_set(const char *entry, const char *path, struct fault *f)
{
	char shown[80];
	char *name;
	const char *value;
	const char *now;
	bool ok = true;

	if (!environment_check(entry, f))
		return false;
	name = mem_text(entry);
	name[strcspn(name, "=")] = '\0';
	value = entry + strlen(name) + 1;
	now = getenv(name);
	if (now != NULL && strcmp(now, value) == 0)
		goto out;
	if (module_in_use(path)) {
		text_fit(shown, sizeof(shown), bytes_of(name));
		fault_found(f,
		    "another value of \"%s\" for a module that is "
		    "already running",
		    shown);
		ok = fault_raise(f, FAULT_TOKEN,
		    "one environment for one module",
		    "use the tokens one after the other, or put them under "
		    "one configuration of the module");
		goto out;
	}
	if (setenv(name, value, 1) != 0)
		mem_must(NULL);
out:
	mem_free(name);
	return ok;
}

/* The spy of OpenSC writes each call into its log, C_Login with its PIN. */
static bool
nobody_spies(struct fault *f)
{
	if (getenv("PKCS11SPY") == NULL)
		return true;
	fault_found(f,
	    "the environment variable PKCS11SPY, for a module that writes "
	    "down each call, and with it the PIN");
	return fault_raise(f, FAULT_TOKEN, "an environment without it",
	    "take it away (unset PKCS11SPY), and name the module itself");
}

/* --- what is loaded --------------------------------------------------- */

/* One file, one name: so that it is seen when it is in use. */
static char *
one_name(const char *path)
{
	char real[PATH_MAX];

	if (strchr(path, '/') != NULL && realpath(path, real) != NULL)
		path = real;
	return mem_text(path);
}

/*
 * What p11-kit is to load.  It takes a relative path as one in its own module
 * folder, which is right for a registration and wrong for settings.
 */
static bool
path_from_setting(const char *setting, bool *by_name, char **path,
    struct fault *f)
{
	char *file = NULL;

	*path = NULL;
	*by_name = false;
	if (setting == NULL || setting[0] == '\0') {
		fault_found(f,
		    "no PKCS#11 module in the settings of the "
		    "token");
		return fault_raise(f, FAULT_TOKEN,
		    "the path of a module, or a name registered with p11-kit",
		    "name it in the settings, or with --module");
	}
	if (strchr(setting, '/') == NULL &&
	    !registered_read(setting, &file, by_name, f))
		return false;
	*path = one_name(*by_name || file == NULL ? setting : file);
	mem_free(file);
	return true;
}

/* --- four ways to have a module --------------------------------------- */

/*
 * p11-kit has every symbol of a module looked up when it loads it; one that is
 * there already stays as it was bound.  Whatever is wrong with the file,
 * p11-kit says it.
 */
static CK_FUNCTION_LIST *
file_load(struct module *module, int flags)
{
	if (module->path[0] == '/')
		module->lazy = dlopen(module->path, RTLD_LAZY | RTLD_LOCAL);
	return p11_kit_module_load(module->path, flags);
}

static bool
load_managed(struct module *module, struct fault *f)
{
	module->behind = file_load(module, P11_KIT_MODULE_CRITICAL);
	return module->behind != NULL || load_fault(module, NULL, f);
}

static bool
load_raw(struct module *module, struct fault *f)
{
	module->raw = true;
	module->behind = file_load(module,
	    P11_KIT_MODULE_CRITICAL | P11_KIT_MODULE_UNMANAGED);
	return module->behind != NULL || load_fault(module, NULL, f);
}

static bool
load_registered(struct module *module, struct fault *f)
{
	module->behind = registered_load(module->path);
	return module->behind != NULL || load_fault(module, NULL, f);
}

static CK_RV
start_managed(struct module *module)
{
	return p11_kit_module_initialize(module->behind);
}

static CK_RV
stop_managed(struct module *module)
{
	return p11_kit_module_finalize(module->behind);
}

static bool
is_started_by_another(const struct module *module)
{
	for (const struct module *m = loaded; m != NULL; m = m->next)
		if (m != module && m->raw && module->raw && m->initialized &&
		    strcmp(m->path, module->path) == 0)
			return true;
	return false;
}

static CK_RV
start_raw(struct module *module)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK,
		.pReserved = module->init_args };

	if (is_started_by_another(module))
		return CKR_OK;
	return module->behind->C_Initialize(&args);
}

static CK_RV
stop_raw(struct module *module)
{
	if (is_started_by_another(module))
		return CKR_OK;
	return module->behind->C_Finalize(NULL);
}

static CK_RV
start_isolated(struct module *module)
{
	CK_RV rv = start_raw(module);

	isolate_settle(module);
	return rv;
}

static const struct module_way {
	bool (*load)(struct module *module, struct fault *f);
	CK_RV (*start)(struct module *module);
	CK_RV (*stop)(struct module *module);
} managed = { load_managed, start_managed, stop_managed },
  raw = { load_raw, start_raw, stop_raw },
  registered = { load_registered, start_managed, stop_managed },
  isolated = { isolate_load, start_isolated, stop_raw };

/* Only who starts it first would be heard. */
static bool
words_are_the_same(const struct module *module, struct fault *f)
{
	const char *words = module->init_args != NULL ? module->init_args : "";

	for (const struct module *m = loaded; m != NULL; m = m->next) {
		if (m->way == &isolated || module->way == &isolated ||
		    strcmp(m->path, module->path) != 0 ||
		    strcmp(m->init_args != NULL ? m->init_args : "", words) ==
			0)
			continue;
		fault_found(f, "other words for %s, which is already running",
		    module->name);
		return fault_raise(f, FAULT_TOKEN,
		    "one token.init-args for one module",
		    "use the tokens one after the other, or isolate the "
		    "module");
	}
	return true;
}

static bool
way_choose(struct module *module, const struct token_place *place, bool by_name,
    struct fault *f)
{
	module->by_name = by_name;
	module->way = &managed;
	if (place->init_args != NULL)
		module->way = &raw;
	if (by_name)
		module->way = &registered;
	if (place->isolate) {
		module->way = &isolated;
		module->end_process = module_end_process;
	}
	if (!by_name || place->init_args == NULL)
		return true;
	fault_found(f, "token.init-args for %s, which p11-kit starts itself",
	    module->name);
	return fault_raise(f, FAULT_TOKEN,
	    "the words in its registration, or in the settings of p11ca",
	    "write them as x-init-reserved: (pkcs11.conf(5)), or name the "
	    "module by its path");
}

/* --- load ------------------------------------------------------------- */

bool
module_in_use(const char *path)
{
	for (const struct module *m = loaded; m != NULL; m = m->next)
		if (m->list != NULL && m->way != &isolated && path != NULL &&
		    strcmp(m->path, path) == 0)
			return true;
	return false;
}

bool
load_fault(const struct module *module, const char *why, struct fault *f)
{
	const char *said = why != NULL ? why : p11_kit_message();
	char shown[300];

	text_fit(shown, sizeof(shown),
	    bytes_of(said != NULL ? said : "p11-kit does not say why"));
	fault_found(f, "%s that cannot be loaded: %s", module->name, shown);
	return fault_raise(f, FAULT_TOKEN, "a PKCS#11 module",
	    "check its path, and that it is installed for this system");
}

/*
 * Code of the module runs when it is loaded, and when it is let go.  A process
 * of its own has a deadline for that itself (isolate.c).
 */
static bool
module_bind(struct module *module, struct fault *f)
{
	struct call_mark before;
	bool ok;

	if (module->way == &isolated)
		return module->way->load(module, f);
	before = call_begin("its loading", CALL_USUAL);
	ok = module->way->load(module, f);
	call_end(before);
	return ok;
}

static void
module_release(struct module *module)
{
	struct call_mark before = call_begin("its unloading", CALL_USUAL);

	if (module->behind != NULL)
		p11_kit_module_release(module->behind);
	module->behind = NULL;
	module->list = NULL;
	if (module->lazy != NULL)
		(void)dlclose(module->lazy);
	module->lazy = NULL;
	call_end(before);
	call_leaves(module);
}

static CK_RV
module_initialize(struct module *module)
{
	struct call_mark before = call_begin("C_Initialize", CALL_USUAL);
	CK_RV rv = module->way->start(module);

	call_end(before);
	module->initialized = rv == CKR_OK;
	return rv;
}

static void
module_finalize(struct module *module)
{
	struct call_mark before = call_begin("C_Finalize", CALL_USUAL);

	(void)module->way->stop(module);
	call_end(before);
	module->initialized = false;
}

static void
module_stop(struct module *module)
{
	if (module->initialized)
		module_finalize(module);
	module_release(module);
	isolate_end(module);
}

static bool
module_start(struct module *module, struct fault *f)
{
	CK_RV rv;

	call_is_about(module->name);
	if (!module_bind(module, f)) {
		module_stop(module);
		return false;
	}
	gate_around(module->behind, &module->gate);
	module->list = &module->gate;
	call_leads_to(module);
	rv = module_initialize(module);
	if (rv == CKR_OK)
		return true;
	if (rv != CKR_DEVICE_ERROR || !isolate_died(module, "starting it", f))
		rv_fault(f, module->name, "starting it", rv);
	module_stop(module);
	return false;
}

static void
module_forget(const struct module *module)
{
	struct module **at = &loaded;

	while (*at != NULL && *at != module)
		at = &(*at)->next;
	if (*at != NULL)
		*at = module->next;
}

/* A process of its own gets them when it is made; this one must have them. */
static bool
environment_give(struct module *module, const char *const *list,
    struct fault *f)
{
	size_t count = 0;

	while (list != NULL && list[count] != NULL)
		count++;
	if (module->way == &isolated)
		module->environment = mem_array(count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		if (module->way != &isolated) {
			if (!environment_set(list[i], module->path, f))
				return false;
			continue;
		}
		if (!environment_check(list[i], f))
			return false;
		module->environment[i] = mem_text(list[i]);
	}
	return true;
}

bool
module_load(const struct token_place *place, struct module **out,
    struct fault *f)
{
	struct module *module = mem_new(sizeof(*module));
	char shown[TOKEN_NAME_MAX - 20];
	bool by_name;
	bool ok = false;

	*out = NULL;
	if (!nobody_spies(f) ||
	    !path_from_setting(place->module, &by_name, &module->path, f))
		goto out;
	text_fit(shown, sizeof(shown), bytes_of(module->path));
	(void)snprintf(module->name, sizeof(module->name), "the module \"%s\"",
	    shown);
	module->init_args = mem_text(place->init_args);
	module->deadline =
	    place->deadline != 0 ? place->deadline : TOKEN_DEADLINE;
	p11_kit_be_quiet();
	if (!way_choose(module, place, by_name, f) ||
	    !environment_give(module, place->environment, f) ||
	    !words_are_the_same(module, f) || !module_start(module, f))
		goto out;
	module->next = loaded;
	loaded = module;
	*out = module;
	module = NULL; /* the caller's now */
	ok = true;
out:
	module_unload(module);
	return ok;
}

void
module_unload(struct module *module)
{
	if (module == NULL)
		return;
	module_forget(module);
	module_stop(module);
	for (char **at = module->environment; at != NULL && *at != NULL; at++)
		mem_free(*at);
	mem_free(module->environment);
	mem_free(module->init_args);
	mem_free(module->path);
	mem_free(module);
}

bool
module_is_isolated(const struct module *module)
{
	return module->way == &isolated;
}

bool
module_restart(struct module *module, struct fault *f)
{
	CK_RV rv;

	/* A process of its own is left by those who leave the module. */
	if (module_is_isolated(module))
		return module_reload(module, f);
	module_finalize(module);
	rv = module_initialize(module);
	return rv == CKR_OK || rv_fault(f, module->name, "starting it", rv);
}

bool
module_reload(struct module *module, struct fault *f)
{
	module_stop(module);
	return module_start(module, f);
}
