#include "client/nntp_steps.h"

#include <string.h>

#include "auth/mech.h"
#include "mail/msgid.h"

/* ---- QUIT -------------------------------------------------------------------------------------- */

/* Are there credentials that have not been used, such as those of a netrc default entry? */
static bool
unused_creds(const struct client *c)
{
	return !c->logged_in && !mech_is_none(client_mechs(c)) &&
	       (c->creds.user != NULL || c->creds.password != NULL);
}

bool
nntp_may_quit(const struct client *c)
{
	/* A pipeline with QUIT in it may have to be repeated on a new connection, which needs the password again. */
	return c->one_shot && !c->quit_sent && !nntp_of(c)->transit && !unused_creds(c) &&
	       !c->creds_once;
}

static int
put_quit(struct client *c, struct err *e)
{
	c->quit_sent = true;
	return cmdq_put(c->q, NNTP_QUIT, e, "QUIT");
}

int
nntp_append_quit(struct client *c, struct err *e)
{
	return c->q->pipelining && nntp_may_quit(c) ? put_quit(c, e) : 0;
}

int
nntp_confirm(struct client *c, struct err *e)
{
	struct buf noted = {0};
	int rc, code = c->result.code;

	c->quit_matters = true;
	if (!c->quit_sent)
		return cmdq_check_unsolicited(c->q, e);
	buf_add(&noted, c->result.text.data, c->result.text.len);
	rc = c->ops->quit(c, true, e);
	client_note(c, code, buf_str(&noted), noted.len);
	buf_free(&noted);
	return rc;
}

/* ---- repeating a pipeline ---------------------------------------------------------------------- */

/* QUIT was sent with a pipeline that must be repeated: connect again. Keep the facts that are known of the server. */
static int
reopen(struct client *c, struct err *e)
{
	bool old_over = nntp_of(c)->old_over, old_hdr = nntp_of(c)->old_hdr,
	     old_listgroup = nntp_of(c)->old_listgroup;
	enum nntp_compression compression = nntp_of(c)->compression;
	struct err ignored = {0};

	client_close(c, false, &ignored);
	if (client_open(c, e) == -1)
		return -1;
	if (compression == NNTP_COMPRESSION_REFUSED)
		nntp_of(c)->compression = compression;
	nntp_of(c)->old_over = old_over;
	nntp_of(c)->old_hdr = old_hdr;
	nntp_of(c)->old_listgroup = old_listgroup;
	return c->ops->ready(c, e);
}

/* Make the step that the server requires: MODE READER or a login. */
static int
make_step(struct client *c, enum nntp_need need, struct err *e)
{
	struct err why = {0};

	if (need == NNTP_NEED_TLS || (need == NNTP_NEED_LOGIN && !unused_creds(c)))
		return -1; /* e has the reply of the server */
	if (c->quit_sent && reopen(c, &why) == -1)
		goto failed;
	if (need == NNTP_NEED_READER && !nntp_of(c)->reader_sent &&
		nntp_mode_reader(nntp_of(c), &why) == -1)
		goto failed;
	if (need == NNTP_NEED_LOGIN && client_login(c, &why) == -1)
		goto failed;
	err_clear(e);
	return 0;
failed:
	*e = why;
	return -1;
}

bool
nntp_step_helps(const struct client *c)
{
	switch (nntp_of(c)->need) {
	case NNTP_NEED_READER: return !nntp_of(c)->reader_sent;
	case NNTP_NEED_LOGIN: return unused_creds(c);
	case NNTP_NEED_OTHER: return true;
	default: return false;
	}
}

static int
repeat(struct client *c, nntp_pipeline *go, void *job, struct err *e)
{
	unsigned made = 0;

	for (;;) {
		enum nntp_need need;

		nntp_of(c)->need = NNTP_NEED_NOTHING;
		if (go(c, job, e) == 0)
			return 0;
		need = nntp_of(c)->need;
		/*
		 * Make each step once at most. Other forms of a command (NNTP_NEED_OTHER) may be needed for several
		 * commands.
		 */
		if (need == NNTP_NEED_NOTHING || (made & 1u << need) != 0 ||
			(c->conn->dead && !c->quit_sent))
			return -1;
		if (need != NNTP_NEED_OTHER)
			made |= 1u << need;
		if (make_step(c, need, e) == -1)
			return -1;
	}
}

void
nntp_note(struct client *c)
{
	client_note_reply(c, &nntp_of(c)->r);
}

int
nntp_note_refusal(struct client *c, int rc, const struct err *e)
{
	if (rc == -1 && e->code != 0 && nntp_of(c) != NULL && nntp_of(c)->r.code == e->code)
		nntp_note(c);
	return rc;
}

int
nntp_run_pipeline(struct client *c, nntp_pipeline *go, void *job, struct err *e)
{
	return nntp_note_refusal(c, repeat(c, go, job, e), e);
}

