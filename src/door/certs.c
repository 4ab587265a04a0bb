/* certs.c - certs, cert show and revoke: what was issued, and its end. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "p11ca/cert.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/pem.h"
#include "p11ca/text.h"

#define TITLE_MAX 512
#define TEMPLATE_WIDTH 33 /* SubordinateCACertificate_PathLen0 */

/* How it stands, in a word. */
static const char *
stands(const struct issued *issued, int64_t now, enum paint *paint)
{
	static const struct {
		const char *text;
		enum paint paint;
	} open[ISSUED_STATES] = {
		[ISSUED_INTENT] = { "being signed", PAINT_WARN },
		[ISSUED_FAILED] = { "failed", PAINT_BAD },
	};

	if (open[issued->state].text != NULL) {
		*paint = open[issued->state].paint;
		return open[issued->state].text;
	}
	if (issued->revoked_at != 0) {
		*paint = PAINT_BAD;
		return "revoked";
	}
	*paint = issued->not_after < now ? PAINT_DIM : PAINT_GOOD;
	return issued->not_after < now ? "expired" : "valid";
}

/* "CN=x,O=y", harmless; "-" while there is no certificate.  Returns out. */
static const char *
title_of(const struct issued *issued, char out[TITLE_MAX])
{
	struct fault ignored = { 0 };
	struct cert *cert = NULL;

	(void)snprintf(out, TITLE_MAX, "-");
	if (cert_from_der(buf_bytes(&issued->certificate), &cert, &ignored) &&
	    !name_empty(cert->subject))
		(void)cert_title(cert, out, TITLE_MAX);
	cert_free(cert);
	return out;
}

/* A list on its way to standard output, row by row. */
struct listing {
	const struct door *door;
	const struct ca *ca;
	const struct template *template; /* NULL: every one */
	bool revoked;			 /* only those */
	int64_t now;
	size_t count;
};

static void
print_cells(const char *serial, const char *until, enum paint paint,
    const char *state, const char *template, const char *title)
{
	print_cell(PAINT_PLAIN, serial, SERIAL_HEX_LEN - 1);
	print_cell(PAINT_PLAIN, until, strlen("2026-01-15"));
	print_cell(paint, state, strlen("being signed"));
	print_cell(PAINT_PLAIN, template, TEMPLATE_WIDTH);
	(void)puts(title);
}

/* Stops where standard output takes no more. */
static bool
print_one(const struct issued *issued, int64_t position, void *context)
{
	struct listing *listing = context;
	char until[PRINT_DATE_MAX], title[TITLE_MAX];
	enum paint paint = PAINT_PLAIN;
	const char *state = stands(issued, listing->now, &paint);

	if ((listing->revoked && issued->revoked_at == 0) ||
	    (listing->template != NULL &&
		strcmp(issued->template_name, listing->template->name) != 0))
		return true;
	if (listing->door->json) {
		print_json(wire_issued(issued, listing->ca->arn));
	} else {
		if (listing->count == 0)
			print_cells("SERIAL", "NOT AFTER", PAINT_PLAIN, "STATE",
			    "TEMPLATE", "SUBJECT");
		print_cells(issued->serial,
		    print_date(issued->not_after, until), paint, state,
		    issued->template_name, title_of(issued, title));
	}
	listing->count++;
	return ferror(stdout) == 0;
}

bool
run_certs(struct door *door, struct fault *f)
{
	const char *template = args_text(door->args, "--template");
	struct listing listing = { .door = door,
		.revoked = args_flag(door->args, "--revoked"),
		.now = clock_now() };
	struct ca *ca = NULL;
	bool ok = (template == NULL ||
		      template_find(template, &listing.template, f)) &&
	    door_open(door, false, f) &&
	    action_describe(door->p, args_word(door->args, 0), &ca, f);

	listing.ca = ca;
	ok = ok &&
	    register_each(p11ca_store(door->p), ca->uuid, 0, print_one,
		&listing, f);
	if (ok && listing.count == 0)
		print_note(listing.revoked || template != NULL
			? "it has issued no such certificate"
			: "it has issued no certificate");
	ca_free(ca);
	return ok;
}

