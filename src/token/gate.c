/*
 * gate.c - the way into a module: each call is marked, so that somebody sees
 * when it does not come back; and no answer is longer than there is room for.
 */
#include "internal.h"

#include <assert.h>

#include "p11ca/mem.h"

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

/* --- answers that are too long ---------------------------------------- */

/*
 * Who calls goes by the length that comes back, libp11 too, which allocates by
 * it.  One that says more than it was given room for would have memory of ours
 * read as its answer, and sent to it again in the next search; and a module in
 * a process of its own can say so, as p11-kit's client lets it name both the
 * lengths of attributes and the return value.
 */
static CK_RV
within(CK_RV rv, const void *given, const CK_ULONG *said, CK_ULONG room)
{
	if (rv == CKR_OK && given != NULL && *said > room)
		return CKR_BUFFER_TOO_SMALL;
	return rv;
}

static CK_ULONG
room_of(const CK_ULONG *len)
{
	return len != NULL ? *len : 0;
}

static CK_RV
short_C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
	CK_ULONG room = room_of(count);

	return within(gate_C_GetSlotList(present, list, count), list, count,
	    room);
}

static CK_RV
short_C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list,
    CK_ULONG *count)
{
	CK_ULONG room = room_of(count);

	return within(gate_C_GetMechanismList(slot, list, count), list, count,
	    room);
}

static CK_RV
short_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *list,
    CK_ULONG max, CK_ULONG *count)
{
	return within(gate_C_FindObjects(session, list, max, count), list,
	    count, max);
}

static CK_RV
short_C_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len,
    CK_BYTE *signature, CK_ULONG *len)
{
	CK_ULONG room = room_of(len);

	return within(gate_C_Sign(session, data, data_len, signature, len),
	    signature, len, room);
}

/* A length that is none has a return value to say so. */
static CK_RV
short_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE *list, CK_ULONG count)
{
	CK_ULONG *room = mem_array(count, sizeof(*room));
	CK_RV rv;

	for (CK_ULONG i = 0; i < count; i++)
		room[i] = list[i].ulValueLen;
	rv = gate_C_GetAttributeValue(session, object, list, count);
	for (CK_ULONG i = 0; i < count; i++) {
		if (rv == CKR_OK &&
		    list[i].ulValueLen == CK_UNAVAILABLE_INFORMATION)
			rv = CKR_FUNCTION_FAILED;
		rv = within(rv, list[i].pValue, &list[i].ulValueLen, room[i]);
	}
	mem_free(room);
	return rv;
}

void
gate_around(const CK_FUNCTION_LIST *behind, CK_FUNCTION_LIST *out)
{
	*out = *behind;
	GATES(AS_MEMBER)
	out->C_GetSlotList = short_C_GetSlotList;
	out->C_GetMechanismList = short_C_GetMechanismList;
	out->C_FindObjects = short_C_FindObjects;
	out->C_Sign = short_C_Sign;
	out->C_GetAttributeValue = short_C_GetAttributeValue;
}
