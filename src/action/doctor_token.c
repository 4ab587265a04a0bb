/* doctor_token.c - tokens and their keys, for doctor. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "p11ca/mem.h"
#include "p11ca/probe.h"
#include "p11ca/rule_key.h"
#include "p11ca/text.h"

/* What is said of a key that is in order; for ever, if p11ca did not make it. */
static void
tell_of_key(const struct ca *ca, const struct key_claims *claims,
    struct doctor *d)
{
	struct buf told = { 0 };

	claims_show(&told, claims, ATTRS_PROTECTING);
	doctor_add(d, DOCTOR_OK, "key", NULL, "%s: in the token, %s, %s; %s",
	    doctor_title(ca), key_algs[ca->key_alg].name,
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
		doctor_add(d, DOCTOR_WARN, "key",
		    "find out who set them, or whether the module was changed",
		    "%s: its token reports other attributes than when the key "
		    "was %s (%s)",
		    doctor_title(ca), ca->adopted ? "adopted" : "made",
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
		doctor_add(d, DOCTOR_BAD, "key", f.todo, "%s: %s",
		    doctor_title(ca), f.found);
	} else if (!bytes_equal(buf_bytes(&key.spki),
		       buf_bytes(&ca->key_spki))) {
		doctor_add(d, DOCTOR_BAD, "key",
		    "find out who replaced it; restore the token's backup",
		    "%s: the token has another key with its ID",
		    doctor_title(ca));
	} else if (!key_is_fit(&key.claims, strict, &f)) {
		doctor_add(d, DOCTOR_BAD, "key", f.todo, "%s: %s",
		    doctor_title(ca), f.found);
	} else {
		tell_of_key(ca, &key.claims, d);
		tell_of_change(ca, &key.claims, d);
	}
	key_clear(&key);
}

static bool
is_among(const struct key *keys, size_t count, struct bytes id)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(buf_bytes(&keys[i].id), id))
			return true;
	return false;
}

/* What is known of a key to come: one without a public half counts, too. */
static const char *
whereabouts(struct token *token, struct bytes id)
{
	struct fault ignored = { 0 };
	struct key *keys = NULL;
	size_t count = 0;
	bool there;

	if (token == NULL || !token_keys(token, &keys, &count, &ignored))
		return "may be in the token, which cannot be asked now";
	there = is_among(keys, count, id);
	for (size_t i = 0; i < count; i++)
		key_clear(&keys[i]);
	mem_free(keys);
	return there ? "is in the token" : "is not in the token";
}

/* The caller's, mem_free(). */
static char *
creation_todo(const struct token *token, const struct ca *ca)
{
	const char *title = doctor_title(ca);

	if (ca->adopted)
		return mem_format("p11ca delete %s: that removes the record, "
				  "and leaves the key, which was made "
				  "elsewhere",
		    title);
	if (token != NULL)
		return mem_format("p11ca delete %s: that destroys the key, if "
				  "any, and the record; then create it again",
		    title);
	return mem_format("p11ca delete %s, once the token answers: that "
			  "destroys the key, if any, and the record; if the "
			  "token is gone for good, p11ca delete %s --key-stays "
			  "removes the record alone",
	    title, title);
}

/*
 * A creation that was cut off: is there a key that nobody has?  token NULL: it
 * cannot be asked.
 */
static void
look_at_creation(struct p11ca *p, struct token *token, const struct ca *ca,
    struct doctor *d)
{
	struct buf id = { 0 };
	char *todo;

	if (store_is_locked(p->store, ca->uuid)) {
		doctor_add(d, DOCTOR_OK, "ca", NULL, "%s: is being created now",
		    doctor_title(ca));
		return;
	}
	buf_hex(&id, buf_bytes(&ca->key_id));
	todo = creation_todo(token, ca);
	doctor_add(d, DOCTOR_WARN, "ca", todo,
	    "%s (%s): its creation was cut off; the key %s %s", ca->uuid,
	    ca->name[0] != '\0' ? ca->name : "no name", buf_text(&id),
	    whereabouts(token, buf_bytes(&ca->key_id)));
	mem_free(todo);
	buf_free(&id);
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
		doctor_add_fault(d, "token", &f);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char label[KEY_LABEL_MAX];

