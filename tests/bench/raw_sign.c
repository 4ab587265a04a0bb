/*
 * raw_sign.c - how fast a token signs when nothing else is done.
 *
 *   bench-raw_sign MODULE TOKEN PINFILE KEY-ALG COUNT SESSIONS
 *
 * Through p11-kit: log in, take the first private key for KEY-ALG, sign a few
 * times, then COUNT times C_SignInit and C_Sign, in as many sessions and threads
 * at once.  Prints how many nanoseconds those took, by the clock and of processor
 * time.  TOKEN is a PKCS#11 URI, KEY-ALG is RSA_2048 or EC_prime256v1.
 * BENCH_INIT_ARGS in the environment: words for the start of the module.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#define SLOTS 16
#define SESSIONS_MAX 16
#define PIN_MAX 64
#define SIGNATURE_MAX 256
#define WARM_UP 16

/* What is handed over: a hash, or a DigestInfo around one. */
static const struct kind {
	const char *name;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism;
	CK_ULONG input_len;
} kinds[] = {
	{ "EC_prime256v1", CKK_EC, CKM_ECDSA, 32 },
	{ "RSA_2048", CKK_RSA, CKM_RSA_PKCS, 51 },
};
static unsigned char input[51];

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

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	sure(false, "the algorithm");
	return NULL;
}

static CK_OBJECT_HANDLE
find_key(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session,
    const struct kind *kind)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = kind->type;
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
	const struct kind *kind;
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
	CK_MECHANISM mechanism = { signer->kind->mechanism, NULL, 0 };

	for (unsigned long i = 0; i < signer->count; i++) {
		unsigned char signature[SIGNATURE_MAX];
		CK_ULONG len = sizeof(signature);

		sure(p11->C_SignInit(signer->session, &mechanism,
			 signer->key) == CKR_OK &&
			p11->C_Sign(signer->session, input,
			    signer->kind->input_len, signature, &len) == CKR_OK,
		    "a signature");
	}
	return NULL;
}

static long
now_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (long)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* All at once, each its part of them. */
static void
sign_all(struct signer *signers, unsigned long count, unsigned long sessions)
{
	for (unsigned long i = 0; i < sessions; i++) {
		struct signer *signer = &signers[i];

		signer->count = count / sessions + (i < count % sessions);
		sure(pthread_create(&signer->thread, NULL, sign, signer) == 0,
		    "a thread");
	}
	for (unsigned long i = 0; i < sessions; i++)
		sure(pthread_join(signers[i].thread, NULL) == 0, "its end");
}

static void
sign_and_tell(CK_FUNCTION_LIST *p11, char **argv)
{
	const struct kind *kind = find_kind(argv[4]);
	CK_SLOT_ID slot = find_token(p11, argv[2]);
	CK_SESSION_HANDLE first = log_in(p11, slot, argv[3]);
	CK_OBJECT_HANDLE key = find_key(p11, first, kind);
	unsigned long sessions = strtoul(argv[6], NULL, 10);
	struct signer signers[SESSIONS_MAX];
	long begun, used;

	sure(sessions > 0 && sessions <= SESSIONS_MAX, "how many sessions");
	for (unsigned long i = 0; i < sessions; i++) {
		signers[i] = (struct signer){ p11, kind, first, key, 0, 0 };
		sure(i == 0 ||
			p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
			    &signers[i].session) == CKR_OK,
		    "a session");
	}
	sign_all(signers, WARM_UP, sessions);
	begun = now_ns(CLOCK_MONOTONIC);
	used = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	sign_all(signers, strtoul(argv[5], NULL, 10), sessions);
	(void)printf("%ld %ld\n", now_ns(CLOCK_MONOTONIC) - begun,
	    now_ns(CLOCK_PROCESS_CPUTIME_ID) - used);
}

/* Words for its start cannot be handed over by p11-kit. */
static void
start(CK_FUNCTION_LIST *p11, char *words)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK,
		.pReserved = words };

	sure((words == NULL ? p11_kit_module_initialize(p11)
			    : p11->C_Initialize(&args)) == CKR_OK,
	    "the start of the module");
}

int
main(int argc, char **argv)
{
	char *words = getenv("BENCH_INIT_ARGS");
	CK_FUNCTION_LIST *p11;

	sure(argc == 7, "see the source");
	p11 = p11_kit_module_load(argv[1],
	    P11_KIT_MODULE_CRITICAL |
		(words != NULL ? P11_KIT_MODULE_UNMANAGED : 0));
	sure(p11 != NULL, "the module");
	start(p11, words);
	sign_and_tell(p11, argv);
	sure((words == NULL ? p11_kit_module_finalize(p11)
			    : p11->C_Finalize(NULL)) == CKR_OK,
	    "the end of the module");
	p11_kit_module_release(p11);
	return 0;
}
