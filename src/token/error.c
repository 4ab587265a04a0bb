/* error.c - PKCS#11 return values in words: what it is, what to do. */
#include "internal.h"

/* Does reads after "the token "x" "; a NULL todo takes the general one. */
struct rv_row {
	CK_RV rv;
	const char *name;
	bool lost; /* a fresh start may mend it */
	const char *does;
	const char *want;
	const char *todo;
};

#define ROW(rv, lost, does, want, todo)                                        \
	{                                                                      \
		rv, #rv, lost, does, want, todo                                \
	}
#define PIN "the user PIN of this token"
#define ANSWER "a token that answers"
#define CARRIES "a token that carries the algorithm"
#define ROOM "a token with room for it"
#define AGAIN "make sure the token is there, then try again"
#define PROBE "ask \"p11ca token probe\" what this token can do"
#define STANDARD "a token that answers as PKCS#11 says"
#define LOG "look into the log of the token or its module"
#define PIN_LOCKED_TODO                                                        \
	"have the security officer set the PIN anew; on a TPM wait, or clear " \
	"the dictionary lockout"

/* clang-format off */
static const struct rv_row rows[] = {
	/* PIN and login */
	ROW(CKR_PIN_INCORRECT, false, "refused the PIN", PIN,
	    "check where the PIN comes from; every wrong try counts"),
	ROW(CKR_PIN_LOCKED, false, "has locked its PIN", PIN, PIN_LOCKED_TODO),
	ROW(CKR_PIN_EXPIRED, false, "wants its PIN changed", PIN,
	    "set a new PIN with the tool of the token, or with \"pkcs11-tool "
	    "--login --change-pin\", then try again"),
	ROW(CKR_PIN_LEN_RANGE, false, "refused the length of the PIN", PIN,
	    "check where the PIN comes from"),
	ROW(CKR_PIN_INVALID, false, "refused a character of the PIN", PIN,
	    "check where the PIN comes from"),
	ROW(CKR_USER_PIN_NOT_INITIALIZED, false, "has no user PIN yet", PIN,
	    "have the security officer set it, with the tool of the token or "
	    "\"pkcs11-tool --login --login-type so --init-pin\""),
	ROW(CKR_USER_NOT_LOGGED_IN, false, "asks for a login", "a login",
	    "give a PIN; a key may also ask for it at each use"),
	ROW(CKR_USER_ALREADY_LOGGED_IN, false,
	    "has a login that is not ours, so the PIN was not checked",
	    "the only login of this process", "close the other one first"),
	ROW(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, false,
	    "has another user logged in", "the user's own login",
	    "log the security officer out"),
	ROW(CKR_USER_TOO_MANY_TYPES, false, "takes no second login",
	    "the user's own login", "end the programs that use the token"),
	ROW(CKR_USER_TYPE_INVALID, false, "knows no such login",
	    "a token that takes the PIN for one use of a key",
	    "use a key without CKA_ALWAYS_AUTHENTICATE"),
	ROW(CKR_FUNCTION_CANCELED, false, "was told to cancel", PIN,
	    "try again and enter the PIN at the token"),
	ROW(CKR_FUNCTION_REJECTED, false, "was told to refuse", PIN,
	    "try again and allow it at the token"),
	/* gone, lost, stale */
	ROW(CKR_TOKEN_NOT_PRESENT, true, "is gone", ANSWER,
	    "insert the token; is its reader service running?"),
	ROW(CKR_TOKEN_NOT_RECOGNIZED, true, "is not recognised", ANSWER,
	    "insert the token; is its reader service running?"),
	ROW(CKR_DEVICE_REMOVED, true, "was removed", ANSWER,
	    "insert the token; is its reader service running?"),
	ROW(CKR_DEVICE_ERROR, true, "does not answer", ANSWER,
	    "is the connection to the HSM up (P11_KIT_SERVER_ADDRESS)? then "
	    "try again"),
	ROW(CKR_GENERAL_ERROR, true, "failed and does not say why", ANSWER,
	    "SoftHSM: is its token folder readable (SOFTHSM2_CONF)? TPM: is "
	    "the resource manager running?"),
	ROW(CKR_OBJECT_HANDLE_INVALID, true, "lost the object", "a key that "
	    "stays on the token", "look at the keys with \"p11ca token show\""),
	ROW(CKR_KEY_HANDLE_INVALID, true, "lost the key", "a key that stays "
	    "on the token", "look at the keys with \"p11ca token show\""),
	ROW(CKR_SESSION_HANDLE_INVALID, true, "closed the session", ANSWER,
	    AGAIN),
	ROW(CKR_SESSION_CLOSED, true, "closed the session", ANSWER, AGAIN),
	ROW(CKR_CRYPTOKI_NOT_INITIALIZED, true, "was shut down", ANSWER,
	    AGAIN),
	ROW(CKR_SLOT_ID_INVALID, true, "left its slot", ANSWER, AGAIN),
	ROW(CKR_OPERATION_NOT_INITIALIZED, true, "forgot what was begun",
	    ANSWER, AGAIN),
	ROW(CKR_OPERATION_ACTIVE, true, "is busy with an earlier operation",
	    ANSWER, AGAIN),
	/* room, rights, rest */
	ROW(CKR_HOST_MEMORY, false, "ran out of memory", ROOM,
	    "free memory, then try again"),
	ROW(CKR_DEVICE_MEMORY, false, "has no room left", ROOM,
	    "remove what is not needed, or use another token"),
	ROW(CKR_SESSION_COUNT, false, "has no free session", "a free session",
	    "end other programs that use the token, then try again"),
	ROW(CKR_SESSION_READ_ONLY, false, "was opened to read only",
	    "a session that may write", "is the token write-protected?"),
	ROW(CKR_TOKEN_WRITE_PROTECTED, false, "is write-protected",
	    "a token that can be written", "remove the write protection"),
	ROW(CKR_FUNCTION_FAILED, false, "could not do it", ANSWER,
	    "opencryptoki: be in group pkcs11 and have pkcsslotd running; "
	    "else look into the log of the token"),
	ROW(CKR_ARGUMENTS_BAD, false, "refused how it was called",
	    "a call as PKCS#11 has it",
	    "when it starts: give it the words that it wants (token.init-args; "
	    "NSS needs them)"),
	ROW(CKR_BUFFER_TOO_SMALL, false, "says more than it was asked for",
	    STANDARD, LOG),
	ROW(CKR_CANT_LOCK, false, "cannot lock", ANSWER,
	    "use another version of the module"),
	ROW(CKR_NEED_TO_CREATE_THREADS, false, "may start no thread", ANSWER,
	    "use another version of the module"),
	ROW(CKR_CRYPTOKI_ALREADY_INITIALIZED, false,
	    "was started by somebody else in this process",
	    "a module that p11ca starts itself",
	    "isolate the module (token.isolate)"),
	ROW(CKR_FIPS_SELF_TEST_FAILED, false, "failed its test of itself",
	    ANSWER, LOG),
	ROW(CKR_RANDOM_NO_RNG, false, "has no source of random numbers",
	    "a token that can make keys", "use another token"),
	ROW(CKR_ACTION_PROHIBITED, false, "does not allow it",
	    "a token that allows it", "look at the policy of the token"),
	/* what it cannot do */
	ROW(CKR_FUNCTION_NOT_SUPPORTED, false, "does not support it", CARRIES,
	    PROBE),
	ROW(CKR_MECHANISM_INVALID, false, "does not know the mechanism",
	    CARRIES, PROBE),
	ROW(CKR_MECHANISM_PARAM_INVALID, false,
	    "refused the parameters of the mechanism", CARRIES, PROBE),
	ROW(CKR_CURVE_NOT_SUPPORTED, false, "does not know the curve", CARRIES,
	    PROBE),
	ROW(CKR_DOMAIN_PARAMS_INVALID, false, "does not know the curve",
	    CARRIES, PROBE),
	ROW(CKR_KEY_SIZE_RANGE, false, "refused the key size", CARRIES, PROBE),
	ROW(CKR_KEY_TYPE_INCONSISTENT, false, "has a key of another type",
	    CARRIES, PROBE),
	ROW(CKR_KEY_FUNCTION_NOT_PERMITTED, false,
	    "does not let the key sign", "a key made for signing",
	    "use another key"),
	ROW(CKR_DATA_LEN_RANGE, false, "refused the length of the data",
	    CARRIES, PROBE),
	ROW(CKR_DATA_INVALID, false, "refused the data", CARRIES, PROBE),
	ROW(CKR_ATTRIBUTE_READ_ONLY, false, "lets nobody set an attribute",
	    CARRIES, PROBE),
	ROW(CKR_ATTRIBUTE_TYPE_INVALID, false, "does not know an attribute",
	    CARRIES, PROBE),
	ROW(CKR_ATTRIBUTE_VALUE_INVALID, false, "refused a size or attribute",
	    CARRIES, PROBE),
	ROW(CKR_ATTRIBUTE_SENSITIVE, false, "keeps an attribute to itself",
	    CARRIES, PROBE),
	ROW(CKR_TEMPLATE_INCOMPLETE, false, "wants more attributes", CARRIES,
	    PROBE),
	ROW(CKR_TEMPLATE_INCONSISTENT, false, "refused the attributes",
	    CARRIES, PROBE),
};
/* clang-format on */

