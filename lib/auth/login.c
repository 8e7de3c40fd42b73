#include "auth/login.h"

#include <stdio.h>
#include <string.h>

#include "auth/sasl.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "wire/secrets.h"

/* mech_choose with the terms of this login and this connection. */
static int
choose(const struct cmdq *q, const struct login *l, const struct mech_offer *offer,
	struct mech_pick *pick, struct err *e)
{
	struct buf binding = {0};
	const char *type;
	struct tls *tls = q->conn->tls;
	struct mech_terms terms = {.creds = l->creds,
		.binding = tls != NULL && tls_binding(tls, &type, &binding),
		.client_cert = tls != NULL && tls_sent_certificate(tls),
		.command = l->auth_command != NULL};

	buf_free(&binding);
	return mech_choose(offer, l->wanted, &terms, pick, e);
}

int
login_run(struct cmdq *q, const struct login *l, const struct mech_offer *offer, login_by *by,
	void *proto, struct err *e)
{
	struct mech_offer left = *offer;
	struct buf failed = {0};
	struct mech_pick pick;
	struct err none;
	int rc = LOGIN_NEXT;

	if (l->creds->password != NULL)
		secrets_add(l->creds->password, strlen(l->creds->password));
	while (rc == LOGIN_NEXT) {
		left.failed = buf_str(&failed);
		if (choose(q, l, &left, &pick, failed.len == 0 ? e : &none) == -1) {
			*l->want_tls = failed.len == 0 && pick.want_tls;
			rc = -1; /* e keeps the reason of the mechanism that failed */
			break;
		}
		rc = by(proto, l, &pick, e);
		if (rc == LOGIN_NEXT && q->conn->dead)
			rc = -1;
		if (rc == -1 && e->status == EX_NOPERM)
			mech_explain(&pick, l->creds, e);
		buf_addf(&failed, "%s ", pick.name);
	}
	buf_free(&failed);
	/*
	 * Codes that demand TLS: 483 (RFC 4643, section 2.3.1), 530 (RFC 3207, section 4), 538 (RFC 4954, section
	 * 6).
	 */
	if (rc == -1 && (e->code == 483 || e->code == 530 || e->code == 538))
		*l->want_tls = true;
	return rc;
}

/* Start the mechanism, with the channel binding data of this connection. */
static int
begin(struct cmdq *q, const struct login *l, const struct mech_pick *pick, struct sasl **s,
	struct err *e)
{
	struct buf binding = {0};
	const char *type = "";
	struct sasl_params p = {.pick = pick,
		.creds = l->creds,
		.host = l->host,
		.port = l->port,
		.service = l->service,
		.command = l->auth_command,
		.timeout = l->timeout};
	int rc;

	if (q->conn->tls != NULL && tls_binding(q->conn->tls, &type, &binding)) {
		p.binding = strcmp(type, "tls-exporter") == 0 ? SASL_TLS_EXPORTER : SASL_TLS_UNIQUE;
		p.binding_data = binding.data;
		p.binding_len = binding.len;
	}
	rc = sasl_start(&p, s, e);
	buf_free(&binding);
	return rc;
}

/* The number of challenges after which the exchange is ended: more than any mechanism needs. */
#define ROUNDS_MAX 64

/* The state of one SASL exchange. */
struct exchange {
	struct cmdq *q;
	const struct login_framing *f;
	const struct mech_pick *pick;
	struct sasl *s;
	struct buf kept;   /* the initial response, kept for the first challenge */
	bool waits;        /* kept (perhaps empty) is still to be sent */
	bool sent_at_once; /* the initial response went with the command */
	bool broken;       /* the server sent an invalid challenge */
	unsigned rounds;   /* challenges answered */
};

/* Send the command, with the initial response if the mechanism has one, it is allowed, and it fits the line. */
static int
open_exchange(struct exchange *x, bool no_initial, struct err *e)
{
	struct buf line = {0}, shown = {0};
	bool has = false;
	int rc = -1;

	/*
	 * With --no-initial-response, do not ask an --auth-command for one: the command may wait, which costs two
	 * seconds.
	 */
	if (!(no_initial && x->pick->command) && sasl_initial(x->s, &x->kept, &has, e) == -1)
		return -1;
	/* A buffer that grows would leave a copy of the secret in freed memory. */
	buf_reserve(&line, x->kept.len * 2 + 128);
	buf_addf(&line, "%s %s", x->f->command, x->pick->name);
	buf_add(&shown, line.data, line.len);
	if (has && !no_initial && line.len + 1 + (x->kept.len + 2) / 3 * 4 + 2 <= x->f->max_line) {
		buf_addc(&line, ' ');
		buf_adds(&shown, " ***");
		if (x->kept.len == 0)
			buf_addc(&line, '='); /* an empty initial response (RFC 4954, section 4) */
		digest_base64(&line, x->kept.data, x->kept.len);
		x->sent_at_once = true;
	}
	x->waits = has && !x->sent_at_once;
	rc = cmdq_put_secret(x->q, 0, shown.data, line.data, line.len, e);
	buf_wipe(&line);
	buf_free(&shown);
	return rc;
}

static int
send_response(struct exchange *x, const struct buf *response, struct err *e)
{
	struct buf line = {0};
	int rc;

	buf_reserve(&line, response->len * 2 + 8);
	digest_base64(&line, response->data, response->len);
	if (line.len == 0 && x->f->empty != NULL)
		buf_adds(&line, x->f->empty);
	rc = cmdq_put_secret(x->q, 0, "***", buf_str(&line), line.len, e);
	buf_wipe(&line);
	return rc;
}

