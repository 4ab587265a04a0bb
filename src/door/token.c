/* token.c - token list and show. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define ROW_INDENT "  "

bool
door_place(struct door *door, bool one, struct token_place *place,
    struct fault *f)
{
	const char *uri = args_word(door->args, 0);
	const char *module = args_text(door->args, "--module");
	const char *pin = args_text(door->args, "--pin");
	const char *init_args = args_text(door->args, "--init-args");

	memset(place, 0, sizeof(*place));
	place->module = module;
	place->uri = uri;
	if (module == NULL) {
		if (!door_open(door, false, f))
			return false;
		p11ca_place(door->p, uri, place);
	}
	if (pin != NULL)
		place->pin = pin;
	if (init_args != NULL)
		place->init_args = init_args;
	if (args_flag(door->args, "--isolate"))
		place->isolate = true;
	if (place->module == NULL) {
		fault_found(f, "no module in the settings");
		return fault_raise(f, FAULT_USAGE, "a PKCS#11 module",
		    "set token.module, or give --module");
	}
	if (!one || place->uri != NULL)
		return true;
	fault_found(f, "no token named, and none in the settings");
	return fault_raise(f, FAULT_USAGE, "the URI of a token",
	    "take it from \"p11ca token list\"");
}

/* clang-format off */
static const struct {
	const char *text;
	size_t at;
	bool when; /* told when the flag is this */
} flags[] = {
	{ "not initialised", offsetof(struct token_info, initialized), false },
	{ "login required", offsetof(struct token_info, login_required), true },
	{ "no PIN set", offsetof(struct token_info, pin_set), false },
	{ "PIN pad", offsetof(struct token_info, pad), true },
	{ "PIN LOCKED", offsetof(struct token_info, pin_locked), true },
	{ "PIN: last try", offsetof(struct token_info, pin_final_try), true },
	{ "PIN: wrong tries", offsetof(struct token_info, pin_count_low), true },
	{ "PIN to be changed", offsetof(struct token_info, pin_to_be_changed),
	    true },
	{ "write protected", offsetof(struct token_info, write_protected), true },
	{ "isolated", offsetof(struct token_info, isolated), true },
};
/* clang-format on */

static void
append_flags(struct buf *out, const struct token_info *info)
{
	for (size_t i = 0; i < COUNT(flags); i++) {
		bool flag;

		memcpy(&flag, (const char *)info + flags[i].at, sizeof(flag));
		if (flag == flags[i].when)
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "",
			    flags[i].text);
		/* A blank token has nothing else to say. */
		if (!info->initialized)
			return;
	}
}

static void
print_text(const char *label, const char *untrusted)
{
	char shown[2 * TOKEN_TEXT_MAX];

	print_row(label, "%s",
	    text_fit(shown, sizeof(shown), bytes_of(untrusted)));
}

void
print_token(const struct token_info *info)
{
	struct buf about = { 0 };

	append_flags(&about, info);
	print_text("token", info->label[0] != '\0' ? info->label : "-");
	if (info->serial[0] != '\0')
		print_text(ROW_INDENT "serial", info->serial);
	print_text(ROW_INDENT "manufacturer", info->manufacturer);
	print_text(ROW_INDENT "model", info->model);
	print_row(ROW_INDENT "slot", "%lu", info->slot);
	print_row(ROW_INDENT "flags", "%s", buf_text(&about));
	if (info->uri[0] != '\0')
		print_row(ROW_INDENT "URI", "%s", info->uri);
	buf_free(&about);
}

bool
run_token_list(struct door *door, struct fault *f)
{
	struct token_place place;
	struct token_info *list = NULL;
	size_t count = 0;

	if (!door_place(door, false, &place, f) ||
	    !token_list(&place, &list, &count, f))
		return false;
	for (size_t i = 0; i < count; i++)
		if (door->json)
			print_json(wire_token(&list[i]));
		else
			print_token(&list[i]);
	if (count == 0)
		print_note("the module shows no token");
	mem_free(list);
	return true;
}

/* What show has gathered. */
struct sight {
	struct key *keys;
	size_t key_count;
	unsigned long *mechanisms;
	size_t mechanism_count;
	struct token_limits limits;
};

static void
sight_clear(struct sight *sight)
{
	for (size_t i = 0; i < sight->key_count; i++)
		key_clear(&sight->keys[i]);
	mem_free(sight->keys);
	mem_free(sight->mechanisms);
}

static const char *
family_name(const struct key *key)
{
	static const char *const names[] = {
		[FAMILY_RSA] = "RSA",
		[FAMILY_EC] = "EC",
		[FAMILY_ED25519] = "ED25519",
		[FAMILY_OTHER] = "other",
	};

	return names[key->family];
}

static void
print_keys(const struct sight *sight)
{
	static const char *const heads[] = { "  KEY", "BITS", "ID", "SENSITIVE",
		"EXTRACTABLE", "LOCAL", "LABEL" };
	struct table table = { .columns = COUNT(heads) };

	for (size_t i = 0; i < COUNT(heads); i++)
		table_cell(&table, heads[i]);
	for (size_t i = 0; i < sight->key_count; i++) {
		const struct key *key = &sight->keys[i];
		char label[KEY_LABEL_MAX], text[32];
		struct buf id = { 0 };

		(void)snprintf(text, sizeof(text), "  %s", family_name(key));
		table_cell(&table, text);
		(void)snprintf(text, sizeof(text), "%d", key->bits);
		table_cell(&table, text);
		buf_hex(&id, buf_bytes(&key->id));
		table_cell(&table, buf_text(&id));
		table_cell(&table, claim_text(key->claims.sensitive));
		table_cell(&table, claim_text(key->claims.extractable));
		table_cell(&table, claim_text(key->claims.local));
		table_cell(&table,
		    text_fit(label, sizeof(label), bytes_of(key->label)));
		buf_free(&id);
	}
	if (sight->key_count > 0)
		table_print(&table, stdout);
	table_free(&table);
}

static void
print_sight(struct token *token, const struct sight *sight, bool logged_in)
{
	char name[24];

	print_token(token_about(token));
	print_limits(&sight->limits);
	if (logged_in)
		print_row(ROW_INDENT "private keys", "%zu", sight->key_count);
	print_keys(sight);
	print_row(ROW_INDENT "mechanisms", "%zu", sight->mechanism_count);
	for (size_t i = 0; i < sight->mechanism_count; i++)
		(void)printf("    %s\n",
		    token_mechanism_name(sight->mechanisms[i], name));
}

bool
run_token_show(struct door *door, struct fault *f)
{
	bool login = !args_flag(door->args, "--public");
	struct token_place place;
	struct token *token = NULL;
	struct sight sight = { 0 };
	bool ok = door_place(door, true, &place, f) &&
	    token_open(&place, login, print_warning, &token, f) &&
	    (!login || token_keys(token, &sight.keys, &sight.key_count, f)) &&
	    token_mechanisms(token, &sight.mechanisms, &sight.mechanism_count,
		f) &&
	    token_limits(token, &sight.limits, f);

	if (ok && door->json)
		print_json(wire_token_full(token_about(token), &sight.limits,
		    sight.keys, sight.key_count, sight.mechanisms,
		    sight.mechanism_count));
	else if (ok)
		print_sight(token, &sight, login);
	sight_clear(&sight);
	token_close(token);
	return ok;
}
