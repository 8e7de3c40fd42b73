/*
 * session: one connection to one server, from connecting to QUIT: dial, greeting, TLS, capabilities, login and the
 * end, in this order. Verbs get a session that is ready.
 */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include <stdbool.h>

#include "auth/password.h"
#include "auth/url.h"
#include "base/buf.h"
#include "base/err.h"
#include "cmd/done.h"
#include "cmd/options.h"
#include "cmd/print.h"
#include "cmd/verb.h"
#include "wire/cmdq.h"
#include "wire/conn.h"
#include "wire/reply.h"

struct login;
struct session;

/* Which rights the run has given up (cmd/sandbox.h). */
enum sandbox_level {
	SANDBOX_OPEN,  /* none */
	SANDBOX_DIALS, /* all but connecting */
	SANDBOX_CLOSED
};

/*
 * The functions of a protocol; one table each in cmd/nntp.c, pop.c and smtp.c. All return 0 or -1 with e. s->q
 * exists from `greet` on.
 */
struct proto_ops {
	const struct reply_rule *rule;
	/* Check the greeting (in s->greeting) and create s->proto. */
	int (*greet)(struct session *s, const struct reply *greeting, struct err *e);
	/* Does the server offer STARTTLS or STLS? Asks for the capabilities first if need be. */
	int (*offers_tls)(struct session *s, bool *offered, struct err *e);
	/*
	 * Send STARTTLS or STLS and read the reply. *go: the server accepts, TLS begins now. A refusal returns 0 with
	 * *go false and the reason in e: EX_TEMPFAIL or EX_NOPERM.
	 */
	int (*starttls)(struct session *s, bool *go, struct err *e);
	/* Discard all server data received before TLS; called when TLS is established (RFC 3207, section 4.2). */
	void (*forget)(struct session *s);
	/* Log in. *did: false if the credentials are optional and the server does not offer or demand a login. */
	int (*login)(struct session *s, const struct login *l, bool *did, struct err *e);
	/* EHLO, CAPA or MODE READER, for verbs without VERB_BARE. Called before each verb; idempotent. */
	int (*ready)(struct session *s, struct err *e);
	/*
	 * Send QUIT and read its reply, or only read the reply if s->quit_sent. commit false: pop must not
	 * commit deletions.
	 */
	int (*quit)(struct session *s, bool commit, struct err *e);
	void (*free)(struct session *s);
};

struct session {
	const struct applet *applet;
	struct options *opt;
	struct out *out;
	struct trace *trace; /* -v, -vv, --transcript; NULL: off */
	struct url url;
	struct conn *conn; /* NULL: not connected */
	struct cmdq *q;
	void *proto; /* struct nntp, pop or smtp of proto/ */
	struct creds
		creds; /* the user is kept for error messages; the password is wiped after the login */
	bool safe;     /* credentials may be sent: TLS, loopback, or --allow-cleartext-auth */
	bool logged_in;
	bool one_shot;  /* not a batch: QUIT may be pipelined with the verb's last commands */
	bool messages;  /* a verb with VERB_MESSAGES may run */
	bool quit_sent; /* QUIT was sent; its reply is pending or was read */
	bool quit_matters; /* the reply to QUIT is printed, or shows whether an outcome can be believed */
	bool passed_over; /* the verb (at the end, the run) failed only by malformed records that it skipped */
	bool failed; /* a verb of this session failed: pop does not commit deletions */
	bool ended;  /* QUIT was sent by a verb, or the server closed the session */
	struct done done;
	struct buf greeting;
	const struct args *args; /* of the one verb; NULL in a batch */
	bool redials;            /* the verb may need another session after this one */
	bool commands;           /* a line of the batch may name a |COMMAND */
	enum sandbox_level sandbox;
	/* Called at the very end; commit: the file of -o is in its place, or there is no -o. */
	int (*settle)(struct session *s, bool commit, struct err *e);
	void *unsettled; /* data of settle */
};

/*
 * Find the server (options), connect, read the greeting, start TLS and log in. In a JSON batch `connect`,
 * `starttls` and `login` are reported as done records. The caller sets applet, opt, out, trace and one_shot of s,
 * the rest to zero. Call session_close also after a failure.
 */
int session_open(struct session *s, struct err *e);

/* Prepare the session for a verb with these flags (VERB_…); called before each verb. */
int session_ready(struct session *s, unsigned verb_flags, struct err *e);

/*
 * For verbs with VERB_OPENS, which check their input before they connect: session_open unless it was done, then
 * session_ready.
 */
int session_need(struct session *s, struct err *e);

/* End: QUIT unless it was sent, the connection is lost, or commit is false for pop. Frees all of s. */
int session_close(struct session *s, bool commit, struct err *e);

/* The longest wait in milliseconds for a reply to QUIT that does not change the outcome. */
#define SESSION_QUIT_MS 1000

/* Store the reply for the verb's done record; reply lines joined by LF. */
void session_done(struct session *s, int code, const char *text, size_t n);

/* session_done with a reply. */
void session_reply(struct session *s, const struct reply *r);

/*
 * Log in during the session, after 480 (RFC 4643, section 2.1), with the credentials of a netrc default entry, which were not used at the start.
 * If the login needs TLS and the options allow it, STARTTLS comes first, as at the start.
 */
int session_login(struct session *s, struct err *e);

/*
 * Complete the failure e of a verb: if the server demands a login and no credentials were found, append where they
 * were searched.
 */
void session_explain(const struct session *s, struct err *e);

/* The server's host or socket, for the prefix of error messages. */
const char *session_host(const struct session *s);

/*
 * Prefix an error with the server's name if its status is one of the server or of the connection.
 */
void session_name_host(const struct session *s, struct err *e);

#endif
