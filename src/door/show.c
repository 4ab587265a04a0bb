/* show.c - list and show: what there is. */
#include <string.h>

#include "internal.h"
#include "p11ca/cert.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/pem.h"

/* Names for a completion or a loop in a shell. */
static void
print_name(const struct door *door, const struct ca *ca)
{
	const struct wire_pair pairs[] = {
		{ "Arn", ca->arn },
		{ "Name", ca_called(ca) },
	};

	if (door->json)
		print_json(wire_object(pairs, COUNT(pairs)));
	else
		(void)puts(ca_called(ca));
}

static void
add_row(struct table *table, const struct ca *ca, int64_t now)
{
	enum ca_status status = ca_status_at(ca, now);
	char until[PRINT_DATE_MAX];
	char *title = ca_title(ca);
	char *marked = mem_format("%s%s", title, ca_mark(ca));

	table_cell(table, ca->name[0] != '\0' ? ca->name : "-");
	table_cell(table, ca->uuid);
	table_cell(table, ca_type_name(ca->type));
	table_painted(table, print_status_paint(status),
	    ca_status_name(status));
	table_cell(table,
	    ca->certificate.len > 0 ? print_date(ca->not_after, until) : "-");
	table_cell(table, marked);
	mem_free(marked);
	mem_free(title);
}

static void
print_list(struct ca *const *all, size_t count, int64_t now)
{
	static const char *const heads[] = { "NAME", "UUID", "TYPE", "STATUS",
		"NOT AFTER", "SUBJECT" };
	struct table table = { .columns = COUNT(heads) };

	for (size_t i = 0; i < COUNT(heads); i++)
		table_cell(&table, heads[i]);
	for (size_t i = 0; i < count; i++)
		add_row(&table, all[i], now);
	table_print(&table, stdout);
	table_free(&table);
}

bool
run_list(struct door *door, struct fault *f)
{
	bool names = args_flag(door->args, "--names");
	int64_t now = clock_now();
	struct ca **all = NULL;
	size_t count = 0;

	if (!door_open(door, false, f) ||
	    !action_list(door->p, &all, &count, f))
		return false;
	for (size_t i = 0; i < count && (names || door->json); i++)
		if (names)
			print_name(door, all[i]);
		else
			print_json(wire_ca(all[i], now,
			    p11ca_conf(door->p)->account));
	if (count > 0 && !names && !door->json)
		print_list(all, count, now);
	if (count == 0 && !names)
		print_note("no CA is hosted here; p11ca create makes one");
	store_free_cas(all);
	return true;
}

static void
print_key(const struct ca *ca)
{
	struct buf id = { 0 };

	buf_hex(&id, buf_bytes(&ca->key_id));
	print_row("key", "%s, %s", key_algs[ca->key_alg].name,
	    ca->adopted ? "ADOPTED: made elsewhere, copies may exist"
			: "made by p11ca");
	print_row("signs with", "%s", sign_algs[ca->sign_alg].name);
	print_row("key ID", "%s", buf_text(&id));
	print_row("token", "%s", ca->token_uri != NULL ? ca->token_uri : "-");
	(void)puts("key, as its token reports it");
	print_claims(&ca->claims);
	buf_free(&id);
}

/*
 * The serial number in hexadecimal, as certs, revoke and openssl have it; the
 * API's decimal one is for programs.  otherwise: when the PEM has none.
 */
static char *
serial_of(const struct buf *certificate, const char *otherwise)
{
	struct buf hex = { 0 };
	struct pem pem = { 0 };
	struct cert *cert = NULL;
	struct fault ignored = { 0 };
	struct bytes serial;
	char *text;

	pem_read(buf_bytes(certificate), &pem);
	if (pem.count > 0 &&
	    cert_from_der(buf_bytes(&pem.block[0].der), &cert, &ignored)) {
		serial = cert->serial;
		if (serial.len > 1 && serial.p[0] == 0) {
			serial.p++;
			serial.len--;
		}
		buf_hex(&hex, serial);
	}
	text = mem_text(hex.len > 0 ? buf_text(&hex) : otherwise);
	cert_free(cert);
	pem_free(&pem);
	buf_free(&hex);
	return text;
}

static void
print_certificate(const struct ca *ca)
{
	char at[CLOCK_TEXT_MAX];
	char *serial;

	if (ca->certificate.len == 0) {
		print_row("certificate", "none yet");
		return;
	}
	serial = serial_of(&ca->certificate, "-");
	print_row("serial", "%s", serial);
	mem_free(serial);
	print_row("not before", "%s", clock_text(ca->not_before, at));
	print_row("not after", "%s", clock_text(ca->not_after, at));
}

