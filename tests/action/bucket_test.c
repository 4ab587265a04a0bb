/* bucket_test.c - buckets: folders of the home. */
#include "p11ca/file.h"

#include "ledger.h"

static const char *const good[] = { "abc", "a-b.c", "0.1", "-ab", "a.b.c.d",
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890" };

static const char *const bad[] = { "", "ab", "Abc", "a_b", "a/b", "a..b",
	".abc", "...", "a b", "\xc3\xa4\xc3\xb6",
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678901" };

Test(bucket, a_name_is_what_fits_into_paths_and_host_names)
{
	struct stage s;

	stage_open(&s);
	for (size_t i = 0; i < COUNT(good); i++)
		cr_expect(action_bucket_add(s.p, good[i], &s.f), "%s: %s",
		    good[i], s.f.found);
	for (size_t i = 0; i < COUNT(bad); i++) {
		cr_expect_not(action_bucket_add(s.p, bad[i], &s.f), "%s",
		    bad[i]);
		cr_expect_eq(s.f.kind, FAULT_INVALID_ARGS);
	}
	stage_close(&s);
}

Test(bucket, buckets_are_listed_in_order_and_nothing_else_is)
{
	static const char *const want[] = { "abc", "mno", "xyz" };
	struct stage s;
	char **names;
	char *path;
	size_t count;

	stage_open(&s);
	cr_assert(action_bucket_list(s.p, &names, &count, &s.f));
	cr_expect_eq(count, 0);
	cr_expect_null(names);
	cr_assert(action_bucket_add(s.p, "xyz", &s.f));
	cr_assert(action_bucket_add(s.p, "abc", &s.f));
	cr_assert(action_bucket_add(s.p, "mno", &s.f));
	cr_assert(action_bucket_add(s.p, "mno", &s.f), "again is fine");
	path = mem_format("%s/buckets/file", s.home);
	cr_assert(file_write(path, bytes_of("x"), &s.f));
	mem_free(path);
	cr_assert(action_bucket_list(s.p, &names, &count, &s.f));
	cr_assert_eq(count, COUNT(want));
	for (size_t i = 0; i < count; i++) {
		cr_expect_str_eq(names[i], want[i]);
		path = mem_format("%s/buckets/%s", s.home, names[i]);
		cr_expect(file_is_private(path, &s.f), "%s", s.f.found);
		mem_free(path);
		mem_free(names[i]);
	}
	mem_free(names);
	stage_close(&s);
}

Test(bucket, adding_one_and_refusing_one_are_in_the_audit_log)
{
	struct ledger l;

	stage_open(&l.s);
	cr_assert(action_bucket_add(l.s.p, "abc", &l.s.f));
	EXPECT_ENTRY(&l, "AddBucket", "\"abc\"", "\"done\"");
	cr_expect_not(action_bucket_add(l.s.p, "..", &l.s.f));
	EXPECT_ENTRY(&l, "AddBucket", "\"..\"", "InvalidArgsException");
	stage_close(&l.s);
}

static const char *const climbing[] = { "../x", "a/../x", "a//x", "/x", "",
	"a/./x", "a/", ".." };

Test(bucket, no_key_leads_out_of_its_bucket)
{
	struct stage s;

	stage_open(&s);
	cr_assert(action_bucket_add(s.p, "abc", &s.f));
	for (size_t i = 0; i < COUNT(climbing); i++) {
		cr_expect_not(bucket_make_room(s.p, "abc", climbing[i], &s.f),
		    "%s", climbing[i]);
		cr_expect_eq(s.f.kind, FAULT_INVALID_ARGS);
	}
	cr_expect(bucket_make_room(s.p, "abc", "a/..b/c.crl", &s.f), "%s",
	    s.f.found);
	stage_close(&s);
}
