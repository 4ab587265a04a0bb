/* module.c - load the one PKCS#11 module, and let it go. */
#include "internal.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define MODULE_FILE_MAX ((size_t)64 * 1024)
#define MODULE_NAME_MAX 128

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

/*
 * Modules read their environment once, when they start: a change that comes
 * later would silently not hold.
 */
static bool
environment_set(const char *entry, const char *path, struct fault *f)
{
	char shown[80];
	char *name = NULL;
	const char *value;
	const char *now;
	bool ok = true;

	if (!is_a_name_for_modules(entry)) {
		/* The value stays out of it: it may be anything. */
		text_fit(shown, sizeof(shown),
		    (struct bytes){
			(const unsigned char *)entry, strcspn(entry, "=") });
		fault_found(f, "the environment variable \"%s\"", shown);
		return fault_raise(f, FAULT_TOKEN,
		    "variables of the module, such as SOFTHSM2_CONF",
		    "take it out of the settings of the token");
	}
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

/* --- by name ---------------------------------------------------------- */

/* The value of "module:" in a file of p11-kit; NULL when it has none. */
static char *
module_line(const char *text)
{
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		size_t len;

		line += strspn(line, "\n");
		if (!starts_with(line, "module:"))
			continue;
		line += strlen("module:");
		line += strspn(line, " \t");
		len = strcspn(line, "\r\n");
		while (len > 0 && strchr(" \t", line[len - 1]) != NULL)
			len--;
		return len > 0 ? mem_format("%.*s", (int)len, line) : NULL;
	}
	return NULL;
}

static bool
path_from_name(const char *name, char **path, struct fault *f)
{
	static const char *const folders[] = { "/etc/pkcs11/modules",
		"/usr/share/p11-kit/modules" };
	struct buf text = { 0 };
	char shown[MODULE_NAME_MAX];
	char *file = NULL;
	bool ok = false;

	text_fit(shown, sizeof(shown), bytes_of(name));
	for (size_t i = 0; i < COUNT(folders) && file == NULL; i++) {
		file = mem_format("%s/%s.module", folders[i], name);
		if (access(file, R_OK) == 0)
			break;
		mem_free(file);
		file = NULL;
	}
	if (name[0] == '\0' || name[0] == '.' || file == NULL) {
		fault_found(f, "no module \"%s\" registered with p11-kit",
		    shown);
		fault_raise(f, FAULT_TOKEN, "a path, or a registered name",
		    "list the names with \"p11-kit list-modules\"");
		goto out;
	}
	if (!file_read(file, MODULE_FILE_MAX, &text, f))
		goto out;
	*path = module_line(buf_text(&text));
	ok = *path != NULL;
	if (!ok) {
		fault_found(f,
		    "no line \"module:\" in the registration of "
		    "\"%s\"",
		    shown);
		fault_raise(f, FAULT_TOKEN, "a module in a file of its own",
		    "for a remote one use p11-kit-client.so and "
		    "P11_KIT_SERVER_ADDRESS");
	}
out:
	buf_free(&text);
	mem_free(file);
	return ok;
}

/*
 * What p11-kit is to load.  It takes a relative path as one in its own module
 * folder, which is right for a registration and wrong for settings.
 */
static bool
path_from_setting(const char *module, char **path, struct fault *f)
{
	char real[PATH_MAX];
	char *named = NULL;

	*path = NULL;
	if (module == NULL || module[0] == '\0') {
		fault_found(f,
		    "no PKCS#11 module in the settings of the "
		    "token");
		return fault_raise(f, FAULT_TOKEN,
		    "the path of a module, or a name registered with p11-kit",
		    "name it in the settings, or with --module");
	}
	if (strchr(module, '/') == NULL) {
		if (!path_from_name(module, &named, f))
			return false;
		module = named;
	}
	/* One file, one name: so that it is seen when it is in use. */
	if (strchr(module, '/') != NULL && realpath(module, real) != NULL)
		module = real;
	*path = mem_text(module);
	mem_free(named);
	return true;
}

