/* conf_text.c - settings as text: for people, and for a new p11ca.yaml. */
#include <stdint.h>
#include <stdio.h>
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
	if (setting->kind == SETTING_NUMBER) {
		buf_printf(&all, "%u", *setting_number(conf, setting));
		text = buf_text(&all);
	}
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
		lines[i].source = setting_is_given(conf, &settings[i])
		    ? CONF_FILE
		    : "default";
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

/* One setting as it stands in its group. */
struct entry {
	const struct setting *setting;
	const char *name; /* "uri" of "token.uri" */
	char indent[8];
};

static void
write_text(struct buf *yaml, const struct entry *entry, const char *value,
    const char *home)
{
	char *text;

	if (value == NULL)
		value = entry->setting->fallback;
	if (value == NULL) {
		buf_printf(yaml, "%s# %s: %s\n", entry->indent, entry->name,
		    entry->setting->example);
		return;
	}
	text = movable(entry->setting, value, home);
	buf_printf(yaml, "%s%s: ", entry->indent, entry->name);
	write_quoted(yaml, text);
	mem_free(text);
}

static void
write_list(struct buf *yaml, const struct entry *entry, char *const *list)
{
	const char *indent = entry->indent;

	if (list == NULL || list[0] == NULL) {
		buf_printf(yaml, "%s# %s:\n%s#   - %s\n", indent, entry->name,
		    indent, entry->setting->example);
		return;
	}
	buf_printf(yaml, "%s%s:\n", indent, entry->name);
	for (size_t i = 0; list[i] != NULL; i++) {
		buf_printf(yaml, "%s  - ", indent);
		write_quoted(yaml, list[i]);
	}
}

static void
write_number(struct buf *yaml, const struct conf *conf,
    const struct entry *entry)
{
	unsigned number = *setting_number(conf, entry->setting);

	if (number == 0 && !setting_is_given(conf, entry->setting))
		number = setting_fallback(entry->setting);
	buf_printf(yaml, "%s%s: %u\n", entry->indent, entry->name, number);
}

static void
write_entry(struct buf *yaml, const struct conf *conf,
    const struct entry *entry, const char *home)
{
	const struct setting *setting = entry->setting;

	write_comment(yaml, entry->indent, setting->comment);
	if (setting->kind == SETTING_TEXT)
		write_text(yaml, entry, *setting_text(conf, setting), home);
	if (setting->kind == SETTING_LIST)
		write_list(yaml, entry, *setting_list(conf, setting));
	if (setting->kind == SETTING_FLAG)
		buf_printf(yaml, "%s%s: %s\n", entry->indent, entry->name,
		    flag_text(*setting_flag(conf, setting)));
	if (setting->kind == SETTING_NUMBER)
		write_number(yaml, conf, entry);
}

/*
 * The headings of the groups of key that the key before was not in: "crl:",
 * then "  upload:" for crl.upload.region.  What is left of key is the name.
 */
static void
open_groups(struct buf *yaml, const char *before, struct entry *entry)
{
	const char *key = entry->setting->key;
	int depth = 0;

	entry->name = key;
	entry->indent[0] = '\0';
	for (const char *dot; (dot = strchr(entry->name, '.')) != NULL;) {
		if (strncmp(before, key, (size_t)(dot - key) + 1) != 0)
			buf_printf(yaml, "%s%.*s:\n", entry->indent,
			    (int)(dot - entry->name), entry->name);
		entry->name = dot + 1;
		(void)snprintf(entry->indent, sizeof(entry->indent), "%*s",
		    depth += 2, "");
	}
}

/* The text of a p11ca.yaml; home is absolute. */
static void
write_yaml(struct buf *yaml, const struct conf *conf, const char *home)
{
	const char *before = "";

	buf_text_append(yaml, "# The settings of this home of p11ca.\n");
	for (size_t i = 0; i < SETTINGS; i++) {
		struct entry entry = { .setting = &settings[i] };

		buf_text_append(yaml, "\n");
		open_groups(yaml, before, &entry);
		before = settings[i].key;
		write_entry(yaml, conf, &entry, home);
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
