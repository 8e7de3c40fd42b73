#include "store/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/work.h"
#include "store/state_priv.h"

static size_t
bucket_of(const struct state *s, uint64_t key)
{
	return (size_t)hash_number(key) & (s->buckets - 1);
}

static void
add_entry(struct state *s, const struct record *r, uint64_t name, uint64_t offset)
{
	struct entry *en;

	if (s->count == s->room) {
		s->room = s->room == 0 ? 256 : s->room * 2;
		s->entry = mem_resize(s->entry, s->room, sizeof *s->entry);
	}
	en = &s->entry[s->count++];
	*en = (struct entry){.key = r->key != 0 ? r->key : record_key(r->uid, r->uid_len, r->size),
		.offset = offset,
		.name = name,
		.time = r->time,
		.next = STATE_NONE,
		.ours = r->dest == s->dest};
	memcpy(en->header, r->header, HDRSUM);
}

/* The one that is pending under this name; pending_count: none is. */
static size_t
find_pending(const struct state *s, const struct record *r, uint64_t name)
{
	size_t i = s->pending_over;

	if (!set_has(&s->pending_names, name))
		return s->pending_count;
	while (i < s->pending_count &&
		(s->pending[i].name != name || s->pending[i].dest != r->dest))
		i++;
	return i;
}

static void
add_pending(struct state *s, const struct record *r, uint64_t name, uint64_t offset)
{
	size_t i = find_pending(s, r, name);

	if (i < s->pending_count) {
		s->pending[i].offset = offset;
		return;
	}
	set_add(&s->pending_names, name);
	if (s->pending_count == s->pending_room) {
		s->pending_room = s->pending_room == 0 ? 64 : s->pending_room * 2;
		s->pending = mem_resize(s->pending, s->pending_room, sizeof *s->pending);
	}
	s->pending[s->pending_count++] = (struct pending){name, r->dest, offset};
}

/* Stored or void: it is pending no more. Ends come in the order of beginnings: mostly it is the first. */
static void
end_pending(struct state *s, const struct record *r, uint64_t name)
{
	size_t i = r->name_len != 0 ? find_pending(s, r, name) : s->pending_count;

	if (i == s->pending_count)
		return;
	memmove(&s->pending[s->pending_over + 1], &s->pending[s->pending_over],
		(i - s->pending_over) * sizeof *s->pending);
	if (++s->pending_over < s->pending_count)
		return;
	s->pending_over = s->pending_count = 0;
	set_free(&s->pending_names);
}

static void
add_mark(struct state *s, uint64_t key, uint64_t offset, int64_t time)
{
	if (s->mark_count == s->mark_room) {
		s->mark_room = s->mark_room == 0 ? 256 : s->mark_room * 2;
		s->mark = mem_resize(s->mark, s->mark_room, sizeof *s->mark);
	}
	s->mark[s->mark_count++] = (struct mark){key, offset, time};
}

/* One more record of the file: the callback of statefile_open, and after each append. */
static void
note_record(void *ctx, const struct record *r, uint64_t offset)
{
	struct state *s = ctx;
	uint64_t name = r->name_len != 0 ? set_hash(r->name, r->name_len) : 0;

	s->records++;
	switch (r->kind) {
	case RECORD_PREPARED: add_pending(s, r, name, offset); break;
	case RECORD_VOID: end_pending(s, r, name); break;
	case RECORD_STORED:
		end_pending(s, r, name);
		/* Without a UID it can never speak for a message. */
		if (r->uid_len != 0)
			add_entry(s, r, name, offset);
		break;
	case RECORD_GONE: add_mark(s, r->dest, offset, r->time); break;
	case RECORD_BACK: add_mark(s, r->dest, offset, 0); break;
	}
}

/* Put an entry at the beginning of its chain. */
static void
chain(struct state *s, size_t i)
{
	uint32_t *head = &s->bucket[bucket_of(s, s->entry[i].key)];

	s->entry[i].next = *head;
	*head = (uint32_t)i;
}

/* Chain the entries for our destination, so that the first of the file is the first of its chain. */
static void
chain_all(struct state *s)
{
	s->buckets = 64;
	while (s->buckets < s->count * 2)
		s->buckets *= 2;
	s->bucket = mem_alloc(s->buckets * sizeof *s->bucket);
	memset(s->bucket, 0xff, s->buckets * sizeof *s->bucket);
	for (size_t i = s->count; i-- > 0;)
		if (s->entry[i].ours)
			chain(s, i);
}

static bool
is_mark_of(const void *ctx, uint32_t index, const char *key, size_t n)
{
	return memcmp(&((const struct mark *)ctx)[index].key, key, n) == 0;
}

