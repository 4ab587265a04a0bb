/*
 * bridge.c - lets libp11 run on a module that somebody else has started.
 *
 * libp11 loads this object as if it were a PKCS#11 module.  What it gets is
 * the function list that was handed to p11ca_bridge_set(), which token.c goes
 * on using: one start of the module, one login, for both.  Some modules could
 * not be started twice, and a remote one would be another client then, who has
 * not logged in.  So what libp11 does must not reach further than libp11:
 *
 * - C_Initialize and C_Finalize do not reach the module.
 * - C_GetSlotList names the one slot of the token: libp11 asks each slot, and
 *   others are not our business.
 * - C_CloseSession and C_CloseAllSessions close the sessions that libp11 has
 *   opened, and no others.
 * - C_FindObjectsInit asks for keys with one CKA_ID only: libp11 reads all that
 *   it finds, and each attribute is a way to the token and back.  And for keys
 *   of one type: one that libp11 does not know makes it give up the whole token.
 * - C_GetAttributeValue answers for the public exponent itself: libp11 0.4.12
 *   crashes when it can be had neither from the private key nor from a public
 *   one with that modulus and ID.  It stands in the books of libp11 only, for
 *   nothing is verified with it.
 * - C_OpenSession never fails: libp11 would wait for ever.  It gets a handle
 *   that is none, and the next call with it fails.
 * - C_Login says that somebody is logged in, which is true: token.c is.  So
 *   libp11 never sees a PIN and cannot spend a try.
 * - C_Logout does nothing, or the end of libp11 would log token.c out.
 *
 * Built alone, never part of the library.
 */
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define UPSTREAMS 16
#define SESSIONS_FIRST 8
#define ID_MAX 1024
#define ATTRIBUTES_MAX 16

struct session {
	CK_SESSION_HANDLE handle;
	CK_SLOT_ID slot;
};

/* PKCS#11 functions carry no context: one set of functions an upstream. */
struct upstream {
	CK_FUNCTION_LIST *list; /* NULL: free */
	CK_FUNCTION_LIST mine;
	CK_SLOT_ID slot;	  /* that libp11 is to see */
	pthread_mutex_t lock;	  /* of what follows */
	struct session *sessions; /* that libp11 has open */
	size_t count, cap;
	CK_BYTE id[ID_MAX]; /* of the keys that libp11 is to see; and */
	CK_ULONG id_len;
	CK_KEY_TYPE type;
};

static struct upstream upstreams[UPSTREAMS];
static struct upstream *offered;

void *p11ca_bridge_set(CK_FUNCTION_LIST *list, CK_SLOT_ID slot,
    const CK_BYTE *id, CK_ULONG id_len, CK_KEY_TYPE type);
void p11ca_bridge_drop(void *place);
CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);

static int
is_about_keys(const CK_ATTRIBUTE *attribute)
{
	CK_OBJECT_CLASS class;

	if (attribute->type != CKA_CLASS ||
	    attribute->ulValueLen != sizeof(class))
		return 0;
	memcpy(&class, attribute->pValue, sizeof(class));
	return class == CKO_PRIVATE_KEY || class == CKO_PUBLIC_KEY;
}

static CK_RV
find_init(struct upstream *up, CK_SESSION_HANDLE session,
    CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_ATTRIBUTE ask[ATTRIBUTES_MAX];
	CK_ULONG n = 0;
	int keys = 0;

	if (count > ATTRIBUTES_MAX - 2)
		return up->list->C_FindObjectsInit(session, template, count);
	for (CK_ULONG i = 0; i < count; i++) {
		keys = keys || is_about_keys(&template[i]);
		if (template[i].type != CKA_ID &&
		    template[i].type != CKA_KEY_TYPE)
			ask[n++] = template[i];
	}
	if (!keys)
		return up->list->C_FindObjectsInit(session, template, count);
	ask[n++] = (CK_ATTRIBUTE){ CKA_ID, up->id, up->id_len };
	ask[n++] = (CK_ATTRIBUTE){ CKA_KEY_TYPE, &up->type, sizeof(up->type) };
	return up->list->C_FindObjectsInit(session, ask, n);
}

