/* pop fetch and drain: what goes over the wire once the plan is made. */
#include <string.h>

#include "base/wait.h"
#include "cmd/pop_job.h"
#include "store/store.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- groups ------------------------------------------------------------------------------------ */

/* Keep the file's name for the record of message i; without a name "" shows that it was stored. */
static void
keep_name(struct pop_job *j, size_t i, const char *name)
{
	if (j->file_at == NULL)
		return;
	if (j->files.len == 0)
		buf_addc(&j->files, '\0'); /* so that no name is at 0 */
	j->file_at[i] = j->files.len;
	buf_adds(&j->files, name != NULL ? name : "");
	buf_addc(&j->files, '\0');
}

/* All messages of the group are on stable storage now, or this fails and none may be deleted. */
static int
commit(struct pop_job *j, struct err *e)
{
	if (deliver_commit(j->deliver, e) == -1)
		return conn_fail(j->s->conn, e);
	for (size_t k = 0; k < j->nwaits; k++) {
		keep_name(j, j->waits[k], deliver_name(j->deliver, k));
		j->fate[j->waits[k]] = POP_STORED;
	}
	j->nwaits = 0;
	return 0;
}

/* ---- messages ---------------------------------------------------------------------------------- */

/* In front of the store, to know later whether it was that which failed. */
struct watch {
	struct sink sink;
	struct sink *to;
	bool failed;
};

static int
watch_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct watch *w = (struct watch *)s;

	w->failed = sink_write(w->to, p, n, e) == -1;
	return w->failed ? -1 : 0;
}

/* The size that bounds what the server may send. */
static uint64_t
announced(const struct pop_job *j, size_t i)
{
	return j->box.sized ? j->box.mails[i].octets : BOUND_NONE;
}

static int
read_message(struct pop_job *j, size_t i, struct err *e)
{
	struct watch w = {.sink = {watch_write}, .to = deliver_sink(j->deliver)};
	struct bound b;
	struct sink *to = bound_init(&b, &w.sink, announced(j, i), j->max_size);

	if (block_read(j->s->conn, to, j->block_flags, NULL, e) == -1) {
		j->lost = !w.failed;
		return err_prefix(e, "message %u", (unsigned)j->box.mails[i].number);
	}
	progress_count(++j->fetched);
	return 0;
}

/* The first message that fails is what is told of: in `done` by the reply, if it was that. */
static void
keep_reason(struct pop_job *j, const struct err *why, bool replied)
{
	if (j->why.status != 0)
		return;
	j->why = *why;
	if (replied)
		session_reply(j->s, &pop_of(j->s)->reply);
	else
		session_done(j->s, 0, "", 0);
}

/* What is told of a message that went well, unless another did not. */
static void
keep_reply(struct pop_job *j)
{
	if (j->why.status == 0)
		session_reply(j->s, &pop_of(j->s)->reply);
}

/* A message that could not be had or stored stays on the server. */
static void
miss(struct pop_job *j, size_t i, const struct err *why, bool replied)
{
	j->fate[i] = POP_MISSING;
	keep_reason(j, why, replied);
}

/*
 * Where each message stands alone, one that is refused for good must not keep those behind it on
 * the server for ever.
 */
static int
refused(struct pop_job *j, size_t i, struct err *e)
{
	if (!j->final || (e->status != EX_UNAVAILABLE && e->status != EX_NOUSER))
		return conn_fail(j->s->conn, e);
	err_prefix(e, "message %u", (unsigned)j->box.mails[i].number);
	miss(j, i, e, false);
	err_clear(e);
	return 0;
}

static int
take_message(struct pop_job *j, size_t i, struct err *e)
{
	const struct pop_mail *m = &j->box.mails[i];
	struct store_msg msg = {
		.number = m->number, .octets = m->octets, .id = j->ids != NULL ? j->ids[i] : 0};

	msg.key = pop_box_uid(&j->box, i, &msg.key_len);
	if (deliver_begin(j->deliver, &msg, e) == -1)
		return conn_fail(j->s->conn, e);
	if (read_message(j, i, e) == -1) {
		deliver_abort(j->deliver);
		return -1;
	}
	if (deliver_end(j->deliver, e) == -1)
		return refused(j, i, e);
	j->fate[i] = POP_WAITS;
	j->waits[j->nwaits++] = (uint32_t)i;
	return deliver_full(j->deliver) ? commit(j, e) : 0;
}

static const struct pop_check *
check_of(const struct pop_job *j, size_t i)
{
	size_t lo = 0, hi = j->nchecks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->checks[mid].i < i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &j->checks[lo]; /* each message to be checked is there */
}

/* The header of a message that was stored before: if it is another one, it is another message. */
static int
take_check(struct pop_job *j, size_t i, struct err *e)
{
	unsigned char header[HDRSUM];
	struct hdrsum sum;
	struct bound b;
	int rc;

	hdrsum_begin(&sum);
	rc = block_read(j->s->conn, bound_init(&b, &sum.sink, announced(j, i), BOUND_NONE),
		BLOCK_LF, NULL, e);
	hdrsum_end(&sum, header);
	if (rc == -1) {
		j->lost = true;
		return -1;
	}
	if (memcmp(header, check_of(j, i)->header, HDRSUM) == 0) {
		j->fate[i] = POP_SAME;
	} else if (j->box.mails[i].octets > j->max_size) {
		j->fate[i] = POP_LEAVE;
	} else {
		j->fate[i] = POP_FETCH;
		j->again = true;
	}
	return 0;
}

