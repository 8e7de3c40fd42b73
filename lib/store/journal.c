#include "store/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/work.h"
#include "store/journal_priv.h"

#define JOURNAL_NONE UINT32_MAX

/* GONE or BACK (time 0) of a key: for the entries before it in the file. */
struct mark {
	uint64_t key;
	uint64_t offset;
	int64_t time;
};

/* ---- entries ----------------------------------------------------------------------------------------- */

static uint64_t
name_of(const struct journal_record *r)
{
	if (r->name_id != 0 || r->name_len == 0)
		return r->name_id;
	return journal_name_id(r->name, r->name_len);
}

/* Its key is 0 if the message has no UID. */
static struct entry
as_entry(const struct journal_record *r, enum entry_state state, uint64_t offset)
{
	struct entry en = {.key = r->key,
		.dest = r->dest,
		.size = r->size,
		.offset = offset,
		.name = name_of(r),
		.time = r->time,
		.state = state};

	if (en.key == 0 && r->uid_len != 0)
		en.key = journal_record_key(r->uid, r->uid_len);
	if (state == ENTRY_PREPARED)
		en.sum = r->sum;
	memcpy(en.header, r->header, HEADER_DIGEST);
	return en;
}

static void
add_entry(struct entry **list, size_t *count, size_t *room, const struct entry *en)
{
	*list = mem_grow(*list, *count, room, sizeof **list);
	(*list)[(*count)++] = *en;
}

/* Keyed: a server cannot choose UIDs whose entries share a chain. */
static uint32_t
hash_entry(int kind, uint64_t key, uint64_t dest, uint64_t size)
{
	uint64_t of[3] = {key, dest, kind == BY_SIZE ? size : 0};

	return (uint32_t)hash_octets(of, sizeof of);
}

static void
add_to_journal(struct journal *s, struct entry *en)
{
	s->prepared += en->state == ENTRY_PREPARED;
	s->marked += en->dest == s->marks;
	en->next[BY_SIZE] = hash_entry(BY_SIZE, en->key, en->dest, en->size);
	add_entry(&s->entry, &s->count, &s->room, en);
}

/*
 * Add the entry of a PREPARED or STORED record. A stored message without a UID needs none: it never matches a listed
 * message.
 */
static void
add_message(
	struct journal *s, const struct journal_record *r, enum entry_state state, uint64_t offset)
{
	struct entry en = as_entry(r, state, offset);

