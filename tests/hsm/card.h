/* card.h - the parts of the smart card in software (card.c). */
#ifndef P11CA_TESTS_CARD_H
#define P11CA_TESTS_CARD_H

#include <stdbool.h>
#include <stddef.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FILES_MAX 64
#define FILE_MAX 4096
#define KEYS_MAX 16
#define KEY_MAX 2048 /* of a private key in DER */
#define KEY_BYTES 256
#define PIN_LEN 16 /* shorter ones are filled up with zeros */
#define PIN_TRIES 3
#define PUK_TRIES 10
#define APDU_MAX 4096
#define REPLY_MAX 256 /* the rest is fetched by GET RESPONSE */
#define MF 0	      /* the master file is the first */
#define NOWHERE (-1)

/* Status words of ISO 7816-4, 5.1.3. */
enum status {
	DONE = 0x9000,
	MORE = 0x6100,
	WRONG_PIN = 0x63c0,
	WRONG_LENGTH = 0x6700,
	NOT_VERIFIED = 0x6982,
	PIN_BLOCKED = 0x6983,
	NO_FILE_CHOSEN = 0x6986,
	NOT_CARRIED = 0x6a81,
	NO_SUCH_FILE = 0x6a82,
	CARD_FULL = 0x6a84,
	NO_SUCH_OBJECT = 0x6a88,
	FILE_EXISTS = 0x6a89,
	OUT_OF_FILE = 0x6b00,
	NO_SUCH_COMMAND = 0x6d00,
	CARD_BROKEN = 0x6f00
};

struct file {
	bool used, folder;
	unsigned id;
	int parent;
	size_t size, name_len, rights_len;
	unsigned char name[16], rights[16], data[FILE_MAX];
};

struct secret {
	unsigned char value[PIN_LEN];
	unsigned tries;
};

/* What the card keeps: written to its file as it lies in memory. */
struct kept {
	struct file files[FILES_MAX];
	struct {
		size_t len;
		unsigned char der[KEY_MAX];
	} keys[KEYS_MAX];
	struct secret pin, puk;
};

/* What it forgets when it loses power. */
struct now {
	int chosen; /* file */
	bool verified;
	unsigned algorithm, key; /* for the next operation */
	unsigned char chain[APDU_MAX], rest[APDU_MAX];
	size_t chain_len, rest_len;
};

struct apdu {
	unsigned ins, p1, p2;
	const unsigned char *data;
	size_t len;
	size_t le; /* what may be answered */
};

struct reply {
	unsigned char data[APDU_MAX + 2];
	size_t len;
};

extern struct kept kept;
extern struct now now;

_Noreturn void die(const char *what);

/* The file that the card is kept in: read if it is there, and written. */
void recall(const char *path);
void keep(void);

/* Tags, lengths, values; find_tag is NULL when the tag is not there. */
void put(struct reply *out, const void *p, size_t len);
void put_tag(struct reply *out, unsigned tag, const void *value, size_t len);
const unsigned char *find_tag(unsigned tag, const unsigned char *p, size_t len,
    size_t *found);
unsigned number(const unsigned char *p, size_t len);

/* The commands. */
typedef enum status command(const struct apdu *in, struct reply *out);
command select_file, create_file, delete_file, read_file,
    write_file; /* card_file.c */
command verify, change_pin, unblock_pin, set_environment, generate_key, sign,
    random_bytes; /* card_key.c */

#endif
