/* import.c - check and import: the verdict on a signed certificate. */
#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

#define PEM_MAX 65536 /* bytes of a CSR or a public key */

/* The files of a check or an import, as given. */
struct files {
	struct buf certificate, chain, csr, public_key;
};

static bool
files_read(const struct door *door, struct files *files, struct fault *f)
{
	return door_read(door, "--certificate", IMPORT_CERTIFICATE_MAX,
		   &files->certificate, f) &&
	    door_read(door, "--chain", IMPORT_CHAIN_MAX, &files->chain, f) &&
	    door_read_all(door, "--csr", PEM_MAX, &files->csr, f) &&
	    door_read_all(door, "--public-key", PEM_MAX, &files->public_key, f);
}

static void
files_free(struct files *files)
{
	buf_free(&files->public_key);
	buf_free(&files->csr);
	buf_free(&files->chain);
	buf_free(&files->certificate);
}

/* A --type beside --ca must be the type of that CA.  A CA that is not there is
 * for the rules to tell. */
static bool
type_agrees(struct door *door, const char *type, struct fault *f)
{
	struct fault ignored = { 0 };
	struct ca *ca = NULL;
	enum ca_type asked = CA_SUBORDINATE;
	bool agrees;

	if (type == NULL || !ca_type_from_name(type, &asked) ||
	    !action_describe(door->p, args_text(door->args, "--ca"), &ca,
		&ignored))
		return true;
	agrees = ca->type == asked;
	if (!agrees) {
		fault_found(f, "--type %s for a %s CA", type,
		    ca_type_name(ca->type));
		fault_raise(f, FAULT_USAGE, "the type of that CA",
		    "leave --type out");
	}
	ca_free(ca);
	return agrees;
}

static bool
check_with(struct door *door, const struct files *files,
    struct import_report *report, struct fault *f)
{
	const struct args *args = door->args;
	const char *type = args_text(args, "--type");
	const char *at = args_text(args, "--at");
	struct check_request request = {
		.certificate = buf_bytes(&files->certificate),
		.chain = buf_bytes(&files->chain),
		.ca = args_text(args, "--ca"),
		.csr = buf_bytes(&files->csr),
		.public_key = buf_bytes(&files->public_key),
		.type = CA_SUBORDINATE,
		.now = clock_now(),
	};

	/* An empty file is one, too. */
	if (args_flag(args, "--csr") && request.csr.p == NULL)
		request.csr = bytes_of("");
	/* The parser has seen to both. */
	if (type != NULL && !ca_type_from_name(type, &request.type))
		return false;
	if (at != NULL && !clock_from_text(at, &request.now))
		return false;
	if (request.ca != NULL &&
	    (!door_open(door, false, f) || !type_agrees(door, type, f)))
		return false;
	return action_check(door->p, &request, report, f);
}

bool
run_check(struct door *door, struct fault *f)
{
	struct import_report *report = mem_new(sizeof(*report));
	struct files files = { 0 };
	struct fault answer = { 0 };
	bool ok;

	ok = files_read(door, &files, f) && check_with(door, &files, report, f);
	if (ok && door->json)
		print_json(wire_report(report));
	else if (ok)
		report_print(stdout, report, door->quiet);
	door->refused = ok && !import_answer(report, &answer);
	files_free(&files);
	mem_free(report);
	return ok;
}

static void
print_imported(const struct door *door, const struct ca *ca)
{
	int64_t now = clock_now();
	char until[CLOCK_TEXT_MAX];

	if (door->json)
		print_json(wire_ca(ca, now, p11ca_conf(door->p)->account));
	else
		(void)printf("%s is %s until %s\n", ca_called(ca),
		    ca_status_name(ca_status_at(ca, now)),
		    clock_text(ca->not_after, until));
}

/* What an operator should know although it was accepted. */
static void
print_warnings(const struct import_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct import_finding *one = &report->finding[i];
		char *note;

		if (one->verdict != VERDICT_WARN)
			continue;
		note = mem_format("warning (rule %s): %s%s%s; expected %s; %s",
		    one->rule->id, one->where,
		    one->where[0] != '\0' ? ": " : "", one->found,
		    one->rule->want, one->rule->todo);
		print_note(note);
		mem_free(note);
	}
}

void
import_tell(struct door *door, bool ok, struct import_report *report,
    const struct ca *ca)
{
	struct fault answer = { 0 };

	if (ok) {
		if (door->verbose && !door->json)
			report_print(stderr, report, false);
		else
			print_warnings(report);
		print_imported(door, ca);
	} else if (report->count > 0 && !import_answer(report, &answer)) {
		door->report = report;
		return;
	}
	mem_free(report);
}

bool
run_import(struct door *door, struct fault *f)
{
	struct import_report *report = mem_new(sizeof(*report));
	struct files files = { 0 };
	struct import_request request = { .ca = args_word(door->args, 0) };
	struct ca *ca = NULL;
	bool ok;

	ok = files_read(door, &files, f) && door_open(door, true, f);
	request.certificate = buf_bytes(&files.certificate);
	request.chain = buf_bytes(&files.chain);
	request.store_certificate =
	    args_flag(door->args, "--store-certificate");
	ok = ok && action_import(door->p, &request, report, &ca, f);
	import_tell(door, ok, report, ca);
	ca_free(ca);
	files_free(&files);
	return ok;
}
