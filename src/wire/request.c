/* request.c - CertificateAuthorityConfiguration, read and checked. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/wire.h"

/* What the texts and bytes of a ca_config point into. */
struct owned {
	json_t *tree;
	struct buf *location; /* one for each access description */
	size_t locations;
};

/* A name that is known and refused is no breach of the enum: its own fault,
 * which says why, comes later. */
static bool
is_key_alg(const char *value)
{
	struct fault f = { 0 };
	enum key_alg alg;

	return key_alg_from_name(value, &alg, &f) || f.kind != FAULT_VALIDATION;
}

static bool
is_sign_alg(const char *value)
{
	struct fault f = { 0 };
	enum sign_alg alg;

	return sign_alg_from_name(value, &alg, &f) ||
	    f.kind != FAULT_VALIDATION;
}

static void
list_key_algs(struct buf *out)
{
	for (size_t i = 0; i < KEY_ALGS; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", key_algs[i].name);
}

static void
list_sign_algs(struct buf *out)
{
	for (size_t i = 0; i < SIGN_ALGS; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", sign_algs[i].name);
}

static const struct shape key_alg_shape = {
	.kind = SHAPE_STRING,
	.holds = is_key_alg,
	.set = list_key_algs,
};
static const struct shape sign_alg_shape = {
	.kind = SHAPE_STRING,
	.holds = is_sign_alg,
	.set = list_sign_algs,
};

/* clang-format off */
const struct key_usage_row key_usage_rows[KEY_USAGES] = {
	{ { "DigitalSignature", &shape_boolean, false }, NULL },
	{ { "NonRepudiation", &shape_boolean, false }, "contentCommitment" },
	{ { "KeyEncipherment", &shape_boolean, false }, NULL },
	{ { "DataEncipherment", &shape_boolean, false }, NULL },
	{ { "KeyAgreement", &shape_boolean, false }, NULL },
	{ { "KeyCertSign", &shape_boolean, false }, NULL },
	{ { "CRLSign", &shape_boolean, false }, NULL },
	{ { "EncipherOnly", &shape_boolean, false }, NULL },
	{ { "DecipherOnly", &shape_boolean, false }, NULL },
};
/* clang-format on */

const struct shape key_usage_shape = { SHAPE_ROWS(key_usage_rows[0].member,
    key_usage_rows) };
static const struct member extension_members[] = {
	{ "KeyUsage", &key_usage_shape, false },
	{ "SubjectInformationAccess", &access_list_shape, false },
};
static const struct shape csr_extensions_shape = {
	SHAPE_ROWS(extension_members[0], extension_members)
};
static const struct member config_members[] = {
	{ "KeyAlgorithm", &key_alg_shape, true },
	{ "SigningAlgorithm", &sign_alg_shape, true },
	{ "Subject", &subject_shape, true },
	{ "CsrExtensions", &csr_extensions_shape, false },
};
static const struct shape config_shape = { SHAPE_ROWS(config_members[0],
    config_members) };

static bool
read_algorithms(const json_t *tree, struct ca_config *config, struct fault *f)
{
	const char *key =
	    json_string_value(json_object_get(tree, "KeyAlgorithm"));
	const char *sign =
	    json_string_value(json_object_get(tree, "SigningAlgorithm"));

	if (!key_alg_from_name(key, &config->key_alg, f) ||
	    !sign_alg_from_name(sign, &config->sign_alg, f))
		return false;
	if (key_algs[config->key_alg].family ==
	    sign_algs[config->sign_alg].family)
		return true;
	fault_found(f, "SigningAlgorithm %s for KeyAlgorithm %s", sign, key);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "a signing algorithm of the key's own family",
	    "use ...WITHRSA or ...WITHRSA_PSS with RSA keys, ...WITHECDSA "
	    "with EC keys, ED25519 with an ED25519 key");
}

/* The subject is encoded once for trial, so that what cannot be encoded is
 * refused before a key is made for it. */
static bool
read_subject(const json_t *tree, struct ca_config *config, struct fault *f)
{
	const json_t *subject = json_object_get(tree, "Subject");
	struct buf der = { 0 };
	bool ok = subject_der(subject, &der, f);

	buf_free(&der);
	return ok &&
	    subject_read(subject, &config->subject, &config->subject_count, f);
}

unsigned
key_usage_read(const json_t *usage)
{
	unsigned bits = 0;

	for (size_t i = 0; i < KEY_USAGES; i++)
		if (json_is_true(json_object_get(usage,
			key_usage_rows[i].member.name)))
			bits |= 1u << i;
	return bits;
}

static bool
read_access(const json_t *extensions, struct ca_config *config, struct fault *f)
{
	const json_t *list =
	    json_object_get(extensions, "SubjectInformationAccess");
	struct owned *owned = config->owned;
	size_t count = json_array_size(list);

	owned->location = mem_array(count, sizeof(*owned->location));
	owned->locations = count;
	config->access = mem_array(count, sizeof(*config->access));
	config->access_count = count;
	for (size_t i = 0; i < count; i++)
		if (!access_read(json_array_get(list, i), &config->access[i],
			&owned->location[i], f))
			return false;
	return true;
}

_Static_assert(WIRE_JSON_MAX == 262144, "the bound is told in words");

static bool
is_small_enough(struct bytes json, struct fault *f)
{
	if (json.len <= WIRE_JSON_MAX)
		return true;
	fault_found(f, "a configuration of %zu bytes", json.len);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "a CertificateAuthorityConfiguration of 262144 bytes at most",
	    "send only the members that the API knows");
}

bool
ca_config_from_json(struct bytes json, struct ca_config **out, struct fault *f)
{
	struct ca_config *config = mem_new(sizeof(*config));
	struct owned *owned = mem_new(sizeof(*owned));
	const json_t *extensions;
	json_t *tree = NULL;
	bool ok;

	*out = NULL;
	config->owned = owned;
	ok = is_small_enough(json, f) && tree_from_text(json, &tree, f) &&
	    shape_read(&config_shape, "certificateAuthorityConfiguration", tree,
		&owned->tree, f);
	if (!ok)
		goto out;

	extensions = json_object_get(owned->tree, "CsrExtensions");
	ok = read_algorithms(owned->tree, config, f) &&
	    read_subject(owned->tree, config, f) &&
	    read_access(extensions, config, f);
	if (!ok)
		goto out;

	config->key_usage =
	    key_usage_read(json_object_get(extensions, "KeyUsage"));
	config->has_key_usage = config->key_usage != 0;
	config->json = tree_print(json_incref(owned->tree));
	*out = config;
	config = NULL; /* the caller's now */
out:
	json_decref(tree);
	ca_config_free(config);
	return ok;
}

void
ca_config_free(struct ca_config *config)
{
	struct owned *owned;

	if (config == NULL)
		return;
	owned = config->owned;
	for (size_t i = 0; i < owned->locations; i++)
		buf_free(&owned->location[i]);
	mem_free(owned->location);
	json_decref(owned->tree);
	mem_free(owned);
	mem_free(config->subject);
	mem_free(config->access);
	mem_free(config->json);
	mem_free(config);
}
