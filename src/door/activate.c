/* activate.c - activate: a hosted CA gets its certificate in one step. */
#include "internal.h"
#include "p11ca/mem.h"

bool
run_activate(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	struct import_report *report = mem_new(sizeof(*report));
	struct activate_request request = {
		.ca = args_word(args, 0),
		.parent = args_text(args, "--parent"),
		.template_name = args_text(args, "--template"),
	};
	struct ca *ca = NULL;
	bool ok = validity_asked(args, &request.validity,
		      &request.validity_value, f) &&
	    door_open(door, true, f) &&
	    action_activate(door->p, &request, report, &ca, f);

	import_tell(door, ok, report, ca);
	ca_free(ca);
	return ok;
}
