/*
 * pop: the POP3 client (RFC 1939, 2449, 2595, 3206, 5034, 6856).
 *
 * All commands go through the command queue of the connection. The pop_put functions only queue a command, so that a
 * caller can fill a pipeline while pop_room; pop_next reads the next reply, and the pop_take functions read what
 * comes with it. The other functions send a command and read its reply. Replies are read into p->reply, which the next
 * read overwrites. All functions return 0, or -1 with e; a -ERR becomes an error by pop_refused.
 */
#ifndef PROTO_POP_H
#define PROTO_POP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/login.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "wire/cmdq.h"
#include "wire/reply.h"

/* The capabilities in the reply to CAPA (RFC 2449, section 6). */
struct pop_caps {
	bool asked; /* CAPA was sent (or --no-capa forbids it) */
	bool stale; /* before the login, which may have changed them (RFC 2449, section 4) */
	bool known; /* the reply was +OK: a capability that is not listed is not offered */
	bool top, user, uidl, pipelining, resp_codes, auth_resp_code, stls, utf8;
	struct buf sasl;           /* mechanism names separated by spaces */
	struct buf implementation; /* its text */
	struct buf lines;          /* all as sent, each ended by LF */
	struct buf status;         /* the status line of the answer */
};

struct pop {
	struct cmdq *q; /* borrowed: the session's */
	struct reply reply;
	char *greeting; /* as received, for APOP */
	struct pop_caps caps;
	bool no_capa, no_pipelining;
	bool marked;      /* a DELE was sent: QUIT may delete */
	bool transaction; /* a login has succeeded, or a command that needs one, or none is needed */
	bool utf8;        /* set by the caller: pop_login asks for UTF-8 mode if it is offered */
};

extern const struct reply_rule pop_rule;

/*
 * Begin after the greeting, of which a copy is kept. EX_TEMPFAIL, EX_UNAVAILABLE: the greeting is a refusal.
 * *p is the caller's: pop_free.
 */
int pop_new(struct cmdq *q, const struct reply *greeting, struct pop **p, struct err *e);
void pop_free(struct pop *p);

/*
 * Fill e from the -ERR in p->reply: [AUTH] EX_NOPERM; [IN-USE] [LOGIN-DELAY] [SYS/TEMP]
 * EX_TEMPFAIL; [SYS/PERM] EX_UNAVAILABLE (RFC 2449, section 8; RFC 3206); without a code EX_NOPERM if
 * the command only lacks a login, else `otherwise`.
 * Returns -1.
 */
int pop_refused(const struct pop *p, int otherwise, struct err *e);

/* The same for a login or STLS: EX_TEMPFAIL where refusal_is_temporary, whatever the code, else EX_NOPERM. */
int pop_login_refused(const struct pop *p, struct err *e);

/* Send CAPA unless it was sent; a server without CAPA has no capabilities. Enables pipelining if offered. */
int pop_capa(struct pop *p, struct err *e);

/* Send CAPA for a verb that prints the capabilities: even with --no-capa, and again after the login. */
int pop_capa_now(struct pop *p, struct err *e);

/* Is the capability `name` (any case) offered? */
bool pop_has(const struct pop *p, const char *name);

/* Discard the capabilities received before TLS. */
void pop_forget(struct pop *p);

/* STLS (RFC 2595, section 4). *go: TLS may begin; otherwise e has the reason. */
int pop_stls(struct pop *p, bool *go, struct err *e);

/*
 * Log in by the method that login_pick chooses: SASL, USER/PASS (pipelined if the server offers it), APOP or
 * RPOP. EX_NOPERM, EX_TEMPFAIL.
 */
int pop_login(struct pop *p, const struct login *l, struct err *e);

/* ---- commands about messages */

enum pop_command { POP_STAT, POP_LIST, POP_UIDL, POP_RETR, POP_DELE };

/* In place of a message number: the command is about all messages. */
#define POP_ALL UINT64_MAX

/* May another command be queued now? */
static inline bool
pop_room(const struct pop *p)
{
	return cmdq_room(p->q);
}

/*
 * Queue a command with a tag of the caller. STAT, LIST and UIDL take POP_ALL. After DELE (RFC 1939, section 5), QUIT
 * may delete messages until RSET succeeds.
 */
int pop_put(struct pop *p, int tag, enum pop_command command, uint64_t number, struct err *e);

