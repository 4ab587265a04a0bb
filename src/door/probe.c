/* probe.c - token probe: which CAs a token can carry, as tables. */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/action_probe.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

static void
yes_or_no(struct table *table, bool yes)
{
	table_painted(table, yes ? PAINT_GOOD : PAINT_BAD, yes ? "yes" : "no");
}

static void
add_heads(struct table *table, const char *const *heads)
{
	for (size_t i = 0; i < table->columns; i++)
		table_cell(table, heads[i]);
}

static void
add_untrusted(struct table *table, const char *text)
{
	char shown[2 * PROBE_TEXT_MAX];

	table_cell(table, text_fit(shown, sizeof(shown), bytes_of(text)));
}

/* --- the algorithms ---------------------------------------------------- */

/* What is said of the key stands in its first line only. */
static void
add_key(struct table *table, const struct probe_row *row, bool first)
{
	if (!first) {
		for (int i = 0; i < 4; i++)
			table_cell(table, "");
		return;
	}
	table_cell(table, key_algs[row->key_alg].name);
	yes_or_no(table, row->generated);
	yes_or_no(table, row->usable_for_ca);
	if (row->generated)
		yes_or_no(table, row->usable && row->strict_refusal[0] == '\0');
	else
		table_cell(table, "-");
}

static void
print_algorithms(const struct probe *probe)
{
	static const char *const heads[] = { "KEY ALGORITHM", "GENERATE", "CA",
		"STRICT", "SIGNING ALGORITHM", "SIGN", "BY" };
	struct table table = { .columns = COUNT(heads) };

	add_heads(&table, heads);
	for (size_t i = 0; i < KEY_ALGS; i++) {
		const struct probe_row *row = &probe->row[i];
		bool first = true;

		for (size_t j = 0; j < SIGN_ALGS; j++) {
			const struct probe_sign *sign = &row->sign[j];

			if (!sign->fits)
				continue;
			add_key(&table, row, first);
			first = false;
			table_cell(&table, sign_algs[j].name);
			yes_or_no(&table, sign->usable);
			add_untrusted(&table,
			    sign->usable ? sign->way : sign->refusal);
		}
	}
	table_print(&table, stdout);
	table_free(&table);
}

/* Why a kind of key is none for a CA, or would be none if strict. */
static void
print_reasons(const struct probe *probe)
{
	for (size_t i = 0; i < KEY_ALGS; i++) {
		const struct probe_row *row = &probe->row[i];
		const char *name = key_algs[i].name;
		char why[2 * PROBE_TEXT_MAX];

		if (!row->usable_for_ca)
			print_row(name, "not for a CA: %s",
			    text_fit(why, sizeof(why), bytes_of(row->refusal)));
		else if (row->strict_refusal[0] != '\0')
			print_row(name, "not under strict-key-attributes: %s",
			    text_fit(why, sizeof(why),
				bytes_of(row->strict_refusal)));
	}
}

/* --- the attributes ------------------------------------------------------ */

static bool
claim_the_same(const struct probe_row *a, const struct probe_row *b)
{
	bool same = a->generated && b->generated &&
	    a->claims.secret_readable == b->claims.secret_readable;

	for (enum key_attribute i = 0; same && i < ATTRS; i++)
		same = claim_of(&a->claims, i) == claim_of(&b->claims, i);
	return same;
}

/* Of this kind of key and of those after it that the token says the same of;
 * nothing when one before it was the same. */
static void
print_claims_of(const struct probe *probe, size_t at)
{
	const struct probe_row *row = &probe->row[at];

	for (size_t i = 0; i < at; i++)
		if (claim_the_same(&probe->row[i], row))
			return;
	(void)fputs("attributes of", stdout);
	for (size_t i = at; i < KEY_ALGS; i++)
		if (claim_the_same(row, &probe->row[i]))
			(void)printf(" %s", key_algs[i].name);
	(void)putchar('\n');
	print_claims(&row->claims);
}

void
print_claims(const struct key_claims *claims)
{
	char label[32];

	for (enum key_attribute i = 0; i < ATTRS; i++) {
		(void)snprintf(label, sizeof(label), "  %s",
		    claim_names[i].text);
		print_row(label, "%s", claim_text(claim_of(claims, i)));
	}
	print_row("  private value", "%s",
	    claims->secret_readable ? "READABLE" : "not readable (tried)");
}

