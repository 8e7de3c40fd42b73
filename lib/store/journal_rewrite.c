/* journal: expiry, and rewriting the file. Declared in journal.h and journal_priv.h. */
#include "store/journal_priv.h"

#include "base/buf.h"
#include "base/err.h"

#define CHUNK (64 * 1024)
/*
 * A file is rewritten if it has more than RECORD octets for each message and SLACK octets in addition. A rewritten file
 * has fewer: one line for a message's record, and one for the mark that the message is gone.
 */
#define RECORD 150
#define SLACK  (64 * 1024)

/* ---- keys of messages that have gone or are back ------------------------------------------------------ */

struct keys {
	enum journal_record_kind kind;
	int64_t time;
	size_t n;
	uint64_t key[JOURNAL_KEYS];
};

static void
end_keys(struct keys *k, struct buf *out)
{
	const struct journal_record r = {
		.kind = k->kind, .time = k->time, .keys = k->key, .nkeys = k->n};

	if (k->n != 0)
		journal_record_format(&r, out);
	k->n = 0;
}

static void
add_key(struct keys *k, uint64_t key, struct buf *out)
{
	k->key[k->n++] = key;
	if (k->n == JOURNAL_KEYS)
		end_keys(k, out);
}

static int
append(struct journal *s, struct buf *lines, struct err *e)
{
	int rc = lines->len == 0 ? 0 : journal_file_append(&s->file, lines, e);

	buf_clear(lines);
	return rc;
}

/* Record which messages have disappeared from the server, and which are listed again. */
static int
mark_all(struct journal *s, time_t now, struct err *e)
{
	struct keys went = {.kind = JOURNAL_GONE, .time = now};
	struct keys came = {.kind = JOURNAL_BACK, .time = now};
	struct u64set marked = {0};
	struct buf lines = {0};
	int rc = 0;

	for (size_t i = 0; i < s->count && rc == 0; i++) {
		struct entry *en = &s->entry[i];
		bool gone = !u64set_has(&s->listed, en->key);

		if ((en->state != ENTRY_STORED && en->state != ENTRY_USED) ||
			gone == (en->gone != 0))
			continue;
		en->gone = gone ? now : 0;
		/* One mark is enough for all entries of a UID. */
		if (u64set_has(&marked, en->key))
			continue;
		u64set_add(&marked, en->key);
		add_key(gone ? &went : &came, en->key, &lines);
		if (lines.len > CHUNK)
			rc = append(s, &lines, e);
	}
	end_keys(&went, &lines);
	end_keys(&came, &lines);
	if (rc == 0)
		rc = append(s, &lines, e);
	buf_free(&lines);
	u64set_free(&marked);
	return rc;
}

/* ---- rewriting ---------------------------------------------------------------------------------------- */

static bool
is_over(const struct entry *en, time_t now)
{
	return en->state == ENTRY_OVER ||
	       (en->state != ENTRY_PREPARED && en->gone != 0 && en->gone < now - JOURNAL_KEEP);
}

/* The state of a rewrite: a second reading of the file, beside its entries. */
struct rewrite {
	struct journal *s;
	time_t now;
	size_t next;      /* the entry that comes next in the file */
	struct keys gone; /* of the entries before, not yet written */
	struct buf lines;
	struct err *e;
	int rc;
};

static void
write_lines(struct rewrite *w)
{
	if (w->rc == 0 && w->lines.len != 0)
		w->rc = journal_file_draft_add(&w->s->file, w->lines.data, w->lines.len, w->e);
	buf_clear(&w->lines);
}

/* A mark counts for all entries of its key that come before it: it must come before the next entry that is not gone. */
static void
write_entry(struct rewrite *w, const struct entry *en, const struct journal_record *read)
{
	struct journal_record r = *read;
	bool gone = en->state != ENTRY_PREPARED && en->gone != 0;

	if (!gone || en->gone != w->gone.time)
		end_keys(&w->gone, &w->lines);
	if (en->state != ENTRY_PREPARED) {
		r.kind = JOURNAL_STORED;
		r.time = en->time;
	}
	journal_record_format(&r, &w->lines);
	w->gone.time = en->gone;
	if (gone)
		add_key(&w->gone, journal_record_key(r.uid, r.uid_len), &w->lines);
}

static bool
rewrite_record(void *ctx, const struct journal_record *r, uint64_t offset)
{
	struct rewrite *w = ctx;
	const struct entry *en;

	if (w->next == w->s->count || w->s->entry[w->next].offset != offset)
		return true;
	en = &w->s->entry[w->next++];
	if (!is_over(en, w->now))
		write_entry(w, en, r);
	if (w->lines.len > CHUNK)
		write_lines(w);
	return true;
}

int
journal_rewrite(struct journal *s, time_t now, struct err *e)
{
	struct rewrite w = {.s = s, .now = now, .gone = {.kind = JOURNAL_GONE}, .e = e};
	uint64_t end;

	if (journal_file_draft(&s->file, e) == -1)
		return -1;
	w.rc = journal_file_read(&s->file, rewrite_record, &w, &end, e);
	/* Otherwise the file has changed meanwhile, or cannot be read as before. */
	if (w.rc == 0 && w.next != s->count)
		w.rc = err_set(e, EX_IOERR, "%s: an entry was changed by another program",
			s->file.at.path);
	end_keys(&w.gone, &w.lines);
	write_lines(&w);
	buf_free(&w.lines);
	if (w.rc == 0)
		return journal_file_draft_commit(&s->file, e);
	journal_file_draft_abort(&s->file);
	return -1;
}

int
journal_expire(struct journal *s, time_t now, struct err *e)
{
	uint64_t needed = 0;
	int rc;

	if (mark_all(s, now, e) == -1)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (!is_over(&s->entry[i], now))
			needed += RECORD;
	if (s->file.end < needed + SLACK)
		return 0;
	rc = journal_rewrite(s, now, e);
	/* The offsets of the records have changed, so the entries are dropped: no look-up follows. */
	journal_clear(s);
	return rc;
}