/* Cancel the exchange ("*", RFC 4954, section 4). e has the reason already, so the reply is ignored. */
static int
cancel(struct exchange *x, struct reply *r)
{
	struct err ignored = {0};

	if (!x->q->conn->dead && cmdq_put_secret(x->q, 0, "*", "*", 1, &ignored) == 0)
		cmdq_reply(x->q, r, NULL, &ignored);
	return -1;
}

/* Decode a challenge; an empty one may be written "=" (RFC 4643, section 3.2). */
static bool
read_challenge(const struct reply *r, struct buf *out)
{
	const char *text = reply_words(r);

	return strcmp(text, "=") == 0 || digest_unbase64(out, text, strlen(text));
}

/* Answer the challenge in r. */
static int
answer(struct exchange *x, struct reply *r, struct err *e)
{
	struct buf challenge = {0}, response = {0};
	bool made = false;
	int rc;

	if (x->waits) {
		/* This challenge only asks for the initial response; its text, which some servers add, is ignored. */
		x->waits = false;
		return send_response(x, &x->kept, e);
	}
	if (++x->rounds > ROUNDS_MAX)
		err_set(e, EX_PROTOCOL,
			"%s %s: the server sends challenges without end (more than %d)",
			x->f->command, x->pick->name, ROUNDS_MAX);
	else if (!read_challenge(r, &challenge))
		err_set(e, EX_PROTOCOL, "%s %s: the challenge is not base64", x->f->command,
			x->pick->name);
	else
		made = sasl_step(x->s, challenge.data, challenge.len, &response, e) == 0;
	x->broken = !made && e->status == EX_PROTOCOL && x->rounds <= ROUNDS_MAX;
	rc = made ? send_response(x, &response, e) : cancel(x, r);
	buf_free(&challenge);
	buf_wipe(&response);
	return rc;
}

/* The server accepted the login. If its reply carries a last challenge (283, RFC 4643), check that too. */
static int
finish(struct exchange *x, const struct reply *r, struct err *e)
{
	struct buf challenge = {0}, response = {0};
	int rc = 0;

	if (x->f->with_data != 0 && r->code == x->f->with_data) {
		if (!read_challenge(r, &challenge))
			rc = err_set(e, EX_PROTOCOL,
				"%s: the data in the reply to the login is not base64",
				x->pick->name);
		else
			rc = sasl_step(x->s, challenge.data, challenge.len, &response, e);
		buf_free(&challenge);
		buf_wipe(&response);
	}
	return rc == 0 ? sasl_accept(x->s, e) : -1;
}

/* A result as of login_by: the server refused the initial response, and a second attempt without one may succeed. */
#define LOGIN_SPLIT 2

/* Run one exchange: 0, -1, LOGIN_NEXT or LOGIN_SPLIT. */
static int
run(struct exchange *x, bool no_initial, struct reply *r, struct err *e)
{
	if (open_exchange(x, no_initial, e) == -1)
		return -1;
	for (;;) {
		if (cmdq_reply(x->q, r, NULL, e) == -1)
			return -1;
		if (x->f->success(r->code))
			return finish(x, r, e);
		if (r->code != x->f->go_on)
			break;
		x->sent_at_once = false;
		if (answer(x, r, e) == -1)
			return x->broken && x->pick->asked ? LOGIN_NEXT : -1;
	}
	if (x->sent_at_once && x->f->split != NULL && x->f->split(r, x->pick->name))
		return LOGIN_SPLIT;
	x->f->refused(r, x->pick->name, e);
	if (x->rounds == 0 && x->f->unknown(r))
		return LOGIN_NEXT;
	sasl_explain(x->s, e);
	return -1;
}

static int
one_try(struct cmdq *q, const struct login_framing *f, const struct login *l,
	const struct mech_pick *pick, bool no_initial, struct reply *r, struct err *e)
{
	struct exchange x = {.q = q, .f = f, .pick = pick};
	int rc = begin(q, l, pick, &x.s, e);

	if (rc == 0)
		rc = run(&x, no_initial, r, e);
	/* The decoded text of a challenge may repeat a secret that was sent. */
	if (rc != 0)
		secrets_hide_text(e->text);
	sasl_free(x.s);
	buf_wipe(&x.kept);
	return rc;
}

int
login_sasl(struct cmdq *q, const struct login_framing *f, const struct login *l,
	const struct mech_pick *pick, struct reply *r, struct err *e)
{
	const struct reply_rule *rule = q->rule;
	struct reply_rule longer = *rule;
	int rc;

	longer.limit = LOGIN_CHALLENGE + 8;
	longer.command = 0;
	q->rule = &longer;
	rc = one_try(q, f, l, pick, l->no_initial, r, e);
	if (rc == LOGIN_SPLIT)
		rc = one_try(q, f, l, pick, true, r, e);
	q->rule = rule;
	return rc;
}

void
login_show_command(const char *line, bool response, struct buf *shown)
{
	/* name: a user name or mechanism stands between the command and its secret. A password may contain blanks. */
	static const struct {
		const char *command;
		bool name;
	} secret[] = {{"PASS ", false}, {"APOP ", true}, {"AUTH ", true}, {"AUTHINFO PASS ", false},
		{"AUTHINFO SASL ", true}, {"AUTHINFO GENERIC ", true}};
	const char *last = strrchr(line, ' ');

	for (size_t i = 0; !response && i < sizeof secret / sizeof secret[0]; i++)
		if (text_starts(line, secret[i].command)) {
			size_t n = strlen(secret[i].command);

			buf_add(shown, line, secret[i].name ? (size_t)(last - line) + 1 : n);
			response = true;
		}
	buf_adds(shown, response ? "***" : line);
}
