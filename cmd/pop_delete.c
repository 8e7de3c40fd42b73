/* pop fetch and drain: DELE of what is stored, and QUIT. */
#include "cmd/pop_job.h"

void
pop_job_reason(struct pop_job *j, const struct err *why, bool replied)
{
	if (j->why.status != 0) {
		pop_print_failed(j->s, why);
		return;
	}
	j->why = *why;
	if (replied)
		client_note_reply(&j->s->c, &pop_of(j->s)->reply);
	else
		client_note(&j->s->c, 0, "", 0);
}

int
pop_job_quit(struct pop_job *j, struct err *e)
{
	struct session *s = j->s;
	int rc = pop_quit(pop_of(s), s->c.quit_sent, e);

	s->c.quit_sent = s->c.ended = true;
	client_note_reply(&s->c, &pop_of(s)->reply);
	return rc;
}

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
		pop_job_reason(j, &own, true);
	else
		*e = own;
	return rc == -1 ? -1 : 0;
}

/* If the session is lost before the reply to QUIT, no deletion is certain. */
static void
none_deleted(struct pop_job *j)
{
	for (size_t i = 0; i < j->box.n; i++)
		if (j->fate[i] == POP_DELETED)
			j->fate[i] =
				j->file_at == NULL || j->file_at[i] != 0 ? POP_STORED : POP_SAME;
}

/*
 * Out of sync after all messages were stored: the last of them may have ended early. Its record is withdrawn, so
 * that the next run fetches it again.
 */
static void
void_last(struct pop_job *j, struct err *e)
{
	struct err late = {0};
	size_t i = j->last_block - 1;

	if (j->last_block == 0)
		return;
	if (deliver_void_last(j->deliver, &late) == -1)
		print_warning(j->s->opt, "mailnet pop", "%s", late.text);
	j->fate[i] = POP_MISSING;
	err_prefix(e, "message %u may be incomplete and will be fetched again",
		(unsigned)j->box.mails[i].number);
}

static int
delete_all(struct pop_job *j, struct err *e)
{
	struct session *s = j->s;
	size_t next = 0, owed = 0;

	for (;;) {
		for (; next < j->box.n && cmdq_room(s->c.q); next++)
			if (may_delete(j, next)) {
				if (pop_dele_put(pop_of(s), (int)next, j->box.mails[next].number,
					    e) == -1)
					return -1;
				owed++;
			}
		if (next == j->box.n && s->c.one_shot && !s->c.quit_sent && s->c.q->pipelining) {
			s->c.quit_sent = true;
			if (cmdq_put(s->c.q, -1, e, "QUIT") == -1)
				return -1;
		}
		if (owed == 0 && next == j->box.n)
			break;
		if (take_deleted(j, e) == -1)
			return -1;
		owed--;
	}
	return s->c.one_shot ? pop_job_quit(j, e) : 0;
}

int
pop_job_delete(struct pop_job *j, struct err *e)
{
	int rc = delete_all(j, e);

	if (rc == -1)
		none_deleted(j);
	if (rc == -1 && e->status == EX_PROTOCOL)
		void_last(j, e);
	return rc;
}
