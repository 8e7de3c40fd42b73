/*
 * cmdq: the command queue of all three protocols. Commands are sent while the window (octets of
 * unanswered commands) has room; replies come back in order, each with its command's tag.
 *
 *	while (more to send && cmdq_room(q))
 *		cmdq_put(q, TAG, e, "RETR %u", n);
 *	cmdq_reply(q, &reply, &tag, e);
 *
 * If the server does not allow pipelining, the window holds one command, and the loop above alternates
 * between one command and one reply.
 */
#ifndef WIRE_CMDQ_H
#define WIRE_CMDQ_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/conn.h"
#include "wire/reply.h"

/*
 * Default window in octets, about 3,000 RETR a round trip. It must fit into the socket buffers of both sides, since a
 * server may stop reading commands until its replies have been read.
 */
#define CMDQ_WINDOW 32768

/* The longest wait for the reply to QUIT, in milliseconds. */
#define CMDQ_QUIT_MS 5000

struct cmdq_entry {
	int tag;
	bool discard;  /* the reply is read and dropped */
	bool quit;     /* the command is QUIT */
	size_t octets; /* octets of the window that it uses */
	int64_t wait;  /* time for the reply in milliseconds; 0: the connection's timeout */
	/* The command for messages, secrets replaced; most are short. */
	char *shown; /* NULL: it is in small */
	char small[32];
};

struct cmdq {
	struct conn *conn;
	const struct reply_rule *rule;
	bool pipelining;
	bool filling;  /* the window is being filled; false: waiting until half of it is free */
	size_t window; /* octets of unanswered commands */
	size_t room; /* octets that the next command may have beyond the rule's limit (SMTP extensions) */
	int64_t quit_wait; /* milliseconds, CMDQ_QUIT_MS unless less is enough */
	size_t octets;
	struct cmdq_entry *ring; /* ring[first .. first + count) modulo size, a power of two */
	size_t first, count, size;
	struct cmdq_entry answered; /* by the last reply */
	struct buf line;            /* room to make a command in */
};

/* The queue lives as long as the connection; the rule is borrowed for that long. */
struct cmdq *cmdq_new(struct conn *c, const struct reply_rule *rule);
void cmdq_free(struct cmdq *q);

/* May another command be put now? */
bool cmdq_room(struct cmdq *q);

/* Number of pending replies. */
static inline size_t
cmdq_pending(const struct cmdq *q)
{
	return q->count;
}

/*
 * Have octets arrived while no reply is pending? 421 or 400 before a close is left to answer the next command. An
 * unsolicited -ERR of POP3 could be misread as the reply to that command: EX_TEMPFAIL. Any other octets mean that
 * client and server are out of sync, or that an attacker sent them: EX_PROTOCOL. After an error the connection is
 * dead. Never waits. Putting a command checks this first.
 */
int cmdq_check_unsolicited(struct cmdq *q, struct err *e);

/*
 * Queue one command, formatted, without its CR LF. CR, LF or NUL in the result, or more octets than the rule
 * allows, is EX_DATAERR and nothing is queued. Does not look at the window.
 */
int cmdq_put(struct cmdq *q, int tag, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

int cmdq_vput(struct cmdq *q, int tag, struct err *e, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

/*
 * The same for "WORD NUMBER" or "WORD NUMBER REST" (rest may be NULL), without the cost of printf: a mailbox
 * has its messages by the thousand.
 */
int cmdq_put_number(struct cmdq *q, int tag, const char *word, uint64_t number, const char *rest,
	struct err *e);

/*
 * The same for n octets of text that hold a secret: `shown` replaces the text in traces and errors. If a reply repeats
 * the secret, it is hidden there too: in the reply text until conn_login_over, in traces and errors until the process
 * ends.
 */
int cmdq_put_secret(
	struct cmdq *q, int tag, const char *shown, const char *text, size_t n, struct err *e);

/*
 * Check a command of n octets (without CR LF) against the limit of the protocol before it is put: for a command whose
 * predecessor must not be sent if this command cannot follow (USER and PASS). `shown` stands for its text in the
 * error, EX_DATAERR.
 */
int cmdq_fits(const struct reply_rule *rule, const char *shown, size_t n, struct err *e);

/*
 * Room to make the text of one command in for cmdq_put_secret, empty: for what is put by the thousand. Borrowed
 * until the next command is put.
 */
struct buf *cmdq_line(struct cmdq *q);

/*
 * Declare that the data which the caller now writes to the connection itself (mail data, an article) gets one
 * reply, within `wait` milliseconds (0: the connection's timeout). The data does not use the window.
 */
void cmdq_put_data(struct cmdq *q, int tag, const char *shown, int64_t wait);

/* Drop the reply to the last command put: cmdq_reply reads it and returns the reply after it. */
void cmdq_discard_reply(struct cmdq *q);

/* Allow `wait` milliseconds for the reply to the command put last (BDAT LAST). */
void cmdq_set_wait(struct cmdq *q, int64_t wait);

/*
 * Declare one more reply to the command of the last reply; it is the next in order. LMTP has one reply for each
 * recipient after the data (RFC 2033, section 4.2).
 */
void cmdq_owe_again(struct cmdq *q, int tag);

/*
 * Read the reply to the oldest pending command; *tag (may be NULL) is the tag it was put with. With no reply
 * pending: EX_PROTOCOL. On failure the connection is dead.
 */
int cmdq_reply(struct cmdq *q, struct reply *r, int *tag, struct err *e);

/* Put one command and read its reply; no other reply may be pending. */
int cmdq_ask(struct cmdq *q, struct reply *r, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The command that the last reply answered ("GROUP no.such"), for messages; till the next reply. */
const char *cmdq_answered(const struct cmdq *q);

#endif
