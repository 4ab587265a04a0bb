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

static void
print_created(const struct door *door, const struct ca *ca)
{
	const struct wire_pair pair = { "CertificateAuthorityArn", ca->arn };
	const char *called = ca_called(ca);
	char *next;

	if (door->json) {
		print_json(wire_object(&pair, 1));
		return;
	}
	(void)puts(ca->arn);
	next = mem_format("next: p11ca csr %s > %s.csr, have it signed, then "
			  "p11ca import %s --certificate F%s",
	    called, called, called, ca->type == CA_ROOT ? "" : " --chain F");
	print_note(next);
	mem_free(next);
}

bool
run_create(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	struct create_request request = {
		.name = args_text(args, "--name"),
		.token_uri = args_text(args, "--token"),
		.key_uri = args_text(args, "--key"),
	};
	struct ca_config *config = NULL;
	struct ca *ca = NULL;
	bool ok;

	/* The parser let no other word through. */
	ok = ca_type_from_name(args_text(args, "--type"), &request.type) &&
	    read_config(door, &config, f) && door_open(door, true, f);
	request.config = config;
	ok = ok && action_create(door->p, &request, &ca, f);
	if (ok)
		print_created(door, ca);
	ca_free(ca);
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
