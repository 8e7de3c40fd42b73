/* pop verbs about single messages: retr, top, dele. */
#include <stdlib.h>

#include "base/mem.h"
#include "cmd/message.h"
#include "cmd/pop/pop.h"
#include "cmd/print.h"
#include "wire/bound.h"

/* More commands than fit into the window of the session. */
#define PENDING_MOST 16384

/* A pipeline with one command for each message. */
struct pipeline {
	struct session *s;
	struct pop_select select;
	bool several; /* messages may be printed */
	enum pop_command command;
	const struct operand *lines; /* send TOP with this number of lines; or NULL */
	struct message_out *to;      /* where messages are printed; NULL: print the replies */
	unsigned put, got;           /* commands, and replies to them */
	bool ended;                  /* there are no more messages */
	struct err why; /* the first failure of a message, which becomes the verb's error */
	uint64_t numbers
		[PENDING_MOST]; /* of the commands that are pending, by put modulo its size */
};

static int
put_command(struct pipeline *l, uint64_t number, struct err *e)
{
	struct pop *p = pop_of(l->s);
	int tag = (int)(l->put++ % PENDING_MOST);

	l->numbers[tag] = number;
	if (l->lines != NULL)
		return pop_put_top(p, tag, number, l->lines->number, e);
	return pop_put(p, tag, l->command, number, e);
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
	fields[0] = field_u("number", l->numbers[i], digits[0]);
	fields[1] = field_u("octets", octets, digits[1]);
	return message_end(m, fields, 2, e);
}

/* A message failed. Later failures than the first are printed. */
static void
note_failure(struct pipeline *l, const struct err *why)
{
	if (l->why.status != 0)
		pop_print_failed(l->s, why);
	else
		l->why = *why;
}

static int
take_reply(struct pipeline *l, struct err *e)
{
	struct session *s = l->s;
	struct err own = {0};
	int tag, rc = pop_next(pop_of(s), &tag, EX_NO, &own);

	l->got++;
	if (l->why.status == 0)
		client_note_reply(&s->c, &pop_of(s)->reply);
	if (rc == 0)
		note_failure(l, &own);
	if (rc == 1)
		rc = l->to != NULL ? print_message(l, tag, &own) : pop_print_reply(s, &own);
	if (rc == -1)
		*e = own;
	return rc == -1 ? -1 : 0;
}

/* Send commands while messages come and the window has room. */
static int
put_commands(struct pipeline *l, struct err *e)
{
	struct pop *p = pop_of(l->s);

	while (!l->ended && pop_room(p) && l->put - l->got < PENDING_MOST) {
		struct err own = {0};
		uint64_t number;
		int rc = pop_select_next(&l->select, p, l->put != l->got, &number, &own);

		if (rc == -1) {
			*e = own;
			return -1;
		}
		if (rc == POP_SELECT_LATE)
			return 0;
		if (rc == POP_SELECT_BAD)
			note_failure(l, &own);
		l->ended = rc == POP_SELECT_END;
		if (rc == POP_SELECT_MESSAGE && put_command(l, number, e) == -1)
			return -1;
	}
	return l->ended && l->to != NULL ? client_pipeline_quit(&l->s->c, e) : 0;
}

static int
run_commands(struct pipeline *l, struct err *e)
{
	for (;;) {
		/* A program may wait for this output before it writes the next line to our stdin. */
		if (l->select.from_stdin && l->put == l->got && out_flush(l->s->out, e) == -1)
			return -1;
		if (put_commands(l, e) == -1)
			return -1;
		if (l->ended && l->put == l->got)
			return 0;
		if (l->put != l->got && take_reply(l, e) == -1)
			return -1;
	}
}

/* Send the commands and read their replies. If a message fails, the others are still processed. */
static int
run_pipeline(struct pipeline *l, struct err *e)
{
	int rc = run_commands(l, e);

	pop_select_free(&l->select);
	if (rc == 0 && l->why.status == 0)
		return 0;
	if (rc == -1) {
		/* The failure has no reply of the server. Report also the first message that failed before it. */
		client_note(&l->s->c, 0, "", 0);
		pop_print_failed(l->s, &l->why);
	} else {
		*e = l->why;
	}
	return -1;
}

/* Set up a pipeline for the messages that the first n operands name. */
static struct pipeline *
open_pipeline(struct session *s, const struct args *a, int n)
{
	struct pipeline *l = mem_zalloc(sizeof *l);
	struct pop_word *words = mem_zalloc(((size_t)n + 1) * sizeof *words);

	for (int i = 0; i < n; i++)
		words[i] = a->operands[i].message;
	l->s = s;
	l->select = (struct pop_select){
		.words = words, .n = (size_t)n, .from_stdin = operands_from_stdin(a)};
	l->several = n > 1 || l->select.from_stdin;
	return l;
}

static void
close_pipeline(struct pipeline *l)
{
	free((void *)l->select.words);
	free(l);
}

static int
print_messages(struct pipeline *l, const struct args *a, struct err *e)
{
	struct message_out m;
	enum message_form form;
	int rc;

	if (message_form(l->s->out, a, l->several, &form, e) == -1)
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
	struct pipeline *l = open_pipeline(s, a, a->noperands);
	int rc;

	l->command = POP_RETR;
	rc = print_messages(l, a, e);
	close_pipeline(l);
	return rc;
}

static const struct opt print_opts[] = {
	{0, "raw", NULL, "print messages as they are, one after the other (default: one message)"},
	{0, "mbox", NULL, "print messages as mbox (default: several messages)"}, {.name = NULL}};

const struct verb pop_retr_verb = {"retr", "N...", "print messages", VERB_MESSAGES | VERB_STDIN,
	print_opts, run_retr, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org retr 1 2"};

static int
run_top(struct session *s, const struct args *a, struct err *e)
{
	struct pipeline *l = open_pipeline(s, a, 1);
	int rc;

	l->lines = operand_find(a, "LINES");
	rc = print_messages(l, a, e);
	close_pipeline(l);
	return rc;
}

const struct verb pop_top_verb = {"top", "N LINES",
	"print the header and the first LINES lines of a message", VERB_MESSAGES | VERB_STDIN,
	print_opts, run_top, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org top 1 10"};

static int
run_dele(struct session *s, const struct args *a, struct err *e)
{
	struct pipeline *l = open_pipeline(s, a, a->noperands);
	int rc;

	l->command = POP_DELE;
	rc = run_pipeline(l, e);
	close_pipeline(l);
	return rc;
}

const struct verb pop_dele_verb = {"dele", "N...",
	"mark messages; they are deleted when the session ends", VERB_STDIN, NULL, run_dele,
	operands_from_stdin, .group = GROUP_DELETE, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org dele 1 2"};
