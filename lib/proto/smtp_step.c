#include "proto/smtp_step.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "proto/smtp_message.h"
#include "proto/smtp_prepare.h"

/* ---- commands ---------------------------------------------------------------------------------- */

/* "VRFY" or "EXPN" and a name; one with "@" is an address, whose domain may be sent as A-labels. */
static int
add_name(const struct smtp *p, const char *name, struct buf *line, struct err *e)
{
	struct addrs made = {0};
	const char *wire = name;
	bool utf8 = text_is_8bit(name, strlen(name));

	if (utf8 && strchr(name, '@') != NULL)
		wire = smtp_address_prepare(&p->caps, name, false, &made, &utf8, e);
	else if (utf8 && !p->caps.smtputf8)
		return err_set(e, EX_UNAVAILABLE,
			"%.200s needs SMTPUTF8, which the server does not offer", name);
	if (wire != NULL)
		buf_addf(line, " %s%s", wire, utf8 ? " SMTPUTF8" : "");
	addrs_free(&made);
	return wire != NULL ? 0 : -1;
}

int
smtp_step(struct smtp *p, const char *command, const char *argument, struct err *e)
{
	static const char *const names[] = {"VRFY", "EXPN", "HELP", "NOOP", "RSET"};
	struct buf line = {0};
	size_t i = 0;
	int rc = 0;

	while (i < 4 && !text_same(command, names[i]))
		i++;
	buf_adds(&line, names[i]);
	if (i < 2)
		rc = add_name(p, argument, &line, e);
	else if (argument != NULL)
		buf_addf(&line, " %s", argument);
	if (rc == 0)
		rc = smtp_command(p, line.data, line.len, line.data, e);
	if (rc == -1 && i < 2 && (e->code == 550 || e->code == 551 || e->code == 553))
		e->status = EX_NO;
	buf_free(&line);
	return rc;
}

/* ---- a message in steps ------------------------------------------------------------------------ */

/* "MAIL FROM:<...> KEY=VALUE ...", for this server. utf8: add SMTPUTF8 if the address needs it. */
static int
send_address(struct smtp *p, const char *command, bool utf8, const char *addr,
	const char *const *params, size_t n, struct err *e)
{
	bool given = smtp_param_has(params, n, "SMTPUTF8"), needed;
	struct addrs made = {0};
	struct buf line = {0};
	const char *wire;
	int rc;

	for (size_t i = 0; i < n; i++)
		if (smtp_param_offered(&p->caps, params[i], e) == -1)
			return -1;
	wire = smtp_address_prepare(&p->caps, addr, given, &made, &needed, e);
	if (wire == NULL)
		return -1;
	buf_addf(&line, "%s:<%s>", command, wire);
	addrs_free(&made);
	for (size_t i = 0; i < n; i++)
		buf_addf(&line, " %s", params[i]);
	if (utf8 && needed && !given)
		buf_adds(&line, " SMTPUTF8");
	rc = smtp_command(p, line.data, line.len, line.data, e);
	buf_free(&line);
	return rc;
}

int
smtp_step_mail(struct smtp *p, const char *addr, const char *const *params, size_t n, struct err *e)
{
	return send_address(p, "MAIL FROM", true, addr, params, n, e);
}

int
smtp_step_rcpt(struct smtp *p, const char *addr, const char *const *params, size_t n, struct err *e)
{
	int rc = send_address(p, "RCPT TO", false, addr, params, n, e);

	if (rc == -1 && e->status == EX_UNAVAILABLE && e->code >= 500)
		e->status = EX_NOUSER;
	return rc;
}

/* The transaction of a message whose MAIL and RCPTs were sent before. */
static void
make_transaction(struct smtp_message *m, size_t accepted, bool binary)
{
	struct smtp_transaction *t = &m->transaction;

	t->octets = m->octets;
	t->params = binary ? "BODY=BINARYMIME" : NULL;
	t->feed = smtp_message_feed;
	t->data = m;
	/* If no recipient is known to be accepted, the server's reply to DATA decides. */
	t->nrcpt = accepted != 0 ? accepted : 1;
	t->rcpt = mem_zalloc(t->nrcpt * sizeof *t->rcpt);
	for (size_t i = 0; i < t->nrcpt; i++)
		t->rcpt[i].addr = "DATA";
	smtp_skip_envelope(t);
}

/* The replies: in LMTP one about each recipient. */
static void
add_replies(const struct smtp *p, const struct smtp_transaction *t, struct smtp_step_result *to)
{
	struct buf *text = &to->text;

	to->code = t->code;
	to->outcome = t->outcome;
	for (size_t i = 0; p->lmtp && i < t->nrcpt; i++) {
		if (t->rcpt[i].text == NULL)
			continue;
		if (text->len != 0)
			buf_addc(text, '\n');
		buf_adds(text, t->rcpt[i].text);
	}
	if (text->len == 0)
		buf_add(text, t->text.data, t->text.len);
}

static int
send_data(struct smtp *p, struct smtp_message *m, int64_t wait, struct smtp_step_result *result,
	struct err *e)
{
	const struct smtp_transaction *t = &m->transaction;
	bool chunking = p->caps.chunking;

	make_transaction(m, p->accepted, p->binary);
	p->caps.chunking = chunking && p->accepted > 0;
	smtp_send_one(p, &m->transaction, wait);
	p->caps.chunking = chunking;
	p->accepted = 0;
	add_replies(p, t, result);
	if (t->outcome == SMTP_DELIVERED)
		return 0;
	if (t->outcome == SMTP_PARTIAL)
		return err_set(e, EX_NO, "DATA: refused for some recipients");
	*e = *smtp_transaction_error(t);
	return -1;
}

int
smtp_step_data(struct smtp *p, struct message_source *in, int64_t wait,
	struct smtp_step_result *result, struct err *e)
{
	struct addrs unused = {0};
	struct smtp_send_options options = {.from = "", .rcpts = &unused};
	struct smtp_message m;
	int rc;

	addrs_add(&unused, "unused", 6); /* the server has the envelope already */
	rc = smtp_message_read(&m, in, 0, &options, e);
	addrs_free(&unused);
	if (rc == 0)
		rc = smtp_message_check(&m, &p->caps, e);
	*result = (struct smtp_step_result){.octets = m.octets};
	if (rc == 0)
		rc = send_data(p, &m, wait, result, e);
	smtp_message_free(&m);
	return rc;
}
