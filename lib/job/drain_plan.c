/* drain: read the mailbox, and plan the action for each message by the journal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "job/drain_priv.h"

static void
add_check(struct drain *d, size_t i, const struct journal_known *known, bool resized)
{
	struct drain_check *c;

	d->checks = mem_grow(d->checks, d->nchecks, &d->checks_room, sizeof *d->checks);
	c = &d->checks[d->nchecks++];
	*c = (struct drain_check){.i = (uint32_t)i,
		.entry = known->entry,
		.resized = resized,
		.deletes = d->o->delete &&time(NULL) - known->time >= d->o->keep};
	memcpy(c->header, known->header, HEADER_DIGEST);
}

/*
 * A message with a journal entry: if nothing is to be deleted, an entry with the same UID and size is enough. With
 * another size the header decides, since servers change sizes.
 */
static enum drain_state
plan_known(struct drain *d, size_t i, const struct journal_known *known, bool resized)
{
	if (known->marked)
		return DRAIN_SKIP;
	group_commit_known(d->commit, known);
	if (!resized && (!d->o->delete || time(NULL) - known->time < d->o->keep))
		return DRAIN_SKIP;
	add_check(d, i, known, resized);
	return DRAIN_CHECK;
}

static enum drain_state
plan_new(struct drain *d, size_t i)
{
	const struct pop_mail *m = &d->box.mails[i];

	if (m->octets > d->o->max_size || d->to_fetch >= d->o->limit)
		return DRAIN_SKIP;
	d->to_fetch++;
	d->to_fetch_octets += m->octets;
	return DRAIN_FETCH;
}

static int
by_index(const void *a, const void *b)
{
	const struct drain_check *x = a, *y = b;

	return x->i < y->i ? -1 : x->i > y->i;
}

const struct drain_check *
drain_check_of(const struct drain *d, size_t i)
{
	const struct drain_check key = {.i = (uint32_t)i};

	return bsearch(&key, d->checks, d->nchecks, sizeof *d->checks, by_index);
}

/*
 * Plan the messages that have an entry of the same size first: the other entries may belong to messages whose size
 * changed.
 */
static void
plan_messages(struct drain *d)
{
	struct journal *journal = d->o->journal;
	struct journal_known known;
	const char *uid;
	size_t n;

	for (size_t i = 0; i < d->box.n && journal != NULL; i++) {
		uid = pop_box_uid(&d->box, i, &n);
		d->states[i] = DRAIN_FETCH;
		if (journal_listed(journal, uid, n, d->box.mails[i].octets, &known))
			d->states[i] = (unsigned char)plan_known(d, i, &known, false);
		d->ids[i] = known.id;
	}
	for (size_t i = 0; i < d->box.n; i++) {
		if (journal != NULL && d->states[i] != DRAIN_FETCH)
			continue;
		uid = pop_box_uid(&d->box, i, &n);
		if (journal != NULL && journal_resized(journal, uid, n, &known))
			d->states[i] = (unsigned char)plan_known(d, i, &known, true);
		else
			d->states[i] = (unsigned char)plan_new(d, i);
	}
	if (d->nchecks != 0)
		qsort(d->checks, d->nchecks, sizeof *d->checks, by_index);
}

/*
 * A message without unique-id cannot be recognized in a later session. `keep` needs that, so nothing is fetched then;
 * a run that deletes nothing warns, if such messages are stored again.
 */
static int
need_uids(struct drain *d, struct err *e)
{
	size_t i = 0, n = 1;

	while (i < d->box.n && n != 0)
		pop_box_uid(&d->box, i++, &n);
	if (n != 0 || d->o->journal == NULL || (d->o->delete &&d->o->keep == 0))
		return 0;
	if (d->o->delete)
		return err_set(e, EX_UNAVAILABLE,
			"message %u has no unique-id (UIDL), which --keep needs: drain without "
			"--keep, or use fetch",
			(unsigned)d->box.mails[i - 1].number);
	if (!d->o->warn_no_uid)
		return 0;
	client_warn(d->c,
		"message %u has no unique-id (UIDL): such messages come again with each --new",
		(unsigned)d->box.mails[i - 1].number);
	return 0;
}

int
drain_plan(struct drain *d, struct err *e)
{
	const struct pop_caps *caps = &d->pop->caps;

	if (pop_box_read(d->pop, &d->box, e) == -1 || need_uids(d, e) == -1)
		return -1;
	d->no_top = caps->known && !caps->top;
	d->states = mem_zalloc(d->box.n + 1);
	if (d->events->message != NULL)
		d->file_at = mem_zalloc((d->box.n + 1) * sizeof *d->file_at);
	if (d->o->journal != NULL)
		d->ids = mem_zalloc((d->box.n + 1) * sizeof *d->ids);
	plan_messages(d);
	return 0;
}
