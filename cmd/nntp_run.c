#include "cmd/nntp_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/mech.h"
#include "base/text.h"
#include "cmd/print.h"
#include "mail/msgid.h"

/* ---- flights ----------------------------------------------------------------------------------- */

/* Are there credentials that have not been used, as those of a netrc default entry? */
static bool
unused_creds(const struct session *s)
{
	return !s->c.logged_in && !mech_is_none(client_mechs(&s->c)) &&
	       (s->c.creds.user != NULL || s->c.creds.password != NULL);
}

/* QUIT was sent with a pipeline that must be repeated: connect again, and keep what is known of the server. */
static int
reopen(struct session *s, struct err *e)
{
	bool old_over = nntp_of(s)->old_over, old_hdr = nntp_of(s)->old_hdr;
	struct err ignored = {0};

	client_close(&s->c, false, &ignored);
	if (client_open(&s->c, e) == -1)
		return -1;
	nntp_of(s)->old_over = old_over;
	nntp_of(s)->old_hdr = old_hdr;
	return s->c.ops->ready(&s->c, e);
}

/* Make the step that the server requires: MODE READER or a login. */
static int
make_step(struct session *s, enum nntp_need need, struct err *e)
{
	struct err why = {0};

	if (need == NNTP_NEED_TLS || (need == NNTP_NEED_LOGIN && !unused_creds(s)))
		return -1; /* e has the reply of the server */
	if (s->c.quit_sent && reopen(s, &why) == -1)
		goto failed;
	if (need == NNTP_NEED_READER && !nntp_of(s)->reader_sent &&
		nntp_mode_reader(nntp_of(s), &why) == -1)
		goto failed;
	if (need == NNTP_NEED_LOGIN && client_login(&s->c, &why) == -1)
		goto failed;
	err_clear(e);
	return 0;
failed:
	*e = why;
	return -1;
}

static int
run_flights(struct session *s, nntp_flight *go, void *job, struct err *e)
{
	unsigned made = 0;

	for (;;) {
		enum nntp_need need;

		nntp_of(s)->need = NNTP_NEED_NOTHING;
		if (go(s, job, e) == 0)
			return 0;
		need = nntp_of(s)->need;
		/* Each step helps once; another form of a command may be needed for several. */
		if (need == NNTP_NEED_NOTHING || (made & 1u << need) != 0 ||
			(s->c.conn->dead && !s->c.quit_sent))
			return -1;
		if (need != NNTP_NEED_OTHER)
			made |= 1u << need;
		if (make_step(s, need, e) == -1)
			return -1;
	}
}

int
nntp_told(struct session *s, int rc, const struct err *e)
{
	if (rc == -1 && e->code != 0 && nntp_of(s) != NULL && nntp_of(s)->r.code == e->code)
		nntp_note(s);
	return rc;
}

int
nntp_run(struct session *s, nntp_flight *go, void *job, struct err *e)
{
	return nntp_told(s, run_flights(s, go, job, e), e);
}

/* A pipeline with QUIT in it may have to be repeated on a new connection: can the password be read again? */
static bool
password_lasts(const struct session *s)
{
	struct stat sb;

	switch (s->c.creds.source) {
	case CREDS_FD:
	case CREDS_PROMPT: return false;
	case CREDS_NETRC:
	case CREDS_NETRC_DEFAULT:
		return s->opt->netrc == NULL ||
		       (stat(s->opt->netrc, &sb) == 0 && S_ISREG(sb.st_mode));
	default: return true;
	}
}

bool
nntp_may_quit(const struct session *s)
{
	return s->c.one_shot && !s->c.quit_sent && !nntp_of(s)->transit && !unused_creds(s) &&
	       password_lasts(s);
}

int
nntp_ride_quit(struct session *s, struct err *e)
{
	if (!s->c.q->pipelining || !nntp_may_quit(s))
		return 0;
	s->c.quit_sent = true;
	return cmdq_put(s->c.q, NNTP_QUIT, e, "QUIT");
}

void
nntp_note(struct session *s)
{
	client_note_reply(&s->c, &nntp_of(s)->r);
}

void
nntp_warn_long_id(struct session *s, const char *command, const char *p, size_t n)
{
	print_warning(s->opt, NNTP_WHO,
		"%s: %s: a message-id of more than %d octets (passed over): %.*s",
		client_host(&s->c), command, MSGID_MAX, (int)(n < 80 ? n : 80), p);
}

int
nntp_one(struct session *s, int good, struct err *e, const char *fmt, ...)
{
	struct nntp *n = nntp_of(s);
	va_list ap;
	char *line;
	int rc;

	va_start(ap, fmt);
	rc = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (rc == -1)
		return err_set(e, EX_OSERR, "out of memory");
	rc = cmdq_put(s->c.q, NNTP_CMD, e, "%s", line);
	free(line);
	if (rc == -1 || nntp_ride_quit(s, e) == -1 || nntp_reply(n, NULL, e) == -1)
		return -1;
	nntp_note(s);
	return n->r.code == good ? 0 : nntp_fail(n, e);
}

int
nntp_confirm(struct session *s, struct err *e)
{
	struct buf noted = {0};
	int rc, code = s->c.result.code;

	s->c.quit_matters = true;
	if (!s->c.quit_sent)
		return cmdq_unasked(s->c.q, e);
	buf_add(&noted, s->c.result.text.data, s->c.result.text.len);
	rc = s->c.ops->quit(&s->c, true, e);
	client_note(&s->c, code, buf_str(&noted), noted.len);
	buf_free(&noted);
	return rc;
}

/* ---- words ------------------------------------------------------------------------------------- */

void
nntp_spec_text(const struct nntp_spec *spec, struct buf *out)
{
	if (spec->msgid != NULL)
		buf_adds(out, spec->msgid);
	else if (spec->current)
		return;
	else if (spec->first == spec->last)
		buf_addf(out, "%ju", (uintmax_t)spec->first);
	else if (spec->last == NNTP_NUMBER_MAX)
		buf_addf(out, "%ju-", (uintmax_t)spec->first);
	else
		buf_addf(out, "%ju-%ju", (uintmax_t)spec->first, (uintmax_t)spec->last);
}

uint64_t
nntp_lines_max(const struct nntp_spec *spec)
{
	uint64_t most = spec->msgid != NULL || spec->current ? 1 : spec->last - spec->first + 1;

	return most < UINT64_MAX / 4 ? 2 * most + 1000 : UINT64_MAX;
}

int
nntp_path_arg(const struct args *a, const char *name, const char **path, struct err *e)
{
	*path = args_get(a, name);
	if (*path != NULL && **path == '\0')
		return err_set(e, EX_USAGE, "--%s: an empty name", name);
	return 0;
}
