/* pop fetch and drain: options, destination, plan, records. The flights are in pop_flight.c. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/dest_open.h"
#include "cmd/message_store.h"
#include "cmd/pop_job.h"
#include "mail/date.h"
#include "store/store.h"
#include "wire/block.h"

/* ---- options ----------------------------------------------------------------------------------- */

static int
take_dest(struct pop_job *j, const struct args *a, struct err *e)
{
	const char *dest = args_get(a, "dest");
	const struct out *o = j->s->out;

	if (dest == NULL && j->drain)
		return err_set(
			e, EX_USAGE, "missing -d DEST (a Maildir, mbox, |COMMAND or lmtp:// URL)");
	if (dest_parse(dest != NULL ? dest : "-", &j->dest, e) == -1)
		return -1;
	if (j->dest.kind != DEST_STDOUT) {
		if (args_has(a, "raw") || args_has(a, "mbox"))
			return err_set(e, EX_USAGE,
				"--raw and --mbox are for output to stdout, not for -d");
		return 0;
	}
	if (j->drain && o->tty)
		return err_set(e, EX_USAGE,
			"-d - with a terminal as stdout would delete messages that are not stored: "
			"redirect stdout");
	/* The file of -o appears at the end of the session, after messages were deleted or recorded. */
	if (j->fresh && j->s->opt->output != NULL)
		return err_set(e, EX_USAGE, "%s to stdout and -o exclude each other: give -d FILE",
			j->drain ? "drain" : "--new");
	return message_form(o, a, true, &j->form, e);
}

static int
take_group(struct pop_job *j, struct err *e)
{
	const char *text = getenv("MAILNET_GROUP");
	uint64_t v = 0;

	if (text != NULL && *text != '\0' && (!text_number_s(text, DELIVER_MESSAGES, &v) || v == 0))
		return err_set(e, EX_CONFIG, "$MAILNET_GROUP: '%s' is not a number from 1 to %d",
			text, DELIVER_MESSAGES);
	j->group = (size_t)v;
	return 0;
}

static int
take_options(struct pop_job *j, const struct args *a, struct err *e)
{
	const char *keep = args_get(a, "keep");
	uint64_t seconds = 0;

	j->max_size = j->limit = INT64_MAX;
	j->fresh = j->drain || args_has(a, "new");
	if (args_number(a, "max-size", 0, INT64_MAX, &j->max_size, e) == -1 ||
		args_number(a, "limit", 0, INT64_MAX, &j->limit, e) == -1 ||
		take_group(j, e) == -1 || take_dest(j, a, e) == -1)
		return -1;
	if (keep != NULL && date_age(keep, &seconds, e) == -1) {
		e->status = EX_USAGE;
		return err_prefix(e, "--keep");
	}
	j->keep = (int64_t)seconds;
	if (args_has(a, "state") && !j->fresh)
		return err_set(e, EX_USAGE, "--state needs --new: without it, nothing is recorded");
	return 0;
}

/* ---- opening ----------------------------------------------------------------------------------- */

static int
open_state(struct pop_job *j, const struct args *a, struct err *e)
{
	struct buf path = {0}, dest = {0};
	int rc = 0;

	if (!j->fresh)
		return 0;
	if (args_has(a, "state"))
		buf_adds(&path, args_get(a, "state"));
	else
		rc = pop_state_path(j->s, &path, e);
	if (rc == 0) {
		dest_identity(&j->dest, &dest);
		j->state = state_open(buf_str(&path), buf_str(&dest), e);
	}
	buf_free(&path);
	buf_free(&dest);
	return rc == 0 && j->state != NULL ? 0 : -1;
}

static struct store *
open_store(struct pop_job *j, struct err *e)
{
	struct dest_opts opts = {.tmpdir = getenv("TMPDIR"),
		.wait_seconds = j->s->opt->client.timeout,
		.warning = &j->warning};
	struct buf mailbox = {0};
	struct store *st;

	j->block_flags = BLOCK_LF;
	if (j->dest.kind == DEST_STDOUT) {
		st = message_store(j->s->out, j->form);
		j->block_flags = message_store_flags(st);
		return st;
	}
	pop_mailbox_id(j->s, &mailbox);
	opts.mailbox = buf_str(&mailbox);
	st = dest_open_any(j->s, &j->dest, &opts, e);
	buf_free(&mailbox);
	return st;
}

