/* pin_test.c - where a PIN may come from, and what is no PIN. */
#include <fcntl.h>

#include "bench.h"

TestSuite(pin, .init = bench_start, .fini = bench_end, .timeout = 60);

/* Replace the file of the PIN. */
static void
write_pin(const char *text)
{
	char *path = bench_path("pin");

	MUST(file_write(path, bytes_of(text), &bench.f));
	mem_free(path);
}

/* The PIN, with something after it. */
static void
extend_pin(const char *more)
{
	char *path = bench_path("pin");
	struct buf pin = { 0 };

	MUST(file_read(path, 100, &pin, &bench.f));
	buf_text_append(&pin, more);
	MUST(file_write(path, buf_bytes(&pin), &bench.f));
	buf_free(&pin);
	mem_free(path);
}

static bool
opens(void)
{
	bool ok = token_open(&bench.place, true, NULL, &bench.token, &bench.f);

	cr_expect_eq(ok, bench.token != NULL);
	bench_close();
	return ok;
}

static const struct {
	const char *pin;
	const char *found;
} no_sources[] = {
	{ "", "PIN source" },
	{ "1234", "PIN source" },
	{ "file:", "PIN source" },
	{ "FILE:/x", "PIN source" },
	{ "env:PIN", "PIN source" },
	{ "prompt:", "PIN source" },
	{ "file:/no/such/file", "/no/such/file" },
	{ "fd:", "PIN source" },
	{ "fd:x", "without a number" },
	{ "fd:-1", "without a number" },
	{ "fd:3x", "without a number" },
	{ "fd:12345", "descriptor 12345" },
	{ "credential:pin", "service manager" },
};

Test(pin, source_that_is_none_is_refused)
{
	unsetenv("CREDENTIALS_DIRECTORY");
	for (size_t i = 0; i < COUNT(no_sources); i++) {
		bench.place.pin = no_sources[i].pin;
		REFUSED(opens(), no_sources[i].found);
	}
}

Test(pin, source_is_not_repeated_as_it_may_be_the_pin)
{
	bench.place.pin = "sesame";
	REFUSED(opens(), "PIN source");
	cr_expect_null(strstr(bench.f.found, "sesame"));
}

static const struct {
	const char *text;
	const char *found;
} no_pins[] = {
	{ "", "empty PIN" },
	{ "\n", "empty PIN" },
	{ "123\n", "too short" },
	{ "1234\n5678\n", "more than one line" },
	{ "87654321", "refused the PIN" },
};

Test(pin, that_cannot_be_right_is_not_tried)
{
	for (size_t i = 0; i < COUNT(no_pins); i++) {
		write_pin(no_pins[i].text);
		REFUSED(opens(), no_pins[i].found);
		cr_expect_null(strstr(bench.f.found, "8765"));
	}
}

Test(pin, too_long_for_the_token_is_not_tried)
{
	char text[300];

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_pin(text);
	REFUSED(opens(), "too long");
}

Test(pin, that_is_wrong_is_said_with_what_is_left)
{
	write_pin("87654321");
	REFUSED(opens(), "the token \"issuing\" refused the PIN");
	cr_expect(strstr(bench.f.found, "few tries") != NULL, "%s",
	    bench.f.found);
}

Test(pin, in_a_file_may_end_in_one_newline)
{
	extend_pin("\n");
	MUST(opens());
	extend_pin("\n");
	REFUSED(opens(), "more than one line");
	cr_expect_not(bench_tells_the_pin());
}

Test(pin, in_a_file_that_others_can_read_is_refused)
{
	char *path = bench_path("pin");

	cr_assert_eq(chmod(path, 0644), 0);
	REFUSED(opens(), "pin");
	mem_free(path);
}

Test(pin, comes_from_an_open_descriptor)
{
	char *path = bench_path("pin");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char source[24];

	cr_assert_geq(fd, 0);
	snprintf(source, sizeof(source), "fd:%d", fd);
	bench.place.pin = source;
	MUST(opens());
	REFUSED(opens(), "empty PIN"); /* it was read to its end */
	close(fd);
	mem_free(path);
}

Test(pin, comes_from_a_credential_of_the_service_manager)
{
	setenv("CREDENTIALS_DIRECTORY", bench.folder, 1);
	bench.place.pin = "credential:pin";
	MUST(opens());
	bench.place.pin = "credential:../pin";
	REFUSED(opens(), "path");
	bench.place.pin = "credential:.pin";
	REFUSED(opens(), "path");
}

Test(pin, comes_from_the_file_that_the_uri_names)
{
	static const char *const forms[] = { "file:", "file://", "" };

	bench.place.pin = NULL;
	for (size_t i = 0; i < COUNT(forms); i++) {
		char *uri = mem_format("%s?pin-source=%s%s/pin", bench.uri,
		    forms[i], bench.folder);

		bench.place.uri = uri;
		MUST(opens());
		mem_free(uri);
	}
}

Test(pin, source_in_a_uri_runs_nothing)
{
	static const char *const others[] = { "|/bin/cat%20pin", "file:pin",
		"http://127.0.0.1/pin" };

	bench.place.pin = NULL;
	for (size_t i = 0; i < COUNT(others); i++) {
		char *uri =
		    mem_format("%s?pin-source=%s", bench.uri, others[i]);

		bench.place.uri = uri;
		REFUSED(opens(), "no file");
		mem_free(uri);
	}
}

static int warnings;

static void
count_warning(const char *text)
{
	warnings++;
	cr_expect(strstr(text, "few tries are left") != NULL, "%s", text);
}

Test(pin, after_a_wrong_one_the_operator_is_warned)
{
	char *path = bench_path("pin");
	struct buf right = { 0 };

	MUST(file_read(path, 100, &right, &bench.f));
	write_pin("87654321");
	REFUSED(opens(), "refused the PIN");
	write_pin(buf_text(&right));
	MUST(token_open(&bench.place, true, count_warning, &bench.token,
	    &bench.f));
	cr_expect_eq(warnings, 1);
	buf_free(&right);
	mem_free(path);
}
