/* pop verbs about the server: capa, info, has, noop, rset, utf8, and cmd, which sends any command. */
#include <stdlib.h>
#include <string.h>

#include "auth/login.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/pop/pop.h"
#include "cmd/print.h"

static int
ask_capa(struct session *s, struct err *e)
{
	struct pop *p = pop_of(s);

	if (pop_capa_now(p, e) == -1)
		return -1;
	client_note(&s->c, 0, buf_str(&p->caps.status), p->caps.status.len);
	return 0;
}

static int
run_capa(struct session *s, const struct args *a, struct err *e)
{
	struct cap *caps;
	size_t n;
	int rc;

	(void)a;
	if (ask_capa(s, e) == -1)
		return -1;
	n = caps_split(&pop_of(s)->caps.lines, &caps);
	rc = caps_print(s, caps, n, e);
	free(caps);
	return rc;
}

const struct verb pop_capa_verb = {"capa", "", "print the capabilities", VERB_BARE, NULL, run_capa,
	NULL, .group = GROUP_SERVER, .example = "mailnet pop -s pops://me@pop.example.org capa"};

/* EXPIRE and LOGIN-DELAY (RFC 2449, sections 6.5 and 6.7) are limits for clients. */
static size_t
find_limits(const struct cap *caps, size_t n, struct info_limit *limits)
{
	static const char *const names[] = {"EXPIRE", "LOGIN-DELAY"};
	size_t count = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < n; i++) {
			const char *p = caps[i].args, *word;
			size_t len;

			if (!text_same_n(caps[i].name, caps[i].name_len, names[k]))
				continue;
			word = text_word(&p, p + caps[i].args_len, &len);
			if (word == NULL ||
				!text_number(word, len, INT64_MAX, &limits[count].value))
				continue;
			limits[count++].name = names[k];
			break;
		}
	return count;
}

static int
run_info(struct session *s, const struct args *a, struct err *e)
{
	struct info_limit limits[2];
	struct cap *caps;
	struct info info = {.limits = limits};
	int rc;

	(void)a;
	if (ask_capa(s, e) == -1)
		return -1;
	info.ncaps = caps_split(&pop_of(s)->caps.lines, &caps);
	info.caps = caps;
	info.nlimits = find_limits(caps, info.ncaps, limits);
	info.software = buf_str(&pop_of(s)->caps.implementation);
	rc = info_print(s, &info, e);
	free(caps);
	return rc;
}

const struct verb pop_info_verb = {"info", "",
	"show greeting, capabilities, limits and certificate", VERB_BARE | VERB_DISTRUSTED, NULL,
	run_info, NULL, .group = GROUP_SERVER,
	.exits = "77 if the certificate is not trusted; it is printed",
	.example = "mailnet pop -s pops://me@pop.example.org info"};

static int
run_has(struct session *s, const struct args *a, struct err *e)
{
	if (ask_capa(s, e) == -1)
		return -1;
	return has_print(s, args_at(a, 0), pop_has(pop_of(s), args_at(a, 0)), e);
}

const struct verb pop_has_verb = {"has", "NAME",
	"exit with 0 if this capability is offered, else 1", VERB_BARE, NULL, run_has, NULL,
	.group = GROUP_SERVER, .exits = "1 if the capability is not offered",
	.example = "mailnet pop -s pops://me@pop.example.org has TOP"};

/* Print the reply to a command without a block, which ended with rc. */
static int
print_outcome(struct session *s, int rc, struct err *e)
{
	client_note_reply(&s->c, &pop_of(s)->reply);
	return rc == 0 ? pop_print_reply(s, e) : -1;
}

static int
run_noop(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return print_outcome(s, pop_noop(pop_of(s), e), e);
}

const struct verb pop_noop_verb = {"noop", "", "check that the server replies", VERB_BARE, NULL,
	run_noop, NULL, .group = GROUP_SERVER,
	.example = "mailnet pop -s pops://me@pop.example.org noop"};

static int
run_utf8(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return print_outcome(s, pop_utf8(pop_of(s), e), e);
}

const struct verb pop_utf8_verb = {"utf8", "", "ask for UTF-8 in headers and logins", VERB_BARE,
	NULL, run_utf8, NULL, .group = GROUP_SERVER,
	.example = "printf 'utf8\\nretr 1\\n' | mailnet pop -s pops://me@pop.example.org -b -"};

static int
run_rset(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return print_outcome(s, pop_rset(pop_of(s), e), e);
}

const struct verb pop_rset_verb = {"rset", "", "remove all marks of dele", 0, NULL, run_rset, NULL,
	.group = GROUP_DELETE,
	.example = "printf 'dele 1\\nrset\\n' | mailnet pop -s pops://me@pop.example.org -b -"};

/* ---- cmd --------------------------------------------------------------------------------------- */

/* Send the line. */
static int
put_line(struct session *s, const struct buf *line, struct err *e)
{
	struct pop *p = pop_of(s);
	struct buf shown = {0};
	int rc;

	login_show_command(buf_str(line), pop_challenged(p), &shown);
	rc = pop_put_raw(p, buf_str(line), line->len, buf_str(&shown), e);
	buf_free(&shown);
	return rc;
}

/* Read and print the reply and, with --multi, the lines that follow +OK. */
static int
take_reply(struct session *s, const struct args *a, const struct buf *line, struct err *e)
{
	struct pop *p = pop_of(s);
	bool ended;
	int rc = pop_take_raw(p, buf_str(line), &ended, e);

	s->c.ended = s->c.ended || ended;
	if (print_outcome(s, rc, e) == -1)
		return -1;
	return args_has(a, "multi") && !pop_challenged(p) ? block_print(s, e) : 0;
}

static int
run_cmd(struct session *s, const struct args *a, struct err *e)
{
	struct buf line = {0};
	int rc;

	args_join(a, &line);
	rc = put_line(s, &line, e);
	if (rc == 0)
		rc = take_reply(s, a, &line, e);
	buf_wipe(&line);
	return rc;
}

static const struct opt cmd_opts[] = {
	{0, "multi", NULL, "print the block of lines after the reply, too"}, {.name = NULL}};

const struct verb pop_cmd_verb = {"cmd", "LINE...", "send any command and print its reply",
	VERB_BARE, cmd_opts, run_cmd, NULL, .group = GROUP_OTHER,
	.example = "mailnet pop -s pops://me@pop.example.org cmd --multi LIST"};
