/*
 * create.c - CreateCertificateAuthority: a key in the token, and its CSR.
 *
 * What a token did cannot be rolled back, so the intent is in the store before
 * the token is asked: a row in CREATING that names the key to come.  A process
 * that dies in between leaves that row, and p11ca doctor names it.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/attach.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_key.h"
#include "p11ca/text.h"
#include "p11ca/wire_issue.h"

#define KEY_ID_LEN 20
#define OPERATION "CreateCertificateAuthority"
#define CAS_MAX 200		/* per account and region (API, 1.3) */
#define IDEMPOTENCY_SECONDS 300 /* API, IdempotencyToken */

static bool
name_is_usable(const char *name, struct fault *f)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = name == NULL ? 0 : strlen(name);
	char shown[64];

	if (name == NULL)
		return true;
	if (len > 0 && len <= CA_NAME_MAX && len != UUID_LEN - 1 &&
	    name[0] != '-' && strspn(name, good) == len)
		return true;
	fault_found(f, "the name \"%s\"",
	    text_fit(shown, sizeof(shown), bytes_of(name)));
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "1 to 128 letters, digits, '.', '_' or '-', not as long as a UUID",
	    "choose a name for the command line; the subject is apart from it");
}

/* A CA on paper: who it is and which key it will have. */
static bool
draft(struct p11ca *p, const struct create_request *request, struct ca *ca,
    struct fault *f)
{
	const struct conf *conf = p->conf;
	unsigned char id[KEY_ID_LEN];

	if (!name_is_usable(request->name, f) || !digest_uuid(ca->uuid, f) ||
	    !digest_random(id, sizeof(id), f))
		return false;
	(void)snprintf(ca->arn, sizeof(ca->arn),
	    "arn:%s:acm-pca:%s:%s:certificate-authority/%s", conf->partition,
	    conf->region, conf->account, ca->uuid);
	(void)snprintf(ca->name, sizeof(ca->name), "%s",
	    request->name != NULL ? request->name : "");
	ca->type = request->type;
	ca->key_alg = request->config->key_alg;
	ca->sign_alg = request->config->sign_alg;
	ca->config = mem_text(request->config->json);
	ca->settings = mem_text(request->settings);
	buf_set(&ca->key_id, (struct bytes){ id, sizeof(id) });
	ca->adopted = request->key_uri != NULL;
	ca->status = CA_CREATING;
	ca->created_at = ca->changed_at = clock_now();
	return true;
}

/* Can the token do what the CA will need?  Asked before a key is made. */
static bool
token_can_sign(struct token *token, enum sign_alg alg, struct fault *f)
{
	bool usable = false;
	const char *way = token_way(token, alg, &usable);

	if (usable)
		return true;
	fault_found(f, "a token that cannot sign with %s: %s",
	    sign_algs[alg].name, way);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "an algorithm that the token can carry",
	    "see p11ca token probe for what this token can do");
}

/* No two CAs share a key: what one signs, the other would have signed. */
static bool
key_is_nobodys(struct p11ca *p, const struct key *key, struct fault *f)
{
	struct ca **all = NULL;
	size_t count = 0;
	bool free_key = true;

	if (!store_all_cas(p->store, &all, &count, f))
		return false;
	for (size_t i = 0; i < count && free_key; i++)
		if (bytes_equal(buf_bytes(&all[i]->key_spki),
			buf_bytes(&key->spki))) {
			free_key = fault_found(f, "the key of %s",
			    all[i]->name[0] != '\0' ? all[i]->name
						    : all[i]->arn);
			fault_raise(f, FAULT_INVALID_ARGS,
			    "a key that is no other CA's",
			    "name another key, or have one made without --key");
		}
	store_free_cas(all);
	return free_key;
}

/*
 * What a token claims of a key is true of that object only.  Where else the key
 * is, p11ca knows of none but those that it made itself.
 */
static bool
operator_gave_the_word(struct p11ca *p, const struct create_request *request,
    const struct key *key, struct fault *f)
{
	struct buf claims = { 0 };
	char label[64];

	text_fit(label, sizeof(label), bytes_of(key->label));
	claims_show(&claims, &key->claims, ATTRS_PROTECTING);
	if (request->copies_may_exist)
		say(p,
		    "adopting the key \"%s\"; p11ca cannot know where else it "
		    "is, and says so of this CA for ever; its token reports: "
		    "%s",
		    label, buf_text(&claims));
	else
		fault_found(f,
		    "the key \"%s\", which p11ca did not make; its token "
		    "reports: %s",
		    label, buf_text(&claims));
	buf_free(&claims);
	return request->copies_may_exist ||
	    fault_raise(f, FAULT_INVALID_ARGS,
		"a key made by p11ca, or the operator's word that one from "
		"elsewhere is meant, of which copies may exist",
		"have one made without --key, or add --copies-may-exist; the "
		"CA is shown as such for ever");
}

