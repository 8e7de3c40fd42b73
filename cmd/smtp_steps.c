/* smtp verbs mail, rcpt, data: a message in single steps, each recipient with parameters of its own. */
#include <stdlib.h>
#include <string.h>

#include "cmd/common_verbs.h"
#include "cmd/smtp_run.h"
#include "cmd/smtp_send.h"
#include "cmd/smtp_verbs.h"
#include "proto/smtp_prepare.h"
#include "proto/smtp_step.h"

/* "MAIL FROM:<…> KEY=VALUE …", as this server takes it. */
static int
fit_line(struct session *s, const char *command, bool mail, const char *addr,
	const char *const *params, size_t n, struct buf *line, struct err *e)
{
	const struct smtp_caps *caps = &smtp_of(s)->caps;
	bool given = smtp_param_has(params, n, "SMTPUTF8"), utf8;
	struct addrs made = {0};
	const char *wire;

	for (size_t i = 0; i < n; i++)
		if (smtp_param_offered(caps, params[i], e) == -1)
			return -1;
	wire = smtp_address_prepare(caps, addr, given, &made, &utf8, e);
	if (wire == NULL)
		return -1;
	buf_addf(line, "%s:<%s>", command, wire);
	for (size_t i = 0; i < n; i++)
		buf_addf(line, " %s", params[i]);
	if (mail && utf8 && !given)
		buf_adds(line, " SMTPUTF8");
	addrs_free(&made);
	return 0;
}

static int
address_line(struct session *s, const char *command, const struct args *a, const char *option,
	struct buf *line, struct err *e)
{
	bool mail = strcmp(option, "mail-param") == 0;
	const char **params, *addr;
	char *own;
	size_t n;
	int rc;

	if (smtp_address_arg(args_at(a, 0), mail, &own, &addr, e) == -1)
		return -1;
	rc = smtp_params_arg(a, option, &params, &n, e);
	if (rc == 0)
		rc = client_need(&s->c, e);
	if (rc == 0)
		rc = fit_line(s, command, mail, addr, params, n, line, e);
	free(params);
	free(own);
	return rc;
}

static int
step(struct session *s, const char *command, const struct args *a, const char *option,
	struct err *e)
{
	struct buf line = {0};
	int rc = address_line(s, command, a, option, &line, e);

	if (rc == 0)
		rc = smtp_one_print(s, buf_str(&line), line.len, e);
	buf_free(&line);
	return rc;
}

int
smtp_mail_run(struct session *s, const struct args *a, struct err *e)
{
	return step(s, "MAIL FROM", a, "mail-param", e);
}

int
smtp_rcpt_run(struct session *s, const struct args *a, struct err *e)
{
	int rc = step(s, "RCPT TO", a, "rcpt-param", e);

	if (rc == -1 && e->status == EX_UNAVAILABLE && e->code >= 500)
		e->status = EX_NOUSER;
	return rc;
}

int
smtp_data_run(struct session *s, const struct args *a, struct err *e)
{
	struct input in;
	struct buf text = {0};
	int code = 0;
	int rc = input_open(&in, args_at(a, 0), smtp_tmpdir(), e);

	if (rc == 0) {
		rc = smtp_step_data(smtp_of(s), &in, smtp_data_wait(s->opt), &code, &text, e);
		if (code != 0)
			client_note(&s->c, code, buf_str(&text), text.len);
	}
	if (rc == 0 || e->status == EX_NO)
		(void)reply_print(s, code, buf_str(&text), text.len, &(struct err){0});
	if (rc == -1)
		smtp_signal_first(s, e);
	buf_free(&text);
	input_close(&in);
	return rc;
}
