/* attach_test.c - tags, policies and permissions of a CA. */
#include "ledger.h"

/* "Key=Value" words as tags; tags_free(). */
static struct tag *
tags_for(struct ledger *l, size_t first, size_t count)
{
	struct tag *list = mem_array(count, sizeof(*list));

	for (size_t i = 0; i < count; i++) {
		list[i].key = mem_format("k%02zu", first + i);
		list[i].value = mem_text("v");
	}
	return list;
}

static bool
tag(struct ledger *l, size_t first, size_t count)
{
	struct tag *list = tags_for(l, first, count);
	bool ok = action_tag(l->s.p, "one", list, count, &l->s.f);

	tags_free(list, count);
	return ok;
}

static size_t
count_tags(struct ledger *l)
{
	struct tag *list;
	size_t count;

	cr_assert(action_list_tags(l->s.p, "one", &list, &count, &l->s.f));
	tags_free(list, count);
	return count;
}

Test(attach, fifty_tags_are_enough)
{
	struct ledger l;

	ledger_open(&l);
	cr_assert(tag(&l, 0, 50), "%s", l.s.f.found);
	cr_expect_eq(count_tags(&l), 50);
	EXPECT_ENTRY(&l, "TagCertificateAuthority", "k00=v", l.ca->arn);
	cr_expect(tag(&l, 10, 20), "those that are there are no more");
	cr_expect_not(tag(&l, 49, 2));
	cr_expect_eq(l.s.f.kind, FAULT_TOO_MANY_TAGS);
	EXPECT_ENTRY(&l, "TagCertificateAuthority", "TooManyTagsException");
	cr_expect_eq(count_tags(&l), 50, "a refusal changes nothing");
	ledger_close(&l);
}

Test(attach, a_tag_is_taken_away_by_key_and_value)
{
	static char key[] = "k01", other[] = "w", same[] = "v";
	struct tag one = { key, other };
	struct ledger l;

	ledger_open(&l);
	cr_assert(tag(&l, 0, 3));
	cr_assert(action_untag(l.s.p, "one", &one, 1, &l.s.f));
	cr_expect_eq(count_tags(&l), 3, "it has another value");
	one.value = same;
	cr_assert(action_untag(l.s.p, "one", &one, 1, &l.s.f));
	cr_expect_eq(count_tags(&l), 2);
	EXPECT_ENTRY(&l, "UntagCertificateAuthority", "k01=v");
	cr_expect(action_untag(l.s.p, "one", &one, 1, &l.s.f));
	one.key = other;
	one.value = NULL;
	cr_expect(action_untag(l.s.p, "one", &one, 1, &l.s.f));
	ledger_close(&l);
}

/* The shape that the API takes, for the CA's ARN; the caller's. */
static char *
policy_for(const struct ca *ca)
{
	return mem_format(
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":["
	    "\"acm-pca:DescribeCertificateAuthority\","
	    "\"acm-pca:GetCertificate\","
	    "\"acm-pca:GetCertificateAuthorityCertificate\","
	    "\"acm-pca:ListPermissions\",\"acm-pca:ListTags\"],"
	    "\"Resource\":\"%s\"},{\"Effect\":\"Allow\","
	    "\"Principal\":{\"AWS\":\"111122223333\"},"
	    "\"Action\":\"acm-pca:IssueCertificate\",\"Resource\":\"%s\","
	    "\"Condition\":{\"StringEquals\":{\"acm-pca:TemplateArn\":"
	    "\"arn:aws:acm-pca:::template/EndEntityCertificate/V1\"}}}]}",
	    ca->arn, ca->arn);
}

