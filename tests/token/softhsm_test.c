/* softhsm_test.c - a token for trials, made in one call. */
#include <sys/stat.h>

#include "bench.h"

TestSuite(softhsm, .init = bench_start, .fini = bench_end, .timeout = 60);

static void
expect_private(const char *name, mode_t mode)
{
	char *path = bench_path(name);
	struct stat st;

	cr_assert_eq(stat(path, &st), 0, "%s", path);
	cr_expect_eq(st.st_mode & 07777, mode, "%s", name);
	mem_free(path);
}

Test(softhsm, writes_nothing_that_others_can_read)
{
	expect_private("pin", 0600);
	expect_private("so-pin", 0600);
	expect_private("softhsm2.conf", 0600);
	expect_private("tokens", 0700);
}

Test(softhsm, gives_a_uri_that_opens_it)
{
	bench_open();
	cr_expect_str_eq(token_about(bench.token)->uri, bench.uri);
}

Test(softhsm, makes_pins_that_differ)
{
	char *pin_path = bench_path("pin");
	char *so_path = bench_path("so-pin");
	struct buf pin = { 0 };
	struct buf so_pin = { 0 };

	MUST(file_read(pin_path, 100, &pin, &bench.f));
	MUST(file_read(so_path, 100, &so_pin, &bench.f));
	cr_expect_eq(pin.len, 16);
	cr_expect_eq(so_pin.len, 16);
	cr_expect_not(bytes_equal(buf_bytes(&pin), buf_bytes(&so_pin)));
	buf_free(&pin);
	buf_free(&so_pin);
	mem_free(pin_path);
	mem_free(so_path);
}

Test(softhsm, leaves_the_environment_as_it_was)
{
	char *folder = bench_path("second");
	char *uri = NULL;
	char *conf = NULL;

	setenv("SOFTHSM2_CONF", "/as/it/was", 1);
	MUST(softhsm_make(softhsm_module(), folder, "root", &uri, &conf,
	    &bench.f));
	cr_expect_str_eq(getenv("SOFTHSM2_CONF"), "/as/it/was");
	mem_free(uri);
	mem_free(conf);
	mem_free(folder);
}

Test(softhsm, never_touches_a_token_that_is_there)
{
	char *uri = NULL;
	char *conf = NULL;

	REFUSED(softhsm_make(softhsm_module(), bench.folder, "root", &uri,
		    &conf, &bench.f),
	    "earlier");
	cr_expect(uri == NULL && conf == NULL);
}

Test(softhsm, does_not_write_into_the_token_folder_of_a_running_one)
{
	char *folder = bench_path("second");
	char *uri = NULL;
	char *conf = NULL;

	bench_open();
	REFUSED(softhsm_make(softhsm_module(), folder, "root", &uri, &conf,
		    &bench.f),
	    "already running");
	mem_free(folder);
}

Test(softhsm, refuses_labels_that_do_not_fit)
{
	char *folder = bench_path("second");
	char *uri = NULL;
	char *conf = NULL;

	REFUSED(softhsm_make(softhsm_module(), folder, "", &uri, &conf,
		    &bench.f),
	    "0 bytes");
	REFUSED(softhsm_make(softhsm_module(), folder,
		    "123456789012345678901234567890123", &uri, &conf, &bench.f),
	    "33 bytes");
	mem_free(folder);
}
