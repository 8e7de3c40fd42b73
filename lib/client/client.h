/*
 * client: one connection to one server, from dialling to QUIT: greeting, TLS, capabilities, login and the end, in
 * this order. Jobs and verbs get a connection that is ready for use.
 *
 * Each protocol has one table of operations: nntp_client, pop_client and smtp_client.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/password.h"
#include "auth/url.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/cmdq.h"
#include "wire/conn.h"
#include "wire/reply.h"
#include "wire/trace.h"

struct client;
struct client_facts;
struct login;

/* In the order of the words of the options --tls and --compress. */
enum tls_mode { TLS_AUTO, TLS_STARTTLS, TLS_IMPLICIT, TLS_OFF };
enum compress_mode { COMPRESS_AUTO, COMPRESS_ON, COMPRESS_OFF };

#define CLIENT_PINS 16

/* How to connect and log in. All strings are borrowed; NULL: not set. */
struct client_config {
	const char *tunnel; /* a command whose standard input and output are the connection */
	const char *bind;   /* ADDR[:PORT]; an IPv6 address in brackets if a port follows */
	int family;         /* AF_UNSPEC, AF_INET, AF_INET6 */
	int64_t timeout;    /* seconds */
	bool timeout_given; /* false: after the end of mail data the default is longer */
	enum tls_mode tls;
	const char *tls_ca, *tls_cert, *tls_key, *tls_name, *tls_priority; /* as in wire/tls.h */
	unsigned char pins[CLIENT_PINS][32]; /* SHA-256 of a certificate or a public key */
	size_t npins;
	const char *tickets; /* the directory of TLS session tickets; NULL: none are kept or used */
	bool ask_pin;        /* the user can be asked for the PIN of a token */
	const char *auth;    /* the mechanisms wanted, checked; NULL: the URL's, else the default */
	const char *auth_command;
	bool no_initial_response;
	bool allow_cleartext_auth;
	const char *helo;
	bool no_capa;
	bool reader; /* NNTP: send MODE READER first */
	enum compress_mode compress;
	bool no_pipelining;
};

/* Calls to the owner of the connection. Each may be NULL. Those that return int: 0, or -1 with e. */
struct client_events {
	/* Fill c->url and c->creds; called each time before connecting. */
	int (*prepare)(struct client *c, struct err *e);
	/*
	 * A step of client_open has ended: "connect", "starttls" or "login"; c->result has the reply. why: its error,
	 * to which the function may add a hint; NULL: success.
	 */
	int (*step)(struct client *c, const char *step, struct err *why, struct err *e);
	/* The connection is ready for use. */
	void (*opened)(struct client *c);
	/* Octets were sent or received; their number. */
	void (*moved)(size_t octets);
	/*
	 * A job begins to count "messages" or "articles" (what): their number and their octets, 0: unknown. what NULL: it
	 * has ended. Then how many it has done.
	 */
	void (*job)(struct client *c, const char *what, uint64_t total, uint64_t octets);
	void (*done)(struct client *c, uint64_t count);
	/* A warning for the user; the job continues. */
	void (*warning)(struct client *c, const char *text);
	/* A record failed with e and was passed over; the job goes on (job/passed.h). */
	void (*passed)(struct client *c, const struct err *e);
	/* A multi-line reply begins: from now on the client does not connect again, so this right can be given up. */
	void (*last_dial)(struct client *c);
};

/* The operations of a protocol. All functions return 0 or -1 with e. c->q exists from `greet` on. */
struct client_ops {
	const char *name;          /* "nntp", "pop", "smtp": for URLs and the SASL service */
	const char *alpn;          /* the registered name (RFC 7301); NULL: none */
	const char *starttls_name; /* "STARTTLS" or "STLS", for messages */
	enum url_proto url;
	const struct reply_rule *rule;
	/* Check the greeting and create c->proto. */
	int (*greet)(struct client *c, const struct reply *greeting, struct err *e);
	/* Does the server offer STARTTLS or STLS? Asks for the capabilities first if need be. */
	int (*offers_tls)(struct client *c, bool *offered, struct err *e);
	/*
	 * Send STARTTLS or STLS and read the reply. *go: the server accepts, TLS begins now. A refusal returns 0 with
	 * *go false and the reason in e: EX_TEMPFAIL or EX_NOPERM.
	 */
	int (*starttls)(struct client *c, bool *go, struct err *e);
	/* Discard all server data received before TLS; called when TLS is established (RFC 3207, section 4.2). */
	void (*forget)(struct client *c);
	/* Log in. *did: false if the credentials are optional and the server does not offer or demand a login. */
	int (*login)(struct client *c, const struct login *l, bool *did, struct err *e);
	/* EHLO, CAPA or MODE READER, and COMPRESS. Called before each verb or job; idempotent. */
	int (*ready)(struct client *c, struct err *e);
	/*
	 * Send QUIT and read its reply, or only read the reply if c->quit_sent. commit false: pop must not commit
	 * deletions.
	 */
	int (*quit)(struct client *c, bool commit, struct err *e);
	void (*free)(struct client *c);
	/*
	 * Find the facts about the server, for the caller to free (client/facts.h), also after a failure. Asks for the
	 * capabilities, except of SMTP, whose EHLO was sent. lenient: in NNTP, the server may refuse this.
	 */
	int (*facts)(struct client *c, bool lenient, struct client_facts *f, struct err *e);
	/* Is the capability or extension with this name (any case) offered? After facts. */
	bool (*offers)(const struct client *c, const char *name);
	/*
	 * Send any command as it is, hidden in traces if it may have a secret, and read its reply, which becomes c->result.
	 * A refusal is -1. *block: a block of lines may follow.
	 */
	int (*command)(struct client *c, const struct buf *line, bool *block, struct err *e);
	/* The commands of a login by USER, with the user name and with the password, to check their lengths. */
	const char *user_command, *pass_command;
};

