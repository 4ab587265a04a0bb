/* probe.c - what a token can do for a CA, as JSON. */
#include "internal.h"
#include "p11ca/wire.h"

static json_t *
about_tree(const struct token_info *info)
{
	json_t *object = tree_object();

	tree_put_text(object, "label", info->label);
	tree_put_text(object, "serial", info->serial);
	tree_put_text(object, "manufacturer", info->manufacturer);
	tree_put_text(object, "model", info->model);
	tree_put_text(object, "uri", info->uri);
	return object;
}

static json_t *
flag_names_tree(unsigned long flags)
{
	json_t *list = tree_array();
	const char *name;
	size_t at = 0;

	while ((name = token_flag_name(flags, &at)) != NULL)
		tree_add(list, tree_text(bytes_of(name)));
	return list;
}

/* A reason, or null where nothing was refused. */
static void
put_reason(json_t *object, const char *name, const char *reason)
{
	tree_put_text(object, name, reason[0] != '\0' ? reason : NULL);
}

static json_t *
signing_tree(const struct probe_row *row)
{
	json_t *list = tree_array();

	for (size_t i = 0; i < SIGN_ALGS; i++) {
		const struct probe_sign *sign = &row->sign[i];
		json_t *one;

		if (!sign->fits)
			continue;
		one = tree_object();
		tree_put_text(one, "algorithm", sign_algs[i].name);
		tree_put_flag(one, "usable", sign->usable);
		tree_put_text(one, "way", sign->way);
		put_reason(one, "refusal", sign->refusal);
		tree_add(list, one);
	}
	return list;
}

static json_t *
algorithm_tree(const struct probe_row *row)
{
	json_t *one = tree_object();

	tree_put_text(one, "keyAlgorithm", key_algs[row->key_alg].name);
	tree_put_flag(one, "generated", row->generated);
	tree_put_flag(one, "usableForCa", row->usable_for_ca);
	put_reason(one, "refusal", row->refusal);
	put_reason(one, "strictRefusal", row->strict_refusal);
	if (row->generated)
		tree_put(one, "attributes",
		    claims_tree(&row->claims, SPELL_OURS));
	else
		tree_put_text(one, "attributes", NULL);
	tree_put(one, "signing", signing_tree(row));
	return one;
}

char *
wire_probe(const struct probe *probe)
{
	json_t *object = tree_object();
	json_t *list = tree_array();

	for (size_t i = 0; i < KEY_ALGS; i++)
		tree_add(list, algorithm_tree(&probe->row[i]));
	tree_put(object, "token", about_tree(&probe->about));
	tree_put(object, "flags", flag_names_tree(probe->limits.flags));
	tree_put(object, "limits", limits_tree(&probe->limits, SPELL_OURS));
	tree_put_text(object, "triedWith",
	    probe->keys == PROBE_TOKEN_KEYS ? "token keys" : "session keys");
	tree_put_text(object, "sessionKeys", claim_text(probe->session_keys));
	tree_put_flag(object, "strictKeyAttributes", probe->strict);
	tree_put(object, "algorithms", list);
	return tree_print(object);
}
