/*
 * operation.h - one thing that token.h promises, on the worker of the token.
 *
 * An operation has copies of all that it is given, and a place of its own for
 * all that it gives: when its worker is left in the module, it is left there
 * with it, whole.
 */
#ifndef P11CA_TOKEN_OPERATION_H
#define P11CA_TOKEN_OPERATION_H

#include "internal.h"

struct operation {
	bool (*run)(struct operation *op, struct fault *f);
	struct token *token; /* NULL: none is open */

	/* what it is given */
	struct token_place place;
	char **environment;
	char *texts[5]; /* what place points to */
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

/* token may be NULL: none is open.  The caller's, operation_free(). */
struct operation *operation_new(struct token *token,
    bool (*run)(struct operation *op, struct fault *f));

/* What was handed out is not in it any more. */
void operation_free(struct operation *op);
void operation_takes_key(struct operation *op, const struct key *key);

/*
 * True: it did what it should, and the caller frees it.  False: it is gone,
 * freed or left to its worker.
 */
MUST_CHECK bool operation_run(struct operation *op, struct worker *worker,
    struct fault *f);

/* The same for an operation of an open token. */
MUST_CHECK bool token_run(struct operation *op, struct fault *f);

#endif
