/* nntp verbs about the server itself: capabilities, info, has, date, help, xpath, slave; and cmd. */
#include <string.h>

#include "cmd/common_verbs.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"

const struct verb nntp_capabilities_verb = {"capabilities", "",
	"print the capabilities that the server offers", 0, NULL, caps_run, NULL,
	.group = GROUP_SERVER, .example = "mailnet nntp -s nntps://news.example.org capabilities"};

const struct verb nntp_info_verb = {"info", "",
	"show greeting, capabilities, limits and certificate", VERB_DISTRUSTED, NULL, info_run,
	NULL, .group = GROUP_SERVER, .exits = "77 if the certificate is not trusted; it is printed",
	.example = "mailnet nntp -s nntps://news.example.org info"};

const struct verb nntp_has_verb = {"has", "NAME",
	"exit with 0 if this capability is offered, else 1", 0, NULL, has_run, NULL,
	.group = GROUP_SERVER, .exits = "1 if the capability is not offered",
	.example = "mailnet nntp -s nntps://news.example.org has OVER"};

static int
run_date(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command command = nntp_date();
	struct buf date = {0};
	struct field f;
	int rc;

	(void)a;
	if (nntp_run_command(&s->c, &command, e) == -1 ||
		nntp_date_text(nntp_of(&s->c), &date, e) == -1)
		return -1;
	f = field_p("date", date.data, date.len);
	rc = out_record(s->out, ' ', &f, 1, e);
	buf_free(&date);
	return rc;
}

const struct verb nntp_date_verb = {"date", "", "print the date and time of the server", 0, NULL,
	run_date, NULL, .group = GROUP_SERVER,
	.example = "mailnet nntp -s nntps://news.example.org date"};

static int
run_help(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command command = nntp_help();

	(void)a;
	return nntp_run_command(&s->c, &command, e) == 0 ? block_print(s, e) : -1;
}

const struct verb nntp_help_verb = {"help", "", "print the help text of the server", 0, NULL,
	run_help, NULL, .group = GROUP_SERVER,
	.example = "mailnet nntp -s nntps://news.example.org help"};

static int
run_xpath(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command command = nntp_xpath(args_at(a, 0));
	const char *words;

	if (nntp_run_command(&s->c, &command, e) == -1)
		return -1;
	if (s->out->json)
		return result_print(s, e);
	words = reply_words(&nntp_of(&s->c)->r);
	return out_line(s->out, words, strlen(words), e);
}

const struct verb nntp_xpath_verb = {"xpath", "MSGID",
	"print the path of an article on the server (RFC 2980)", 0, NULL, run_xpath, NULL,
	.group = GROUP_OTHER, .exits = "1 if no such article exists",
	.example = "mailnet nntp -s nntps://news.example.org xpath '<1@example.org>'"};

static int
run_slave(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command command = nntp_slave();

	(void)a;
	return nntp_run_command(&s->c, &command, e) == 0 ? result_print(s, e) : -1;
}

const struct verb nntp_slave_verb = {"slave", "",
	"announce a client that serves many users (obsolete, RFC 977)", 0, NULL, run_slave, NULL,
	.group = GROUP_OTHER, .example = "mailnet nntp -s nntps://news.example.org slave"};

const struct verb nntp_cmd_verb = {"cmd", "LINE...", "send any command and print its reply", 0,
	cmd_opts, cmd_run, NULL, .group = GROUP_OTHER,
	.example = "mailnet nntp -s nntps://news.example.org cmd --multi LIST MOTD"};
