/* home_test.c - where the home is, and what a home must be like. */
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

Test(home, a_home_that_is_not_there_says_to_make_one)
{
	struct p11ca *p = NULL;
	struct fault f = { 0 };

	cr_expect_not(p11ca_open("/nonexistent/home", false, NULL, &p, &f));
	cr_expect_eq(fault_exit_code(f.kind), 4);
	cr_expect_not_null(strstr(f.todo, "p11ca init"), "%s", f.todo);
	cr_expect_null(p);
}