/* Queue TOP: the header and the first `lines` lines of the body. */
int pop_put_top(struct pop *p, int tag, uint64_t number, uint64_t lines, struct err *e);

/*
 * Read the next reply of a pipeline; *tag (may be NULL) is the tag of its command. 1: +OK; 0: -ERR, e is filled by
 * pop_refused(otherwise); -1: the session is broken.
 */
int pop_next(struct pop *p, int *tag, int otherwise, struct err *e);

/*
 * After +OK to RETR or TOP: read the block into a sink, with the line ends of `flags` (BLOCK_…). `announced` (octets;
 * BOUND_NONE: unknown) and max bound its length, as in wire/bound.h. *octets (may be NULL): its length with CR LF.
 */
int pop_take_message(struct pop *p, uint64_t announced, uint64_t max, struct sink *to,
	unsigned flags, uint64_t *octets, struct err *e);

/* After +OK to STAT: messages and their octets. EX_PROTOCOL: the reply has no numbers. */
int pop_take_stat(struct pop *p, uint64_t *count, uint64_t *octets, struct err *e);

/* A line of a listing: LIST sets octets, UIDL sets uid (borrowed for the call). */
struct pop_listed {
	uint64_t number, octets;
	const char *uid;
	size_t uid_len;
};

/*
 * After +OK to LIST or UIDL: call `each` for every message of the block; or once, if the command was about the message
 * with the number `asked`. EX_PROTOCOL: a malformed line, or one about another message; or the error of `each`.
 */
int pop_take_listing(struct pop *p, enum pop_command command, uint64_t asked,
	int (*each)(void *context, const struct pop_listed *m, struct err *e), void *context,
	struct err *e);

/*
 * Add to an error of the connection, where commands are pipelined, that --no-pipelining may help: some servers
 * hang, close or mix up their replies. Returns -1.
 */
int pop_lost(const struct pop *p, struct err *e);

/* NOOP, UTF8 (RFC 6856, section 2), and RSET, which removes the marks of all DELE. */
int pop_noop(struct pop *p, struct err *e);
int pop_utf8(struct pop *p, struct err *e);
int pop_rset(struct pop *p, struct err *e);

/*
 * Send NOOP and check that only its reply, +OK or -ERR, arrives. EX_PROTOCOL: more lines arrive, so the last message
 * did not end at its final dot. Leaves p->reply as it is.
 */
int pop_probe(struct pop *p, struct err *e);

/*
 * Queue any command: n octets of line; `shown` stands for them in traces and errors. Then read its reply: a -ERR is
 * classified as that of the same command sent by a verb. *ended: QUIT succeeded.
 */
int pop_put_raw(struct pop *p, const char *line, size_t n, const char *shown, struct err *e);
int pop_take_raw(struct pop *p, const char *line, bool *ended, struct err *e);

/* Was the last reply a challenge, to which the next line is the response? */
bool pop_challenged(const struct pop *p);

/*
 * QUIT (RFC 1939, section 6), or with `sent` only its reply, for which five seconds are allowed where nothing is
 * marked. A failure matters where deletions are marked: EX_TEMPFAIL, or the class of its response code.
 * EX_PROTOCOL, always: the server sent something that no command asked for.
 */
int pop_quit(struct pop *p, bool sent, struct err *e);

/* ---- for pop_box.c: what lines of listings hold */

/* A line that cannot be understood: the connection is dead, and e gets the command as its prefix. Returns -1. */
int pop_malformed(struct pop *p, struct err *e);

/* Two numbers of a line "+OK n octets" or "n octets" (the "+OK " is passed over). EX_PROTOCOL. */
int pop_two_numbers(const char *p, size_t n, uint64_t *a, uint64_t *b, struct err *e);

/*
 * The size in a reply "+OK 120 octets" to RETR (RFC 1939, section 5); UINT64_MAX where the reply does not have
 * one in this form.
 */
uint64_t pop_announced(const struct pop *p);

/*
 * A line of a UIDL listing (or of the reply to UIDL n): number and unique-id, a span of line. An id
 * is 1 to 70 printable characters by RFC 1939, section 7; longer ones, blanks inside and none at all
 * occur and are accepted; blanks around it do not belong to it. EX_PROTOCOL: no number.
 */
int pop_uidl_line(const char *line, size_t n, uint64_t *number, const char **uid, size_t *nuid,
	struct err *e);

#endif
