/* templates.c - the certificate templates, for people and completions. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/rule_template.h"

/* RFC 5280, 4.2.1.3, in the order of the bits. */
static const char *const usages[] = { "digitalSignature", "nonRepudiation",
	"keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
	"cRLSign", "encipherOnly", "decipherOnly" };

/* clang-format off */
static const struct {
	const char *oid, *name;
} purposes[] = {
	{ "1.3.6.1.5.5.7.3.1", "serverAuth" },
	{ "1.3.6.1.5.5.7.3.2", "clientAuth" },
	{ "1.3.6.1.5.5.7.3.3", "codeSigning" },
	{ "1.3.6.1.5.5.7.3.9", "OCSPSigning" },
};
/* clang-format on */

static void
add_word(struct buf *list, const char *word)
{
	buf_printf(list, "%s%s", list->len > 0 ? "," : "", word);
}

static void
append_usage(struct buf *out, const struct template *template)
{
	for (size_t i = 0; i < COUNT(usages); i++)
		if ((template->key_usage & 1u << i) != 0)
			add_word(out, usages[i]);
}

static const char *
purpose_name(const char *oid)
{
	for (size_t i = 0; i < COUNT(purposes); i++)
		if (strcmp(purposes[i].oid, oid) == 0)
			return purposes[i].name;
	return oid;
}

static void
append_purposes(struct buf *out, const struct template *template)
{
	for (size_t i = 0; i < COUNT(template->ext_key_usage); i++)
		if (template->ext_key_usage[i] != NULL)
			add_word(out, purpose_name(template->ext_key_usage[i]));
}

static const char *
kind_of(const struct template *template)
{
	if (template->root)
		return "root CA";
	return template->ca ? "CA" : "end entity";
}

/* For people a dash, for programs nothing at all. */
static void
tell_template(const struct door *door, struct table *table,
    const struct template *template)
{
	struct buf usage = { 0 }, purpose = { 0 }, path = { 0 };
	struct wire_pair pairs[] = {
		{ "Name", template->name },
		{ "For", kind_of(template) },
		{ "PathLength", NULL },
		{ "KeyUsage", NULL },
		{ "ExtendedKeyUsage", NULL },
	};
	const struct buf *const texts[] = { &path, &usage, &purpose };

	if (template->path_len >= 0)
		buf_printf(&path, "%d", template->path_len);
	append_usage(&usage, template);
	append_purposes(&purpose, template);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i]->len > 0)
			pairs[i + 2].value = buf_text(texts[i]);
	if (door->json)
		print_json(wire_object(pairs, COUNT(pairs)));
	for (size_t i = 0; i < COUNT(pairs); i++)
		table_cell(table,
		    pairs[i].value != NULL ? pairs[i].value : "-");
	buf_free(&path);
	buf_free(&usage);
	buf_free(&purpose);
}

void
templates_page(const struct door *door)
{
	static const char *const heads[] = { "NAME", "FOR", "PATH LENGTH",
		"KEY USAGE", "EXTENDED KEY USAGE" };
	struct table table = { .columns = COUNT(heads) };

	for (size_t i = 0; i < COUNT(heads); i++)
		table_cell(&table, heads[i]);
	for (size_t i = 0; i < TEMPLATES; i++)
		tell_template(door, &table, &templates[i]);
	if (!door->json)
		table_print(&table, stdout);
	table_free(&table);
}

char *
templates_choices(void)
{
	struct buf names = { 0 };

	for (size_t i = 0; i < TEMPLATES; i++)
		buf_printf(&names, "%s%s", i > 0 ? "|" : "", templates[i].name);
	return (char *)names.p; /* the caller's now, with its NUL */
}
