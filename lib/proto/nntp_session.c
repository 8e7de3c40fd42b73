/*
 * nntp: commands that change the session (MODE READER, STARTTLS, login, COMPRESS) or end it. Each is the last
 * command sent before its reply is read.
 */
#include <string.h>

#include "auth/refusal.h"
#include "base/text.h"
#include "proto/caps.h"
#include "proto/nntp.h"

int
nntp_mode_reader(struct nntp *n, struct err *e)
{
	n->reader_sent = true;
	n->reader_again = false;
	if (nntp_ask(n, e, "MODE READER") == -1)
		return -1;
	switch (n->r.code) {
	case 200:
	case 201:
		n->posting = n->r.code == 200;
		n->transit = false;
		nntp_forget_group(n);
		n->old_over = n->old_hdr = false; /* try OVER and HDR again in the new mode */
		nntp_forget_capabilities(n);
		return 0;
	case 480: n->reader_again = true; return 0;
	case 500:
	case 501:
	case 503: return 0; /* the server has only one mode */
	default:
		nntp_refused(n, e);
		if (refusal_is_temporary(reply_words(&n->r)))
			e->status = EX_TEMPFAIL;
		n->need = NNTP_NEED_NOTHING;
		n->conn->dead = n->conn->dead ||
				n->r.code == 502; /* the server closes the connection after 502 */
		return -1;
	}
}

int
nntp_make_reader(struct nntp *n, bool asked, struct err *e)
{
	if (n->reader_sent || !(asked || nntp_cap(n, "MODE-READER")))
		return 0;
	return nntp_mode_reader(n, e);
}

int
nntp_starttls(struct nntp *n, bool *go, struct err *e)
{
	if (nntp_ask(n, e, "STARTTLS") == -1)
		return -1;
	*go = n->r.code == 382;
	if (*go) {
		nntp_forget_group(n); /* so does the server (RFC 4642, section 2.2.2) */
		return 0;
	}
	nntp_refused(n, e);
	n->need = NNTP_NEED_NOTHING;
	if (n->r.code / 100 == 4 && n->r.code / 10 != 48)
		e->status = EX_TEMPFAIL;
	else
		e->status = EX_NOPERM;
	return n->r.code == 400 ? -1 : 0;
}

/* ---- logging in -------------------------------------------------------------------------------- */

static bool
succeeded(int code)
{
	return code == 281 || code == 283;
}

/* Any refusal of AUTHINFO is a failed login, except a temporary one. */
static int
login_class(const struct reply *r)
{
	if (r->code < 400)
		return EX_PROTOCOL;
	if (r->code == 400 || r->code == 403 || refusal_is_temporary(reply_words(r)))
		return EX_TEMPFAIL;
	return EX_NOPERM;
}

static int
sasl_refused(const struct reply *r, const char *mech, struct err *e)
{
	return err_code(
		e, login_class(r), r->code, "AUTHINFO SASL %s: %.800s", mech, buf_str(&r->text));
}

/* The mechanism is not implemented (RFC 4643, section 2.4.1). */
static bool
sasl_unknown(const struct reply *r)
{
	return r->code == 503;
}

static int
user_refused(struct nntp *n, struct err *e)
{
	n->need = NNTP_NEED_NOTHING;
	n->conn->dead = n->r.code == 400;
	return err_code(e, login_class(&n->r), n->r.code, "%.200s: %.800s", cmdq_answered(n->q),
		buf_str(&n->r.text));
}

static int
put_pass(struct nntp *n, const char *password, struct err *e)
{
	struct buf line = {0};
	int rc;

	buf_reserve(&line, strlen(password) + 32);
	buf_adds(&line, "AUTHINFO PASS ");
	buf_adds(&line, password);
	rc = cmdq_put_secret(n->q, NNTP_PLAIN, "AUTHINFO PASS ***", line.data, line.len, e);
	buf_wipe(&line);
	return rc;
}

