/* make.c - make a key pair that stays in the token. */
#include "internal.h"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include <stdio.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define TEMPLATE_MAX 12

struct template
{
	CK_ATTRIBUTE row[TEMPLATE_MAX];
	size_t count;
};

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

static void
put(struct template *t, CK_ATTRIBUTE_TYPE type, const void *p, size_t len)
{
	t->row[t->count++] = attribute(type, p, len);
}

static void
put_bool(struct template *t, CK_ATTRIBUTE_TYPE type, bool value)
{
	put(t, type, value ? &yes : &no, sizeof(yes));
}

/* --- what is asked for ------------------------------------------------ */

/* What both halves have in common. */
struct wish {
	enum key_alg alg;
	bool permanent;
	struct bytes id;
	struct bytes label;
	CK_ULONG bits;
	struct buf curve; /* CKA_EC_PARAMS */
};

/*
 * The first step says no to every use but signing.  Some tokens (a TPM) take
 * no "no" to what their keys could never do: the second leaves that out.
 */
static void
private_template(const struct wish *wish, int step, struct template *t)
{
	static const CK_ATTRIBUTE_TYPE never[] = { CKA_DECRYPT, CKA_UNWRAP,
		CKA_DERIVE };

	t->count = 0;
	put_bool(t, CKA_TOKEN, wish->permanent);
	put_bool(t, CKA_PRIVATE, true);
	put_bool(t, CKA_SENSITIVE, true);
	put_bool(t, CKA_EXTRACTABLE, false);
	put_bool(t, CKA_SIGN, true);
	for (size_t i = 0; step == 0 && i < COUNT(never); i++)
		put_bool(t, never[i], false);
	put(t, CKA_ID, wish->id.p, wish->id.len);
	put(t, CKA_LABEL, wish->label.p, wish->label.len);
}

