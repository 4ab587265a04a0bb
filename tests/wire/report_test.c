/* report_test.c - verdicts on an import, and faults, as JSON. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire.h"

static const struct import_rule rules[] = {
	{ .id = "R01",
	    .name = "ca_is_there",
	    .kind = FAULT_RESOURCE_NOT_FOUND,
	    .want = "a CA",
	    .todo = "create one" },
	{ .id = "K01",
	    .name = "key_is_the_one_in_the_token",
	    .kind = FAULT_CERTIFICATE_MISMATCH,
	    .want = "the CA's key",
	    .todo = "sign the CSR" },
	{ .id = "C01",
	    .name = "chain_is_in_order",
	    .kind = FAULT_MALFORMED_CERTIFICATE,
	    .want = "an order",
	    .todo = "sort it" },
};

static const struct import_report good = {
	.finding = { { .rule = &rules[0], .verdict = VERDICT_PASS },
	    { .rule = &rules[1],
		.verdict = VERDICT_WARN,
		.where = "CertificateChain[0]",
		.more = 2,
		.found = "a weak key" },
	    { .rule = &rules[2], .verdict = VERDICT_NA } },
	.count = 3,
};

static const struct import_report bad = {
	.finding = { { .rule = &rules[0], .verdict = VERDICT_PASS },
	    { .rule = &rules[1],
		.verdict = VERDICT_FAIL,
		.where = "Certificate",
		.found = "another key" },
	    { .rule = &rules[2],
		.verdict = VERDICT_FAIL,
		.where = "CertificateChain[1]",
		.found = "disorder" } },
	.count = 3,
};

#define PASSED                                                                 \
	"{\"id\":\"R01\",\"name\":\"ca_is_there\",\"verdict\":\"pass\","       \
	"\"where\":null}"
#define BAD_RULES                                                              \
	"\"rules\":[" PASSED ",{\"id\":\"K01\",\"name\":"                      \
	"\"key_is_the_one_in_the_token\",\"verdict\":\"fail\",\"where\":"      \
	"\"Certificate\",\"found\":\"another key\",\"expected\":"              \
	"\"the CA's key\",\"todo\":\"sign the CSR\"},"                         \
	"{\"id\":\"C01\",\"name\":\"chain_is_in_order\",\"verdict\":"          \
	"\"fail\",\"where\":\"CertificateChain[1]\",\"found\":"                \
	"\"disorder\",\"expected\":\"an order\",\"todo\":\"sort it\"}]}"

Test(report, a_warning_is_still_accepted)
{
	char *json = wire_report(&good);

	cr_expect_str_eq(json,
	    "{\"verdict\":\"ACCEPT\",\"error\":null,\"rule\":null,"
	    "\"rules\":[" PASSED ",{\"id\":\"K01\",\"name\":"
	    "\"key_is_the_one_in_the_token\",\"verdict\":\"warn\",\"where\":"
	    "\"CertificateChain[0]\",\"more\":2,\"found\":\"a weak key\","
	    "\"expected\":\"the CA's key\",\"todo\":\"sign the CSR\"},"
	    "{\"id\":\"C01\",\"name\":\"chain_is_in_order\",\"verdict\":"
	    "\"n/a\",\"where\":null}]}",
	    "%s", json);
	mem_free(json);
}

Test(report, the_first_failure_is_the_answer)
{
	char *json = wire_report(&bad);

	cr_expect_str_eq(json,
	    "{\"verdict\":\"REJECT\","
	    "\"error\":\"CertificateMismatchException\",\"rule\":"
	    "\"K01\"," BAD_RULES,
	    "%s", json);
	mem_free(json);
}

Test(report, no_rules_accept)
{
	struct import_report *none = mem_new(sizeof(*none));
	char *json = wire_report(none);

	cr_expect_str_eq(json,
	    "{\"verdict\":\"ACCEPT\",\"error\":null,"
	    "\"rule\":null,\"rules\":[]}");
	mem_free(json);
	mem_free(none);
}

static const struct {
	struct fault fault;
	const char *json;
} faults[] = {
	{ { FAULT_TOKEN, "no token", "one token", "plug it in", NULL },
	    "{\"error\":\"RequestFailedException\",\"rule\":null,"
	    "\"message\":\"no token; expected one token; plug it in\","
	    "\"found\":\"no token\",\"expected\":\"one token\","
	    "\"todo\":\"plug it in\"}" },
	{ { FAULT_VALIDATION, "1 validation error detected: x", NULL, NULL,
	      NULL },
	    "{\"error\":\"ValidationException\",\"rule\":null,"
	    "\"message\":\"1 validation error detected: x\","
	    "\"found\":\"1 validation error detected: x\","
	    "\"expected\":null,\"todo\":null}" },
	{ { FAULT_CERTIFICATE_MISMATCH, "another key", "its key", NULL, "K01" },
	    "{\"error\":\"CertificateMismatchException\",\"rule\":\"K01\","
	    "\"message\":\"another key; expected its key\","
	    "\"found\":\"another key\",\"expected\":\"its key\","
	    "\"todo\":null}" },
	{ { FAULT_OURS, "", NULL, "tell us", NULL },
	    "{\"error\":\"InternalFailure\",\"rule\":null,"
	    "\"message\":\"tell us\",\"found\":\"\",\"expected\":null,"
	    "\"todo\":\"tell us\"}" },
};

Test(report, a_fault_is_one_sentence_and_its_parts)
{
	for (size_t i = 0; i < COUNT(faults); i++) {
		char *json = wire_fault(&faults[i].fault, NULL);

		cr_expect_str_eq(json, faults[i].json, "%s", json);
		mem_free(json);
	}
}

Test(report, a_refused_import_shows_every_rule)
{
	struct fault f = { FAULT_CERTIFICATE_MISMATCH, "another key",
		"the CA's key", "sign the CSR", "K01" };
	char *json = wire_fault(&f, &bad);

	cr_expect_str_eq(json,
	    "{\"error\":\"CertificateMismatchException\",\"rule\":\"K01\","
	    "\"message\":\"another key; expected the CA's key; sign the CSR\","
	    "\"found\":\"another key\",\"expected\":\"the CA's key\","
	    "\"todo\":\"sign the CSR\"," BAD_RULES,
	    "%s", json);
	mem_free(json);
}
