/* passthrough.c - ApiPassthrough of IssueCertificate, read and encoded. */
#include "internal.h"
#include "p11ca/mem.h"

static const struct member passthrough_members[] = {
	{ "Extensions", &extensions_shape, false },
	{ "Subject", &subject_shape, false },
};
static const struct shape passthrough_shape = {
	SHAPE_ROWS(passthrough_members[0], passthrough_members)
};

bool
api_passthrough_from_json(struct bytes json, struct api_passthrough **out,
    struct fault *f)
{
	struct api_passthrough *api = mem_new(sizeof(*api));
	const json_t *subject;
	json_t *tree = NULL;
	bool ok;

	*out = NULL;
	ok = shape_from_text(&passthrough_shape, "apiPassthrough", json,
	    PASSTHROUGH_JSON_MAX, &tree, f);
	if (!ok)
		goto out;

	subject = json_object_get(tree, "Subject");
	api->has_subject = subject != NULL;
	ok = (subject == NULL || subject_der(subject, &api->subject, f)) &&
	    extensions_read(json_object_get(tree, "Extensions"), &api->exts, f);
	if (!ok)
		goto out;

	*out = api;
	api = NULL; /* the caller's now */
out:
	json_decref(tree);
	api_passthrough_free(api);
	return ok;
}

void
api_passthrough_free(struct api_passthrough *api)
{
	if (api == NULL)
		return;
	buf_free(&api->subject);
	ext_wishes_clear(&api->exts);
	mem_free(api);
}
