/*
 * operation.c - what token.h promises, on the worker of the token.
 *
 * An operation has copies of all that it is given, and a place of its own for
 * all that it gives: when its worker is left in the module, it is left there
 * with it, whole.
 */
#include "internal.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "p11ca/mem.h"

struct operation {
	bool (*run)(struct operation *op, struct fault *f);
	struct token *token; /* NULL: none is open */

	/* what it is given */
	struct token_place place;
	char **environment;
	char *texts[4]; /* what place points to */
	token_warn *warn;
	struct key key;
	enum key_alg key_alg;
	enum sign_alg sign_alg;
	struct buf id, data, subject;
	char *text; /* a label, or a URI */

	/* what it gives */
	bool ok;
	struct fault f;
	struct key found;
	struct key *keys;
	struct buf out;
	void *list;
	size_t count;
	bool yes;
	const char *way;
	struct to_sign *orders;		    /* copies; count of them */
	struct to_sign *asked;		    /* the caller's, for give() only */
	void (*give)(struct operation *op); /* by the caller; NULL: nothing */
};

/* --- copies ----------------------------------------------------------- */

static void
place_copy(struct operation *op, const struct token_place *place)
{
	size_t count = 0;

	while (place->environment != NULL && place->environment[count] != NULL)
		count++;
	op->environment = mem_array(count + 1, sizeof(*op->environment));
	for (size_t i = 0; i < count; i++)
		op->environment[i] = mem_text(place->environment[i]);
	op->place = *place;
	op->place.environment = (const char *const *)op->environment;
	op->place.module = op->texts[0] = mem_text(place->module);
	op->place.uri = op->texts[1] = mem_text(place->uri);
	op->place.pin = op->texts[2] = mem_text(place->pin);
	op->place.init_args = op->texts[3] = mem_text(place->init_args);
}

static void
key_copy(struct operation *op, const struct key *key)
{
	op->key = *key;
	op->key.id = op->key.spki = (struct buf){ 0 };
	buf_set(&op->key.id, buf_bytes(&key->id));
	buf_set(&op->key.spki, buf_bytes(&key->spki));
}

static struct operation *
operation_new(struct token *token,
    bool (*run)(struct operation *, struct fault *))
{
	struct operation *op = mem_new(sizeof(*op));

	op->token = token;
	op->run = run;
	return op;
}

/* What was handed out is not in it any more. */
static void
operation_free(struct operation *op)
{
	for (size_t i = 0;
	     op->environment != NULL && op->environment[i] != NULL; i++)
		mem_free(op->environment[i]);
	mem_free(op->environment);
	for (size_t i = 0; i < COUNT(op->texts); i++)
		mem_free(op->texts[i]);
	key_clear(&op->key);
	key_clear(&op->found);
	buf_free(&op->id);
	buf_free(&op->data);
	buf_free(&op->subject);
	buf_free(&op->out);
	mem_free(op->text);
	mem_free(op->orders);
	mem_free(op->list);
	mem_free(op);
}

/* --- run -------------------------------------------------------------- */

static void
on_worker(void *arg)
{
	struct operation *op = arg;

	op->ok = op->run(op, &op->f);
	if (!call_was_late())
		return;
	/* The module's process was ended: what is next opens the token anew. */
	if (op->token != NULL && !worker_has_lost(op->token->worker))
		token_detach(op->token);
	if (!op->ok)
		call_fault(call_of_thread(), &op->f);
}

/*
 * True: it did what it should, and the caller frees it.  False: it is gone,
 * freed or left to its worker.
 */
static bool
operation_run(struct operation *op, struct worker *worker, struct fault *f)
{
	bool ok;

	if (worker_is_dead(worker)) {
		operation_free(op);
		return worker_dead_fault(worker, f);
	}
	if (!worker_run(worker, on_worker, op, f))
		return false;
	if (op->give != NULL)
		op->give(op);
	ok = op->ok;
	if (!ok)
		*f = op->f;
	if (!ok && !worker_is_dead(worker))
		operation_free(op);
	return ok;
}

/* The same for an operation of an open token. */
static bool
token_run(struct operation *op, struct fault *f)
{
	return operation_run(op, op->token->worker, f);
}

/* --- open and close --------------------------------------------------- */

static bool
run_open(struct operation *op, struct fault *f)
{
	if (token_start(op->token, &op->place, op->warn, f))
		return true;
	token_stop(op->token);
	op->token = NULL;
	return false;
}

bool
token_open(const struct token_place *place, bool login, token_warn *warn,
    struct token **out, struct fault *f)
{
	struct token *token = mem_new(sizeof(*token));
	struct operation *op;
	bool ok = worker_new(place->deadline, &token->worker, f);

	*out = NULL;
	if (ok) {
		token->login = login;
		op = operation_new(token, run_open);
		op->warn = warn;
		place_copy(op, place);
		ok = token_run(op, f);
	}
	if (ok) {
		operation_free(op);
		*out = token;
	} else if (token->worker == NULL || !worker_is_dead(token->worker)) {
		worker_free(token->worker);
		mem_free(token);
	}
	return ok;
}

