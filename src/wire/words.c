/* words.c - a configuration in words of a command line, made into JSON. */
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"
#include "p11ca/wire.h"

#define SHOWN_MAX 80

static const char *
fit(char out[SHOWN_MAX], const char *text)
{
	return text_fit(out, SHOWN_MAX, bytes_of(text));
}

/* What is usual with a key: a hash as strong as the curve. */
static const enum sign_alg usual[KEY_ALGS] = {
	[KEY_RSA_2048] = SIGN_SHA256WITHRSA,
	[KEY_RSA_3072] = SIGN_SHA256WITHRSA,
	[KEY_RSA_4096] = SIGN_SHA256WITHRSA,
	[KEY_EC_PRIME256V1] = SIGN_SHA256WITHECDSA,
	[KEY_EC_SECP384R1] = SIGN_SHA384WITHECDSA,
	[KEY_EC_SECP521R1] = SIGN_SHA512WITHECDSA,
	[KEY_ED25519] = SIGN_ED25519,
};

static const struct key_usage_row *
find_usage(const char *name, size_t len)
{
	for (size_t i = 0; i < KEY_USAGES; i++) {
		const char *names[] = { key_usage_rows[i].member.name,
			key_usage_rows[i].alias };

		for (size_t j = 0; j < COUNT(names); j++)
			if (names[j] != NULL && strlen(names[j]) == len &&
			    strncasecmp(name, names[j], len) == 0)
				return &key_usage_rows[i];
	}
	return NULL;
}

static bool
read_usage(const char *text, json_t *extensions, struct fault *f)
{
	json_t *usage = tree_object();
	const char *p = text;

	tree_put(extensions, "KeyUsage", usage);
	for (;;) {
		const struct key_usage_row *row;
		char shown[SHOWN_MAX];
		size_t len;

		p += strspn(p, " ,");
		if (*p == '\0')
			return true;
		len = strcspn(p, " ,");
		row = find_usage(p, len);
		if (row == NULL) {
			fault_found(f, "a key usage \"%s\"",
			    text_fit(shown, sizeof(shown),
				(struct bytes){
				    (const unsigned char *)p, len }));
			return fault_raise(f, FAULT_INVALID_ARGS,
			    "DigitalSignature, NonRepudiation, "
			    "KeyEncipherment, DataEncipherment, "
			    "KeyAgreement, KeyCertSign, CRLSign, "
			    "EncipherOnly, DecipherOnly",
			    "separate them by commas: KeyCertSign,CRLSign");
		}
		tree_put_flag(usage, row->member.name, true);
		p += len;
	}
}

/* clang-format off */
static const struct {
	const char *word;
	const char *member;
} forms[] = {
	{ "URI", "UniformResourceIdentifier" },
	{ "DNS", "DnsName" },
	{ "EMAIL", "Rfc822Name" },
	{ "IP", "IpAddress" },
	{ "RID", "RegisteredId" },
	{ "DIRNAME", "DirectoryName" },
};
/* clang-format on */

static bool
read_place(const char *form, const char *value, json_t *location,
    struct fault *f)
{
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < COUNT(forms); i++) {
		json_t *subject;

		if (strcasecmp(form, forms[i].word) != 0)
			continue;
		if (strcmp(forms[i].word, "DIRNAME") != 0)
			return words_put(location, forms[i].member,
			    bytes_of(value), f);
		if (!words_subject(value, &subject, f))
			return false;
		tree_put(location, forms[i].member, subject);
		return true;
	}
	fault_found(f, "an access location of the form \"%s\"",
	    fit(shown, form));
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "URI, DNS, EMAIL, IP, RID or DIRNAME",
	    "write for example CA_REPOSITORY=URI:http://pki.example/ca.p7c");
}

