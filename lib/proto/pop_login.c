/* pop, the login: SASL (RFC 5034), USER/PASS and APOP (RFC 1939, section 7), RPOP (RFC 1081). */
#include <string.h>

#include "auth/apop.h"
#include "auth/refusal.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/pop.h"

static bool
is_ok(int code)
{
	return code == '+';
}

/* login_sasl passes only the reply and the mechanism's name. */
static int
sasl_refused(const struct reply *r, const char *mech, struct err *e)
{
	struct cmdq q = {0};
	struct pop p = {.q = &q, .reply = *r};

	if (r->code != '-')
		return err_set(e, EX_PROTOCOL, "AUTH %s: %s", mech, buf_str(&r->text));
	pop_login_refused(&p, e);
	return err_set(e, e->status, "AUTH %s: %s", mech, buf_str(&r->text));
}

static bool
is_unknown(const struct reply *r)
{
	return r->code == '-' && reply_words(r)[0] != '[' && refusal_is_unknown(reply_words(r));
}

/* Some servers accept a token only in a step of its own, and reply -ERR without a reason. */
static bool
may_split(const struct reply *r, const char *mech)
{
	return r->code == '-' && reply_words(r)[0] != '[' &&
	       (strcmp(mech, "XOAUTH2") == 0 || strcmp(mech, "OAUTHBEARER") == 0);
}

/* RFC 2449, section 4: a command of 255 octets at most, with CR LF. */
static const struct login_framing framing = {
	.command = "AUTH",
	.max_line = 255,
	.go_on = 'c',
	.success = is_ok,
	.refused = sasl_refused,
	.unknown = is_unknown,
	.split = may_split,
};

/* A server without USER replies as to any unknown command. */
static int
user_refused(const struct pop *p, struct err *e)
{
	bool unknown = is_unknown(&p->reply);

	pop_login_refused(p, e);
	return unknown ? LOGIN_NEXT : -1;
}

/* USER and PASS: pipelined where the server allows it. */
static int
login_user(struct pop *p, const struct login *l, struct err *e)
{
	struct buf pass = {0};
	struct err ignored;
	int rc;

	buf_reserve(&pass, strlen(l->creds->password) + 8);
	buf_addf(&pass, "PASS %s", l->creds->password);
	rc = cmdq_fits(p->q->rule, "PASS ***", pass.len, e);
	if (rc == 0)
		rc = cmdq_put(p->q, 1, e, "USER %s", l->creds->user);
	if (rc == 0 && !p->q->pipelining) {
		rc = cmdq_reply(p->q, &p->reply, NULL, e);
		if (rc == 0 && p->reply.code != '+')
			rc = user_refused(p, e);
	}
	if (rc == 0)
		rc = cmdq_put_secret(p->q, 2, "PASS ***", pass.data, pass.len, e);
	buf_wipe(&pass);
	while (rc == 0 && cmdq_pending(p->q) > 0) {
		rc = cmdq_reply(p->q, &p->reply, NULL, e);
		if (rc == -1 || p->reply.code == '+')
			continue;
		if (cmdq_pending(p->q) == 0)
			return pop_login_refused(p, e);
		rc = user_refused(p, e);
		/* The reply to PASS after a refused USER adds nothing; the server may close instead. */
		(void)cmdq_reply(p->q, &p->reply, NULL, &ignored);
	}
	return rc;
}

static int
login_apop(struct pop *p, const struct login *l, struct err *e)
{
	struct buf line = {0}, digest = {0};
	int rc = apop_digest(p->greeting, strlen(p->greeting), l->creds->password, &digest, e);

	if (rc == 0) {
		buf_addf(&line, "APOP %s %s", l->creds->user, buf_str(&digest));
		rc = cmdq_put_secret(p->q, 0, "APOP ***", line.data, line.len, e);
	}
	if (rc == 0)
		rc = cmdq_reply(p->q, &p->reply, NULL, e);
	if (rc == 0 && p->reply.code != '+')
		rc = pop_login_refused(p, e);
	buf_wipe(&line);
	buf_wipe(&digest);
	return rc;
}

static int
login_rpop(struct pop *p, const struct login *l, struct err *e)
{
	if (cmdq_ask(p->q, &p->reply, e, "RPOP %s", l->creds->user) == -1)
		return -1;
	return p->reply.code == '+' ? 0 : pop_login_refused(p, e);
}

static int
log_in_by(struct pop *p, const struct login *l, const struct mech_pick *pick, struct err *e)
{
	switch (pick->kind) {
	case MECH_USER: return login_user(p, l, e);
	case MECH_APOP: return login_apop(p, l, e);
	case MECH_RPOP: return login_rpop(p, l, e);
	case MECH_SASL: break;
	}
	return login_sasl(p->q, &framing, l, pick, &p->reply, e);
}

/*
 * Switch to UTF-8 mode (RFC 6856): user names and passwords may then be UTF-8, and messages with UTF-8 headers are
 * sent unchanged instead of as a substitute. The command is valid only before the login. A refusal changes nothing.
 */
static int
ask_utf8(struct pop *p, struct err *e)
{
	int rc;

	if (!p->utf8 || !p->caps.utf8)
		return 0;
	p->caps.utf8 = false; /* send UTF8 once only; after the login CAPA is sent again */
	if (p->q->pipelining) {
		rc = cmdq_put(p->q, 0, e, "UTF8");
		cmdq_discard_reply(p->q);
		return rc;
	}
	rc = cmdq_ask(p->q, &p->reply, e, "UTF8");
	buf_clear(&p->reply.text);
	return rc;
}

static int
log_in(void *proto, const struct login *l, const struct mech_pick *pick, struct err *e)
{
	struct pop *p = proto;

	return ask_utf8(p, e) == -1 ? -1 : log_in_by(p, l, pick, e);
}

int
pop_login(struct pop *p, const struct login *l, struct err *e)
{
	struct mech_offer offer = {.mechs = NULL, .user = true, .apop = true};

	if (pop_capa(p, e) == -1)
		return -1;
	if (p->caps.sasl.len != 0)
		offer.mechs = buf_str(&p->caps.sasl);
	offer.unlisted = !p->caps.known;
	/* RFC 2449, section 6.3: a server with CAPA lists USER if it has it. */
	offer.user = !p->caps.known || p->caps.user;
	if (login_run(p->q, l, &offer, log_in, p, e) == -1)
		return -1;
	p->caps.stale = p->transaction = true;
	return 0;
}
