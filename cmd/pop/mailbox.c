/* pop verbs about the mailbox: stat, list, uidl. */
#include "cmd/pop/pop.h"
#include "cmd/print.h"
#include "job/pop_messages.h"

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
	return pop_stat(&s->c, &count, &octets, e) == 0
		       ? print_numbers(s->out, "count", count, "octets", octets, e)
		       : -1;
}

const struct verb pop_stat_verb = {"stat", "", "print the number of messages and their octets", 0,
	NULL, run_stat, NULL, .group = GROUP_LIST,
	.example = "mailnet pop -s pops://me@pop.example.org stat"};

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

/* list and uidl. */
static int
run_list(struct session *s, const struct args *a, struct err *e)
{
	const struct pop_word *word = a->noperands != 0 ? &a->operands[0].message : NULL;

	return a->verb == &pop_list_verb ? pop_list(&s->c, POP_LIST, word, print_size, s->out, e)
					 : pop_list(&s->c, POP_UIDL, word, print_uid, s->out, e);
}

const struct verb pop_list_verb = {"list", "[N]", "print number and octets of each message", 0,
	NULL, run_list, NULL, .group = GROUP_LIST, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org list"};

const struct verb pop_uidl_verb = {"uidl", "[N]", "print number and unique-id of each message", 0,
	NULL, run_list, NULL, .group = GROUP_LIST, .exits = "1 if no such message exists",
	.example = "mailnet pop -s pops://me@pop.example.org uidl"};
