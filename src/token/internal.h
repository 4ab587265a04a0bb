/*
 * internal.h - what the files of token/ share: the PKCS#11 side of a token.
 */
#ifndef P11CA_TOKEN_INTERNAL_H
#define P11CA_TOKEN_INTERNAL_H

#include <limits.h>
#include <openssl/evp.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "call.h"
#include "p11ca/probe.h"
#include "p11ca/secret.h"
#include "p11ca/token.h"
#include "worker.h"

/* "the token "LABEL"" or "the module "PATH"", escaped, for messages. */
#define TOKEN_NAME_MAX CALL_WHO_MAX

/* A process that a module has to itself. */
struct isolation {
	pid_t pid;    /* 0: there is none */
	int process;  /* a descriptor of it */
	int line;     /* closed, or this process gone: it ends */
	char *folder; /* where its socket is until it is reached; or NULL */
};

/* One PKCS#11 module: loaded by p11-kit, started by p11-kit or by us. */
struct module {
	char *path; /* what is loaded: a file, or a name that p11-kit knows */
	bool by_name;
	char name[TOKEN_NAME_MAX];
	const struct module_way *way;
	char *init_args;	  /* for C_Initialize; or NULL */
	char **environment;	  /* for a process of its own; or NULL */
	unsigned deadline;	  /* seconds it may take to be loaded there */
	void *lazy;		  /* the same object, its symbols unresolved */
	CK_FUNCTION_LIST *list;	  /* its gate; NULL: not loaded */
	CK_FUNCTION_LIST *behind; /* the gate: as it was loaded */
	CK_FUNCTION_LIST gate;
	bool initialized;
	bool raw; /* not managed: one in this process, loaded once or more */
	/*
	 * End the process that the module runs in, so that a call in it comes
	 * back with an error; NULL: it runs in ours.  Called by another thread
	 * than the one in the call; must not wait; once more does no harm.
	 */
	void (*end_process)(struct module *module);
	struct isolation apart;
	struct module *next; /* all that are loaded in this process */
};

/* Where a PIN comes from, once the settings and the URI have spoken. */
struct pin_source {
	const struct pin_kind *kind;
	char *where; /* path, number or name; NULL where there is none */
};

/* What is kept of a key between signatures. */
struct signer {
	char label[KEY_LABEL_MAX]; /* for messages */
	struct buf id;
	struct buf spki;
	EVP_PKEY *public_key;
	/* What verifying has in common, by algorithm: to fetch it by name for
	 * each signature takes longer than to copy it.  NULL: not used yet. */
	EVP_MD_CTX *verifiers[SIGN_ALGS];
	EVP_PKEY *private_key;	 /* libp11's; NULL until it is used */
	CK_OBJECT_HANDLE handle; /* of the private key, in our session */
	bool always_authenticate;
};

/* Who signs: several do so at once, each in a session of its own. */
struct hand {
	CK_SESSION_HANDLE session; /* for C_Sign; libp11 has its own */
	bool open;
};

/* libp11 on the bridge; made when the first signature asks for it. */
struct carrier;

struct token {
	struct worker *worker; /* the only thread that may touch the rest */
	struct module *module;
	struct token_info about;
	CK_TOKEN_INFO pinned; /* the four texts that make it this token */
	char name[TOKEN_NAME_MAX];
	CK_SESSION_HANDLE session;
	bool session_open;
	bool login; /* opened to be logged in */
	bool logged_in;
	atomic_bool lost; /* a failure was one that a fresh start may mend */
	bool refused;	  /* it refused a PIN: none is tried again */
	bool holding;	  /* session keys, which a fresh start would lose */
	bool spare_tries; /* no login when few tries are left */
	token_warn *warn; /* of who opened it; or NULL */
	char *refusals;	  /* the note of refusal.c; NULL: none is kept */
	CK_RV trouble;	  /* the last loss that reading attributes ran into */
	struct pin_source pin;
	CK_MECHANISM_TYPE *mechanisms;
	size_t mechanism_count;
	struct signer *signers;
	size_t signer_count, signer_cap;
	struct hand hands[TOKEN_SESSIONS_MAX]; /* beside the first */
	size_t hand_count;		       /* so many have been of use */
	size_t hand_max;
	struct carrier *carrier;
	struct token *next; /* all that are open in this process */
};

/* --- error.c: return values in words ---------------------------------- */

/*
 * Say what a return value means.  who is "the token "x"", doing is what it was
 * asked for ("making a key").  Returns false.
 */
