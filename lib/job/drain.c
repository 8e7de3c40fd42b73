#include "job/drain.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "job/drain_priv.h"
#include "store/store.h"

/* ---- the mailbox ------------------------------------------------------------------------------- */

/* Longest file name of a journal, in bytes: with ".lock" appended it is below every file system's limit. */
#define NAME_LONGEST 200

/* Append user@host, and the port if it is not a default one: pop:// and pops:// are the same mailbox. */
static void
add_account(const struct client *c, struct buf *out)
{
	const char *user = c->creds.authzid != NULL ? c->creds.authzid : c->creds.user;

	if (user != NULL)
		buf_addf(out, "%s@", user);
	for (const char *p = client_host(c); *p != '\0'; p++)
		buf_addc(out, text_lower(*p));
	if (c->url.path == NULL && c->url.port != 110 && c->url.port != 995)
		buf_addf(out, ":%u", (unsigned)c->url.port);
}

void
drain_mailbox(const struct client *c, struct buf *out)
{
	buf_adds(out, "pop://");
	add_account(c, out);
}

/* Special characters are escaped; a name that is too long becomes a digest. */
static void
add_journal_name(const struct client *c, struct buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@:._+-";
	struct buf account = {0}, name = {0};
	unsigned char hash[DIGEST_SHA256];

	add_account(c, &account);
	for (size_t i = 0; i < account.len; i++)
		if (strchr(plain, account.data[i]) != NULL && (i != 0 || account.data[i] != '.'))
			buf_addc(&name, account.data[i]);
		else
			buf_addf(&name, "%%%02X", (unsigned char)account.data[i]);
	buf_adds(out, "pop-");
	if (name.len <= NAME_LONGEST) {
		buf_add(out, name.data, name.len);
	} else {
		digest_sha256(account.data, account.len, hash);
		digest_hex(out, hash, sizeof hash);
	}
	buf_free(&account);
	buf_free(&name);
}

int
drain_journal_path(const struct client *c, const char *state_home, const char *home,
	struct buf *out, struct err *e)
{
	/* A relative path is ignored (XDG Base Directory Specification). */
	if (state_home != NULL && *state_home == '/')
		buf_addf(out, "%s/mailnet/", state_home);
	else if (home != NULL && *home != '\0')
		buf_addf(out, "%s/.local/state/mailnet/", home);
	else
		return err_set(e, EX_CONFIG,
			"neither $XDG_STATE_HOME nor $HOME is set: give --state FILE");
	add_journal_name(c, out);
	return 0;
}

/* ---- a run ------------------------------------------------------------------------------------- */

void
drain_note_failure(struct drain *d, const struct err *why, bool replied)
{
	if (d->why.status != 0) {
		d->events->failed(d->context, why);
		return;
	}
	d->why = *why;
	if (replied)
		client_note_reply(d->c, &d->pop->reply);
	else
		client_note(d->c, 0, "", 0);
}

int
drain_quit(struct drain *d, struct err *e)
{
	int rc = pop_quit(d->pop, d->c->quit_sent, e);

	d->c->quit_sent = d->c->ended = true;
	client_note_reply(d->c, &d->pop->reply);
	return rc;
}

/* Drop the journal entries of messages that the server no longer has. A failure only costs disk space. */
static void
expire(struct drain *d)
{
	struct err e = {0};

	if (d->o->journal != NULL && d->box.uids.len != 0 &&
		journal_expire(d->o->journal, time(NULL), &e) == -1)
		client_warn(d->c, "%s", e.text);
}

static int
may_delete(const struct drain *d, struct err *e)
{
	return d->events->may_delete != NULL ? d->events->may_delete(d->context, e) : 0;
}