static void
print_facts(const struct issued *issued, const struct ca *ca)
{
	enum paint paint = PAINT_PLAIN;
	const char *state = stands(issued, clock_now(), &paint);
	char at[CLOCK_TEXT_MAX], text[TITLE_MAX];

	print_row("serial", "%s", issued->serial);
	print_row("ARN", "%s/certificate/%s", ca->arn, issued->serial);
	print_row("issued by", "%s", ca_called(ca));
	print_row("subject", "%s", title_of(issued, text));
	print_painted(stdout, PAINT_PLAIN, "state", PRINT_LABEL_WIDTH);
	print_painted(stdout, paint, state, 0);
	(void)putchar('\n');
	if (issued->revoked_at != 0)
		print_row("revoked", "%s, %s",
		    clock_text(issued->revoked_at, at),
		    reason_name(issued->reason));
	print_row("not before", "%s", clock_text(issued->not_before, at));
	print_row("not after", "%s", clock_text(issued->not_after, at));
	print_row("template", "%s", issued->template_name);
	print_row("signed with", "%s", sign_algs[issued->sign_alg].name);
	print_row("issued", "%s", clock_text(issued->issued_at, at));
	if (issued->caller != NULL)
		print_row("asked for by", "%s",
		    text_fit(text, sizeof(text), bytes_of(issued->caller)));
	if (issued->partition != 0)
		print_row("CRL partition", "%" PRId64, issued->partition);
}

/* One PEM text and nothing else; NULL: there is none. */
static void
print_pem(const struct door *door, const char *member, const char *pem)
{
	const struct wire_pair pair = { member, pem };

	if (door->json)
		print_json(wire_object(&pair, 1));
	else if (pem != NULL)
		(void)puts(pem);
	else
		print_note("nothing is above a root that signed itself");
}

static void
print_cert(const struct door *door, const struct issued *issued,
    const struct ca *ca, const char *chain)
{
	char *pem = NULL;

	if (args_flag(door->args, "--pem")) {
		pem = issued_pem(issued);
		print_pem(door, "Certificate", pem);
	} else if (args_flag(door->args, "--chain")) {
		print_pem(door, "CertificateChain", chain);
	} else if (door->json) {
		print_json(wire_issued_full(issued, ca->arn, chain));
	} else {
		print_facts(issued, ca);
	}
	mem_free(pem);
}

bool
run_cert_show(struct door *door, struct fault *f)
{
	const char *which = args_word(door->args, 0);
	struct issued issued = { 0 };
	struct ca *ca = NULL;
	char *chain = NULL;
	bool ok = door_open(door, false, f) &&
	    action_get_issued(door->p, which, args_word(door->args, 1), &issued,
		&chain, f) &&
	    action_describe(door->p, which, &ca, f);

	if (ok)
		print_cert(door, &issued, ca, chain);
	mem_free(chain);
	issued_clear(&issued);
	ca_free(ca);
	return ok;
}

/* Who reads CRLs learns of it with the next one. */
static void
note_crl(const struct door *door, const struct ca *ca)
{
	struct ca_settings *settings = NULL;
	struct fault ignored = { 0 };

	if (ca_settings_read(ca->settings, &settings, &ignored) &&
	    settings->crl.enabled)
		hint_next(door, "next, for a CRL that says so",
		    mem_text("crl --due"));
	ca_settings_free(settings);
}

bool
run_revoke(struct door *door, struct fault *f)
{
	const char *which = args_word(door->args, 0);
	const char *serial = args_word(door->args, 1);
	const char *name = args_text(door->args, "--reason");
	enum revocation_reason reason = REASON_NONE;
	struct issued issued = { 0 };
	struct ca *ca = NULL;
	char *chain = NULL;
	bool ok;

	/* The parser let no other word through. */
	ok = reason_from_name(name, &reason) && door_open(door, true, f) &&
	    action_revoke(door->p, which, serial, reason, f) &&
	    action_describe(door->p, which, &ca, f) &&
	    action_get_issued(door->p, which, serial, &issued, &chain, f);
	if (ok && door->json)
		print_json(wire_issued(&issued, ca->arn));
	else if (ok)
		(void)printf("%s is revoked (%s)\n", issued.serial, name);
	if (ok)
		note_crl(door, ca);
	mem_free(chain);
	issued_clear(&issued);
	ca_free(ca);
	return ok;
}