bool rv_fault(struct fault *f, const char *who, const char *doing, CK_RV rv);

/* The same for an open token; notes whether a fresh start may mend it. */
bool token_fault(struct token *token, const char *doing, CK_RV rv,
    struct fault *f);
bool rv_is_lost(CK_RV rv);
const char *rv_name(CK_RV rv); /* "CKR_...", or whose value it is */

/* --- module.c --------------------------------------------------------- */

/* Load and initialise the one module.  *out is the caller's. */
MUST_CHECK bool module_load(const struct token_place *place,
    struct module **out, struct fault *f);
void module_unload(struct module *module); /* NULL is fine */

/* Finalise and initialise: some modules look for tokens only then. */
MUST_CHECK bool module_restart(struct module *module, struct fault *f);

/* Unload and load: what a lost connection needs. */
MUST_CHECK bool module_reload(struct module *module, struct fault *f);

/* Whether this process holds the module that the file at path is: one in a
 * process of its own is not held. */
bool module_in_use(const char *path);
bool module_is_isolated(const struct module *module);

/* --- gate.c ----------------------------------------------------------- */

/*
 * A list whose functions mark each call as one of the thread that makes it
 * (call.h) and pass it on to where that thread is led; what p11ca and libp11
 * do not use is as in behind.  A thread must have entered a call first.
 *
 * What comes back is never longer than there was room for: a module that says
 * so has failed, with CKR_BUFFER_TOO_SMALL.
 */
void gate_around(const CK_FUNCTION_LIST *behind, CK_FUNCTION_LIST *out);

/* What p11-kit or the loader had to say; why NULL: what it says now.  Returns
 * false. */
bool load_fault(const struct module *module, const char *why, struct fault *f);

/* --- registered.c ----------------------------------------------------- */

/*
 * What p11-kit has registered under a name.  *path is the file, the caller's;
 * NULL: there is none.  *by_name: there is more to it than the file, so that
 * registered_load() must be asked for it.
 */
MUST_CHECK bool registered_read(const char *name, char **path, bool *by_name,
    struct fault *f);

/*
 * The one of this name, as p11-kit means it, under a wrapper that p11-kit
 * manages; NULL: p11-kit does not have it, or not for this program.  It looks
 * at every module that is registered, but starts none.
 */
CK_FUNCTION_LIST *registered_load(const char *name);

/* --- isolate.c, isolated.c --------------------------------------------- */

/* Descriptors of the process, beside 0, 1 and 2. */
enum { ISOLATED_LISTENER = 3, ISOLATED_LINE = 4 };

/* Have the module loaded by a process of its own; module->list reaches it. */
MUST_CHECK bool isolate_load(struct module *module, struct fault *f);

/* What was needed to reach it is put away: it is reached, or will not be. */
void isolate_settle(struct module *module);

/* Has the process of the module ended by itself?  Then *f says how.  False:
 * it has not, there is none, or nobody knows. */
bool isolate_died(const struct module *module, const char *doing,
    struct fault *f);

/* The process ends: by itself, or it is killed.  Fine when there is none. */
void isolate_end(struct module *module);

/*
 * End the process of the module at once, so that a call that does not come
 * back fails with CKR_DEVICE_ERROR.  May be called by another thread while the
 * call is under way.  Does nothing when the module has no process of its own.
 */
void module_end_process(struct module *module);

/* --- beside.c --------------------------------------------------------- */

/* The file NAME of this installation, accessible in mode (access(2)): beside
 * the program, beside the library that holds us, or installed. */
MUST_CHECK bool beside_find(const char *name, int mode, char out[PATH_MAX],
    struct fault *f);

/* --- uri.c ------------------------------------------------------------ */

/* Parse, and refuse what would be misread.  *out: p11_kit_uri_free(). */
MUST_CHECK bool token_uri_parse(const char *text, P11KitUri **out,
    struct fault *f);

/* Refuse a URI that names no token.  */
MUST_CHECK bool token_uri_names_a_token(P11KitUri *uri, struct fault *f);

/* A URI that pins a token by its four texts; "" when it does not fit. */
void token_uri_of(const CK_TOKEN_INFO *info, char *out, size_t size);

/* --- info.c ----------------------------------------------------------- */

struct slot_token {
	CK_SLOT_ID slot;
	bool isolated;
	CK_TOKEN_INFO info;
};

