/*
 * passthrough_fuzz.c - JSON of issuing: an ApiPassthrough, a
 * RevocationConfiguration, a resource policy and tags.  What is read is whole,
 * what is kept reads the same again, what is refused leaves nothing.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect_refusal(const void *out, const struct fault *f)
{
	assert(out == NULL);
	assert(f->kind != FAULT_NONE);
	assert(memchr(f->found, '\0', sizeof(f->found)) != NULL);
}

static void
expect_element(struct bytes at)
{
	struct bytes content, whole;
	int tag;
	bool ok = der_next(&at, &tag, &content, &whole);

	assert(ok && at.len == 0);
	(void)ok;
}

static void
try_passthrough(struct bytes json)
{
	struct api_passthrough *api = NULL;
	struct fault f = { 0 };

	if (!api_passthrough_from_json(json, &api, &f)) {
		expect_refusal(api, &f);
		return;
	}
	assert(api->has_subject == (api->subject.len > 0));
	for (size_t i = 0; i < api->exts.count; i++) {
		const struct ext_wish *wish = &api->exts.list[i];

		expect_element(buf_bytes(&wish->value));
		assert(ext_wishes_find(&api->exts, wish->oid) == wish);
	}
	api_passthrough_free(api);
}

/* What is written reads back, and writes the same. */
static void
try_settings(struct bytes json)
{
	struct ca_settings *settings, *again;
	struct fault f = { 0 };
	bool good = ca_settings_read(NULL, &settings, &f);
	char *before, *after;
	bool ok;

	assert(good);
	before = ca_settings_write(settings);
	ok = ca_settings_set_revocation(settings, json, &f);
	after = ca_settings_write(settings);
	assert(ok || strcmp(before, after) == 0);
	mem_free(before);
	good = ca_settings_read(after, &again, &f);
	assert(good);
	before = ca_settings_write(again);
	assert(strcmp(before, after) == 0);
	mem_free(before);
	mem_free(after);
	ca_settings_free(again);
	ca_settings_free(settings);
	(void)good;
	(void)ok;
}

static void
try_policy(struct bytes json)
{
	static const char arn[] = "arn:aws:acm-pca:x:0:certificate-authority/y";
	struct fault f = { 0 };

	if (policy_check(json, arn, &f))
		assert(json.len > sizeof(arn));
	else
		expect_refusal(NULL, &f);
}

static void
try_tags(const char *text)
{
	const char *words[] = { "first=1", text, NULL };
	struct tag *list = NULL;
	struct fault f = { 0 };
	size_t count;

	if (!tags_from_words(words, &list, &count, &f)) {
		expect_refusal(list, &f);
		return;
	}
	assert(count == 2 && strcmp(list[0].key, list[1].key) != 0);
	for (size_t i = 0; i < count; i++) {
		mem_free(list[i].key);
		mem_free(list[i].value);
	}
	mem_free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes json = { data, size };
	char *text = mem_new(size + 1);

	if (size > 0)
		memcpy(text, data, size);
	try_passthrough(json);
	try_settings(json);
	try_policy(json);
	try_tags(text);
	mem_free(text);
	return 0;
}
