/* carrier.c - libp11 on the bridge: made late, let go early. */
#include "internal.h"

#include <openssl/err.h>

#include <dlfcn.h>
#include <libp11.h>
#include <string.h>
#include <unistd.h>

#include "p11ca/mem.h"

#define BRIDGE "p11ca-bridge.so"

struct carrier {
	void *bridge; /* dlopen */
	void *(*set)(CK_FUNCTION_LIST *list, CK_SLOT_ID slot, const CK_BYTE *id,
	    CK_ULONG len, CK_KEY_TYPE type);
	void (*drop)(void *place);
	void *place; /* on the bridge */
	PKCS11_CTX *ctx;
	bool ctx_loaded;
	PKCS11_SLOT *slots;
	unsigned int slot_count;
	PKCS11_SLOT *slot;
	PKCS11_KEY *keys; /* libp11's */
	unsigned int key_count;
};

/* --- faults ----------------------------------------------------------- */

/* What PKCS#11 answered to libp11, from the queue of OpenSSL. */
static CK_RV
rv_from_queue(void)
{
	CK_RV rv = CKR_OK;
	unsigned long code;

	while ((code = ERR_get_error()) != 0)
		if (rv == CKR_OK && ERR_GET_LIB(code) == ERR_get_CKR_code())
			rv = (CK_RV)ERR_GET_REASON(code);
	return rv;
}

static bool
libp11_fault(struct token *token, const char *doing, struct fault *f)
{
	CK_RV rv = rv_from_queue();

	if (rv != CKR_OK)
		return token_fault(token, doing, rv, f);
	fault_found(f, "libp11 failed with %s (%s) and does not say why",
	    token->name, doing);
	return fault_raise(f, FAULT_TOKEN, "a token that libp11 can use",
	    "ask \"p11ca token probe\" what this token can do");
}

/* --- the bridge ------------------------------------------------------- */

/* ISO C knows no cast from an object to a function; POSIX does. */
static void
symbol_read(void *object, const char *name, void *function, size_t size)
{
	void *p = dlsym(object, name);

	memcpy(function, &p, size);
}

static bool
bridge_load(const struct token *token, struct carrier *c, const char *path,
    struct bytes id, CK_KEY_TYPE type, struct fault *f)
{
	c->bridge = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (c->bridge != NULL) {
		symbol_read(c->bridge, "p11ca_bridge_set", &c->set,
		    sizeof(c->set));
		symbol_read(c->bridge, "p11ca_bridge_drop", &c->drop,
		    sizeof(c->drop));
	}
	if (c->set == NULL || c->drop == NULL) {
		fault_found(f, "a " BRIDGE " that cannot be used");
		return fault_raise(f, FAULT_OURS,
		    "the bridge of this version of p11ca",
		    "install it again with \"make install\"");
	}
	c->place =
	    c->set(token->module->list, token->about.slot, id.p, id.len, type);
	if (c->place != NULL)
		return true;
	fault_found(f, "too many tokens in use at once");
	return fault_raise(f, FAULT_TOKEN, "16 tokens in one process at most",
	    "use fewer tokens at once");
}

/* --- libp11 ----------------------------------------------------------- */

/* libp11 waits for ever when a session cannot be opened: ask before. */
static bool
sessions_can_be_opened(struct token *token, struct fault *f)
{
	CK_FUNCTION_LIST *p11 = token->module->list;
	CK_FLAGS flags = CKF_SERIAL_SESSION;
	CK_SESSION_HANDLE session;
	CK_RV rv;

	/* Some tokens have no others than those that may write. */
	if (!token->about.write_protected)
		flags |= CKF_RW_SESSION;
	rv = p11->C_OpenSession(token->about.slot, flags, NULL, NULL, &session);
	if (rv != CKR_OK)
		return token_fault(token, "opening a session", rv, f);
	(void)p11->C_CloseSession(session);
	return true;
}

static bool
slot_choose(struct token *token, struct carrier *c, struct fault *f)
{
	if (PKCS11_enumerate_slots(c->ctx, &c->slots, &c->slot_count) != 0)
		return libp11_fault(token, "listing slots", f);
	/* The bridge shows no other one. */
	if (c->slot_count == 1 && c->slots[0].token != NULL)
		c->slot = &c->slots[0];
	return c->slot != NULL ||
	    token_fault(token, "looking for it in its slot",
		CKR_TOKEN_NOT_PRESENT, f);
}

