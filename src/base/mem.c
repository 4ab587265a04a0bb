/* mem.c - memory that is there, or the process ends. */
#include "p11ca/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *
mem_must(void *p)
{
	static const char text[] = "p11ca: this machine has no memory left\n";

	if (p == NULL) {
		ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

		(void)n;
		_exit(70);
	}
	return p;
}

void *
mem_new(size_t size)
{
	return mem_must(calloc(1, size > 0 ? size : 1));
}

void *
mem_array(size_t count, size_t size)
{
	return mem_must(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
mem_grow(void *array, size_t count, size_t *cap, size_t size)
{
	size_t more = *cap > 0 ? *cap : 4;

	if (count < *cap)
		return array;
	if (*cap > 0)
		more = *cap > SIZE_MAX / 2 ? SIZE_MAX : *cap * 2;
	array = mem_must(reallocarray(array, more, size));
	*cap = more;
	return array;
}

char *
mem_text(const char *text)
{
	return text == NULL ? NULL : mem_must(strdup(text));
}

char *
mem_format(const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	return mem_must(n < 0 ? NULL : text);
}

void
mem_free(void *p)
{
	free(p);
}
