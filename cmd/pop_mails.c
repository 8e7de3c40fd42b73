/* pop verbs about the mailbox and single messages. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cmd/message.h"
#include "cmd/pop_run.h"
#include "cmd/print.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- stat, list, uidl -------------------------------------------------------------------------- */

/* Send one command, followed by QUIT if it is the only verb, and read the command's reply. */
static int
ask(struct session *s, int otherwise, const char *command, const char *arg, struct err *e)
{
	struct pop *p = pop_of(s);
	int rc = arg != NULL ? cmdq_put(s->c.q, 0, e, "%s %s", command, arg)
			     : cmdq_put(s->c.q, 0, e, "%s", command);

	if (rc == -1 || pop_ride_quit(s, e) == -1)
		return -1;
	rc = pop_next(p, NULL, otherwise, e) == 1 ? 0 : -1;
	client_note_reply(&s->c, &p->reply);
	return rc;
}

/* The server is out of sync: discard everything after this reply or line. */
static int
broken(struct session *s, struct err *e)
{
	s->c.conn->dead = true;
	return err_prefix(e, "%s", cmdq_answered(s->c.q));
}

/* A line of numbers, as in the answers to STAT and LIST. */
static int
print_numbers(
	struct session *s, const char *key1, const char *key2, const uint64_t *v, struct err *e)
{
	struct field f[2];
	char digits[2][21];

	f[0] = field_u(key1, v[0], digits[0]);
	f[1] = field_u(key2, v[1], digits[1]);
	return out_record(s->out, ' ', f, 2, e);
}

int
pop_stat_run(struct session *s, const struct args *a, struct err *e)
{
	const struct buf *text = &pop_of(s)->reply.text;
	uint64_t v[2];

	(void)a;
	if (ask(s, EX_UNAVAILABLE, "STAT", NULL, e) == -1)
		return -1;
	if (pop_two_numbers(text->data, text->len, &v[0], &v[1], e) == -1)
		return broken(s, e);
	return print_numbers(s, "count", "octets", v, e);
}

/* Messages count from 1; where one was asked for, the answer is about that one. */
static int
check_listed(struct session *s, uint64_t number, uint64_t asked, struct err *e)
{
	if (number == 0)
		err_set(e, EX_PROTOCOL, "no message has the number 0");
	else if (asked != 0 && number != asked)
		err_set(e, EX_PROTOCOL, "the answer is about message %" PRIu64, number);
	else
		return 0;
	return broken(s, e);
}

static int
list_line(struct session *s, const char *line, size_t n, uint64_t asked, struct err *e)
{
	uint64_t v[2];

	if (pop_two_numbers(line, n, &v[0], &v[1], e) == -1)
		return broken(s, e);
	if (check_listed(s, v[0], asked, e) == -1)
		return -1;
	return print_numbers(s, "number", "octets", v, e);
}

static int
uidl_line(struct session *s, const char *line, size_t n, uint64_t asked, struct err *e)
{
	struct field f[2];
	char digits[21];
	const char *uid;
	uint64_t number;
	size_t len;
	int rc = pop_uidl_line(line, n, &number, &uid, &len, e);

	if (rc == 0 && len == 0)
		rc = err_set(e, EX_PROTOCOL, "message %" PRIu64 " has no unique-id", number);
	if (rc == -1)
		return broken(s, e);
	if (check_listed(s, number, asked, e) == -1)
		return -1;
	f[0] = field_u("number", number, digits);
	f[1] = field_p("uid", uid, len);
	return out_record(s->out, ' ', f, 2, e);
}

typedef int take_line(struct session *s, const char *line, size_t n, uint64_t asked, struct err *e);

/* LIST and UIDL: of one message in the reply, of all in a block. */
static int
listing(struct session *s, const struct args *a, const char *command, take_line *take,
	struct err *e)
{
	const struct buf *text = &pop_of(s)->reply.text;
	uint64_t asked = 0;
	char *line;
	size_t n;
	int rc;

	if (ask(s, a->argc != 0 ? EX_NO : EX_UNAVAILABLE, command, args_at(a, 0), e) == -1)
		return -1;
	if (a->argc != 0) {
		(void)text_number_s(args_at(a, 0), INT64_MAX, &asked); /* it was checked */
		return take(s, text->data, text->len, asked, e);
	}
	while ((rc = block_line(s->c.conn, &line, &n, e)) == 1)
		if (take(s, line, n, 0, e) == -1)
			return conn_fail(s->c.conn, e);
	return rc;
}

