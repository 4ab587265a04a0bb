/* operation_use.c - sign with a token, store in it, ask what it can. */
#include "operation.h"

#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/probe.h"

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

	operation_takes_key(op, key);
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

	operation_takes_key(op, key);
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

bool
token_probe_begin(struct token *token, enum probe_keys keys, struct probe *out,
    struct fault *f)
{
	memset(out, 0, sizeof(*out));
	out->keys = keys;
	return probe_step(token, run_probe_begin, 0, out, f);
}

bool
token_probe_key(struct token *token, enum key_alg alg, struct probe *probe,
    struct fault *f)
{
	return probe_step(token, run_probe_kind, alg, probe, f);
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
