/* pop verbs about the server: capa, info, has, noop, rset, utf8; and cmd. */
#include "cmd/common_verbs.h"
#include "cmd/pop/pop.h"

const struct verb pop_capa_verb = {"capa", "", "print the capabilities", VERB_BARE, NULL, caps_run,
	NULL, .group = GROUP_SERVER, .example = "mailnet pop -s pops://me@pop.example.org capa"};

const struct verb pop_info_verb = {"info", "",
	"show greeting, capabilities, limits and certificate", VERB_BARE | VERB_DISTRUSTED, NULL,
	info_run, NULL, .group = GROUP_SERVER,
	.exits = "77 if the certificate is not trusted; it is printed",
	.example = "mailnet pop -s pops://me@pop.example.org info"};

const struct verb pop_has_verb = {"has", "NAME",
	"exit with 0 if this capability is offered, else 1", VERB_BARE, NULL, has_run, NULL,
	.group = GROUP_SERVER, .exits = "1 if the capability is not offered",
	.example = "mailnet pop -s pops://me@pop.example.org has TOP"};

/* noop, utf8 and rset: a command without a block. */
static int
run_step(struct session *s, const struct args *a, struct err *e)
{
	struct pop *p = pop_of(s);
	int rc = a->verb == &pop_noop_verb   ? pop_noop(p, e)
		 : a->verb == &pop_utf8_verb ? pop_utf8(p, e)
					     : pop_rset(p, e);

	client_note_reply(&s->c, &p->reply);
	return rc == 0 ? result_print(s, e) : -1;
}

const struct verb pop_noop_verb = {"noop", "", "check that the server replies", VERB_BARE, NULL,
	run_step, NULL, .group = GROUP_SERVER,
	.example = "mailnet pop -s pops://me@pop.example.org noop"};

const struct verb pop_utf8_verb = {"utf8", "", "ask for UTF-8 in headers and logins", VERB_BARE,
	NULL, run_step, NULL, .group = GROUP_SERVER,
	.example = "printf 'utf8\\nretr 1\\n' | mailnet pop -s pops://me@pop.example.org -b -"};

const struct verb pop_rset_verb = {"rset", "", "remove all marks of dele", 0, NULL, run_step, NULL,
	.group = GROUP_DELETE,
	.example = "printf 'dele 1\\nrset\\n' | mailnet pop -s pops://me@pop.example.org -b -"};

const struct verb pop_cmd_verb = {"cmd", "LINE...", "send any command and print its reply",
	VERB_BARE, cmd_opts, cmd_run, NULL, .group = GROUP_OTHER,
	.example = "mailnet pop -s pops://me@pop.example.org cmd --multi LIST"};