/* Find the key that is to be adopted; nothing is changed in the token. */
static bool
adopt(struct p11ca *p, struct token *token,
    const struct create_request *request, struct ca *ca, struct key *key,
    struct fault *f)
{
	if (!token_find_key_uri(token, request->key_uri, key, f) ||
	    !key_carries(key, ca->key_alg, f) ||
	    !key_is_fit(&key->claims, p->conf->token.strict_key_attributes,
		f) ||
	    !key_is_nobodys(p, key, f) ||
	    !operator_gave_the_word(p, request, key, f))
		return false;
	buf_set(&ca->key_id, buf_bytes(&key->id));
	return true;
}

static bool
make(struct p11ca *p, struct token *token, struct ca *ca, struct key *key,
    struct fault *f)
{
	char label[sizeof(KEY_LABEL_PREFIX) + UUID_LEN];

	(void)snprintf(label, sizeof(label), KEY_LABEL_PREFIX "%s", ca->uuid);
	say(p, "making an %s key in the token %s", key_algs[ca->key_alg].name,
	    token_about(token)->uri);
	return token_make_key(token, ca->key_alg, buf_bytes(&ca->key_id), label,
		   key, f) &&
	    key_is_fit(&key->claims, p->conf->token.strict_key_attributes, f);
}

/* The CSR, signed by the token and verified: proof that the key works. */
static bool
prove(struct token *token, const struct ca_config *config,
    const struct key *key, struct ca *ca, struct fault *f)
{
	struct buf subject = { 0 }, tbs = { 0 }, signature = { 0 };
	struct buf pem = { 0 };
	struct csr_wish wish = { 0 };
	bool ok =
	    name_make(config->subject, config->subject_count, &subject, f);

	wish.subject = buf_bytes(&subject);
	wish.spki = buf_bytes(&key->spki);
	wish.sign_alg = ca->sign_alg;
	wish.has_key_usage = config->has_key_usage;
	wish.key_usage = config->key_usage;
	wish.access = config->access;
	wish.access_count = config->access_count;
	ok = ok && csr_tbs(&wish, &tbs, f) &&
	    token_sign(token, key, ca->sign_alg, buf_bytes(&tbs), &signature,
		f) &&
	    csr_finish(buf_bytes(&tbs), ca->sign_alg, buf_bytes(&signature),
		&pem, f);
	if (ok) {
		ca->csr = mem_text(buf_text(&pem));
		ca->claims = key->claims;
		buf_set(&ca->key_spki, buf_bytes(&key->spki));
	}
	buf_free(&pem);
	buf_free(&signature);
	buf_free(&tbs);
	buf_free(&subject);
	return ok;
}

/* The row in CREATING, committed before the token is asked. */
static bool
intend(struct p11ca *p, struct token *token, struct ca *ca, struct fault *f)
{
	ca->token_uri = mem_text(token_about(token)->uri);
	return store_begin(p->store, f) && store_insert_ca(p->store, ca, f) &&
	    store_commit(p->store, f);
}

/* What hangs on a new CA: its tags, and the token that asked for it. */
static bool
attach(struct p11ca *p, const struct create_request *request,
    const struct ca *ca, struct fault *f)
{
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tag_put(p->store, ca->uuid, request->tags[i].key,
			request->tags[i].value, f))
			return false;
	return request->idempotency == NULL ||
	    create_token_put(p->store, request->idempotency, ca->arn,
		ca->created_at, f);
}

/* The entry of what was done also tells what the token claims of the key. */
static bool
record_created(struct p11ca *p, const struct deed *deed, const struct ca *ca,
    struct fault *f)
{
	struct deed whole = *deed;
	struct buf claims = { 0 };
	bool ok;

	claims_show(&claims, &ca->claims, ATTRS);
	whole.more[whole.more_count++] =
	    (struct wire_pair){ "keyAttributes", buf_text(&claims) };
	ok = record_done(p, &whole, f);
	buf_free(&claims);
	return ok;
}

/* Should it fail, the row is what it was: in CREATING, of that revision. */
static bool
settle(struct p11ca *p, const struct create_request *request,
    const struct deed *deed, struct ca *ca, struct fault *f)
{
	int64_t revision = ca->revision;

	ca->status = CA_PENDING_CERTIFICATE;
	ca->changed_at = clock_now();
	if (store_begin(p->store, f) && store_update_ca(p->store, ca, f) &&
	    attach(p, request, ca, f) && record_created(p, deed, ca, f))
		return true;
	ca->status = CA_CREATING;
	ca->revision = revision;
	return false;
}

