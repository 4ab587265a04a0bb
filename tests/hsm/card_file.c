/* card_file.c - the files of the smart card in software. */
#include <string.h>

#include "card.h"

static int
folder_now(void)
{
	const struct file *file = &kept.files[now.chosen];

	return file->folder ? now.chosen : file->parent;
}

static int
child(int folder, unsigned id)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (kept.files[i].used && kept.files[i].parent == folder &&
		    kept.files[i].id == id)
			return i;
	return NOWHERE;
}

static int
by_name(const struct apdu *in)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (kept.files[i].used && kept.files[i].folder && in->len > 0 &&
		    kept.files[i].name_len == in->len &&
		    memcmp(kept.files[i].name, in->data, in->len) == 0)
			return i;
	return NOWHERE;
}

/* A path of two bytes each.  A single one may also be beside or above. */
static int
by_path(const struct apdu *in)
{
	bool from_top = in->p1 == 8 || in->len < 2 ||
	    number(in->data, 2) == kept.files[MF].id;
	int at = from_top ? MF : folder_now();

	for (size_t i = 0; i + 1 < in->len; i += 2) {
		unsigned id = number(in->data + i, 2);
		int next = kept.files[at].folder ? child(at, id) : NOWHERE;
		int above = kept.files[at].parent;

		if (next == NOWHERE && kept.files[at].id == id)
			next = at;
		if (next == NOWHERE && in->p1 == 0 && above != NOWHERE)
			next = kept.files[above].id == id ? above
							  : child(above, id);
		if (next == NOWHERE)
			return NOWHERE;
		at = next;
	}
	return at;
}

/* File control information (ISO 7816-4, 5.3.3). */
static void
put_control(struct reply *out, const struct file *file)
{
	static const unsigned char active[] = { 5 };
	struct reply about = { .len = 0 };
	unsigned char kind = file->folder ? 0x38 : 0x01;
	unsigned char id[] = { (unsigned char)(file->id >> 8),
		(unsigned char)file->id };
	unsigned char size[] = { (unsigned char)(file->size >> 8),
		(unsigned char)file->size };

	put_tag(&about, file->folder ? 0x81 : 0x80, size, sizeof(size));
	put_tag(&about, 0x82, &kind, 1);
	put_tag(&about, 0x83, id, sizeof(id));
	if (file->name_len > 0)
		put_tag(&about, 0x84, file->name, file->name_len);
	if (file->rights_len > 0)
		put_tag(&about, 0x86, file->rights, file->rights_len);
	put_tag(&about, 0x8a, active, sizeof(active));
	put_tag(out, 0x6f, about.data, about.len);
}

/* The applet itself answers with its version, 0.6, and what it can do. */
enum status
select_file(const struct apdu *in, struct reply *out)
{
	static const unsigned char applet[] = { 0xf2, 0x76, 0xa2, 0x88, 0xbc,
		0xfb, 0xa6, 0x9d, 0x34, 0xf3, 0x10, 0x01 };
	static const unsigned char version[] = { 0, 6, 2 };
	int found;

	if (in->p1 == 4 && in->len == sizeof(applet) &&
	    memcmp(in->data, applet, in->len) == 0) {
		now.chosen = MF;
		put(out, version, sizeof(version));
		return DONE;
	}
	if (in->p1 == 4)
		found = by_name(in);
	else if (in->p1 == 3)
		found = kept.files[folder_now()].parent;
	else
		found = by_path(in);
	if (found == NOWHERE)
		return NO_SUCH_FILE;
	now.chosen = found;
	if (in->p2 != 0x0c)
		put_control(out, &kept.files[found]);
	return DONE;
}

static void
keep_part(unsigned tag, const unsigned char *p, size_t len, unsigned char *part,
    size_t room, size_t *part_len)
{
	size_t n = 0;
	const unsigned char *value = find_tag(tag, p, len, &n);

	*part_len = value == NULL || n > room ? 0 : n;
	if (*part_len > 0)
		memcpy(part, value, *part_len);
}

enum status
create_file(const struct apdu *in, struct reply *out)
{
	struct file new = { .used = true, .parent = folder_now() };
	unsigned char text[2] = { 0 };
	size_t len = 0, n;
	const unsigned char *p = find_tag(0x6f, in->data, in->len, &len);
	int at = 0;

	(void)out;
	if (p == NULL)
		return WRONG_LENGTH;
	keep_part(0x83, p, len, text, sizeof(text), &n);
	new.id = number(text, n);
	keep_part(0x82, p, len, text, sizeof(text), &n);
	new.folder = n > 0 && text[0] == 0x38;
	keep_part(0x81, p, len, text, sizeof(text), &n);
	if (n == 0)
		keep_part(0x80, p, len, text, sizeof(text), &n);
	new.size = new.folder ? 0 : number(text, n);
	keep_part(0x84, p, len, new.name, sizeof(new.name), &new.name_len);
	keep_part(0x86, p, len, new.rights, sizeof(new.rights),
	    &new.rights_len);
	if (new.id == kept.files[MF].id) /* it is there from the beginning */
		new.parent = NOWHERE, new.folder = true;
	else if (child(new.parent, new.id) != NOWHERE)
		return FILE_EXISTS;
	else
		while (at < FILES_MAX && kept.files[at].used)
			at++;
	if (at == FILES_MAX || new.size > FILE_MAX)
		return CARD_FULL;
	kept.files[at] = new;
	now.chosen = at;
	keep();
	return DONE;
}

/* With all that lies in it. */
static void
remove_file(int at)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (kept.files[i].used && kept.files[i].parent == at)
			remove_file(i);
	kept.files[at].used = false;
}

enum status
delete_file(const struct apdu *in, struct reply *out)
{
	int at = in->len == 0 ? now.chosen
			      : child(folder_now(), number(in->data, in->len));

	(void)out;
	if (at == NOWHERE || at == MF)
		return NO_SUCH_FILE;
	now.chosen = kept.files[at].parent;
	remove_file(at);
	keep();
	return DONE;
}

enum status
read_file(const struct apdu *in, struct reply *out)
{
	const struct file *file = &kept.files[now.chosen];
	size_t at = (in->p1 << 8) | in->p2;

	if (file->folder)
		return NO_FILE_CHOSEN;
	if (at > file->size)
		return OUT_OF_FILE;
	put(out, file->data + at,
	    in->le < file->size - at ? in->le : file->size - at);
	return DONE;
}

/* The seventh of eight rights is that to write; 0x9X wants the PIN. */
enum status
write_file(const struct apdu *in, struct reply *out)
{
	struct file *file = &kept.files[now.chosen];
	size_t at = (in->p1 << 8) | in->p2;

	(void)out;
	if (file->folder)
		return NO_FILE_CHOSEN;
	if (file->rights_len == 8 && (file->rights[6] & 0xf0) == 0x90 &&
	    !now.verified)
		return NOT_VERIFIED;
	if (at > file->size || in->len > file->size - at)
		return CARD_FULL;
	memcpy(file->data + at, in->data, in->len);
	keep();
	return DONE;
}