		if (strcmp(keys[i].label, PROBE_LABEL) == 0)
			doctor_add(d, DOCTOR_WARN, "key",
			    "\"p11ca token probe --permanent\" destroys it",
			    "a trial key in the token, of a probe that was "
			    "cut off");
		else if (strncmp(keys[i].label, KEY_LABEL_PREFIX, prefix) ==
			0 &&
		    !is_known(all, count, &keys[i]))
			doctor_add(d, DOCTOR_WARN, "key",
			    "another home may own it; if none does, destroy it "
			    "with the token's own tools",
			    "the key \"%s\" in the token is no CA's here",
			    text_fit(label, sizeof(label),
				bytes_of(keys[i].label)));
		key_clear(&keys[i]);
	}
	mem_free(keys);
}

/* What will be refused next, or by and by, as the token says itself. */
static void
look_ahead(struct token *token, struct doctor *d)
{
	const struct token_info *about = token_about(token);
	struct token_limits limits;
	struct fault ignored = { 0 };
	char label[TOKEN_TEXT_MAX];

	text_fit(label, sizeof(label), bytes_of(about->label));
	if (about->pin_to_be_changed)
		doctor_add(d, DOCTOR_WARN, "token",
		    "set a new PIN with the tool of the token, or with "
		    "\"pkcs11-tool --login --change-pin\", and where p11ca "
		    "reads it",
		    "\"%s\": its PIN has expired, or is still the maker's",
		    label);
	if (token_limits(token, &limits, &ignored) &&
	    limits.private_memory != LIMIT_NOT_REPORTED &&
	    limits.private_memory > 0 && limits.private_free == 0)
		doctor_add(d, DOCTOR_WARN, "token",
		    "remove what is not needed there, or make the next CA in "
		    "another token",
		    "\"%s\": no room is left for another key; those that are "
		    "there sign",
		    label);
}

/* Does this token, of this URI, have the key of the CA? */
static bool
has_its_key(const char *uri, const struct ca *ca)
{
	return ca->token_uri != NULL && uri != NULL && ca->key_id.len > 0 &&
	    strcmp(ca->token_uri, uri) == 0;
}

/* The token says nothing, so it is said which CAs that stops. */
static void
tell_of_waiting(struct p11ca *p, const struct ca *ca, struct doctor *d)
{
	if (ca->status == CA_CREATING)
		look_at_creation(p, NULL, ca, d);
	else
		doctor_add(d, DOCTOR_WARN, "key",
		    "see to the token above; the CA signs again after that",
		    "%s: not looked at; without its token it cannot sign (%s)",
		    doctor_title(ca), ca->token_uri);
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
		doctor_add_fault(d, "token", &f);
	} else {
		doctor_add(d, DOCTOR_OK, "token", NULL, "%s, logged in%s",
		    token_about(token)->uri,
		    token_about(token)->isolated ? ", isolated" : "");
		look_ahead(token, d);
	}
	for (size_t i = 0; i < count; i++) {
		const struct ca *ca = all[i];

		if (!has_its_key(uri, ca))
			continue;
		if (token == NULL)
			tell_of_waiting(p, ca, d);
		else if (ca->status == CA_CREATING)
			look_at_creation(p, token, ca, d);
		else
			look_at_key(p, token, ca, d);
	}
	if (token != NULL)
		look_for_orphans(token, all, count, d);
	token_close(token);
}

/* Was this URI looked at already? */
static bool
is_seen(struct ca *const *all, size_t before, const char *uri)
{
	for (size_t i = 0; i < before; i++)
		if (has_its_key(uri, all[i]))
			return true;
	return false;
}

void
doctor_look_at_tokens(struct p11ca *p, struct ca *const *all, size_t count,
    struct doctor *d)
{
	bool any = false;

	if (p->conf->token.module == NULL) {
		doctor_add(d, DOCTOR_BAD, "token",
		    "set token.module in p11ca.yaml (p11ca.yaml(5))",
		    "no PKCS#11 module is set");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (all[i]->key_id.len == 0)
			continue; /* it left its register only */
		any = true;
		if (!is_seen(all, i, all[i]->token_uri))
			look_at_token(p, all[i]->token_uri, all, count, d);
	}
	if (!any)
		look_at_token(p, NULL, all, count, d);
}
