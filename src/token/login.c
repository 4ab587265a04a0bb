/* login.c - one try of one PIN, with the counters of the token in view. */
#include "internal.h"

#include <stdio.h>

#include "p11ca/mem.h"

/* Look at the flags before a try is spent. */
static bool
token_takes_a_try(struct token *token, struct fault *f)
{
	token_info_refresh(token);
	if (token->about.pin_locked)
		return rv_fault(f, token->name, "looking before the login",
		    CKR_PIN_LOCKED);
	if (!token->about.pin_final_try || pin_source_is_a_person(&token->pin))
		return true;
	fault_found(f, "%s with one try of its PIN left", token->name);
	return fault_raise(f, FAULT_TOKEN,
	    "a person at the prompt for the last try, not a stored PIN",
	    "log in once with the PIN source \"prompt\"");
}

/* What is said, and the PIN that is read, by the thread of the caller. */
struct warning {
	token_warn *warn;
	char text[TOKEN_NAME_MAX + 80];
};

static void
warn_on_caller(void *arg)
{
	const struct warning *warning = arg;

	warning->warn(warning->text);
}

static void
warn_of_few_tries(const struct token *token, token_warn *warn)
{
	struct warning warning = { .warn = warn };
	const char *left = NULL;

	if (token->about.pin_final_try)
		left = "one try is left; a wrong PIN now locks it";
	else if (token->about.pin_count_low)
		left = "a wrong PIN was tried; few tries are left";
	if (left == NULL || warn == NULL)
		return;
	(void)snprintf(warning.text, sizeof(warning.text), "%s: %s",
	    token->name, left);
	worker_ask(warn_on_caller, &warning);
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

static bool
try_the_pin(struct token *token, CK_USER_TYPE user, const char *doing,
    struct fault *f)
{
	struct secret pin = { 0 };
	struct reading reading = { token, &pin, f, false };
	CK_RV rv;

	worker_ask(read_on_caller, &reading);
	if (!reading.ok)
		return false;
	/*
	 * A module that does not come back may read the PIN at any time: then
	 * it stays as it is, and is wiped with the process only.
	 */
	rv = token->module->list->C_Login(token->session, user, pin.p, pin.len);
	secret_free(&pin);
	/* A module answers so whatever the PIN: ours must have come before. */
	if (rv == CKR_USER_ALREADY_LOGGED_IN && token_is_shared(token))
		rv = CKR_OK;
	/* Nor does anybody know what came of a try that was not answered. */
	token->refused = rv != CKR_OK && (!rv_is_lost(rv) || call_was_late());
	if (rv == CKR_PIN_INCORRECT)
		return wrong_pin_fault(token, f);
	return rv == CKR_OK || token_fault(token, doing, rv, f);
}

bool
token_login(struct token *token, token_warn *warn, struct fault *f)
{
	if (!token->about.login_required)
		return true;
	if (!token_takes_a_try(token, f))
		return false;
	warn_of_few_tries(token, warn);
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
	return token_takes_a_try(token, f) &&
	    try_the_pin(token, CKU_CONTEXT_SPECIFIC, "allowing one signature",
		f);
}