/* --- load ------------------------------------------------------------- */

bool
module_in_use(const char *path)
{
	for (const struct module *m = loaded; m != NULL; m = m->next)
		if (m->list != NULL && path != NULL &&
		    strcmp(m->path, path) == 0)
			return true;
	return false;
}

/* What p11-kit or the loader had to say. */
static bool
load_fault(const struct module *module, struct fault *f)
{
	const char *said = p11_kit_message();
	char shown[300];

	text_fit(shown, sizeof(shown),
	    bytes_of(said != NULL ? said : "p11-kit does not say why"));
	fault_found(f, "%s that cannot be loaded: %s", module->name, shown);
	return fault_raise(f, FAULT_TOKEN, "a PKCS#11 module",
	    "check its path, and that it is installed for this system");
}

static void
module_unbind(struct module *module)
{
	if (module->lazy != NULL)
		(void)dlclose(module->lazy);
	module->lazy = NULL;
}

/* Code of the module runs when it is loaded, and when it is let go. */
static bool
module_bind(struct module *module)
{
	struct call_mark before = call_begin("its loading", CALL_USUAL);

	/*
	 * p11-kit has every symbol of a module looked up when it loads it; one
	 * that is there already stays as it was bound.  Whatever is wrong with
	 * the file, p11-kit says it.
	 */
	if (module->path[0] == '/')
		module->lazy = dlopen(module->path, RTLD_LAZY | RTLD_LOCAL);
	module->managed =
	    p11_kit_module_load(module->path, P11_KIT_MODULE_CRITICAL);
	if (module->managed == NULL)
		module_unbind(module);
	call_end(before);
	return module->managed != NULL;
}

static void
module_release(struct module *module)
{
	struct call_mark before = call_begin("its unloading", CALL_USUAL);

	p11_kit_module_release(module->managed);
	module->managed = NULL;
	module->list = NULL;
	module_unbind(module);
	call_end(before);
	call_leads_to(NULL);
}

static CK_RV
module_initialize(struct module *module)
{
	struct call_mark before = call_begin("C_Initialize", CALL_USUAL);
	CK_RV rv = p11_kit_module_initialize(module->managed);

	call_end(before);
	module->initialized = rv == CKR_OK;
	return rv;
}

static void
module_finalize(struct module *module)
{
	struct call_mark before = call_begin("C_Finalize", CALL_USUAL);

	(void)p11_kit_module_finalize(module->managed);
	call_end(before);
	module->initialized = false;
}

static bool
module_start(struct module *module, struct fault *f)
{
	CK_RV rv;

	call_is_about(module->name);
	if (!module_bind(module))
		return load_fault(module, f);
	gate_around(module->managed, &module->gate);
	module->list = &module->gate;
	call_leads_to(module);
	rv = module_initialize(module);
	if (rv == CKR_OK)
		return true;
	module_release(module);
	return rv_fault(f, module->name, "starting it", rv);
}

static void
module_stop(struct module *module)
{
	if (module->list == NULL)
		return;
	if (module->initialized)
		module_finalize(module);
	module_release(module);
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

bool
module_load(const char *setting, const char *const *environment,
    struct module **out, struct fault *f)
{
	struct module *module = mem_new(sizeof(*module));
	char shown[TOKEN_NAME_MAX - 20];
	bool ok = false;

	*out = NULL;
	if (!nobody_spies(f) || !path_from_setting(setting, &module->path, f))
		goto out;
	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
		if (!environment_set(environment[i], module->path, f))
			goto out;
	text_fit(shown, sizeof(shown), bytes_of(module->path));
	(void)snprintf(module->name, sizeof(module->name), "the module \"%s\"",
	    shown);
	p11_kit_be_quiet();
	if (!module_start(module, f))
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
	mem_free(module->path);
	mem_free(module);
}

bool
module_restart(struct module *module, struct fault *f)
{
	CK_RV rv;

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
