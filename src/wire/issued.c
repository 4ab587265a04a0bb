/* issued.c - issued certificates and what hangs on a CA, as lines of JSON. */
#include <string.h>

#include "internal.h"
#include "p11ca/cert.h"
#include "p11ca/mem.h"
#include "p11ca/pem.h"

/* ISSUED_DONE is what one expects, and goes without a word. */
static const char *const states[ISSUED_STATES] = {
	[ISSUED_INTENT] = "INTENT",
	[ISSUED_FAILED] = "FAILED",
};

static const char *const report_states[REPORT_STATUSES] = {
	[REPORT_CREATING] = "CREATING",
	[REPORT_SUCCESS] = "SUCCESS",
	[REPORT_FAILED] = "FAILED",
};

bool
issued_subject(const struct issued *issued, struct buf *out)
{
	struct cert *cert;
	struct fault ignored;

	if (!cert_from_der(buf_bytes(&issued->certificate), &cert, &ignored))
		return false;
	name_show(out, cert->subject);
	cert_free(cert);
	return true;
}

void
issued_arn(const struct issued *issued, const char *ca_arn, struct buf *out)
{
	buf_printf(out, "%s/certificate/%s", ca_arn, issued->serial);
}

void
arn_start(const char *ca_arn, const char *service, struct buf *out)
{
	const char *partition = ca_arn + strcspn(ca_arn, ":");

	partition += *partition == ':';
	buf_printf(out, "arn:%.*s:%s:", (int)strcspn(partition, ":"), partition,
	    service);
}

void
issued_template_arn(const struct issued *issued, const char *ca_arn,
    struct buf *out)
{
	if (issued->template_name[0] == '\0')
		return;
	arn_start(ca_arn, "acm-pca", out);
	buf_printf(out, "::template/%s/V1", issued->template_name);
}

/* Put what is in the buf, unless it is empty, and give it back. */
static void
put_buf_if(json_t *object, const char *name, struct buf *text)
{
	tree_put_text_if(object, name, buf_text(text));
	buf_free(text);
}

static json_t *
issued_tree(const struct issued *issued, const char *ca_arn)
{
	json_t *object = tree_object();
	struct buf text = { 0 };

	issued_arn(issued, ca_arn, &text);
	put_buf_if(object, "CertificateArn", &text);
	tree_put_text(object, "Serial", issued->serial);
	if (issued_subject(issued, &text))
		tree_put_bytes(object, "Subject", buf_bytes(&text));
	buf_free(&text);
	tree_put_time(object, "NotBefore", issued->not_before);
	tree_put_time(object, "NotAfter", issued->not_after);
	tree_put_time(object, "IssuedAt", issued->issued_at);
	issued_template_arn(issued, ca_arn, &text);
	put_buf_if(object, "TemplateArn", &text);
	tree_put_text(object, "SigningAlgorithm",
	    sign_algs[issued->sign_alg].name);
	tree_put_text_if(object, "State", states[issued->state]);
	if (issued->revoked_at != 0)
		tree_put_time(object, "RevokedAt", issued->revoked_at);
	tree_put_text_if(object, "RevocationReason",
	    reason_name(issued->reason));
	tree_put_text_if(object, "FailureReason", issued->failure);
	return object;
}

char *
wire_issued(const struct issued *issued, const char *ca_arn)
{
	return tree_print(issued_tree(issued, ca_arn));
}

char *
wire_issued_full(const struct issued *issued, const char *ca_arn,
    const char *chain)
{
	json_t *object = issued_tree(issued, ca_arn);
	struct buf pem = { 0 };

	if (issued->certificate.len > 0) {
		pem_write(&pem, PEM_CERTIFICATE,
		    buf_bytes(&issued->certificate));
		/* The API gives it without the final newline. */
		tree_put_bytes(object, "Certificate",
		    (struct bytes){ pem.p, pem.len - 1 });
	}
	buf_free(&pem);
	tree_put_text_if(object, "CertificateChain", chain);
	return tree_print(object);
}

char *
wire_tags(const struct tag *list, size_t count)
{
	json_t *object = tree_object();
	json_t *tags = tree_array();

	for (size_t i = 0; i < count; i++) {
		json_t *one = tree_object();

		tree_put_text(one, "Key", list[i].key);
		if (list[i].value != NULL)
			tree_put_text(one, "Value", list[i].value);
		tree_add(tags, one);
	}
	tree_put(object, "Tags", tags);
	return tree_print(object);
}

static json_t *
actions_tree(const char *actions)
{
	json_t *list = tree_array();

	while (*actions != '\0') {
		size_t len = strcspn(actions, ",");

		tree_add(list,
		    tree_text((struct bytes){
			(const unsigned char *)actions, len }));
		actions += len;
		actions += strspn(actions, ",");
	}
	return list;
}

char *
wire_permission(const struct permission *permission, const char *ca_arn,
    const char *policy)
{
	json_t *object = tree_object();

	tree_put_text(object, "CertificateAuthorityArn", ca_arn);
	tree_put_time(object, "CreatedAt", permission->created_at);
	tree_put_text(object, "Principal", permission->principal);
	tree_put_text_if(object, "SourceAccount", permission->source_account);
	tree_put(object, "Actions", actions_tree(permission->actions));
	tree_put_text_if(object, "Policy", policy);
	return tree_print(object);
}

char *
wire_audit_report(const struct audit_report *report)
{
	json_t *object = tree_object();

	tree_put_text(object, "AuditReportId", report->id);
	tree_put_text(object, "AuditReportStatus",
	    report_states[report->status]);
	tree_put_text_if(object, "S3BucketName", report->bucket);
	tree_put_text_if(object, "S3Key", report->key);
	tree_put_time(object, "CreatedAt", report->created_at);
	return tree_print(object);
}
