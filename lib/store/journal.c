#include "store/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/work.h"
#include "store/pending.h"
#include "store/u64set.h"
#include "store/journal_file.h"

#define JOURNAL_NONE UINT32_MAX

/* A stored record. */
struct entry {
	uint64_t key; /* journal_record_key */
	uint64_t dest;
	uint64_t size;
	uint64_t offset;
	uint64_t name; /* u64set_hash of the file name, 0: none */
	int64_t time;
	int64_t gone; /* time_t since when the server has not listed the message; 0: it lists the message */
	unsigned char header[HEADER_DIGEST];
	uint32_t next[2]; /* the next entry in the chain of each kind */
	bool used;        /* a listed message has it, or it was added in this session */
	bool voided;      /* it does not count any more */
};

/* GONE or BACK (time 0) of a key: for the entries before it in the file. */
struct mark {
	uint64_t key;
	uint64_t offset;
	int64_t time;
};

/* Entries are found by UID and size, or by UID alone. */
enum { BY_SIZE, BY_UID };

struct journal {
	struct journal_file file;
	uint64_t dest, marks; /* digests of the destination, and of JOURNAL_MARKS */
	struct entry *entry;
	size_t count, room;
	struct pending_list pending; /* of all destinations */
	struct mark *mark;           /* while reading */
	size_t mark_count, mark_room;
	struct entry
		*voids; /* while reading: what VOIDED records withdraw, with their own offsets */
	size_t void_count, void_room;
	uint32_t *bucket[2];  /* heads of the chains; a search removes used entries from them */
	size_t buckets;       /* a power of two */
	struct u64set listed; /* keys of all that the server has */
	uint64_t records;     /* in the file */
};

/* Keyed: a server cannot choose UIDs whose entries share a chain. */
static uint32_t *
chain_of(const struct journal *s, int kind, uint64_t key, uint64_t dest, uint64_t size)
{
	uint64_t of[3] = {key, dest, kind == BY_SIZE ? size : 0};

	return &s->bucket[kind][hash_octets(of, sizeof of) & (s->buckets - 1)];
}

static struct entry
as_entry(const struct journal_record *r, uint64_t name, uint64_t offset)
{
	struct entry en = {.key = r->key != 0 ? r->key : journal_record_key(r->uid, r->uid_len),
		.dest = r->dest,
		.size = r->size,
		.offset = offset,
		.name = name,
		.time = r->time,
		.next = {JOURNAL_NONE, JOURNAL_NONE}};

	memcpy(en.header, r->header, HEADER_DIGEST);
	return en;
}

static void
add_entry(struct entry **list, size_t *count, size_t *room, const struct entry *en)
{
	*list = mem_grow(*list, *count, room, sizeof **list);
	(*list)[(*count)++] = *en;
}

static void
add_mark(struct journal *s, uint64_t key, uint64_t offset, int64_t time)
{
	s->mark = mem_grow(s->mark, s->mark_count, &s->mark_room, sizeof *s->mark);
	s->mark[s->mark_count++] = (struct mark){key, offset, time};
}

/* One more record of the file: the callback of journal_file_open, and after each append. */
static void
note_record(void *ctx, const struct journal_record *r, uint64_t offset)
{
	struct journal *s = ctx;
	uint64_t name = r->name_len != 0 ? u64set_hash(r->name, r->name_len) : 0;
	const struct pending_id id = {name, r->dest};
	struct entry en;

	s->records++;
	switch (r->kind) {
	case JOURNAL_PREPARED: pending_add(&s->pending, &id, offset); break;
	case JOURNAL_VOID: pending_end(&s->pending, &id); break;
	case JOURNAL_STORED:
		pending_end(&s->pending, &id);
		/* An entry without a UID identifies no message. */
		if (r->uid_len != 0) {
			en = as_entry(r, name, offset);
			add_entry(&s->entry, &s->count, &s->room, &en);
		}
		break;
	case JOURNAL_VOIDED:
		en = as_entry(r, name, offset);
		add_entry(&s->voids, &s->void_count, &s->void_room, &en);
		break;
	case JOURNAL_GONE: add_mark(s, r->dest, offset, r->time); break;
	case JOURNAL_BACK: add_mark(s, r->dest, offset, 0); break;
	}
}

