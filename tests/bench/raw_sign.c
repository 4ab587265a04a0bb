/*
 * raw_sign.c - how fast a token signs when nothing else is done.
 *
 *   bench-raw_sign MODULE TOKEN PINFILE COUNT [SESSIONS]
 *
 * Through p11-kit: log in, take the first private key for ECDSA, then COUNT
 * times C_SignInit and C_Sign, in as many sessions and threads at once (one).
 * TOKEN is a PKCS#11 URI.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#define SLOTS 16
#define SESSIONS_MAX 16
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

/* One of those who sign. */
struct signer {
	CK_FUNCTION_LIST *p11;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	unsigned long count;
	pthread_t thread;
};

static void *
sign(void *context)
{
	const struct signer *signer = context;
	CK_FUNCTION_LIST *p11 = signer->p11;
	CK_SESSION_HANDLE session = signer->session;
	CK_OBJECT_HANDLE key = signer->key;
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
	unsigned char hash[HASH_LEN] = { 1 };

	for (unsigned long i = 0; i < signer->count; i++) {
		unsigned char signature[SIGNATURE_MAX];
		CK_ULONG len = sizeof(signature);

		sure(p11->C_SignInit(session, &mechanism, key) == CKR_OK &&
			p11->C_Sign(session, hash, sizeof(hash), signature,
			    &len) == CKR_OK,
		    "a signature");
	}
	return NULL;
}

static void
sign_all(CK_FUNCTION_LIST *p11, CK_SLOT_ID slot, CK_SESSION_HANDLE first,
    unsigned long count, unsigned long sessions)
{
	struct signer signers[SESSIONS_MAX];
	CK_OBJECT_HANDLE key = find_key(p11, first);

	for (unsigned long i = 0; i < sessions; i++) {
		struct signer *signer = &signers[i];

		*signer =
		    (struct signer){ p11, first, key, count / sessions, 0 };
		if (i < count % sessions)
			signer->count++;
		sure(i == 0 ||
			p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
			    &signer->session) == CKR_OK,
		    "a session");
		sure(pthread_create(&signer->thread, NULL, sign, signer) == 0,
		    "a thread");
	}
	for (unsigned long i = 0; i < sessions; i++)
		sure(pthread_join(signers[i].thread, NULL) == 0, "its end");
}

int
main(int argc, char **argv)
{
	CK_FUNCTION_LIST *p11;
	unsigned long sessions = 1;
	CK_SLOT_ID slot;

	sure(argc == 5 || argc == 6, "see the source");
	if (argc == 6)
		sessions = strtoul(argv[5], NULL, 10);
	sure(sessions > 0 && sessions <= SESSIONS_MAX, "how many sessions");
	p11 = p11_kit_module_load(argv[1], P11_KIT_MODULE_CRITICAL);
	sure(p11 != NULL && p11_kit_module_initialize(p11) == CKR_OK,
	    "the module");
	slot = find_token(p11, argv[2]);
	sign_all(p11, slot, log_in(p11, slot, argv[3]),
	    strtoul(argv[4], NULL, 10), sessions);
	sure(p11_kit_module_finalize(p11) == CKR_OK, "the end of the module");
	p11_kit_module_release(p11);
	return 0;
}
