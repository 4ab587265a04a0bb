/*
 * raw_sign.c - how fast a token signs when nothing else is done.
 *
 *   bench-raw_sign MODULE TOKEN PINFILE COUNT
 *
 * Through p11-kit, in one session: log in, take the first private key for
 * ECDSA, then COUNT times C_SignInit and C_Sign.  TOKEN is a PKCS#11 URI.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#define SLOTS 16
#define PIN_MAX 64
#define HASH_LEN 32
#define SIGNATURE_MAX 256

static void
sure(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench-raw_sign: %s\n", what);
	exit(1);
}

static CK_SLOT_ID
find_token(CK_FUNCTION_LIST *p11, const char *text)
{
	P11KitUri *uri = p11_kit_uri_new();
	CK_SLOT_ID slots[SLOTS], slot = 0;
	CK_ULONG count = SLOTS;
	CK_TOKEN_INFO info;
	bool found = false;

	sure(p11_kit_uri_parse(text, P11_KIT_URI_FOR_TOKEN, uri) ==
		P11_KIT_URI_OK,
	    "the URI");
	sure(p11->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK, "slots");
	for (CK_ULONG i = 0; i < count && !found; i++) {
		slot = slots[i];
		found = p11->C_GetTokenInfo(slot, &info) == CKR_OK &&
		    p11_kit_uri_match_token_info(uri, &info) == 1;
	}
	sure(found, "the token");
	p11_kit_uri_free(uri);
	return slot;
}

static CK_SESSION_HANDLE
log_in(CK_FUNCTION_LIST *p11, CK_SLOT_ID slot, const char *pin_file)
{
	CK_SESSION_HANDLE session;
	unsigned char pin[PIN_MAX];
	FILE *in = fopen(pin_file, "r");
	size_t len;

	sure(in != NULL, "the file with the PIN");
	len = fread(pin, 1, sizeof(pin), in);
	if (len > 0 && pin[len - 1] == '\n')
		len--;
	(void)fclose(in);
	sure(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
		 NULL, &session) == CKR_OK,
	    "a session");
	sure(p11->C_Login(session, CKU_USER, pin, len) == CKR_OK, "the login");
	return session;
}

static CK_OBJECT_HANDLE
find_key(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = CKK_EC;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
	};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_ULONG count = 0;

	sure(p11->C_FindObjectsInit(session, template, 2) == CKR_OK &&
		p11->C_FindObjects(session, &key, 1, &count) == CKR_OK &&
		p11->C_FindObjectsFinal(session) == CKR_OK && count == 1,
	    "the key");
	return key;
}

static void
sign(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
    unsigned long count)
{
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
	unsigned char hash[HASH_LEN] = { 1 };

	for (unsigned long i = 0; i < count; i++) {
		unsigned char signature[SIGNATURE_MAX];
		CK_ULONG len = sizeof(signature);

		sure(p11->C_SignInit(session, &mechanism, key) == CKR_OK &&
			p11->C_Sign(session, hash, sizeof(hash), signature,
			    &len) == CKR_OK,
		    "a signature");
	}
}

int
main(int argc, char **argv)
{
	CK_FUNCTION_LIST *p11;
	CK_SESSION_HANDLE session;

	sure(argc == 5, "see the source");
	p11 = p11_kit_module_load(argv[1], P11_KIT_MODULE_CRITICAL);
	sure(p11 != NULL && p11_kit_module_initialize(p11) == CKR_OK,
	    "the module");
	session = log_in(p11, find_token(p11, argv[2]), argv[3]);
	sign(p11, session, find_key(p11, session), strtoul(argv[4], NULL, 10));
	sure(p11_kit_module_finalize(p11) == CKR_OK, "the end of the module");
	p11_kit_module_release(p11);
	return 0;
}