static bool
libp11_load(struct token *token, struct carrier *c, const char *bridge,
    struct fault *f)
{
	c->ctx = mem_must(PKCS11_CTX_new());
	c->ctx_loaded = PKCS11_CTX_load(c->ctx, bridge) == 0;
	if (!c->ctx_loaded)
		return libp11_fault(token, "starting libp11", f);
	if (!slot_choose(token, c, f))
		return false;
	/* For libp11's own books only: the bridge lets no login through. */
	if (token->logged_in && PKCS11_login(c->slot, 0, "") != 0)
		return libp11_fault(token, "logging in", f);
	if (PKCS11_enumerate_keys(c->slot->token, &c->keys, &c->key_count) != 0)
		return libp11_fault(token, "listing keys", f);
	return true;
}

static bool
carrier_new(struct token *token, struct bytes id, CK_KEY_TYPE type,
    struct carrier **out, struct fault *f)
{
	struct carrier *c = mem_new(sizeof(*c));
	struct call_mark before;
	char bridge[PATH_MAX];
	bool ok;

	ERR_clear_error();
	ok = beside_find(BRIDGE, R_OK, bridge, f) &&
	    sessions_can_be_opened(token, f) &&
	    bridge_load(token, c, bridge, id, type, f);
	if (ok) {
		before = call_begin("libp11", CALL_USUAL);
		ok = libp11_load(token, c, bridge, f);
		call_end(before);
	}
	ERR_clear_error();
	if (ok) {
		*out = c;
		c = NULL; /* the caller's now */
	}
	carrier_free(c);
	return ok;
}

void
carrier_free(struct carrier *c)
{
	struct call_mark before;

	if (c == NULL)
		return;
	before = call_begin("libp11", CALL_USUAL);
	if (c->slots != NULL)
		PKCS11_release_all_slots(c->ctx, c->slots, c->slot_count);
	if (c->ctx_loaded)
		PKCS11_CTX_unload(c->ctx);
	if (c->ctx != NULL)
		PKCS11_CTX_free(c->ctx);
	if (c->place != NULL)
		c->drop(c->place);
	if (c->bridge != NULL)
		dlclose(c->bridge);
	call_end(before);
	ERR_clear_error();
	mem_free(c);
}

static PKCS11_KEY *
key_by_id(const struct carrier *c, struct bytes id)
{
	for (unsigned int i = 0; c != NULL && i < c->key_count; i++)
		if (bytes_equal((struct bytes){ c->keys[i].id,
				    c->keys[i].id_len },
			id))
			return &c->keys[i];
	return NULL;
}

bool
carrier_key(struct token *token, struct bytes id, enum key_family family,
    EVP_PKEY **out, struct fault *f)
{
	CK_KEY_TYPE type = family == FAMILY_RSA ? CKK_RSA : CKK_EC;
	PKCS11_KEY *key = key_by_id(token->carrier, id);
	CK_OBJECT_HANDLE object;
	struct call_mark before;

	*out = NULL;
	/*
	 * Another key, or one made since: libp11 sees one ID only, and listing
	 * again would move what the EVP_PKEYs point to.  So all of it starts
	 * anew.
	 */
	if (key == NULL) {
		private_keys_forget(token);
		if (!carrier_new(token, id, type, &token->carrier, f))
			return false;
		/* None, or several: who looks for one says so. */
		if (token->carrier->key_count != 1 &&
		    !key_object(token, id, &object, f))
			return false;
		key = key_by_id(token->carrier, id);
	}
	if (key != NULL) {
		ERR_clear_error();
		before = call_begin("libp11", CALL_USUAL);
		*out = PKCS11_get_private_key(key);
		call_end(before);
	}
	return *out != NULL || libp11_fault(token, "looking for a key", f);
}

bool
carrier_sign(struct token *token, EVP_PKEY *key, enum sign_alg alg,
    struct bytes data, struct buf *out, struct fault *f)
{
	const EVP_MD *hash = EVP_get_digestbyname(sign_algs[alg].hash);
	EVP_MD_CTX *ctx = mem_must(EVP_MD_CTX_new());
	size_t len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *signature = mem_array(len, 1);
	EVP_PKEY_CTX *padding = NULL; /* the context's */
	struct call_mark before;
	bool ok;

	ERR_clear_error();
	before = call_begin("libp11", CALL_USUAL);
	ok = EVP_DigestSignInit(ctx, &padding, hash, NULL, key) == 1 &&
	    sign_padding(padding, alg) &&
	    EVP_DigestSign(ctx, signature, &len, data.p, data.len) == 1;
	call_end(before);
	if (ok)
		buf_set(out, (struct bytes){ signature, len });
	else
		libp11_fault(token, "signing", f);
	ERR_clear_error();
	mem_free(signature);
	EVP_MD_CTX_free(ctx);
	return ok;
}
