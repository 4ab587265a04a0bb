/* nearest.c - the known word that somebody may have meant. */
#include <string.h>

#include "internal.h"

#define WORD_MAX 48
#define CHANGES_MAX 2

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t two = a < b ? a : b;

	return two < c ? two : c;
}

/*
 * How many letters must be put in, taken out or replaced (Levenshtein), one
 * row of the matrix at a time.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t len = strlen(b);
	size_t row[WORD_MAX + 1];

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1,
			    corner + (a[i] != b[j] ? 1 : 0));
			corner = above;
		}
	}
	return row[len];
}

/* The dashes of an option say nothing about which one it is. */
static const char *
letters(const char *word)
{
	return word + strspn(word, "-");
}

void
nearest_keep(struct nearest *nearest, const char *candidate)
{
	size_t changes, len = strlen(letters(nearest->word));

	if (len > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	changes = distance(nearest->word, candidate);
	if (changes > CHANGES_MAX || changes >= len ||
	    changes >= strlen(letters(candidate)))
		return;
	if (nearest->best[0] == '\0' || changes < nearest->distance) {
		(void)snprintf(nearest->best, NEAREST_MAX, "%s", candidate);
		nearest->distance = changes;
	}
}

void
nearest_command(struct nearest *nearest, const struct program *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const char *name = all->commands[i].name;
		char group[NEAREST_MAX];

		nearest_keep(nearest, name);
		(void)snprintf(group, sizeof(group), "%.*s",
		    (int)strcspn(name, " "), name);
		nearest_keep(nearest, group);
	}
}

const char *
nearest_hint(const struct nearest *nearest, char out[2 * NEAREST_MAX])
{
	out[0] = '\0';
	if (nearest->best[0] != '\0')
		(void)snprintf(out, (size_t)2 * NEAREST_MAX,
		    " (did you mean %s?)", nearest->best);
	return out;
}
