/* pop verbs about single messages: retr, top, dele. */
#include <stdlib.h>

#include "base/mem.h"
#include "cmd/pop/pop.h"
#include "cmd/print.h"
#include "job/pop_messages.h"
#include "wire/bound.h"

/* The state of a verb. */
struct printer {
	struct session *s;
	struct message_out out;
};

static int
print_message(void *context, uint64_t number, struct err *e)
{
	struct printer *r = context;
	struct pop *p = pop_of(r->s);
	struct message_out *m = &r->out;
	struct field fields[2];
	uint64_t octets;
	char digits[2][21];

	message_begin(m);
	if (pop_take_message(p, pop_announced(p), BOUND_NONE, message_sink(m),
		    print_line_ends(message_crlf(m)), &octets, e) == -1)
		return r->s->out->broken != 0 ? -1 : pop_lost(p, e);
	fields[0] = field_u("number", number, digits[0]);
	fields[1] = field_u("octets", octets, digits[1]);
	return message_end(m, fields, 2, e);
}

static int
print_reply(void *context, uint64_t number, struct err *e)
{
	(void)number;
	return pop_print_reply(((struct printer *)context)->s, e);
}

static void
print_failed(void *context, const struct err *why)
{
	pop_print_failed(((struct printer *)context)->s, why);
}

static int
flush(void *context, struct err *e)
{
	return out_flush(((struct printer *)context)->s->out, e);
}

/* Run the command for the messages that the operands name, except `lines`, which is the operand LINES of TOP. */
static int
run_command(struct printer *r, const struct args *a, enum pop_command command,
	const struct operand *lines, struct err *e)
{
	const struct pop_messages_events events = {
		.accepted = command == POP_DELE ? print_reply : print_message,
		.failed = print_failed,
		.idle = flush};
	struct pop_word *words = mem_zalloc(((size_t)a->noperands + 1) * sizeof *words);
	struct pop_messages m = {.command = command,
		.top = lines != NULL ? &lines->number : NULL,
		.words = words,
		.from_stdin = operands_from_stdin(a)};
	int rc;

	for (int i = 0; i < a->noperands; i++)
		if (&a->operands[i] != lines)
			words[m.n++] = a->operands[i].message;
	rc = pop_messages_run(&r->s->c, &m, &events, r, e);
	free(words);
	return rc;
}

/* retr and top. */
static int
run_print(struct session *s, const struct args *a, struct err *e)
{
	const struct operand *lines = operand_find(a, "LINES");
	struct printer r = {.s = s};
	enum message_form form;
	int rc;

	if (print_form(s->out, a, operands_from_stdin(a) || (lines == NULL && a->noperands > 1),
		    &form, e) == -1)
		return -1;
	message_open(&r.out, s->out, form, getenv("TMPDIR"));
	rc = run_command(&r, a, POP_RETR, lines, e);
	message_close(&r.out);
	return rc;
}

static const struct opt print_opts[] = {
	{0, "raw", NULL, "print messages as they are, one after the other (default: one message)"},
	{0, "mbox", NULL, "print messages as mbox (default: several messages)"}, {.name = NULL}};

const struct verb pop_retr_verb = {"retr", "N...", "print messages", VERB_MESSAGES | VERB_STDIN,
	print_opts, run_print, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org retr 1 2"};

const struct verb pop_top_verb = {"top", "N LINES",
	"print the header and the first LINES lines of a message", VERB_MESSAGES | VERB_STDIN,
	print_opts, run_print, operands_from_stdin, .group = GROUP_READ,
	.exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org top 1 10"};

static int
run_dele(struct session *s, const struct args *a, struct err *e)
{
	struct printer r = {.s = s};

	return run_command(&r, a, POP_DELE, NULL, e);
}

const struct verb pop_dele_verb = {"dele", "N...",
	"mark messages; they are deleted when the session ends", VERB_STDIN, NULL, run_dele,
	operands_from_stdin, .group = GROUP_DELETE, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org dele 1 2"};
