/*
 * probe.h - what a token can do for a CA: what it says, and what was tried.
 */
#ifndef P11CA_PROBE_H
#define P11CA_PROBE_H

#include "p11ca/token.h"

/* --- what a token says of its limits ----------------------------------- */

/* A number that the token does not give (CK_UNAVAILABLE_INFORMATION). */
#define LIMIT_NOT_REPORTED (~0ul)
/* As the greatest number of sessions: none (CK_EFFECTIVELY_INFINITE). */
#define LIMIT_NONE 0ul

/* Key sizes of one mechanism, in bits, as the token gives them. */
struct key_sizes {
	unsigned long mechanism; /* for token_mechanism_name() */
	unsigned long min, max;	 /* both 0: the token says nothing of it */
	bool hardware;		 /* CKF_HW */
};

#define KEY_SIZES_MAX 16

/* C_GetTokenInfo and C_GetMechanismInfo (PKCS#11 2.40, 5.5). */
struct token_limits {
	unsigned long flags; /* CK_FLAGS; token_flag_name() */
	unsigned long pin_min, pin_max;
	unsigned long sessions_max, sessions;	    /* of all kinds */
	unsigned long rw_sessions_max, rw_sessions; /* that may write */
	unsigned long public_memory, public_free;   /* bytes */
	unsigned long private_memory, private_free;
	struct key_sizes sizes[KEY_SIZES_MAX]; /* of what a CA may need */
	size_t size_count;
};

/* Ask the token; what it does not answer is LIMIT_NOT_REPORTED. */
MUST_CHECK bool token_limits(struct token *token, struct token_limits *out,
    struct fault *f);

/* "CKF_RNG" for each flag that is set, NULL after the last; from *at = 0. */
const char *token_flag_name(unsigned long flags, size_t *at);

/* --- what was tried ---------------------------------------------------- */

#define PROBE_TEXT_MAX 256

struct probe_sign {
	bool fits;	 /* the algorithm is of the key's family */
	bool usable;	 /* it signed that way, and the signature verified */
	const char *way; /* "libp11" or "C_Sign"; NULL: not usable */
	char refusal[PROBE_TEXT_MAX]; /* why it does not, or "" */
};

/* What became of one kind of key. */
struct probe_row {
	enum key_alg key_alg;
	bool asked;	/* the token was asked for a key pair */
	bool generated; /* and made one */
	bool usable; /* ... found again, its public half read, and it signs */
	char refusal[PROBE_TEXT_MAX]; /* why not, or "" */
	struct key_claims claims;     /* once it is generated */
	struct probe_sign sign[SIGN_ALGS];
	/* Of the rules about keys, which the token does not know: */
	bool usable_for_ca; /* usable, and fit under the settings */
	char strict_refusal[PROBE_TEXT_MAX]; /* by strict-key-attributes */
};

enum probe_keys { PROBE_SESSION_KEYS, PROBE_TOKEN_KEYS };

struct probe {
	struct token_info about;
	struct token_limits limits;
	enum probe_keys keys;	 /* that it was tried with */
	enum claim session_keys; /* whether the token makes such */
	bool strict;		 /* strict-key-attributes of the settings */
	size_t left_behind;	 /* by earlier probes, and destroyed now */
	struct probe_row row[KEY_ALGS];
};

/*
 * Begin: *out with the token and its limits.  PROBE_TOKEN_KEYS also destroys
 * what a probe left on the token that was killed.
 */
MUST_CHECK bool token_probe_begin(struct token *token, enum probe_keys keys,
    struct probe *out, struct fault *f);

/*
 * Make a key of this kind as token_make_key() does, find it, read its public
 * half, sign with every algorithm of its family by the way token_sign() takes,
 * verify, destroy it: probe->row[alg].
 *
 * PROBE_SESSION_KEYS: nothing is written to the token.  A token that has no
 * session keys refuses them, or makes one on the token all the same: that one
 * is destroyed, no further is made, and session_keys is CLAIM_NO.
 *
 * PROBE_TOKEN_KEYS: on the token, under a CKA_ID and label that only a probe
 * gives, and destroyed before this returns.  No other object is touched.
 * Whoever calls keeps signals off that would end the process meanwhile.
 *
 * False: the token cannot be asked, or a key that was made could not be
 * destroyed; *f names it then.
 */
MUST_CHECK bool token_probe_key(struct token *token, enum key_alg alg,
    struct probe *probe, struct fault *f);

/* The label of every key that a probe makes. */
#define PROBE_LABEL "p11ca-probe"

/* What a probe with session keys cannot find out, and PROBE_TOKEN_KEYS can. */
#define PROBE_NO_SESSION_KEYS "session keys are not offered"
#define PROBE_UNSEEN "libp11 does not see this session key"

#endif
