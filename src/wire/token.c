/* token.c - tokens, their keys, and what a probe found, as JSON. */
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>

#include "internal.h"
#include "p11ca/digest.h"
#include "p11ca/wire.h"

#define NAME_MAX_LEN 32

/* clang-format off */
static const struct {
	const char *name;
	size_t at;
} flags[] = {
	{ "Initialized", offsetof(struct token_info, initialized) },
	{ "LoginRequired", offsetof(struct token_info, login_required) },
	{ "PinSet", offsetof(struct token_info, pin_set) },
	{ "ProtectedAuthenticationPath", offsetof(struct token_info, pad) },
	{ "PinCountLow", offsetof(struct token_info, pin_count_low) },
	{ "PinFinalTry", offsetof(struct token_info, pin_final_try) },
	{ "PinLocked", offsetof(struct token_info, pin_locked) },
	{ "PinToBeChanged", offsetof(struct token_info, pin_to_be_changed) },
	{ "WriteProtected", offsetof(struct token_info, write_protected) },
	{ "Isolated", offsetof(struct token_info, isolated) },
};

static const char *const families[] = {
	[FAMILY_RSA] = "RSA",
	[FAMILY_EC] = "EC",
	[FAMILY_ED25519] = "ED25519",
	[FAMILY_OTHER] = "OTHER",
};
/* clang-format on */

/* "alwaysSensitive", or as the API would spell it, "AlwaysSensitive". */
static const char *
spell(const char *name, enum spelling spelling, char out[NAME_MAX_LEN])
{
	(void)snprintf(out, NAME_MAX_LEN, "%s", name);
	if (spelling == SPELL_API)
		out[0] = (char)toupper((unsigned char)out[0]);
	return out;
}

json_t *
claims_tree(const struct key_claims *of, enum spelling spelling)
{
	json_t *object = tree_object();
	char name[NAME_MAX_LEN];

	for (enum key_attribute i = 0; i < ATTRS; i++)
		tree_put_text(object,
		    spell(claim_names[i].name, spelling, name),
		    claim_text(claim_of(of, i)));
	tree_put_flag(object, spell("secretReadable", spelling, name),
	    of->secret_readable);
	return object;
}

static json_t *
flags_tree(const struct token_info *info)
{
	json_t *object = tree_object();

	for (size_t i = 0; i < COUNT(flags); i++) {
		const bool *flag =
		    (const void *)((const char *)info + flags[i].at);

		tree_put_flag(object, flags[i].name, *flag);
	}
	return object;
}

static json_t *
token_tree(const struct token_info *info)
{
	json_t *object = tree_object();

	tree_put_text(object, "Label", info->label);
	tree_put_text(object, "Serial", info->serial);
	tree_put_text(object, "Manufacturer", info->manufacturer);
	tree_put_text(object, "Model", info->model);
	tree_put_number(object, "Slot", info->slot);
	tree_put_text(object, "Uri", info->uri);
	tree_put_number(object, "PinMin", info->pin_min);
	tree_put_number(object, "PinMax", info->pin_max);
	tree_put(object, "Flags", flags_tree(info));
	return object;
}

static json_t *
key_tree(const struct key *key)
{
	json_t *object = tree_object();
	char digest[DIGEST_HEX_LEN];

	tree_put_text(object, "Label", key->label);
	tree_put_hex(object, "Id", buf_bytes(&key->id));
	tree_put_text(object, "Family", families[key->family]);
	if (key->bits > 0)
		tree_put_number(object, "Bits", (uint64_t)key->bits);
	if (key->spki.len > 0) {
		digest_hex(buf_bytes(&key->spki), digest);
		tree_put_text(object, "PublicKeySha256", digest);
	}
	tree_put(object, "Attributes", claims_tree(&key->claims, SPELL_API));
	return object;
}

/* What a token does not report is null. */
static void
put_limit(json_t *object, const char *name, unsigned long limit)
{
	if (limit == LIMIT_NOT_REPORTED)
		tree_put_text(object, name, NULL);
	else
		tree_put_number(object, name, limit);
}

static json_t *
sizes_tree(const struct token_limits *limits, enum spelling spelling)
{
	json_t *list = tree_array();
	char name[NAME_MAX_LEN], mechanism[24];

	for (size_t i = 0; i < limits->size_count; i++) {
		const struct key_sizes *sizes = &limits->sizes[i];
		json_t *one = tree_object();

		tree_put_text(one, spell("mechanism", spelling, name),
		    token_mechanism_name(sizes->mechanism, mechanism));
		put_limit(one, spell("min", spelling, name), sizes->min);
		put_limit(one, spell("max", spelling, name), sizes->max);
		tree_put_flag(one, spell("hardware", spelling, name),
		    sizes->hardware);
		tree_add(list, one);
	}
	return list;
}

json_t *
limits_tree(const struct token_limits *limits, enum spelling spelling)
{
	/* clang-format off */
	const struct {
		const char *name;
		unsigned long limit;
	} rows[] = {
		{ "pinMin", limits->pin_min },
		{ "pinMax", limits->pin_max },
		{ "sessions", limits->sessions },
		{ "sessionsMax", limits->sessions_max },
		{ "rwSessions", limits->rw_sessions },
		{ "rwSessionsMax", limits->rw_sessions_max },
		{ "publicMemory", limits->public_memory },
		{ "publicMemoryFree", limits->public_free },
		{ "privateMemory", limits->private_memory },
		{ "privateMemoryFree", limits->private_free },
	};
	/* clang-format on */
	json_t *object = tree_object();
	char name[NAME_MAX_LEN];

	for (size_t i = 0; i < COUNT(rows); i++)
		put_limit(object, spell(rows[i].name, spelling, name),
		    rows[i].limit);
	tree_put(object, spell("keySizes", spelling, name),
	    sizes_tree(limits, spelling));
	return object;
}

char *
wire_token(const struct token_info *info)
{
	return tree_print(token_tree(info));
}

char *
wire_token_full(const struct token_info *info,
    const struct token_limits *limits, const struct key *keys, size_t key_count,
    const unsigned long *mechanisms, size_t mech_count)
{
	json_t *object = token_tree(info);
	json_t *key_list = tree_array();
	json_t *names = tree_array();
	char name[24];

	for (size_t i = 0; i < key_count; i++)
		tree_add(key_list, key_tree(&keys[i]));
	for (size_t i = 0; i < mech_count; i++)
		tree_add(names,
		    json_string(token_mechanism_name(mechanisms[i], name)));
	tree_put(object, "Limits", limits_tree(limits, SPELL_API));
	tree_put(object, "Keys", key_list);
	tree_put(object, "Mechanisms", names);
	return tree_print(object);
}
