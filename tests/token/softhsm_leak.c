/*
 * softhsm_leak.c - the one leak of SoftHSM 2.6.1, for programs that are built
 * with a sanitizer of leaks: 37 bytes at each operation with an Ed25519 key.
 *
 * It is linked to such programs, and stands in front of the function of
 * libcrypto by which SoftHSM reads the name of the curve and which p11ca does
 * not call.  A suppression does the same only when the stack is unwound slowly
 * at every allocation, which takes ten times the time (scripts/run-tests).
 */
#include <openssl/asn1t.h>
#include <sanitizer/lsan_interface.h>

ASN1_PRINTABLESTRING *
d2i_ASN1_PRINTABLESTRING(ASN1_PRINTABLESTRING **out, const unsigned char **in,
    long len)
{
	ASN1_VALUE *value;

	__lsan_disable();
	value = ASN1_item_d2i((ASN1_VALUE **)out, in, len,
	    ASN1_ITEM_rptr(ASN1_PRINTABLESTRING));
	__lsan_enable();
	return (ASN1_PRINTABLESTRING *)value;
}
