/* conf_file.c - the file p11ca.yaml of a home, and a conf's life. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_setting.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

void
conf_settle(struct conf *conf, const char *home)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];
		const char *path;
		char **text;
		char *old;

		if (setting->kind == SETTING_NUMBER &&
		    *setting_number(conf, setting) == 0 &&
		    !setting_is_given(conf, setting))
			*setting_number(conf, setting) =
			    setting_fallback(setting);
		if (setting->kind != SETTING_TEXT)
			continue;
		text = setting_text(conf, setting);
		if (*text == NULL)
			*text = mem_text(setting->fallback);
		path = *text != NULL ? setting->path_in(*text) : NULL;
		if (path == NULL || path[0] == '/')
			continue;
		old = *text;
		*text =
		    mem_format("%.*s%s/%s", (int)(path - old), old, home, path);
		mem_free(old);
	}
}

static bool
refuse_home(const char *path, const char *why, struct fault *f)
{
	char shown[200];

	text_fit(shown, sizeof(shown), bytes_of(path));
	fault_found(f, "%s: %s", shown, why);
	return fault_raise(f, FAULT_USAGE,
	    "a home, which is a folder with a " CONF_FILE,
	    "make one with p11ca init, or name another one with --home");
}

bool
conf_load(const char *home, struct conf **out, struct fault *f)
{
	char *absolute = realpath(home, NULL);
	char *path = mem_format("%s/" CONF_FILE, home);
	struct buf yaml = { 0 };
	bool ok = false;

	*out = NULL;
	if (absolute == NULL || access(path, F_OK) != 0) {
		refuse_home(absolute != NULL ? path : home, strerror(errno), f);
		goto out;
	}
	if (!file_is_private(path, f) ||
	    !file_read(path, CONF_BYTES_MAX, &yaml, f))
		goto out;
	if (yaml.len > CONF_BYTES_MAX) {
		conf_found(f, 0, "more than 64 KiB");
		fault_raise(f, FAULT_USAGE, "64 KiB at most", CONF_TODO);
		goto out;
	}
	ok = conf_from_yaml(absolute, &yaml, out, f);
out:
	buf_free(&yaml);
	mem_free(path);
	free(absolute);
	return ok;
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < SETTINGS; i++) {
		if (settings[i].kind == SETTING_TEXT)
			mem_free(*setting_text(conf, &settings[i]));
		if (settings[i].kind == SETTING_LIST) {
			char **list = *setting_list(conf, &settings[i]);

			for (size_t n = 0; list != NULL && list[n]; n++)
				mem_free(list[n]);
			mem_free(list);
		}
	}
	mem_free(conf);
}
