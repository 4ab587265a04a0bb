/*
 * token.h - keys that never leave the hardware.
 *
 * Callers know a key by its CKA_ID and ask the token to use it; private key
 * material and PKCS#11 handles stay behind this header.  p11-kit loads exactly
 * one module, finds the token, logs in, makes keys and reads attributes;
 * libp11 signs with RSA and EC keys, C_Sign directly with what libp11 cannot
 * carry.  A token is used by one thread at a time.  Faults are FAULT_TOKEN.
 *
 * Modules hang when their reader, network or server does.  So each call into
 * one has a deadline, after which what was asked for is a fault, and the token
 * is abandoned: nothing more is asked of it, every later operation with it is
 * a fault at once, and what it uses is never freed.  A module in a process of
 * its own is ended instead, and started again by the next operation.  A PIN is
 * not tried again when its try was not answered.
 */
#ifndef P11CA_TOKEN_H
#define P11CA_TOKEN_H

#include "p11ca/alg.h"
#include "p11ca/bytes.h"
#include "p11ca/fault.h"
#include "p11ca/key.h"

struct token;

/* Where a token is and how to log in.  Texts are borrowed. */
struct token_place {
	const char *module; /* a path, or a name registered with p11-kit */
	const char *const *environment; /* "NAME=value", NULL-terminated, set
					 * before the module is loaded; or NULL */
	const char *uri; /* RFC 7512; only token attributes are used to find */
	const char *pin; /* "prompt", "file:PATH", "fd:N", "credential:NAME",
			  * "pad" (protected authentication path); NULL: the
			  * URI's pin-source, else the pad if the token has one,
			  * else the prompt */
	const char *init_args; /* for a module that wants words at its start
				* (NSS): C_Initialize's pReserved; or NULL */
	bool isolate;	       /* the module runs in a process of its own; the
				* program must ignore SIGPIPE then */
	unsigned sessions;     /* used at once to sign; 0: TOKEN_SESSIONS */
	bool spare_tries; /* refuse to log in when the token says that a wrong
			   * PIN was tried: for looking around only */
	const char *refusals; /* a file that notes which stored PINs (file:,
			       * credential:) were refused, so that no later
			       * start tries them again; NULL: no note is kept */
	unsigned deadline;    /* seconds one call may take; 0: TOKEN_DEADLINE.
				* Making a key and asking a person may take
				* longer */
};

#define TOKEN_SESSIONS 4
#define TOKEN_SESSIONS_MAX 16
#define TOKEN_DEADLINE 10
#define TOKEN_DEADLINE_MAX 3600

#define TOKEN_TEXT_MAX 65

/* A token as it describes itself; texts are untrusted, trimmed, UTF-8. */
struct token_info {
	char label[TOKEN_TEXT_MAX];
	char serial[TOKEN_TEXT_MAX];
	char manufacturer[TOKEN_TEXT_MAX];
	char model[TOKEN_TEXT_MAX];
	unsigned long slot; /* shown only: never an identity */
	bool initialized;
	bool login_required;
	bool pin_set;
	bool pad; /* protected authentication path */
	bool pin_count_low;
	bool pin_final_try;
	bool pin_locked;
	bool pin_to_be_changed; /* expired, or still the maker's */
	bool write_protected;
	bool isolated; /* its module runs in a process of its own */
	unsigned long pin_min, pin_max;
	char uri[512]; /* pins it: token, serial, manufacturer, model */
};

/* Every token of the module.  *list is the caller's, mem_free(). */
MUST_CHECK bool token_list(const struct token_place *place,
    struct token_info **list, size_t *count, struct fault *f);

/*
 * Open the one initialised token that matches the URI.  No match and several
 * matches are faults that list what is there; so is a URI with a pin-value, an
 * attribute nobody knows, or the same attribute twice.  Without login only
 * public objects are seen.  With login: the locked, final-try and count-low
 * flags are looked at first (locked refuses, final-try refuses any PIN but a
 * person's), the PIN is read, tried once, and wiped.  So it is for each
 * signature of a key with CKA_ALWAYS_AUTHENTICATE; once a PIN was refused,
 * none is tried again, and a stored one by no later start either, where the
 * place names a file to note that in: not until its file has changed or a login
 * has succeeded, from whatever source.  warn (may be NULL) is told what an operator should see
 * ("few tries left") or do ("type the PIN on the pad"), as long as the token is
 * open.  *out is the caller's, token_close().
 */
