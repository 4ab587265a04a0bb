/*
 * registered_test.c - modules that p11-kit knows by a name, and what it does
 * for them.  What is registered is in a mount of this process alone.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

#include "../../src/token/internal.h"
#include "nss_bench.h"

#define FOLDER "/usr/share/p11-kit/modules"

static const char *skipped; /* why */

static void
start(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", FOLDER, "tmpfs", 0, "mode=0755") != 0)
		skipped = "no mounts of one's own on " FOLDER;
	bench_start();
}

TestSuite(registered, .init = start, .fini = bench_end, .timeout = 60);

#define NEEDS_MOUNTS()                                                         \
	if (skipped != NULL)                                                   \
	cr_skip_test("%s", skipped)

static void
write_registration(const char *name, const char *text)
{
	char *path = mem_format(FOLDER "/%s.module", name);
	FILE *out = fopen(path, "w");

	cr_assert_not_null(out);
	fputs(text, out);
	cr_assert_eq(fclose(out), 0);
	mem_free(path);
}

static const struct {
	const char *text;
	const char *path;
	bool by_name;
} files[] = {
	{ "module: /a/b.so\n", "/a/b.so", false },
	{ "module:/a/b.so", "/a/b.so", false },
	{ "# module: /x.so\nmodule: \t b.so \t\r\ncritical: no\n", "b.so",
	    false },
	{ "  module : /a/b c.so\n", "/a/b c.so", false },
	{ "module: /a.so\nx-init-reserved: configdir='x'\n", "/a.so", true },
	{ "module: /a.so\nx-init-reserved:\n", "/a.so", false },
	{ "modules: /x.so\nmodule: /a.so\n", "/a.so", false },
	{ "remote: |ssh hsm p11-kit remote /m.so\n", NULL, true },
	{ "module: p11-kit-client.so\nremote: |x\n", NULL, true },
};

Test(registered, says_what_to_load_and_who_is_to_load_it)
{
	NEEDS_MOUNTS();
	for (size_t i = 0; i < COUNT(files); i++) {
		char *path = NULL;
		bool by_name = false;

		write_registration("hsm", files[i].text);
		MUST(registered_read("hsm", &path, &by_name, &bench.f));
		if (files[i].path == NULL)
			cr_expect_null(path, "%s", files[i].text);
		else
			cr_expect_str_eq(path, files[i].path);
		cr_expect_eq(by_name, files[i].by_name, "%s", files[i].text);
		mem_free(path);
	}
}

Test(registered, without_anything_to_load_is_a_fault)
{
	char *path = NULL;
	bool by_name = false;

	NEEDS_MOUNTS();
	write_registration("hsm", "critical: no\nmodule:\n");
	REFUSED(registered_read("hsm", &path, &by_name, &bench.f),
	    "neither \"module:\" nor \"remote:\"");
	cr_expect_null(path);
	REFUSED(registered_read("other", &path, &by_name, &bench.f),
	    "no module \"other\"");
}

static void
make_and_sign(void)
{
	struct key key = { 0 };
	struct buf out = { 0 };

	bench_open();
	bench_key(KEY_EC_PRIME256V1, "ec", &key);
	MUST(token_sign(bench.token, &key, SIGN_SHA256WITHECDSA,
	    bytes_of("to be signed"), &out, &bench.f));
	buf_free(&out);
	key_clear(&key);
	bench_close();
}

static void
register_remote(const char *name)
{
	char *text =
	    mem_format("remote: |p11-kit remote %s\n", softhsm_module());

	write_registration(name, text);
	mem_free(text);
}

Test(registered, as_a_remote_one_is_reached_as_p11_kit_reaches_it)
{
	NEEDS_MOUNTS();
	register_remote("hsm");
	bench.place.module = "hsm";
	make_and_sign();
}

Test(registered, as_a_remote_one_can_be_isolated_as_well)
{
	NEEDS_MOUNTS();
	register_remote("hsm");
	bench.place.module = "hsm";
	bench.place.isolate = true;
	make_and_sign();
}

/* As those of hsm-config are. */
Test(registered, for_this_program_alone_can_be_isolated_as_well)
{
	char *text = mem_format("remote: |p11-kit remote %s\nenable-in: %s\n",
	    softhsm_module(), program_invocation_short_name);

	NEEDS_MOUNTS();
	write_registration("hsm", text);
	bench.place.module = "hsm";
	make_and_sign();
	bench.place.isolate = true;
	bench_open();
	cr_expect(token_about(bench.token)->isolated);
	bench_close();
	mem_free(text);
}

Test(registered, with_words_is_started_with_them)
{
	char *text;

	NEEDS_MOUNTS();
	nss_start();
	text = mem_format("module: %s\nx-init-reserved: %s\n", nss.module,
	    nss.words);
	write_registration("nss", text);
	nss.place.module = "nss";
	nss.place.init_args = NULL;
	nss_story();
	mem_free(text);
	nss_end();
}

Test(registered, with_words_takes_no_others)
{
	NEEDS_MOUNTS();
	register_remote("hsm");
	bench.place.module = "hsm";
	bench.place.init_args = "more";
	REFUSED(token_open(&bench.place, true, NULL, &bench.token, &bench.f),
	    "token.init-args for the module \"hsm\"");
}

/* Whether the log of the fault module has a call. */
static bool
was_called(const char *log, const char *call)
{
	struct buf text = { 0 };
	struct fault f = { 0 };
	bool found = access(log, F_OK) == 0 &&
	    file_read(log, 65536, &text, &f) &&
	    strstr(buf_text(&text), call) != NULL;

	buf_free(&text);
	return found;
}

Test(registered, is_the_only_one_that_is_started)
{
	char *log = bench_path("log");
	char *text = mem_format("module: %s/p11ca-fault.so\n",
	    getenv("P11CA_BUILD") != NULL ? getenv("P11CA_BUILD") : "build");

	NEEDS_MOUNTS();
	write_registration("another", text);
	cr_assert_eq(setenv("P11CA_FAULT_LOG", log, 1), 0);
	register_remote("hsm");
	bench.place.module = "hsm";
	make_and_sign();
	cr_expect(was_called(log, "C_GetFunctionList"));
	cr_expect_not(was_called(log, "C_Initialize"));
	bench.place.module = "another";
	bench_open();
	bench_close();
	cr_expect(was_called(log, "C_Initialize"));
	mem_free(text);
	mem_free(log);
}

Test(registered, under_a_name_that_p11_kit_keeps_from_us_is_a_fault)
{
	char *text = mem_format("remote: |p11-kit remote %s\n"
				"enable-in: another-program\n",
	    softhsm_module());

	NEEDS_MOUNTS();
	write_registration("hsm", text);
	bench.place.module = "hsm";
	REFUSED(token_open(&bench.place, true, NULL, &bench.token, &bench.f),
	    "the module \"hsm\" that cannot be loaded");
	mem_free(text);
}