/* The last mark of a key counts, for the entries before it in the file; many entries may have one key. */
static void
apply_marks(struct state *s)
{
	struct hash last = {0};

	for (size_t i = s->mark_count; i-- > 0;)
		hash_put(&last, (const char *)&s->mark[i].key, sizeof s->mark[i].key, (uint32_t)i,
			is_mark_of, s->mark);
	for (size_t i = 0; i < s->count; i++) {
		struct entry *en = &s->entry[i];
		uint32_t k = hash_get(
			&last, (const char *)&en->key, sizeof en->key, is_mark_of, s->mark);

		if (k != HASH_NONE && en->offset < s->mark[k].offset)
			en->gone = s->mark[k].time;
	}
	hash_free(&last);
	free(s->mark);
	s->mark = NULL;
	s->mark_count = s->mark_room = 0;
}

struct state *
state_open(const char *path, const char *dest, struct err *e)
{
	struct state *s = mem_zalloc(sizeof *s);

	s->dest = set_hash(dest, strlen(dest));
	if (statefile_open(&s->file, path, note_record, s, e) == -1) {
		state_close(s);
		return NULL;
	}
	chain_all(s);
	apply_marks(s);
	return s;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	statefile_close(&s->file);
	set_free(&s->listed);
	free(s->entry);
	free(s->pending);
	set_free(&s->pending_names);
	free(s->mark);
	free(s->bucket);
	free(s);
}

bool
state_listed(struct state *s, const char *uid, size_t n, uint64_t size, struct state_known *known)
{
	char encoded[RECORD_UID + 1];
	uint64_t key;

	known->id = 0;
	if (n == 0)
		return false;
	known->id = key = record_key(encoded, record_encode_uid(uid, n, encoded), size);
	set_add(&s->listed, key);
	for (uint32_t *at = &s->bucket[bucket_of(s, key)]; *at != STATE_NONE;
		at = &s->entry[*at].next) {
		const struct entry *en = &s->entry[*at];

		work_count(1);
		if (en->key != key)
			continue;
		known->time = en->time;
		known->name = en->name;
		memcpy(known->header, en->header, HDRSUM);
		*at = en->next; /* taken */
		return true;
	}
	return false;
}

int
state_add(struct state *s, enum record_kind kind, struct record *r, size_t n, bool sync,
	struct err *e)
{
	uint64_t *offset = mem_alloc((n + 1) * sizeof *offset);
	struct buf lines = {0};
	int rc;

	for (size_t i = 0; i < n; i++) {
		offset[i] = s->file.end + lines.len;
		r[i].kind = kind;
		r[i].time = time(NULL);
		r[i].dest = s->dest;
		record_format(&r[i], &lines);
	}
	rc = n == 0 ? 0 : statefile_append(&s->file, &lines, e);
	if (rc == 0 && sync)
		rc = statefile_sync(&s->file, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		note_record(s, &r[i], offset[i]);
	buf_free(&lines);
	free(offset);
	return rc;
}

int
state_sync(struct state *s, struct err *e)
{
	return statefile_sync(&s->file, e);
}

/* The index among all pending of the i-th of our destination. */
static size_t
pending_index(const struct state *s, size_t i)
{
	size_t k = s->pending_over;

	while (k < s->pending_count && (s->pending[k].dest != s->dest || i-- > 0))
		k++;
	return k;
}

size_t
state_pending(const struct state *s)
{
	size_t n = 0;

	for (size_t k = s->pending_over; k < s->pending_count; k++)
		n += s->pending[k].dest == s->dest;
	return n;
}

char *
state_pending_name(const struct state *s, size_t i, struct err *e)
{
	struct buf line = {0};
	struct record r;
	char *name = NULL;

	if (statefile_get(&s->file, s->pending[pending_index(s, i)].offset, &line, &r, e) == 0)
		name = mem_dup(r.name, r.name_len);
	buf_free(&line);
	return name;
}

int
state_settle(struct state *s, const bool *stored, struct err *e)
{
	size_t n = state_pending(s);

	for (size_t i = 0; i < n; i++) {
		size_t before = s->count;
		struct buf line = {0};
		struct record r;
		/* Each one that is settled leaves the list: the next is the first. */
		uint64_t offset = s->pending[pending_index(s, 0)].offset;
		int rc = statefile_get(&s->file, offset, &line, &r, e);

		if (rc == 0)
			rc = state_add(s, stored[i] ? RECORD_STORED : RECORD_VOID, &r, 1, false, e);
		buf_free(&line);
		if (rc == -1)
			return -1;
		/* Unlike what this session fetches, it may speak for a message that is listed. */
		if (s->count > before && s->entry[before].ours)
			chain(s, before);
	}
	return n == 0 ? 0 : state_sync(s, e);
}