static bool
run_close(struct operation *op, struct fault *f)
{
	token_stop(op->token);
	op->token = NULL;
	return true;
}

/* A token whose worker is dead, or dies of this, stays as it is. */
void
token_close(struct token *token)
{
	struct fault ignored = { 0 };
	struct operation *op;

	if (token == NULL)
		return;
	op = operation_new(token, run_close);
	if (!token_run(op, &ignored))
		return;
	operation_free(op);
	worker_free(token->worker);
	mem_free(token);
}

const struct token_info *
token_about(const struct token *token)
{
	return &token->about;
}

static bool
run_list(struct operation *op, struct fault *f)
{
	struct token_info *list = NULL;
	bool ok = infos_list(&op->place, &list, &op->count, f);

	op->list = list;
	return ok;
}

bool
token_list(const struct token_place *place, struct token_info **list,
    size_t *count, struct fault *f)
{
	struct operation *op;
	struct worker *worker = NULL;
	bool ok;

	*list = NULL;
	*count = 0;
	if (!worker_new(place->deadline, &worker, f))
		return false;
	op = operation_new(NULL, run_list);
	place_copy(op, place);
	ok = operation_run(op, worker, f);
	if (ok) {
		*list = op->list;
		*count = op->count;
		op->list = NULL;
		operation_free(op);
	}
	worker_free(worker);
	return ok;
}

/* --- keys ------------------------------------------------------------- */

static bool
run_keys(struct operation *op, struct fault *f)
{
	return keys_list(op->token, &op->keys, &op->count, f);
}

bool
token_keys(struct token *token, struct key **list, size_t *count,
    struct fault *f)
{
	struct operation *op = operation_new(token, run_keys);

	*list = NULL;
	*count = 0;
	if (!token_run(op, f))
		return false;
	*list = op->keys; /* the caller's now */
	*count = op->count;
	operation_free(op);
	return true;
}

/* Run what gives a key. */
static bool
key_run(struct operation *op, struct key *out, struct fault *f)
{
	memset(out, 0, sizeof(*out));
	if (!token_run(op, f))
		return false;
	*out = op->found; /* the caller's now */
	memset(&op->found, 0, sizeof(op->found));
	operation_free(op);
	return true;
}

static bool
run_find_key(struct operation *op, struct fault *f)
{
	return key_find(op->token, buf_bytes(&op->id), &op->found, f);
}

bool
token_find_key(struct token *token, struct bytes id, struct key *out,
    struct fault *f)
{
	struct operation *op = operation_new(token, run_find_key);

	buf_set(&op->id, id);
	return key_run(op, out, f);
}

static bool
run_find_key_uri(struct operation *op, struct fault *f)
{
	return key_find_uri(op->token, op->text, &op->found, f);
}

bool
token_find_key_uri(struct token *token, const char *uri, struct key *out,
    struct fault *f)
{
	struct operation *op = operation_new(token, run_find_key_uri);

	op->text = mem_text(uri);
	return key_run(op, out, f);
}

static bool
run_make_key(struct operation *op, struct fault *f)
{
	return key_make(op->token, op->key_alg, buf_bytes(&op->id), op->text,
	    &op->found, f);
}

bool
token_make_key(struct token *token, enum key_alg alg, struct bytes id,
    const char *label, struct key *out, struct fault *f)
{
	struct operation *op = operation_new(token, run_make_key);

	op->key_alg = alg;
	buf_set(&op->id, id);
	op->text = mem_text(label);
	return key_run(op, out, f);
}

static bool
run_destroy_key(struct operation *op, struct fault *f)
{
	return key_destroy(op->token, buf_bytes(&op->id), &op->yes, f);
}

bool
token_destroy_key(struct token *token, struct bytes id, bool *found,
    struct fault *f)
{
	struct operation *op = operation_new(token, run_destroy_key);

	*found = false;
	buf_set(&op->id, id);
	if (!token_run(op, f))
		return false;
	*found = op->yes;
	operation_free(op);
	return true;
}

/* --- sign and store --------------------------------------------------- */

static bool
run_sign_many(struct operation *op, struct fault *f)
{
	return data_sign_many(op->token, &op->key, op->sign_alg, op->orders,
	    op->count, f);
}

/* What is good is handed out, whatever became of the rest. */
static void
give_signatures(struct operation *op)
{
	for (size_t i = 0; i < op->count; i++) {
		struct to_sign *order = &op->orders[i];

		op->asked[i].signature = order->signature;
		op->asked[i].fault = order->fault;
		order->signature = (struct buf){ 0 }; /* the caller's now */
	}
}

