#include "store/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/work.h"

static bool
has_id(const void *ctx, uint32_t index, const char *id, size_t n)
{
	const struct pending *entry = ctx;

	return memcmp(&entry[index].id, id, n) == 0;
}

static uint32_t
put_id(struct pending_list *l, const struct pending_id *id, size_t index)
{
	return hash_put(&l->ids, (const char *)id, sizeof *id, (uint32_t)index, has_id, l->entry);
}

static void
remove_ended(struct pending_list *l)
{
	size_t kept = 0;

	work_count(l->count);
	hash_free(&l->ids);
	for (size_t i = 0; i < l->count; i++) {
		if (l->entry[i].ended)
			continue;
		l->entry[kept] = l->entry[i];
		put_id(l, &l->entry[kept].id, kept);
		kept++;
	}
	l->count = kept;
}

/* Remove ended entries only where they are at least half: the cost for each added entry stays constant. */
static void
make_room(struct pending_list *l)
{
	if (l->count < l->room)
		return;
	if (l->count != 0 && l->live <= l->count / 2) {
		remove_ended(l);
		return;
	}
	l->entry = mem_grow(l->entry, l->count, &l->room, sizeof *l->entry);
}

uint32_t
pending_add(struct pending_list *l, const struct pending_id *id, uint32_t at)
{
	uint32_t i, before = HASH_NONE;

	make_room(l);
	i = put_id(l, id, l->count);
	if (i == HASH_NONE)
		i = (uint32_t)l->count++;
	else if (!l->entry[i].ended)
		before = l->entry[i].at;
	l->live += before == HASH_NONE;
	l->entry[i] = (struct pending){.id = *id, .at = at};
	return before;
}

uint32_t
pending_end(struct pending_list *l, const struct pending_id *id)
{
	uint32_t i = hash_get(&l->ids, (const char *)id, sizeof *id, has_id, l->entry);

	if (i == HASH_NONE || l->entry[i].ended)
		return HASH_NONE;
	l->entry[i].ended = true;
	l->live--;
	return l->entry[i].at;
}

void
pending_free(struct pending_list *l)
{
	free(l->entry);
	hash_free(&l->ids);
	*l = (struct pending_list){0};
}