/* --- the limits ---------------------------------------------------------- */

static const char *
limit_text(unsigned long limit, bool none, char out[32])
{
	if (limit == LIMIT_NOT_REPORTED)
		return "not reported";
	if (none && limit == LIMIT_NONE)
		return "no limit";
	(void)snprintf(out, 32, "%lu", limit);
	return out;
}

/* A greatest number, and how many of it there are just now. */
static void
print_most(const char *label, unsigned long most, bool none, const char *about,
    unsigned long now)
{
	char first[32], second[32];

	print_row(label, "%s (%s: %s)", limit_text(most, none, first), about,
	    limit_text(now, false, second));
}

static void
print_sizes(const struct token_limits *limits)
{
	static const char *const heads[] = { "  KEY SIZES OF", "MIN", "MAX",
		"HARDWARE" };
	struct table table = { .columns = COUNT(heads) };

	add_heads(&table, heads);
	for (size_t i = 0; i < limits->size_count; i++) {
		const struct key_sizes *sizes = &limits->sizes[i];
		char name[24], text[32];

		(void)snprintf(text, sizeof(text), "  %s",
		    token_mechanism_name(sizes->mechanism, name));
		table_cell(&table, text);
		table_cell(&table, limit_text(sizes->min, false, text));
		table_cell(&table, limit_text(sizes->max, false, text));
		table_cell(&table, sizes->hardware ? "yes" : "no");
	}
	if (limits->size_count > 0)
		table_print(&table, stdout);
	table_free(&table);
}

void
print_limits(const struct token_limits *limits)
{
	char min[32], max[32];

	print_row("  PIN length", "%s to %s",
	    limit_text(limits->pin_min, false, min),
	    limit_text(limits->pin_max, false, max));
	print_most("  sessions at most", limits->sessions_max, true, "open",
	    limits->sessions);
	print_most("  of them to write", limits->rw_sessions_max, true, "open",
	    limits->rw_sessions);
	print_most("  public memory", limits->public_memory, false, "free",
	    limits->public_free);
	print_most("  private memory", limits->private_memory, false, "free",
	    limits->private_free);
	print_sizes(limits);
}

/* --- the command ----------------------------------------------------------- */

static void
print_probe(const struct probe *probe)
{
	print_token(&probe->about);
	print_limits(&probe->limits);
	(void)putchar('\n');
	print_algorithms(probe);
	print_reasons(probe);
	for (size_t i = 0; i < KEY_ALGS; i++)
		if (probe->row[i].generated)
			print_claims_of(probe, i);
}

/* Whether session keys left something open. */
static bool
wants_token_keys(const struct probe *probe)
{
	bool open = probe->session_keys != CLAIM_YES;

	for (size_t i = 0; i < KEY_ALGS; i++)
		open = open || strcmp(probe->row[i].refusal, PROBE_UNSEEN) == 0;
	return open && probe->keys == PROBE_SESSION_KEYS;
}

/* What an operator may do about what was not found out. */
static void
print_notes(const struct probe *probe)
{
	char *text;

	if (probe->left_behind > 0) {
		text = mem_format("destroyed %zu objects that an earlier "
				  "probe had left on the token",
		    probe->left_behind);
		print_note(text);
		mem_free(text);
	}
	if (wants_token_keys(probe))
		print_note("session keys do not show it all; p11ca token probe "
			   "--permanent tries with keys on the token, one at a "
			   "time, "
			   "and destroys each");
}

bool
run_token_probe(struct door *door, struct fault *f)
{
	bool permanent = args_flag(door->args, "--permanent");
	struct probe *probe = mem_new(sizeof(*probe));
	struct token_place place;
	bool strict;
	bool ok = door_place(door, true, &place, f);

	if (ok) {
		strict = door->p != NULL &&
		    p11ca_conf(door->p)->token.strict_key_attributes;
		print_note(permanent
			? "making, using and destroying a key of each kind on "
			  "the token"
			: "making, using and destroying a session key of each "
			  "kind");
		ok = action_probe(&place, strict,
		    permanent ? PROBE_TOKEN_KEYS : PROBE_SESSION_KEYS,
		    print_note, probe, f);
	}
	if (ok && door->json)
		print_json(wire_probe(probe));
	else if (ok)
		print_probe(probe);
	if (ok)
		print_notes(probe);
	mem_free(probe);
	return ok;
}