/* Put an entry at the beginning of its chains. */
static void
chain(struct journal *s, size_t i)
{
	struct entry *en = &s->entry[i];

	for (int kind = BY_SIZE; kind <= BY_UID; kind++) {
		uint32_t *head = chain_of(s, kind, en->key, en->dest, en->size);

		en->next[kind] = *head;
		*head = (uint32_t)i;
	}
}

/* Chain every entry, so that the first of the file is the first of its chain. */
static void
chain_all(struct journal *s)
{
	s->buckets = 64;
	while (s->buckets < s->count * 2)
		s->buckets *= 2;
	for (int kind = BY_SIZE; kind <= BY_UID; kind++) {
		s->bucket[kind] = mem_alloc(s->buckets * sizeof *s->bucket[kind]);
		memset(s->bucket[kind], 0xff, s->buckets * sizeof *s->bucket[kind]);
	}
	for (size_t i = s->count; i-- > 0;)
		chain(s, i);
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
	for (size_t i = 0; i < s->void_count; i++) {
		const struct entry *v = &s->voids[i];
		uint32_t k = *chain_of(s, BY_SIZE, v->key, v->dest, v->size);

		while (k != JOURNAL_NONE && (s->entry[k].voided || !is_same(&s->entry[k], v)))
			k = s->entry[k].next[BY_SIZE];
		if (k != JOURNAL_NONE && s->entry[k].offset < v->offset)
			s->entry[k].voided = true;
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

struct journal *
journal_open(const char *path, const char *dest, struct err *e)
{
	struct journal *s = mem_zalloc(sizeof *s);

	s->dest = u64set_hash(dest, strlen(dest));
	s->marks = u64set_hash(JOURNAL_MARKS, strlen(JOURNAL_MARKS));
	if (journal_file_open(&s->file, path, note_record, s, e) == -1) {
		journal_close(s);
		return NULL;
	}
	chain_all(s);
	apply_voids(s);
	apply_marks(s);
	return s;
}

void
journal_close(struct journal *s)
{
	if (s == NULL)
		return;
	journal_file_close(&s->file);
	u64set_free(&s->listed);
	free(s->entry);
	pending_free(&s->pending);
	free(s->mark);
	free(s->voids);
	free(s->bucket[BY_SIZE]);
	free(s->bucket[BY_UID]);
	free(s);
}

/* Find an unused record of this destination. Remove used and voided ones from the chain. */
static bool
find(struct journal *s, int kind, uint64_t dest, uint64_t key, uint64_t size,
	struct journal_known *known)
{
	uint32_t *at = chain_of(s, kind, key, dest, size);

	while (*at != JOURNAL_NONE) {
		struct entry *en = &s->entry[*at];

		work_count(1);
		if (en->used || en->voided) {
			*at = en->next[kind];
			continue;
		}
		if (en->key == key && en->dest == dest && (kind == BY_UID || en->size == size)) {
			known->entry = *at;
			known->time = en->time;
			known->name = en->name;
			memcpy(known->header, en->header, HEADER_DIGEST);
			en->used = true;
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

	known->marked = false;
	known->id =
		n == 0 ? 0
		       : journal_record_key(encoded, journal_record_encode_uid(uid, n, encoded));
	return n != 0;
}

bool
journal_listed(
	struct journal *s, const char *uid, size_t n, uint64_t size, struct journal_known *known)
{
	if (!identify(uid, n, known))
		return false;
	u64set_add(&s->listed, known->id);
	known->marked = find(s, BY_UID, s->marks, known->id, 0, known);
	return known->marked || find(s, BY_SIZE, s->dest, known->id, size, known);
}

bool
journal_resized(struct journal *s, const char *uid, size_t n, struct journal_known *known)
{
	return identify(uid, n, known) && find(s, BY_UID, s->dest, known->id, 0, known);
}

int
journal_add(struct journal *s, enum journal_record_kind kind, struct journal_record *r, size_t n,
	bool sync, struct err *e)
{
	uint64_t *offset = mem_alloc((n + 1) * sizeof *offset);
	struct buf lines = {0};
	int rc;

	for (size_t i = 0; i < n; i++) {
		offset[i] = s->file.end + lines.len;
		r[i].kind = kind;
		if (r[i].time == 0)
			r[i].time = time(NULL);
		r[i].dest = s->dest;
		journal_record_format(&r[i], &lines);
	}
	rc = n == 0 ? 0 : journal_file_append(&s->file, &lines, e);
	if (rc == 0 && sync)
		rc = journal_file_sync(&s->file, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		note_record(s, &r[i], offset[i]);
	buf_free(&lines);
	free(offset);
	return rc;
}

int
journal_sync(struct journal *s, struct err *e)
{
	return journal_file_sync(&s->file, e);
}

/* Write two records at once: a new one (NULL: none) and one that withdraws an old one. */
static int
withdraw(struct journal *s, struct entry *old, struct journal_record *r, uint64_t size, bool sync,
	struct err *e)
{
	struct buf lines = {0};
	uint64_t offset = s->file.end, before = r->size;
	int rc;

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
	if (rc == 0)
		old->voided = true;
	if (rc == 0 && size != before) {
		struct entry en = *old;

		en.size = size;
		en.offset = offset;
		en.used = true;
		en.voided = false;
		add_entry(&s->entry, &s->count, &s->room, &en);
	}
	s->records += rc == 0 ? 1 + (size != before) : 0;
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
	uint64_t name = r->name_len != 0 ? u64set_hash(r->name, r->name_len) : 0;
	struct entry en;
	size_t i = s->count;

	r->dest = s->dest;
	r->time = time(NULL);
	en = as_entry(r, name, 0);
	while (i > 0 && (s->entry[i - 1].voided || !is_same(&s->entry[i - 1], &en)))
		i--;
	return i == 0 ? 0 : withdraw(s, &s->entry[i - 1], r, r->size, true, e);
}

static bool
is_ours(const struct journal *s, const struct pending *p)
{
	return !p->ended && p->id.dest == s->dest;
}

size_t
journal_pending(const struct journal *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->pending.count; i++)
		n += is_ours(s, &s->pending.entry[i]);
	return n;
}

int
journal_pending_names(const struct journal *s, char **names, struct err *e)
{
	struct buf line = {0};
	struct journal_record r;
	int rc = 0;

	for (size_t i = 0; i < s->pending.count && rc == 0; i++) {
		if (!is_ours(s, &s->pending.entry[i]))
			continue;
		rc = journal_file_get(&s->file, s->pending.entry[i].offset, &line, &r, e);
		if (rc == 0)
			*names++ = mem_dup(r.name, r.name_len);
	}
	buf_free(&line);
	return rc;
}

/* Write the record that ends a pending message. Its entry stays in the list, marked as ended. */
static int
settle(struct journal *s, const struct pending *p, bool stored, struct err *e)
{
	size_t before = s->count;
	struct buf line = {0};
	struct journal_record r;
	int rc = journal_file_get(&s->file, p->offset, &line, &r, e);

	r.time = 0;
	if (rc == 0)
		rc = journal_add(s, stored ? JOURNAL_STORED : JOURNAL_VOID, &r, 1, false, e);
	buf_free(&line);
	/* Unlike the messages that this session fetches, it may match a message that the server lists. */
	if (rc == 0 && s->count > before)
		chain(s, before);
	return rc;
}

int
journal_settle(struct journal *s, const bool *stored, struct err *e)
{
	for (size_t i = 0; i < s->pending.count; i++)
		if (is_ours(s, &s->pending.entry[i]) &&
			settle(s, &s->pending.entry[i], *stored++, e) == -1)
			return -1;
	return journal_sync(s, e);
}

/* ---- expiry -------------------------------------------------------------------------------------- */

#define CHUNK (64 * 1024)
#define SLACK 1000 /* the number of dead records from which a rewrite is worthwhile */

static int
append(struct journal *s, struct buf *lines, struct err *e)
{
	int rc = lines->len == 0 ? 0 : journal_file_append(&s->file, lines, e);

	buf_clear(lines);
	return rc;
}

static void
format_mark(uint64_t key, int64_t gone, time_t now, struct buf *out)
{
	struct journal_record r = {.kind = gone != 0 ? JOURNAL_GONE : JOURNAL_BACK,
		.time = gone != 0 ? gone : now,
		.dest = key};

	journal_record_format(&r, out);
}

/* Record which messages have disappeared from the server, and which are listed again. */
static int
mark_all(struct journal *s, time_t now, struct err *e)
{
	struct buf lines = {0};
	struct u64set marked = {0};
	int rc = 0;

	for (size_t i = 0; i < s->count && rc == 0; i++) {
		struct entry *en = &s->entry[i];
		bool gone = !u64set_has(&s->listed, en->key);

		if (en->voided || gone == (en->gone != 0))
			continue;
		en->gone = gone ? now : 0;
		/* One mark is enough for all entries of a UID. */
		if (u64set_has(&marked, en->key))
			continue;
		u64set_add(&marked, en->key);
		format_mark(en->key, en->gone, now, &lines);
		s->records++;
		if (lines.len > CHUNK)
			rc = append(s, &lines, e);
	}
	if (rc == 0)
		rc = append(s, &lines, e);
	buf_free(&lines);
	u64set_free(&marked);
	return rc;
}

static bool
is_over(const struct entry *en, time_t now)
{
	return en->voided || (en->gone != 0 && en->gone < now - JOURNAL_KEEP);
}

/* Copy a record into the new file; *offset is its place in the old, then in the new. */
static int
copy(struct journal *s, uint64_t *offset, struct buf *line, struct err *e)
{
	struct journal_record r;

	if (journal_file_get(&s->file, *offset, line, &r, e) == -1)
		return -1;
	return journal_file_draft_add(&s->file, line->data, line->len, offset, e);
}

static int
write_live(struct journal *s, time_t now, struct err *e)
{
	struct buf line = {0};
	uint64_t scrap;
	int rc = 0;

	for (size_t i = 0; i < s->count && rc == 0; i++) {
		const struct entry *en = &s->entry[i];

		if (is_over(en, now))
			continue;
		scrap = en->offset;
		rc = copy(s, &scrap, &line, e);
		if (rc == 0 && en->gone != 0) {
			buf_clear(&line);
			format_mark(en->key, en->gone, now, &line);
			rc = journal_file_draft_add(&s->file, line.data, line.len, &scrap, e);
		}
	}
	for (size_t i = 0; i < s->pending.count && rc == 0; i++) {
		if (s->pending.entry[i].ended)
			continue;
		scrap = s->pending.entry[i].offset;
		rc = copy(s, &scrap, &line, e);
	}
	buf_free(&line);
	return rc;
}

int
journal_expire(struct journal *s, time_t now, struct err *e)
{
	uint64_t needed = s->pending.live;
	int rc;

	if (mark_all(s, now, e) == -1)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (!is_over(&s->entry[i], now))
			needed += 1 + (s->entry[i].gone != 0);
	if (s->records < needed * 2 + SLACK)
		return 0;
	rc = journal_file_draft(&s->file, e);
	if (rc == 0)
		rc = write_live(s, now, e);
	if (rc == 0)
		rc = journal_file_draft_commit(&s->file, e);
	else
		journal_file_draft_abort(&s->file);
	/* The offsets of the records have changed, so the entries are dropped: no look-up follows. */
	s->count = 0;
	pending_free(&s->pending);
	for (int kind = BY_SIZE; kind <= BY_UID; kind++)
		memset(s->bucket[kind], 0xff, s->buckets * sizeof *s->bucket[kind]);
	return rc;
}
