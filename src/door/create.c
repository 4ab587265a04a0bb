/* create.c - create and csr: a CA and what it asks its parent for. */
#include "internal.h"
#include "p11ca/mem.h"

/* A whole configuration from a file, or its parts from the command line. */
static bool
read_config(const struct door *door, struct ca_config **out, struct fault *f)
{
	const struct args *args = door->args;
	struct ca_words words = {
		.key_alg = args_text(args, "--key-algorithm"),
		.sign_alg = args_text(args, "--signing-algorithm"),
		.subject = args_text(args, "--subject"),
		.key_usage = args_text(args, "--key-usage"),
	};
	const char **access;
	struct buf json;
	bool ok;

	*out = NULL;
	if (args_flag(args, "--configuration")) {
		ok = door_read_all(door, "--configuration", WIRE_JSON_MAX,
			 &json, f) &&
		    ca_config_from_json(buf_bytes(&json), out, f);
		buf_free(&json);
		return ok;
	}
	if (words.key_alg == NULL) {
		fault_found(f, "no --key-algorithm");
		return fault_raise(f, FAULT_USAGE, "one of EC_prime256v1, ...",
		    args->command->see);
	}
	access = args_all(args, "--subject-information-access");
	words.access = access;
	ok = ca_config_from_words(&words, out, f);
	mem_free(access);
	return ok;
}

/*
 * Usage mode, storage standard and revocation as the CA will keep them; *out
 * is the caller's.
 */
static bool
read_settings(const struct door *door, char **out, struct fault *f)
{
	const struct args *args = door->args;
	bool revocation = args_flag(args, "--revocation-configuration");
	struct ca_settings *settings = NULL;
	struct buf json = { 0 };
	bool ok = ca_settings_read(NULL, &settings, f) &&
	    ca_settings_set_mode(settings, args_text(args, "--usage-mode"),
		args_text(args, "--key-storage-security-standard"), f) &&
	    door_read_all(door, "--revocation-configuration", WIRE_JSON_MAX,
		&json, f) &&
	    (!revocation ||
		ca_settings_set_revocation(settings, buf_bytes(&json), f));

	*out = ok ? ca_settings_write(settings) : NULL;
	buf_free(&json);
	ca_settings_free(settings);
	return ok;
}

static bool
read_tags(const struct door *door, struct tag **out, size_t *count,
    struct fault *f)
{
	const char **words = args_all(door->args, "--tag");
	bool ok = door_tags(door, words, out, count, f);

	mem_free(words);
	return ok;
}

static void
print_created(const struct door *door, const struct ca *ca)
{
	const struct wire_pair pair = { "CertificateAuthorityArn", ca->arn };
	const char *called = ca_called(ca);

	if (door->json) {
		print_json(wire_object(&pair, 1));
		return;
	}
	(void)puts(ca->arn);
	if (ca->type == CA_ROOT) {
		hint_next(door, "next", mem_format("activate %s", called));
		return;
	}
	hint_next(door, "next, for a parent elsewhere",
	    mem_format("csr %s > %s.csr", called, called));
	hint_next(door, "then, with what it made of that",
	    mem_format("import %s --certificate FILE --chain FILE", called));
	hint_next(door, "or, for a parent that is hosted here",
	    mem_format("activate %s --parent CA", called));
}

bool
run_create(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	struct create_request request = {
		.name = args_text(args, "--name"),
		.token_uri = args_text(args, "--token"),
		.key_uri = args_text(args, "--key"),
		.copies_may_exist = args_flag(args, "--copies-may-exist"),
	};
	struct ca_config *config = NULL;
	struct tag *tags = NULL;
	char *settings = NULL;
	struct ca *ca = NULL;
	bool ok;

	/* The parser let no other word through. */
	ok = ca_type_from_name(args_text(args, "--type"), &request.type) &&
	    read_config(door, &config, f) &&
	    read_settings(door, &settings, f) &&
	    read_tags(door, &tags, &request.tag_count, f) &&
	    door_idempotency(door, &request.idempotency, f) &&
	    door_open(door, true, f);
	request.config = config;
	request.settings = settings;
	request.tags = tags;
	ok = ok && action_create(door->p, &request, &ca, f);
	if (ok)
		print_created(door, ca);
	ca_free(ca);
	tags_free(tags, request.tag_count);
	mem_free(settings);
	ca_config_free(config);
	return ok;
}

bool
run_csr(struct door *door, struct fault *f)
{
	struct ca *ca = NULL;
	struct wire_pair pair = { "Csr", NULL };

	if (!door_open(door, false, f) ||
	    !action_get_csr(door->p, args_word(door->args, 0), &ca, f))
		return false;
	pair.value = ca->csr;
	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		(void)fputs(ca->csr, stdout);
	ca_free(ca);
	return true;
}
