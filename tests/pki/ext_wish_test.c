/* ext_wish_test.c - a list of extensions to be. */
#include <criterion/criterion.h>

#include "p11ca/certmake.h"

Test(ext_wish, a_list_keeps_copies_in_their_order)
{
	struct ext_wishes wishes = { 0 };
	char value[2] = "a";
	char oid[] = "1.2.0";

	for (int i = 0; i < 9; i++) {
		oid[4] = (char)('0' + i);
		value[0] = (char)('a' + i);
		ext_wishes_add(&wishes, oid, i % 2 == 0, bytes_of(value));
	}
	cr_assert_eq(wishes.count, 9);
	for (int i = 0; i < 9; i++) {
		const struct ext_wish *wish;

		oid[4] = (char)('0' + i);
		wish = ext_wishes_find(&wishes, oid);
		cr_assert_eq(wish, &wishes.list[i]);
		cr_expect_eq(wish->critical, i % 2 == 0);
		cr_assert_eq(wish->value.len, 1);
		cr_expect_eq(wish->value.p[0], 'a' + i);
	}
	cr_expect_null(ext_wishes_find(&wishes, "1.2"));
	ext_wishes_clear(&wishes);
	cr_expect_eq(wishes.count, 0);
	cr_expect_null(ext_wishes_find(&wishes, "1.2.0"));
	ext_wishes_clear(&wishes);
}