static CK_RV
slot_list(struct upstream *up, CK_SLOT_ID *slots, CK_ULONG *count)
{
	CK_ULONG room = *count;

	*count = 1;
	if (slots == NULL)
		return CKR_OK;
	if (room < 1)
		return CKR_BUFFER_TOO_SMALL;
	slots[0] = up->slot;
	return CKR_OK;
}

static CK_RV
get(struct upstream *up, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE *template, CK_ULONG count)
{
	static const CK_BYTE usual[] = { 1, 0, 1 };
	CK_ULONG room;

	if (count != 1 || template->type != CKA_PUBLIC_EXPONENT)
		return up->list->C_GetAttributeValue(session, object, template,
		    count);
	room = template->ulValueLen;
	template->ulValueLen = sizeof(usual);
	if (template->pValue == NULL)
		return CKR_OK;
	if (room < sizeof(usual))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(template->pValue, usual, sizeof(usual));
	return CKR_OK;
}

/* --- sessions --------------------------------------------------------- */

static int
session_note(struct upstream *up, CK_SESSION_HANDLE handle, CK_SLOT_ID slot)
{
	struct session *grown = up->sessions;
	size_t cap = up->cap;

	(void)pthread_mutex_lock(&up->lock);
	if (up->count == up->cap) {
		cap = up->cap > 0 ? 2 * up->cap : SESSIONS_FIRST;
		grown = realloc(up->sessions, cap * sizeof(*grown));
	}
	if (grown != NULL) {
		up->sessions = grown;
		up->cap = cap;
		grown[up->count++] = (struct session){ handle, slot };
	}
	(void)pthread_mutex_unlock(&up->lock);
	return grown != NULL;
}

/* Take out one that fits: this handle, or any of this slot, or any. */
static int
session_take(struct upstream *up, const CK_SESSION_HANDLE *handle,
    const CK_SLOT_ID *slot, CK_SESSION_HANDLE *taken)
{
	int found = 0;

	(void)pthread_mutex_lock(&up->lock);
	for (size_t i = 0; i < up->count && !found; i++) {
		const struct session *at = &up->sessions[i];

		if ((handle != NULL && at->handle != *handle) ||
		    (slot != NULL && at->slot != *slot))
			continue;
		*taken = at->handle;
		up->sessions[i] = up->sessions[--up->count];
		found = 1;
	}
	(void)pthread_mutex_unlock(&up->lock);
	return found;
}

static CK_RV
open_session(struct upstream *up, CK_SLOT_ID slot, CK_FLAGS flags, void *app,
    CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	CK_RV rv;

	rv = up->list->C_OpenSession(slot, flags, app, notify, session);
	if (rv == CKR_OK && !session_note(up, *session, slot)) {
		(void)up->list->C_CloseSession(*session);
		rv = CKR_HOST_MEMORY;
	}
	if (rv != CKR_OK)
		*session = 0; /* CK_INVALID_HANDLE */
	return CKR_OK;
}

static CK_RV
close_session(struct upstream *up, CK_SESSION_HANDLE session)
{
	CK_SESSION_HANDLE mine;

	if (!session_take(up, &session, NULL, &mine))
		return CKR_SESSION_HANDLE_INVALID;
	return up->list->C_CloseSession(mine);
}

/* slot: NULL for every one. */
static CK_RV
close_sessions(struct upstream *up, const CK_SLOT_ID *slot)
{
	CK_SESSION_HANDLE mine;

	while (session_take(up, NULL, slot, &mine))
		(void)up->list->C_CloseSession(mine);
	return CKR_OK;
}

/* --- what ends here --------------------------------------------------- */

static CK_RV
initialize(void *args)
{
	(void)args;
	return CKR_OK;
}

static CK_RV
login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
    CK_ULONG len)
{
	(void)session;
	(void)user;
	(void)pin;
	(void)len;
	return CKR_USER_ALREADY_LOGGED_IN;
}

static CK_RV
logout(CK_SESSION_HANDLE session)
{
	(void)session;
	return CKR_OK;
}

