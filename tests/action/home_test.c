/* home_test.c - where the home is, and what a home must be like. */
#include "p11ca/conf.h"
#include "p11ca/file.h"
#include "stage.h"

static const struct {
	const char *given;
	const char
	    *is; /* below the current folder when it has no slash first */
} paths[] = {
	{ "/a/b", "/a/b" },
	{ "/a//b/", "/a/b" },
	{ "/./a/./b/.", "/a/b" },
	{ "/a/../b", "/a/../b" },
	{ "/a/.b", "/a/.b" },
	{ "/", "/" },
	{ "//", "/" },
};

Test(home, the_path_is_absolute_and_clean)
{
	char *here = getcwd(NULL, 0);
	char *path, *whole;

	for (size_t i = 0; i < COUNT(paths); i++) {
		path = p11ca_home_path(paths[i].given);
		cr_expect_str_eq(path, paths[i].is);
		mem_free(path);
	}
	path = p11ca_home_path("./x/./y");
	whole = mem_format("%s/x/y", here);
	cr_expect_str_eq(path, whole);
	mem_free(whole);
	mem_free(path);
	free(here);
}

Test(home, the_argument_wins_over_the_environment)
{
	char *path;

	(void)setenv("P11CA_HOME", "/from/environment", 1);
	path = p11ca_home_path(NULL);
	cr_expect_str_eq(path, "/from/environment");
	mem_free(path);
	path = p11ca_home_path("/from/argument");
	cr_expect_str_eq(path, "/from/argument");
	mem_free(path);
}

Test(home, a_second_init_is_refused_and_changes_nothing)
{
	struct init_request init = { .softhsm = true };
	struct stage s;

	stage_open(&s);
	init.home = s.home;
	cr_expect_not(p11ca_init(&init, &s.f));
	cr_expect_eq(s.f.kind, FAULT_USAGE);
	stage_reopen(&s);
	stage_close(&s);
}

/* p11ca.yaml names its defaults itself: base/ knows nothing of tokens. */
Test(home, a_place_has_the_defaults_of_the_token_layer)
{
	char *path;
	struct token_place place;
	struct stage s;

	stage_open(&s);
	p11ca_place(s.p, NULL, &place);
	path = mem_format("%s/pin-refused", s.home);
	cr_expect_str_eq(place.refusals, path);
	mem_free(path);
	cr_expect_null(place.init_args);
	cr_expect_not(place.isolate);
	cr_expect_eq(place.sessions, TOKEN_SESSIONS);
	cr_expect_eq(place.deadline, TOKEN_DEADLINE);
	stage_close(&s);
}

static const struct {
	const char *setting;
	bool taken;
} limits[] = {
	{ "sessions: 16", TOKEN_SESSIONS_MAX == 16 },
	{ "sessions: 17", TOKEN_SESSIONS_MAX > 16 },
	{ "deadline: 3600", TOKEN_DEADLINE_MAX == 3600 },
	{ "deadline: 3601", TOKEN_DEADLINE_MAX > 3600 },
};

static void
write_settings(const char *home, const char *token)
{
	char *path = mem_format("%s/p11ca.yaml", home);
	char *yaml = mem_format("token:\n  %s\n", token);
	struct fault f = { 0 };

	cr_assert(file_write(path, bytes_of(yaml), &f), "%s", f.found);
	mem_free(yaml);
	mem_free(path);
}

Test(home, a_setting_takes_what_the_token_layer_takes)
{
	struct stage s;

	stage_open(&s);
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct conf *conf = NULL;

		write_settings(s.home, limits[i].setting);
		cr_expect_eq(conf_load(s.home, &conf, &s.f), limits[i].taken,
		    "%s", limits[i].setting);
		conf_free(conf);
	}
	stage_close(&s);
}

Test(home, a_place_has_what_the_settings_say)
{
	struct token_place place;
	struct stage s;

	stage_open(&s);
	write_settings(s.home,
	    "module: /m.so\n  init-args: a b\n  isolate: true\n"
	    "  sessions: 2\n  deadline: 20");
	stage_reopen(&s);
	p11ca_place(s.p, NULL, &place);
	cr_expect_str_eq(place.init_args, "a b");
	cr_expect(place.isolate);
	cr_expect_eq(place.sessions, 2);
	cr_expect_eq(place.deadline, 20);
	stage_close(&s);
}

Test(home, a_home_that_is_not_there_says_to_make_one)
{
	struct p11ca *p = NULL;
	struct fault f = { 0 };

	cr_expect_not(p11ca_open("/nonexistent/home", false, NULL, &p, &f));
	cr_expect_eq(fault_exit_code(f.kind), 4);
	cr_expect_not_null(strstr(f.todo, "p11ca init"), "%s", f.todo);
	cr_expect_null(p);
}
