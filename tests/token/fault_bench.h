/*
 * fault_bench.h - a fresh SoftHSM token behind the fault module, for one test.
 *
 * bench_open() and bench_close() are the .init and .fini of a suite; between
 * them bench.place leads to the token through the fault module, bench_tell()
 * says what goes wrong, bench_calls() what was called.  raw_...() go to SoftHSM
 * itself, past the fault module and past the token layer; no token may be open
 * meanwhile.
 */
#ifndef P11CA_TESTS_FAULT_BENCH_H
#define P11CA_TESTS_FAULT_BENCH_H

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "fault_module.h"
#include "p11ca/mem.h"
#include "p11ca/pubkey.h"
#include "p11ca/token.h"

#define BENCH __attribute__((unused)) static
#define BENCH_ID bytes_of("fault-key")

static struct {
	char folder[128];
	char module[512];
	char pin[192]; /* "file:..." */
	char *uri, *conf;
	struct token_place place;
	const char *raw_module; /* SoftHSM, or what a test puts here */
	CK_FUNCTION_LIST *raw;
	CK_SESSION_HANDLE session; /* of the raw module */
} bench;

/* A path in the folder of the bench, in one of two buffers. */
static const char *
bench_path(const char *name)
{
	static char paths[2][192];
	static int which;

	which = !which;
	snprintf(paths[which], sizeof(paths[which]), "%s/%s", bench.folder,
	    name);
	return paths[which];
}

static void
bench_write(const char *name, const char *text)
{
	FILE *out = fopen(bench_path(name), "w");

	cr_assert_not_null(out);
	fputs(text, out);
	cr_assert_eq(fclose(out), 0);
}

/* Put a new script in place; counting starts again. */
__attribute__((format(printf, 1, 2))) static void
bench_tell(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	bench_write("script.new", text);
	cr_assert_eq(rename(bench_path("script.new"), bench_path("script")), 0);
}

BENCH void
bench_forget_calls(void)
{
	bench_write("log", "");
}

/* Lines of the log that start with this: "C_Sign ", "C_Sign 0x0\n". */
BENCH size_t
bench_calls(const char *start)
{
	FILE *in = fopen(bench_path("log"), "r");
	char line[128];
	size_t count = 0;

	cr_assert_not_null(in);
	while (fgets(line, sizeof(line), in) != NULL)
		count += strncmp(line, start, strlen(start)) == 0;
	fclose(in);
	return count;
}

/* Lines of the log that contain this. */
BENCH size_t
bench_calls_with(const char *part)
{
	FILE *in = fopen(bench_path("log"), "r");
	char line[128];
	size_t count = 0;

	cr_assert_not_null(in);
	while (fgets(line, sizeof(line), in) != NULL)
		count += strstr(line, part) != NULL;
	fclose(in);
	return count;
}

/* Logins that could have cost a try of the PIN. */
BENCH size_t
bench_logins(void)
{
	return bench_calls("C_Login ") - bench_calls("C_Login 0x100\n");
}

static int
entry_remove(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	return remove(path);
}