extern const struct client_ops nntp_client, pop_client, smtp_client;

/* The reply that decided the outcome of a command. */
struct client_result {
	int code;            /* the reply code; 0: none */
	struct buf text;     /* the reply as received, lines joined by LF; empty: no reply */
	const char *command; /* the SMTP command that the reply belongs to, static; else NULL */
};

/* The owner sets ops, config, events, context, trace and one_shot, the rest to zero. */
struct client {
	const struct client_ops *ops;
	const struct client_config *config;
	const struct client_events *events;
	void *context;       /* of the owner */
	struct trace *trace; /* NULL: off */
	struct url url;
	struct conn *conn; /* NULL: not connected */
	struct cmdq *q;
	void *proto; /* struct nntp, pop or smtp of proto/ */
	/* The user is kept for error messages; the password is wiped after the login. */
	struct creds creds;
	bool creds_once; /* the credentials cannot be read a second time (a terminal, a pipe); set by prepare */
	bool safe; /* credentials may be sent: TLS, loopback, or allow_cleartext_auth */
	bool logged_in;
	bool one_shot;     /* a single verb: QUIT may be pipelined with its last commands */
	bool messages;     /* messages will be read: POP3 logs in with UTF8 */
	bool quit_sent;    /* QUIT was sent; its reply is pending or was read */
	bool quit_matters; /* the reply to QUIT is printed, or decides whether an outcome is certain */
	bool ended;        /* QUIT was sent on request, or the server closed the session */
	struct client_result result;
	struct buf greeting; /* as received, lines joined by LF */
	int greeting_code;   /* 0: none, as in POP3 */
};

/*
 * Prepare, connect, read the greeting, start TLS and log in. Errors have the server's name in front. Call
 * client_close also after a failure.
 */
int client_open(struct client *c, struct err *e);

/* client_open unless that was done, then ops->ready. */
int client_need(struct client *c, struct err *e);

/*
 * Send QUIT because the user wants it, and read its reply into c->result; if QUIT was sent with the last command, only
 * read the reply. The session has ended then. EX_TEMPFAIL: no reply.
 */
int client_quit(struct client *c, struct err *e);

/*
 * Can no further command be sent? e: the failure of the last command, which may have ended the session (a reply with
 * which the server closes, replies out of sync, a signal); NULL: none.
 */
bool client_is_over(const struct client *c, const struct err *e);

/*
 * End: QUIT unless it was sent, the connection is lost, or commit is false for pop. Frees everything that client_open
 * and the operations have made. The client can be opened again.
 */
int client_close(struct client *c, bool commit, struct err *e);

/*
 * Send QUIT in the same pipeline as the last command, if commands can be pipelined, the session has a single verb, and
 * QUIT was not sent.
 */
int client_pipeline_quit(struct client *c, struct err *e);

/* The longest wait in milliseconds for a reply to QUIT that does not change the outcome. */
#define CLIENT_QUIT_MS 1000

/* Set c->result; the lines of text are joined by LF. */
void client_note(struct client *c, int code, const char *text, size_t n);

/* Set c->result to a reply. */
void client_note_reply(struct client *c, const struct reply *r);

/*
 * Log in during the session, after 480 (RFC 4643, section 2.1), with the credentials of a netrc default entry, which
 * were not used at the start. If the login needs TLS and the configuration allows it, STARTTLS comes first.
 */
int client_login(struct client *c, struct err *e);

/* Can a login be tried: are there credentials, or a mechanism that needs none? */
bool client_has_creds(const struct client *c);

/* Did the server refuse a command with e because the client has not logged in, for lack of credentials? */
bool client_lacks_login(const struct client *c, const struct err *e);

/* The mechanisms wanted: those of the configuration, else those of the URL; NULL: neither. */
const char *client_mechs(const struct client *c);

/*
 * Is the server this machine: a Unix socket, or a loopback name or address in the URL? With a tunnel the URL
 * decides; without one, the connection must go to a loopback address too.
 */
bool client_is_local(const struct client *c);

/*
 * The time in milliseconds for the reply after the end of mail data: at least ten minutes (RFC 5321, section
 * 4.5.3.2.6), unless the user gave a timeout.
 */
int64_t client_data_wait(const struct client_config *config);

/* The server's host or socket, for the prefix of error messages. */
const char *client_host(const struct client *c);

/* Append the URL of the session without secrets: scheme, user, and host with port, or the socket. */
void client_add_url(const struct client *c, struct buf *out);

/* Report a warning, or that no further connection will be needed, to the owner (client_events). */
void client_warn(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void client_last_dial(struct client *c);

/* Report the progress of a job to the owner (client_events). */
static inline void
client_job_begin(struct client *c, const char *what, uint64_t total, uint64_t octets)
{
	if (c->events->job != NULL)
		c->events->job(c, what, total, octets);
}

static inline void
client_job_done(struct client *c, uint64_t count)
{
	if (c->events->done != NULL)
		c->events->done(c, count);
}

static inline void
client_job_end(struct client *c)
{
	client_job_begin(c, NULL, 0, 0);
}

/* Put the server's name in front of an error of the server or of the connection, unless it is there. */
void client_name_host(const struct client *c, struct err *e);

#endif