static bool
read_method(const char *word, json_t *method, struct fault *f)
{
	char shown[SHOWN_MAX];

	for (size_t i = 0; i < ACCESS_METHODS; i++)
		if (strcasecmp(word, access_methods[i].name) == 0) {
			tree_put_text(method, "AccessMethodType",
			    access_methods[i].name);
			return true;
		}
	if (words_oid(word) != NULL)
		return words_put(method, "CustomObjectIdentifier",
		    bytes_of(words_oid(word)), f);
	fault_found(f, "an access method \"%s\"", fit(shown, word));
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "CA_REPOSITORY, RESOURCE_PKI_MANIFEST, RESOURCE_PKI_NOTIFY or an "
	    "OID",
	    "write for example CA_REPOSITORY=URI:http://pki.example/ca.p7c");
}

/* METHOD=FORM:value */
static bool
read_access(const char *word, json_t *list, struct fault *f)
{
	const char *equals = strchr(word, '=');
	const char *colon = equals != NULL ? strchr(equals, ':') : NULL;
	json_t *description = tree_object();
	json_t *method = tree_object();
	json_t *location = tree_object();
	char *name, *form;
	char shown[SHOWN_MAX];
	bool ok;

	tree_add(list, description);
	tree_put(description, "AccessMethod", method);
	tree_put(description, "AccessLocation", location);
	if (colon == NULL) {
		fault_found(f, "the access \"%s\"", fit(shown, word));
		return fault_raise(f, FAULT_INVALID_ARGS, "METHOD=FORM:VALUE",
		    "write for example "
		    "CA_REPOSITORY=URI:http://pki.example/ca.p7c");
	}
	name = mem_format("%.*s", (int)(equals - word), word);
	form = mem_format("%.*s", (int)(colon - equals - 1), equals + 1);
	ok = read_method(name, method, f) &&
	    read_place(form, colon + 1, location, f);
	mem_free(name);
	mem_free(form);
	return ok;
}

static bool
put_extensions(const struct ca_words *words, json_t *config, struct fault *f)
{
	json_t *extensions, *list;
	bool ok = true;

	if (words->key_usage == NULL &&
	    (words->access == NULL || words->access[0] == NULL))
		return true;
	extensions = tree_object();
	tree_put(config, "CsrExtensions", extensions);
	if (words->key_usage != NULL)
		ok = read_usage(words->key_usage, extensions, f);
	if (words->access == NULL || words->access[0] == NULL)
		return ok;
	list = tree_array();
	tree_put(extensions, "SubjectInformationAccess", list);
	for (size_t i = 0; ok && words->access[i] != NULL; i++)
		ok = read_access(words->access[i], list, f);
	return ok;
}

static bool
put_algorithms(const struct ca_words *words, json_t *config, struct fault *f)
{
	const char *sign = words->sign_alg;
	enum key_alg alg;

	if (words->key_alg != NULL && sign == NULL) {
		if (!key_alg_from_name(words->key_alg, &alg, f))
			return false;
		sign = sign_algs[usual[alg]].name;
	}
	return (words->key_alg == NULL ||
		   words_put(config, "KeyAlgorithm", bytes_of(words->key_alg),
		       f)) &&
	    (sign == NULL ||
		words_put(config, "SigningAlgorithm", bytes_of(sign), f));
}

bool
ca_config_from_words(const struct ca_words *words, struct ca_config **out,
    struct fault *f)
{
	json_t *tree = tree_object();
	json_t *subject = NULL;
	char *json;
	bool ok;

	*out = NULL;
	ok = put_algorithms(words, tree, f) &&
	    (words->subject == NULL ||
		words_subject(words->subject, &subject, f));
	if (ok && subject != NULL)
		tree_put(tree, "Subject", subject);
	ok = ok && put_extensions(words, tree, f);
	if (!ok) {
		json_decref(tree);
		return false;
	}
	json = tree_print(tree);
	ok = ca_config_from_json(bytes_of(json), out, f);
	mem_free(json);
	return ok;
}
