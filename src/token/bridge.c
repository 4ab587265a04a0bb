/*
 * bridge.c - lets libp11 run on a module that p11-kit manages.
 *
 * libp11 loads this object as if it were a PKCS#11 module.  What it gets is
 * the function list it was handed by p11ca_bridge_set(), with four changes:
 *
 * - C_FindObjects leaves out keys that are neither RSA nor EC: one key of an
 *   unknown type makes libp11 give up the whole token.
 * - C_OpenSession never fails: libp11 would wait for ever.  It gets a handle
 *   that is none, and the next call with it fails.
 * - C_Login says that somebody is logged in, which is true: token.c is.  So
 *   libp11 never sees a PIN and cannot spend a try.
 * - C_Logout does nothing, or the end of libp11 would log token.c out.
 *
 * Built alone, never part of the library.
 */
#include <p11-kit/pkcs11.h>

#define UPSTREAMS 16

/* PKCS#11 functions carry no context: one set of functions an upstream. */
struct upstream {
	CK_FUNCTION_LIST *list; /* NULL: free */
	CK_FUNCTION_LIST mine;
};

static struct upstream upstreams[UPSTREAMS];
static struct upstream *offered;

int p11ca_bridge_set(CK_FUNCTION_LIST *list);
void p11ca_bridge_drop(CK_FUNCTION_LIST *list);
CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);

static int
is_a_key_libp11_cannot_take(CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
    CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class = CKO_VENDOR_DEFINED;
	CK_KEY_TYPE type = CKK_VENDOR_DEFINED;
	CK_ATTRIBUTE ask_class = { CKA_CLASS, &class, sizeof(class) };
	CK_ATTRIBUTE ask_type = { CKA_KEY_TYPE, &type, sizeof(type) };

	if (list->C_GetAttributeValue(session, object, &ask_class, 1) != CKR_OK)
		return 0;
	if (class != CKO_PRIVATE_KEY && class != CKO_PUBLIC_KEY)
		return 0;
	if (list->C_GetAttributeValue(session, object, &ask_type, 1) != CKR_OK)
		return 1;
	return type != CKK_RSA && type != CKK_EC;
}

static CK_RV
find(struct upstream *up, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
    CK_ULONG max, CK_ULONG *count)
{
	CK_ULONG kept = 0;
	CK_RV rv;

	/* An empty answer means the end: ask on while a batch is left out. */
	do {
		rv = up->list->C_FindObjects(session, objects, max, count);
		if (rv != CKR_OK || *count == 0)
			return rv;
		for (CK_ULONG i = 0; i < *count; i++)
			if (!is_a_key_libp11_cannot_take(up->list, session,
				objects[i]))
				objects[kept++] = objects[i];
	} while (kept == 0);
	*count = kept;
	return CKR_OK;
}

static CK_RV
open_session(struct upstream *up, CK_SLOT_ID slot, CK_FLAGS flags, void *app,
    CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	CK_RV rv;

	rv = up->list->C_OpenSession(slot, flags, app, notify, session);
	if (rv != CKR_OK)
		*session = 0; /* CK_INVALID_HANDLE */
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
static CK_RV find_##n(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, \
    CK_ULONG max, CK_ULONG *count) \
{ \
	return find(&upstreams[n], session, objects, max, count); \
} \
static CK_RV open_session_##n(CK_SLOT_ID slot, CK_FLAGS flags, void *app, \
    CK_NOTIFY notify, CK_SESSION_HANDLE *session) \
{ \
	return open_session(&upstreams[n], slot, flags, app, notify, session); \
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
static const CK_C_FindObjects finds[UPSTREAMS] = EACH(find);
static const CK_C_OpenSession open_sessions[UPSTREAMS] = EACH(open_session);
/* clang-format on */

/* Offer a list to the next C_GetFunctionList.  0: all places are taken. */
int
p11ca_bridge_set(CK_FUNCTION_LIST *list)
{
	for (int i = 0; i < UPSTREAMS; i++) {
		struct upstream *up = &upstreams[i];

		if (up->list != NULL)
			continue;
		up->list = list;
		up->mine = *list;
		up->mine.C_FindObjects = finds[i];
		up->mine.C_OpenSession = open_sessions[i];
		up->mine.C_Login = login;
		up->mine.C_Logout = logout;
		offered = up;
		return 1;
	}
	return 0;
}

void
p11ca_bridge_drop(CK_FUNCTION_LIST *list)
{
	for (int i = 0; i < UPSTREAMS; i++) {
		if (upstreams[i].list != list)
			continue;
		upstreams[i].list = NULL;
		if (offered == &upstreams[i])
			offered = NULL;
	}
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
	if (list == NULL || offered == NULL)
		return CKR_GENERAL_ERROR;
	*list = &offered->mine;
	return CKR_OK;
}
