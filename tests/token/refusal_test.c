/*
 * refusal_test.c - a stored PIN that was refused is not tried by later starts,
 * until its file has changed or a login has succeeded.
 */
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fault_bench.h"
#include "p11ca/file.h"

#define WRONG "87654321"
#define WRONG_TOO "87654322"
#define STARTS 10

static char right[64]; /* with a newline */
static char note[192];
static char warned[512];

static void
warn(const char *text)
{
	snprintf(warned, sizeof(warned), "%s", text);
}

static void
open_with_a_note(void)
{
	FILE *in;

	bench_open();
	in = fopen(bench_path("pin"), "r");
	cr_assert_not_null(in);
	cr_assert_not_null(fgets(right, sizeof(right) - 1, in));
	fclose(in);
	right[strcspn(right, "\n")] = '\0';
	strcat(right, "\n"); /* as a person ends it */
	snprintf(note, sizeof(note), "%s", bench_path("pin-refused"));
	bench.place.refusals = note;
}

TestSuite(refusal, .init = open_with_a_note, .fini = bench_close,
    .timeout = 20);

/* One start of a program that logs in. */
static bool
start(struct fault *f)
{
	struct token *token = NULL;
	bool ok;

	*f = (struct fault){ 0 };
	warned[0] = '\0';
	bench_forget_calls();
	ok = token_open(&bench.place, true, warn, &token, f);
	token_close(token);
	cr_expect(ok || bench_is_whole(f), "%s", f->found);
	return ok;
}

/* It is tried, and refused. */
static void
start_is_refused(void)
{
	struct fault f;

	cr_expect_not(start(&f));
	cr_expect_eq(bench_calls("C_Login 0xa0\n"), 1);
	cr_expect_eq(bench_calls("C_Login "), 1);
	cr_expect(strstr(f.found, "refused the PIN") != NULL, "%s", f.found);
}

/* It is not even tried. */
static void
start_is_spared(const char *words)
{
	struct fault f;

	cr_expect_not(start(&f));
	cr_expect_eq(bench_calls("C_Login "), 0, "%zu tries",
	    bench_calls("C_Login "));
	cr_expect(strstr(f.found, words) != NULL, "%s", f.found);
	cr_expect(strstr(f.todo, "token show --pin prompt URI") != NULL, "%s",
	    f.todo);
}

static void
start_works(void)
{
	struct fault f;

	cr_expect(start(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 1);
}

static void
note_get(struct buf *out)
{
	struct fault f = { 0 };

	cr_assert(file_read(note, 1 << 20, out, &f), "%s", f.found);
}

static size_t
lines_of_note(void)
{
	struct buf text = { 0 };
	size_t lines = 0;

	note_get(&text);
	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n';
	buf_free(&text);
	return lines;
}

static bool
note_is_gone(void)
{
	return access(note, F_OK) != 0;
}

Test(refusal, of_a_file_is_not_tried_again_by_ten_starts)
{
	bench_write("pin", WRONG "\n");
	start_is_refused();
	for (int i = 0; i < STARTS; i++)
		start_is_spared("has not changed since");
}

Test(refusal, says_which_token_refused_which_source_and_when)
{
	struct fault f;

	bench_write("pin", WRONG "\n");
	start_is_refused();
	cr_expect_not(start(&f));
	cr_expect(strstr(f.found, bench.pin) != NULL, "%s", f.found);
	cr_expect(strstr(f.found, "the token \"fault\" refused on 20") != NULL,
	    "%s", f.found);
}

Test(refusal, ends_with_the_right_pin_in_the_file)
{
	bench_write("pin", WRONG "\n");
	start_is_refused();
	bench_write("pin", right);
	start_works();
	cr_expect(note_is_gone());
	start_works();
}

Test(refusal, of_another_wrong_pin_in_the_file_costs_one_try)
{
	bench_write("pin", WRONG "\n");
	start_is_refused();
	bench_write("pin", WRONG_TOO "\n");
	start_is_refused();
	start_is_spared("has not changed since");
	cr_expect_eq(lines_of_note(), 1);
}

/* Of the same size, by rename: another inode. */
Test(refusal, ends_when_the_file_is_replaced)
{
	bench_write("pin", WRONG "\n");
	start_is_refused();
	bench_write("new", WRONG_TOO "\n");
	cr_assert_eq(chmod(bench_path("new"), 0600), 0);
	cr_assert_eq(rename(bench_path("new"), bench_path("pin")), 0);
	start_is_refused();
}

static const struct {
	const char *answer;
	bool kept;
} answers[] = {
	{ "0xa0", true },
	{ "0xa1", true },
	{ "0xa2", true },
	{ "0x30", false },
	{ "0x100", false },
	{ "0x102", false },
};

Test(refusal, is_an_answer_about_the_pin_and_no_other)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct fault f;

		(void)unlink(note);
		bench_tell("C_Login return %s\n", answers[i].answer);
		cr_expect_not(start(&f));
		cr_expect_eq(!note_is_gone(), answers[i].kept, "%s",
		    answers[i].answer);
	}
}

