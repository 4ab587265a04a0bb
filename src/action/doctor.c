/* doctor.c - home, store, clock, tokens, keys and CAs, and what to do. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/probe.h"
#include "p11ca/rule_key.h"
#include "p11ca/text.h"

#define DAY 86400
#define SOON (30 * DAY)

static void add(struct doctor *d, enum doctor_mark mark, const char *about,
    const char *todo, const char *fmt, ...) PRINTF(5, 6);

static void
add(struct doctor *d, enum doctor_mark mark, const char *about,
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

static void
add_fault(struct doctor *d, const char *about, const struct fault *f)
{
	add(d, DOCTOR_BAD, about, f->todo, "%s", f->found);
}

static const char *
title_of(const struct ca *ca)
{
	return ca->name[0] != '\0' ? ca->name : ca->uuid;
}

static void
look_at_store(struct p11ca *p, struct doctor *d)
{
	struct audit_summary sum;
	struct fault f = { 0 };

	if (store_check(p->store, &f))
		add(d, DOCTOR_OK, "store", NULL, "%s is sound",
		    p->conf->database);
	else
		add_fault(d, "store", &f);
	memset(&f, 0, sizeof(f));
	if (action_audit_verify(p, &sum, &f))
		add(d, DOCTOR_OK, "audit", NULL,
		    "%" PRId64 " entries, unbroken, head %.16s...", sum.rows,
		    sum.head);
	else
		add_fault(d, "audit", &f);
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
		add(d, DOCTOR_BAD, "clock",
		    "set the clock; validity of certificates hangs on it",
		    "it is %s, but the audit log knows %s", now,
		    clock_text(last, then));
	else
		add(d, DOCTOR_OK, "clock", NULL, "it is %s", now);
}

/* What is said of a key that is in order; for ever, if p11ca did not make it. */
static void
tell_of_key(const struct ca *ca, const struct key_claims *claims,
    struct doctor *d)
{
	struct buf told = { 0 };

	claims_show(&told, claims, ATTRS_PROTECTING);
	add(d, DOCTOR_OK, "key", NULL, "%s: in the token, %s, %s; %s",
	    title_of(ca), key_algs[ca->key_alg].name,
	    ca->adopted ? "ADOPTED (made elsewhere, copies may exist)"
			: "made by p11ca",
	    buf_text(&told));
	buf_free(&told);
}

/* Attributes of a key are for ever; some tokens let them be set all the same. */
static void
tell_of_change(const struct ca *ca, const struct key_claims *now,
    struct doctor *d)
{
	struct buf told = { 0 };

	for (enum key_attribute i = 0; i < ATTRS; i++) {
		enum claim before = claim_of(&ca->claims, i);
		enum claim after = claim_of(now, i);

		if (before != after)
			buf_printf(&told, "%s%s: %s, was %s",
			    told.len > 0 ? "; " : "", claim_names[i].text,
			    claim_text(after), claim_text(before));
	}
	if (told.len > 0)
		add(d, DOCTOR_WARN, "key",
		    "find out who set them, or whether the module was changed",
		    "%s: its token reports other attributes than when the key "
		    "was %s (%s)",
		    title_of(ca), ca->adopted ? "adopted" : "made",
		    buf_text(&told));
	buf_free(&told);
}

/* The key of one CA: there, safe, and the one of its CSR. */
static void
look_at_key(struct p11ca *p, struct token *token, const struct ca *ca,
    struct doctor *d)
{
	bool strict = p->conf->token.strict_key_attributes;
	struct fault f = { 0 };
	struct key key = { 0 };

	if (!token_find_key(token, buf_bytes(&ca->key_id), &key, &f)) {
		add(d, DOCTOR_BAD, "key", f.todo, "%s: %s", title_of(ca),
		    f.found);
	} else if (!bytes_equal(buf_bytes(&key.spki),
		       buf_bytes(&ca->key_spki))) {
		add(d, DOCTOR_BAD, "key",
		    "find out who replaced it; restore the token's backup",
		    "%s: the token has another key with its ID", title_of(ca));
	} else if (!key_is_fit(&key.claims, strict, &f)) {
		add(d, DOCTOR_BAD, "key", f.todo, "%s: %s", title_of(ca),
		    f.found);
	} else {
		tell_of_key(ca, &key.claims, d);
		tell_of_change(ca, &key.claims, d);
	}
	key_clear(&key);
}

/* A creation that was cut off: is there a key that nobody has? */
static void
look_at_creation(struct p11ca *p, struct token *token, const struct ca *ca,
    struct doctor *d)
{
	struct fault f = { 0 };
	struct key key = { 0 };
	char id[2 * 64 + 1] = "";
	struct buf hex = { 0 };
	bool there;

	if (store_is_locked(p->store, ca->uuid)) {
		add(d, DOCTOR_OK, "ca", NULL, "%s: is being created now",
		    title_of(ca));
		return;
	}
	there = token_find_key(token, buf_bytes(&ca->key_id), &key, &f);
	buf_hex(&hex, buf_bytes(&ca->key_id));
	(void)snprintf(id, sizeof(id), "%s", buf_text(&hex));
	add(d, DOCTOR_WARN, "ca",
	    "p11ca delete it: that destroys the key, if any, and the record",
	    "%s (%s): its creation was cut off; the key %s %s", ca->uuid,
	    ca->name[0] != '\0' ? ca->name : "no name", id,
	    there ? "is in the token" : "is not in the token");
	buf_free(&hex);
	key_clear(&key);
}

static bool
is_known(struct ca *const *all, size_t count, const struct key *key)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(buf_bytes(&all[i]->key_id),
			buf_bytes(&key->id)))
			return true;
	return false;
}