Test(attach, a_policy_comes_back_as_it_was_put)
{
	struct ledger l;
	char *policy, *back;

	ledger_open(&l);
	policy = policy_for(l.ca);
	cr_expect_not(action_get_policy(l.s.p, "one", &back, &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_expect_null(back);
	cr_assert(action_put_policy(l.s.p, "one", bytes_of(policy), &l.s.f),
	    "%s", l.s.f.found);
	EXPECT_ENTRY(&l, "PutPolicy", "policySha256", "\"done\"");
	cr_assert(action_get_policy(l.s.p, "one", &back, &l.s.f));
	cr_expect_str_eq(back, policy);
	mem_free(back);
	cr_expect_not(action_put_policy(l.s.p, "one", bytes_of("{}"), &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_POLICY);
	EXPECT_ENTRY(&l, "PutPolicy", "InvalidPolicyException");
	cr_assert(action_get_policy(l.s.p, "one", &back, &l.s.f));
	cr_expect_str_eq(back, policy, "the refusal changed nothing");
	mem_free(back);
	cr_assert(action_delete_policy(l.s.p, "one", &l.s.f));
	EXPECT_ENTRY(&l, "DeletePolicy", "\"done\"");
	cr_expect(action_delete_policy(l.s.p, "one", &l.s.f), "none is fine");
	cr_expect_not(action_get_policy(l.s.p, "one", &back, &l.s.f));
	mem_free(policy);
	ledger_close(&l);
}

#define ACM "acm.amazonaws.com"

static bool
give(struct ledger *l, const char *principal, const char *account)
{
	static const char *const actions[] = { "GetCertificate",
		"IssueCertificate", NULL };

	return action_create_permission(l->s.p, "one", principal, actions,
	    account, &l->s.f);
}

Test(attach, a_permission_is_given_once_and_taken_back)
{
	struct permission *list;
	struct ledger l;
	size_t count;

	ledger_open(&l);
	cr_assert(give(&l, ACM, NULL), "%s", l.s.f.found);
	EXPECT_ENTRY(&l, "CreatePermission", ACM, "000000000000",
	    "IssueCertificate,GetCertificate");
	cr_expect_not(give(&l, ACM, NULL));
	cr_expect_eq(l.s.f.kind, FAULT_PERMISSION_ALREADY_EXISTS);
	EXPECT_ENTRY(&l, "PermissionAlreadyExistsException");
	cr_expect_not(give(&l, ACM, "000000000000"), "that is the default");
	cr_expect(give(&l, ACM, "111122223333"));
	cr_assert(action_list_permissions(l.s.p, "one", &list, &count, &l.s.f));
	cr_assert_eq(count, 2);
	cr_expect_str_eq(list[0].principal, ACM);
	cr_expect_str_eq(list[0].actions, "IssueCertificate,GetCertificate");
	cr_expect_str_eq(list[1].source_account, "111122223333");
	cr_expect_eq(list[0].created_at, STAGE_NOW);
	permissions_free(list, count);
	cr_assert(action_delete_permission(l.s.p, "one", ACM, NULL, &l.s.f));
	EXPECT_ENTRY(&l, "DeletePermission", "\"done\"");
	cr_expect_not(action_delete_permission(l.s.p, "one", ACM, NULL,
	    &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	EXPECT_ENTRY(&l, "DeletePermission", "ResourceNotFoundException");
	ledger_close(&l);
}

Test(attach, only_acm_is_given_a_permission)
{
	struct ledger l;

	ledger_open(&l);
	cr_expect_not(give(&l, "ec2.amazonaws.com", NULL));
	cr_expect_eq(l.s.f.kind, FAULT_VALIDATION);
	EXPECT_ENTRY(&l, "CreatePermission", "ValidationException");
	ledger_close(&l);
}

Test(attach, nothing_hangs_on_a_deleted_ca)
{
	struct permission *permissions;
	struct ledger l;
	struct tag *tags;
	struct ca *ca;
	size_t count;
	char *policy;

	ledger_open(&l);
	cr_assert(action_update(l.s.p, "one", false, &ca, &l.s.f));
	ca_free(ca);
	cr_assert(action_delete(l.s.p, "one", 7, &ca, &l.s.f));
	ca_free(ca);
	cr_expect_not(tag(&l, 0, 1));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_STATE);
	EXPECT_ENTRY(&l, "TagCertificateAuthority", "InvalidStateException");
	cr_expect_not(action_list_tags(l.s.p, "one", &tags, &count, &l.s.f));
	cr_expect_not(give(&l, ACM, NULL));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_STATE);
	cr_expect_not(action_list_permissions(l.s.p, "one", &permissions,
	    &count, &l.s.f));
	cr_expect_not_null(strstr(l.s.f.found,
	    "The certificate authority is in the DELETED state"));
	cr_expect_not(action_get_policy(l.s.p, "one", &policy, &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_STATE);
	cr_expect_not(action_delete_policy(l.s.p, "one", &l.s.f));
	cr_expect_not(action_delete_policy(l.s.p, "nobody", &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	EXPECT_ENTRY(&l, "DeletePolicy", "nobody");
	ledger_close(&l);
}