typedef void token_warn(const char *text);
MUST_CHECK bool token_open(const struct token_place *place, bool login,
    token_warn *warn, struct token **out, struct fault *f);
void token_close(struct token *token); /* NULL is fine */

/*
 * Whether a token was abandoned: then a thread of this process is still in its
 * module, and whoever ends the process calls _exit(), not exit().
 */
bool token_was_abandoned(void);

/*
 * What this thread calls in a module just now ("C_Initialize"), or NULL.  May
 * be asked by a signal handler: some modules end the process that loads them.
 */
const char *token_calls(void);
const struct token_info *token_about(const struct token *token);

/* All private keys in sight, with their public halves where they have one.
 * *list is the caller's: key_clear() each, mem_free(). */
MUST_CHECK bool token_keys(struct token *token, struct key **list,
    size_t *count, struct fault *f);

/*
 * The one private key with this CKA_ID and its public half.  None, two of one
 * ID, or no public half that belongs to it: faults of their own.
 * key_clear(out).
 */
MUST_CHECK bool token_find_key(struct token *token, struct bytes id,
    struct key *out, struct fault *f);

/* The same by the object part (id, object) of a PKCS#11 URI. */
MUST_CHECK bool token_find_key_uri(struct token *token, const char *uri,
    struct key *out, struct fault *f);

/*
 * Make a key pair for a CA: usage attributes explicit, sensitive, not
 * extractable, sign only; a second template for tokens that refuse the first.
 * The ID must be new on the token.  Attributes are read back into *out.
 */
MUST_CHECK bool token_make_key(struct token *token, enum key_alg alg,
    struct bytes id, const char *label, struct key *out, struct fault *f);

/* Destroy both halves; none there is fine (*found says). */
MUST_CHECK bool token_destroy_key(struct token *token, struct bytes id,
    bool *found, struct fault *f);

/*
 * Sign data with the key (it is hashed on the way as alg says) and verify the
 * signature with the key's public half before it leaves.  *out is what belongs
 * into a BIT STRING; the caller's.  A signature that does not verify is a
 * fault.  A lost session is mended once.
 */
MUST_CHECK bool token_sign(struct token *token, const struct key *key,
    enum sign_alg alg, struct bytes data, struct buf *out, struct fault *f);

/* One of several things to sign with one key. */
struct to_sign {
	struct bytes data;    /* borrowed */
	struct buf signature; /* empty: not signed; the caller's */
	struct fault fault;   /* why not, when the token was asked */
};

/*
 * Sign all that has no signature yet, in as many sessions at once as the
 * place allows and the token turns out to need; each is verified as by
 * token_sign(), and some are while others are made.  False: after a failure,
 * which *f tells, no more was begun; what has a signature is good.
 */
MUST_CHECK bool token_sign_many(struct token *token, const struct key *key,
    enum sign_alg alg, struct to_sign *list, size_t count, struct fault *f);

/* Store a certificate beside the key (same CKA_ID and label); an equal one
 * that is already there is left alone. */
MUST_CHECK bool token_store_cert(struct token *token, const struct key *key,
    struct bytes der, struct bytes subject, struct fault *f);

/* "libp11", "C_Sign", or why this token cannot (then usable is false). */
const char *token_way(struct token *token, enum sign_alg alg, bool *usable);

/* Mechanism names of the token; *list is the caller's (mem_free). */
MUST_CHECK bool token_mechanisms(struct token *token, unsigned long **list,
    size_t *count, struct fault *f);
const char *token_mechanism_name(unsigned long type, char out[24]);

/*
 * Make a SoftHSM token in folder (its own softhsm2.conf and tokens/), with a
 * random PIN in the file pin and a random SO PIN in so-pin, both 0600.
 * *uri, *conf: the caller's, mem_free().
 */
MUST_CHECK bool softhsm_make(const char *module, const char *folder,
    const char *label, char **uri, char **conf, struct fault *f);

/* Where SoftHSM's module is on this system, or NULL. */
const char *softhsm_module(void);

#endif
