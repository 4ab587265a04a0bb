/* probe_test.c - what a token can do for a CA, as JSON. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire.h"

#define HAS(json, text)                                                        \
	cr_expect(strstr(json, (text)) != NULL, "no %s in %s", text, json)

/* P-256 works by libp11 but for one algorithm; nothing else is there. */
static struct probe *
bench_probe(void)
{
	struct probe *probe = mem_new(sizeof(*probe));
	struct probe_row *row = &probe->row[KEY_EC_PRIME256V1];

	strcpy(probe->about.label, "issuing \x1b[1m");
	strcpy(probe->about.uri, "pkcs11:token=issuing");
	probe->limits.flags = 0x1 | 0x4;
	probe->limits.pin_max = LIMIT_NOT_REPORTED;
	probe->session_keys = CLAIM_YES;
	probe->strict = true;
	for (size_t i = 0; i < KEY_ALGS; i++) {
		probe->row[i].key_alg = (enum key_alg)i;
		strcpy(probe->row[i].refusal, "no such mechanism");
	}
	row->generated = row->usable = row->usable_for_ca = true;
	row->refusal[0] = '\0';
	row->claims.sensitive = CLAIM_YES;
	row->claims.local = CLAIM_NO;
	strcpy(row->strict_refusal, "it says LOCAL=0");
	row->sign[SIGN_SHA256WITHECDSA] =
	    (struct probe_sign){ true, true, "libp11", "" };
	row->sign[SIGN_SHA512WITHECDSA] =
	    (struct probe_sign){ true, false, NULL, "too long" };
	return probe;
}

Test(probe, tells_each_key_and_how_it_signs)
{
	struct probe *probe = bench_probe();
	char *json = wire_probe(probe);

	HAS(json,
	    "{\"keyAlgorithm\":\"EC_prime256v1\",\"generated\":true,"
	    "\"usableForCa\":true,\"refusal\":null,"
	    "\"strictRefusal\":\"it says LOCAL=0\","
	    "\"attributes\":{\"sensitive\":\"yes\","
	    "\"extractable\":\"not reported\",");
	HAS(json,
	    "\"local\":\"no\",\"sign\":\"not reported\","
	    "\"decrypt\":\"not reported\",\"unwrap\":\"not reported\","
	    "\"derive\":\"not reported\","
	    "\"alwaysAuthenticate\":\"not reported\","
	    "\"secretReadable\":false},\"signing\":["
	    "{\"algorithm\":\"SHA256WITHECDSA\",\"usable\":true,"
	    "\"way\":\"libp11\",\"refusal\":null},"
	    "{\"algorithm\":\"SHA512WITHECDSA\",\"usable\":false,"
	    "\"way\":null,\"refusal\":\"too long\"}]}");
	HAS(json,
	    "{\"keyAlgorithm\":\"ED25519\",\"generated\":false,"
	    "\"usableForCa\":false,\"refusal\":\"no such mechanism\","
	    "\"strictRefusal\":null,\"attributes\":null,\"signing\":[]}]}");
	mem_free(json);
	mem_free(probe);
}

Test(probe, tells_of_the_token_its_flags_and_its_limits)
{
	struct probe *probe = bench_probe();
	char *json = wire_probe(probe);

	cr_expect(strstr(json,
		      "{\"token\":{\"label\":\"issuing \\u001B[1m\",") == json,
	    "%s", json);
	HAS(json, "\"uri\":\"pkcs11:token=issuing\"}");
	HAS(json, "\"flags\":[\"CKF_RNG\",\"CKF_LOGIN_REQUIRED\"],");
	HAS(json, "\"limits\":{\"pinMin\":0,\"pinMax\":null,\"sessions\":0,");
	HAS(json, "\"keySizes\":[]},\"triedWith\":\"session keys\",");
	HAS(json, "\"sessionKeys\":\"yes\",\"strictKeyAttributes\":true,");
	mem_free(json);
	probe->keys = PROBE_TOKEN_KEYS;
	json = wire_probe(probe);
	HAS(json, "\"triedWith\":\"token keys\",");
	mem_free(json);
	mem_free(probe);
}
