/* operation.c - run what token.h promises on the worker of the token. */
#include "operation.h"

#include <string.h>

#include "p11ca/mem.h"

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
	op->place.refusals = op->texts[4] = mem_text(place->refusals);
}

void
operation_takes_key(struct operation *op, const struct key *key)
{
	op->key = *key;
	op->key.id = op->key.spki = (struct buf){ 0 };
	buf_set(&op->key.id, buf_bytes(&key->id));
	buf_set(&op->key.spki, buf_bytes(&key->spki));
}

struct operation *
operation_new(struct token *token,
    bool (*run)(struct operation *, struct fault *))
{
	struct operation *op = mem_new(sizeof(*op));

	op->token = token;
	op->run = run;
	return op;
}

void
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

bool
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

bool
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
