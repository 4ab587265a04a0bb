/*
 * registered.c - modules that are known to p11-kit by a name.
 *
 * Most registrations only say where the file is, and the file is loaded as if
 * it had been named.  What more there may be ("remote:", "x-init-reserved:")
 * p11-kit does itself, if it loads the module.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define REGISTRATION_MAX ((size_t)64 * 1024)
#define SHOWN_MAX 128

/* The value of a key in a file of p11-kit (pkcs11.conf(5)); NULL: none. */
static char *
value_of(const char *text, const char *key)
{
	size_t key_len = strlen(key);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		size_t len;

		line += strspn(line, "\n \t");
		if (strncmp(line, key, key_len) != 0)
			continue;
		line += key_len;
		line += strspn(line, " \t");
		if (*line != ':')
			continue;
		line++;
		line += strspn(line, " \t");
		len = strcspn(line, "\r\n");
		while (len > 0 && strchr(" \t", line[len - 1]) != NULL)
			len--;
		return len > 0 ? mem_format("%.*s", (int)len, line) : NULL;
	}
	return NULL;
}

static bool
registration_read(const char *name, struct buf *text, struct fault *f)
{
	static const char *const folders[] = { "/etc/pkcs11/modules",
		"/usr/share/p11-kit/modules" };
	char shown[SHOWN_MAX];
	char *file = NULL;
	bool ok = false;

	for (size_t i = 0; i < COUNT(folders) && file == NULL; i++) {
		file = mem_format("%s/%s.module", folders[i], name);
		if (access(file, R_OK) == 0)
			break;
		mem_free(file);
		file = NULL;
	}
	if (name[0] == '\0' || name[0] == '.' || file == NULL) {
		fault_found(f, "no module \"%s\" registered with p11-kit",
		    text_fit(shown, sizeof(shown), bytes_of(name)));
		fault_raise(f, FAULT_TOKEN, "a path, or a registered name",
		    "list the names with \"p11-kit list-modules\"");
	} else {
		ok = file_read(file, REGISTRATION_MAX, text, f);
	}
	mem_free(file);
	return ok;
}

bool
registered_read(const char *name, char **path, bool *by_name, struct fault *f)
{
	struct buf text = { 0 };
	char *remote, *words;
	bool ok;

	*path = NULL;
	*by_name = false;
	ok = registration_read(name, &text, f);
	remote = value_of(buf_text(&text), "remote");
	words = value_of(buf_text(&text), "x-init-reserved");
	*by_name = remote != NULL || words != NULL;
	if (ok && remote == NULL)
		*path = value_of(buf_text(&text), "module");
	if (ok && *path == NULL && remote == NULL) {
		char shown[SHOWN_MAX];

		fault_found(f,
		    "neither \"module:\" nor \"remote:\" in the registration "
		    "of \"%s\"",
		    text_fit(shown, sizeof(shown), bytes_of(name)));
		ok = fault_raise(f, FAULT_TOKEN,
		    "a registration that says what to load",
		    "see pkcs11.conf(5)");
	}
	mem_free(remote);
	mem_free(words);
	buf_free(&text);
	return ok;
}

CK_FUNCTION_LIST *
registered_load(const char *name)
{
	CK_FUNCTION_LIST **all = p11_kit_modules_load(NULL, 0);
	CK_FUNCTION_LIST *found;

	if (all == NULL)
		return NULL;
	found = p11_kit_module_for_name(all, name);
	for (CK_FUNCTION_LIST **at = all; *at != NULL; at++)
		if (*at != found)
			p11_kit_module_release(*at);
	free(all);
	return found;
}
