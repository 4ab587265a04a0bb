/* template.c - the certificate templates of the API, and what comes of one. */
#include "p11ca/rule_template.h"

#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

/* What a row is put together from. */
#define ANY_CA false
#define ROOT_ONLY true
#define LEAF false, false, -1
#define LEAF_CRITICAL true, false, -1
#define CA_ANY true, true, -1
#define CA_PATH(n) true, true, n
#define NO_USAGE 0
#define SIGNS (1u << 0)
#define SIGNS_AND_WRAPS (1u << 0 | 1u << 2)
#define IS_CA (1u << 0 | 1u << 5 | 1u << 6)
#define EKU(last) "1.3.6.1.5.5.7.3." last
#define NO_EKU { NULL, NULL }, false
#define EKU_BOTH { EKU("1"), EKU("2") }, false
#define EKU_SERVER { EKU("1"), NULL }, false
#define EKU_CLIENT { EKU("2"), NULL }, false
#define EKU_CODE { EKU("3"), NULL }, true
#define EKU_OCSP { EKU("9"), NULL }, true
#define AKI_NONE TEMPLATE_AKI_NONE
#define AKI_ISSUER TEMPLATE_AKI_ISSUER
#define AKI_API TEMPLATE_AKI_API
#define CRL_NONE TEMPLATE_CRL_NONE
#define CRL_CONFIG TEMPLATE_CRL_CONFIG
#define CRL_CONFIG_CSR TEMPLATE_CRL_CONFIG_CSR
#define CRL_CONFIG_API TEMPLATE_CRL_CONFIG_API
#define CRL_CONFIG_API_CSR TEMPLATE_CRL_CONFIG_API_CSR
#define BASE TEMPLATE_SUBJECT_CSR, TEMPLATE_OTHERS_NONE
#define API TEMPLATE_SUBJECT_API_ELSE_CSR, TEMPLATE_OTHERS_API
#define CSR TEMPLATE_SUBJECT_CSR, TEMPLATE_OTHERS_CSR
#define API_CSR TEMPLATE_SUBJECT_API_ELSE_CSR, TEMPLATE_OTHERS_API_THEN_CSR