/* Every token in a slot of the module.  *list is the caller's, mem_free(). */
MUST_CHECK bool slots_read(struct module *module, struct slot_token **list,
    size_t *count, struct fault *f);
void token_info_from(const struct slot_token *from, struct token_info *out);
void token_name_from(const struct token_info *info, char *out, size_t size);

/* Read the flags again; a token that does not answer leaves them as is. */
void token_info_refresh(struct token *token);

/* --- pin.c, prompt.c -------------------------------------------------- */

/* Decide where the PIN comes from.  *out: pin_source_clear(). */
MUST_CHECK bool pin_source_find(const char *setting, P11KitUri *uri, bool pad,
    struct pin_source *out, struct fault *f);
void pin_source_clear(struct pin_source *source);
bool pin_source_is_a_person(const struct pin_source *source);
bool pin_source_is_the_pad(const struct pin_source *source);
bool pin_source_can_be_read_again(const struct pin_source *source);
bool pin_source_is_a_credential(const struct pin_source *source);

/* As in the settings, and the file it is in (NULL: none).  Both are the
 * caller's, mem_free(). */
MUST_CHECK char *pin_source_text(const struct pin_source *source);
MUST_CHECK char *pin_source_path(const struct pin_source *source);

/* Read the PIN and hold it against the token's limits. */
MUST_CHECK bool pin_read(const struct token *token, struct secret *out,
    struct fault *f);

/* How long a PIN of the token may be, in words: "4 to 8 characters". */
#define PIN_LENGTH_TEXT_MAX 64
const char *pin_length_text(const struct token_info *about,
    char out[PIN_LENGTH_TEXT_MAX]);

/* Ask at the controlling terminal, without echo. */
MUST_CHECK bool prompt_secret(const char *question, struct secret *out,
    struct fault *f);

/* Log in with one try of one PIN.  warn stays with the token, for what is to
 * be said at later logins; NULL: who was there before. */
MUST_CHECK bool token_login(struct token *token, token_warn *warn,
    struct fault *f);

/* C_Login for one use of a key that asks each time. */
MUST_CHECK bool token_login_once_more(struct token *token, struct fault *f);

/* --- refusal.c -------------------------------------------------------- */

/*
 * The note of stored PINs that were refused: a file of one line a token and
 * source, token->refusals, which a rename replaces.  Of two processes that
 * write at once the last one wins.  A line stands for a PIN until its file is
 * another one; of a credential, a new file at each start, until its size is.
 *
 * Refuse, with a fault, a stored PIN that this token has refused as it is now,
 * and any stored PIN while the note cannot be read.
 */
MUST_CHECK bool refusal_allows(const struct token *token, struct fault *f);

/* What tells the file of the PIN from a later one; to be asked for before it
 * is read.  NULL: it is not stored, or no note is kept.  mem_free(). */
MUST_CHECK char *refusal_state(const struct token *token);

/* Note that the PIN was refused that was in the file then.  False: it cannot
 * be written.  At most 64 lines are kept; the oldest goes. */
MUST_CHECK bool refusal_keep(const struct token *token, const char *state);

/* The token took a PIN: its lines go, and what cannot be read.  False: it
 * cannot be written; fine when there is none. */
MUST_CHECK bool refusals_forget(const struct token *token);

/*
 * --- operation.c ------------------------------------------------------
 *
 * What token.h promises to others is in operation.c: it copies what it is
 * given, has one of these run on the worker, and hands out what they give.  On
 * the worker they are called as they stand.
 */
MUST_CHECK bool token_start(struct token *token,
    const struct token_place *place, token_warn *warn, struct fault *f);
void token_stop(struct token *token); /* leaves the token itself */
MUST_CHECK bool infos_list(const struct token_place *place,
    struct token_info **list, size_t *count, struct fault *f);
MUST_CHECK bool keys_list(struct token *token, struct key **list, size_t *count,
    struct fault *f);
MUST_CHECK bool key_find(struct token *token, struct bytes id, struct key *out,
    struct fault *f);
MUST_CHECK bool key_find_uri(struct token *token, const char *uri,
    struct key *out, struct fault *f);
MUST_CHECK bool key_make(struct token *token, enum key_alg alg, struct bytes id,
    const char *label, struct key *out, struct fault *f);
MUST_CHECK bool key_destroy(struct token *token, struct bytes id, bool *found,
    struct fault *f);
MUST_CHECK bool data_sign_many(struct token *token, const struct key *key,
    enum sign_alg alg, struct to_sign *list, size_t count, struct fault *f);
