/*
 * fault_module_test.c - the fault module does what its script says: a test
 * that relies on it must not pass because nothing went wrong.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fault_bench.h"

#define SIGNATURE_LEN 64

/* The raw_...() of the bench go through the fault module here. */
static void
open_through(void)
{
	bench_open();
	raw_open();
	raw_make_ed25519("k");
	raw_close();
	bench.raw_module = bench.module;
	raw_open();
	bench_forget_calls();
}

TestSuite(fault_module, .init = open_through, .fini = bench_close,
    .timeout = 60);

static CK_RV
sign(unsigned char signature[SIGNATURE_LEN])
{
	CK_MECHANISM mechanism = { CKM_EDDSA, NULL, 0 };
	CK_ULONG len = SIGNATURE_LEN;
	unsigned char data[] = "data";
	CK_OBJECT_HANDLE key;

	cr_assert_eq(raw_find(CKO_PRIVATE_KEY, &key, 1), 1);
	cr_assert_eq(bench.raw->C_SignInit(bench.session, &mechanism, key),
	    CKR_OK);
	return bench.raw->C_Sign(bench.session, data, 4, signature, &len);
}

static CK_RV
get_info(void)
{
	CK_INFO info;

	return bench.raw->C_GetInfo(&info);
}

Test(fault_module, has_every_function)
{
	void (*const *function)(void) =
	    (void (*const *)(void))(&bench.raw->C_Initialize);
	size_t count = 0;

	while (function + count <
	    (void (*const *)(void))(&bench.raw->C_WaitForSlotEvent + 1))
		cr_expect_not_null((void *)(size_t)function[count++]);
	cr_expect_eq(count, 68);
}

Test(fault_module, counts_each_function_and_all_together)
{
	static const struct {
		const char *script;
		CK_RV answers[4];
	} cases[] = {
		{ "", { 0, 0, 0, 0 } },
		{ "C_GetInfo return 0x30", { 0x30, 0x30, 0x30, 0x30 } },
		{ "C_GetInfo@2 return 0x30", { 0, 0x30, 0, 0 } },
		{ "C_GetInfo return@3+ 0x30", { 0, 0, 0x30, 0x30 } },
		{ "C_Sign return 0x30", { 0, 0, 0, 0 } },
		{ "any@4 return 0x5", { 0, 0, 0, 0x5 } },
		{ "# none\n\nany@2+ return 0x5", { 0, 0x5, 0x5, 0x5 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		bench_tell("%s\n", cases[i].script);
		for (size_t j = 0; j < 4; j++)
			cr_expect_eq(get_info(), cases[i].answers[j],
			    "call %zu of \"%s\"", j, cases[i].script);
	}
	cr_expect_eq(bench_calls("C_GetInfo "), 4 * COUNT(cases));
	cr_expect_eq(bench_calls("C_GetInfo 0x30 told\n"), 7);
}

Test(fault_module, flips_one_bit)
{
	unsigned char good[SIGNATURE_LEN], bad[SIGNATURE_LEN];
	int bits = 0;

	cr_assert_eq(sign(good), CKR_OK);
	bench_tell("C_Sign flip\n");
	cr_assert_eq(sign(bad), CKR_OK);
	for (size_t i = 0; i < SIGNATURE_LEN; i++)
		bits += __builtin_popcount(good[i] ^ bad[i]);
	cr_expect_eq(bits, 1);
}

Test(fault_module, closes_sessions_after_the_call)
{
	unsigned char signature[SIGNATURE_LEN];
	CK_SESSION_INFO info;

	bench_tell("sessions close@2\n");
	cr_expect_eq(sign(signature), CKR_OK);
	cr_expect_eq(sign(signature), CKR_OK);
	cr_expect_eq(bench.raw->C_GetSessionInfo(bench.session, &info),
	    CKR_SESSION_HANDLE_INVALID);
}

Test(fault_module, waits_for_the_writer_of_a_fifo)
{
	pid_t pid;

	cr_assert_eq(mkfifo(bench_path("fifo"), 0600), 0);
	bench_tell("C_GetInfo hold %s\n", bench_path("fifo"));
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		bench_write("was-here", "");
		_exit(open(bench_path("fifo"), O_WRONLY) < 0);
	}
	cr_expect_eq(get_info(), CKR_OK);
	cr_expect_eq(access(bench_path("was-here"), F_OK), 0);
	cr_expect_eq(waitpid(pid, NULL, 0), pid);
}

Test(fault_module, hides_a_mechanism)
{
	CK_MECHANISM_TYPE types[512];
	CK_ULONG all = 512, left = 0;
	CK_MECHANISM_INFO info;
	CK_SLOT_ID slot;

	slot = raw_slot(true);
	cr_assert_eq(bench.raw->C_GetMechanismList(slot, types, &all), CKR_OK);
	bench_tell("mechanism hide 0x1057\n");
	cr_assert_eq(bench.raw->C_GetMechanismList(slot, NULL, &left), CKR_OK);
	cr_expect_eq(left, all - 1);
	cr_expect_eq(bench.raw->C_GetMechanismList(slot, types, &left), CKR_OK);
	for (CK_ULONG i = 0; i < left; i++)
		cr_expect_neq(types[i], CKM_EDDSA);
	cr_expect_eq(bench.raw->C_GetMechanismInfo(slot, CKM_EDDSA, &info),
	    CKR_MECHANISM_INVALID);
}

/* The signal that ends a process in its second C_GetInfo, or 0. */
static int
signal_of(const char *script)
{
	int status = 0;
	pid_t pid;

	bench_tell("%s\n", script);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		get_info();
		get_info();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

Test(fault_module, ends_the_process_before_or_after_the_call)
{
	bench_forget_calls();
	cr_expect_eq(signal_of("C_GetInfo@2 crash"), SIGKILL);
	cr_expect_eq(bench_calls("C_GetInfo 0x0\n"), 1);
	cr_expect_eq(signal_of("C_GetInfo crash-after@2"), SIGKILL);
	cr_expect_eq(bench_calls("C_GetInfo 0x0\n"), 3);
	cr_expect_eq(signal_of("C_GetInfo@3 crash"), 0);
}

static const char *const typing_errors[] = {
	"C_Sihn flip",
	"C_Verify flip",
	"C_Sign",
	"C_Sign flip 1",
	"C_Sign return",
	"C_Sign return abc",
	"C_Sign return 0x30x",
	"C_Sign@0 return 0x30",
	"C_Sign@ return 0x30",
	"C_Sign@1 return@2 0x30",
	"token flags 0x1",
	"token label",
	"token@2 label x",
	"attribute 0x103",
	"attribute 0x103 256",
	"attribute sensitive 0",
	"value hidden",
	"mechanism hide",
};

Test(fault_module, a_typing_error_in_a_script_is_not_overlooked)
{
	for (size_t i = 0; i < COUNT(typing_errors); i++)
		cr_expect_eq(signal_of(typing_errors[i]), SIGABRT,
		    "\"%s\" was accepted", typing_errors[i]);
}