int
pop_list_run(struct session *s, const struct args *a, struct err *e)
{
	return listing(s, a, "LIST", list_line, e);
}

int
pop_uidl_run(struct session *s, const struct args *a, struct err *e)
{
	return listing(s, a, "UIDL", uidl_line, e);
}

/* ---- retr, top, dele --------------------------------------------------------------------------- */

/* A pipeline with one command for each message: how to send it, and what to do after +OK. */
struct flight {
	struct session *s;
	int n;
	char **numbers;
	int (*put)(struct flight *f, int i, struct err *e);
	int (*take)(struct flight *f, int i, struct err *e);
	bool quit; /* may QUIT go with the last one? */
	const char *lines;
	struct message_out *to;
};

/*
 * A message that the server refuses does not keep the others away. The first refusal is the verb's error, and the
 * later ones are printed.
 */
static int
fly(struct flight *f, struct err *e)
{
	struct session *s = f->s;
	struct err own = {0}, why = {0};
	int put = 0, rc = 0, tag;

	for (int got = 0; got < f->n; got++) {
		for (; put < f->n && cmdq_room(s->c.q); put++)
			if (f->put(f, put, e) == -1)
				return -1;
		if (put == f->n && f->quit && pop_ride_quit(s, e) == -1)
			return -1;
		rc = pop_next(pop_of(s), &tag, EX_NO, &own);
		if (why.status == 0)
			client_note_reply(&s->c, &pop_of(s)->reply);
		if (rc == 0 && why.status != 0)
			pop_print_failed(s, &own);
		else if (rc == 0)
			why = own;
		if (rc == 1 && f->take(f, tag, &own) == -1)
			rc = -1;
		if (rc == -1) {
			/* This failure has no reply, and messages may have been refused before it. */
			client_note(&s->c, 0, "", 0);
			pop_print_failed(s, &why);
			*e = own;
			return -1;
		}
	}
	if (why.status == 0)
		return 0;
	*e = why;
	return -1;
}

static int
put_retr(struct flight *f, int i, struct err *e)
{
	return cmdq_put(f->s->c.q, i, e, "RETR %s", f->numbers[i]);
}

static int
put_top(struct flight *f, int i, struct err *e)
{
	return cmdq_put(f->s->c.q, i, e, "TOP %s %s", f->numbers[i], f->lines);
}

static int
take_message(struct flight *f, int i, struct err *e)
{
	struct message_out *m = f->to;
	struct field fields[2];
	struct bound b;
	uint64_t octets;
	char digits[21];

	if (message_begin(m, e) == -1)
		return conn_fail(f->s->c.conn, e);
	bound_init(&b, &m->sink, pop_announced(pop_of(f->s)), BOUND_NONE);
	if (block_read(f->s->c.conn, &b.sink, message_flags(m), &octets, e) == -1)
		return f->s->out->broken != 0 ? -1 : pop_lost(pop_of(f->s), e);
	fields[0] = field_num("number", f->numbers[i], strlen(f->numbers[i]));
	fields[1] = field_u("octets", octets, digits);
	return message_end(m, fields, 2, e);
}

static int
print_messages(struct flight *f, const struct args *a, struct err *e)
{
	struct message_out m;
	enum message_form form;
	int rc;

	if (message_form(f->s->out, a, f->n > 1, &form, e) == -1)
		return -1;
	message_open(&m, f->s->out, form);
	f->take = take_message;
	f->to = &m;
	f->quit = true;
	rc = fly(f, e);
	message_close(&m);
	return rc;
}

int
pop_retr_run(struct session *s, const struct args *a, struct err *e)
{
	struct flight f = {.s = s, .n = a->argc, .numbers = a->argv, .put = put_retr};

	return print_messages(&f, a, e);
}

int
pop_top_run(struct session *s, const struct args *a, struct err *e)
{
	struct flight f = {
		.s = s, .n = 1, .numbers = a->argv, .put = put_top, .lines = args_at(a, 1)};

	return print_messages(&f, a, e);
}

static int
put_dele(struct flight *f, int i, struct err *e)
{
	uint64_t number = 0;

	(void)text_number_s(f->numbers[i], INT64_MAX, &number); /* it was checked */
	return pop_dele_put(pop_of(f->s), i, number, e);
}

static int
take_dele(struct flight *f, int i, struct err *e)
{
	(void)i;
	return pop_print_reply(f->s, e);
}

int
pop_dele_run(struct session *s, const struct args *a, struct err *e)
{
	struct flight f = {
		.s = s, .n = a->argc, .numbers = a->argv, .put = put_dele, .take = take_dele};

	return fly(&f, e);
}