static int
run_steps(struct drain *d, struct err *e)
{
	if (drain_plan(d, e) == -1 || drain_fetch(d, e) == -1 ||
		(d->o->delete &&(may_delete(d, e) == -1 || drain_delete(d, e) == -1))) {
		/* This failure has no reply of the server. Report also the first message that failed before it. */
		client_note(d->c, 0, "", 0);
		if (d->why.status != 0)
			d->events->failed(d->context, &d->why);
		return -1;
	}
	expire(d);
	if (d->why.status == 0)
		return 0;
	*e = d->why;
	return -1;
}

static int
report_message(struct drain *d, size_t i, struct err *e)
{
	const char *file = d->file_at[i] != 0 ? d->files.data + d->file_at[i] : NULL;
	enum drain_state state = d->states[i];
	struct drain_message m = {.number = d->box.mails[i].number,
		.octets = d->box.mails[i].octets,
		.stored = state == DRAIN_STORED || (state == DRAIN_DELETED && file != NULL),
		.deleted = state == DRAIN_DELETED,
		.file = file != NULL && *file != '\0' ? file : NULL};

	m.uid = pop_box_uid(&d->box, i, &m.uid_len);
	return d->events->message(d->context, &m, e);
}

static int
report_messages(struct drain *d, struct err *e)
{
	for (size_t i = 0; d->file_at != NULL && i < d->box.n; i++)
		if (d->states[i] != DRAIN_FETCH && d->states[i] != DRAIN_CHECK &&
			d->states[i] != DRAIN_COMPARE && d->states[i] != DRAIN_PENDING &&
			report_message(d, i, e) == -1)
			return -1;
	return 0;
}

static void
count_messages(const struct drain *d, struct drain_counts *counts)
{
	*counts = (struct drain_counts){
		.listed = d->box.n, .identified = d->box.uids.len != 0, .fetched = d->fetched};
	for (size_t i = 0; d->states != NULL && i < d->box.n; i++) {
		counts->stored += d->states[i] == DRAIN_STORED;
		counts->deleted += d->states[i] == DRAIN_DELETED;
	}
}

static int
mark_messages(const struct pop_box *box, struct journal *journal, struct err *e)
{
	size_t without = 0;

	for (size_t i = 0; i < box->n; i++) {
		size_t n;
		const char *uid = pop_box_uid(box, i, &n);

		if (n == 0)
			without = i + 1;
		else if (journal_mark(journal, uid, n, box->mails[i].octets, e) == -1)
			return -1;
	}
	if (journal_sync(journal, e) == -1)
		return -1;
	if (without == 0)
		return 0;
	return err_set(e, EX_UNAVAILABLE,
		"message %u has no unique-id (UIDL), so mark cannot record it",
		(unsigned)box->mails[without - 1].number);
}

int
drain_mark(struct client *c, struct journal *journal, struct err *e)
{
	struct pop_box box = {0};
	int rc = pop_box_read(c->proto, &box, e);

	if (rc == 0)
		rc = mark_messages(&box, journal, e);
	if (rc == 0 && box.uids.len != 0)
		rc = journal_expire(journal, time(NULL), e);
	pop_box_free(&box);
	journal_close(journal);
	return rc;
}

int
drain_run(struct client *c, const struct drain_options *o, const struct drain_events *events,
	void *context, struct err *e)
{
	struct drain *d = mem_alloc(sizeof *d);
	struct err late = {0};
	int rc = -1;

	*d = (struct drain){.c = c, .pop = c->proto, .o = o, .events = events, .context = context};
	d->commit = group_commit_open(o->store, o->journal, e);
	if (d->commit != NULL) {
		group_commit_limit(d->commit, o->group);
		rc = run_steps(d, e);
		/* A failure to report is an error only if the run has not failed before. */
		if (report_messages(d, rc == 0 ? e : &late) == -1)
			rc = -1;
	}
	if (o->counts != NULL)
		count_messages(d, o->counts);
	group_commit_close(d->commit);
	journal_close(o->journal);
	pop_box_free(&d->box);
	free(d->states);
	free(d->ids);
	free(d->checks);
	free(d->file_at);
	buf_free(&d->files);
	free(d);
	return rc;
}
