/* object_test.c - attributes of any length, and searches of any size. */
#include "../../src/token/internal.h"
#include "bench.h"

TestSuite(object, .init = bench_start_open, .fini = bench_end, .timeout = 60);

/* A data object of the session with a value of some length. */
static CK_OBJECT_HANDLE
data_object(const char *value, size_t len)
{
	static const CK_BBOOL no = CK_FALSE;
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_PRIVATE, &no, sizeof(no)),
		attribute(CKA_VALUE, value, len),
	};
	CK_OBJECT_HANDLE object = 0;

	cr_assert_eq(bench.token->module->list
			 ->C_CreateObject(bench.token->session, template,
			     COUNT(template), &object),
	    CKR_OK);
	return object;
}

Test(object, attribute_of_any_length_is_read_whole)
{
	static const size_t lengths[] = { 1, 599, 600, 601, 4000, 65536 };
	char *value = mem_array(70000, 1);
	struct buf read = { 0 };

	memset(value, 'v', 70000);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		CK_OBJECT_HANDLE object = data_object(value, lengths[i]);

		cr_assert_eq(object_get(bench.token, object, CKA_VALUE, &read),
		    CKR_OK);
		cr_expect_eq(read.len, lengths[i]);
		cr_expect_eq(memcmp(read.p, value, read.len), 0);
	}
	cr_expect_eq(object_get(bench.token, data_object(value, 65537),
			 CKA_VALUE, &read),
	    CKR_ATTRIBUTE_VALUE_INVALID);
	cr_expect_eq(read.len, 0);
	mem_free(value);
}

Test(object, that_has_no_such_attribute_says_so)
{
	CK_OBJECT_HANDLE object = data_object("x", 1);
	struct buf read = { 0 };

	cr_expect_neq(object_get(bench.token, object, CKA_MODULUS, &read),
	    CKR_OK);
	cr_expect_eq(read.len, 0);
	cr_expect_eq((int)object_claim(bench.token, object, CKA_SENSITIVE),
	    CLAIM_UNREPORTED);
}

Test(object, two_attributes_are_read_whole_together_or_one_by_one)
{
	static const size_t lengths[] = { 0, 1, 600, 601, 65536 };
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_CLASS, CKA_VALUE };
	static const CK_ATTRIBUTE_TYPE other[] = { CKA_MODULUS, CKA_VALUE };
	char *value = mem_array(65536, 1);
	struct buf read[2] = { { 0 }, { 0 } };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		CK_OBJECT_HANDLE object = data_object(value, lengths[i]);

		cr_expect_eq(object_get_two(bench.token, object, types, read),
		    CKR_OK);
		cr_expect_eq(read[0].len, sizeof(CK_OBJECT_CLASS));
		cr_expect_eq(read[1].len, lengths[i]);
		cr_expect_eq(object_get_two(bench.token, object, other, read),
		    CKR_ATTRIBUTE_TYPE_INVALID);
		cr_expect_eq(read[0].len, 0);
		cr_expect_eq(read[1].len, lengths[i]);
	}
	buf_free(&read[0]);
	buf_free(&read[1]);
	mem_free(value);
}

Test(object, search_finds_more_than_a_batch)
{
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE template = attribute(CKA_CLASS, &class, sizeof(class));
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;

	for (int i = 0; i < 150; i++)
		(void)data_object("x", 1);
	MUST(objects_find(bench.token, &template, 1, &list, &count, &bench.f));
	cr_expect_eq(count, 150);
	for (size_t i = 1; i < count; i++)
		cr_expect_neq(list[i], list[i - 1]);
	mem_free(list);
}

Test(object, search_left_open_does_not_stop_the_next)
{
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE template = attribute(CKA_CLASS, &class, sizeof(class));
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 9;

	cr_assert_eq(bench.token->module->list
			 ->C_FindObjectsInit(bench.token->session, &template,
			     1),
	    CKR_OK);
	MUST(objects_find(bench.token, &template, 1, &list, &count, &bench.f));
	cr_expect_eq(count, 0);
	mem_free(list);
}

static CK_RV
find_more(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *list, CK_ULONG max,
    CK_ULONG *count)
{
	static CK_OBJECT_HANDLE last;

	cr_assert_leq(last, (size_t)1 << 20, "the search goes on");
	for (*count = 0; *count < max; (*count)++)
		list[*count] = ++last;
	return CKR_OK;
}

Test(object, search_without_an_end_is_given_up)
{
	struct call *call = worker_call(bench.token->worker);
	CK_FUNCTION_LIST *real = call->list;
	CK_FUNCTION_LIST lying = *real;
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE template = attribute(CKA_CLASS, &class, sizeof(class));
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 9;

	lying.C_FindObjects = find_more;
	call->list = &lying;
	REFUSED(objects_find(bench.token, &template, 1, &list, &count,
		    &bench.f),
	    "CKR_BUFFER_TOO_SMALL");
	cr_expect_null(list);
	cr_expect_eq(count, 0);
	call->list = real;
	MUST(objects_find(bench.token, &template, 1, &list, &count, &bench.f));
	mem_free(list);
}