/* Keys that p11ca made and no CA here has. */
static void
look_for_orphans(struct token *token, struct ca *const *all, size_t count,
    struct doctor *d)
{
	size_t prefix = strlen(KEY_LABEL_PREFIX);
	struct fault f = { 0 };
	struct key *keys = NULL;
	size_t n = 0;

	if (!token_keys(token, &keys, &n, &f)) {
		add_fault(d, "token", &f);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char label[KEY_LABEL_MAX];

		if (strcmp(keys[i].label, PROBE_LABEL) == 0)
			add(d, DOCTOR_WARN, "key",
			    "\"p11ca token probe --permanent\" destroys it",
			    "a trial key in the token, of a probe that was "
			    "cut off");
		else if (strncmp(keys[i].label, KEY_LABEL_PREFIX, prefix) ==
			0 &&
		    !is_known(all, count, &keys[i]))
			add(d, DOCTOR_WARN, "key",
			    "another home may own it; if none does, destroy it "
			    "with the token's own tools",
			    "the key \"%s\" in the token is no CA's here",
			    text_fit(label, sizeof(label),
				bytes_of(keys[i].label)));
		key_clear(&keys[i]);
	}
	mem_free(keys);
}

/* One token, and the CAs whose keys it has; each token is opened once. */
static void
look_at_token(struct p11ca *p, const char *uri, struct ca *const *all,
    size_t count, struct doctor *d)
{
	struct token *token = NULL;
	struct token_place place;
	struct fault f = { 0 };

	p11ca_place(p, uri, &place);
	place.spare_tries = true; /* whoever looks must not break anything */
	if (!token_open(&place, true, p->warn, &token, &f)) {
		add_fault(d, "token", &f);
		return;
	}
	add(d, DOCTOR_OK, "token", NULL, "%s, logged in%s",
	    token_about(token)->uri,
	    token_about(token)->isolated ? ", isolated" : "");
	for (size_t i = 0; i < count; i++) {
		const struct ca *ca = all[i];

		if (ca->token_uri == NULL || uri == NULL ||
		    ca->key_id.len == 0 || strcmp(ca->token_uri, uri) != 0)
			continue;
		if (ca->status == CA_CREATING)
			look_at_creation(p, token, ca, d);
		else
			look_at_key(p, token, ca, d);
	}
	look_for_orphans(token, all, count, d);
	token_close(token);
}

/* Was this URI looked at already? */
static bool
is_seen(struct ca *const *all, size_t before, const char *uri)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(all[i]->token_uri, uri) == 0)
			return true;
	return false;
}

static void
look_at_tokens(struct p11ca *p, struct ca *const *all, size_t count,
    struct doctor *d)
{
	if (p->conf->token.module == NULL) {
		add(d, DOCTOR_BAD, "token",
		    "set token.module in p11ca.yaml (p11ca.yaml(5))",
		    "no PKCS#11 module is set");
		return;
	}
	if (count == 0)
		look_at_token(p, NULL, all, count, d);
	for (size_t i = 0; i < count; i++)
		if (!is_seen(all, i, all[i]->token_uri))
			look_at_token(p, all[i]->token_uri, all, count, d);
}

/* Certificates that are on record, and that nobody will finish by himself. */
static void
look_for_intents(struct p11ca *p, const struct ca *ca, struct doctor *d)
{
	struct fault f = { 0 };
	size_t count = 0;
	char *todo;

	if (!orphans_count(p, ca, &count, &f)) {
		add_fault(d, "ca", &f);
		return;
	}
	if (count == 0)
		return;
	todo = mem_format("%sp11ca issue %s --settle",
	    ca_may_settle(ca) ? "" : "enable, restore or renew it, then ",
	    title_of(ca));
	add(d, DOCTOR_WARN, "ca", todo,
	    "%s: %zu %s on record that a crash kept from being signed",
	    title_of(ca), count, count == 1 ? "certificate" : "certificates");
	mem_free(todo);
}

static void
look_at_ca(struct p11ca *p, const struct ca *ca, int64_t now, struct doctor *d)
{
	char until[CLOCK_TEXT_MAX];

	if (ca_is_gone(ca, now) && ca->key_id.len == 0)
		return; /* gone for good; only its register is left */
	if (ca_is_gone(ca, now))
		add(d, DOCTOR_WARN, "ca", "p11ca delete --due",
		    "%s: its restoration period is over, its key still there",
		    title_of(ca));
	else if (ca_status_at(ca, now) == CA_EXPIRED)
		add(d, DOCTOR_WARN, "ca",
		    "have its CSR signed again and import the certificate",
		    "%s: its certificate expired at %s", title_of(ca),
		    clock_text(ca->not_after, until));
	else if (ca->status == CA_ACTIVE && ca->not_after - now < SOON)
		add(d, DOCTOR_WARN, "ca",
		    "have its CSR signed again and import the certificate",
		    "%s: its certificate expires at %s", title_of(ca),
		    clock_text(ca->not_after, until));
	else if (ca->status != CA_CREATING)
		add(d, DOCTOR_OK, "ca", NULL, "%s: %s", title_of(ca),
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
		add_fault(out, "home", &f);
		return;
	}
	add(out, DOCTOR_OK, "home", NULL, "%s is private", home);
	look_at_store(p, out);
	look_at_clock(p, out);
	if (store_all_cas(p->store, &all, &count, &f)) {
		look_at_tokens(p, all, count, out);
		for (size_t i = 0; i < count; i++)
			look_at_ca(p, all[i], clock_now(), out);
		store_free_cas(all);
	} else {
		add_fault(out, "store", &f);
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
