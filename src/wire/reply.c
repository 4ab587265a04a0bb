/* reply.c - a CA as one line of JSON, and flat objects. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

/* Members of the API that are kept as settings, and what they are without. */
static const struct {
	const char *name;
	const char *otherwise;
} settings[] = {
	{ "RevocationConfiguration",
	    "{\"CrlConfiguration\":{\"Enabled\":false},"
	    "\"OcspConfiguration\":{\"Enabled\":false}}" },
	{ "KeyStorageSecurityStandard", "\"FIPS_140_2_LEVEL_3_OR_HIGHER\"" },
	{ "UsageMode", "\"GENERAL_PURPOSE\"" },
};

static void
put_settings(json_t *object, const struct ca *ca)
{
	json_t *given = tree_of_ours(ca->settings);

	for (size_t i = 0; i < COUNT(settings); i++) {
		json_t *value = json_object_get(given, settings[i].name);

		if (value == NULL || json_is_null(value))
			value = mem_must(json_loads(settings[i].otherwise,
			    JSON_DECODE_ANY, NULL));
		else
			value = json_incref(value);
		tree_put(object, settings[i].name, value);
	}
	json_decref(given);
}

/* Once a certificate is installed, the CA has its serial and its dates. */
static void
put_certificate(json_t *object, const struct ca *ca)
{
	if (ca->certificate.len == 0)
		return;
	if (ca->serial != NULL)
		tree_put_text(object, "Serial", ca->serial);
	tree_put_time(object, "NotBefore", ca->not_before);
	tree_put_time(object, "NotAfter", ca->not_after);
}

/* What the API does not know: the name given here, and the key. */
static void
put_ours(json_t *object, const struct ca *ca)
{
	if (ca->name[0] != '\0')
		tree_put_text(object, "Name", ca->name);
	if (ca->token_uri != NULL)
		tree_put_text(object, "TokenUri", ca->token_uri);
	tree_put_hex(object, "KeyId", buf_bytes(&ca->key_id));
	if (ca->adopted)
		tree_put_flag(object, "KeyAdopted", true);
	tree_put(object, "KeyAttributes", claims_tree(&ca->claims, SPELL_API));
}

static json_t *
ca_tree(const struct ca *ca, int64_t now, const char *owner)
{
	enum ca_status status = ca_status_at(ca, now);
	json_t *config = tree_of_ours(ca->config);
	json_t *object = tree_object();

	tree_put_text(object, "Arn", ca->arn);
	tree_put_text(object, "OwnerAccount", owner);
	tree_put_time(object, "CreatedAt", ca->created_at);
	tree_put_time(object, "LastStateChangeAt", ca->changed_at);
	tree_put_text(object, "Type", ca_type_name(ca->type));
	tree_put_text(object, "Status", ca_status_name(status));
	put_certificate(object, ca);
	if (status == CA_FAILED)
		tree_put_text(object, "FailureReason", "OTHER");
	if (config != NULL)
		tree_put(object, "CertificateAuthorityConfiguration", config);
	put_settings(object, ca);
	if (status == CA_DELETED)
		tree_put_time(object, "RestorableUntil", ca->restorable_until);
	put_ours(object, ca);
	return object;
}

char *
wire_ca(const struct ca *ca, int64_t now, const char *owner)
{
	return tree_print(ca_tree(ca, now, owner));
}

char *
wire_ca_full(const struct ca *ca, int64_t now, const char *owner)
{
	json_t *object = ca_tree(ca, now, owner);

	if (ca->certificate.len > 0)
		tree_put_bytes(object, "Certificate",
		    buf_bytes(&ca->certificate));
	if (ca->chain.len > 0)
		tree_put_bytes(object, "CertificateChain",
		    buf_bytes(&ca->chain));
	if (ca->csr != NULL)
		tree_put_text(object, "Csr", ca->csr);
	return tree_print(object);
}

char *
wire_ocsp(struct bytes response, const char *status)
{
	struct buf base64 = { 0 };
	struct wire_pair pairs[] = {
		{ "ResponseStatus", status },
		{ "OcspResponse", NULL },
	};
	char *json;

	base64_write(&base64, response);
	pairs[1].value = buf_text(&base64);
	json = wire_object(pairs, COUNT(pairs));
	buf_free(&base64);
	return json;
}

char *
wire_object(const struct wire_pair *pairs, size_t count)
{
	json_t *object = tree_object();

	for (size_t i = 0; i < count; i++)
		if (pairs[i].value != NULL)
			tree_put_text(object, pairs[i].name, pairs[i].value);
	return tree_print(object);
}

char *
wire_member(const char *json, const char *name)
{
	json_t *object = tree_of_ours(json);
	json_t *value = json_object_get(object, name);
	char *text = NULL;

	if (json_is_string(value))
		text = mem_text(json_string_value(value));
	else if (json_is_integer(value))
		text = mem_format("%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		text = mem_text(json_is_true(value) ? "true" : "false");
	json_decref(object);
	return text;
}
