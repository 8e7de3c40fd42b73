/* pop verbs about the mailbox: stat, list, uidl. */
#include "cmd/pop/pop.h"
#include "cmd/print.h"

/* Send a command, followed by QUIT if this is the only verb, and read the reply. */
static int
ask(struct session *s, enum pop_command command, uint64_t number, struct err *e)
{
	struct pop *p = pop_of(s);
	int rc;

	if (pop_put(p, 0, command, number, e) == -1 || client_pipeline_quit(&s->c, e) == -1)
		return -1;
	rc = pop_next(p, NULL, number == POP_ALL ? EX_UNAVAILABLE : EX_NO, e);
	client_note_reply(&s->c, &p->reply);
	return rc == 1 ? 0 : -1;
}

static int
print_numbers(
	struct out *o, const char *key1, uint64_t v1, const char *key2, uint64_t v2, struct err *e)
{
	char digits[2][21];
	struct field f[] = {field_u(key1, v1, digits[0]), field_u(key2, v2, digits[1])};

	return out_record(o, ' ', f, 2, e);
}

static int
run_stat(struct session *s, const struct args *a, struct err *e)
{
	uint64_t count, octets;

	(void)a;
	if (ask(s, POP_STAT, POP_ALL, e) == -1 ||
		pop_take_stat(pop_of(s), &count, &octets, e) == -1)
		return -1;
	return print_numbers(s->out, "count", count, "octets", octets, e);
}

const struct verb pop_stat_verb = {"stat", "", "print the number of messages and their octets", 0,
	NULL, run_stat, NULL, .group = GROUP_LIST,
	.example = "mailnet pop -s pops://me@pop.example.org stat"};

/* The number of the operand, POP_ALL without one. */
static int
find_message(struct session *s, const struct args *a, uint64_t *number, struct err *e)
{
	struct pop_select select = {
		.words = a->argc != 0 ? &a->operands[0].message : NULL, .n = (size_t)a->argc};
	int rc;

	*number = POP_ALL;
	rc = pop_select_next(&select, pop_of(s), false, number, e);
	pop_select_free(&select);
	return rc == POP_SELECT_MESSAGE || rc == POP_SELECT_END ? 0 : -1;
}

static int
print_size(void *out, const struct pop_listed *m, struct err *e)
{
	return print_numbers(out, "number", m->number, "octets", m->octets, e);
}

static int
print_uid(void *out, const struct pop_listed *m, struct err *e)
{
	char digits[21];
	struct field f[] = {
		field_u("number", m->number, digits), field_p("uid", m->uid, m->uid_len)};

	return out_record(out, ' ', f, 2, e);
}

static int
run_list(struct session *s, const struct args *a, struct err *e)
{
	uint64_t number;

	if (find_message(s, a, &number, e) == -1 || ask(s, POP_LIST, number, e) == -1)
		return -1;
	return pop_take_listing(pop_of(s), POP_LIST, number, print_size, s->out, e);
}

const struct verb pop_list_verb = {"list", "[N]", "print number and octets of each message", 0,
	NULL, run_list, NULL, .group = GROUP_LIST, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org list"};

static int
run_uidl(struct session *s, const struct args *a, struct err *e)
{
	uint64_t number;

	if (find_message(s, a, &number, e) == -1 || ask(s, POP_UIDL, number, e) == -1)
		return -1;
	return pop_take_listing(pop_of(s), POP_UIDL, number, print_uid, s->out, e);
}

const struct verb pop_uidl_verb = {"uidl", "[N]", "print number and unique-id of each message", 0,
	NULL, run_uidl, NULL, .group = GROUP_LIST, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org uidl"};
