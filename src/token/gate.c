/*
 * gate.c - the way into a module: each call is marked, so that somebody sees
 * when it does not come back.
 */
#include "internal.h"

#include <assert.h>

/*
 * The functions that p11ca and libp11 call: name, how long it may take,
 * parameters, arguments.  Without a PIN the token asks a person for it
 * (PKCS#11 2.40, 5.6, C_Login).
 */
/* clang-format off */
#define GATES(X) \
	X(C_Initialize, CALL_USUAL, (void *a), (a)) \
	X(C_Finalize, CALL_USUAL, (void *a), (a)) \
	X(C_GetInfo, CALL_USUAL, (CK_INFO *a), (a)) \
	X(C_GetSlotList, CALL_USUAL, \
	    (CK_BBOOL a, CK_SLOT_ID *b, CK_ULONG *c), (a, b, c)) \
	X(C_GetSlotInfo, CALL_USUAL, (CK_SLOT_ID a, CK_SLOT_INFO *b), (a, b)) \
	X(C_GetTokenInfo, CALL_USUAL, \
	    (CK_SLOT_ID a, CK_TOKEN_INFO *b), (a, b)) \
	X(C_GetMechanismList, CALL_USUAL, \
	    (CK_SLOT_ID a, CK_MECHANISM_TYPE *b, CK_ULONG *c), (a, b, c)) \
	X(C_GetMechanismInfo, CALL_USUAL, \
	    (CK_SLOT_ID a, CK_MECHANISM_TYPE b, CK_MECHANISM_INFO *c), \
	    (a, b, c)) \
	X(C_InitToken, CALL_USUAL, \
	    (CK_SLOT_ID a, CK_UTF8CHAR *b, CK_ULONG c, CK_UTF8CHAR *d), \
	    (a, b, c, d)) \
	X(C_InitPIN, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_UTF8CHAR *b, CK_ULONG c), (a, b, c)) \
	X(C_OpenSession, CALL_USUAL, \
	    (CK_SLOT_ID a, CK_FLAGS b, void *c, CK_NOTIFY d, \
	    CK_SESSION_HANDLE *e), (a, b, c, d, e)) \
	X(C_CloseSession, CALL_USUAL, (CK_SESSION_HANDLE a), (a)) \
	X(C_CloseAllSessions, CALL_USUAL, (CK_SLOT_ID a), (a)) \
	X(C_GetSessionInfo, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_SESSION_INFO *b), (a, b)) \
	X(C_Login, b == NULL ? CALL_ASKS_PERSON : CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_USER_TYPE u, CK_UTF8CHAR *b, \
	    CK_ULONG c), (a, u, b, c)) \
	X(C_Logout, CALL_USUAL, (CK_SESSION_HANDLE a), (a)) \
	X(C_CreateObject, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_ATTRIBUTE *b, CK_ULONG c, \
	    CK_OBJECT_HANDLE *d), (a, b, c, d)) \
	X(C_DestroyObject, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b), (a, b)) \
	X(C_GetAttributeValue, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *c, \
	    CK_ULONG d), (a, b, c, d)) \
	X(C_SetAttributeValue, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *c, \
	    CK_ULONG d), (a, b, c, d)) \
	X(C_FindObjectsInit, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_ATTRIBUTE *b, CK_ULONG c), (a, b, c)) \
	X(C_FindObjects, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_OBJECT_HANDLE *b, CK_ULONG c, \
	    CK_ULONG *d), (a, b, c, d)) \
	X(C_FindObjectsFinal, CALL_USUAL, (CK_SESSION_HANDLE a), (a)) \
	X(C_SignInit, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_OBJECT_HANDLE c), \
	    (a, b, c)) \
	X(C_Sign, CALL_USUAL, \
	    (CK_SESSION_HANDLE a, CK_BYTE *b, CK_ULONG c, CK_BYTE *d, \
	    CK_ULONG *e), (a, b, c, d, e)) \
	X(C_GenerateKeyPair, CALL_MAKES_KEYS, \
	    (CK_SESSION_HANDLE a, CK_MECHANISM *b, CK_ATTRIBUTE *c, \
	    CK_ULONG d, CK_ATTRIBUTE *e, CK_ULONG g, CK_OBJECT_HANDLE *h, \
	    CK_OBJECT_HANDLE *i), (a, b, c, d, e, g, h, i))
/* clang-format on */

/* PKCS#11 functions carry no context: the thread says which module it is. */
static const CK_FUNCTION_LIST *
behind_the_gate(void)
{
	struct call *call = call_of_thread();

	assert(call != NULL && call->list != NULL);
	return call->list;
}

#define AS_FUNCTION(name, length, params, args)                                \
	static CK_RV gate_##name params                                        \
	{                                                                      \
		const CK_FUNCTION_LIST *list = behind_the_gate();              \
		struct call_mark before = call_begin(#name, length);           \
		CK_RV rv = list->name args;                                    \
                                                                               \
		call_end(before);                                              \
		return rv;                                                     \
	}
#define AS_MEMBER(name, length, params, args) out->name = gate_##name;

GATES(AS_FUNCTION)

void
gate_around(const CK_FUNCTION_LIST *behind, CK_FUNCTION_LIST *out)
{
	*out = *behind;
	GATES(AS_MEMBER)
}
