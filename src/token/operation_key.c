/* operation_key.c - keys of a token: list, find, make, destroy. */
#include "operation.h"

#include <string.h>

#include "p11ca/mem.h"

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
