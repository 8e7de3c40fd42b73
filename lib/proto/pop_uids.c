#include "proto/pop_uids.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/pop_box.h"

static bool
has_uid(const void *ctx, uint32_t index, const char *uid, size_t n)
{
	const struct pop_uids *u = ctx;
	const struct pop_uid *m = &u->uid[index];

	return m->len == n && memcmp(u->text.data + m->at, uid, n) == 0;
}

static int
add_uid(void *ctx, const struct pop_listed *m, struct err *e)
{
	struct pop_uids *u = ctx;
	uint32_t before;

	if (u->count == POP_BOX_MAX || m->uid_len > POP_UIDS_MAX - u->text.len)
		return err_set(e, EX_PROTOCOL, "more unique-ids than a mailbox can hold");
	before = hash_put(&u->index, m->uid, m->uid_len, (uint32_t)u->count, has_uid, u);
	if (before != HASH_NONE) {
		u->uid[before].doubled = true;
		return 0;
	}
	u->uid = mem_grow(u->uid, u->count, &u->room, sizeof *u->uid);
	u->uid[u->count++] =
		(struct pop_uid){.number = m->number, .at = u->text.len, .len = m->uid_len};
	buf_add(&u->text, m->uid, m->uid_len);
	return 0;
}

int
pop_uids_load(struct pop_uids *u, struct pop *p, struct err *e)
{
	if (u->loaded)
		return 0;
	if (pop_put(p, 0, POP_UIDL, POP_ALL, e) == -1 ||
		pop_next(p, NULL, EX_UNAVAILABLE, e) != 1 ||
		pop_take_listing(p, POP_UIDL, POP_ALL, add_uid, u, e) == -1)
		return -1;
	u->loaded = true;
	return 0;
}

int
pop_uids_find(const struct pop_uids *u, const char *uid, size_t n, uint64_t *number, struct err *e)
{
	uint32_t i = hash_get(&u->index, uid, n, has_uid, u);
	int shown = n < 100 ? (int)n : 100;

	if (i == HASH_NONE)
		return err_set(e, EX_NO, "no message has the unique-id %.*s", shown, uid);
	if (u->uid[i].doubled)
		return err_set(e, EX_NO,
			"more than one message has the unique-id %.*s (give the message number)",
			shown, uid);
	*number = u->uid[i].number;
	return 0;
}

void
pop_uids_free(struct pop_uids *u)
{
	free(u->uid);
	buf_free(&u->text);
	hash_free(&u->index);
	*u = (struct pop_uids){0};
}
