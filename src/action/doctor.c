/* doctor.c - home, store, clock and CAs, and what to do; tokens elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define DAY 86400
#define SOON (30 * DAY)

void
doctor_add(struct doctor *d, enum doctor_mark mark, const char *about,
    const char *todo, const char *fmt, ...)
{
	char found[FAULT_FOUND_MAX + 256];
	struct doctor_line *line;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(found, sizeof(found), fmt, args);
	va_end(args);
	d->line = mem_grow(d->line, d->count, &d->cap, sizeof(*d->line));
	line = &d->line[d->count++];
	line->mark = mark;
	line->about = about;
	line->found = mem_text(found);
	line->todo = mem_text(todo);
	d->bad = d->bad || mark == DOCTOR_BAD;
}

void
doctor_add_fault(struct doctor *d, const char *about, const struct fault *f)
{
	doctor_add(d, DOCTOR_BAD, about, f->todo, "%s", f->found);
}

const char *
doctor_title(const struct ca *ca)
{
	return ca->name[0] != '\0' ? ca->name : ca->uuid;
}

/* Every command that only looks works there, so nobody else would say it. */
static void
look_whether_writable(struct p11ca *p, struct doctor *d)
{
	char *locks = home_file(p->home, "locks");
	const char *const paths[] = { p->home, locks, p->conf->database };
	char shown[256];

	for (size_t i = 0; i < COUNT(paths); i++)
		if (faccessat(AT_FDCWD, paths[i], W_OK, AT_EACCESS) != 0)
			doctor_add(d, DOCTOR_BAD, "home",
			    "see to the mount, the owner and the modes of the "
			    "home (0700) and its files (0600)",
			    "%s cannot be written: %s",
			    text_fit(shown, sizeof(shown), bytes_of(paths[i])),
			    strerror(errno));
	mem_free(locks);
}

static void
look_at_store(struct p11ca *p, struct doctor *d)
{
	struct audit_summary sum;
	struct fault f = { 0 };

	if (store_check(p->store, &f))
		doctor_add(d, DOCTOR_OK, "store", NULL, "%s is sound",
		    p->conf->database);
	else
		doctor_add_fault(d, "store", &f);
	memset(&f, 0, sizeof(f));
	if (action_audit_verify(p, &sum, &f))
		doctor_add(d, DOCTOR_OK, "audit", NULL,
		    "%" PRId64 " %s, unbroken, head %.16s...", sum.rows,
		    sum.rows == 1 ? "entry" : "entries", sum.head);
	else
		doctor_add_fault(d, "audit", &f);
}

/* The time of the newest audit entry, as the visitor meets them. */
static bool
newest(const struct audit_row *row, void *context)
{
	char *time = wire_member(row->entry, "time");
	int64_t *at = context;
	int64_t when;

	if (time != NULL && clock_from_text(time, &when) && when > *at)
		*at = when;
	mem_free(time);
	return true;
}

static void
look_at_clock(struct p11ca *p, struct doctor *d)
{
	char now[CLOCK_TEXT_MAX], then[CLOCK_TEXT_MAX];
	struct fault f = { 0 };
	int64_t last = 0;

	if (!store_audit_each(p->store, 1, newest, &last, &f))
		return; /* look_at_store has said it */
	(void)clock_text(clock_now(), now);
	if (clock_now() + 5 < last)
		doctor_add(d, DOCTOR_BAD, "clock",
		    "set the clock; validity of certificates hangs on it",
		    "it is %s, but the audit log knows %s", now,
		    clock_text(last, then));
	else
		doctor_add(d, DOCTOR_OK, "clock", NULL, "it is %s", now);
}

/* Certificates that are on record, and that nobody will finish by himself. */
static void
look_for_intents(struct p11ca *p, const struct ca *ca, struct doctor *d)
{
	struct fault f = { 0 };
	size_t count = 0;
	char *todo;

	if (!orphans_count(p, ca, &count, &f)) {
		doctor_add_fault(d, "ca", &f);
		return;
	}
	if (count == 0)
		return;
	todo = mem_format("%sp11ca issue %s --settle",
	    ca_may_settle(ca) ? "" : "enable, restore or renew it, then ",
	    doctor_title(ca));
	doctor_add(d, DOCTOR_WARN, "ca", todo,
	    "%s: %zu %s on record that a crash kept from being signed",
	    doctor_title(ca), count,
	    count == 1 ? "certificate" : "certificates");
	mem_free(todo);
}

/* Its days are over; without a key only its register is left, as it should. */
static void
look_at_gone(const struct ca *ca, struct doctor *d)
{
	char *todo;

	if (ca->key_id.len == 0)
		return;
	todo = mem_format("p11ca delete --due; if its token is gone for good, "
			  "p11ca delete %s --key-stays",
	    doctor_title(ca));
	doctor_add(d, DOCTOR_WARN, "ca", todo,
	    "%s: its restoration period is over, its key not destroyed yet",
	    doctor_title(ca));
	mem_free(todo);
}

static void
look_at_ca(struct p11ca *p, const struct ca *ca, int64_t now, struct doctor *d)
{
	char until[CLOCK_TEXT_MAX];

	if (ca_is_gone(ca, now))
		look_at_gone(ca, d);
	else if (ca_status_at(ca, now) == CA_EXPIRED)
		doctor_add(d, DOCTOR_WARN, "ca",
		    "have its CSR signed again and import the certificate",
		    "%s: its certificate expired at %s", doctor_title(ca),
		    clock_text(ca->not_after, until));
	else if (ca->status == CA_ACTIVE && ca->not_after - now < SOON)
		doctor_add(d, DOCTOR_WARN, "ca",
		    "have its CSR signed again and import the certificate",
		    "%s: its certificate expires at %s", doctor_title(ca),
		    clock_text(ca->not_after, until));
	else if (ca->status != CA_CREATING)
		doctor_add(d, DOCTOR_OK, "ca", NULL, "%s: %s", doctor_title(ca),
		    ca_status_name(ca_status_at(ca, now)));
	if (!ca_is_gone(ca, now))
		look_for_intents(p, ca, d);
}

void
action_doctor(const char *home, p11ca_say *tell, struct doctor *out)
{
	struct p11ca *p = NULL;
	struct fault f = { 0 };
	struct ca **all = NULL;
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	if (!p11ca_open(home, false, tell, &p, &f)) {
		doctor_add_fault(out, "home", &f);
		return;
	}
	doctor_add(out, DOCTOR_OK, "home", NULL, "%s is private", home);
	look_whether_writable(p, out);
	look_at_store(p, out);
	look_at_clock(p, out);
	if (store_all_cas(p->store, &all, &count, &f)) {
		doctor_look_at_tokens(p, all, count, out);
		for (size_t i = 0; i < count; i++)
			look_at_ca(p, all[i], clock_now(), out);
		store_free_cas(all);
	} else {
		doctor_add_fault(out, "store", &f);
	}
	p11ca_close(p);
}

void
doctor_free(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		mem_free(doctor->line[i].found);
		mem_free(doctor->line[i].todo);
	}
	mem_free(doctor->line);
	memset(doctor, 0, sizeof(*doctor));
}
