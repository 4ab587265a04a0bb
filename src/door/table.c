/* table.c - columns as wide as their widest cell. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"

#define GAP 2

struct table_cell {
	char *text;
	enum paint paint;
};

void
table_painted(struct table *table, enum paint paint, const char *text)
{
	table->cell = mem_grow(table->cell, table->count, &table->cap,
	    sizeof(*table->cell));
	table->cell[table->count++] =
	    (struct table_cell){ mem_text(text != NULL ? text : ""), paint };
}

void
table_cell(struct table *table, const char *text)
{
	table_painted(table, PAINT_PLAIN, text);
}

static size_t
width_of(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns) {
		size_t columns = print_columns(table->cell[i].text);

		if (columns > width)
			width = columns;
	}
	return width;
}

void
table_print(const struct table *table, FILE *to)
{
	size_t *width = mem_array(table->columns, sizeof(*width));

	assert(table->columns > 0);
	for (size_t i = 0; i < table->columns; i++)
		width[i] = width_of(table, i) + GAP;
	for (size_t i = 0; i < table->count; i++) {
		const struct table_cell *cell = &table->cell[i];
		bool last = (i + 1) % table->columns == 0;

		print_painted(to, cell->paint, cell->text,
		    last ? 0 : width[i % table->columns]);
		if (last)
			(void)putc('\n', to);
	}
	mem_free(width);
}

void
table_free(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		mem_free(table->cell[i].text);
	mem_free(table->cell);
	memset(table, 0, sizeof(*table));
}
