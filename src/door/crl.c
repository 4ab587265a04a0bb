/* crl.c - crl and revocation: what a CA tells of its revoked certificates. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/pem.h"
#include "p11ca/text.h"

#define CRL_LABEL "X509 CRL"

/* What stands beside the CRL, for people. */
static void
note_summary(const struct crl_summary *summary)
{
	char until[CLOCK_TEXT_MAX], path[512];
	char *note = mem_format("CRL number %" PRId64
				", entries %zu, next update %s, %s%s",
	    summary->number, summary->entries,
	    clock_text(summary->next_update, until),
	    summary->path != NULL ? "published as " : "not published",
	    summary->path != NULL
		? text_fit(path, sizeof(path), bytes_of(summary->path))
		: "");

	print_note(note);
	mem_free(note);
}

static void
print_json_crl(const struct crl_summary *summary, const struct buf *pem)
{
	char number[24], entries[24], until[CLOCK_TEXT_MAX];
	const struct wire_pair pairs[] = {
		{ "CrlNumber", number },
		{ "Entries", entries },
		{ "NextUpdate", clock_text(summary->next_update, until) },
		{ "File", summary->path },
		{ "Crl", buf_text(pem) },
	};

	(void)snprintf(number, sizeof(number), "%" PRId64, summary->number);
	(void)snprintf(entries, sizeof(entries), "%zu", summary->entries);
	print_json(wire_object(pairs, COUNT(pairs)));
}

static void
print_crl(const struct door *door, const struct buf *der,
    const struct crl_summary *summary)
{
	struct buf pem = { 0 };

	if (args_flag(door->args, "--der")) {
		print_bytes(buf_bytes(der));
		note_summary(summary);
		return;
	}
	pem_write(&pem, CRL_LABEL, buf_bytes(der));
	if (door->json) {
		print_json_crl(summary, &pem);
	} else {
		print_bytes(buf_bytes(&pem));
		note_summary(summary);
	}
	buf_free(&pem);
}

static bool
make_one(struct door *door, const char *which, struct fault *f)
{
	int partition = args_number(door->args, "--partition", 0);
	struct crl_summary summary = { 0 };
	struct buf der = { 0 };
	bool ok = (!args_flag(door->args, "--der") ||
		      door_takes_bytes("a CRL in DER", f)) &&
	    door_open(door, true, f) &&
	    action_crl(door->p, which, partition, &der, &summary, f);

	if (ok)
		print_crl(door, &der, &summary);
	mem_free(summary.path);
	buf_free(&der);
	return ok;
}

/* For a timer; a CA that fails does not hide what was made for others. */
static bool
make_due(struct door *door, struct fault *f)
{
	size_t made = 0;
	char text[24];
	const struct wire_pair pair = { "Made", text };
	bool ok;

	if (!door_open(door, true, f))
		return false;
	ok = action_crl_due(door->p, &made, f);
	(void)snprintf(text, sizeof(text), "%zu", made);
	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		(void)printf("%s made\n", text);
	return ok;
}

bool
run_crl(struct door *door, struct fault *f)
{
	const char *which = args_word(door->args, 0);
	bool due = args_flag(door->args, "--due");

	if (due == (which == NULL))
		return due ? make_due(door, f) : make_one(door, which, f);
	fault_found(f, due ? "--due beside the name of a CA" : "no CA");
	return fault_raise(f, FAULT_USAGE, "the name of a CA, or --due",
	    door->args->command->see);
}

/* The texts are of characters that are harmless: their patterns say so. */
static void
print_crl_settings(const struct ca_settings *settings)
{
	struct buf text = { 0 };

	if (!settings->crl.enabled) {
		print_row("CRL", "not published");
		return;
	}
	buf_printf(&text, "in bucket %s, for %" PRId64 " days",
	    settings->crl.bucket, settings->crl.days);
	if (settings->crl.cname != NULL)
		buf_printf(&text, ", at %s", settings->crl.cname);
	if (settings->crl.path != NULL)
		buf_printf(&text, ", path %s", settings->crl.path);
	if (settings->crl.partitioned)
		buf_text_append(&text, ", in partitions");
	if (settings->crl.omit)
		buf_text_append(&text, ", not named in certificates");
	print_row("CRL", "%s", buf_text(&text));
	buf_free(&text);
}

void
print_settings(const struct ca *ca)
{
	struct ca_settings *settings = NULL;
	struct fault ignored = { 0 };

	if (!ca_settings_read(ca->settings, &settings, &ignored)) {
		print_row("settings", "unreadable");
		return;
	}
	print_row("usage mode", "%s",
	    settings->short_lived ? "SHORT_LIVED_CERTIFICATE"
				  : "GENERAL_PURPOSE");
	print_crl_settings(settings);
	if (settings->ocsp.enabled && settings->ocsp.cname != NULL)
		print_row("OCSP", "at %s", settings->ocsp.cname);
	else
		print_row("OCSP", "%s", settings->ocsp.enabled ? "yes" : "no");
	ca_settings_free(settings);
}

bool
run_revocation(struct door *door, struct fault *f)
{
	struct buf json = { 0 };
	struct ca *ca = NULL;
	bool ok =
	    door_read_all(door, "--configuration", WIRE_JSON_MAX, &json, f) &&
	    door_open(door, true, f) &&
	    action_set_revocation(door->p, args_word(door->args, 0),
		buf_bytes(&json), &ca, f);

	if (ok && door->json)
		print_json(wire_ca(ca, clock_now(),
		    p11ca_conf(door->p)->account));
	else if (ok)
		print_settings(ca);
	buf_free(&json);
	ca_free(ca);
	return ok;
}