static void
public_template(const struct wish *wish, int step, struct template *t)
{
	static const CK_BYTE exponent[] = { 1, 0, 1 };
	static const CK_ATTRIBUTE_TYPE never[] = { CKA_ENCRYPT, CKA_WRAP };

	t->count = 0;
	put_bool(t, CKA_TOKEN, wish->permanent);
	put_bool(t, CKA_PRIVATE, false);
	put_bool(t, CKA_VERIFY, true);
	for (size_t i = 0; step == 0 && i < COUNT(never); i++)
		put_bool(t, never[i], false);
	put(t, CKA_ID, wish->id.p, wish->id.len);
	put(t, CKA_LABEL, wish->label.p, wish->label.len);
	if (wish->curve.len > 0) {
		put(t, CKA_EC_PARAMS, wish->curve.p, wish->curve.len);
		return;
	}
	put(t, CKA_MODULUS_BITS, &wish->bits, sizeof(wish->bits));
	put(t, CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
}

/*
 * CKA_EC_PARAMS of a curve is its OID.  Ed25519 has a second spelling, by name
 * (PKCS#11 3.0, 2.3.10), which is the only one that some tokens take.
 */
static void
curve_params(enum key_alg alg, int spelling, struct buf *out)
{
	static const unsigned char by_name[] = { 0x13, 0x0c, 'e', 'd', 'w', 'a',
		'r', 'd', 's', '2', '5', '5', '1', '9' };
	static const unsigned char by_oid[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };
	const struct key_alg_row *row = &key_algs[alg];
	unsigned char *der = NULL;
	int len;

	if (row->family == FAMILY_ED25519)
		buf_set(out,
		    spelling == 0 ? (struct bytes){ by_oid, sizeof(by_oid) }
				  : (struct bytes){ by_name, sizeof(by_name) });
	if (row->family != FAMILY_EC)
		return;
	len = i2d_ASN1_OBJECT(OBJ_nid2obj(OBJ_sn2nid(row->curve)), &der);
	if (len > 0)
		buf_set(out, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
}

/* --- generate --------------------------------------------------------- */

/* The answers of a token that may only dislike the template. */
static bool
is_about_the_template(CK_RV rv)
{
	static const CK_RV those[] = { CKR_TEMPLATE_INCOMPLETE,
		CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_READ_ONLY,
		CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
		CKR_GENERAL_ERROR };

	for (size_t i = 0; i < COUNT(those); i++)
		if (rv == those[i])
			return true;
	return false;
}

static bool
is_about_the_curve(CK_RV rv)
{
	return rv == CKR_CURVE_NOT_SUPPORTED || rv == CKR_DOMAIN_PARAMS_INVALID;
}

/*
 * A failed step may have left one half: the ID was new, so it is ours.  Some
 * tokens keep a key of a session like any other.
 */
static bool
clear_the_ground(struct token *token, const struct wish *wish, struct fault *f)
{
	bool found;

	return key_destroy(token, wish->id, &found, f);
}

static bool
generate(struct token *token, struct wish *wish, struct key_pair *out,
    struct fault *f)
{
	CK_MECHANISM mechanism = { key_mechanisms[wish->alg].generate, NULL,
		0 };
	int steps = wish->alg == KEY_ED25519 ? 4 : 2;
	struct template public, private;
	CK_RV rv = CKR_GENERAL_ERROR;

	for (int step = 0; step < steps; step++) {
		if (step > 0 && !clear_the_ground(token, wish, f))
			return false;
		curve_params(wish->alg, step / 2, &wish->curve);
		public_template(wish, step % 2, &public);
		private_template(wish, step % 2, &private);
		rv = token->module->list->C_GenerateKeyPair(token->session,
		    &mechanism, public.row, public.count, private.row,
		    private.count, &out->public_key, &out->private_key);
		if (!is_about_the_template(rv) &&
		    !(steps > 2 && is_about_the_curve(rv)))
			break;
	}
	return rv == CKR_OK || token_fault(token, "making a key", rv, f);
}

bool
token_takes_keys(struct token *token, struct fault *f)
{
	return !token->about.write_protected ||
	    token_fault(token, "making a key", CKR_TOKEN_WRITE_PROTECTED, f);
}

bool
key_pair_make(struct token *token, enum key_alg alg, bool permanent,
    struct bytes id, const char *label, struct key_pair *out, struct fault *f)
{
	struct wish wish = { alg, permanent, id, bytes_of(label),
		(CK_ULONG)key_algs[alg].bits, { 0 } };
	bool ok = mechanisms_read(token, f) &&
	    (!permanent || token_takes_keys(token, f));

	if (ok && !token_has(token, key_mechanisms[alg].generate)) {
		fault_found(f, "%s cannot make a key %s: %s", token->name,
		    key_algs[alg].name, key_mechanisms[alg].missing);
		ok = fault_raise(f, FAULT_TOKEN,
		    "a token that carries the algorithm",
		    "ask \"p11ca token probe\" what this token can do");
	}
	if (!ok)
		return false;
	ok = generate(token, &wish, out, f);
	buf_free(&wish.curve);
	return ok;
}

/* --- a key of a CA ---------------------------------------------------- */

static bool
id_is_new(struct token *token, struct bytes id, struct fault *f)
{
	static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
		CKO_PUBLIC_KEY };
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;

	for (size_t i = 0; i < COUNT(classes); i++) {
		if (!objects_by_id(token, classes[i], id, &list, &count, f))
			return false;
		mem_free(list);
		if (count == 0)
			continue;
		fault_found(f, "%s has a key with this CKA_ID already",
		    token->name);
		return fault_raise(f, FAULT_TOKEN,
		    "a CKA_ID that no other key has",
		    "make the key under another ID");
	}
	return true;
}

static bool
names_are_fit(struct bytes id, const char *label, struct fault *f)
{
	if (id.len > 0 && id.len <= 255 && label[0] != '\0' &&
	    strlen(label) < KEY_LABEL_MAX)
		return true;
	fault_found(f, "a key without a CKA_ID or label, or one too long");
	return fault_raise(f, FAULT_TOKEN, "1 to 255 bytes each",
	    "name the key");
}

bool
key_destroy_surely(struct token *token, struct bytes id, struct fault *f)
{
	bool found;

	atomic_store(&token->lost, false);
	if (key_destroy(token, id, &found, f))
		return true;
	return atomic_load(&token->lost) && token_can_reopen(token) &&
	    token_reopen(token, f) && key_destroy(token, id, &found, f);
}

bool
key_make(struct token *token, enum key_alg alg, struct bytes id,
    const char *label, struct key *out, struct fault *f)
{
	struct key_pair pair = { 0, 0 };
	struct fault second = { 0 };
	size_t len;

	memset(out, 0, sizeof(*out));
	if (!names_are_fit(id, label, f) || !id_is_new(token, id, f))
		return false;
	if (key_pair_make(token, alg, true, id, label, &pair, f) &&
	    key_find(token, id, out, f))
		return true;
	/* Half a key, or one that cannot be found, is of no use to anybody. */
	if (!key_destroy_surely(token, id, &second)) {
		len = strlen(f->found);
		(void)snprintf(f->found + len, sizeof(f->found) - len,
		    "; what was made of the key could not be destroyed");
	}
	return false;
}