/* The server does not give it. */
static void
take_refusal(struct pop_job *j, size_t i, bool top, const struct err *why)
{
	if (top) {
		/* Perhaps it has no TOP: RETR will tell. */
		j->no_top = j->again = true;
		return;
	}
	miss(j, i, why, true);
}

/* ---- flights ----------------------------------------------------------------------------------- */

/* A tag is the index of the message, and whether it was TOP. */
static int
tag_of(size_t i, bool top)
{
	return (int)(i * 2 + top);
}

static int
put_one(struct pop_job *j, size_t i, struct err *e)
{
	unsigned number = j->box.mails[i].number;
	struct cmdq *q = j->s->q;

	if (j->fate[i] == POP_CHECK && !j->no_top)
		return cmdq_put_number(q, tag_of(i, true), "TOP", number, "0", e);
	return cmdq_put_number(q, tag_of(i, false), "RETR", number, NULL, e);
}

static int
take_one(struct pop_job *j, struct err *e)
{
	struct err own = {0};
	int tag, rc = pop_next(pop_of(j->s), &tag, EX_NO, &own);
	size_t i;

	if (rc == -1) {
		j->lost = true;
		*e = own;
		return -1;
	}
	keep_reply(j);
	i = (size_t)tag / 2;
	if (rc == 0) {
		take_refusal(j, i, tag % 2 != 0, &own);
		return 0;
	}
	return j->fate[i] == POP_CHECK ? take_check(j, i, e) : take_message(j, i, e);
}

/* The next message from *at on that needs a command; false: none. */
static bool
find_next(const struct pop_job *j, size_t *at)
{
	while (*at < j->box.n && j->fate[*at] != POP_FETCH && j->fate[*at] != POP_CHECK)
		++*at;
	return *at < j->box.n;
}

/* One flight over all messages that need one. */
static int
fly(struct pop_job *j, struct err *e)
{
	size_t next = 0, owed = 0;

	j->again = false;
	for (;;) {
		for (; cmdq_room(j->s->q) && find_next(j, &next); next++, owed++)
			if (put_one(j, next, e) == -1) {
				j->lost = true;
				return -1;
			}
		if (!j->drain && next == j->box.n && pop_ride_quit(j->s, e) == -1)
			return -1;
		if (owed == 0)
			return 0;
		if (take_one(j, e) == -1)
			return -1;
		owed--;
	}
}

int
pop_job_fetch(struct pop_job *j, struct err *e)
{
	struct err late = {0};
	int rc;

	progress_begin(j->s->opt, "messages", j->to_fetch, j->to_fetch_octets);
	do
		rc = fly(j, e);
	while (rc == 0 && j->again);
	progress_end();
	if (rc == 0)
		return commit(j, e);
	/* What came whole before the connection was lost need not come again. */
	if (j->lost && wait_signal() == 0)
		(void)commit(j, &late);
	return -1;
}

/* ---- deleting ---------------------------------------------------------------------------------- */

static bool
may_delete(const struct pop_job *j, size_t i)
{
	return j->fate[i] == POP_SAME || (j->fate[i] == POP_STORED && j->keep == 0);
}

static int
take_deleted(struct pop_job *j, struct err *e)
{
	struct err own = {0};
	int tag, rc = pop_next(pop_of(j->s), &tag, EX_NO, &own);

	if (rc == 1)
		j->fate[tag] = POP_DELETED;
	else if (rc == 0)
		keep_reason(j, &own, true);
	else
		*e = own;
	return rc == -1 ? -1 : 0;
}

/* Where the session is lost before QUIT is answered, nothing is known to be gone. */
static void
none_deleted(struct pop_job *j)
{
	for (size_t i = 0; i < j->box.n; i++)
		if (j->fate[i] == POP_DELETED)
			j->fate[i] =
				j->file_at == NULL || j->file_at[i] != 0 ? POP_STORED : POP_SAME;
}

static int
end_session(struct pop_job *j, struct err *e)
{
	struct session *s = j->s;
	int rc = pop_quit(pop_of(s), s->quit_sent, e);

	s->quit_sent = s->ended = true;
	session_reply(s, &pop_of(s)->reply);
	return rc;
}

static int
delete_all(struct pop_job *j, struct err *e)
{
	struct session *s = j->s;
	size_t next = 0, owed = 0;

	for (;;) {
		for (; next < j->box.n && cmdq_room(s->q); next++)
			if (may_delete(j, next)) {
				if (pop_dele_put(pop_of(s), (int)next, j->box.mails[next].number,
					    e) == -1)
					return -1;
				owed++;
			}
		if (next == j->box.n && s->one_shot && !s->quit_sent && s->q->pipelining) {
			s->quit_sent = true;
			if (cmdq_put(s->q, -1, e, "QUIT") == -1)
				return -1;
		}
		if (owed == 0 && next == j->box.n)
			break;
		if (take_deleted(j, e) == -1)
			return -1;
		owed--;
	}
	return s->one_shot ? end_session(j, e) : 0;
}

int
pop_job_delete(struct pop_job *j, struct err *e)
{
	int rc = delete_all(j, e);

	if (rc == -1)
		none_deleted(j);
	return rc;
}
