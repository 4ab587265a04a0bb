/* pin_test.c - where a PIN may come from, and what is no PIN. */
#include <fcntl.h>
#include <inttypes.h>

#include "../../src/token/internal.h"
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

/* --- no copy of it ---------------------------------------------------- */

#define MASK 0x55
#define CHUNK 65536

static unsigned char masked[64]; /* the PIN, so that it is not found here */
static size_t masked_len;
static unsigned char chunk[CHUNK + sizeof(masked)];

static void
pin_mask(void)
{
	char *path = bench_path("pin");
	struct secret pin = { 0 };

	MUST(file_read_secret(path, sizeof(masked), &pin, &bench.f));
	for (size_t i = 0; i < pin.len; i++)
		masked[i] = pin.p[i] ^ MASK;
	masked_len = pin.len;
	secret_free(&pin);
	mem_free(path);
}

static bool
pin_is_at(const unsigned char *p)
{
	size_t i = 0;

	while (i < masked_len && (p[i] ^ MASK) == masked[i])
		i++;
	return i == masked_len;
}

/* How often it begins in the first CHUNK of these bytes, read from there. */
static size_t
hits_in_chunk(uintptr_t from, size_t len)
{
	const unsigned char *p = chunk;
	const unsigned char *end =
	    chunk + (len < masked_len ? 0 : len - masked_len + 1);
	uintptr_t own = (uintptr_t)chunk;
	size_t hits = 0;

	if (end > chunk + CHUNK)
		end = chunk + CHUNK;
	for (; p < end; p++) {
		uintptr_t at;

		p = memchr(p, masked[0] ^ MASK, (size_t)(end - p));
		if (p == NULL)
			break;
		at = from + (uintptr_t)(p - chunk);
		hits += pin_is_at(p) && (at < own || at >= own + sizeof(chunk));
	}
	return hits;
}

static size_t
hits_between(int memory, uintptr_t from, uintptr_t to)
{
	size_t hits = 0;

	for (uintptr_t at = from; at < to; at += CHUNK) {
		size_t size = to - at < sizeof(chunk) ? to - at : sizeof(chunk);
		ssize_t n;

		n = pread(memory, chunk, size, (off_t)at);
		hits += n > 0 ? hits_in_chunk(at, (size_t)n) : 0;
	}
	explicit_bzero(chunk, sizeof(chunk));
	return hits;
}

/* How often it is in what this process can write. */
static size_t
hits_in_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char line[512], rights[8];
	uintptr_t from, to;
	size_t hits = 0;

	cr_assert_not_null(maps);
	cr_assert_geq(memory, 0);
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to,
			rights) == 3 &&
		    rights[1] == 'w' && to - from < ((uintptr_t)1 << 32))
			hits += hits_between(memory, from, to);
	(void)fclose(maps);
	close(memory);
	return hits;
}

/* The token was made in this process, too: with the same PIN. */
Test(pin, is_not_in_memory_once_it_was_used)
{
	struct key key = { 0 };
	struct buf out = { 0 };
	char *planted;

	pin_mask();
	bench_open();
	bench_key(KEY_EC_PRIME256V1, "one", &key);
	MUST(token_sign(bench.token, &key, SIGN_SHA256WITHECDSA,
	    bytes_of("data"), &out, &bench.f));
	cr_expect_eq(hits_in_memory(), 0, "while the token is open");
	bench_close();
	cr_expect_eq(hits_in_memory(), 0, "after it was closed");
	planted = mem_array(masked_len, 1);
	for (size_t i = 0; i < masked_len; i++)
		planted[i] = (char)(masked[i] ^ MASK);
	cr_expect_geq(hits_in_memory(), 1, "the search finds what is there");
	mem_free(planted);
	key_clear(&key);
	buf_free(&out);
}

Test(pin, from_a_descriptor_is_not_in_memory_once_it_was_used)
{
	char *path = bench_path("pin");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char source[24];

	pin_mask();
	snprintf(source, sizeof(source), "fd:%d", fd);
	bench.place.pin = source;
	MUST(opens());
	cr_expect_eq(hits_in_memory(), 0);
	close(fd);
	mem_free(path);
}

Test(pin, that_was_wrong_is_not_in_memory_either)
{
	write_pin("wrong-but-not-to-be-found");
	pin_mask();
	REFUSED(opens(), "refused the PIN");
	cr_expect_eq(hits_in_memory(), 0);
}

/* --- its length ------------------------------------------------------- */

static const struct {
	unsigned long min, max;
	const char *text;
} lengths[] = {
	{ 4, 8, "4 to 8 characters" },
	{ 0, 128, "128 characters at most" },
	{ 6, 0, "6 characters at least" },
	{ 6, ~0UL, "6 characters at least" },
	{ 8, 4, "8 characters at least" },
	{ 0, 0, "it does not say how many" },
	{ ~0UL, ~0UL, "it does not say how many" },
};

Test(pin, length_is_said_as_far_as_the_token_says_it)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct token_info about = { .pin_min = lengths[i].min,
			.pin_max = lengths[i].max };
		char text[PIN_LENGTH_TEXT_MAX];

		cr_expect_str_eq(pin_length_text(&about, text),
		    lengths[i].text);
	}
}
