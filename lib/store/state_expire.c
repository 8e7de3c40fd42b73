/* What the server no longer lists leaves the journal, after a while. */
#include "store/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/state_priv.h"

#define CHUNK (64 * 1024)
#define SLACK 1000 /* dead records that are not worth a rewrite */

static int
append(struct state *s, struct buf *lines, struct err *e)
{
	int rc = lines->len == 0 ? 0 : statefile_append(&s->file, lines, e);

	buf_clear(lines);
	return rc;
}

static void
format_mark(uint64_t key, int64_t gone, time_t now, struct buf *out)
{
	struct record r = {.kind = gone != 0 ? RECORD_GONE : RECORD_BACK,
		.time = gone != 0 ? gone : now,
		.dest = key};

	record_format(&r, out);
}

/* Note which have gone from the server since, and which are back. */
static int
mark_all(struct state *s, time_t now, struct err *e)
{
	struct buf lines = {0};
	struct set marked = {0};
	int rc = 0;

	for (size_t i = 0; i < s->count && rc == 0; i++) {
		struct entry *en = &s->entry[i];
		bool gone = !set_has(&s->listed, en->key);

		if (en->voided || gone == (en->gone != 0))
			continue;
		en->gone = gone ? now : 0;
		/* One mark is enough for all entries of a UID. */
		if (set_has(&marked, en->key))
			continue;
		set_add(&marked, en->key);
		format_mark(en->key, en->gone, now, &lines);
		s->records++;
		if (lines.len > CHUNK)
			rc = append(s, &lines, e);
	}
	if (rc == 0)
		rc = append(s, &lines, e);
	buf_free(&lines);
	set_free(&marked);
	return rc;
}

static bool
is_over(const struct entry *en, time_t now)
{
	return en->voided || (en->gone != 0 && en->gone < now - STATE_KEEP);
}

/* Copy a record into the new file; *offset is its place in the old, then in the new. */
static int
copy(struct state *s, uint64_t *offset, struct buf *line, struct err *e)
{
	struct record r;

	if (statefile_get(&s->file, *offset, line, &r, e) == -1)
		return -1;
	return statefile_draft_add(&s->file, line->data, line->len, offset, e);
}

static int
write_live(struct state *s, time_t now, struct err *e)
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
			rc = statefile_draft_add(&s->file, line.data, line.len, &scrap, e);
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
state_expire(struct state *s, time_t now, struct err *e)
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
	rc = statefile_draft(&s->file, e);
	if (rc == 0)
		rc = write_live(s, now, e);
	if (rc == 0)
		rc = statefile_draft_commit(&s->file, e);
	else
		statefile_draft_abort(&s->file);
	/* The places of the records have changed: nothing is looked up any more. */
	s->count = 0;
	pending_free(&s->pending);
	for (int kind = BY_SIZE; kind <= BY_UID; kind++)
		memset(s->bucket[kind], 0xff, s->buckets * sizeof *s->bucket[kind]);
	return rc;
}
