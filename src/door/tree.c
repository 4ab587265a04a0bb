/* tree.c - hierarchies, drawn. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

/* How branches are drawn: between siblings, to the last, past, below it. */
struct pen {
	const char *branch, *last, *past, *below;
};

static const struct pen pens[] = {
	{ "|-- ", "`-- ", "|   ", "    " },
	{ "\u251c\u2500\u2500 ", "\u2514\u2500\u2500 ", "\u2502   ", "    " },
};

/* The variable that decides, as setlocale(3) has it. */
static bool
locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return strcasestr(value, "utf-8") != NULL ||
			    strcasestr(value, "utf8") != NULL;
	}
	return false;
}

/* ended[d]: on the way to this node, nothing more follows at depth d. */
static void
print_branches(const struct pen *pen, const struct tree_node *node,
    const bool *ended)
{
	if (node->depth == 0)
		return;
	for (size_t d = 1; d < node->depth; d++)
		(void)fputs(ended[d] ? pen->below : pen->past, stdout);
	(void)fputs(node->last ? pen->last : pen->branch, stdout);
}

static void
print_node(const struct tree_node *node, int64_t now)
{
	char until[PRINT_DATE_MAX];

	(void)fputs(node->title, stdout);
	if (node->ca != NULL && node->ca->name[0] != '\0')
		(void)printf(" (%s)", node->ca->name);
	(void)fputs("  ", stdout);
	if (node->ca != NULL) {
		enum ca_status status = ca_status_at(node->ca, now);

		print_painted(stdout, print_status_paint(status),
		    ca_status_name(status), 0);
	} else {
		print_painted(stdout, PAINT_DIM, "external", 0);
	}
	if (node->not_after != 0)
		(void)printf("  until %s", print_date(node->not_after, until));
	if (node->ca != NULL)
		(void)printf("  %s%s", key_algs[node->ca->key_alg].name,
		    ca_mark(node->ca));
	(void)putchar('\n');
}

static void
print_node_json(const struct tree_node *node, int64_t now)
{
	char depth[24], until[CLOCK_TEXT_MAX];
	const struct ca *ca = node->ca;
	struct wire_pair pairs[] = {
		{ "Depth", depth },
		{ "Subject", node->title },
		{ "Arn", ca != NULL ? ca->arn : NULL },
		{ "Name", ca != NULL && ca->name[0] != '\0' ? ca->name : NULL },
		{ "Status",
		    ca != NULL ? ca_status_name(ca_status_at(ca, now))
			       : "EXTERNAL" },
		{ "NotAfter",
		    node->not_after != 0 ? clock_text(node->not_after, until)
					 : NULL },
		{ "KeyAlgorithm",
		    ca != NULL ? key_algs[ca->key_alg].name : NULL },
		{ "KeyAdopted", ca != NULL && ca->adopted ? "true" : NULL },
	};

	(void)snprintf(depth, sizeof(depth), "%zu", node->depth);
	print_json(wire_object(pairs, COUNT(pairs)));
}

static void
print_tree(const struct tree *tree, int64_t now)
{
	const struct pen *pen =
	    &pens[print_is_terminal(stdout) && locale_is_utf8() ? 1 : 0];
	bool *ended = mem_array(tree->count + 1, sizeof(*ended));

	/* A node is at most as deep as there are nodes before it. */
	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_node *node = &tree->node[i];

		print_branches(pen, node, ended);
		print_node(node, now);
		if (node->depth <= tree->count)
			ended[node->depth] = node->last;
	}
	mem_free(ended);
}

bool
run_tree(struct door *door, struct fault *f)
{
	struct tree tree = { 0 };
	int64_t now = clock_now();

	if (!door_open(door, false, f) || !action_tree(door->p, &tree, f))
		return false;
	for (size_t i = 0; door->json && i < tree.count; i++)
		print_node_json(&tree.node[i], now);
	if (!door->json)
		print_tree(&tree, now);
	tree_free(&tree);
	return true;
}
