/* pop: the table of its verbs. */
#include "cmd/run.h"
#include "cmd/common_verbs.h"
#include "cmd/pop/pop.h"

static const struct opt cmd_opts[] = {
	{0, "multi", NULL, "the reply has a block: print it too"}, {.name = NULL}};

static const struct opt print_opts[] = {
	{0, "raw", NULL, "print messages as they are, one after the other"},
	{0, "mbox", NULL, "print messages as mbox"}, {.name = NULL}};

static const struct opt fetch_opts[] = {
	{'d', "dest", "DEST", "where to: DIR/, FILE, |COMMAND, lmtp://... or - (default)"},
	{0, "new", NULL, "only messages that were not fetched before"},
	{0, "max-size", "BYTES", "leave larger messages on the server"},
	{0, "limit", "N", "fetch at most N messages"},
	{0, "state", "FILE", "the journal of stored messages"},
	{0, "mbox", NULL, "to stdout: messages as mbox (default)"},
	{0, "raw", NULL, "to stdout: messages as they are, one after the other"}, {.name = NULL}};

static const struct opt drain_opts[] = {
	{'d', "dest", "DEST", "where to: DIR/, FILE, |COMMAND, lmtp://... or -"},
	{0, "keep", "AGE", "delete messages stored at least AGE ago: 14d, 12h"},
	{0, "new", NULL, "accepted, but drain always does this"},
	{0, "max-size", "BYTES", "leave larger messages on the server"},
	{0, "limit", "N", "fetch at most N messages"},
	{0, "state", "FILE", "the journal of stored messages"},
	{0, "mbox", NULL, "to stdout: messages as mbox (default)"},
	{0, "raw", NULL, "to stdout: messages as they are, one after the other"}, {.name = NULL}};

const struct verb *const pop_verbs[] = {&(const struct verb){"welcome", "", "print the greeting",
						VERB_BARE, NULL, welcome_run, NULL},
	&(const struct verb){
		"capa", "", "print the capabilities", VERB_BARE, NULL, pop_capa_run, NULL},
	&(const struct verb){"stat", "", "print the number of messages and their octets", 0, NULL,
		pop_stat_run, NULL},
	&(const struct verb){"list", "[N]", "print number and octets of each message", 0, NULL,
		pop_list_run, NULL},
	&(const struct verb){"uidl", "[N]", "print number and unique-id of each message", 0, NULL,
		pop_uidl_run, NULL},
	&(const struct verb){
		"retr", "N...", "print messages", VERB_MESSAGES, print_opts, pop_retr_run, NULL},
	&(const struct verb){"top", "N LINES",
		"print the header and the first LINES lines of a message", VERB_MESSAGES,
		print_opts, pop_top_run, NULL},
	&(const struct verb){
		"dele", "N...", "mark messages, which quit deletes", 0, NULL, pop_dele_run, NULL},
	&(const struct verb){"rset", "", "remove all marks of dele", 0, NULL, pop_rset_run, NULL},
	&(const struct verb){
		"noop", "", "check that the server replies", VERB_BARE, NULL, pop_noop_run, NULL},
	&(const struct verb){"utf8", "", "ask for UTF-8 in headers and logins", VERB_BARE, NULL,
		pop_utf8_run, NULL},
	&(const struct verb){"fetch", "", "copy messages, they stay on the server", VERB_MESSAGES,
		fetch_opts, pop_fetch_run, NULL},
	&(const struct verb){"drain", "", "store messages, delete those on stable storage",
		VERB_MESSAGES | VERB_NEEDS_DEST, drain_opts, pop_drain_run, NULL},
	&(const struct verb){"info", "", "show greeting, capabilities, limits and certificate",
		VERB_BARE | VERB_DISTRUSTED, NULL, pop_info_run, NULL},
	&(const struct verb){"has", "NAME", "exit with 0 if this capability is offered, else 1",
		VERB_BARE, NULL, pop_has_run, NULL},
	&(const struct verb){"cmd", "LINE...", "send any command and print its reply", VERB_BARE,
		cmd_opts, pop_cmd_run, NULL},
	&(const struct verb){"quit", "", "delete the marked messages and end the session",
		VERB_BARE | VERB_ENDS, NULL, quit_run, NULL},
	NULL};

void
pop_print_failed(const struct session *s, const struct err *why)
{
	struct err shown = *why;

	client_name_host(&s->c, &shown);
	print_error("mailnet pop", &shown);
}

int
pop_print_reply(struct session *s, struct err *e)
{
	const struct reply *r = &pop_of(s)->reply;

	return reply_print(s, 0, r->text.data, r->text.len, e);
}