/* Take the intent back, and the key if we made one. */
static void
give_up(struct p11ca *p, struct token *token, struct ca *ca)
{
	struct fault f = { 0 };
	bool found = false;
	bool ok;

	store_rollback(p->store);
	/* A store that cannot tell what it kept may have kept the CA: then its
	 * key stays.  So it is asked first. */
	ok = store_begin(p->store, &f) &&
	    (ca->adopted ||
		token_destroy_key(token, buf_bytes(&ca->key_id), &found, &f)) &&
	    store_remove_ca(p->store, ca, &f) && store_commit(p->store, &f);
	if (!ok) {
		store_rollback(p->store);
		say(p,
		    "what was begun could not be taken back (%s); p11ca doctor "
		    "says what is left",
		    f.found);
	}
}

/* With the token open: intent, key, proof, row. */
static bool
create_with(struct p11ca *p, struct token *token,
    const struct create_request *request, const struct deed *deed,
    struct ca *ca, struct fault *f)
{
	struct store_lock *lock = NULL;
	struct key key = { 0 };
	bool intended = false;
	bool ok = token_can_sign(token, ca->sign_alg, f) &&
	    (!ca->adopted || adopt(p, token, request, ca, &key, f)) &&
	    store_lock(p->store, ca->uuid, "create", &lock, f);

	intended = ok && intend(p, token, ca, f);
	ok = intended && (ca->adopted || make(p, token, ca, &key, f)) &&
	    prove(token, request->config, &key, ca, f) &&
	    settle(p, request, deed, ca, f);
	if (intended && !ok)
		give_up(p, token, ca);
	store_unlock(lock);
	key_clear(&key);
	return ok;
}

/*
 * The CA that the same token made within five minutes, or NULL.  The token of
 * one that is gone stands for nothing: another CA is no second one then, and
 * the API has no answer to Create for a CA that is not there.
 */
static bool
find_earlier(struct p11ca *p, const struct create_request *request,
    struct ca **out, struct fault *f)
{
	char *arn = NULL;
	struct fault none = { 0 };
	bool ok = request->idempotency == NULL ||
	    create_token_find(p->store, request->idempotency,
		clock_now() - IDEMPOTENCY_SECONDS, &arn, f);

	if (ok && arn != NULL && !find_ca(p, arn, out, &none) &&
	    none.kind != FAULT_RESOURCE_NOT_FOUND) {
		*f = none;
		ok = false;
	}
	mem_free(arn);
	return ok;
}

/* Buckets that are named must be there. */
static bool
settings_are_possible(struct p11ca *p, const char *json, struct fault *f)
{
	struct ca_settings *settings = NULL;
	bool ok = ca_settings_read(json, &settings, f) &&
	    revocation_is_possible(p, settings, f);

	ca_settings_free(settings);
	return ok;
}

static bool
there_is_room(struct p11ca *p, struct fault *f)
{
	struct ca **all = NULL;
	size_t count = 0;
	bool ok = action_list(p, &all, &count, f);

	store_free_cas(all);
	if (!ok || count < CAS_MAX)
		return ok;
	fault_found(f, "%d CAs", CAS_MAX);
	return fault_raise(f, FAULT_LIMIT_EXCEEDED,
	    "fewer than 200 CAs in an account and region",
	    "delete CAs that are not needed, or make another home");
}

bool
action_create(struct p11ca *p, const struct create_request *request,
    struct ca **out, struct fault *f)
{
	struct ca *ca = mem_new(sizeof(*ca));
	struct deed deed = { .operation = OPERATION, .which = ca->arn };
	struct token_place place;
	struct token *token = NULL;
	bool ok;

	*out = NULL;
	if (!find_earlier(p, request, out, f) || *out != NULL) {
		ca_free(ca);
		return *out != NULL;
	}
	p11ca_place(p, request->token_uri, &place);
	deed.more[0] = (struct wire_pair){ "name", ca->name };
	deed.more[1] =
	    (struct wire_pair){ "configuration", request->config->json };
	deed.more[2] = (struct wire_pair){ "key",
		request->key_uri == NULL	? "made"
		    : request->copies_may_exist ? KEY_ADOPTED
						: "adopted" };
	deed.more_count = 3;
	ok = draft(p, request, ca, f) && there_is_room(p, f) &&
	    settings_are_possible(p, request->settings, f) &&
	    token_open(&place, true, p->warn, &token, f) &&
	    create_with(p, token, request, &deed, ca, f);
	if (!ok)
		record_refused(p, &deed, f);
	token_close(token);
	if (ok) {
		*out = ca;
		ca = NULL; /* the caller's now */
	}
	ca_free(ca);
	return ok;
}
