/* base64.c - base64 in one line (RFC 4648, 4), as texts of the API hold it. */
#include <string.h>

#include "internal.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz"
			       "0123456789+/";

bool
is_base64(const char *text)
{
	size_t digits = strspn(text, alphabet);
	size_t pads = strspn(text + digits, "=");

	return text[digits + pads] == '\0' && pads <= 2 &&
	    (digits + pads) % 4 == 0;
}

bool
base64_read(const char *text, struct buf *out)
{
	unsigned bits = 0; /* those that no octet has yet are the last ones */
	unsigned count = 0;

	if (!is_base64(text))
		return false;
	for (; *text != '\0' && *text != '='; text++) {
		const char *digit = strchr(alphabet, *text);
		unsigned char octet;

		bits = (bits << 6 | (unsigned)(digit - alphabet)) & 0xfff;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		octet = (unsigned char)(bits >> count & 0xff);
		buf_append(out, (struct bytes){ &octet, 1 });
	}
	if ((bits & ((1u << count) - 1)) == 0)
		return true;
	buf_free(out);
	return false;
}

void
base64_write(struct buf *out, struct bytes octets)
{
	for (size_t i = 0; i < octets.len; i += 3) {
		size_t left = octets.len - i;
		unsigned bits = (unsigned)octets.p[i] << 16 |
		    (left > 1 ? (unsigned)octets.p[i + 1] << 8 : 0) |
		    (left > 2 ? octets.p[i + 2] : 0);
		char digits[5] = { alphabet[bits >> 18],
			alphabet[bits >> 12 & 63], alphabet[bits >> 6 & 63],
			alphabet[bits & 63], '\0' };

		for (size_t pad = left; pad < 3; pad++)
			digits[pad + 1] = '=';
		buf_text_append(out, digits);
	}
}
