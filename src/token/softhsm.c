/* softhsm.c - make a SoftHSM token for trials and tests. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "p11ca/digest.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define PIN_LEN 16
#define LABEL_MAX 32
#define CONF_NAME "SOFTHSM2_CONF"

const char *
softhsm_module(void)
{
	static const char *const places[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/local/lib/softhsm/libsofthsm2.so",
	};

	for (size_t i = 0; i < COUNT(places); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

/* --- files ------------------------------------------------------------ */

/* Sixteen of 32 characters that cannot be mistaken: 80 bits. */
static bool
pin_make(struct secret *out, struct fault *f)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char pin[PIN_LEN];
	bool ok = digest_random(pin, sizeof(pin), f);

	for (size_t i = 0; ok && i < sizeof(pin); i++)
		pin[i] = (unsigned char)letters[pin[i] % 32];
	if (ok)
		secret_set(out, pin, sizeof(pin));
	OPENSSL_cleanse(pin, sizeof(pin));
	return ok;
}

static bool
write_into(const char *folder, const char *name, struct bytes content,
    struct fault *f)
{
	char *path = mem_format("%s/%s", folder, name);
	bool ok = file_write(path, content, f);

	mem_free(path);
	return ok;
}

static bool
write_secret(const char *folder, const char *name, const struct secret *pin,
    struct fault *f)
{
	return write_into(folder, name, (struct bytes){ pin->p, pin->len }, f);
}

/* softhsm2.conf knows no quoting: a line ends where the line ends. */
static bool
folder_is_fit(const char *folder, const char *conf, const char *label,
    struct fault *f)
{
	size_t len = strlen(label);

	if (len == 0 || len > LABEL_MAX)
		fault_found(f, "a label of %zu bytes for a token", len);
	else if (strpbrk(folder, "\r\n#") != NULL)
		fault_found(f, "a folder that softhsm2.conf cannot name");
	else if (access(conf, F_OK) == 0)
		fault_found(f, "a token of an earlier time in the folder");
	else
		return true;
	return fault_raise(f, FAULT_USAGE,
	    "a folder without a token, and a label of 1 to 32 bytes",
	    "choose another folder or label");
}

static bool
files_make(const char *folder, const struct secret *pin,
    const struct secret *so_pin, struct fault *f)
{
	char *tokens = mem_format("%s/tokens", folder);
	struct buf text = { 0 };
	bool ok;

	buf_printf(&text,
	    "directories.tokendir = %s\n"
	    "objectstore.backend = file\n"
	    "log.level = ERROR\n"
	    "slots.removable = false\n",
	    tokens);
	ok = file_make_folder(folder, f) && file_make_folder(tokens, f) &&
	    write_secret(folder, "pin", pin, f) &&
	    write_secret(folder, "so-pin", so_pin, f) &&
	    write_into(folder, "softhsm2.conf", buf_bytes(&text), f);
	buf_free(&text);
	mem_free(tokens);
	return ok;
}

/* --- the token -------------------------------------------------------- */

static bool
is_uninitialised(const struct slot_token *at)
{
	return (at->info.flags & CKF_TOKEN_INITIALIZED) == 0;
}

static bool
is_initialised(const struct slot_token *at)
{
	return !is_uninitialised(at);
}

static bool
first_slot(struct module *module, bool (*wanted)(const struct slot_token *at),
    struct slot_token *out, struct fault *f)
{
	struct slot_token *list = NULL;
	bool found = false;
	size_t count = 0;

	if (!slots_read(module, &list, &count, f))
		return false;
	for (size_t i = 0; i < count && !found; i++) {
		found = wanted(&list[i]);
		if (found)
			*out = list[i];
	}
	mem_free(list);
	if (found)
		return true;
	fault_found(f, "no slot for a new token in %s", module->name);
	return fault_raise(f, FAULT_TOKEN, "SoftHSM with an empty folder",
	    "is the module really SoftHSM?");
}

static CK_RV
token_initialise(CK_FUNCTION_LIST *p11, CK_SLOT_ID slot, const char *label,
    const struct secret *so_pin)
{
	CK_UTF8CHAR padded[LABEL_MAX];

	memset(padded, ' ', sizeof(padded)); /* blanks, and no NUL */
	for (size_t i = 0; i < sizeof(padded) && label[i] != '\0'; i++)
		padded[i] = (CK_UTF8CHAR)label[i];
	return p11->C_InitToken(slot, so_pin->p, so_pin->len, padded);
}

