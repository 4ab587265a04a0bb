/* tree_test.c - hierarchies of what is here and what is above it. */
#include "stage.h"

Test(tree, a_ca_stands_below_its_external_chain)
{
	struct ca *one, *two, *active, *pending;
	struct tree tree;
	struct stage s;

	stage_open(&s);
	one = stage_create(&s, "one", "EC_prime256v1");
	active = stage_activate(&s, one, 7, NULL);
	ca_free(active);
	clock_stop(STAGE_NOW + 1);
	two = stage_create(&s, "two", "EC_prime256v1");
	active = stage_activate(&s, two, 8, NULL);
	pending = stage_create(&s, "three", "EC_prime256v1");
	cr_assert(action_tree(s.p, &tree, &s.f));
	cr_assert_eq(tree.count, 5);
	cr_expect_str_eq(tree.node[0].title, "CN=Outer Root");
	cr_expect_eq(tree.node[0].depth, 0);
	cr_expect_null(tree.node[0].ca);
	cr_expect_not(tree.node[0].last);
	cr_expect_str_eq(tree.node[1].title, "CN=Outer Issuer");
	cr_expect_eq(tree.node[1].depth, 1);
	cr_expect_str_eq(tree.node[2].ca->name, "one");
	cr_expect_eq(tree.node[2].depth, 2);
	cr_expect_not(tree.node[2].last);
	cr_expect_str_eq(tree.node[3].ca->name, "two");
	cr_expect_eq(tree.node[3].depth, 2);
	cr_expect(tree.node[3].last);
	cr_expect_str_eq(tree.node[4].ca->name, "three");
	cr_expect_eq(tree.node[4].depth, 0);
	cr_expect_eq(tree.node[4].not_after, 0);
	tree_free(&tree);
	ca_free(one);
	ca_free(two);
	ca_free(active);
	ca_free(pending);
	stage_close(&s);
}

Test(tree, an_empty_home_has_an_empty_tree)
{
	struct tree tree;
	struct stage s;

	stage_open(&s);
	cr_assert(action_tree(s.p, &tree, &s.f));
	cr_expect_eq(tree.count, 0);
	tree_free(&tree);
	stage_close(&s);
}