static void
bench_close(void)
{
	mem_free(bench.uri);
	mem_free(bench.conf);
	nftw(bench.folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static void
bench_open(void)
{
	const char *build = getenv("P11CA_BUILD");
	const char *tmp = getenv("TMPDIR");
	struct fault f = { 0 };

	snprintf(bench.folder, sizeof(bench.folder), "%s/p11ca-fault-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	cr_assert_not_null(mkdtemp(bench.folder));
	cr_assert(softhsm_make(softhsm_module(), bench.folder, "fault",
		      &bench.uri, &bench.conf, &f),
	    "%s", f.found);
	snprintf(bench.module, sizeof(bench.module), "%s/p11ca-fault.so",
	    build == NULL ? "build" : build);
	snprintf(bench.pin, sizeof(bench.pin), "file:%s/pin", bench.folder);
	bench.raw_module = softhsm_module();
	setenv("SOFTHSM2_CONF", bench_path("softhsm2.conf"), 1);
	setenv(FAULT_MODULE_ENV, softhsm_module(), 1);
	setenv(FAULT_SCRIPT_ENV, bench_path("script"), 1);
	setenv(FAULT_LOG_ENV, bench_path("log"), 1);
	bench.place = (struct token_place){
		.module = bench.module,
		.uri = bench.uri,
		.pin = bench.pin,
	};
	bench_tell("%s", "");
	bench_forget_calls();
}

/* ---- The token layer, where nothing is expected to go wrong ---- */

BENCH struct token *
bench_token(void)
{
	struct fault f = { 0 };
	struct token *token = NULL;

	cr_assert(token_open(&bench.place, true, NULL, &token, &f), "%s",
	    f.found);
	return token;
}

/* Make a key with nothing going wrong, and close the token again. */
BENCH void
bench_make_key(enum key_alg alg)
{
	struct token *token = bench_token();
	struct fault f = { 0 };
	struct key key = { 0 };

	cr_assert(token_make_key(token, alg, BENCH_ID, "fault", &key, &f), "%s",
	    f.found);
	key_clear(&key);
	token_close(token);
}

BENCH void
bench_find(struct token *token, struct key *key)
{
	struct fault f = { 0 };

	cr_assert(token_find_key(token, BENCH_ID, key, &f), "%s", f.found);
}

/* Does this signature over the data of bench_sign() verify with the key? */
static bool
bench_verifies(const struct key *key, enum sign_alg alg, struct bytes signature)
{
	struct pubkey public = { 0 };
	struct buf der = { 0 };
	struct fault f = { 0 };
	bool ok;

	sign_alg_der(alg, &der);
	ok = pubkey_from_spki(buf_bytes(&key->spki), &public, &f) &&
	    pubkey_verify(&public, buf_bytes(&der), bytes_of("to be signed"),
		signature);
	pubkey_clear(&public);
	buf_free(&der);
	return ok;
}

/* Sign; what is handed out must verify, what is not must be a whole fault. */
BENCH bool
bench_sign(struct token *token, const struct key *key, enum sign_alg alg,
    struct fault *f)
{
	struct buf out = { 0 };
	bool ok;

	*f = (struct fault){ 0 };
	ok = token_sign(token, key, alg, bytes_of("to be signed"), &out, f);
	cr_expect(ok ? bench_verifies(key, alg, buf_bytes(&out)) : out.len == 0,
	    "a bad signature was handed out");
	buf_free(&out);
	return ok;
}

/* A fault of the token that says all three things. */
BENCH bool
bench_is_whole(const struct fault *f)
{
	return f->kind == FAULT_TOKEN && f->found[0] != '\0' &&
	    f->want != NULL && f->todo != NULL;
}

/* ---- SoftHSM itself ---- */

static CK_SLOT_ID
raw_slot(bool initialized)
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 16;

	cr_assert_eq(bench.raw->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (CK_ULONG i = 0; i < count; i++) {
		CK_TOKEN_INFO info;

		cr_assert_eq(bench.raw->C_GetTokenInfo(slots[i], &info),
		    CKR_OK);
		if (initialized == !!(info.flags & CKF_TOKEN_INITIALIZED))
			return slots[i];
	}
	cr_assert_fail("no such slot");
	return 0;
}

BENCH void
raw_login(const char *pin_file, CK_USER_TYPE who, CK_SLOT_ID slot)
{
	unsigned char pin[64];
	FILE *in = fopen(bench_path(pin_file), "r");
	size_t len;

	cr_assert_not_null(in);
	len = fread(pin, 1, sizeof(pin), in);
	fclose(in);
	if (len > 0 && pin[len - 1] == '\n')
		len--;
	cr_assert_eq(bench.raw->C_OpenSession(slot,
			 CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
			 &bench.session),
	    CKR_OK);
	cr_assert_eq(bench.raw->C_Login(bench.session, who, pin, len), CKR_OK);
}

BENCH void
raw_load(void)
{
	void *module = dlopen(bench.raw_module, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;

	cr_assert_not_null(module, "%s", dlerror());
	*(void **)&get = dlsym(module, "C_GetFunctionList");
	cr_assert_eq(get(&bench.raw), CKR_OK);
	cr_assert_eq(bench.raw->C_Initialize(NULL), CKR_OK);
}

/* Log in to the token of the bench, past everything. */
BENCH void
raw_open(void)
{
	raw_load();
	raw_login("pin", CKU_USER, raw_slot(true));
}

BENCH void
raw_close(void)
{
	cr_assert_eq(bench.raw->C_Finalize(NULL), CKR_OK);
}

/* Up to max objects of a class (CK_UNAVAILABLE_INFORMATION: any). */
BENCH size_t
raw_find(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *found, size_t max)
{
	CK_ATTRIBUTE match = { CKA_CLASS, &class, sizeof(class) };
	CK_ULONG count = 0;

	cr_assert_eq(bench.raw->C_FindObjectsInit(bench.session, &match,
			 class == CK_UNAVAILABLE_INFORMATION ? 0 : 1),
	    CKR_OK);
	cr_assert_eq(bench.raw->C_FindObjects(bench.session, found, max,
			 &count),
	    CKR_OK);
	bench.raw->C_FindObjectsFinal(bench.session);
	return count;
}

/* How many objects are on the token. */
BENCH size_t
raw_count(void)
{
	CK_OBJECT_HANDLE found[64];
	size_t count;

	raw_open();
	count = raw_find(CK_UNAVAILABLE_INFORMATION, found, 64);
	raw_close();
	return count;
}

/* A key pair by the DER of CKA_EC_PARAMS; always: it asks for the PIN at each
 * use. */
BENCH void
raw_make_key(CK_MECHANISM_TYPE how, struct bytes params, const char *name,
    CK_BBOOL always)
{
	CK_MECHANISM mechanism = { how, NULL, 0 };
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	char curve[32], id[32];
	CK_ATTRIBUTE for_public[] = {
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &no, 1 },
		{ CKA_VERIFY, &yes, 1 },
		{ CKA_EC_PARAMS, curve, params.len },
		{ CKA_ID, id, strlen(name) },
	};
	CK_ATTRIBUTE for_private[] = {
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_SENSITIVE, &yes, 1 },
		{ CKA_EXTRACTABLE, &no, 1 },
		{ CKA_SIGN, &yes, 1 },
		{ CKA_ALWAYS_AUTHENTICATE, &always, 1 },
		{ CKA_ID, id, strlen(name) },
	};
	CK_OBJECT_HANDLE public, private;

	memcpy(curve, params.p, params.len);
	memcpy(id, name, strlen(name));
	cr_assert_eq(bench.raw->C_GenerateKeyPair(bench.session, &mechanism,
			 for_public, COUNT(for_public), for_private,
			 COUNT(for_private), &public, &private),
	    CKR_OK);
}

BENCH void
raw_make_p256(const char *id)
{
	raw_make_key(CKM_EC_KEY_PAIR_GEN,
	    bytes_of("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), id, CK_FALSE);
}

BENCH void
raw_make_p256_that_asks(const char *id)
{
	raw_make_key(CKM_EC_KEY_PAIR_GEN,
	    bytes_of("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), id, CK_TRUE);
}

BENCH void
raw_make_ed25519(const char *id)
{
	raw_make_key(CKM_EC_EDWARDS_KEY_PAIR_GEN,
	    bytes_of("\x13\x0c"
		     "edwards25519"),
	    id, CK_FALSE);
}

#endif
