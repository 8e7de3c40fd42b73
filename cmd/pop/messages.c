/* pop verbs about single messages: retr, top, dele. */
#include "cmd/message.h"
#include "cmd/operands.h"
#include "cmd/pop/pop.h"
#include "cmd/print.h"
#include "wire/bound.h"

/* A pipeline with one command for each message. */
struct pipeline {
	struct session *s;
	const struct operand *messages;
	int n;
	enum pop_command command;
	const struct operand *lines; /* TOP with so many lines, instead of command; or NULL */
	struct message_out *to;      /* where messages are printed; NULL: print the replies */
};

static int
put_command(struct pipeline *l, int i, struct err *e)
{
	struct pop *p = pop_of(l->s);

	if (l->lines != NULL)
		return pop_put_top(p, i, l->messages[i].number, l->lines->number, e);
	return pop_put(p, i, l->command, l->messages[i].number, e);
}

static int
print_message(struct pipeline *l, int i, struct err *e)
{
	struct pop *p = pop_of(l->s);
	struct message_out *m = l->to;
	struct field fields[2];
	uint64_t octets;
	char digits[2][21];

	if (message_begin(m, e) == -1)
		return conn_fail(l->s->c.conn, e);
	if (pop_take_message(
		    p, pop_announced(p), BOUND_NONE, &m->sink, message_flags(m), &octets, e) == -1)
		return l->s->out->broken != 0 ? -1 : pop_lost(p, e);
	fields[0] = field_u("number", l->messages[i].number, digits[0]);
	fields[1] = field_u("octets", octets, digits[1]);
	return message_end(m, fields, 2, e);
}

/* Read one reply. *why: the first refusal, which becomes the verb's error; later ones are printed. */
static int
take_reply(struct pipeline *l, struct err *why, struct err *e)
{
	struct session *s = l->s;
	struct err own = {0};
	int tag, rc = pop_next(pop_of(s), &tag, EX_NO, &own);

	if (why->status == 0)
		client_note_reply(&s->c, &pop_of(s)->reply);
	if (rc == 0 && why->status != 0)
		pop_print_failed(s, &own);
	else if (rc == 0)
		*why = own;
	if (rc == 1)
		rc = l->to != NULL ? print_message(l, tag, &own) : pop_print_reply(s, &own);
	if (rc != -1)
		return 0;
	/* This failure has no reply, and messages may have been refused before it. */
	client_note(&s->c, 0, "", 0);
	pop_print_failed(s, why);
	*e = own;
	return -1;
}

/* Send the commands and read their replies. If the server refuses a message, the others are still processed. */
static int
run_pipeline(struct pipeline *l, struct err *e)
{
	struct err why = {0};
	int put = 0;

	for (int got = 0; got < l->n; got++) {
		for (; put < l->n && pop_room(pop_of(l->s)); put++)
			if (put_command(l, put, e) == -1)
				return -1;
		if (put == l->n && l->to != NULL && client_pipeline_quit(&l->s->c, e) == -1)
			return -1;
		if (take_reply(l, &why, e) == -1)
			return -1;
	}
	if (why.status == 0)
		return 0;
	*e = why;
	return -1;
}

static int
print_messages(struct pipeline *l, const struct args *a, struct err *e)
{
	struct message_out m;
	enum message_form form;
	int rc;

	if (message_form(l->s->out, a, l->n > 1, &form, e) == -1)
		return -1;
	message_open(&m, l->s->out, form);
	l->to = &m;
	rc = run_pipeline(l, e);
	message_close(&m);
	return rc;
}

static int
run_retr(struct session *s, const struct args *a, struct err *e)
{
	struct pipeline l = {
		.s = s, .messages = a->operands, .n = a->noperands, .command = POP_RETR};

	return print_messages(&l, a, e);
}

static const struct opt print_opts[] = {
	{0, "raw", NULL, "print messages as they are, one after the other"},
	{0, "mbox", NULL, "print messages as mbox"}, {.name = NULL}};

const struct verb pop_retr_verb = {"retr", "N...", "print messages", VERB_MESSAGES, print_opts,
	run_retr, NULL, .group = GROUP_READ, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org retr 1 2"};

static int
run_top(struct session *s, const struct args *a, struct err *e)
{
	struct pipeline l = {
		.s = s, .messages = a->operands, .n = 1, .lines = operand_find(a, "LINES")};

	return print_messages(&l, a, e);
}

const struct verb pop_top_verb = {"top", "N LINES",
	"print the header and the first LINES lines of a message", VERB_MESSAGES, print_opts,
	run_top, NULL, .group = GROUP_READ, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org top 1 10"};

static int
run_dele(struct session *s, const struct args *a, struct err *e)
{
	struct pipeline l = {
		.s = s, .messages = a->operands, .n = a->noperands, .command = POP_DELE};

	return run_pipeline(&l, e);
}

const struct verb pop_dele_verb = {"dele", "N...",
	"mark messages; they are deleted when the session ends", 0, NULL, run_dele, NULL,
	.group = GROUP_DELETE, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org dele 1 2"};