MUST_CHECK bool cert_store(struct token *token, const struct key *key,
    struct bytes der, struct bytes subject, struct fault *f);
/* How many sessions may sign at once. */
size_t hands_allowed(const struct token *token);
MUST_CHECK bool limits_read(struct token *token, struct token_limits *out,
    struct fault *f);
MUST_CHECK bool mechanisms_list(struct token *token, unsigned long **list,
    size_t *count, struct fault *f);
const char *sign_way(struct token *token, enum sign_alg alg, bool *usable);

/* --- token_find.c ----------------------------------------------------- */

/* The one token that is initialised and matches.  None and several are faults
 * that say which was meant and what is there. */
MUST_CHECK bool token_find(struct module *module, P11KitUri *uri,
    struct slot_token *out, struct fault *f);

/* --- token.c ---------------------------------------------------------- */

/* Give up the session and what hangs on it. */
void token_detach(struct token *token);

/* Tear everything down and open it again; only if it can be. */
MUST_CHECK bool token_reopen(struct token *token, struct fault *f);

/* Whether the login, if there was one, can be made again without a person. */
bool token_can_reopen(const struct token *token);

/* Open it again if an earlier attempt to do so has failed. */
MUST_CHECK bool token_ready(struct token *token, struct fault *f);

/* Whether another open token of this process logged in to the same one. */
bool token_is_shared(const struct token *token);

/* --- object.c --------------------------------------------------------- */

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void *p, size_t len);

/* Handles of the objects that match.  *list is the caller's, mem_free(). */
MUST_CHECK bool objects_find(struct token *token, CK_ATTRIBUTE *template,
    size_t attributes, CK_OBJECT_HANDLE **list, size_t *count, struct fault *f);

/* Objects of a class with a CKA_ID. */
MUST_CHECK bool objects_by_id(struct token *token, CK_OBJECT_CLASS class,
    struct bytes id, CK_OBJECT_HANDLE **list, size_t *count, struct fault *f);

/*
 * Attributes are read leniently, as tokens leave out what they like; but one
 * that could not be read because the token is lost is not one left out.
 * object_reads_begin() and object_reads_end() stand around what must be whole.
 */
void object_reads_begin(struct token *token);
MUST_CHECK bool object_reads_end(struct token *token, struct fault *f);

/* One attribute, read whole into out (emptied first). */
CK_RV object_get(struct token *token, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type, struct buf *out);

/* Two, in one call where the token can; the first of what went wrong.  One
 * that could not be read is empty. */
CK_RV object_get_two(struct token *token, CK_OBJECT_HANDLE object,
    const CK_ATTRIBUTE_TYPE types[2], struct buf out[2]);
enum claim object_claim(struct token *token, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type);

/* Whether the token gives a private value out: tried, wiped; the members of
 * *out that say so. */
void object_secret_try(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type, struct key_claims *out);

/* --- public.c --------------------------------------------------------- */

/* The OpenSSL key in a public key object; NULL when it is not one. */
EVP_PKEY *public_from_object(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type);

/*
 * The public half of a private key with this CKA_ID as SubjectPublicKeyInfo;
 * *spki stays empty when there is none that belongs to it, or when there are
 * several that may.  shared is what both halves must say alike, the modulus or
 * the curve; empty: nothing.
 */
MUST_CHECK bool public_of_private(struct token *token, CK_KEY_TYPE type,
    struct bytes id, struct bytes shared, struct buf *spki, bool *several,
    struct fault *f);

/* The key in a SubjectPublicKeyInfo; NULL when there is none.  The caller's,
 * EVP_PKEY_free(). */
EVP_PKEY *public_from_spki(struct bytes spki);
int public_bits_of_params(struct bytes ec_params); /* 0: unknown curve */

/* --- key.c ------------------------------------------------------------ */

MUST_CHECK bool key_from_object(struct token *token, CK_OBJECT_HANDLE object,
    struct key *out, struct fault *f);
void key_claims_from_object(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type, struct key_claims *out);

void key_label_from_object(struct token *token, CK_OBJECT_HANDLE object,
    char out[KEY_LABEL_MAX]);

/* --- key_find.c ------------------------------------------------------- */

/* The one private key object with a CKA_ID. */
MUST_CHECK bool key_object(struct token *token, struct bytes id,
    CK_OBJECT_HANDLE *out, struct fault *f);