static void
print_ca(const struct ca *ca, int64_t now)
{
	enum ca_status status = ca_status_at(ca, now);
	char *title = ca_title(ca);
	char at[CLOCK_TEXT_MAX];

	print_row("name", "%s", ca->name[0] != '\0' ? ca->name : "-");
	print_row("ARN", "%s", ca->arn);
	print_row("type", "%s", ca_type_name(ca->type));
	print_painted(stdout, PAINT_PLAIN, "status", PRINT_LABEL_WIDTH);
	print_painted(stdout, print_status_paint(status),
	    ca_status_name(status), 0);
	(void)printf(" since %s\n", clock_text(ca->changed_at, at));
	if (status == CA_CREATING)
		print_row("to do", "%s",
		    "if nobody is creating it now, it was cut off: p11ca "
		    "doctor, p11ca delete");
	if (status == CA_DELETED)
		print_row("restorable until", "%s",
		    clock_text(ca->restorable_until, at));
	print_row("created", "%s", clock_text(ca->created_at, at));
	print_row("subject", "%s", title[0] != '\0' ? title : "-");
	print_certificate(ca);
	print_settings(ca);
	print_key(ca);
	mem_free(title);
}

/* A part of a CA exactly as it is stored. */
static void
print_stored(const struct door *door, const char *member,
    const struct buf *stored)
{
	const struct wire_pair pair = { member, buf_text(stored) };

	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		print_bytes(buf_bytes(stored));
}

static void
print_past(const struct door *door, const struct installed *list, size_t count)
{
	static const char *const heads[] = { "INSTALLED", "SERIAL",
		"NOT BEFORE", "NOT AFTER" };
	struct table table = { .columns = COUNT(heads) };

	for (size_t i = 0; i < COUNT(heads); i++)
		table_cell(&table, heads[i]);
	for (size_t i = 0; i < count; i++) {
		const struct installed *one = &list[i];
		char from[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];
		char at[CLOCK_TEXT_MAX];
		char *hex = serial_of(&one->certificate, one->serial);
		const struct wire_pair pairs[] = {
			{ "InstalledAt", clock_text(one->installed_at, at) },
			{ "Serial", door->json ? one->serial : hex },
			{ "NotBefore", clock_text(one->not_before, from) },
			{ "NotAfter", clock_text(one->not_after, until) },
			{ "Certificate", buf_text(&one->certificate) },
			{ "CertificateChain",
			    one->chain.len > 0 ? buf_text(&one->chain) : NULL },
		};

		if (door->json)
			print_json(wire_object(pairs, COUNT(pairs)));
		for (size_t j = 0; j < COUNT(heads); j++)
			table_cell(&table, pairs[j].value);
		mem_free(hex);
	}
	if (!door->json && count > 0)
		table_print(&table, stdout);
	table_free(&table);
}

static bool
show_history(struct door *door, const struct ca *ca, struct fault *f)
{
	struct installed *list = NULL;
	size_t count = 0;

	if (!store_history(p11ca_store(door->p), ca, &list, &count, f))
		return false;
	print_past(door, list, count);
	if (count == 0)
		print_note("it has had no certificate yet");
	store_free_history(list, count);
	return true;
}

/* The PEM of a CA, when its state has one. */
static bool
show_pem(struct door *door, const char *which, struct fault *f)
{
	struct ca *ca = NULL;

	if (!action_get_certificate(door->p, which, &ca, f))
		return false;
	if (args_flag(door->args, "--chain"))
		print_stored(door, "CertificateChain", &ca->chain);
	else
		print_stored(door, "Certificate", &ca->certificate);
	ca_free(ca);
	return true;
}

bool
run_show(struct door *door, struct fault *f)
{
	const char *which = args_word(door->args, 0);
	struct ca *ca = NULL;
	bool ok = true;

	if (args_flag(door->args, "--csr"))
		return run_csr(door, f);
	if (!door_open(door, false, f))
		return false;
	if (args_flag(door->args, "--certificate") ||
	    args_flag(door->args, "--chain"))
		return show_pem(door, which, f);
	if (!action_describe(door->p, which, &ca, f))
		return false;
	if (args_flag(door->args, "--history"))
		ok = show_history(door, ca, f);
	else if (door->json)
		print_json(wire_ca_full(ca, clock_now(),
		    p11ca_conf(door->p)->account));
	else
		print_ca(ca, clock_now());
	ca_free(ca);
	return ok;
}
