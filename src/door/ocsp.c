/* ocsp.c - ocsp: a signed answer to one OCSP request. */
#include "p11ca/ocsp.h"

#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"

#define RESPONDER_MAX 65536 /* bytes of its certificate */

static void
print_response(const struct door *door, struct bytes response)
{
	const char *status = ocsp_status(response);
	char *note;

	if (door->json) {
		print_json(wire_ocsp(response, status));
		return;
	}
	print_bytes(response);
	if (strcmp(status, "successful") == 0)
		return;
	note = mem_format("the response is an error, %s, and not signed; the "
			  "audit log has the reason",
	    status);
	print_note(note);
	mem_free(note);
}

bool
run_ocsp(struct door *door, struct fault *f)
{
	struct buf der = { 0 }, responder = { 0 }, response = { 0 };
	struct ocsp_request_in request = {
		.responder_key = args_text(door->args, "--responder-key"),
	};
	bool ok = (door->json || door_takes_bytes("an OCSP response", f)) &&
	    door_read_all(door, "--request", OCSP_REQUEST_MAX, &der, f) &&
	    door_read_all(door, "--responder-certificate", RESPONDER_MAX,
		&responder, f) &&
	    door_open(door, true, f);

	request.der = buf_bytes(&der);
	request.responder = buf_bytes(&responder);
	ok = ok &&
	    action_ocsp(door->p, args_word(door->args, 0), &request, &response,
		f);
	if (ok)
		print_response(door, buf_bytes(&response));
	buf_free(&response);
	buf_free(&responder);
	buf_free(&der);
	return ok;
}
