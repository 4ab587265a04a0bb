/* permission_test.c - what CreatePermission is given. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define ACM "acm.amazonaws.com"
#define MUST "' failed to satisfy constraint: Member must "

static const struct {
	const char *actions[4];
	const char *account;
	const char *read;
} good[] = {
	{ { "IssueCertificate" }, NULL, "IssueCertificate" },
	{ { "ListPermissions", "IssueCertificate", "GetCertificate" },
	    "123456789012", "IssueCertificate,GetCertificate,ListPermissions" },
	{ { "GetCertificate", "GetCertificate" }, NULL, "GetCertificate" },
	{ { "ListPermissions", "GetCertificate" }, NULL,
	    "GetCertificate,ListPermissions" },
};

Test(permission, actions_come_out_in_the_order_of_the_api)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct fault f = { 0 };
		char *out = NULL;

		cr_assert(permission_read(ACM, good[i].actions, good[i].account,
			      &out, &f),
		    "%s", f.found);
		cr_expect_str_eq(out, good[i].read);
		mem_free(out);
	}
}

static const struct {
	const char *principal;
	const char *actions[5];
	const char *account;
	const char *found;
} bad[] = {
	{ "iam.amazonaws.com", { "GetCertificate" }, NULL,
	    "Value 'iam.amazonaws.com' at 'principal" MUST
	    "satisfy enum value set: [acm.amazonaws.com]" },
	{ "*", { "GetCertificate" }, NULL, "Value '*' at 'principal'" },
	{ "", { "GetCertificate" }, NULL, "Value '' at 'principal'" },
	{ NULL, { "GetCertificate" }, NULL,
	    "Value null at 'principal" MUST "not be null" },
	{ ACM, { NULL }, NULL,
	    "Value '[]' at 'actions" MUST
	    "have length greater than or equal to 1" },
	{ ACM, { "RevokeCertificate" }, NULL,
	    "Value 'RevokeCertificate' at 'actions.1.member" MUST
	    "satisfy enum value set: [IssueCertificate, GetCertificate, "
	    "ListPermissions]" },
	{ ACM, { "GetCertificate", "\xff" }, NULL, "at 'actions.2.member'" },
	{ ACM,
	    { "GetCertificate", "GetCertificate", "GetCertificate",
		"GetCertificate" },
	    NULL, "Value '[4 members]' at 'actions'" },
	{ ACM, { "GetCertificate" }, "12345678901",
	    "Value '12345678901' at 'sourceAccount" MUST
	    "have length greater than or equal to 12" },
	{ ACM, { "GetCertificate" }, "1234567890123",
	    "length less than or equal to 12" },
	{ ACM, { "GetCertificate" }, "12345678901x",
	    "regular expression pattern: [0-9]+" },
};

Test(permission, refuses_what_the_api_does_not_know)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fault f = { 0 };
		char *out = NULL;

		cr_expect_not(permission_read(bad[i].principal, bad[i].actions,
				  bad[i].account, &out, &f),
		    "%s", bad[i].found);
		cr_expect_null(out);
		cr_expect_eq(f.kind, FAULT_VALIDATION);
		cr_expect(strstr(f.found, bad[i].found) != NULL, "%s", f.found);
	}
}

Test(permission, tells_every_breach_at_once)
{
	const char *const none[] = { NULL };
	struct fault f = { 0 };
	char *out = NULL;

	cr_expect_not(permission_read("x", none, "y", &out, &f));
	cr_expect(strncmp(f.found, "4 validation errors detected", 28) == 0,
	    "%s", f.found);
	cr_expect_not(permission_read(ACM, NULL, NULL, &out, &f));
	cr_expect(strstr(f.found, "Value null at 'actions'") != NULL, "%s",
	    f.found);
}