	if (state == ENTRY_PREPARED || en.key != 0)
		add_to_journal(s, &en);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static void
add_mark(struct journal *s, uint64_t key, uint64_t offset, const struct journal_record *r)
{
	s->mark = mem_grow(s->mark, s->mark_count, &s->mark_room, sizeof *s->mark);
	s->mark[s->mark_count++] =
		(struct mark){key, offset, r->kind == JOURNAL_GONE ? r->time : 0};
}

/* In the first version of the format, a record ends the prepared one with its file name and destination. */
static bool
note_v1(struct journal *s, const struct journal_record *r, uint64_t offset)
{
	const struct pending_id id = {name_of(r), r->dest};
	uint32_t ended = HASH_NONE;

	if (r->kind == JOURNAL_PREPARED)
		ended = pending_add(&s->old, &id, (uint32_t)s->count);
	else if (r->kind == JOURNAL_STORED || r->kind == JOURNAL_VOID)
		ended = pending_end(&s->old, &id);
	else if (r->kind == JOURNAL_GONE || r->kind == JOURNAL_BACK)
		add_mark(s, r->key, offset, r);
	if (ended != HASH_NONE)
		journal_set_state(s, &s->entry[ended], ENTRY_OVER);
	return true;
}

/* One more record of the file: the callback of journal_file_read. */
static bool
note_record(void *ctx, const struct journal_record *r, uint64_t offset)
{
	struct journal *s = ctx;
	bool old = s->file.version == 1, good = true;
	struct entry en;

	if (old)
		good = note_v1(s, r, offset);
	switch (r->kind) {
	case JOURNAL_PREPARED: add_message(s, r, ENTRY_PREPARED, offset); break;
	case JOURNAL_STORED: add_message(s, r, ENTRY_STORED, offset); break;
	case JOURNAL_VOIDED:
		en = as_entry(r, ENTRY_OVER, offset);
		add_entry(&s->voids, &s->void_count, &s->void_room, &en);
		break;
	case JOURNAL_COMMIT:
	case JOURNAL_VOID:
		if (!old)
			good = journal_settle_range(s, r, offset,
				r->kind == JOURNAL_COMMIT ? ENTRY_STORED : ENTRY_OVER);
		break;
	case JOURNAL_GONE:
	case JOURNAL_BACK:
		for (size_t i = 0; i < r->nkeys; i++)
			add_mark(s, journal_record_read_key(r, i), offset, r);
		break;
	}
	return good;
}

/* ---- chains ------------------------------------------------------------------------------------------- */

static uint32_t *
chain_of(const struct journal *s, int kind, uint64_t key, uint64_t dest, uint64_t size)
{
	return &s->bucket[kind][hash_entry(kind, key, dest, size) & (s->buckets - 1)];
}

/* Put an entry at the beginning of its chain. */
static void
chain(struct journal *s, int kind, size_t i)
{
	struct entry *en = &s->entry[i];
	uint32_t hash = kind == BY_SIZE ? en->next[kind] : hash_entry(kind, en->key, en->dest, 0);
	uint32_t *head = &s->bucket[kind][hash & (s->buckets - 1)];

	en->next[kind] = *head;
	*head = (uint32_t)i;
}

/* Chain every stored entry, so that the first of the file is the first of its chain. */
static void
chain_all(struct journal *s, int kind)
{
	size_t octets;

	/* Both kinds have the same number of buckets. */
	while (s->bucket[BY_SIZE] == NULL && s->bucket[BY_UID] == NULL && s->buckets < s->count)
		s->buckets *= 2;
	octets = s->buckets * sizeof *s->bucket[kind];
	s->bucket[kind] = mem_alloc(octets);
	memset(s->bucket[kind], 0xff, octets);
	for (size_t i = s->count; i-- > 0;)
		if (s->entry[i].state == ENTRY_STORED)
			chain(s, kind, i);
}

static bool
is_same(const struct entry *a, const struct entry *b)
{
	return a->key == b->key && a->dest == b->dest && a->size == b->size && a->name == b->name &&
	       memcmp(a->header, b->header, HEADER_DIGEST) == 0;
}

static void
apply_voids(struct journal *s)
{
	if (s->void_count != 0)
		chain_all(s, BY_SIZE);
	for (size_t i = 0; i < s->void_count; i++) {
		const struct entry *v = &s->voids[i];
		uint32_t k = *chain_of(s, BY_SIZE, v->key, v->dest, v->size);

		while (k != JOURNAL_NONE &&
			(s->entry[k].state == ENTRY_OVER || !is_same(&s->entry[k], v)))
			k = s->entry[k].next[BY_SIZE];
		if (k != JOURNAL_NONE && s->entry[k].offset < v->offset)
			journal_set_state(s, &s->entry[k], ENTRY_OVER);
	}
	free(s->voids);
	s->voids = NULL;
	s->void_count = s->void_room = 0;
}

static bool
is_mark_of(const void *ctx, uint32_t index, const char *name, size_t n)
{
	const struct mark *m = ctx;

	return memcmp(&m[index].key, name, n) == 0;
}

/* Apply the last GONE or BACK mark of each key to the entries before it. */
static void
apply_marks(struct journal *s)
{
	struct hash last = {0};

	for (size_t i = s->mark_count; i-- > 0;)
		hash_put(&last, (const char *)&s->mark[i].key, sizeof s->mark[i].key, (uint32_t)i,
			is_mark_of, s->mark);
	for (size_t i = 0; i < s->count && s->mark_count != 0; i++) {
		struct entry *en = &s->entry[i];
		uint32_t m = hash_get(
			&last, (const char *)&en->key, sizeof en->key, is_mark_of, s->mark);

		if (m != HASH_NONE && en->offset < s->mark[m].offset)
			en->gone = s->mark[m].time;
	}
	hash_free(&last);
	free(s->mark);
	s->mark = NULL;
	s->mark_count = s->mark_room = 0;
}

/* Read the file, and cut off what a killed run wrote in part. */
static int
read_file(struct journal *s, struct err *e)
{
	uint64_t end;

	if (journal_file_read(&s->file, note_record, s, &end, e) == -1 ||
		(s->file.version == JOURNAL_VERSION && journal_file_cut(&s->file, end, e) == -1))
		return -1;
	apply_voids(s);
	apply_marks(s);
	return 0;
}

/* A file of the first version is replaced, and the new one is read. */
static int
read_journal(struct journal *s, struct err *e)
{
	if (read_file(s, e) == -1)
		return -1;
	if (s->file.version == JOURNAL_VERSION)
		return 0;
	if (journal_rewrite(s, 0, e) == -1)
		return -1;
	journal_clear(s);
	return read_file(s, e);
}

void
journal_chain(struct journal *s, size_t i)
{
	for (int kind = BY_SIZE; kind <= BY_UID; kind++)
		if (s->bucket[kind] != NULL)
			chain(s, kind, i);
}

struct journal *
journal_open(const char *path, const char *dest, struct err *e)
{
	struct journal *s = mem_zalloc(sizeof *s);

	s->dest = u64set_hash(dest, strlen(dest));
	s->marks = u64set_hash(JOURNAL_MARKS, strlen(JOURNAL_MARKS));
	s->buckets = 64;
	if (journal_file_open(&s->file, path, e) == -1 || read_journal(s, e) == -1) {
		journal_close(s);
		return NULL;
	}
	return s;
}

void
journal_clear(struct journal *s)
{
	free(s->entry);
	free(s->mark);
	free(s->voids);
	free(s->bucket[BY_SIZE]);
	free(s->bucket[BY_UID]);
	pending_free(&s->old);
	s->entry = s->voids = NULL;
	s->mark = NULL;
	s->bucket[BY_SIZE] = s->bucket[BY_UID] = NULL;
	s->count = s->room = s->mark_count = s->mark_room = s->void_count = s->void_room = 0;
	s->prepared = s->marked = 0;
	s->group = 0;
	s->buckets = 64;
}

void
journal_close(struct journal *s)
{
	if (s == NULL)
		return;
	journal_file_close(&s->file);
	u64set_free(&s->listed);
	journal_clear(s);
	free(s);
}

/* ---- listing ------------------------------------------------------------------------------------------ */

/* Find a stored and unused record of this destination. Remove the others from the chain. */
static bool
find(struct journal *s, int kind, uint64_t dest, uint64_t key, uint64_t size,
	struct journal_known *known)
{
	uint32_t *at;

