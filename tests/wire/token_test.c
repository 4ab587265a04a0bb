/* token_test.c - tokens as JSON. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire.h"

#define TOKEN                                                                  \
	"\"Label\":\"issuing\",\"Serial\":\"17\","                             \
	"\"Manufacturer\":\"Maker\",\"Model\":\"M1\",\"Slot\":5,"              \
	"\"Uri\":\"pkcs11:token=issuing\",\"PinMin\":4,\"PinMax\":255,"        \
	"\"Flags\":{\"Initialized\":true,\"LoginRequired\":true,"              \
	"\"PinSet\":false,\"ProtectedAuthenticationPath\":false,"              \
	"\"PinCountLow\":false,\"PinFinalTry\":true,\"PinLocked\":false,"      \
	"\"PinToBeChanged\":false,\"WriteProtected\":false,"                   \
	"\"Isolated\":false}"

static const struct token_info info = {
	.label = "issuing",
	.serial = "17",
	.manufacturer = "Maker",
	.model = "M1",
	.slot = 5,
	.initialized = true,
	.login_required = true,
	.pin_final_try = true,
	.pin_min = 4,
	.pin_max = 255,
	.uri = "pkcs11:token=issuing",
};

Test(token, shows_what_the_token_says_of_itself)
{
	char *json = wire_token(&info);

	cr_expect_str_eq(json, "{" TOKEN "}", "%s", json);
	mem_free(json);
}

Test(token, the_full_form_adds_keys_and_mechanisms)
{
	static unsigned char id[] = { 0xab };
	static unsigned char spki[] = { 'a', 'b', 'c' };
	static const unsigned long mechanisms[] = { 0x1040 };
	static const struct token_limits limits = {
		.pin_min = 4,
		.pin_max = LIMIT_NOT_REPORTED,
		.sessions = 3,
		.sizes = { { 0x1041, 256, 521, true } },
		.size_count = 1,
	};
	struct key keys[2] = {
		{ .label = "ca \x1b[1m",
		    .id = { id, sizeof(id), 0 },
		    .family = FAMILY_EC,
		    .bits = 256,
		    .spki = { spki, sizeof(spki), 0 } },
		{ .family = FAMILY_OTHER },
	};
	char *json = wire_token_full(&info, &limits, keys, 2, mechanisms, 1);

	cr_expect(strstr(json,
		      "{" TOKEN ",\"Limits\":{\"PinMin\":4,"
		      "\"PinMax\":null,\"Sessions\":3,"
		      "\"SessionsMax\":0,\"RwSessions\":0,"
		      "\"RwSessionsMax\":0,\"PublicMemory\":0,"
		      "\"PublicMemoryFree\":0,\"PrivateMemory\":0,"
		      "\"PrivateMemoryFree\":0,\"KeySizes\":[{"
		      "\"Mechanism\":\"CKM_ECDSA\",\"Min\":256,"
		      "\"Max\":521,\"Hardware\":true}]},"
		      "\"Keys\":[{\"Label\":"
		      "\"ca \\u001B[1m\",\"Id\":\"ab\",\"Family\":"
		      "\"EC\",\"Bits\":256,\"PublicKeySha256\":"
		      "\"ba7816bf8f01cfea414140de5dae2223b00361a39617"
		      "7a9cb410ff61f20015ad\",\"Attributes\":{"
		      "\"Sensitive\":\"not reported\",") == json,
	    "%s", json);
	cr_expect(strstr(json,
		      "{\"Label\":\"\",\"Id\":\"\",\"Family\":"
		      "\"OTHER\",\"Attributes\":{") != NULL,
	    "%s", json);
	cr_expect(strstr(json, "],\"Mechanisms\":[\"CKM_") != NULL, "%s", json);
	mem_free(json);
}

Test(token, shows_a_number_that_the_token_does_not_know)
{
	struct token_info unknown = info;
	char *json, *text;

	unknown.pin_max = ~0ul;
	json = wire_token(&unknown);
	text = wire_member(json, "PinMax");
	cr_expect_str_eq(text, "9223372036854775807");
	mem_free(text);
	mem_free(json);
}