Test(refusal, is_forgotten_where_no_note_is_kept)
{
	bench.place.refusals = NULL;
	bench_write("pin", WRONG "\n");
	start_is_refused();
	start_is_refused();
	cr_expect(note_is_gone());
}

/* --- who ends it ------------------------------------------------------ */

/* Log in at a terminal of its own; the exit status. */
static int
start_at_the_prompt(const char *typed)
{
	struct token *token = NULL;
	struct fault f = { 0 };
	char seen[512] = "";
	size_t len = 0;
	int master, status = 0;
	pid_t pid;

	bench.place.pin = "prompt";
	pid = forkpty(&master, NULL, NULL, NULL);
	cr_assert_geq(pid, 0);
	if (pid == 0)
		_exit(token_open(&bench.place, true, NULL, &token, &f) ? 0 : 1);
	while (strstr(seen, "): ") == NULL) {
		cr_assert_lt(len, sizeof(seen) - 1);
		cr_assert_eq(read(master, seen + len, 1), 1);
		seen[++len] = '\0';
	}
	cr_assert_eq(write(master, typed, strlen(typed)),
	    (ssize_t)strlen(typed));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	close(master);
	bench.place.pin = bench.pin;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(refusal, ends_when_a_person_has_logged_in)
{
	bench_write("pin", WRONG "\n");
	start_is_refused();
	cr_expect_eq(start_at_the_prompt(right), 0);
	cr_expect(note_is_gone());
	start_is_refused();
}

Test(refusal, of_what_a_person_typed_is_not_noted_and_ends_nothing)
{
	cr_expect_eq(start_at_the_prompt(WRONG "\n"), 1);
	cr_expect(note_is_gone());
	bench_write("pin", WRONG "\n");
	start_is_refused();
	cr_expect_eq(start_at_the_prompt(WRONG "\n"), 1);
	start_is_spared("has not changed since");
}

Test(refusal, ends_when_the_pin_was_typed_at_the_pad)
{
	bench_write("typed", right);
	bench_write("pin", WRONG "\n");
	start_is_refused();
	bench_tell("token pad %s\n", bench_path("typed"));
	bench.place.pin = "pad";
	start_works();
	cr_expect(note_is_gone());
}

/* A descriptor is not kept: whoever gives it gave it now. */
Test(refusal, ends_with_a_descriptor_which_is_never_noted)
{
	static const struct {
		const char *file;
		bool right;
	} given[] = { { "pin", false }, { "right", true } };

	bench_write("right", right);
	bench_write("pin", WRONG "\n");
	start_is_refused();
	for (size_t i = 0; i < COUNT(given); i++) {
		FILE *in = fopen(bench_path(given[i].file), "r");
		char source[24];
		struct fault f;

		cr_assert_not_null(in);
		snprintf(source, sizeof(source), "fd:%d", fileno(in));
		bench.place.pin = source;
		cr_expect_eq(start(&f), given[i].right, "%s", f.found);
		cr_expect_eq(bench_calls("C_Login "), 1);
		cr_expect_eq(note_is_gone(), given[i].right);
		fclose(in);
	}
}

/* The service manager makes the file anew at each start. */
Test(refusal, of_a_credential_outlives_its_file)
{
	struct fault f;

	setenv("CREDENTIALS_DIRECTORY", bench.folder, 1);
	bench.place.pin = "credential:pin";
	for (int i = 0; i < STARTS; i++) {
		bench_write("new", WRONG "\n");
		cr_assert_eq(chmod(bench_path("new"), 0600), 0);
		cr_assert_eq(rename(bench_path("new"), bench_path("pin")), 0);
		if (i == 0)
			start_is_refused();
		else
			start_is_spared("credential:pin");
	}
	cr_expect_not(start(&f));
	cr_expect(strstr(f.todo, "and log in once by hand") != NULL, "%s",
	    f.todo);
	bench_write("pin", right);
	start_works();
	cr_expect(note_is_gone());
}

Test(refusal, by_one_token_is_none_by_another)
{
	bench_write("pin", WRONG "\n");
	start_is_refused();
	bench.place.uri = "pkcs11:token=fault";
	bench_tell("token serial 00000000other\n");
	start_is_refused();
	start_is_spared("has not changed since");
	cr_expect_eq(lines_of_note(), 2);
	bench_write("right", right);
	cr_expect_eq(start_at_the_prompt(right), 0);
	cr_expect_eq(lines_of_note(), 1);
	start_is_refused();
	bench_tell("%s", "");
	start_is_spared("has not changed since");
}

/* --- the note itself -------------------------------------------------- */

Test(refusal, holds_no_pin_and_is_ours_alone)
{
	struct buf text = { 0 };
	struct stat st;

	bench_write("pin", WRONG "\n");
	start_is_refused();
	note_get(&text);
	cr_expect(strstr(buf_text(&text), "file:") != NULL);
	cr_expect(strstr(buf_text(&text), "serial=") != NULL);
	cr_expect_null(strstr(buf_text(&text), WRONG));
	cr_assert_eq(stat(note, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	buf_free(&text);
}

#define GOOD "2026-01-15T12:00:00Z 1:2:3:4.5:6.7 pkcs11:token=x file:/y"

static const char *const damaged[] = {
	"",
	"\n",
	"no note\n",
	GOOD, /* cut off before its end */
	GOOD "\n" GOOD " more\n",
	GOOD "\n\n",
	"yesterday 1:2:3:4.5:6.7 pkcs11:token=x file:/y\n",
	"2026-01-15T12:00:00Z one pkcs11:token=x file:/y\n",
	"2026-01-15T12:00:00Z 1:2:3:4.5:6.7  file:/y\n",
	"2026-01-15T12:00:00Z 1:2:3:4.5:6.7 pkcs11:token=x\n",
	"2026-01-15T12:00:00Z 1:2:3:4.5:6.7 pkcs11:token=x file:\x1b[2J\n",
};

/* What is lost may be the line that guards the last try. */
Test(refusal, that_cannot_be_read_stops_stored_pins_until_a_person_came)
{
	for (size_t i = 0; i < COUNT(damaged); i++) {
		bench_write("pin-refused", damaged[i]);
		start_is_spared("pin-refused, which cannot be read");
	}
	cr_expect_eq(start_at_the_prompt(right), 0);
	cr_expect(note_is_gone());
	start_works();
}

Test(refusal, that_cannot_be_read_keeps_its_good_lines)
{
	bench_write("pin-refused", GOOD "\nand a bad one\n");
	cr_expect_eq(start_at_the_prompt(right), 0);
	cr_expect_eq(lines_of_note(), 1);
	start_works();
	cr_expect_eq(lines_of_note(), 1);
}

Test(refusal, that_is_no_file_stops_stored_pins)
{
	cr_assert_eq(mkfifo(note, 0600), 0);
	start_is_spared("which cannot be read");
}

Test(refusal, that_cannot_be_written_is_warned_of_and_no_more)
{
	static const char *const places[] = { "/proc/pin-refused",
		"/nowhere/pin-refused" };

	bench_write("right", right);
	for (size_t i = 0; i < COUNT(places); i++) {
		bench.place.refusals = places[i];
		bench_write("pin", WRONG "\n");
		start_is_refused();
		cr_expect(strstr(warned, "cannot be noted") != NULL, "%s",
		    warned);
		bench_write("pin", right);
		start_works();
		cr_expect_null(strstr(warned, "noted"), "%s", warned);
	}
}

Test(refusal, is_kept_of_64_and_the_oldest_goes)
{
	struct buf text = { 0 };

	for (int i = 0; i < 64; i++)
		buf_printf(&text, "%s/%d\n", GOOD, i);
	bench_write("pin-refused", buf_text(&text));
	buf_free(&text);
	bench_write("pin", WRONG "\n");
	start_is_refused();
	cr_expect_eq(lines_of_note(), 64);
	note_get(&text);
	cr_expect_null(strstr(buf_text(&text), "file:/y/0\n"));
	cr_expect_not_null(strstr(buf_text(&text), "file:/y/1\n"));
	start_is_spared("has not changed since");
	buf_free(&text);
}

Test(refusal, of_a_path_with_odd_characters_is_known_again)
{
	char source[256];

	bench_write("p i\nn%", WRONG "\n");
	cr_assert_eq(chmod(bench_path("p i\nn%"), 0600), 0);
	snprintf(source, sizeof(source), "file:%s", bench_path("p i\nn%"));
	bench.place.pin = source;
	start_is_refused();
	start_is_spared("has not changed since");
	cr_expect_eq(lines_of_note(), 1);
}
