/* chain.c - certificates in a row, signer after signed. */
#include "p11ca/chain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/mem.h"

#define CHECKS_PER_ELEMENT 4
#define NONE SIZE_MAX

/* One element, in the list of those that are unused and have its subject. */
struct link {
	const struct cert *cert;
	size_t at;   /* its index in the chain */
	size_t prev; /* links; NONE: it is the first, or the last */
	size_t next;
	size_t group; /* the first link with its subject */
};

/*
 * A search for an order: step by step down the path, back where it ends.  Links
 * are taken from their list while they are on the path and put back in the
 * opposite order, so that every step finds its candidates without looking at
 * used ones.  What a search may cost is signature checks alone.
 */
struct search {
	const struct cert *cert; /* the path starts above it */
	struct link *link;	 /* sorted by subject */
	size_t count;
	size_t *head; /* of the list of a group: first unused link */
	size_t *path; /* links so far */
	size_t *from; /* where each step begins to look for candidates */
	size_t depth;
	size_t root;   /* the one self-signed element */
	size_t checks; /* signature checks that are left */
};

static int
link_order(const void *left, const void *right)
{
	const struct link *a = left, *b = right;
	int way = name_compare(a->cert->subject, b->cert->subject);

	if (way == 0)
		way = a->at < b->at ? -1 : a->at > b->at;
	return way;
}

static int
link_has_subject(const void *name, const void *member)
{
	const struct link *link = member;

	return name_compare(name, link->cert->subject);
}

static bool
signed_by(struct search *s, const struct cert *cert, const struct cert *issuer)
{
	if (s->checks == 0)
		return false;
	s->checks--;
	return cert_signed_by(cert, issuer);
}

static void
link_remove(struct search *s, size_t at)
{
	const struct link *link = &s->link[at];

	if (link->prev != NONE)
		s->link[link->prev].next = link->next;
	else
		s->head[link->group] = link->next;
	if (link->next != NONE)
		s->link[link->next].prev = link->prev;
}

/* Undo the last link_remove(). */
static void
link_restore(struct search *s, size_t at)
{
	const struct link *link = &s->link[at];

	if (link->prev != NONE)
		s->link[link->prev].next = at;
	else
		s->head[link->group] = at;
	if (link->next != NONE)
		s->link[link->next].prev = at;
}

/* Make the lists, one a subject, each in the order of the chain. */
static void
search_group(struct search *s, const struct cert *const *chain)
{
	for (size_t i = 0; i < s->count; i++)
		s->link[i] = (struct link){ chain[i], i, NONE, NONE, i };
	qsort(s->link, s->count, sizeof(*s->link), link_order);
	for (size_t i = 0; i < s->count; i++) {
		struct link *link = &s->link[i];

		link->group = s->head[i] = i;
		if (i == 0 ||
		    !name_equal(link[-1].cert->subject, link->cert->subject))
			continue;
		link->group = link[-1].group;
		link->prev = i - 1;
		link[-1].next = i;
	}
}

/* The first unused link that has the name of cert's issuer. */
static size_t
search_candidates(const struct search *s, const struct cert *cert)
{
	const struct link *any = bsearch(cert->issuer, s->link, s->count,
	    sizeof(*s->link), link_has_subject);

	return any != NULL ? s->head[any->group] : NONE;
}

/* Is there exactly one self-signed element?  It can only be the last. */
static bool
search_root(struct search *s)
{
	s->root = NONE;
	for (size_t i = 0; i < s->count; i++) {
		const struct cert *cert = s->link[i].cert;

		if (!cert->self_issued || !signed_by(s, cert, cert))
			continue;
		if (s->root != NONE)
			return false;
		s->root = i;
	}
	return s->root != NONE;
}

/* The certificate that the next link must have signed. */
static const struct cert *
search_tip(const struct search *s)
{
	return s->depth == 0 ? s->cert : s->link[s->path[s->depth - 1]].cert;
}

/* Lengthen the path by one link, or say that no candidate is left here. */
static bool
search_step(struct search *s)
{
	bool last = s->depth + 1 == s->count;
	size_t at = s->from[s->depth];

	for (; at != NONE && s->checks > 0; at = s->link[at].next) {
		if ((at == s->root) != last)
			continue;
		if (!signed_by(s, search_tip(s), s->link[at].cert))
			continue;
		link_remove(s, at);
		s->path[s->depth++] = at;
		return true;
	}
	return false;
}

/* Take the last link back; its step goes on with the next candidate. */
static bool
search_back(struct search *s)
{
	size_t at;

	if (s->depth == 0 || s->checks == 0)
		return false;
	at = s->path[--s->depth];
	link_restore(s, at);
	s->from[s->depth] = s->link[at].next;
	return true;
}

/* Each turn makes a step, which costs a check, or takes one back. */
static bool
search_path(struct search *s)
{
	s->from[0] = search_candidates(s, s->cert);
	while (s->depth < s->count) {
		if (search_step(s)) {
			if (s->depth < s->count)
				s->from[s->depth] =
				    search_candidates(s, search_tip(s));
		} else if (!search_back(s)) {
			return false;
		}
	}
	return true;
}

bool
chain_find_order(const struct cert *cert, const struct cert *const *chain,
    size_t count, size_t *order)
{
	struct search s = { .cert = cert, .count = count };
	bool ok;

	if (count == 0)
		return false;
	s.checks = CHECKS_PER_ELEMENT * count;
	s.link = mem_array(count, sizeof(*s.link));
	s.head = mem_array(count, sizeof(*s.head));
	s.path = mem_array(count, sizeof(*s.path));
	s.from = mem_array(count, sizeof(*s.from));
	search_group(&s, chain);
	ok = search_root(&s) && search_path(&s);
	for (size_t i = 0; ok && i < count; i++)
		order[i] = s.link[s.path[i]].at;
	mem_free(s.from);
	mem_free(s.path);
	mem_free(s.head);
	mem_free(s.link);
	return ok;
}

struct numbered {
	struct bytes der;
	size_t at;
};

/* By content, then by place. */
static int
numbered_order(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int way;

	if (a->der.len != b->der.len)
		return a->der.len < b->der.len ? -1 : 1;
	way = a->der.len == 0 ? 0 : memcmp(a->der.p, b->der.p, a->der.len);
	if (way == 0)
		way = a->at < b->at ? -1 : a->at > b->at;
	return way;
}

bool
chain_find_twice(const struct cert *const *chain, size_t count, size_t *first,
    size_t *second)
{
	struct numbered *all;

	if (count == 0)
		return false;
	all = mem_array(count, sizeof(*all));
	for (size_t i = 0; i < count; i++)
		all[i] = (struct numbered){ buf_bytes(&chain[i]->der), i };
	qsort(all, count, sizeof(*all), numbered_order);
	*second = NONE;
	for (size_t i = 1; i < count; i++) {
		if (all[i].at >= *second ||
		    !bytes_equal(all[i - 1].der, all[i].der))
			continue;
		*first = all[i - 1].at;
		*second = all[i].at;
	}
	mem_free(all);
	return *second != NONE;
}