/* clang-format off */
#define FUNCTIONS(n) \
static CK_RV slot_list_##n(CK_BBOOL present, CK_SLOT_ID *slots, \
    CK_ULONG *count) \
{ \
	(void)present; \
	return slot_list(&upstreams[n], slots, count); \
} \
static CK_RV find_init_##n(CK_SESSION_HANDLE session, \
    CK_ATTRIBUTE *template, CK_ULONG count) \
{ \
	return find_init(&upstreams[n], session, template, count); \
} \
static CK_RV get_##n(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, \
    CK_ATTRIBUTE *template, CK_ULONG count) \
{ \
	return get(&upstreams[n], session, object, template, count); \
} \
static CK_RV open_session_##n(CK_SLOT_ID slot, CK_FLAGS flags, void *app, \
    CK_NOTIFY notify, CK_SESSION_HANDLE *session) \
{ \
	return open_session(&upstreams[n], slot, flags, app, notify, session); \
} \
static CK_RV close_session_##n(CK_SESSION_HANDLE session) \
{ \
	return close_session(&upstreams[n], session); \
} \
static CK_RV close_all_##n(CK_SLOT_ID slot) \
{ \
	return close_sessions(&upstreams[n], &slot); \
} \
static CK_RV finalize_##n(void *reserved) \
{ \
	(void)reserved; \
	return close_sessions(&upstreams[n], NULL); \
}
FUNCTIONS(0) FUNCTIONS(1) FUNCTIONS(2) FUNCTIONS(3)
FUNCTIONS(4) FUNCTIONS(5) FUNCTIONS(6) FUNCTIONS(7)
FUNCTIONS(8) FUNCTIONS(9) FUNCTIONS(10) FUNCTIONS(11)
FUNCTIONS(12) FUNCTIONS(13) FUNCTIONS(14) FUNCTIONS(15)

#define EACH(name) { \
	name##_0, name##_1, name##_2, name##_3, name##_4, name##_5, name##_6, \
	name##_7, name##_8, name##_9, name##_10, name##_11, name##_12, \
	name##_13, name##_14, name##_15, \
}
static const CK_C_GetSlotList slot_lists[UPSTREAMS] = EACH(slot_list);
static const CK_C_FindObjectsInit find_inits[UPSTREAMS] = EACH(find_init);
static const CK_C_GetAttributeValue gets[UPSTREAMS] = EACH(get);
static const CK_C_OpenSession open_sessions[UPSTREAMS] = EACH(open_session);
static const CK_C_CloseSession closes[UPSTREAMS] = EACH(close_session);
static const CK_C_CloseAllSessions close_alls[UPSTREAMS] = EACH(close_all);
static const CK_C_Finalize finalizes[UPSTREAMS] = EACH(finalize);
/* clang-format on */

/*
 * Offer a list to the next C_GetFunctionList, for the token in this slot and its
 * keys with this CKA_ID and of this type.  What is returned goes to
 * p11ca_bridge_drop(); NULL: all places are taken, or nothing can have such an
 * ID.
 */
void *
p11ca_bridge_set(CK_FUNCTION_LIST *list, CK_SLOT_ID slot, const CK_BYTE *id,
    CK_ULONG id_len, CK_KEY_TYPE type)
{
	if (id_len == 0 || id_len > ID_MAX)
		return NULL;
	for (int i = 0; i < UPSTREAMS; i++) {
		struct upstream *up = &upstreams[i];

		if (up->list != NULL)
			continue;
		(void)pthread_mutex_init(&up->lock, NULL);
		up->list = list;
		up->slot = slot;
		memcpy(up->id, id, id_len);
		up->id_len = id_len;
		up->type = type;
		up->mine = *list;
		up->mine.C_GetSlotList = slot_lists[i];
		up->mine.C_FindObjectsInit = find_inits[i];
		up->mine.C_Initialize = initialize;
		up->mine.C_Finalize = finalizes[i];
		up->mine.C_GetAttributeValue = gets[i];
		up->mine.C_OpenSession = open_sessions[i];
		up->mine.C_CloseSession = closes[i];
		up->mine.C_CloseAllSessions = close_alls[i];
		up->mine.C_Login = login;
		up->mine.C_Logout = logout;
		offered = up;
		return up;
	}
	return NULL;
}

/* The module may be gone by now: no session is closed. */
void
p11ca_bridge_drop(void *place)
{
	struct upstream *up = place;

	if (offered == up)
		offered = NULL;
	free(up->sessions);
	up->sessions = NULL;
	up->count = up->cap = 0;
	(void)pthread_mutex_destroy(&up->lock);
	up->list = NULL;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
	if (list == NULL || offered == NULL)
		return CKR_GENERAL_ERROR;
	*list = &offered->mine;
	return CKR_OK;
}
