/* token.c - open a token, close it, and open it again. */
#include "internal.h"

#include <string.h>

#include "p11ca/mem.h"

static struct token *opened; /* every token of this process */

/* --- open ------------------------------------------------------------- */

static bool
session_open(struct token *token, bool write, struct fault *f)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION;
	CK_RV rv;

	if (write && !token->about.write_protected)
		flags |= CKF_RW_SESSION;
	rv = token->module->list->C_OpenSession(token->about.slot, flags, NULL,
	    NULL, &token->session);
	token->session_open = rv == CKR_OK;
	return rv == CKR_OK || token_fault(token, "opening a session", rv, f);
}

bool
token_is_shared(const struct token *token)
{
	/* A process of its own has logins of its own. */
	if (module_is_isolated(token->module))
		return false;
	for (const struct token *t = opened; t != NULL; t = t->next)
		if (t != token && t->logged_in &&
		    t->about.slot == token->about.slot &&
		    strcmp(t->module->path, token->module->path) == 0)
			return true;
	return false;
}

/* Find it and take down what it says of itself. */
static bool
token_attach(struct token *token, P11KitUri *uri, struct fault *f)
{
	struct slot_token at = { 0 };

	if (!token_find(token->module, uri, &at, f))
		return false;
	token_info_from(&at, &token->about);
	token->pinned = at.info;
	token_name_from(&token->about, token->name, sizeof(token->name));
	call_is_about(token->name);
	return true;
}

bool
token_start(struct token *token, const struct token_place *place,
    token_warn *warn, struct fault *f)
{
	P11KitUri *uri = NULL;
	bool ok;

	token->spare_tries = place->spare_tries;
	token->refusals = mem_text(place->refusals);
	token->hand_max =
	    place->sessions != 0 ? place->sessions : TOKEN_SESSIONS;
	if (token->hand_max > TOKEN_SESSIONS_MAX)
		token->hand_max = TOKEN_SESSIONS_MAX;
	ok = token_uri_parse(place->uri, &uri, f) &&
	    token_uri_names_a_token(uri, f) &&
	    module_load(place, &token->module, f) &&
	    token_attach(token, uri, f) &&
	    pin_source_find(place->pin, uri, token->about.pad, &token->pin,
		f) &&
	    session_open(token, token->login, f) &&
	    (!token->login || token_login(token, warn, f));
	if (ok) {
		token->next = opened;
		opened = token;
	}
	p11_kit_uri_free(uri);
	return ok;
}

/* --- close ------------------------------------------------------------ */

/* Keys before libp11, libp11 before the module. */
void
token_detach(struct token *token)
{
	signers_forget(token);
	hands_close(token);
	if (token->session_open)
		(void)token->module->list->C_CloseSession(token->session);
	token->session_open = false;
	token->logged_in = false;
}

static void
token_forget(const struct token *token)
{
	struct token **at = &opened;

	while (*at != NULL && *at != token)
		at = &(*at)->next;
	if (*at != NULL)
		*at = token->next;
}

void
token_stop(struct token *token)
{
	token_forget(token);
	token_detach(token);
	module_unload(token->module);
	pin_source_clear(&token->pin);
	mem_free(token->refusals);
	mem_free(token->mechanisms);
	mem_free(token->signers);
}

/* --- open again ------------------------------------------------------- */

/* A URI for exactly the token that was there before. */
static P11KitUri *
pinned_uri(const struct token *token)
{
	P11KitUri *uri = mem_must(p11_kit_uri_new());

	*p11_kit_uri_get_token_info(uri) = token->pinned;
	return uri;
}

bool
token_can_reopen(const struct token *token)
{
	if (token->holding)
		return false;
	return !token->login || !token->about.login_required ||
	    (!token->refused && pin_source_can_be_read_again(&token->pin));
}

bool
token_reopen(struct token *token, struct fault *f)
{
	P11KitUri *uri = pinned_uri(token);
	bool ok;

	token_detach(token);
	ok = module_reload(token->module, f) && token_attach(token, uri, f) &&
	    session_open(token, token->login, f) &&
	    (!token->login || token_login(token, NULL, f));
	if (!ok)
		token_detach(token);
	p11_kit_uri_free(uri);
	return ok;
}

bool
token_ready(struct token *token, struct fault *f)
{
	if (token->session_open)
		return true;
	if (token_can_reopen(token))
		return token_reopen(token, f);
	fault_found(f, "no session any more with %s", token->name);
	return fault_raise(f, FAULT_TOKEN,
	    "a token that stayed, or a PIN that can be read again",
	    "start the program again");
}
