/* token_find.c - the one token that a URI means, and what is there instead. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define STARTS 3
#define SHOWN_TOKENS 6

/* All tokens of a module, and which of them is looked for. */
struct search {
	struct module *module;
	P11KitUri *uri;
	struct slot_token *list;
	size_t count;
	size_t first; /* of those that match */
	size_t matches;
};

static bool
matches(const struct slot_token *at, P11KitUri *uri)
{
	return (at->info.flags & CKF_TOKEN_INITIALIZED) != 0 &&
	    p11_kit_uri_match_token_info(uri, &at->info) == 1;
}

/* --- in words --------------------------------------------------------- */

/* Label and serial of the tokens that match; uri NULL: all. */
static void
tokens_show(const struct search *search, P11KitUri *uri, struct buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < search->count && shown < SHOWN_TOKENS; i++) {
		struct token_info info;
		char label[TOKEN_TEXT_MAX];
		char serial[TOKEN_TEXT_MAX];

		token_info_from(&search->list[i], &info);
		if (!info.initialized ||
		    (uri != NULL && !matches(&search->list[i], uri)))
			continue;
		text_fit(label, sizeof(label), bytes_of(info.label));
		text_fit(serial, sizeof(serial), bytes_of(info.serial));
		buf_printf(out, "%s\"%s\" (serial %s)", shown > 0 ? ", " : "",
		    label, serial);
		shown++;
	}
}

/* What the URI says of it: the token "x" (serial y). */
static void
wanted_show(P11KitUri *uri, struct buf *out)
{
	const CK_TOKEN_INFO *wanted = p11_kit_uri_get_token_info(uri);
	struct slot_token asked = { .info = *wanted };
	char shown[TOKEN_TEXT_MAX];
	struct token_info info;

	token_info_from(&asked, &info);
	buf_text_append(out, "token");
	if (info.label[0] != '\0')
		buf_printf(out, " \"%s\"",
		    text_fit(shown, sizeof(shown), bytes_of(info.label)));
	if (info.serial[0] != '\0')
		buf_printf(out, " (serial %s)",
		    text_fit(shown, sizeof(shown), bytes_of(info.serial)));
}

/* --- none ------------------------------------------------------------- */

/* Tokens that are as the URI says but for their serial number. */
static bool
others_fault(const struct search *search, struct fault *f)
{
	const CK_TOKEN_INFO *wanted = p11_kit_uri_get_token_info(search->uri);
	P11KitUri *any = mem_must(p11_kit_uri_new());
	CK_TOKEN_INFO *asked = p11_kit_uri_get_token_info(any);
	struct buf there = { 0 }, missed = { 0 };
	bool other;

	*asked = *wanted;
	memset(asked->serialNumber, 0, sizeof(asked->serialNumber));
	if (asked->label[0] != '\0')
		tokens_show(search, any, &there);
	other = there.len > 0;
	wanted_show(search->uri, &missed);
	if (other)
		fault_found(f, "no %s in %s, but another of that label: %s",
		    buf_text(&missed), search->module->name, buf_text(&there));
	buf_free(&missed);
	buf_free(&there);
	p11_kit_uri_free(any);
	if (other)
		fault_raise(f, FAULT_TOKEN, "the token of that serial number",
		    "it was initialised anew, or replaced: put the right one "
		    "in its place, or restore its backup; no PIN was tried");
	return other;
}

static bool
none_fault(const struct search *search, struct fault *f)
{
	struct buf there = { 0 }, missed = { 0 };

	if (others_fault(search, f))
		return false;
	tokens_show(search, NULL, &there);
	wanted_show(search->uri, &missed);
	fault_found(f, "no %s in %s, which has %s", buf_text(&missed),
	    search->module->name, there.len > 0 ? buf_text(&there) : "none");
	buf_free(&missed);
	buf_free(&there);
	return fault_raise(f, FAULT_TOKEN, "one token that matches the URI",
	    "is the token inserted, its reader, server or folder there? "
	    "\"p11ca token list\" says what is");
}

/* --- several ---------------------------------------------------------- */

/* Whoever copies a token copies its serial number. */
static bool
have_one_serial(const struct search *search)
{
	const CK_TOKEN_INFO *first = &search->list[search->first].info;

	for (size_t i = 0; i < search->count; i++)
		if (matches(&search->list[i], search->uri) &&
		    memcmp(search->list[i].info.serialNumber,
			first->serialNumber, sizeof(first->serialNumber)) != 0)
			return false;
	return true;
}

static bool
several_fault(const struct search *search, struct fault *f)
{
	bool copies = have_one_serial(search);
	struct buf shown = { 0 };

	tokens_show(search, search->uri, &shown);
	fault_found(f, "%zu tokens%s that match the URI: %s", search->matches,
	    copies ? " of one serial number" : "", buf_text(&shown));
	buf_free(&shown);
	return fault_raise(f, FAULT_TOKEN, "one token that matches the URI",
	    copies ? "one is a copy of the other: take the copy away from this "
		     "module, so that it is certain which of them signs"
		   : "add serial= to the URI");
}

/* --- one -------------------------------------------------------------- */

static void
count_matches(struct search *search)
{
	search->matches = 0;
	for (size_t i = 0; i < search->count; i++) {
		if (!matches(&search->list[i], search->uri))
			continue;
		if (search->matches == 0)
			search->first = i;
		search->matches++;
	}
}

/*
 * A module may miss a token while another process writes to it; reading the
 * slots again does not help, starting the module again does.
 */
bool
token_find(struct module *module, P11KitUri *uri, struct slot_token *out,
    struct fault *f)
{
	struct search search = { .module = module, .uri = uri };
	bool ok = true;

	for (int start = 0; ok && search.matches == 0 && start < STARTS;
	     start++) {
		mem_free(search.list);
		search.list = NULL;
		search.count = 0;
		ok = (start == 0 || module_restart(module, f)) &&
		    slots_read(module, &search.list, &search.count, f);
		count_matches(&search);
	}
	if (ok && search.matches == 0)
		ok = none_fault(&search, f);
	if (ok && search.matches > 1)
		ok = several_fault(&search, f);
	if (ok)
		*out = search.list[search.first];
	mem_free(search.list);
	return ok;
}
