#include "job/pop_messages.h"

#include <stdlib.h>

#include "base/mem.h"

/* More commands than fit into the window of the session. */
#define PENDING_MOST 16384

/* The state of a run. */
struct pipeline {
	struct client *c;
	struct pop *pop; /* of c */
	const struct pop_messages *m;
	const struct pop_messages_events *events;
	void *context;
	struct pop_select select;
	unsigned put, got; /* commands, and replies to them */
	bool ended;        /* there are no more messages */
	struct err why;    /* the first failure of a message */
	uint64_t numbers
		[PENDING_MOST]; /* of the commands that are pending, by put modulo its size */
};

static int
put_command(struct pipeline *l, uint64_t number, struct err *e)
{
	int tag = (int)(l->put++ % PENDING_MOST);

	l->numbers[tag] = number;
	if (l->m->top != NULL)
		return pop_put_top(l->pop, tag, number, *l->m->top, e);
	return pop_put(l->pop, tag, l->m->command, number, e);
}

static void
note_failure(struct pipeline *l, const struct err *why)
{
	if (l->why.status != 0)
		l->events->failed(l->context, why);
	else
		l->why = *why;
}

static int
take_reply(struct pipeline *l, struct err *e)
{
	struct err own = {0};
	int tag, rc = pop_next(l->pop, &tag, EX_NO, &own);

	l->got++;
	if (l->why.status == 0)
		client_note_reply(l->c, &l->pop->reply);
	if (rc == 0)
		note_failure(l, &own);
	if (rc == 1)
		rc = l->events->accepted(l->context, l->numbers[tag], &own);
	if (rc == -1)
		*e = own;
	return rc == -1 ? -1 : 0;
}

/* Send commands while messages come and the window has room. QUIT must not follow DELE: it would delete. */
static int
put_commands(struct pipeline *l, struct err *e)
{
	while (!l->ended && pop_room(l->pop) && l->put - l->got < PENDING_MOST) {
		struct err own = {0};
		uint64_t number;
		int rc = pop_select_next(&l->select, l->pop, l->put != l->got, &number, &own);

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
	return l->ended && l->m->command != POP_DELE ? client_pipeline_quit(l->c, e) : 0;
}

static int
run_commands(struct pipeline *l, struct err *e)
{
	for (;;) {
		/* A program may wait for the output before it writes the next line to stdin. */
		if (l->m->from_stdin && l->put == l->got && l->events->idle(l->context, e) == -1)
			return -1;
		if (put_commands(l, e) == -1)
			return -1;
		if (l->ended && l->put == l->got)
			return 0;
		if (l->put != l->got && take_reply(l, e) == -1)
			return -1;
	}
}

int
pop_messages_run(struct client *c, const struct pop_messages *m,
	const struct pop_messages_events *events, void *context, struct err *e)
{
	struct pipeline *l = mem_alloc(sizeof *l);
	int rc;

	*l = (struct pipeline){.c = c,
		.pop = c->proto,
		.m = m,
		.events = events,
		.context = context,
		.select = {.words = m->words, .n = m->n, .from_stdin = m->from_stdin}};
	rc = run_commands(l, e);
	pop_select_free(&l->select);
	if (rc == -1) {
		/* The failure has no reply of the server. Report also the first message that failed before it. */
		client_note(c, 0, "", 0);
		if (l->why.status != 0)
			events->failed(context, &l->why);
	} else if (l->why.status != 0) {
		*e = l->why;
		rc = -1;
	}
	free(l);
	return rc;
}

/* ---- listings ---------------------------------------------------------------------------------- */

/* Send a command, and QUIT if this is the only verb, and read the reply. */
static int
ask(struct client *c, enum pop_command command, uint64_t number, struct err *e)
{
	struct pop *p = c->proto;
	int rc;

	if (pop_put(p, 0, command, number, e) == -1 || client_pipeline_quit(c, e) == -1)
		return -1;
	rc = pop_next(p, NULL, number == POP_ALL ? EX_UNAVAILABLE : EX_NO, e);
	client_note_reply(c, &p->reply);
	return rc == 1 ? 0 : -1;
}

int
pop_stat(struct client *c, uint64_t *count, uint64_t *octets, struct err *e)
{
	return ask(c, POP_STAT, POP_ALL, e) == 0 ? pop_take_stat(c->proto, count, octets, e) : -1;
}

int
pop_list(struct client *c, enum pop_command command, const struct pop_word *word,
	int (*each)(void *context, const struct pop_listed *m, struct err *e), void *context,
	struct err *e)
{
	struct pop_select select = {.words = word, .n = word != NULL};
	uint64_t number = POP_ALL;
	int rc = pop_select_next(&select, c->proto, false, &number, e);

	pop_select_free(&select);
	if ((rc != POP_SELECT_MESSAGE && rc != POP_SELECT_END) || ask(c, command, number, e) == -1)
		return -1;
	return pop_take_listing(c->proto, command, number, each, context, e);
}
