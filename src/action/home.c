/* home.c - the home: everything that is not in the token. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SETTINGS "p11ca.yaml"

char *
home_file(const char *home, const char *name)
{
	return mem_format("%s/%s", home, name);
}

void
say(const struct p11ca *p, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	if (p->say == NULL)
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	p->say(mem_must(text));
	mem_free(text);
}

/* Without empty and "." components; ".." is left, for links may be there. */
static void
clean(char *path)
{
	char *to = path;

	for (const char *from = path; *from != '\0';) {
		size_t len = strcspn(from + 1, "/"); /* from is at a slash */

		if (len > 0 && !(len == 1 && from[1] == '.')) {
			memmove(to, from, len + 1);
			to += len + 1;
		}
		from += len + 1;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

static char *
absolute(char *path)
{
	char *whole = path;

	if (path[0] != '/') {
		char *here = mem_must(getcwd(NULL, 0));

		whole = mem_format("%s/%s", here, path);
		free(here);
		mem_free(path);
	}
	clean(whole);
	return whole;
}

/* An environment variable that says something, or NULL. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

char *
p11ca_home_path(const char *argument)
{
	const char *named =
	    argument != NULL ? argument : variable("P11CA_HOME");
	const char *data = variable("XDG_DATA_HOME");
	const char *user = variable("HOME");

	if (named != NULL)
		return absolute(mem_text(named));
	if (geteuid() == 0)
		return mem_text("/var/lib/p11ca");
	if (data != NULL)
		return absolute(mem_format("%s/p11ca", data));
	return absolute(mem_format("%s/.local/share/p11ca",
	    user != NULL ? user : "."));
}

/* The home and what is in it belong to this user alone. */
static bool
home_is_private(const char *home, const char *database, struct fault *f)
{
	char *settings = home_file(home, SETTINGS);
	struct stat st;
	bool ok = file_is_private(home, f) && file_is_private(settings, f) &&
	    (database == NULL || stat(database, &st) != 0 ||
		file_is_private(database, f));

	mem_free(settings);
	return ok;
}

bool
p11ca_open(const char *home, bool write, p11ca_say *tell, struct p11ca **out,
    struct fault *f)
{
	struct p11ca *p = mem_new(sizeof(*p));
	char *locks = home_file(home, "locks");
	bool ok;

	*out = NULL;
	p->home = mem_text(home);
	p->refusals = home_file(home, "pin-refused");
	p->say = tell;
	p->warn = tell;
	ok = home_is_private(home, NULL, f) && conf_load(home, &p->conf, f) &&
	    home_is_private(home, p->conf->database, f) &&
	    store_open(p->conf->database, locks,
		write ? STORE_WRITE : STORE_READ, &p->store, f);
	mem_free(locks);
	if (!ok) {
		p11ca_close(p);
		return false;
	}
	*out = p;
	return true;
}

void
p11ca_close(struct p11ca *p)
{
	if (p == NULL)
		return;
	store_close(p->store);
	conf_free(p->conf);
	mem_free(p->caller);
	mem_free(p->refusals);
	mem_free(p->home);
	mem_free(p);
}

void
p11ca_warn_by(struct p11ca *p, p11ca_say *warn)
{
	p->warn = warn;
}

const struct conf *
p11ca_conf(const struct p11ca *p)
{
	return p->conf;
}

const char *
p11ca_home(const struct p11ca *p)
{
	return p->home;
}

struct store *
p11ca_store(struct p11ca *p)
{
	return p->store;
}

void
p11ca_place(const struct p11ca *p, const char *uri, struct token_place *out)
{
	memset(out, 0, sizeof(*out));
	out->module = p->conf->token.module;
	out->environment = (const char *const *)p->conf->token.environment;
	out->uri = uri != NULL ? uri : p->conf->token.uri;
	out->pin = p->conf->token.pin;
	out->init_args = p->conf->token.init_args;
	out->isolate = p->conf->token.isolate;
	out->sessions = p->conf->token.sessions;
	out->refusals = p->refusals;
	out->deadline = p->conf->token.deadline;
}

/* Make the folders above a new home as well. */
static bool
make_folders(const char *path, struct fault *f)
{
	char *part = mem_text(path);
	bool ok = true;

	for (char *slash = part + 1; ok && (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		ok = file_make_folder(part, f);
		*slash = '/';
	}
	mem_free(part);
	return ok && file_make_folder(path, f);
}

static bool
home_is_new(const char *home, struct fault *f)
{
	char *settings = home_file(home, SETTINGS);
	char shown[256];
	struct stat st;
	bool is_new = lstat(settings, &st) != 0;

	mem_free(settings);
	if (is_new)
		return true;
	fault_found(f, "a home in %s already",
	    text_fit(shown, sizeof(shown), bytes_of(home)));
	return fault_raise(f, FAULT_USAGE, "a folder that is not a home yet",
	    "use that home, or name another with --home");
}

/* A trial token of SoftHSM inside the home; it becomes the default token. */
static bool
make_trial_token(const char *home, struct conf *conf, struct fault *f)
{
	const char *module = softhsm_module();
	char *folder = home_file(home, "softhsm");
	char *settings = NULL;
	bool ok = false;

	if (module == NULL) {
		fault_found(f, "no SoftHSM on this system");
		fault_raise(f, FAULT_TOKEN, "libsofthsm2.so of SoftHSMv2",
		    "install it (Debian: apt-get install softhsm2)");
		goto out;
	}
	if (!file_make_folder(folder, f) ||
	    !softhsm_make(module, folder, "p11ca-trial", &conf->token.uri,
		&settings, f))
		goto out;
	conf->token.module = mem_text(module);
	conf->token.pin = mem_format("file:%s/pin", folder);
	conf->token.environment = mem_array(2, sizeof(char *));
	conf->token.environment[0] = mem_format("SOFTHSM2_CONF=%s", settings);
	ok = true;
out:
	mem_free(settings);
	mem_free(folder);
	return ok;
}

static bool
make_store(const char *home, struct fault *f)
{
	char *database = home_file(home, "p11ca.db");
	char *locks = home_file(home, "locks");
	struct store *store = NULL;
	bool ok = store_open(database, locks, STORE_CREATE, &store, f);

	store_close(store);
	mem_free(locks);
	mem_free(database);
	return ok;
}

static bool
has_control(const char *name)
{
	for (; *name != '\0'; name++)
		if (iscntrl((unsigned char)*name))
			return true;
	return false;
}

/* What was asked for is seen to before anything is made of it. */
static bool
can_be_made(const struct init_request *request, const struct conf *conf,
    struct fault *f)
{
	char shown[256];

	if (!conf_check(conf, NULL, f))
		return fault_raise(f, FAULT_USAGE, f->want,
		    "give it so; nothing was made");
	if (!request->softhsm || !has_control(request->home))
		return true;
	fault_found(f, "the home %s for a trial token",
	    text_fit(shown, sizeof(shown), bytes_of(request->home)));
	return fault_raise(f, FAULT_USAGE,
	    "a name without control characters, which the settings of SoftHSM "
	    "cannot hold",
	    "choose another folder; nothing was made");
}

/* The settings come last: with them the home is there. */
bool
p11ca_init(const struct init_request *request, struct fault *f)
{
	static const char *const folders[] = { "locks", "buckets",
		"ceremonies" };
	struct conf *conf = mem_new(sizeof(*conf));
	bool ok;

	conf->region = mem_text(request->region);
	conf->account = mem_text(request->account);
	conf->token.module = mem_text(request->module);
	conf->token.uri = mem_text(request->token_uri);
	conf->token.pin = mem_text(request->pin);
	ok = can_be_made(request, conf, f) && home_is_new(request->home, f) &&
	    make_folders(request->home, f) && file_is_private(request->home, f);
	for (size_t i = 0; ok && i < COUNT(folders); i++) {
		char *folder = home_file(request->home, folders[i]);

		ok = file_make_folder(folder, f);
		mem_free(folder);
	}
	ok = ok &&
	    (!request->softhsm || make_trial_token(request->home, conf, f)) &&
	    make_store(request->home, f) && conf_write(request->home, conf, f);
	conf_free(conf);
	return ok;
}
