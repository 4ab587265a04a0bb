/* settings.c - what a CA keeps of the API beside its configuration. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/wire.h"

#define MODE_GENERAL "GENERAL_PURPOSE"
#define MODE_SHORT "SHORT_LIVED_CERTIFICATE"
#define STORAGE_LEVEL_2 "FIPS_140_2_LEVEL_2_OR_HIGHER"
#define STORAGE_LEVEL_3 "FIPS_140_2_LEVEL_3_OR_HIGHER"
#define STORAGE_CHINA "CCPC_LEVEL_1_OR_HIGHER"

/* clang-format off */
static const struct member mode_members[] = {
	{ "UsageMode", SHAPE_NAMES(MODE_GENERAL, MODE_SHORT), false },
	{ "KeyStorageSecurityStandard", SHAPE_NAMES(STORAGE_LEVEL_2,
	    STORAGE_LEVEL_3, STORAGE_CHINA), false },
};
static const struct member settings_members[] = {
	{ "UsageMode", SHAPE_TEXT(0, 0), false },
	{ "KeyStorageSecurityStandard", SHAPE_TEXT(0, 0), false },
	{ "RevocationConfiguration", &revocation_shape, false },
};
/* clang-format on */

static const struct shape mode_shape = { SHAPE_ROWS(mode_members[0],
    mode_members) };
static const struct shape settings_shape = { SHAPE_ROWS(settings_members[0],
    settings_members) };

/* That a name is known does not mean that it is to be had. */
static bool
mode_apply(struct ca_settings *settings, const json_t *tree, struct fault *f)
{
	const char *usage = tree_text_of(tree, "UsageMode");
	const char *storage = tree_text_of(tree, "KeyStorageSecurityStandard");

	if (storage != NULL && strcmp(storage, STORAGE_CHINA) == 0) {
		fault_found(f,
		    "A certificate authority cannot be created in this region "
		    "with the specified security standard. (%s)",
		    storage);
		return fault_raise(f, FAULT_INVALID_ARGS,
		    STORAGE_LEVEL_3 " or " STORAGE_LEVEL_2,
		    "name one of them, or leave the member out");
	}
	if (usage != NULL)
		settings->short_lived = strcmp(usage, MODE_SHORT) == 0;
	if (storage != NULL) {
		mem_free(settings->storage);
		settings->storage = mem_text(storage);
	}
	return true;
}

bool
ca_settings_set_mode(struct ca_settings *settings, const char *usage_mode,
    const char *storage, struct fault *f)
{
	json_t *given = tree_object();
	json_t *tree;
	bool ok;

	tree_put_text(given, "UsageMode", usage_mode);
	tree_put_text(given, "KeyStorageSecurityStandard", storage);
	ok = shape_read(&mode_shape, "", given, &tree, f) &&
	    mode_apply(settings, tree, f);
	json_decref(tree);
	json_decref(given);
	return ok;
}

static bool
settings_apply(struct ca_settings *settings, const char *json, struct fault *f)
{
	json_t *revocation;
	json_t *tree;
	bool ok;

	if (!shape_from_text(&settings_shape, "settings", bytes_of(json),
		WIRE_JSON_MAX, &tree, f))
		return false;
	revocation = json_object_get(tree, "RevocationConfiguration");
	ok = ca_settings_set_mode(settings, tree_text_of(tree, "UsageMode"),
		 tree_text_of(tree, "KeyStorageSecurityStandard"), f) &&
	    (revocation == NULL || revocation_read(revocation, settings, f));
	json_decref(tree);
	return ok;
}

bool
ca_settings_read(const char *json, struct ca_settings **out, struct fault *f)
{
	struct ca_settings *settings = mem_new(sizeof(*settings));

	*out = NULL;
	settings->storage = mem_text(STORAGE_LEVEL_3);
	if (json != NULL && !settings_apply(settings, json, f)) {
		ca_settings_free(settings);
		return fault_raise(f, FAULT_STORE,
		    "settings of the CA as they were written here",
		    "go back to a good backup of the home");
	}
	*out = settings;
	return true;
}

void
ca_settings_free(struct ca_settings *settings)
{
	if (settings == NULL)
		return;
	mem_free(settings->storage);
	mem_free(settings->crl.bucket);
	mem_free(settings->crl.cname);
	mem_free(settings->crl.path);
	mem_free(settings->ocsp.cname);
	mem_free(settings);
}

char *
ca_settings_write(const struct ca_settings *settings)
{
	json_t *object = tree_object();

	tree_put_text(object, "UsageMode",
	    settings->short_lived ? MODE_SHORT : MODE_GENERAL);
	tree_put_text(object, "KeyStorageSecurityStandard", settings->storage);
	tree_put(object, "RevocationConfiguration", revocation_tree(settings));
	return tree_print(object);
}