/* clang-format off */
const struct template templates[TEMPLATES] = {
	{ "BlankEndEntityCertificate_APICSRPassthrough", ANY_CA, LEAF, NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "BlankEndEntityCertificate_APIPassthrough", ANY_CA, LEAF, NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "BlankEndEntityCertificate_CSRPassthrough", ANY_CA, LEAF, NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough", ANY_CA, LEAF_CRITICAL, NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_API_CSR, API_CSR },
	{ "BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough", ANY_CA, LEAF_CRITICAL, NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_API, API },
	{ "BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough", ANY_CA, LEAF_CRITICAL, NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "BlankRootCACertificate_APIPassthrough", ROOT_ONLY, CA_ANY, NO_USAGE, NO_EKU, AKI_NONE, CRL_NONE, API },
	{ "BlankRootCACertificate_PathLen0_APIPassthrough", ROOT_ONLY, CA_PATH(0), NO_USAGE, NO_EKU, AKI_NONE, CRL_NONE, API },
	{ "BlankRootCACertificate_PathLen1_APIPassthrough", ROOT_ONLY, CA_PATH(1), NO_USAGE, NO_EKU, AKI_NONE, CRL_NONE, API },
	{ "BlankRootCACertificate_PathLen2_APIPassthrough", ROOT_ONLY, CA_PATH(2), NO_USAGE, NO_EKU, AKI_NONE, CRL_NONE, API },
	{ "BlankRootCACertificate_PathLen3_APIPassthrough", ROOT_ONLY, CA_PATH(3), NO_USAGE, NO_EKU, AKI_NONE, CRL_NONE, API },
	{ "BlankSubordinateCACertificate_PathLen0_APICSRPassthrough", ANY_CA, CA_PATH(0), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "BlankSubordinateCACertificate_PathLen0_APIPassthrough", ANY_CA, CA_PATH(0), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "BlankSubordinateCACertificate_PathLen0_CSRPassthrough", ANY_CA, CA_PATH(0), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "BlankSubordinateCACertificate_PathLen1_APICSRPassthrough", ANY_CA, CA_PATH(1), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "BlankSubordinateCACertificate_PathLen1_APIPassthrough", ANY_CA, CA_PATH(1), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "BlankSubordinateCACertificate_PathLen1_CSRPassthrough", ANY_CA, CA_PATH(1), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "BlankSubordinateCACertificate_PathLen2_APICSRPassthrough", ANY_CA, CA_PATH(2), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "BlankSubordinateCACertificate_PathLen2_APIPassthrough", ANY_CA, CA_PATH(2), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "BlankSubordinateCACertificate_PathLen2_CSRPassthrough", ANY_CA, CA_PATH(2), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "BlankSubordinateCACertificate_PathLen3_APICSRPassthrough", ANY_CA, CA_PATH(3), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "BlankSubordinateCACertificate_PathLen3_APIPassthrough", ANY_CA, CA_PATH(3), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "BlankSubordinateCACertificate_PathLen3_CSRPassthrough", ANY_CA, CA_PATH(3), NO_USAGE, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "CodeSigningCertificate", ANY_CA, LEAF, SIGNS, EKU_CODE, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "CodeSigningCertificate_APICSRPassthrough", ANY_CA, LEAF, SIGNS, EKU_CODE, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "CodeSigningCertificate_APIPassthrough", ANY_CA, LEAF, SIGNS, EKU_CODE, AKI_ISSUER, CRL_CONFIG, API },
	{ "CodeSigningCertificate_CSRPassthrough", ANY_CA, LEAF, SIGNS, EKU_CODE, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "EndEntityCertificate", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_BOTH, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "EndEntityCertificate_APICSRPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_BOTH, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "EndEntityCertificate_APIPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_BOTH, AKI_ISSUER, CRL_CONFIG, API },
	{ "EndEntityCertificate_CSRPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_BOTH, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "EndEntityClientAuthCertificate", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_CLIENT, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "EndEntityClientAuthCertificate_APICSRPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_CLIENT, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "EndEntityClientAuthCertificate_APIPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_CLIENT, AKI_ISSUER, CRL_CONFIG, API },
	{ "EndEntityClientAuthCertificate_CSRPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_CLIENT, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "EndEntityServerAuthCertificate", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_SERVER, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "EndEntityServerAuthCertificate_APICSRPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_SERVER, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "EndEntityServerAuthCertificate_APIPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_SERVER, AKI_ISSUER, CRL_CONFIG, API },
	{ "EndEntityServerAuthCertificate_CSRPassthrough", ANY_CA, LEAF, SIGNS_AND_WRAPS, EKU_SERVER, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "OCSPSigningCertificate", ANY_CA, LEAF, SIGNS, EKU_OCSP, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "OCSPSigningCertificate_APICSRPassthrough", ANY_CA, LEAF, SIGNS, EKU_OCSP, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "OCSPSigningCertificate_APIPassthrough", ANY_CA, LEAF, SIGNS, EKU_OCSP, AKI_ISSUER, CRL_CONFIG, API },
	{ "OCSPSigningCertificate_CSRPassthrough", ANY_CA, LEAF, SIGNS, EKU_OCSP, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "RootCACertificate", ROOT_ONLY, CA_ANY, IS_CA, NO_EKU, AKI_NONE, CRL_NONE, BASE },
	{ "RootCACertificate_APIPassthrough", ROOT_ONLY, CA_ANY, IS_CA, NO_EKU, AKI_API, CRL_NONE, API },
	{ "SubordinateCACertificate_PathLen0", ANY_CA, CA_PATH(0), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "SubordinateCACertificate_PathLen0_APICSRPassthrough", ANY_CA, CA_PATH(0), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "SubordinateCACertificate_PathLen0_APIPassthrough", ANY_CA, CA_PATH(0), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "SubordinateCACertificate_PathLen0_CSRPassthrough", ANY_CA, CA_PATH(0), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "SubordinateCACertificate_PathLen1", ANY_CA, CA_PATH(1), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "SubordinateCACertificate_PathLen1_APICSRPassthrough", ANY_CA, CA_PATH(1), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "SubordinateCACertificate_PathLen1_APIPassthrough", ANY_CA, CA_PATH(1), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "SubordinateCACertificate_PathLen1_CSRPassthrough", ANY_CA, CA_PATH(1), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "SubordinateCACertificate_PathLen2", ANY_CA, CA_PATH(2), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "SubordinateCACertificate_PathLen2_APICSRPassthrough", ANY_CA, CA_PATH(2), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "SubordinateCACertificate_PathLen2_APIPassthrough", ANY_CA, CA_PATH(2), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "SubordinateCACertificate_PathLen2_CSRPassthrough", ANY_CA, CA_PATH(2), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
	{ "SubordinateCACertificate_PathLen3", ANY_CA, CA_PATH(3), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, BASE },
	{ "SubordinateCACertificate_PathLen3_APICSRPassthrough", ANY_CA, CA_PATH(3), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, API_CSR },
	{ "SubordinateCACertificate_PathLen3_APIPassthrough", ANY_CA, CA_PATH(3), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG, API },
	{ "SubordinateCACertificate_PathLen3_CSRPassthrough", ANY_CA, CA_PATH(3), IS_CA, NO_EKU, AKI_ISSUER, CRL_CONFIG_CSR, CSR },
};
/* clang-format on */

#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_AUTHORITY_KEY_ID "2.5.29.35"
#define OID_SUBJECT_KEY_ID "2.5.29.14"
#define OID_KEY_USAGE "2.5.29.15"
#define OID_EXT_KEY_USAGE "2.5.29.37"
#define OID_CRL_POINTS "2.5.29.31"
#define OID_INFO_ACCESS "1.3.6.1.5.5.7.1.1"
#define OID_ALT_NAME "2.5.29.17"

#define VERSION "/V1"

/* "EndEntityCertificate" or "EndEntityCertificate/V1". */
static const struct template *
by_name(const char *name)
{
	for (size_t i = 0; i < TEMPLATES; i++) {
		size_t len = strlen(templates[i].name);

		if (strncmp(name, templates[i].name, len) == 0 &&
		    (name[len] == '\0' || strcmp(name + len, VERSION) == 0))
			return &templates[i];
	}
	return NULL;
}

/* The name in "arn:PARTITION:acm-pca:::template/NAME/V1", or NULL. */
static const char *
name_in_arn(const char *arn)
{
	static const char middle[] = ":acm-pca:::template/";
	const char *partition = arn + strlen("arn:");
	const char *rest = strchr(partition, ':');

	if (rest == NULL || rest == partition ||
	    strncmp(rest, middle, strlen(middle)) != 0)
		return NULL;
	rest += strlen(middle);
	return strstr(rest, VERSION) != NULL ? rest : NULL;
}

bool
template_find(const char *which, const struct template **out, struct fault *f)
{
	const char *name = which;
	char shown[128];

	(void)text_fit(shown, sizeof(shown), bytes_of(which));
	if (strncmp(which, "arn:", strlen("arn:")) == 0)
		name = name_in_arn(which);
	if (name == NULL) {
		fault_found(f, "Not a valid arn. (%s)", shown);
		return fault_raise(f, FAULT_INVALID_ARN,
		    "arn:PARTITION:acm-pca:::template/NAME/V1",
		    "give the name of a template, or its ARN");
	}
	*out = by_name(name);
	if (*out != NULL)
		return true;
	fault_found(f, "the template \"%s\"", shown);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "one of the 61 templates of the API",
	    "p11ca help templates lists them");
}

/* Where this kind of certificate takes what the template leaves open. */
struct order {
	const struct ext_wishes *list[2]; /* the first that has it wins */
};

static struct order
order_of(enum template_others others, const struct template_sources *from)
{
	struct order order = { { NULL, NULL } };

	if (others == TEMPLATE_OTHERS_API ||
	    others == TEMPLATE_OTHERS_API_THEN_CSR)
		order.list[0] = from->api;
	if (others == TEMPLATE_OTHERS_CSR ||
	    others == TEMPLATE_OTHERS_API_THEN_CSR)
		order.list[1] = from->csr;
	return order;
}

static void
add_buf(struct ext_wishes *out, const char *oid, bool critical,
    struct buf *value)
{
	ext_wishes_add(out, oid, critical, buf_bytes(value));
	buf_free(value);
}

static void
add_identifiers(const struct template *t, const struct template_sources *from,
    struct ext_wishes *out)
{
	const struct ext_wish *api = NULL;
	struct buf value = { 0 };

	if (t->aki == TEMPLATE_AKI_API)
		api = ext_wishes_find(from->api, OID_AUTHORITY_KEY_ID);
	if (t->aki == TEMPLATE_AKI_ISSUER) {
		ext_authority_key_id(&value, from->issuer_key_id);
		add_buf(out, OID_AUTHORITY_KEY_ID, false, &value);
	} else if (api != NULL) {
		/* Never critical (RFC 5280, 4.2.1.1). */
		ext_wishes_add(out, api->oid, false, buf_bytes(&api->value));
	}
	ext_subject_key_id(&value, from->spki);
	add_buf(out, OID_SUBJECT_KEY_ID, false, &value);
}

static void
add_usages(const struct template *t, struct ext_wishes *out)
{
	struct fault unused = { 0 };
	struct buf value = { 0 };
	size_t count = 0;

	if (t->key_usage != 0) {
		ext_key_usage(&value, t->key_usage);
		add_buf(out, OID_KEY_USAGE, true, &value);
	}
	while (count < COUNT(t->ext_key_usage) &&
	    t->ext_key_usage[count] != NULL)
		count++;
	if (count > 0 &&
	    ext_ext_key_usage(&value, t->ext_key_usage, count, &unused))
		add_buf(out, OID_EXT_KEY_USAGE, t->ext_key_usage_critical,
		    &value);
}

/* The first of these lists that may speak and has one. */
static void
add_crl_point(const struct template *t, const struct template_sources *from,
    struct ext_wishes *out)
{
	bool api_may = t->crl == TEMPLATE_CRL_CONFIG_API ||
	    t->crl == TEMPLATE_CRL_CONFIG_API_CSR;
	bool csr_may = t->crl == TEMPLATE_CRL_CONFIG_CSR ||
	    t->crl == TEMPLATE_CRL_CONFIG_API_CSR;
	const struct ext_wish *found = NULL;
	struct buf value = { 0 };

	if (t->crl == TEMPLATE_CRL_NONE)
		return;
	if (from->crl_uri != NULL) {
		ext_crl_point(&value, from->crl_uri);
		add_buf(out, OID_CRL_POINTS, false, &value);
		return;
	}
	if (api_may)
		found = ext_wishes_find(from->api, OID_CRL_POINTS);
	if (found == NULL && csr_may)
		found = ext_wishes_find(from->csr, OID_CRL_POINTS);
	if (found != NULL)
		ext_wishes_add(out, found->oid, found->critical,
		    buf_bytes(&found->value));
}

static void
add_access(const struct template *t, const struct template_sources *from,
    struct ext_wishes *out)
{
	struct buf value = { 0 };

	if (t->root || from->ocsp_uri == NULL)
		return;
	ext_ocsp_access(&value, from->ocsp_uri);
	add_buf(out, OID_INFO_ACCESS, false, &value);
}

/* Subject and its alternative names come from one place. */
static void
add_alt_name(const struct template *t, const struct template_sources *from,
    struct ext_wishes *out)
{
	const struct ext_wish *found = NULL;

	if (t->subject == TEMPLATE_SUBJECT_API_ELSE_CSR)
		found = ext_wishes_find(from->api, OID_ALT_NAME);
	if (found == NULL)
		found = ext_wishes_find(from->csr, OID_ALT_NAME);
	if (found != NULL)
		ext_wishes_add(out, OID_ALT_NAME,
		    found->critical || from->subject_empty,
		    buf_bytes(&found->value));
}

/*
 * Extensions that are the template's business alone, whether it has them or
 * not: a request for CA:TRUE never makes a CA, and what names keys and places
 * is not the requester's to say.
 */
static bool
is_the_templates(const struct template *t, const char *oid)
{
	static const char *const always[] = { OID_BASIC_CONSTRAINTS,
		OID_AUTHORITY_KEY_ID, OID_SUBJECT_KEY_ID, OID_CRL_POINTS,
		OID_ALT_NAME };

	for (size_t i = 0; i < COUNT(always); i++)
		if (strcmp(oid, always[i]) == 0)
			return true;
	return (t->key_usage != 0 && strcmp(oid, OID_KEY_USAGE) == 0) ||
	    (t->ext_key_usage[0] != NULL &&
		strcmp(oid, OID_EXT_KEY_USAGE) == 0);
}

static void
add_others(const struct template *t, const struct template_sources *from,
    struct ext_wishes *out)
{
	struct order order = order_of(t->others, from);

	for (size_t i = 0; i < COUNT(order.list); i++)
		for (size_t j = 0;
		     order.list[i] != NULL && j < order.list[i]->count; j++) {
			const struct ext_wish *ext = &order.list[i]->list[j];

			if (!is_the_templates(t, ext->oid) &&
			    ext_wishes_find(out, ext->oid) == NULL)
				ext_wishes_add(out, ext->oid, ext->critical,
				    buf_bytes(&ext->value));
		}
}

void
template_extensions(const struct template *t,
    const struct template_sources *from, struct ext_wishes *out)
{
	struct buf value = { 0 };

	ext_basic_constraints(&value, t->ca, t->path_len);
	add_buf(out, OID_BASIC_CONSTRAINTS, t->basic_critical, &value);
	add_identifiers(t, from, out);
	add_usages(t, out);
	add_crl_point(t, from, out);
	add_access(t, from, out);
	add_alt_name(t, from, out);
	add_others(t, from, out);
}
