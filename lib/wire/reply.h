/*
 * reply: the reply reader of all protocols. A protocol supplies a rule that classifies a line; reply_read handles
 * lines, limits, continuation lines and timeouts.
 */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/conn.h"

enum reply_kind {
	REPLY_BAD,  /* invalid in this protocol: EX_PROTOCOL */
	REPLY_MORE, /* a line of a reply; more lines follow */
	REPLY_LAST  /* its last line */
};

struct reply {
	int code; /* of the last line; SMTP, NNTP: three digits; POP: '+' or '-', 'c' for a continuation "+ " */
	struct buf text; /* the lines as received, joined by LF, each with its code */
};

struct reply_rule {
	/*
	 * Judge one line of n octets. first is the code of the reply's first line, 0 in that line
	 * itself; set *code.
	 */
	enum reply_kind (*judge)(const char *line, size_t n, int first, int *code);
	size_t limit;   /* octets of the whole reply, without the last CR LF */
	size_t command; /* octets of a command with its CR LF; 0: any number, as within SASL */
};

/*
 * Read one reply; a whole line must arrive by the connection's timeout, or by `until` if that is
 * later. EX_PROTOCOL and a dead conn: garbage or too long. EX_TEMPFAIL: lost or timed out. A reply
 * may be used again; free with reply_free.
 */
int reply_read(struct conn *c, const struct reply_rule *rule, int64_t until, struct reply *r,
	struct err *e);

void reply_free(struct reply *r);

/* The reply text: the first line without its code, for messages; borrowed from r. */
const char *reply_words(const struct reply *r);

/* Three digits and a space, or the end, or '-' for more: RFC 5321, section 4.2; RFC 3977, section 3.2. */
enum reply_kind reply_judge_smtp(const char *line, size_t n, int first, int *code);
enum reply_kind reply_judge_nntp(const char *line, size_t n, int first, int *code);

/* +OK, -ERR, "+ " challenge: RFC 1939, section 3; RFC 5034, section 4. */
enum reply_kind reply_judge_pop(const char *line, size_t n, int first, int *code);

#endif
