/* issue.c - issue: a certificate from a CSR, or many from many. */
#include <stdlib.h>

#include "batch.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

/* clang-format off */
static const struct {
	const char *option;
	enum validity_type type;
} validities[] = {
	{ "--days", VALIDITY_DAYS },
	{ "--months", VALIDITY_MONTHS },
	{ "--years", VALIDITY_YEARS },
	{ "--until", VALIDITY_ABSOLUTE },
	{ "--end-date", VALIDITY_END_DATE },
};
/* clang-format on */

bool
validity_asked(const struct args *args, enum validity_type *type,
    int64_t *value, struct fault *f)
{
	char shown[64];

	*type = VALIDITY_DAYS;
	*value = 0;
	for (size_t i = 0; i < COUNT(validities); i++) {
		const char *text = args_text(args, validities[i].option);

		if (text == NULL)
			continue;
		*type = validities[i].type;
		/* The parser has seen to the form of all of them. */
		if (*type != VALIDITY_ABSOLUTE)
			*value = strtoll(text, NULL, 10);
		else if (!clock_from_text(text, value))
			*value = 0;
		if (*value >= 1)
			continue;
		fault_found(f, "%s %s", validities[i].option,
		    text_fit(shown, sizeof(shown), bytes_of(text)));
		return fault_raise(f, FAULT_VALIDATION,
		    "a validity of 1 at least, or a time after 1970",
		    "give a longer validity");
	}
	return true;
}

/* What is read for a request, to be given back after it. */
struct asked {
	struct issue_request request;
	struct api_passthrough *api;
	struct buf csr;
};

/* Not a fault, as in the API; but hardly what was meant. */
static void
note_ignored(const char *template_name)
{
	const struct template *template = NULL;
	struct fault ignored = { 0 };
	char *note;

	if (!template_find(template_name != NULL ? template_name
						 : TEMPLATE_DEFAULT,
		&template, &ignored) ||
	    template->subject == TEMPLATE_SUBJECT_API_ELSE_CSR ||
	    template->others == TEMPLATE_OTHERS_API ||
	    template->others == TEMPLATE_OTHERS_API_THEN_CSR)
		return;
	note = mem_format("--api-passthrough is ignored: the template %s takes "
			  "nothing from it; see p11ca help templates",
	    template->name);
	print_note(note);
	mem_free(note);
}

static bool
read_passthrough(const struct door *door, struct asked *asked, struct fault *f)
{
	struct buf json = { 0 };
	bool ok;

	if (!args_flag(door->args, "--api-passthrough"))
		return true;
	ok = door_read_all(door, "--api-passthrough", PASSTHROUGH_JSON_MAX,
		 &json, f) &&
	    api_passthrough_from_json(buf_bytes(&json), &asked->api, f);
	buf_free(&json);
	asked->request.api = asked->api;
	if (ok)
		note_ignored(asked->request.template_name);
	return ok;
}

static bool
read_request(const struct door *door, struct asked *asked, struct fault *f)
{
	const struct args *args = door->args;
	struct issue_request *request = &asked->request;
	const char *from = args_text(args, "--not-before");

	request->ca = args_word(args, 0);
	request->template_name = args_text(args, "--template");
	request->sign_alg = args_text(args, "--signing-algorithm");
	request->has_not_before =
	    from != NULL && clock_from_text(from, &request->not_before);
	return validity_asked(args, &request->validity,
		   &request->validity_value, f) &&
	    door_idempotency(door, &request->idempotency, f) &&
	    read_passthrough(door, asked, f) &&
	    door_read(door, "--csr", CSR_PEM_MAX, &asked->csr, f);
}

static void
asked_clear(struct asked *asked)
{
	api_passthrough_free(asked->api);
	buf_free(&asked->csr);
}

static void
print_issued(const struct door *door, const struct ca *ca,
    const struct issued *issued, const char *chain)
{
	char *pem = issued_pem(issued);
	char *arn = mem_format("%s/certificate/%s", ca->arn, issued->serial);
	const struct wire_pair pairs[] = {
		{ "CertificateArn", arn },
		{ "Serial", issued->serial },
		{ "Certificate", pem },
		{ "CertificateChain", chain },
	};

	if (door->json) {
		print_json(wire_object(pairs, COUNT(pairs)));
	} else {
		(void)puts(pem);
		if (chain != NULL)
			(void)puts(chain);
	}
	mem_free(arn);
	mem_free(pem);
}

/* The chain is asked for only where it will be printed. */
static bool
issue_one(struct door *door, const struct issue_request *request,
    struct fault *f)
{
	bool whole = door->json || args_flag(door->args, "--fullchain");
	struct issued issued = { 0 }, again = { 0 };
	struct ca *ca = NULL;
	char *chain = NULL;
	bool ok = action_issue(door->p, request, &issued, f) &&
	    action_describe(door->p, request->ca, &ca, f) &&
	    (!whole ||
		action_get_issued(door->p, ca->uuid, issued.serial, &again,
		    &chain, f));

	if (ok)
		print_issued(door, ca, &issued, chain);
	mem_free(chain);
	issued_clear(&again);
	issued_clear(&issued);
	ca_free(ca);
	return ok;
}

/* What a crash left, and nothing new. */
static bool
settle(struct door *door, struct fault *f)
{
	struct settled settled;
	char issued[24], failed[24];
	const struct wire_pair pairs[] = {
		{ "Issued", issued },
		{ "Failed", failed },
	};

	if (!door_open(door, true, f) ||
	    !action_settle(door->p, args_word(door->args, 0), &settled, f))
		return false;
	(void)snprintf(issued, sizeof(issued), "%zu", settled.issued);
	(void)snprintf(failed, sizeof(failed), "%zu", settled.failed);
	if (door->json)
		print_json(wire_object(pairs, COUNT(pairs)));
	else
		(void)printf("%s issued, %s failed\n", issued, failed);
	door->refused = settled.failed > 0;
	return true;
}

bool
run_issue(struct door *door, struct fault *f)
{
	struct asked asked = { 0 };
	bool ok;

	if (args_flag(door->args, "--settle"))
		return settle(door, f);
	ok = read_request(door, &asked, f) && door_open(door, true, f);

	asked.request.csr = buf_bytes(&asked.csr);
	if (ok && args_flag(door->args, "--batch"))
		ok = batch_issue(door, &asked.request, f);
	else if (ok)
		ok = issue_one(door, &asked.request, f);
	asked_clear(&asked);
	return ok;
}
