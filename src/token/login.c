/* login.c - one try of one PIN, with the counters of the token in view. */
#include "internal.h"

#include <stdio.h>

#include "p11ca/mem.h"

/* Once a PIN was refused, or few tries are left: no more of them. */
static bool
tries_are_spared(const struct token *token, struct fault *f)
{
	const struct token_info *about = &token->about;

	if (token->refused) {
		fault_found(f, "%s, which has refused a PIN before",
		    token->name);
		return fault_raise(f, FAULT_TOKEN,
		    "one try of the PIN for each start",
		    "see why it was refused, then start again");
	}
	if (!token->spare_tries ||
	    !(about->pin_final_try || about->pin_count_low))
		return true;
	fault_found(f,
	    "%s, where a wrong PIN was tried: %s left; not logged in",
	    token->name, about->pin_final_try ? "one try is" : "few tries are");
	return fault_raise(f, FAULT_TOKEN, "a token with all its tries",
	    "make sure of the PIN, then log in once, by hand: p11ca token show "
	    "--pin prompt URI");
}

/* Look at the flags before a try is spent. */
static bool
token_takes_a_try(struct token *token, struct fault *f)
{
	token_info_refresh(token);
	if (token->about.pin_locked)
		return rv_fault(f, token->name, "looking before the login",
		    CKR_PIN_LOCKED);
	if (!refusal_allows(token, f))
		return false;
	if (!tries_are_spared(token, f))
		return false;
	if (!token->about.pin_final_try || pin_source_is_a_person(&token->pin))
		return true;
	fault_found(f, "%s with one try of its PIN left", token->name);
	return fault_raise(f, FAULT_TOKEN,
	    "a person at the prompt for the last try, not a stored PIN",
	    "log in once, by hand: p11ca token show --pin prompt URI");
}

/* What is said, and the PIN that is read, by the thread of the caller. */
struct warning {
	token_warn *warn;
	char text[TOKEN_NAME_MAX + 120];
};

static void
warn_on_caller(void *arg)
{
	const struct warning *warning = arg;

	warning->warn(warning->text);
}

static void
tell(const struct token *token, const char *before, const char *after)
{
	struct warning warning = { .warn = token->warn };

	if (token->warn == NULL)
		return;
	(void)snprintf(warning.text, sizeof(warning.text), "%s%s%s", before,
	    token->name, after);
	worker_ask(warn_on_caller, &warning);
}

static void
warn_before_a_try(const struct token *token)
{
	if (token->about.pin_final_try)
		tell(token, "", ": one try is left; a wrong PIN now locks it");
	else if (token->about.pin_count_low)
		tell(token, "", ": a wrong PIN was tried; few tries are left");
	if (token->about.pin_to_be_changed)
		tell(token, "",
		    ": its PIN has expired, or is still the maker's; change "
		    "it");
}

/* What a wrong PIN has done to the token. */
static bool
wrong_pin_fault(struct token *token, struct fault *f)
{
	const char *state = "";

	token_info_refresh(token);
	if (token->about.pin_locked)
		state = ", which is locked now";
	else if (token->about.pin_final_try)
		state = "; the next wrong one locks it";
	else if (token->about.pin_count_low)
		state = "; few tries are left";
	fault_found(f, "%s refused the PIN%s", token->name, state);
	return fault_raise(f, FAULT_TOKEN, "the user PIN of this token",
	    token->about.pin_locked
		? "have the security officer set the PIN anew"
		: "check where the PIN comes from; nothing is tried twice");
}

struct reading {
	const struct token *token;
	struct secret *pin;
	struct fault *f;
	bool ok;
};

static void
read_on_caller(void *arg)
{
	struct reading *reading = arg;

	reading->ok = pin_read(reading->token, reading->pin, reading->f);
}

/* A token may know better than what it says of the length. */
static bool
wrong_length_fault(const struct token *token, struct fault *f)
{
	char lengths[PIN_LENGTH_TEXT_MAX];

	fault_found(f, "%s refused the length of the PIN; it takes %s",
	    token->name, pin_length_text(&token->about, lengths));
	return fault_raise(f, FAULT_TOKEN, "the user PIN of this token",
	    "check where the PIN comes from; nothing is tried twice");
}

/* For later starts: what is not noted, they try again. */
static void
note_the_answer(const struct token *token, CK_RV rv, const char *state)
{
	bool refused = rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID ||
	    rv == CKR_PIN_LEN_RANGE;

	if (rv == CKR_OK && !refusals_forget(token))
		tell(token, "", ": that it took the PIN cannot be noted");
	if (refused && state != NULL && !refusal_keep(token, state))
		tell(token, "",
		    ": that it refused the PIN cannot be noted; another start "
		    "tries it again");
}

static bool
try_the_pin(struct token *token, CK_USER_TYPE user, const char *doing,
    struct fault *f)
{
	struct secret pin = { 0 };
	struct reading reading = { token, &pin, f, false };
	char *state = refusal_state(token); /* before it can change */
	CK_RV rv;

	worker_ask(read_on_caller, &reading);
	if (!reading.ok) {
		mem_free(state);
		return false;
	}
	if (pin_source_is_the_pad(&token->pin))
		tell(token, "type the PIN on the pad of ",
		    user == CKU_USER ? "" : ", for one signature");
	/*
	 * A module that does not come back may read the PIN at any time: then
	 * it stays as it is, and is wiped with the process only.
	 */
	rv = token->module->list->C_Login(token->session, user, pin.p, pin.len);
	secret_free(&pin);
	note_the_answer(token, rv, state);
	mem_free(state);
	/* A module answers so whatever the PIN: ours must have come before. */
	if (rv == CKR_USER_ALREADY_LOGGED_IN && token_is_shared(token))
		rv = CKR_OK;
	/* Nor does anybody know what came of a try that was not answered. */
	token->refused = rv != CKR_OK && (!rv_is_lost(rv) || call_was_late());
	if (rv == CKR_PIN_INCORRECT)
		return wrong_pin_fault(token, f);
	if (rv == CKR_PIN_LEN_RANGE)
		return wrong_length_fault(token, f);
	return rv == CKR_OK || token_fault(token, doing, rv, f);
}

bool
token_login(struct token *token, token_warn *warn, struct fault *f)
{
	if (warn != NULL)
		token->warn = warn;
	if (!token->about.login_required)
		return true;
	if (!token_takes_a_try(token, f))
		return false;
	warn_before_a_try(token);
	token->logged_in = try_the_pin(token, CKU_USER, "logging in", f);
	return token->logged_in;
}

bool
token_login_once_more(struct token *token, struct fault *f)
{
	if (!pin_source_can_be_read_again(&token->pin) &&
	    !pin_source_is_a_person(&token->pin)) {
		fault_found(f, "a key in %s that asks for the PIN at each use",
		    token->name);
		return fault_raise(f, FAULT_TOKEN,
		    "a PIN source that can be read again",
		    "use prompt, pad, file: or credential:");
	}
	if (!token_takes_a_try(token, f))
		return false;
	warn_before_a_try(token);
	return try_the_pin(token, CKU_CONTEXT_SPECIFIC,
	    "allowing one signature", f);
}
