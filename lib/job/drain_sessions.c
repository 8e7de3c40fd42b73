/* drain: several sessions with one mailbox. Declared in drain.h. */
#include "client/client.h"
#include "job/drain.h"
#include "wire/conn.h"

/* Did a session fail only because single messages were refused, and did QUIT succeed? */
static bool
failed_in_part(const struct client *c, const struct err *e)
{
	return c->ended && !c->conn->dead &&
	       (e->status == EX_NO || e->status == EX_NOUSER || e->status == EX_UNAVAILABLE);
}

/*
 * Is another session useful? Not after a session that changed nothing. A server may keep the messages that it should
 * delete; then their number does not fall, and no new message is stored: end, or the sessions would not end.
 */
static bool
goes_on(const struct drain_counts *now, const struct drain_counts *before)
{
	if (now->stored + now->deleted == 0)
		return false;
	return before->listed == 0 || now->listed < before->listed ||
	       (now->identified && now->fetched > 0);
}

/* End the session, which commits the deletions, and begin another one with the same mailbox. */
static int
next_session(struct client *c, struct err *e)
{
	return client_close(c, true, e) == -1 ? -1 : client_need(c, e);
}

/* Keep the first failure; report the later ones. */
static void
note_failure(const struct drain_sessions *o, void *context, struct err *first, const struct err *e)
{
	if (first->status == 0)
		*first = *e;
	else
		o->failed(context, e);
}

int
drain_in_sessions(struct client *c, const struct drain_sessions *o, void *context, struct err *e)
{
	struct drain_counts counts = {0}, before;
	uint64_t left = o->limit;
	struct err first = {0};

	for (;;) {
		struct err own = {0};

		before = counts;
		counts = (struct drain_counts){0};
		if (o->session(context, o->every < left ? o->every : left, &counts, &own) == -1) {
			note_failure(o, context, &first, &own);
			if (!failed_in_part(c, &own))
				break;
		}
		left -= counts.fetched < left ? counts.fetched : left;
		if (!goes_on(&counts, &before) || left == 0)
			break;
		err_clear(&own);
		if (next_session(c, &own) == -1) {
			/* This failure ends the run, so its status is the exit status. */
			if (first.status != 0)
				o->failed(context, &first);
			first = own;
			break;
		}
	}
	*e = first;
	return first.status == 0 ? 0 : -1;
}