/* ---- single commands --------------------------------------------------------------------------- */

static int
take_group(struct client *c, struct err *e)
{
	int rc = nntp_take_group(nntp_of(c), e);

	nntp_note(c);
	return rc;
}

static int
go_command(struct client *c, void *job, struct err *e)
{
	struct nntp_command *command = job;
	struct nntp *n = nntp_of(c);
	bool group = command->group != NULL, pipelining = c->q->pipelining;
	int rc;

	if (group && nntp_put_group(n, command->group, e) == -1)
		return -1;
	if (group && !pipelining && take_group(c, e) == -1)
		return -1;
	if (nntp_command_put(n, command, e) == -1 ||
		(nntp_command_is_last(command) && nntp_append_quit(c, e) == -1))
		return -1;
	if (group && pipelining && take_group(c, e) == -1)
		return -1;
	rc = nntp_command_take(n, command, e);
	if (rc == 0 || e->code != 0)
		nntp_note(c);
	return rc;
}

int
nntp_run_command(struct client *c, struct nntp_command *command, struct err *e)
{
	int rc = nntp_run_pipeline(c, go_command, command, e);

	nntp_command_free(command);
	if (rc == 0)
		client_last_dial(c);
	return rc;
}

static int
go_capabilities(struct client *c, void *job, struct err *e)
{
	struct nntp *n = nntp_of(c);
	bool lenient = *(bool *)job;

	if (nntp_put_capabilities(n, e) == -1 || nntp_append_quit(c, e) == -1 ||
		nntp_take_capabilities(n, e) == -1)
		return -1;
	nntp_note(c);
	return lenient && n->r.code >= 400 ? 0 : nntp_check_capabilities(n, e);
}

int
nntp_run_capabilities(struct client *c, bool lenient, struct err *e)
{
	return nntp_run_pipeline(c, go_capabilities, &lenient, e);
}

int
nntp_know_capabilities(struct client *c, struct err *e)
{
	struct nntp *n = nntp_of(c);
	int rc = nntp_capabilities(n, e);

	if (rc == 0)
		rc = nntp_make_reader(n, false, e);
	return nntp_note_refusal(c, rc, e);
}

/* ---- posting ----------------------------------------------------------------------------------- */

struct post {
	const char *msgid;
	const struct tmpcopy *article;
	bool unknown; /* the connection was lost after the article was sent */
};

static int
go_post(struct client *c, void *job, struct err *e)
{
	struct post *p = job;
	int rc = nntp_post(nntp_of(c), p->msgid, p->article, &p->unknown, e);

	nntp_note(c);
	return rc;
}

/*
 * If the server replied before it had received the whole article, it sends another reply, the final one, afterwards.
 * Check for such a reply.
 */
static int
confirm_post(struct client *c, struct err *e)
{
	if (c->one_shot && put_quit(c, e) == -1) {
		c->quit_sent = false;
		return e->status == EX_PROTOCOL ? -1 : (err_clear(e), 0);
	}
	return nntp_confirm(c, e) == 0 ? 0 : err_prefix(e, "the article may not have been posted");
}

static int
go_stat(struct client *c, void *job, struct err *e)
{
	int rc = nntp_want(nntp_of(c), 223, e, "STAT %s", (const char *)job);

	if (rc == 0)
		nntp_note(c);
	return rc;
}

/* Ask in another session for the article whose outcome is unknown. If that is not possible, e stays. */
static int
look_up(struct client *c, const char *msgid, struct err *e)
{
	struct err why = {0};

	if (reopen(c, &why) == 0 &&
		nntp_run_pipeline(c, go_stat, (char *)(uintptr_t)msgid, &why) == 0) {
		err_clear(e);
		return confirm_post(c, e);
	}
	if (why.code == 430)
		return err_code(e, EX_TEMPFAIL, 430,
			"the connection was lost after the article was sent, and the server does "
			"not have %s: post the article again with this message-id",
			msgid);
	return -1;
}

int
nntp_run_post(struct client *c, const char *offered, const char *msgid,
	const struct tmpcopy *article, struct err *e)
{
	struct post p = {.msgid = offered, .article = article};

	if (nntp_run_pipeline(c, go_post, &p, e) == 0)
		return confirm_post(c, e);
	/* A batch never connects again. */
	if (p.unknown && msgid != NULL && c->one_shot && !c->creds_once)
		return look_up(c, msgid, e);
	return -1;
}

void
nntp_warn_long_id(struct client *c, const char *p, size_t n)
{
	const char *command = cmdq_answered(c->q);

	client_warn(c, "%s: %.*s: a message-id of more than %d octets (passed over): %.*s",
		client_host(c), (int)strcspn(command, " "), command, MSGID_MAX,
		(int)(n < 80 ? n : 80), p);
}
