/*
 * config_fuzz.c - configurations in JSON and in words, and audit lines: what is
 * read is whole and reads the same again, what is refused leaves nothing.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/store.h"
#include "p11ca/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect_refusal(const void *out, const struct fault *f)
{
	assert(out == NULL);
	assert(f->kind != FAULT_NONE);
	assert(memchr(f->found, '\0', sizeof(f->found)) != NULL);
}

static void
expect_whole(const struct ca_config *config)
{
	struct ca_config *again = NULL;
	struct fault f = { 0 };
	bool ok = ca_config_from_json(bytes_of(config->json), &again, &f);

	/* Only the escapes of the normal form can make it too long. */
	if (!ok) {
		assert(strlen(config->json) > WIRE_JSON_MAX);
		return;
	}
	assert(config->subject_count > 0);
	assert(strcmp(config->json, again->json) == 0);
	assert(config->subject_count == again->subject_count);
	assert(config->access_count == again->access_count);
	assert(config->key_usage == again->key_usage);
	ca_config_free(again);
}

static void
try_json(struct bytes json)
{
	struct ca_config *config = NULL;
	struct fault f = { 0 };

	if (ca_config_from_json(json, &config, &f))
		expect_whole(config);
	else
		expect_refusal(config, &f);
	ca_config_free(config);
}

static void
try_words(const char *text)
{
	const char *access[] = { text, NULL };
	struct ca_words words[] = {
		{ .key_alg = "RSA_2048", .subject = text },
		{ .key_alg = "RSA_2048", .subject = "CN=x", .access = access },
		{ .key_alg = "RSA_2048", .subject = "CN=x", .key_usage = text },
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		struct ca_config *config = NULL;
		struct fault f = { 0 };

		if (ca_config_from_words(&words[i], &config, &f))
			expect_whole(config);
		else
			expect_refusal(config, &f);
		ca_config_free(config);
	}
}

/* A line that is read is written again as it was. */
static void
try_audit(const char *text)
{
	char *line = mem_text(text);
	struct audit_row row;
	struct fault f = { 0 };
	size_t len = strlen(text);

	if (wire_audit_read(line, &row, &f)) {
		char *again = wire_audit_line(&row);

		len -= text[len - 1] == '\n';
		assert(strlen(again) == len && memcmp(again, text, len) == 0);
		mem_free(again);
	} else {
		expect_refusal(row.entry, &f);
	}
	mem_free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_new(size + 1);

	if (size > 0)
		memcpy(text, data, size);
	try_json((struct bytes){ data, size });
	try_words(text);
	try_audit(text);
	mem_free(text);
	return 0;
}