static const struct rv_row of_its_vendor = { 0, "a value of its vendor", false,
	"failed", STANDARD, LOG };
static const struct rv_row of_nothing_here = { 0, "an answer to something else",
	false, "failed", STANDARD, LOG };

static const struct rv_row *
row_of(CK_RV rv)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].rv == rv)
			return &rows[i];
	return rv >= CKR_VENDOR_DEFINED ? &of_its_vendor : &of_nothing_here;
}

bool
rv_is_lost(CK_RV rv)
{
	return row_of(rv)->lost;
}

const char *
rv_name(CK_RV rv)
{
	return row_of(rv)->name;
}

bool
rv_fault(struct fault *f, const char *who, const char *doing, CK_RV rv)
{
	const struct rv_row *row = row_of(rv);

	fault_found(f, "%s %s (%s; %s, 0x%lx)", who, row->does, doing,
	    row->name, (unsigned long)rv);
	return fault_raise(f, FAULT_TOKEN, row->want, row->todo);
}

/* Some tokens end a login by themselves, or when their card was reset. */
static bool
login_is_lost(const struct token *token, CK_RV rv)
{
	return rv == CKR_USER_NOT_LOGGED_IN && token->logged_in;
}

bool
token_fault(struct token *token, const char *doing, CK_RV rv, struct fault *f)
{
	/* Trying again would take as long again: the next operation may. */
	if ((rv_is_lost(rv) || login_is_lost(token, rv)) && !call_was_late())
		atomic_store(&token->lost, true);
	if (rv == CKR_DEVICE_ERROR && isolate_died(token->module, doing, f))
		return false;
	return rv_fault(f, token->name, doing, rv);
}
