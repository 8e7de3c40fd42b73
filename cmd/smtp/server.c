/* smtp verbs about the server, and single commands. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/print.h"
#include "cmd/smtp/smtp.h"
#include "proto/smtp_step.h"

/* ---- what EHLO said ---------------------------------------------------------------------------- */

/* The extensions, one entry a keyword: one that stands there twice has the arguments of both. */
struct offered {
	struct cap *caps; /* their args borrow from: */
	struct buf *args;
	size_t n;
};

/* The entry of that name, added if there is none yet; *old: there was. */
static size_t
entry(struct offered *o, const struct cap *cap, bool *old)
{
	size_t i = 0;

	while (i < o->n && (o->caps[i].name_len != cap->name_len ||
				   strncasecmp(o->caps[i].name, cap->name, cap->name_len) != 0))
		i++;
	*old = i < o->n;
	if (*old)
		return i;
	o->n++;
	o->caps = mem_resize(o->caps, o->n, sizeof *o->caps);
	o->args = mem_resize(o->args, o->n, sizeof *o->args);
	o->caps[i] = *cap;
	o->args[i] = (struct buf){0};
	return i;
}

static void
add_cap(struct offered *o, const struct cap *cap, bool merge)
{
	bool old;
	size_t i = entry(o, cap, &old);

	if (old && !merge)
		return;
	if (o->args[i].len != 0 && cap->args_len != 0)
		buf_addc(&o->args[i], ' ');
	buf_add(&o->args[i], cap->args, cap->args_len);
}

/* AUTH, and the old AUTH= too, has been put together already. The caller frees with free_caps. */
static void
split_caps(const struct smtp *p, struct offered *o)
{
	const struct cap auth = {"AUTH", buf_str(&p->caps.auth), 4, p->caps.auth.len};
	const char *line = buf_str(&p->caps.lines), *end = line + p->caps.lines.len;
	struct cap cap;

	*o = (struct offered){0};
	while (caps_next(&line, end, &cap))
		if (text_same_n(cap.name, cap.name_len, "AUTH") ||
			(cap.name_len > 4 && text_same_n(cap.name, 5, "AUTH=")))
			add_cap(o, &auth, false);
		else
			add_cap(o, &cap, true);
	for (size_t i = 0; i < o->n; i++) {
		o->caps[i].args = buf_str(&o->args[i]);
		o->caps[i].args_len = o->args[i].len;
	}
}

static void
free_caps(struct offered *o)
{
	for (size_t i = 0; i < o->n; i++)
		buf_free(&o->args[i]);
	free(o->args);
	free(o->caps);
}

static int
run_ehlo(struct session *s, const struct args *a, struct err *e)
{
	const struct smtp *p = smtp_of(s);
	struct offered o;
	int rc;

	(void)a;
	split_caps(p, &o);
	if (s->out->json) {
		json_open(s->out, '{');
		json_key(s->out, "greeting");
		json_str(s->out, buf_str(&p->caps.hello), p->caps.hello.len);
		json_key(s->out, "extensions");
		caps_json(s->out, o.caps, o.n);
		json_close(s->out, '}');
		rc = json_end_line(s->out, e);
	} else {
		rc = out_line(s->out, buf_str(&p->caps.hello), p->caps.hello.len, e);
		if (rc == 0)
			rc = caps_print(s, o.caps, o.n, e);
	}
	client_note(&s->c, 250, buf_str(&p->caps.reply), p->caps.reply.len);
	free_caps(&o);
	return rc;
}

const struct verb smtp_ehlo_verb = {
	"ehlo", "", "print the extensions that the server offers", 0, NULL, run_ehlo, NULL};

static int
run_helo(struct session *s, const struct args *a, struct err *e)
{
	struct smtp *p = smtp_of(s);
	int rc = smtp_helo(p, e);

	(void)a;
	if (rc == 0 || e->code != 0)
		client_note_reply(&s->c, &p->reply);
	return rc == -1 ? -1
			: reply_print(s, p->reply.code, p->reply.text.data, p->reply.text.len, e);
}

const struct verb smtp_helo_verb = {
	"helo", "", "send HELO and print the reply", VERB_BARE, NULL, run_helo, NULL};

static int
run_has(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);

	return has_print(s, name, smtp_offers(&smtp_of(s)->caps, name), e);
}

const struct verb smtp_has_verb = {
	"has", "NAME", "exit with 0 if this extension is offered, else 1", 0, NULL, run_has, NULL};