int
pop_job_open(struct pop_job *j, struct session *s, const struct args *a, bool drain, struct err *e)
{
	struct store *st;

	*j = (struct pop_job){.s = s, .drain = drain};
	if (take_options(j, a, e) == -1 || open_state(j, a, e) == -1)
		return -1;
	if ((st = open_store(j, e)) == NULL)
		return -1;
	j->final = st->final;
	if ((j->deliver = deliver_open(st, j->state, e)) == NULL)
		return -1;
	deliver_limit(j->deliver, j->group);
	return 0;
}

/* ---- the plan ---------------------------------------------------------------------------------- */

static void
add_check(struct pop_job *j, size_t i, const struct state_known *known, bool resized)
{
	struct pop_check *c;

	if (j->nchecks == j->checks_room) {
		j->checks_room = j->checks_room == 0 ? 64 : j->checks_room * 2;
		j->checks = mem_resize(j->checks, j->checks_room, sizeof *j->checks);
	}
	c = &j->checks[j->nchecks++];
	*c = (struct pop_check){.i = (uint32_t)i,
		.entry = known->entry,
		.resized = resized,
		.deletes = j->drain && time(NULL) - known->time >= j->keep};
	memcpy(c->header, known->header, HDRSUM);
}

/*
 * A message with a record: where nothing is deleted, a record with the same UID and size is enough. With another
 * size the header decides, since servers change sizes.
 */
static enum pop_fate
plan_known(struct pop_job *j, size_t i, const struct state_known *known, bool resized)
{
	deliver_known(j->deliver, known);
	if (!resized && (!j->drain || time(NULL) - known->time < j->keep))
		return POP_LEAVE;
	add_check(j, i, known, resized);
	return POP_CHECK;
}

static enum pop_fate
plan_new(struct pop_job *j, size_t i)
{
	const struct pop_mail *m = &j->box.mails[i];

	if (m->octets > j->max_size || j->to_fetch >= j->limit)
		return POP_LEAVE;
	j->to_fetch++;
	j->to_fetch_octets += m->octets;
	return POP_FETCH;
}

static int
by_index(const void *a, const void *b)
{
	const struct pop_check *x = a, *y = b;

	return x->i < y->i ? -1 : x->i > y->i;
}

/* First the messages that have a record with their size; the other records may belong to messages of a changed size. */
static void
plan(struct pop_job *j)
{
	struct state_known known;
	const char *uid;
	size_t n;

	for (size_t i = 0; i < j->box.n && j->state != NULL; i++) {
		uid = pop_box_uid(&j->box, i, &n);
		j->fate[i] = POP_FETCH;
		if (state_listed(j->state, uid, n, j->box.mails[i].octets, &known))
			j->fate[i] = (unsigned char)plan_known(j, i, &known, false);
		j->ids[i] = known.id;
	}
	for (size_t i = 0; i < j->box.n; i++) {
		if (j->state != NULL && j->fate[i] != POP_FETCH)
			continue;
		uid = pop_box_uid(&j->box, i, &n);
		if (j->state != NULL && state_resized(j->state, uid, n, &known))
			j->fate[i] = (unsigned char)plan_known(j, i, &known, true);
		else
			j->fate[i] = (unsigned char)plan_new(j, i);
	}
	if (j->nchecks != 0)
		qsort(j->checks, j->nchecks, sizeof *j->checks, by_index);
}

/*
 * A message without unique-id cannot be recognized in a later session. --keep needs that, so nothing is fetched then;
 * --new warns, unless a Maildir recognizes the message by its content.
 */
static int
need_uids(struct pop_job *j, struct err *e)
{
	bool maildir = j->dest.kind == DEST_MAILDIR;
	size_t i = 0, n = 1;

	while (i < j->box.n && n != 0)
		pop_box_uid(&j->box, i++, &n);
	if (n != 0 || !j->fresh || (j->drain && j->keep == 0))
		return 0;
	if (j->drain)
		return err_set(e, EX_UNAVAILABLE,
			"message %u has no unique-id (UIDL), which --keep needs: drain without "
			"--keep, or use fetch",
			(unsigned)j->box.mails[i - 1].number);
	if (!maildir)
		print_warning(j->s->opt, "mailnet pop",
			"message %u has no unique-id (UIDL): such messages come again with each "
			"--new",
			(unsigned)j->box.mails[i - 1].number);
	return 0;
}

