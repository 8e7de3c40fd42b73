/* smtp verbs about the server, and single commands. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/print.h"
#include "cmd/smtp/smtp.h"
#include "mail/addrs.h"
#include "proto/caps.h"
#include "proto/smtp_step.h"

/* ---- the server ---------------------------------------------------------------------------- */

static int
run_ehlo(struct session *s, const struct args *a, struct err *e)
{
	const struct smtp *p = smtp_of(s);
	struct buf lines = {0};
	int rc;

	(void)a;
	smtp_merge_extensions(&p->caps, &lines);
	if (s->out->json) {
		json_open(s->out->json, '{');
		json_key(s->out->json, "greeting");
		json_str(s->out->json, buf_str(&p->caps.hello), p->caps.hello.len);
		json_key(s->out->json, "extensions");
		caps_json(s->out->json, &lines);
		json_close(s->out->json, '}');
		rc = out_end_record(s->out, e);
	} else {
		rc = out_line(s->out, buf_str(&p->caps.hello), p->caps.hello.len, e);
		if (rc == 0)
			rc = caps_print(s, &lines, e);
	}
	client_note(&s->c, p->caps.code, buf_str(&p->caps.reply), p->caps.reply.len);
	buf_free(&lines);
	return rc;
}

const struct verb smtp_ehlo_verb = {"ehlo", "", "print the extensions that the server offers", 0,
	NULL, run_ehlo, NULL, .group = GROUP_SERVER,
	.example = "mailnet smtp -s submissions://me@mail.example.org ehlo"};

static int
run_helo(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return smtp_reply_print(s, smtp_helo(smtp_of(s), e), e);
}

const struct verb smtp_helo_verb = {"helo", "", "send HELO and print the reply", VERB_BARE, NULL,
	run_helo, NULL, .group = GROUP_SERVER,
	.example = "mailnet smtp -s submissions://me@mail.example.org helo"};

const struct verb smtp_has_verb = {"has", "NAME",
	"exit with 0 if this extension is offered, else 1", 0, NULL, has_run, NULL,
	.group = GROUP_SERVER, .exits = "1 if the extension is not offered",
	.example = "mailnet smtp -s submissions://me@mail.example.org has SIZE"};

const struct verb smtp_info_verb = {"info", "",
	"show greeting, capabilities, limits and certificate", VERB_DISTRUSTED, NULL, info_run,
	NULL, .group = GROUP_SERVER, .exits = "77 if the certificate is not trusted; it is printed",
	.example = "mailnet smtp -s submissions://me@mail.example.org info"};

/* ---- single commands --------------------------------------------------------------------------- */

/* Send the command with the name of the verb. An address that is not ASCII is checked before connecting. */
static int
run_step(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);
	bool address =
		name != NULL && text_is_8bit(name, strlen(name)) && strchr(name, '@') != NULL;
	struct addrs addr = {0};
	int rc = address ? addrs_add_word(&addr, name, false, e) : 0;

	if (rc == 0)
		rc = client_need(&s->c, e);
	if (rc == 0)
		rc = smtp_reply_print(s,
			smtp_step(smtp_of(s), a->verb->name, address ? addr.list[0] : name, e), e);
	addrs_free(&addr);
	return rc;
}

const struct verb smtp_vrfy_verb = {"vrfy", "ADDR", "ask the server whether an address exists",
	VERB_OPENS, NULL, run_step, NULL, .group = GROUP_LIST, .exits = "1 if no such user exists",
	.example = "mailnet smtp -s submissions://me@mail.example.org vrfy ann@example.org"};

const struct verb smtp_expn_verb = {"expn", "LIST", "print the members of a mailing list",
	VERB_OPENS, NULL, run_step, NULL, .group = GROUP_LIST, .exits = "1 if no such list exists",
	.example = "mailnet smtp -s submissions://me@mail.example.org expn staff"};

/* Print one record for each line, as in the help of the other protocols. */
static int
help_json(struct session *s, const char *text, struct err *e)
{
	int rc = 0;

	while (rc == 0 && *text != '\0') {
		size_t n = strcspn(text, "\n"), code = n > 3 ? 4 : n;
		struct field f = field_p("line", text + code, n - code);

		rc = out_record(s->out, ' ', &f, 1, e);
		text += n + (text[n] == '\n');
	}
	return rc;
}

static int
run_help(struct session *s, const struct args *a, struct err *e)
{
	int rc;

	if (client_need(&s->c, e) == -1)
		return -1;
	rc = smtp_step(smtp_of(s), a->verb->name, args_at(a, 0), e);
	if (rc == -1 || !s->out->json)
		return smtp_reply_print(s, rc, e);
	client_note_reply(&s->c, &smtp_of(s)->reply);
	return help_json(s, buf_str(&s->c.result.text), e);
}

const struct verb smtp_help_verb = {"help", "[TOPIC]", "print the help text of the server",
	VERB_OPENS, NULL, run_help, NULL, .group = GROUP_SERVER,
	.example = "mailnet smtp -s submissions://me@mail.example.org help"};

const struct verb smtp_noop_verb = {"noop", "", "check that the server replies", VERB_OPENS, NULL,
	run_step, NULL, .group = GROUP_SERVER,
	.example = "mailnet smtp -s submissions://me@mail.example.org noop"};

const struct verb smtp_rset_verb = {"rset", "", "remove the sender and recipients of mail and rcpt",
	VERB_OPENS, NULL, run_step, NULL, .group = GROUP_STEPS,
	.example = "printf 'mail me@example.org\\nrset\\n' | mailnet smtp -s "
		   "submissions://me@mail.example.org -b -"};

const struct verb smtp_cmd_verb = {"cmd", "LINE...", "send any command and print its reply",
	VERB_OPENS, NULL, cmd_run, NULL, .group = GROUP_OTHER,
	.example = "mailnet smtp -s submissions://me@mail.example.org cmd NOOP"};