/* "220 host ESMTP Postfix (Debian)": what stands behind the host and the protocol's name. */
static const char *
software(const char *greeting, char out[200])
{
	const char *p = greeting, *end = greeting + strcspn(greeting, "\n"), *word;
	size_t n, at = 0;

	out[0] = '\0';
	for (int i = 0; (word = text_word(&p, end, &n)) != NULL; i++) {
		if (i < 2 ||
			(i == 2 && (text_same_n(word, n, "ESMTP") || text_same_n(word, n, "SMTP") ||
					   text_same_n(word, n, "LMTP"))))
			continue;
		n = (size_t)(end - word) < 199 ? (size_t)(end - word) : 199;
		memcpy(out, word, n);
		at = n;
		break;
	}
	out[at] = '\0';
	return out;
}

static int
run_info(struct session *s, const struct args *a, struct err *e)
{
	const struct smtp *p = smtp_of(s);
	struct info_limit size = {"SIZE", p->caps.size_max};
	struct offered o;
	char soft[200];
	struct info info = {.software = software(buf_str(&s->c.greeting), soft),
		.limits = &size,
		.nlimits = p->caps.size && p->caps.size_max != 0 ? 1 : 0};
	int rc;

	(void)a;
	split_caps(p, &o);
	info.ncaps = o.n;
	info.caps = o.caps;
	rc = info_print(s, &info, e);
	free_caps(&o);
	return rc;
}

const struct verb smtp_info_verb = {"info", "",
	"show greeting, capabilities, limits and certificate", VERB_DISTRUSTED, NULL, run_info,
	NULL};

/* ---- single commands --------------------------------------------------------------------------- */

typedef int question(struct smtp *p, const char *name, struct err *e);

/* A question about a user or a list; its name is checked before anything is connected. */
static int
ask(struct session *s, question *send, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0), *addr = name;
	bool address = text_is_8bit(name, strlen(name)) && strchr(name, '@') != NULL;
	char *own = NULL;
	int rc = address ? smtp_address_arg(name, false, &own, &addr, e) : smtp_word_check(name, e);

	if (rc == 0)
		rc = client_need(&s->c, e);
	if (rc == 0)
		rc = smtp_reply_print(s, send(smtp_of(s), addr, e), e);
	free(own);
	return rc;
}

static int
run_vrfy(struct session *s, const struct args *a, struct err *e)
{
	return ask(s, smtp_step_vrfy, a, e);
}

const struct verb smtp_vrfy_verb = {
	"vrfy", "ADDR", "ask whether this address exists", VERB_OPENS, NULL, run_vrfy, NULL};

static int
run_expn(struct session *s, const struct args *a, struct err *e)
{
	return ask(s, smtp_step_expn, a, e);
}

const struct verb smtp_expn_verb = {
	"expn", "LIST", "print the members of a mailing list", VERB_OPENS, NULL, run_expn, NULL};

/* A record a line, as the help of other protocols has them. */
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
	const char *topic = a->argc > 0 ? args_at(a, 0) : NULL;
	int rc = topic != NULL ? smtp_word_check(topic, e) : 0;

	if (rc == 0)
		rc = client_need(&s->c, e);
	if (rc == -1)
		return -1;
	rc = smtp_step_help(smtp_of(s), topic, e);
	if (!s->out->json)
		return smtp_reply_print(s, rc, e);
	smtp_note(s, rc, e);
	return rc == 0 ? help_json(s, buf_str(&s->c.result.text), e) : -1;
}

const struct verb smtp_help_verb = {
	"help", "[TOPIC]", "print the help text of the server", VERB_OPENS, NULL, run_help, NULL};

static int
run_noop(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return client_need(&s->c, e) == 0 ? smtp_reply_print(s, smtp_step_noop(smtp_of(s), e), e)
					  : -1;
}

const struct verb smtp_noop_verb = {
	"noop", "", "check that the server replies", VERB_OPENS, NULL, run_noop, NULL};

static int
run_rset(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return client_need(&s->c, e) == 0 ? smtp_reply_print(s, smtp_step_rset(smtp_of(s), e), e)
					  : -1;
}

const struct verb smtp_rset_verb = {
	"rset", "", "abandon the message of mail and rcpt", VERB_OPENS, NULL, run_rset, NULL};

/* Any command line; one that is malformed is found before anything is connected. */
static int
run_cmd(struct session *s, const struct args *a, struct err *e)
{
	struct buf line = {0}, shown = {0};
	int rc = cmd_line_join(a, 0, &line, e);

	if (rc == 0)
		rc = client_need(&s->c, e);
	if (rc == 0) {
		cmd_line_show(buf_str(&line), smtp_wants_response(smtp_of(s)), &shown);
		rc = smtp_reply_print(s,
			smtp_command(smtp_of(s), buf_str(&line), line.len, buf_str(&shown), e), e);
	}
	buf_free(&shown);
	buf_free(&line);
	return rc;
}

const struct verb smtp_cmd_verb = {
	"cmd", "LINE...", "send any command and print its reply", VERB_OPENS, NULL, run_cmd, NULL};