/* AUTHINFO USER and PASS (RFC 4643, section 2.3). Some servers require only the user name. */
static int
login_user(struct nntp *n, const struct creds *c, struct err *e)
{
	if (c->user == NULL)
		return err_set(e, EX_NOPERM, "AUTHINFO USER: no user name");
	if (c->password != NULL && cmdq_fits(n->q->rule, "AUTHINFO PASS ***",
					   strlen("AUTHINFO PASS ") + strlen(c->password), e) == -1)
		return -1;
	if (nntp_ask(n, e, "AUTHINFO USER %s", c->user) == -1)
		return -1;
	if (succeeded(n->r.code))
		return 0;
	if (n->r.code == 500 || n->r.code == 501 || n->r.code == 503) {
		user_refused(n, e);
		return LOGIN_NEXT;
	}
	if (n->r.code != 381)
		return user_refused(n, e);
	if (c->password == NULL)
		return err_set(e, EX_NOPERM, "AUTHINFO USER: no password for %.200s", c->user);
	if (put_pass(n, c->password, e) == -1 || nntp_reply(n, NULL, e) == -1)
		return -1;
	return n->r.code == 281 ? 0 : user_refused(n, e);
}

static int
login_sasl_as(struct nntp *n, const struct login *l, const struct mech_pick *pick, struct err *e)
{
	static const struct login_framing framing = {.command = "AUTHINFO SASL",
		.max_line = 512,
		.go_on = 383,
		.success = succeeded,
		.empty = "=", /* RFC 4643, section 3.2: base64-opt */
		.with_data = 283,
		.refused = sasl_refused,
		.unknown = sasl_unknown};

	return login_sasl(n->q, &framing, l, pick, &n->r, e);
}

/* Describe for mech_choose what the server offers. The list of names is copied into mechs. */
static void
gather_offer(const struct nntp *n, struct mech_offer *offer, struct buf *mechs)
{
	struct cap sasl;

	if (caps_find(&n->caps, "SASL", &sasl))
		buf_add(mechs, sasl.args, sasl.args_len);
	*offer = (struct mech_offer){.mechs = buf_str(mechs), .user_first = true};
	offer->user = nntp_cap_arg(n, "AUTHINFO", "USER");
	/* Without AUTHINFO, or with AUTHINFO alone, the server may still accept a login (RFC 4643, section 2.2). */
	if (!offer->user && mechs->len == 0) {
		offer->user = true;
		offer->unlisted = true;
	}
}

/* Do the server's capabilities demand or offer a login? */
static bool
offers_login(const struct nntp *n)
{
	return nntp_cap_arg(n, "AUTHINFO", "USER") || nntp_cap(n, "SASL");
}

static int
log_in_by(void *proto, const struct login *l, const struct mech_pick *pick, struct err *e)
{
	if (pick->kind == MECH_USER)
		return login_user(proto, l->creds, e);
	return login_sasl_as(proto, l, pick, e);
}

static int
log_in(struct nntp *n, const struct login *l, struct err *e)
{
	struct mech_offer offer;
	struct buf mechs = {0};
	int rc;

	gather_offer(n, &offer, &mechs);
	rc = login_run(n->q, l, &offer, log_in_by, n, e);
	buf_free(&mechs);
	return rc;
}

int
nntp_login(struct nntp *n, const struct login *l, bool *did, struct err *e)
{
	if (nntp_capabilities(n, e) == -1 || nntp_make_reader(n, false, e) == -1 ||
		nntp_capabilities(n, e) == -1)
		return -1;
	*did = l->insist || offers_login(n);
	if (!*did)
		return 0;
	if (log_in(n, l, e) == -1)
		return -1;
	nntp_forget_capabilities(n);
	return n->reader_again ? nntp_mode_reader(n, e) : 0;
}

/* ---- the end ------------------------------------------------------------------------------------- */

int
nntp_quit(struct nntp *n, bool put, struct err *e)
{
	if (put && cmdq_put(n->q, NNTP_QUIT, e, "QUIT") == -1)
		return -1;
	while (cmdq_pending(n->q) != 0 && !n->conn->dead)
		if (nntp_reply(n, NULL, e) == -1)
			return -1;
	return 0;
}