	if (s->bucket[kind] == NULL)
		chain_all(s, kind);
	at = chain_of(s, kind, key, dest, size);
	while (*at != JOURNAL_NONE) {
		struct entry *en = &s->entry[*at];

		work_count(1);
		if (en->state != ENTRY_STORED) {
			*at = en->next[kind];
			continue;
		}
		if (en->key == key && en->dest == dest && (kind == BY_UID || en->size == size)) {
			known->entry = *at;
			known->time = en->time;
			known->name = en->name;
			memcpy(known->header, en->header, HEADER_DIGEST);
			en->state = ENTRY_USED;
			return true;
		}
		at = &en->next[kind];
	}
	return false;
}

/* Begin to fill *known; false: the message has no UID. */
static bool
identify(const char *uid, size_t n, struct journal_known *known)
{
	char encoded[JOURNAL_UID + 1];

	n = journal_record_encode_uid(uid, n, encoded);
	known->marked = false;
	known->id = n == 0 ? 0 : journal_record_key(encoded, n);
	return n != 0;
}

bool
journal_listed(
	struct journal *s, const char *uid, size_t n, uint64_t size, struct journal_known *known)
{
	if (!identify(uid, n, known))
		return false;
	u64set_add(&s->listed, known->id);
	known->marked = s->marked != 0 && find(s, BY_UID, s->marks, known->id, 0, known);
	return known->marked || find(s, BY_SIZE, s->dest, known->id, size, known);
}

bool
journal_resized(struct journal *s, const char *uid, size_t n, struct journal_known *known)
{
	return identify(uid, n, known) && find(s, BY_UID, s->dest, known->id, 0, known);
}

/* ---- writing ------------------------------------------------------------------------------------------ */

int
journal_add(struct journal *s, enum journal_record_kind kind, struct journal_record *r, size_t n,
	bool sync, struct err *e)
{
	uint64_t *offset = mem_alloc((n + 1) * sizeof *offset), first = s->file.end;
	/* A message that this session stored must not match a message that the server lists. */
	enum entry_state state = kind == JOURNAL_PREPARED ? ENTRY_PREPARED : ENTRY_USED;
	struct buf lines = {0};
	int rc;

	for (size_t i = 0; i < n; i++) {
		offset[i] = first + lines.len;
		r[i].kind = kind;
		if (r[i].time == 0)
			r[i].time = time(NULL);
		r[i].dest = s->dest;
		r[i].sum = journal_record_format(&r[i], &lines);
	}
	rc = n == 0 ? 0 : journal_file_append(&s->file, &lines, e);
	if (rc == 0 && sync)
		rc = journal_file_sync(&s->file, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		add_message(s, &r[i], state, offset[i]);
	if (rc == 0 && n != 0 && kind == JOURNAL_PREPARED && s->group == 0)
		s->group = first;
	buf_free(&lines);
	free(offset);
	return rc;
}

int
journal_mark(struct journal *s, const char *uid, size_t n, uint64_t size, struct err *e)
{
	char encoded[JOURNAL_UID + 1];
	struct journal_known known;
	struct journal_record r = {.size = size, .uid = encoded};

	if (journal_listed(s, uid, n, size, &known) && known.marked)
		return 0;
	r.uid_len = journal_record_encode_uid(uid, n, encoded);
	return journal_add(s, JOURNAL_STORED, &r, 1, false, e);
}

int
journal_sync(struct journal *s, struct err *e)
{
	return journal_file_sync(&s->file, e);
}

/*
 * Withdraw the record of `old` with a VOIDED one. r: the old record. With another size, a STORED record with this size
 * comes first, in the same write, so that the message always has a record.
 */
static int
withdraw(struct journal *s, struct entry *old, struct journal_record *r, uint64_t size, bool sync,
	struct err *e)
{
	struct buf lines = {0};
	uint64_t offset = s->file.end, before = r->size;
	int rc;

	r->time = old->time;
	if (size != before) {
		r->size = size;
		r->kind = JOURNAL_STORED;
		journal_record_format(r, &lines);
		r->size = before;
	}
	r->kind = JOURNAL_VOIDED;
	journal_record_format(r, &lines);
	rc = journal_file_append(&s->file, &lines, e);
	if (rc == 0 && sync)
		rc = journal_file_sync(&s->file, e);
	if (rc == 0 && size != before) {
		struct entry en = *old;

		en.size = size;
		en.offset = offset;
		journal_set_state(s, old, ENTRY_OVER);
		en.state = ENTRY_USED;
		add_to_journal(s, &en);
	} else if (rc == 0) {
		journal_set_state(s, old, ENTRY_OVER);
	}
	buf_free(&lines);
	return rc;
}

int
journal_resize(struct journal *s, const struct journal_known *known, uint64_t size, struct err *e)
{
	struct buf line = {0};
	struct journal_record r;
	int rc = journal_file_get(&s->file, s->entry[known->entry].offset, &line, &r, e);

	if (rc == 0)
		rc = withdraw(s, &s->entry[known->entry], &r, size, false, e);
	buf_free(&line);
	return rc;
}

int
journal_void(struct journal *s, struct journal_record *r, struct err *e)
{
	struct entry en;
	size_t i = s->count;

	r->dest = s->dest;
	en = as_entry(r, ENTRY_OVER, 0);
	while (i > 0 && (s->entry[i - 1].state == ENTRY_OVER || !is_same(&s->entry[i - 1], &en)))
		i--;
	return i == 0 ? 0 : withdraw(s, &s->entry[i - 1], r, r->size, true, e);
}
