/* conf_text.c - settings as text: for people, and for a new p11ca.yaml. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf_setting.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

static const char *
flag_text(bool flag)
{
	return flag ? "true" : "false";
}

static char *
value_text(const struct conf *conf, const struct setting *setting)
{
	const char *text = NULL;
	struct buf all = { 0 };
	char **list;
	char *value;

	if (setting->kind == SETTING_FLAG)
		text = flag_text(*setting_flag(conf, setting));
	if (setting->kind == SETTING_TEXT)
		text = *setting_text(conf, setting);
	if (setting->kind == SETTING_LIST) {
		list = *setting_list(conf, setting);
		for (size_t i = 0; list != NULL && list[i] != NULL; i++)
			buf_printf(&all, "%s%s", i > 0 ? " " : "", list[i]);
		text = buf_text(&all);
	}
	value = mem_text(text != NULL ? text : "");
	buf_free(&all);
	return value;
}

struct conf_line *
conf_lines(const struct conf *conf, size_t *count)
{
	struct conf_line *lines = mem_array(SETTINGS, sizeof(*lines));

	for (size_t i = 0; i < SETTINGS; i++) {
		lines[i].key = settings[i].key;
		lines[i].value = value_text(conf, &settings[i]);
		lines[i].source =
		    (conf->given >> i & 1u) != 0 ? CONF_FILE : "default";
	}
	*count = SETTINGS;
	return lines;
}

void
conf_free_lines(struct conf_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mem_free(lines[i].value);
	mem_free(lines);
}

/* Characters that YAML may break a line at, or drop. */
static bool
is_special(uint32_t c)
{
	return c == 0x2028 || c == 0x2029 || c == 0xfeff || c >= 0xfffe;
}

/* A double-quoted scalar (YAML 1.1, 5.7); text is valid UTF-8 by now. */
static void
write_quoted(struct buf *yaml, const char *text)
{
	struct bytes rest = bytes_of(text);

	buf_text_append(yaml, "\"");
	while (rest.len > 0) {
		uint32_t c = 0;
		size_t len = text_utf8(rest, &c);

		if (c == '"' || c == '\\')
			buf_text_append(yaml, "\\");
		if (is_special(c))
			buf_printf(yaml, "\\U%08x", (unsigned)c);
		else
			buf_append(yaml, (struct bytes){ rest.p, len });
		rest.p += len;
		rest.len -= len;
	}
	buf_text_append(yaml, "\"\n");
}

/* A value, with a path below the home relative, so that a home can move. */
static char *
movable(const struct setting *setting, const char *value, const char *home)
{
	const char *path = setting->path_in(value);
	size_t len = strlen(home);
	char *shorter;

	if (path == NULL || strncmp(path, home, len) != 0 || path[len] != '/')
		return mem_text(value);
	shorter =
	    mem_format("%.*s%s", (int)(path - value), value, path + len + 1);
	if (setting->path_in(shorter) != NULL)
		return shorter;
	mem_free(shorter);
	return mem_text(value);
}

static void
write_comment(struct buf *yaml, const char *indent, const char *comment)
{
	while (*comment != '\0') {
		size_t len = strcspn(comment, "\n");

		buf_printf(yaml, "%s# %.*s\n", indent, (int)len, comment);
		comment += len + (comment[len] != '\0' ? 1 : 0);
	}
}

static void
write_text(struct buf *yaml, const struct setting *setting, const char *name,
    const char *value, const char *home)
{
	const char *indent = name != setting->key ? "  " : "";
	char *text;

	if (value == NULL)
		value = setting->fallback;
	if (value == NULL) {
		buf_printf(yaml, "%s# %s: %s\n", indent, name,
		    setting->example);
		return;
	}
	text = movable(setting, value, home);
	buf_printf(yaml, "%s%s: ", indent, name);
	write_quoted(yaml, text);
	mem_free(text);
}

static void
write_list(struct buf *yaml, const struct setting *setting, const char *name,
    char *const *list)
{
	if (list == NULL || list[0] == NULL) {
		buf_printf(yaml, "  # %s:\n  #   - %s\n", name,
		    setting->example);
		return;
	}
	buf_printf(yaml, "  %s:\n", name);
	for (size_t i = 0; list[i] != NULL; i++) {
		buf_text_append(yaml, "    - ");
		write_quoted(yaml, list[i]);
	}
}

static void
write_setting(struct buf *yaml, const struct conf *conf,
    const struct setting *setting, const char *home)
{
	const char *dot = strchr(setting->key, '.');
	const char *name = dot != NULL ? dot + 1 : setting->key;

	write_comment(yaml, dot != NULL ? "  " : "", setting->comment);
	if (setting->kind == SETTING_TEXT)
		write_text(yaml, setting, name, *setting_text(conf, setting),
		    home);
	if (setting->kind == SETTING_LIST)
		write_list(yaml, setting, name, *setting_list(conf, setting));
	if (setting->kind == SETTING_FLAG)
		buf_printf(yaml, "  %s: %s\n", name,
		    flag_text(*setting_flag(conf, setting)));
}

/* "token." of "token.uri"; 0: it is in no group. */
static size_t
group_len(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot != NULL ? (size_t)(dot - key) : 0;
}

/* The text of a p11ca.yaml; home is absolute. */
static void
write_yaml(struct buf *yaml, const struct conf *conf, const char *home)
{
	const char *group = "";

	buf_text_append(yaml, "# The settings of this home of p11ca.\n");
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *key = settings[i].key;
		size_t len = group_len(key);

		buf_text_append(yaml, "\n");
		if (len > 0 && strncmp(group, key, len + 1) != 0)
			buf_printf(yaml, "%.*s:\n", (int)len, key);
		group = key;
		write_setting(yaml, conf, &settings[i], home);
	}
}

bool
conf_write(const char *home, const struct conf *conf, struct fault *f)
{
	char *absolute;
	struct buf yaml = { 0 };
	char *path;
	bool ok;

	if (!conf_check(conf, NULL, f))
		return false;
	absolute = realpath(home, NULL);
	path = mem_format("%s/" CONF_FILE, home);
	write_yaml(&yaml, conf, absolute != NULL ? absolute : home);
	ok = file_write(path, buf_bytes(&yaml), f);
	buf_free(&yaml);
	mem_free(path);
	free(absolute);
	return ok;
}
