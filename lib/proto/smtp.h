/*
 * smtp: the SMTP and LMTP client (RFC 5321, 1870, 2033, 2034, 2920, 3030, 3207, 3461, 4954, 6152, 6531):
 * greeting, EHLO, STARTTLS, AUTH and single commands. Sending messages is smtp_pipeline.
 *
 * Replies are read into p->reply, which the next read overwrites. All functions return 0, or -1 with
 * e; a reply that does not report success becomes an error by smtp_refused.
 */
#ifndef PROTO_SMTP_H
#define PROTO_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/login.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/cmdq.h"
#include "wire/own_name.h"
#include "wire/reply.h"

/* The longest argument of EHLO, in octets. */
#define SMTP_NAME_MAX OWN_NAME_MAX

/* The reply to EHLO or LHLO (RFC 5321, section 4.1.1.1). */
struct smtp_caps {
	bool asked;    /* EHLO was sent, or HELO instead */
	bool extended; /* EHLO was understood; false: HELO */
	bool pipelining, eightbit, smtputf8, chunking, dsn, starttls, enhanced, size;
	uint64_t size_max; /* the largest message in octets; 0: no limit */
	struct buf auth;  /* mechanisms of all AUTH lines, the old AUTH= too, separated by spaces */
	struct buf lines; /* the extensions as sent, each ended by LF, without the greeting */
	struct buf hello; /* the first line's text */
	struct buf reply; /* all of it as received, lines joined by LF */
	int code;         /* its reply code */
};

/*
 * Does this server discard the octets of a BDAT that it refuses (RFC 3030, section 2)? One that does not
 * executes them as commands, so content is sent as chunks only to a server that is known to discard them, or where
 * BODY=BINARYMIME rules out DATA.
 */
enum smtp_bdat {
	SMTP_BDAT_UNTRIED,
	SMTP_BDAT_PROBED, /* a probe was sent; no reply to it so far shows that the server executes them */
	SMTP_BDAT_SAFE, /* the server discards them: chunks may be pipelined after MAIL and RCPT */
	SMTP_BDAT_UNSAFE, /* the server executes them, or accepts a chunk outside a transaction: use DATA */
};

struct smtp {
	struct cmdq *q; /* borrowed: the session's */
	struct reply reply;
	struct smtp_caps caps;
	bool lmtp;
	bool no_pipelining;
	char name[SMTP_NAME_MAX + 1]; /* the argument of EHLO */
	enum smtp_bdat bdat;
	bool used;       /* a transaction was begun on this connection */
	bool open;       /* a transaction may be open: RSET must precede the next MAIL */
	size_t accepted; /* recipients accepted by smtp_command since MAIL */
	bool binary;     /* that MAIL, accepted, had BODY=BINARYMIME: its data cannot go by DATA */
	struct buf from, to; /* the sender's path; the paths of `accepted`, joined by "," */
};

/* Did this connection show that messages may be sent by BDAT? */
static inline bool
smtp_by_bdat(const struct smtp *p)
{
	return p->caps.chunking && p->bdat == SMTP_BDAT_SAFE;
}

extern const struct reply_rule smtp_rule;

/*
 * Append the name of the server's software: in "220 host ESMTP Postfix (Debian)" the text after the name of the host
 * and of the protocol, in the first line of the greeting. Nothing is appended if there is none.
 */
void smtp_software(const char *greeting, struct buf *out);

/* Does the reply to EHLO list this extension (in any case)? */
bool smtp_offers(const struct smtp_caps *caps, const char *name);

/* Append the extensions, a keyword a line, with the arguments of all its lines; AUTH= counts as AUTH. */
void smtp_merge_extensions(const struct smtp_caps *caps, struct buf *lines);

/*
 * How many octets a MAIL or RCPT command may have beyond RFC 5321's 512, by the extensions that the server offers
 * (RFC 1870, 2852, 3030, 3461, 4865, 4954, 6152, 6531, 6710); 0 for other commands.
 */
size_t smtp_command_room(const struct smtp_caps *caps, const char *line, size_t n);

/*
 * Begin after the greeting. name is the argument of EHLO; NULL: the full name of this host (wire/own_name.h; for a
 * remote server the resolver is asked), else its address on this connection as a literal (RFC 5321, section 4.1.4).
 * EX_UNAVAILABLE for 5xx (RFC 5321, section 3.1; only QUIT may follow), EX_TEMPFAIL for 4xx, EX_PROTOCOL. The caller
 * frees *p with smtp_free.
 */
int smtp_new(struct cmdq *q, const struct reply *greeting, bool lmtp, const char *name,
	struct smtp **p, struct err *e);
void smtp_free(struct smtp *p);

/* The class of a reply code: 4xx EX_TEMPFAIL, 530 534 535 538 EX_NOPERM, other 5xx EX_UNAVAILABLE, else EX_PROTOCOL. */
int smtp_class(int code);

/* The length of the enhanced status code (RFC 2034) with which a reply text, without its code, begins; 0: none. */
size_t smtp_enhanced(const char *text);

/* The enhanced status code in the last line of a whole reply, whose lines are joined by LF. *n is 0 if there is none. */
const char *smtp_enhanced_of(const char *reply, size_t *n);

/* Fill e with "WHAT: " and the text of a reply, its lines joined by a space. -1. */
int smtp_reply_error(const char *what, int code, const char *text, int status, struct err *e);

/* Fill e from p->reply ("RCPT TO:<x>: 550 5.1.1 …"), lines joined by a space; 421 ends the session. -1. */
int smtp_refused(struct smtp *p, struct err *e);

/* EHLO or LHLO, unless it was sent; after a 5xx to EHLO, HELO (RFC 5321, section 3.2). Sets pipelining. */
int smtp_ehlo(struct smtp *p, struct err *e);

/* HELO in any case. */
int smtp_helo(struct smtp *p, struct err *e);

/* Is the last reply a challenge of AUTH (RFC 4954), so that the next line is a response? */
static inline bool
smtp_wants_response(const struct smtp *p)
{
	return p->reply.code == 334;
}

/* Is the last reply a 354, or a challenge: would a command become part of a message or of a login? */
static inline bool
smtp_wants_data(const struct smtp *p)
{
	return p->reply.code == 354 || p->reply.code == 334;
}

/* Discard the reply to EHLO: TLS is established (RFC 3207, section 4.2). */
void smtp_forget(struct smtp *p);

/* STARTTLS (RFC 3207). *go: the server accepts, TLS may begin; else e has the reason. */
int smtp_starttls(struct smtp *p, bool *go, struct err *e);

/* AUTH (RFC 4954) with the mechanisms of login_run. EX_NOPERM, EX_TEMPFAIL. */
int smtp_login(struct smtp *p, const struct login *l, struct err *e);

/*
 * Send one command of n octets and read its reply; 2xx and 3xx are success. Traces and errors have `shown` in place of
 * it. After MAIL, RCPT, RSET, HELO and EHLO, p->open and p->accepted are updated.
 */
int smtp_command(struct smtp *p, const char *line, size_t n, const char *shown, struct err *e);

#endif
