/* name_fuzz.c - names: whatever they hold, what is shown is harmless. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/name.h"
#include "p11ca/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Printable ASCII, and what text_show() leaves as it is. */
static bool
is_harmless(struct bytes shown)
{
	struct buf again = { 0 };
	bool same = true;
	size_t len;

	for (; same && shown.len > 0; shown.p += len, shown.len -= len) {
		uint32_t code_point;

		len = text_utf8(shown, &code_point);
		if (len == 0)
			return false;
		if (shown.p[0] == '\\')
			continue;
		again.len = 0;
		text_show(&again, (struct bytes){ shown.p, len });
		same = bytes_equal(buf_bytes(&again),
		    (struct bytes){ shown.p, len });
	}
	buf_free(&again);
	return same;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name *name = name_from_der((struct bytes){ data, size });
	struct buf shown = { 0 };
	char cut[40];

	if (name == NULL)
		return 0;
	name_show(&shown, name);
	if (!is_harmless(buf_bytes(&shown)))
		abort();
	(void)name_fit(cut, sizeof(cut), name);
	if (strlen(cut) >= sizeof(cut) || !is_harmless(bytes_of(cut)))
		abort();
	if (!name_equal(name, name) ||
	    !bytes_equal(name_der(name), (struct bytes){ data, size }))
		abort();
	buf_free(&shown);
	name_free(name);
	return 0;
}
