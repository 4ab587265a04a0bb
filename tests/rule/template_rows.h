/*
 * template_rows.h - the certificate templates as the API documents them: what
 * OpenSSL prints of a certificate made from each.
 */
#ifndef P11CA_TESTS_TEMPLATE_ROWS_H
#define P11CA_TESTS_TEMPLATE_ROWS_H

#include <stdbool.h>

struct template_row {
	const char *name;
	bool root;
	const char *basic; /* "!": critical */
	const char *key_usage;
	const char *ext_key_usage;
	const char *aki;
	const char *crl;
	const char *subject; /* and subjectAltName */
	const char *others;
};

/* clang-format off */
static const struct template_row template_rows[] = {
	{ "BlankEndEntityCertificate_APICSRPassthrough", false, "CA:FALSE", "", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "BlankEndEntityCertificate_APIPassthrough", false, "CA:FALSE", "", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "BlankEndEntityCertificate_CSRPassthrough", false, "CA:FALSE", "", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough", false, "!CA:FALSE", "", "", "issuer-ski", "ca-config-or-api-or-csr", "api-else-csr", "api-then-csr" },
	{ "BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough", false, "!CA:FALSE", "", "", "issuer-ski", "ca-config-or-api", "api-else-csr", "api" },
	{ "BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough", false, "!CA:FALSE", "", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "BlankRootCACertificate_APIPassthrough", true, "!CA:TRUE", "", "", "none", "none", "api-else-csr", "api" },
	{ "BlankRootCACertificate_PathLen0_APIPassthrough", true, "!CA:TRUE, pathlen:0", "", "", "none", "none", "api-else-csr", "api" },
	{ "BlankRootCACertificate_PathLen1_APIPassthrough", true, "!CA:TRUE, pathlen:1", "", "", "none", "none", "api-else-csr", "api" },
	{ "BlankRootCACertificate_PathLen2_APIPassthrough", true, "!CA:TRUE, pathlen:2", "", "", "none", "none", "api-else-csr", "api" },
	{ "BlankRootCACertificate_PathLen3_APIPassthrough", true, "!CA:TRUE, pathlen:3", "", "", "none", "none", "api-else-csr", "api" },
	{ "BlankSubordinateCACertificate_PathLen0_APICSRPassthrough", false, "!CA:TRUE, pathlen:0", "", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "BlankSubordinateCACertificate_PathLen0_APIPassthrough", false, "!CA:TRUE, pathlen:0", "", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "BlankSubordinateCACertificate_PathLen0_CSRPassthrough", false, "!CA:TRUE, pathlen:0", "", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "BlankSubordinateCACertificate_PathLen1_APICSRPassthrough", false, "!CA:TRUE, pathlen:1", "", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "BlankSubordinateCACertificate_PathLen1_APIPassthrough", false, "!CA:TRUE, pathlen:1", "", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "BlankSubordinateCACertificate_PathLen1_CSRPassthrough", false, "!CA:TRUE, pathlen:1", "", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "BlankSubordinateCACertificate_PathLen2_APICSRPassthrough", false, "!CA:TRUE, pathlen:2", "", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "BlankSubordinateCACertificate_PathLen2_APIPassthrough", false, "!CA:TRUE, pathlen:2", "", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "BlankSubordinateCACertificate_PathLen2_CSRPassthrough", false, "!CA:TRUE, pathlen:2", "", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "BlankSubordinateCACertificate_PathLen3_APICSRPassthrough", false, "!CA:TRUE, pathlen:3", "", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "BlankSubordinateCACertificate_PathLen3_APIPassthrough", false, "!CA:TRUE, pathlen:3", "", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "BlankSubordinateCACertificate_PathLen3_CSRPassthrough", false, "!CA:TRUE, pathlen:3", "", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "CodeSigningCertificate", false, "CA:FALSE", "!Digital Signature", "!Code Signing", "issuer-ski", "ca-config", "csr", "none" },
	{ "CodeSigningCertificate_APICSRPassthrough", false, "CA:FALSE", "!Digital Signature", "!Code Signing", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "CodeSigningCertificate_APIPassthrough", false, "CA:FALSE", "!Digital Signature", "!Code Signing", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "CodeSigningCertificate_CSRPassthrough", false, "CA:FALSE", "!Digital Signature", "!Code Signing", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "EndEntityCertificate", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication, TLS Web Client Authentication", "issuer-ski", "ca-config", "csr", "none" },
	{ "EndEntityCertificate_APICSRPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication, TLS Web Client Authentication", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "EndEntityCertificate_APIPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication, TLS Web Client Authentication", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "EndEntityCertificate_CSRPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication, TLS Web Client Authentication", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "EndEntityClientAuthCertificate", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Client Authentication", "issuer-ski", "ca-config", "csr", "none" },
	{ "EndEntityClientAuthCertificate_APICSRPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Client Authentication", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "EndEntityClientAuthCertificate_APIPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Client Authentication", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "EndEntityClientAuthCertificate_CSRPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Client Authentication", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "EndEntityServerAuthCertificate", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication", "issuer-ski", "ca-config", "csr", "none" },
	{ "EndEntityServerAuthCertificate_APICSRPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "EndEntityServerAuthCertificate_APIPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "EndEntityServerAuthCertificate_CSRPassthrough", false, "CA:FALSE", "!Digital Signature, Key Encipherment", "TLS Web Server Authentication", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "OCSPSigningCertificate", false, "CA:FALSE", "!Digital Signature", "!OCSP Signing", "issuer-ski", "ca-config", "csr", "none" },
	{ "OCSPSigningCertificate_APICSRPassthrough", false, "CA:FALSE", "!Digital Signature", "!OCSP Signing", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "OCSPSigningCertificate_APIPassthrough", false, "CA:FALSE", "!Digital Signature", "!OCSP Signing", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "OCSPSigningCertificate_CSRPassthrough", false, "CA:FALSE", "!Digital Signature", "!OCSP Signing", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "RootCACertificate", true, "!CA:TRUE", "!Digital Signature, Certificate Sign, CRL Sign", "", "none", "none", "csr", "none" },
	{ "RootCACertificate_APIPassthrough", true, "!CA:TRUE", "!Digital Signature, Certificate Sign, CRL Sign", "", "api", "none", "api-else-csr", "api" },
	{ "SubordinateCACertificate_PathLen0", false, "!CA:TRUE, pathlen:0", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "csr", "none" },
	{ "SubordinateCACertificate_PathLen0_APICSRPassthrough", false, "!CA:TRUE, pathlen:0", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "SubordinateCACertificate_PathLen0_APIPassthrough", false, "!CA:TRUE, pathlen:0", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "SubordinateCACertificate_PathLen0_CSRPassthrough", false, "!CA:TRUE, pathlen:0", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "SubordinateCACertificate_PathLen1", false, "!CA:TRUE, pathlen:1", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "csr", "none" },
	{ "SubordinateCACertificate_PathLen1_APICSRPassthrough", false, "!CA:TRUE, pathlen:1", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "SubordinateCACertificate_PathLen1_APIPassthrough", false, "!CA:TRUE, pathlen:1", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "SubordinateCACertificate_PathLen1_CSRPassthrough", false, "!CA:TRUE, pathlen:1", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "SubordinateCACertificate_PathLen2", false, "!CA:TRUE, pathlen:2", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "csr", "none" },
	{ "SubordinateCACertificate_PathLen2_APICSRPassthrough", false, "!CA:TRUE, pathlen:2", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "SubordinateCACertificate_PathLen2_APIPassthrough", false, "!CA:TRUE, pathlen:2", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "SubordinateCACertificate_PathLen2_CSRPassthrough", false, "!CA:TRUE, pathlen:2", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
	{ "SubordinateCACertificate_PathLen3", false, "!CA:TRUE, pathlen:3", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "csr", "none" },
	{ "SubordinateCACertificate_PathLen3_APICSRPassthrough", false, "!CA:TRUE, pathlen:3", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "api-else-csr", "api-then-csr" },
	{ "SubordinateCACertificate_PathLen3_APIPassthrough", false, "!CA:TRUE, pathlen:3", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config", "api-else-csr", "api" },
	{ "SubordinateCACertificate_PathLen3_CSRPassthrough", false, "!CA:TRUE, pathlen:3", "!Digital Signature, Certificate Sign, CRL Sign", "", "issuer-ski", "ca-config-or-csr", "csr", "csr" },
};
/* clang-format on */

#endif
