/*
 * issued_bench.h - a certificate that was issued, with a subject of one's
 * choice, made by our own encoders: nobody looks at its signature.
 */
#ifndef P11CA_TESTS_ISSUED_BENCH_H
#define P11CA_TESTS_ISSUED_BENCH_H

#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/certmake.h"
#include "p11ca/issued.h"
#include "p11ca/mem.h"
#include "p11ca/name.h"

#define BENCH_ARN                                                              \
	"arn:aws:acm-pca:x:000000000000:certificate-authority/"                \
	"11111111-2222-3333-4444-555555555555"
#define BENCH_SERIAL "00112233445566778899aabbccddeeff"
#define BENCH_T0 1768478400 /* 2026-01-15T12:00:00Z */
#define BENCH_DAY 86400

/* The base point of P-256 as a public key. */
#define BENCH_SPKI                                                             \
	"3059301306072a8648ce3d020106082a8648ce3d03010703420004"               \
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"     \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

static inline void
bench_certificate(const struct name_attr *subject, size_t count,
    struct buf *out)
{
	static const struct name_attr issuer = { "2.5.4.3", "CA", false };
	static const unsigned char serial[] = { 0x11 };
	struct cert_wish wish = { .sign_alg = SIGN_SHA256WITHECDSA,
		.not_before = BENCH_T0,
		.not_after = BENCH_T0 + 10 * BENCH_DAY };
	struct buf names[2] = { { 0 } };
	struct ext_wishes exts = { 0 };
	struct buf spki = { 0 };
	struct buf tbs = { 0 };
	struct fault f = { 0 };

	cr_assert(buf_from_hex(&spki, BENCH_SPKI));
	cr_assert(name_make(&issuer, 1, &names[0], &f), "%s", f.found);
	cr_assert(name_make(subject, count, &names[1], &f), "%s", f.found);
	wish.serial = (struct bytes){ serial, sizeof(serial) };
	wish.issuer = buf_bytes(&names[0]);
	wish.subject = buf_bytes(&names[1]);
	wish.spki = buf_bytes(&spki);
	wish.exts = &exts;
	cr_assert(cert_tbs(&wish, &tbs, &f), "%s", f.found);
	signed_der(buf_bytes(&tbs), wish.sign_alg, bytes_of("signature"), out);
	buf_free(&tbs);
	buf_free(&spki);
	buf_free(&names[0]);
	buf_free(&names[1]);
}

/* One that is done; issued_clear() it. */
static inline struct issued
bench_issued(const struct name_attr *subject, size_t count)
{
	struct issued issued = { .serial = BENCH_SERIAL,
		.state = ISSUED_DONE,
		.sign_alg = SIGN_SHA256WITHECDSA,
		.template_name = "EndEntityCertificate",
		.issued_at = BENCH_T0 + 1,
		.not_before = BENCH_T0,
		.not_after = BENCH_T0 + 10 * BENCH_DAY };

	bench_certificate(subject, count, &issued.certificate);
	return issued;
}

#endif
