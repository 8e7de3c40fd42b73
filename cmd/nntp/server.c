/* nntp verbs about the server itself: capabilities, info, has, date, help, xpath, slave; and cmd. */
#include <stdlib.h>
#include <string.h>

#include "auth/login.h"
#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "mail/date.h"
#include "mail/msgid.h"
#include "proto/nntp_compress.h"
#include "wire/block.h"

static int
run_capabilities(struct session *s, const struct args *a, struct err *e)
{
	struct cap *caps;
	size_t n;
	int rc;

	(void)a;
	if (nntp_run_capabilities(&s->c, false, e) == -1)
		return -1;
	n = caps_split(&nntp_of(&s->c)->caps, &caps);
	rc = caps_print(s, caps, n, e);
	free(caps);
	return rc;
}

const struct verb nntp_capabilities_verb = {"capabilities", "",
	"print the capabilities that the server offers", 0, NULL, run_capabilities, NULL,
	.group = GROUP_SERVER, .example = "mailnet nntp -s nntps://news.example.org capabilities"};

/* INN and others name their software in IMPLEMENTATION; older servers only in the greeting. */
static int
run_info(struct session *s, const struct args *a, struct err *e)
{
	struct info info = {0};
	struct buf software = {0};
	struct cap *caps, name;
	int rc;

	(void)a;
	if (nntp_run_capabilities(&s->c, true, e) == -1)
		return -1;
	info.ncaps = caps_split(&nntp_of(&s->c)->caps, &caps);
	info.caps = caps;
	if (caps_find(&nntp_of(&s->c)->caps, "IMPLEMENTATION", &name))
		buf_add(&software, name.args, name.args_len);
	info.software = buf_str(&software);
	info.compression = nntp_compression_name(nntp_of(&s->c));
	rc = info_print(s, &info, e);
	buf_free(&software);
	free(caps);
	return rc;
}

const struct verb nntp_info_verb = {"info", "",
	"show greeting, capabilities, limits and certificate", VERB_DISTRUSTED, NULL, run_info,
	NULL, .group = GROUP_SERVER, .exits = "77 if the certificate is not trusted; it is printed",
	.example = "mailnet nntp -s nntps://news.example.org info"};

static int
run_has(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);

	if (nntp_run_capabilities(&s->c, false, e) == -1)
		return -1;
	return has_print(s, name, nntp_cap(nntp_of(&s->c), name), e);
}

const struct verb nntp_has_verb = {"has", "NAME",
	"exit with 0 if this capability is offered, else 1", 0, NULL, run_has, NULL,
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

/* Print the last reply as a record. */
static int
print_reply(struct session *s, struct err *e)
{
	const struct reply *r = &nntp_of(&s->c)->r;

	return reply_print(s, r->code, r->text.data, r->text.len, e);
}

static int
run_xpath(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_command command = nntp_xpath(args_at(a, 0));
	const char *words;

	if (nntp_run_command(&s->c, &command, e) == -1)
		return -1;
	if (s->out->json)
		return print_reply(s, e);
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
	return nntp_run_command(&s->c, &command, e) == 0 ? print_reply(s, e) : -1;
}

const struct verb nntp_slave_verb = {"slave", "",
	"announce a client that serves many users (obsolete, RFC 977)", 0, NULL, run_slave, NULL,
	.group = GROUP_OTHER, .example = "mailnet nntp -s nntps://news.example.org slave"};

/*
 * Send any command unchanged, and print its reply; with --multi also the block after a reply of success. A refusal
 * is the error.
 */
static const struct opt cmd_opts[] = {
	{0, "multi", NULL, "print the block of lines after the reply, too"},
	{0, NULL, NULL, NULL},
};

static int
run_cmd(struct session *s, const struct args *a, struct err *e)
{
	struct nntp *n = nntp_of(&s->c);
	struct buf line = {0}, shown = {0};
	int rc;

	args_join(a, &line);
	login_show_command(buf_str(&line), nntp_wants_response(n), &shown);
	rc = nntp_any(n, buf_str(&shown), &line, e);
	if (rc == 0 || e->code != 0)
		nntp_note(&s->c);
	buf_wipe(&line);
	buf_free(&shown);
	if (rc == -1)
		return -1;
	if (nntp_is_closing(n))
		s->c.ended = true;
	if (print_reply(s, e) == -1)
		return -1;
	return args_has(a, "multi") && nntp_is_success(n) ? block_print(s, e) : 0;
}

const struct verb nntp_cmd_verb = {"cmd", "LINE...", "send any command and print its reply", 0,
	cmd_opts, run_cmd, NULL, .group = GROUP_OTHER,
	.example = "mailnet nntp -s nntps://news.example.org cmd --multi LIST MOTD"};