static void
orders_copy(struct operation *op, struct to_sign *list, size_t count)
{
	size_t at = 0;

	op->orders = mem_array(count, sizeof(*op->orders));
	op->count = count;
	op->asked = list;
	op->give = give_signatures;
	for (size_t i = 0; i < count; i++)
		buf_append(&op->data, list[i].data);
	for (size_t i = 0; i < count; i++) {
		op->orders[i].data =
		    (struct bytes){ op->data.p + at, list[i].data.len };
		op->orders[i].signature = list[i].signature;
		at += list[i].data.len;
	}
}

bool
token_sign_many(struct token *token, const struct key *key, enum sign_alg alg,
    struct to_sign *list, size_t count, struct fault *f)
{
	struct operation *op = operation_new(token, run_sign_many);

	key_copy(op, key);
	op->sign_alg = alg;
	orders_copy(op, list, count);
	if (!token_run(op, f))
		return false;
	operation_free(op);
	return true;
}

bool
token_sign(struct token *token, const struct key *key, enum sign_alg alg,
    struct bytes data, struct buf *out, struct fault *f)
{
	struct to_sign one = { .data = data };
	bool ok = token_sign_many(token, key, alg, &one, 1, f);

	*out = one.signature; /* empty unless it is good */
	return ok;
}

static bool
run_store_cert(struct operation *op, struct fault *f)
{
	return cert_store(op->token, &op->key, buf_bytes(&op->data),
	    buf_bytes(&op->subject), f);
}

bool
token_store_cert(struct token *token, const struct key *key, struct bytes der,
    struct bytes subject, struct fault *f)
{
	struct operation *op = operation_new(token, run_store_cert);

	key_copy(op, key);
	buf_set(&op->data, der);
	buf_set(&op->subject, subject);
	if (!token_run(op, f))
		return false;
	operation_free(op);
	return true;
}

/* --- what it can ------------------------------------------------------ */

static bool
run_way(struct operation *op, struct fault *f)
{
	op->way = sign_way(op->token, op->sign_alg, &op->yes);
	return true;
}

const char *
token_way(struct token *token, enum sign_alg alg, bool *usable)
{
	struct operation *op = operation_new(token, run_way);
	struct fault ignored = { 0 };
	const char *way;

	*usable = false;
	op->sign_alg = alg;
	if (!token_run(op, &ignored))
		return "the token does not answer";
	*usable = op->yes;
	way = op->way; /* static text */
	operation_free(op);
	return way;
}

static bool
run_limits(struct operation *op, struct fault *f)
{
	struct token_limits *limits = mem_new(sizeof(*limits));

	op->list = limits;
	return limits_read(op->token, limits, f);
}

bool
token_limits(struct token *token, struct token_limits *out, struct fault *f)
{
	struct operation *op = operation_new(token, run_limits);

	memset(out, 0, sizeof(*out));
	if (!token_run(op, f))
		return false;
	memcpy(out, op->list, sizeof(*out));
	operation_free(op);
	return true;
}

static bool
run_probe_begin(struct operation *op, struct fault *f)
{
	struct probe *probe = op->list;

	return probe_begin(op->token, probe->keys, probe, f);
}

static bool
run_probe_kind(struct operation *op, struct fault *f)
{
	return probe_kind(op->token, op->key_alg, op->list, f);
}

static bool
probe_step(struct token *token, bool (*run)(struct operation *, struct fault *),
    enum key_alg alg, struct probe *probe, struct fault *f)
{
	struct operation *op = operation_new(token, run);

	op->key_alg = alg;
	op->list = mem_new(sizeof(*probe));
	memcpy(op->list, probe, sizeof(*probe));
	if (!token_run(op, f))
		return false;
	memcpy(probe, op->list, sizeof(*probe));
	operation_free(op);
	return true;
}

/* Signals that end the process wait until the key is destroyed. */
static void
signals_wait(sigset_t *before)
{
	sigset_t ends;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGINT);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGHUP);
	(void)sigaddset(&ends, SIGQUIT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, before);
}

bool
token_probe(struct token *token, enum probe_keys keys, struct probe *out,
    struct fault *f)
{
	sigset_t before;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->keys = keys;
	ok = probe_step(token, run_probe_begin, 0, out, f);
	for (enum key_alg alg = 0; ok && alg < KEY_ALGS; alg++) {
		signals_wait(&before);
		ok = probe_step(token, run_probe_kind, alg, out, f);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	return ok;
}

static bool
run_mechanisms(struct operation *op, struct fault *f)
{
	unsigned long *list = NULL;
	bool ok = mechanisms_list(op->token, &list, &op->count, f);

	op->list = list;
	return ok;
}

bool
token_mechanisms(struct token *token, unsigned long **list, size_t *count,
    struct fault *f)
{
	struct operation *op = operation_new(token, run_mechanisms);

	*list = NULL;
	*count = 0;
	if (!token_run(op, f))
		return false;
	*list = op->list; /* the caller's now */
	*count = op->count;
	op->list = NULL;
	operation_free(op);
	return true;
}
