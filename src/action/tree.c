/* tree.c - hierarchies: the CAs here, and those above them elsewhere. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define TITLE_SIZE 160
#define NO_PARENT ((size_t)-1)

/* A place in the hierarchy: one subject with one key under one parent. */
struct place {
	struct cert *cert; /* or NULL: no certificate yet */
	char *title;
	const struct ca *ca;
	int64_t not_after;
	size_t parent;
};

struct places {
	struct place *place;
	size_t count, cap;
};

static size_t
place_add(struct places *all, struct cert *cert, size_t parent)
{
	char title[TITLE_SIZE] = "";
	struct place *place;

	all->place =
	    mem_grow(all->place, all->count, &all->cap, sizeof(*all->place));
	place = &all->place[all->count];
	memset(place, 0, sizeof(*place));
	place->cert = cert;
	place->parent = parent;
	if (cert != NULL) {
		place->title = mem_text(cert_title(cert, title, sizeof(title)));
		place->not_after = cert->not_after;
	}
	return all->count++;
}

/* The place of this certificate under parent; made when it is not there. */
static size_t
place_of(struct places *all, struct cert *cert, size_t parent)
{
	for (size_t i = 0; i < all->count; i++) {
		struct place *place = &all->place[i];

		if (place->parent == parent && place->cert != NULL &&
		    bytes_equal(place->cert->spki, cert->spki) &&
		    name_equal(place->cert->subject, cert->subject)) {
			cert_free(cert);
			return i;
		}
	}
	return place_add(all, cert, parent);
}

/* From the root of the installed chain down to the CA itself. */
static void
place_path(struct places *all, const struct ca *ca)
{
	struct pem certificate = { 0 }, chain = { 0 };
	struct fault ignored = { 0 };
	size_t parent = NO_PARENT;
	struct cert *cert;

	pem_read(buf_bytes(&ca->certificate), &certificate);
	pem_read(buf_bytes(&ca->chain), &chain);
	for (size_t i = chain.count; i > 0; i--)
		if (cert_from_der(buf_bytes(&chain.block[i - 1].der), &cert,
			&ignored))
			parent = place_of(all, cert, parent);
	for (size_t i = 0; i < certificate.count; i++)
		if (cert_from_der(buf_bytes(&certificate.block[i].der), &cert,
			&ignored)) {
			parent = place_of(all, cert, parent);
			all->place[parent].ca = ca;
			all->place[parent].not_after = ca->not_after;
		}
	pem_free(&certificate);
	pem_free(&chain);
}

/* A CA without a certificate stands alone, under the subject of its CSR. */
static void
place_alone(struct places *all, const struct ca *ca)
{
	struct name *subject = NULL;
	char title[TITLE_SIZE];
	size_t at = place_add(all, NULL, NO_PARENT);

	all->place[at].ca = ca;
	if (ca->csr != NULL)
		subject = csr_subject(bytes_of(ca->csr));
	if (subject != NULL)
		(void)name_fit(title, sizeof(title), subject);
	else
		(void)text_fit(title, sizeof(title),
		    bytes_of(ca->name[0] != '\0' ? ca->name : ca->uuid));
	all->place[at].title = mem_text(title);
	name_free(subject);
}

static size_t
next_child(const struct places *all, size_t parent, size_t from)
{
	while (from < all->count && all->place[from].parent != parent)
		from++;
	return from;
}

/* Depth first, without recursion: a hierarchy may be thousands deep. */
static void
flatten(struct places *all, struct tree *out)
{
	size_t at = next_child(all, NO_PARENT, 0), depth = 0;

	out->node = mem_array(all->count, sizeof(*out->node));
	while (at < all->count) {
		struct place *place = &all->place[at];
		struct tree_node *node = &out->node[out->count++];
		size_t child = next_child(all, at, 0);
		size_t next = next_child(all, place->parent, at + 1);

		node->title = place->title;
		place->title = NULL; /* the node's now */
		node->depth = depth;
		node->ca = place->ca;
		node->not_after = place->not_after;
		node->last = next == all->count;
		if (child < all->count) {
			at = child;
			depth++;
			continue;
		}
		while (next == all->count && place->parent != NO_PARENT) {
			at = place->parent;
			place = &all->place[at];
			next = next_child(all, place->parent, at + 1);
			depth--;
		}
		at = next;
	}
}

bool
action_tree(struct p11ca *p, struct tree *out, struct fault *f)
{
	struct places all = { 0 };
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	if (!action_list(p, &out->cas, &count, f))
		return false;
	for (size_t i = 0; i < count; i++)
		if (out->cas[i]->certificate.len > 0)
			place_path(&all, out->cas[i]);
	for (size_t i = 0; i < count; i++)
		if (out->cas[i]->certificate.len == 0)
			place_alone(&all, out->cas[i]);
	flatten(&all, out);
	for (size_t i = 0; i < all.count; i++) {
		cert_free(all.place[i].cert);
		mem_free(all.place[i].title);
	}
	mem_free(all.place);
	return true;
}

void
tree_free(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		mem_free(tree->node[i].title);
	mem_free(tree->node);
	store_free_cas(tree->cas);
	memset(tree, 0, sizeof(*tree));
}
