/* drain: DELE of the messages that are stored, and QUIT. */
#include "job/drain_priv.h"

static bool
may_delete(const struct drain *d, size_t i)
{
	return d->states[i] == DRAIN_KNOWN || (d->states[i] == DRAIN_STORED && d->o->keep == 0);
}

static int
take_reply(struct drain *d, struct err *e)
{
	struct err own = {0};
	int tag, rc = pop_next(d->pop, &tag, EX_NO, &own);

	if (rc == 1)
		d->states[tag] = DRAIN_DELETED;
	else if (rc == 0)
		drain_note_failure(d, &own, true);
	else
		*e = own;
	return rc == -1 ? -1 : 0;
}

/* If the session is lost before the reply to QUIT, no deletion is certain. */
static void
none_deleted(struct drain *d)
{
	for (size_t i = 0; i < d->box.n; i++)
		if (d->states[i] == DRAIN_DELETED)
			d->states[i] = d->file_at == NULL || d->file_at[i] != 0 ? DRAIN_STORED
										: DRAIN_KNOWN;
}

/*
 * Out of sync after all messages were stored: the last of them may have ended early. Its journal entry is withdrawn, so
 * that the next run fetches it again.
 */
static void
void_last(struct drain *d, struct err *e)
{
	struct err late = {0};
	size_t i = d->last_block - 1;

	if (d->last_block == 0)
		return;
	if (group_commit_void_last(d->commit, &late) == -1)
		client_warn(d->c, "%s", late.text);
	d->states[i] = DRAIN_FAILED;
	err_prefix(e, "message %u may be incomplete and will be fetched again",
		(unsigned)d->box.mails[i].number);
}

static int
delete_all(struct drain *d, struct err *e)
{
	size_t next = 0, pending = 0;

	for (;;) {
		for (; next < d->box.n && pop_room(d->pop); next++)
			if (may_delete(d, next)) {
				if (pop_put(d->pop, (int)next, POP_DELE, d->box.mails[next].number,
					    e) == -1)
					return -1;
				pending++;
			}
		if (next == d->box.n && client_pipeline_quit(d->c, e) == -1)
			return -1;
		if (pending == 0 && next == d->box.n)
			break;
		if (take_reply(d, e) == -1)
			return -1;
		pending--;
	}
	return d->c->one_shot ? drain_quit(d, e) : 0;
}

int
drain_delete(struct drain *d, struct err *e)
{
	int rc = delete_all(d, e);

	if (rc == -1)
		none_deleted(d);
	if (rc == -1 && e->status == EX_PROTOCOL)
		void_last(d, e);
	return rc;
}
