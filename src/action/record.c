/* record.c - every deed and every refusal, into the audit log. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

/* Who asks: the user of this process, "uid 0 (root)". */
char *
record_caller(void)
{
	const struct passwd *user = getpwuid(geteuid());
	char name[64] = "";

	if (user != NULL)
		(void)text_fit(name, sizeof(name), bytes_of(user->pw_name));
	return mem_format("uid %u%s%s%s", (unsigned)getuid(),
	    name[0] != '\0' ? " (" : "", name, name[0] != '\0' ? ")" : "");
}

bool
record_entry(struct p11ca *p, const struct deed *deed, const struct fault *f,
    struct fault *failure)
{
	struct wire_pair pairs[7 + COUNT(deed->more)] = { { NULL, NULL } };
	char time[CLOCK_TEXT_MAX];
	char *entry;
	size_t n = 0;
	bool ok;

	if (p->caller == NULL)
		p->caller = record_caller();
	pairs[n++] =
	    (struct wire_pair){ "time", clock_text(clock_now(), time) };
	pairs[n++] = (struct wire_pair){ "caller", p->caller };
	pairs[n++] = (struct wire_pair){ "operation", deed->operation };
	pairs[n++] = (struct wire_pair){ "certificateAuthority", deed->which };
	pairs[n++] = (struct wire_pair){ "outcome",
		f == NULL ? "done" : fault_name(f->kind) };
	pairs[n++] = (struct wire_pair){ "rule", f == NULL ? NULL : f->rule };
	pairs[n++] = (struct wire_pair){ "found", f == NULL ? NULL : f->found };
	memcpy(&pairs[n], deed->more, deed->more_count * sizeof(pairs[0]));
	n += deed->more_count;
	entry = wire_object(pairs, n);
	ok = store_audit(p->store, entry, failure);
	mem_free(entry);
	return ok;
}

bool
record_done(struct p11ca *p, const struct deed *deed, struct fault *f)
{
	return record_entry(p, deed, NULL, f) && store_commit(p->store, f);
}

bool
record_refused(struct p11ca *p, const struct deed *deed, const struct fault *f)
{
	struct fault failure = { 0 };

	store_rollback(p->store);
	if (!store_begin(p->store, &failure) ||
	    !record_entry(p, deed, f, &failure) ||
	    !store_commit(p->store, &failure)) {
		store_rollback(p->store);
		say(p, "the refusal could not be put into the audit log: %s",
		    failure.found);
	}
	return false;
}
