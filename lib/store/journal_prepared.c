/*
 * journal: prepared messages, and the record that they are stored. Declared in journal.h and journal_priv.h.
 *
 * One record confirms the whole group, so a message in a Maildir needs only its prepared record in the file.
 */
#include "store/journal_priv.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/work.h"

#define CHUNK (64 * 1024)

void
journal_set_state(struct journal *s, struct entry *en, enum entry_state state)
{
	s->prepared -= en->state == ENTRY_PREPARED;
	en->state = state;
}

/*
 * A prepared message gets this state. An entry without a UID never matches a listed message. While the file is read,
 * there are no chains yet; later, a recovered message may match a message that the server lists.
 */
static void
settle_entry(struct journal *s, size_t i, enum entry_state state, int64_t time)
{
	struct entry *en = &s->entry[i];

	journal_set_state(s, en, en->key != 0 ? state : ENTRY_OVER);
	en->time = time;
	if (en->state == ENTRY_STORED)
		journal_chain(s, i);
}

/* The first entry at or after an offset in the file. */
static size_t
entry_at(const struct journal *s, uint64_t offset)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->entry[mid].offset < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
journal_settle_range(
	struct journal *s, const struct journal_record *r, uint64_t offset, enum entry_state state)
{
	size_t first = r->back <= offset ? entry_at(s, offset - r->back) : s->count, last = first;
	uint64_t sum = 0, n = 0;

	for (; last < s->count && (r->count == 0 || n < r->count); last++)
		if (s->entry[last].state == ENTRY_PREPARED) {
			sum ^= s->entry[last].sum;
			n++;
		}
	work_count(last - first);
	if (n == 0 || n < r->count || sum != r->sum)
		return false;
	for (size_t i = first; i < last; i++)
		if (s->entry[i].state == ENTRY_PREPARED)
			settle_entry(s, i, state, r->time);
	return true;
}

/* ---- the group of this session --------------------------------------------------------------------- */

int
journal_commit(struct journal *s, struct err *e)
{
	struct journal_record r = {
		.kind = JOURNAL_COMMIT, .time = time(NULL), .back = s->file.end - s->group};
	uint64_t offset = s->file.end;
	struct buf line = {0};
	int rc;

	if (s->group == 0)
		return journal_sync(s, e);
	for (size_t i = entry_at(s, s->group); i < s->count; i++)
		if (s->entry[i].state == ENTRY_PREPARED)
			r.sum ^= s->entry[i].sum;
	journal_record_format(&r, &line);
	rc = journal_file_append(&s->file, &line, e);
	if (rc == 0)
		rc = journal_file_sync(&s->file, e);
	/* Messages that this session fetched must not match a message that the server lists. */
	if (rc == 0)
		journal_settle_range(s, &r, offset, ENTRY_USED);
	s->group = 0;
	buf_free(&line);
	return rc;
}

/* ---- messages that a killed run prepared ------------------------------------------------------------------ */

static bool
is_ours(const struct journal *s, const struct entry *en)
{
	return en->state == ENTRY_PREPARED && en->dest == s->dest;
}

size_t
journal_pending(const struct journal *s)
{
	size_t n = 0;

	for (size_t i = 0; s->prepared != 0 && i < s->count; i++)
		n += is_ours(s, &s->entry[i]);
	return n;
}

int
journal_pending_names(const struct journal *s, char **names, struct err *e)
{
	struct buf line = {0};
	int rc = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct journal_record r;
		struct buf name = {0};

		if (!is_ours(s, &s->entry[i]))
			continue;
		rc = journal_file_get(&s->file, s->entry[i].offset, &line, &r, e);
		if (rc == -1)
			break;
		/* No store has a file with an invalid name, so such a message is fetched again. */
		(void)journal_record_name(&r, &name);
		*names++ = buf_steal(&name);
	}
	buf_free(&line);
	return rc;
}

/* Messages in a row with the same outcome, for one record. */
struct run {
	size_t first;
	bool stored;
	struct journal_record r; /* count 0: the run is empty */
};

static int
end_run(struct journal *s, struct run *run, struct buf *lines, struct err *e)
{
	uint64_t offset = s->file.end + lines->len;
	struct entry *first = &s->entry[run->first];

	if (run->r.count == 0)
		return 0;
	run->r.kind = run->stored ? JOURNAL_COMMIT : JOURNAL_VOID;
	run->r.time = time(NULL);
	run->r.back = offset - first->offset;
	journal_record_format(&run->r, lines);
	journal_settle_range(s, &run->r, offset, run->stored ? ENTRY_STORED : ENTRY_OVER);
	run->r = (struct journal_record){.count = 0};
	if (lines->len < CHUNK)
		return 0;
	if (journal_file_append(&s->file, lines, e) == -1)
		return -1;
	buf_clear(lines);
	return 0;
}

int
journal_settle(struct journal *s, const bool *stored, struct err *e)
{
	struct buf lines = {0};
	struct run run = {0};
	int rc = 0;

	for (size_t i = 0; i < s->count && rc == 0; i++) {
		struct entry *en = &s->entry[i];

		if (en->state != ENTRY_PREPARED)
			continue;
		if (en->dest != s->dest || (run.r.count != 0 && run.stored != *stored))
			rc = end_run(s, &run, &lines, e);
		if (en->dest != s->dest)
			continue;
		if (run.r.count++ == 0)
			run.first = i;
		run.stored = *stored++;
		run.r.sum ^= en->sum;
	}
	if (rc == 0)
		rc = end_run(s, &run, &lines, e);
	if (rc == 0 && lines.len != 0)
		rc = journal_file_append(&s->file, &lines, e);
	buf_free(&lines);
	return rc == 0 ? journal_sync(s, e) : -1;
}
