/* token.c - tokens, their keys, and what a probe found, as JSON. */
#include <stddef.h>

#include "internal.h"
#include "p11ca/digest.h"
#include "p11ca/wire.h"

/* clang-format off */
static const struct {
	const char *name; /* of PKCS#11, in the API's spelling */
	size_t at;
} claims[] = {
	{ "Sensitive", offsetof(struct key_claims, sensitive) },
	{ "Extractable", offsetof(struct key_claims, extractable) },
	{ "AlwaysSensitive", offsetof(struct key_claims, always_sensitive) },
	{ "NeverExtractable", offsetof(struct key_claims, never_extractable) },
	{ "Local", offsetof(struct key_claims, local) },
	{ "Sign", offsetof(struct key_claims, sign) },
	{ "Decrypt", offsetof(struct key_claims, decrypt) },
	{ "Unwrap", offsetof(struct key_claims, unwrap) },
	{ "Derive", offsetof(struct key_claims, derive) },
	{ "AlwaysAuthenticate", offsetof(struct key_claims, always_authenticate) },
};

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
	{ "WriteProtected", offsetof(struct token_info, write_protected) },
};

static const char *const families[] = {
	[FAMILY_RSA] = "RSA",
	[FAMILY_EC] = "EC",
	[FAMILY_ED25519] = "ED25519",
	[FAMILY_OTHER] = "OTHER",
};
/* clang-format on */

json_t *
claims_tree(const struct key_claims *of)
{
	json_t *object = tree_object();

	for (size_t i = 0; i < COUNT(claims); i++) {
		const enum claim *claim =
		    (const void *)((const char *)of + claims[i].at);

		tree_put_text(object, claims[i].name, claim_text(*claim));
	}
	tree_put_flag(object, "SecretReadable", of->secret_readable);
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
	tree_put(object, "Attributes", claims_tree(&key->claims));
	return object;
}

char *
wire_token(const struct token_info *info)
{
	return tree_print(token_tree(info));
}

char *
wire_token_full(const struct token_info *info, const struct key *keys,
    size_t key_count, const unsigned long *mechanisms, size_t mech_count)
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
	tree_put(object, "Keys", key_list);
	tree_put(object, "Mechanisms", names);
	return tree_print(object);
}

static json_t *
signing_tree(const struct probe_row *row)
{
	json_t *list = tree_array();

	for (size_t i = 0; i < SIGN_ALGS; i++) {
		json_t *one;

		if (!row->sign[i].fits)
			continue;
		one = tree_object();
		tree_put_text(one, "SigningAlgorithm", sign_algs[i].name);
		tree_put_flag(one, "Usable", row->sign[i].usable);
		tree_put_text(one, "Way", row->sign[i].way);
		tree_add(list, one);
	}
	return list;
}

char *
wire_probe(const struct probe_row *rows, size_t count)
{
	json_t *object = tree_object();
	json_t *list = tree_array();

	for (size_t i = 0; i < count; i++) {
		const struct probe_row *row = &rows[i];
		json_t *one = tree_object();

		tree_put_text(one, "KeyAlgorithm", key_algs[row->key_alg].name);
		tree_put_flag(one, "Generate", row->generated);
		if (row->refusal[0] != '\0')
			tree_put_text(one, "Reason", row->refusal);
		tree_put(one, "Signing", signing_tree(row));
		if (row->generated)
			tree_put(one, "Attributes", claims_tree(&row->claims));
		tree_add(list, one);
	}
	tree_put(object, "Algorithms", list);
	return tree_print(object);
}
