/* conf_fuzz.c - any bytes as p11ca.yaml: read whole or refused with a fault. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/base/conf_setting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size };
	struct conf *conf = NULL;
	struct fault f = { 0 };
	struct buf yaml = { 0 };

	if (size > CONF_BYTES_MAX)
		return 0;
	buf_set(&yaml, bytes);
	if (conf_from_yaml("/home", &yaml, &conf, &f)) {
		size_t count;
		struct conf_line *lines = conf_lines(conf, &count);

		if (conf->region == NULL || conf->database[0] != '/')
			abort();
		conf_free_lines(lines, count);
		conf_free(conf);
	} else if (conf != NULL || f.kind != FAULT_USAGE || f.want == NULL) {
		abort();
	}
	buf_free(&yaml);
	return 0;
}