/* --- make.c ----------------------------------------------------------- */

/* Refuse a token that is write-protected: it can keep no key. */
MUST_CHECK bool token_takes_keys(struct token *token, struct fault *f);

/* key_destroy(), again when the token was lost: that does no harm. */
MUST_CHECK bool key_destroy_surely(struct token *token, struct bytes id,
    struct fault *f);

/* C_GenerateKeyPair with the templates in turn.  permanent: on the token. */
struct key_pair {
	CK_OBJECT_HANDLE public_key, private_key;
};
MUST_CHECK bool key_pair_make(struct token *token, enum key_alg alg,
    bool permanent, struct bytes id, const char *label, struct key_pair *out,
    struct fault *f);

/* --- probe.c ---------------------------------------------------------- */

/* What is asked once: its limits; and what an earlier probe left goes. */
MUST_CHECK bool probe_begin(struct token *token, enum probe_keys keys,
    struct probe *out, struct fault *f);

/* One kind of key, into its row. */
MUST_CHECK bool probe_kind(struct token *token, enum key_alg alg,
    struct probe *probe, struct fault *f);

/* --- mechanism.c ------------------------------------------------------ */

/* How a kind of key is made. */
struct key_mechanism {
	CK_MECHANISM_TYPE generate;
	CK_KEY_TYPE type;
	const char *missing; /* said when the token has no such mechanism */
};

/* How an algorithm is carried out, best way first. */
struct sign_mechanism {
	CK_MECHANISM_TYPE libp11;    /* what libp11 needs; 0: it cannot */
	CK_MECHANISM_TYPE direct;    /* C_Sign */
	CK_MECHANISM_TYPE hash, mgf; /* parameters of PSS; 0: none */
	const char *missing;
};

extern const struct key_mechanism key_mechanisms[KEY_ALGS];
extern const struct sign_mechanism sign_mechanisms[SIGN_ALGS];
bool token_has(struct token *token, CK_MECHANISM_TYPE type);
MUST_CHECK bool mechanisms_read(struct token *token, struct fault *f);

/* --- sign.c, sign_many.c, direct.c, carrier.c ------------------------ */

/* How one key signs by one algorithm, once that is found out. */
struct way {
	struct token *token;
	const struct signer *signer;
	enum sign_alg alg;
	bool libp11;
};

/* Sign, for verifying: what is made here has been seen by nobody. */
MUST_CHECK bool way_sign(const struct way *way, CK_SESSION_HANDLE *session,
    struct bytes data, struct buf *out, struct fault *f);

/* What was signed is good; else it is dropped, and a fault. */
MUST_CHECK bool way_verify(const struct way *way, struct bytes data,
    struct buf *signature, struct fault *f);

/* All that is left in the list; hands: how many sessions at most. */
MUST_CHECK bool way_sign_all(const struct way *way, size_t hands,
    struct to_sign *list, size_t count, struct fault *f);

/* Close the sessions of the hands beside the first. */
void hands_close(struct token *token);

/*
 * C_Sign with a mechanism; *out is what belongs into a BIT STRING.  *session
 * is renewed when something was begun in it that nobody ended.
 */
MUST_CHECK bool direct_sign(struct token *token, CK_SESSION_HANDLE *session,
    CK_OBJECT_HANDLE key, enum sign_alg alg, bool ask_pin, struct bytes data,
    struct buf *out, struct fault *f);

/* The DigestInfo of data, appended (RFC 8017, 9.2). */
MUST_CHECK bool digest_info(const char *hash, struct bytes data,
    struct buf *out, struct fault *f);

/* Give a context the padding of an algorithm. */
MUST_CHECK bool sign_padding(EVP_PKEY_CTX *ctx, enum sign_alg alg);

/* libp11's EVP_PKEY of the key with this CKA_ID, of RSA or on a curve.  *out:
 * EVP_PKEY_free(). */
MUST_CHECK bool carrier_key(struct token *token, struct bytes id,
    enum key_family family, EVP_PKEY **out, struct fault *f);
MUST_CHECK bool carrier_sign(struct token *token, EVP_PKEY *key,
    enum sign_alg alg, struct bytes data, struct buf *out, struct fault *f);
void carrier_free(struct carrier *carrier); /* NULL is fine */

/* Free what libp11 gave out, then libp11. */
void private_keys_forget(struct token *token);

/* Forget every signer and libp11: before handles change. */
void signers_forget(struct token *token);

#endif