int
pop_job_plan(struct pop_job *j, struct err *e)
{
	struct pop *p = pop_of(j->s);

	if (pop_box_read(p, &j->box, e) == -1 || need_uids(j, e) == -1)
		return -1;
	j->no_top = p->caps.known && !p->caps.top;
	j->fate = mem_zalloc(j->box.n + 1);
	if (j->s->out->json && j->dest.kind != DEST_STDOUT)
		j->file_at = mem_zalloc((j->box.n + 1) * sizeof *j->file_at);
	if (j->state != NULL)
		j->ids = mem_zalloc((j->box.n + 1) * sizeof *j->ids);
	plan(j);
	return 0;
}

/* ---- records ----------------------------------------------------------------------------------- */

static int
report_one(struct pop_job *j, size_t i, struct err *e)
{
	const struct pop_mail *m = &j->box.mails[i];
	enum pop_fate fate = j->fate[i];
	bool file = j->file_at[i] != 0;
	char digits[2][21];
	struct field f[6];
	size_t n;
	const char *uid = pop_box_uid(&j->box, i, &n);

	f[0] = field_u("number", m->number, digits[0]);
	f[1] = field_p("uid", uid, n);
	f[2] = field_u("octets", m->octets, digits[1]);
	f[3] = field_s(
		"fate", fate == POP_STORED || (fate == POP_DELETED && file) ? "stored" : "skipped");
	f[4] = field_s("file", file ? j->files.data + j->file_at[i] : "");
	f[5] = (struct field){
		.key = "deleted", .kind = FIELD_BOOL, .p = fate == POP_DELETED ? "" : NULL};
	if (uid == NULL)
		f[1].kind = FIELD_NULL;
	if (f[4].n == 0)
		f[4].kind = FIELD_NULL;
	return out_record(j->s->out, ' ', f, 6, e);
}

int
pop_job_report(struct pop_job *j, struct err *e)
{
	for (size_t i = 0; j->file_at != NULL && i < j->box.n; i++)
		if (j->fate[i] != POP_FETCH && j->fate[i] != POP_CHECK &&
			j->fate[i] != POP_COMPARE && j->fate[i] != POP_WAITS &&
			report_one(j, i, e) == -1)
			return -1;
	return 0;
}

void
pop_job_close(struct pop_job *j)
{
	deliver_close(j->deliver);
	if (j->warning.status != 0)
		print_warning(j->s->opt, "mailnet pop", "%s", j->warning.text);
	state_close(j->state);
	pop_box_free(&j->box);
	free(j->fate);
	free(j->ids);
	free(j->checks);
	free(j->file_at);
	buf_free(&j->files);
}

/* ---- the verbs --------------------------------------------------------------------------------- */

/* Drop the records of messages that the server no longer has. A failure only costs disk space. */
static void
expire(struct pop_job *j)
{
	struct err e = {0};

	if (j->state != NULL && j->box.uids.len != 0 &&
		state_expire(j->state, time(NULL), &e) == -1)
		print_warning(j->s->opt, "mailnet pop", "%s", e.text);
}

/* If the reader of the JSON output has gone, delete nothing: the records of what was stored would be lost. */
static int
still_read(const struct pop_job *j, struct err *e)
{
	return j->s->out->json ? out_heard(j->s->out, e) : 0;
}

static int
work(struct pop_job *j, struct err *e)
{
	if (pop_job_plan(j, e) == -1 || pop_job_fetch(j, e) == -1 ||
		(j->drain && (still_read(j, e) == -1 || pop_job_delete(j, e) == -1))) {
		/* This failure has no reply, and messages may have failed before it. */
		client_note(&j->s->c, 0, "", 0);
		pop_print_failed(j->s, &j->why);
		return -1;
	}
	expire(j);
	if (j->why.status == 0)
		return 0;
	*e = j->why;
	return -1;
}

static int
run(struct session *s, const struct args *a, bool drain, struct err *e)
{
	struct pop_job *j = mem_alloc(sizeof *j);
	struct err late = {0};
	int rc = pop_job_open(j, s, a, drain, e);

	if (rc == 0) {
		rc = work(j, e);
		/* A failure to write the records is reported only if the verb has not failed before. */
		if (pop_job_report(j, rc == 0 ? e : &late) == -1)
			rc = -1;
	}
	pop_job_close(j);
	free(j);
	return rc;
}

int
pop_fetch_run(struct session *s, const struct args *a, struct err *e)
{
	return run(s, a, false, e);
}

int
pop_drain_run(struct session *s, const struct args *a, struct err *e)
{
	return run(s, a, true, e);
}