/* The user PIN is set by the security officer. */
static CK_RV
pin_initialise(CK_FUNCTION_LIST *p11, CK_SLOT_ID slot,
    const struct secret *so_pin, const struct secret *pin)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;

	rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
	    NULL, &session);
	if (rv != CKR_OK)
		return rv;
	rv = p11->C_Login(session, CKU_SO, so_pin->p, so_pin->len);
	if (rv == CKR_OK) {
		rv = p11->C_InitPIN(session, pin->p, pin->len);
		(void)p11->C_Logout(session);
	}
	(void)p11->C_CloseSession(session);
	return rv;
}

static bool
initialise(struct module *module, const char *label, const struct secret *pin,
    const struct secret *so_pin, char **uri, struct fault *f)
{
	CK_FUNCTION_LIST *p11 = module->list;
	struct token_info info;
	struct slot_token at = { 0 };
	CK_RV rv;

	if (!first_slot(module, is_uninitialised, &at, f))
		return false;
	rv = token_initialise(p11, at.slot, label, so_pin);
	if (rv != CKR_OK)
		return rv_fault(f, module->name, "making a token", rv);
	/* SoftHSM moves a new token to a slot of its own. */
	if (!first_slot(module, is_initialised, &at, f))
		return false;
	rv = pin_initialise(p11, at.slot, so_pin, pin);
	if (rv != CKR_OK)
		return rv_fault(f, module->name, "setting the PIN", rv);
	token_info_from(&at, &info);
	*uri = mem_text(info.uri);
	return true;
}

/* The module reads this when it starts; the caller's own value comes back. */
static void
environment_restore(const char *before)
{
	if (before != NULL)
		(void)setenv(CONF_NAME, before, 1);
	else
		(void)unsetenv(CONF_NAME);
}

/* SoftHSM would look for a relative path where the program happens to be. */
static char *
absolute(const char *folder)
{
	char *here = NULL;
	char *path;

	if (folder[0] == '/')
		return mem_text(folder);
	here = mem_must(getcwd(NULL, 0));
	path = mem_format("%s/%s", here, folder);
	mem_free(here);
	return path;
}

/* What the worker is given and gives: its own, if it is left in the module. */
struct making {
	char *module;
	char *label;
	const char *environment[2];
	char *entry; /* what environment points to */
	struct secret pin, so_pin;
	char *uri;
	struct fault f;
	bool ok;
};

static void
make_on_worker(void *arg)
{
	struct making *m = arg;
	const struct token_place place = { .module = m->module,
		.environment = m->environment };
	struct module *module = NULL;

	m->ok = module_load(&place, &module, &m->f) &&
	    initialise(module, m->label, &m->pin, &m->so_pin, &m->uri, &m->f);
	module_unload(module);
}

static void
making_free(struct making *m)
{
	secret_free(&m->pin);
	secret_free(&m->so_pin);
	mem_free(m->module);
	mem_free(m->label);
	mem_free(m->entry);
	mem_free(m->uri);
	mem_free(m);
}

/* On a worker; the making is gone or left there afterwards. */
static bool
make_by_worker(struct making *m, char **uri, struct fault *f)
{
	struct worker *worker = NULL;
	bool ok = worker_new(TOKEN_DEADLINE, &worker, f);

	if (ok && !worker_run(worker, make_on_worker, m, f))
		return false;
	worker_free(worker);
	if (ok && !m->ok)
		*f = m->f;
	ok = ok && m->ok;
	if (ok) {
		*uri = m->uri;
		m->uri = NULL; /* the caller's now */
	}
	making_free(m);
	return ok;
}

bool
softhsm_make(const char *setting, const char *place, const char *label,
    char **uri, char **conf, struct fault *f)
{
	struct making *m = mem_new(sizeof(*m));
	char *folder = absolute(place);
	char *path = mem_format("%s/softhsm2.conf", folder);
	char *before = mem_text(getenv(CONF_NAME));
	bool ok;

	*uri = NULL;
	*conf = NULL;
	m->module = mem_text(setting);
	m->label = mem_text(label);
	m->entry = mem_format(CONF_NAME "=%s", path);
	m->environment[0] = m->entry;
	ok = folder_is_fit(folder, path, label, f) && pin_make(&m->pin, f) &&
	    pin_make(&m->so_pin, f) &&
	    files_make(folder, &m->pin, &m->so_pin, f);
	if (ok)
		ok = make_by_worker(m, uri, f);
	else
		making_free(m);
	environment_restore(before);
	if (ok) {
		*conf = path;
		path = NULL; /* the caller's now */
	}
	mem_free(before);
	mem_free(path);
	mem_free(folder);
	return ok;
}
