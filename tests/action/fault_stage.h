/*
 * fault_stage.h - a stage whose token fails when told to.
 *
 * stage_break() puts the fault module in front of the trial token; from then
 * on stage_tell() says what goes wrong and stage_calls() what was called.
 */
#ifndef P11CA_TESTS_FAULT_STAGE_H
#define P11CA_TESTS_FAULT_STAGE_H

#include "../token/fault_module.h"
#include "issue_bench.h"
#include "p11ca/file.h"

static inline char *
stage_file(const struct stage *s, const char *name)
{
	return mem_format("%s/%s", s->folder, name);
}

static inline void
stage_write(const struct stage *s, const char *name, const char *text)
{
	char *path = stage_file(s, name);
	char *fresh = mem_format("%s.new", path);
	FILE *out = fopen(fresh, "w");

	cr_assert_not_null(out);
	(void)fputs(text, out);
	cr_assert_eq(fclose(out), 0);
	cr_assert_eq(rename(fresh, path), 0);
	mem_free(fresh);
	mem_free(path);
}

/* Put a new script in place; counting of calls starts again. */
static inline void
stage_tell(const struct stage *s, const char *script)
{
	stage_write(s, "script", script);
	stage_write(s, "log", "");
}

/* Lines of the log that start with this: "C_Sign ", "C_Sign 0x0\n". */
static inline size_t
stage_calls_of(const struct stage *s, const char *start)
{
	char *path = stage_file(s, "log");
	FILE *in = fopen(path, "r");
	char line[128];
	size_t count = 0;

	cr_assert_not_null(in);
	while (fgets(line, sizeof(line), in) != NULL)
		count += strncmp(line, start, strlen(start)) == 0;
	(void)fclose(in);
	mem_free(path);
	return count;
}

/* How many signatures the token has made. */
static inline size_t
stage_signatures(const struct stage *s)
{
	return stage_calls_of(s, "C_Sign 0x0\n");
}

static inline void
stage_break(struct stage *s)
{
	const char *build = getenv("P11CA_BUILD");
	char *settings = mem_format("%s/p11ca.yaml", s->home);
	char *script = stage_file(s, "script"), *log = stage_file(s, "log");
	struct buf text = { 0 }, changed = { 0 };
	const char *at;
	FILE *out;

	cr_assert(file_read(settings, 65536, &text, &s->f), "%s", s->f.found);
	at = strstr(buf_text(&text), softhsm_module());
	cr_assert_not_null(at);
	buf_append(&changed,
	    (struct bytes){ text.p, (size_t)(at - buf_text(&text)) });
	buf_printf(&changed, "%s/p11ca-fault.so%s",
	    build == NULL ? "build" : build, at + strlen(softhsm_module()));
	out = fopen(settings, "w");
	cr_assert_not_null(out);
	(void)fputs(buf_text(&changed), out);
	cr_assert_eq(fclose(out), 0);
	(void)setenv(FAULT_MODULE_ENV, softhsm_module(), 1);
	(void)setenv(FAULT_SCRIPT_ENV, script, 1);
	(void)setenv(FAULT_LOG_ENV, log, 1);
	stage_tell(s, "");
	buf_free(&text);
	buf_free(&changed);
	mem_free(script);
	mem_free(log);
	mem_free(settings);
	stage_reopen(s);
}

#endif
