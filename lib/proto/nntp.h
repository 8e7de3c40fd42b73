/*
 * nntp: what all NNTP commands share (RFC 3977, and the servers of RFC 977 and 2980 before it): the
 * state of a session, what a reply code means, groups, capabilities, and the commands that stand
 * alone at the end of what is sent: MODE READER, STARTTLS, AUTHINFO (COMPRESS: nntp_compress.h).
 *
 * Nothing here prints. Replies are in n->r until the next command's.
 */
#ifndef PROTO_NNTP_H
#define PROTO_NNTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/login.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "proto/nntp_overview.h"
#include "wire/cmdq.h"
#include "wire/conn.h"
#include "wire/reply.h"

/* The largest valid article number. RFC 3977, section 6, has 2^31 - 1; large servers exceed it. */
#define NNTP_NUMBER_MAX ((uint64_t)INT64_MAX)

/* The step that a reply demands before the command can be repeated. */
enum nntp_need {
	NNTP_NEED_NOTHING,
	NNTP_NEED_READER, /* 401 MODE-READER, or 500 from what may be a transit server: MODE READER */
	NNTP_NEED_LOGIN, /* 480 */
	NNTP_NEED_TLS,   /* 483 */
	NNTP_NEED_OTHER, /* an old server: another form of the command is used from now on */
};

/* The kind of a queued command: it decides whether a block follows the reply. */
enum nntp_tag {
	NNTP_CMD,       /* 1xx, 2xx codes that mean a block in RFC 3977 have one */
	NNTP_LISTGROUP, /* 211 has one too */
	NNTP_PLAIN,     /* no block whatever the code */
	NNTP_QUIT,
};

/* The marks in the reply to GROUP (RFC 3977, section 6.1.1). Empty group: first > last, or all are 0. */
struct nntp_marks {
	uint64_t count, first, last;
};

/* How the server compresses what it sends (nntp_compress.h). */
enum nntp_compression {
	NNTP_UNCOMPRESSED,
	NNTP_DEFLATE, /* COMPRESS DEFLATE: all octets in both directions */
	NNTP_GZIP,    /* XFEATURE COMPRESS GZIP: blocks that are marked in the status line */
	NNTP_XZ,      /* XZVER and XZHDR in place of OVER and HDR, for numbers and ranges */
	NNTP_COMPRESSION_REFUSED /* offered, but refused: do not try again */
};

enum nntp_caps_state { NNTP_CAPS_UNKNOWN, NNTP_CAPS_NONE, NNTP_CAPS_KNOWN };

struct nntp {
	struct conn *conn;
	struct cmdq *q;
	struct reply r; /* the last reply */
	bool posting;   /* the greeting or the reply to MODE READER allows posting (200) */
	enum nntp_need need;
	/* A 400 that meant "unknown command", unless the server closes; status 0: none. */
	struct err deferred;
	struct buf deferred_reply; /* the reply */
	enum nntp_caps_state caps_state;
	struct buf caps; /* the lines of CAPABILITIES, each ended by LF */
	bool transit;    /* the greeting names a transit server: QUIT waits till GROUP has worked */
	bool reader_sent;  /* MODE READER was sent */
	bool reader_again; /* the reply to MODE READER was 480: send it again after the login */
	enum nntp_compression compression;
	bool must_compress; /* a refused XZVER is an error */
	bool switched; /* `cmd` has switched on TLS or compression, which mailnet can use only if it sent the command itself */
	bool old_over, old_hdr;         /* XOVER and XHDR instead of OVER and HDR */
	bool over_known;                /* OVER or XOVER has worked */
	bool old_listgroup;             /* LISTGROUP without a range */
	bool format_known, format_told; /* LIST OVERVIEW.FMT was asked; and it was answered */
	struct overview_format format;
	bool in_group; /* marks and name are those of the group selected last */
	struct nntp_marks marks;
	struct buf group; /* empty: the server has selected a group by itself */
};

extern const struct reply_rule nntp_rule;

/* The state of a new connection; both are borrowed for its life. */
struct nntp *nntp_new(struct conn *c, struct cmdq *q);
void nntp_free(struct nntp *n);

/* Judge the greeting (RFC 3977, section 5.1): EX_TEMPFAIL for 400, EX_UNAVAILABLE for 502. */
int nntp_greeting(struct nntp *n, const struct reply *greeting, struct err *e);

/* ---- replies ------------------------------------------------------------------------------------ */

/*
 * Fill e from the last reply, an unwanted one: "GROUP no.such: 411 No such group", its class by the
 * table of codes. n->need is the step that would help; after 400 the connection is dead. Returns -1.
 */
int nntp_refused(struct nntp *n, struct err *e);

/*
 * Does a refusal with this code concern more than the requested record? Then the next record would be refused too, or a
 * step must be made first.
 */
bool nntp_refuses_all(int code);

/* Read the next reply of the pipeline into n->r. As cmdq_reply. */
int nntp_reply(struct nntp *n, int *tag, struct err *e);

/* Does a block follow? */
bool nntp_has_block(int tag, int code);

/*
 * The next reply of the pipeline is useless, for example because GROUP before it was refused: read it into n->r, and
 * discard its block. 400 is an error only if the connection is lost, as after nntp_step_refused. Errors as nntp_reply.
 */
int nntp_discard_reply(struct nntp *n, struct err *e);

/* The pipeline has failed: read and discard the replies that are pending, with their blocks. */
int nntp_abandon(struct nntp *n, struct err *e);

/*
 * The pipeline has failed with an error that is set already: nntp_abandon, without a second error. If the connection is
 * lost, no step helps (n->need). Returns -1.
 */
int nntp_give_up(struct nntp *n);

/* nntp_refused, then nntp_give_up. Returns -1. */
int nntp_fail(struct nntp *n, struct err *e);

/*
 * The last reply refused a command that mailnet can do without, or that has an older form. 400 means "unknown
 * command" to some servers: if the connection stays open, the session goes on; if not, the error of the next
 * reply is this 400. nntp_step_refused: 0: go on without the command; -1: a step must be made first (401, 480,
 * 483), as nntp_fail. nntp_fail_older: as nntp_fail, with n->need NNTP_NEED_OTHER: the command is unknown, an older
 * form is used from now on.
 */
int nntp_step_refused(struct nntp *n, struct err *e);
int nntp_fail_older(struct nntp *n, struct err *e);

/*
 * A line of the block after the last reply is malformed: EX_PROTOCOL, with what is wrong and
 * the line, and the connection is dead. Returns -1.
 */
int nntp_bad_line(struct nntp *n, const char *what, const char *p, size_t len, struct err *e);

/*
 * The same as an error alone: the line can be passed over, and the block goes on. Returns -1.
 */
int nntp_odd_line(struct nntp *n, const char *what, const char *p, size_t len, struct err *e);

/* One command alone and its reply, of any code. */
int nntp_ask(struct nntp *n, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same; any other code than good is nntp_refused. 0: n->r has the reply. */
int nntp_want(struct nntp *n, int good, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- capabilities (RFC 3977, section 5.2) ------------------------------------------------------- */

/* Send CAPABILITIES unless they are known. A server without this command has none, which is not an error. */
int nntp_capabilities(struct nntp *n, struct err *e);

/* In a pipeline: queue CAPABILITIES; its reply is next. */
int nntp_put_capabilities(struct nntp *n, struct err *e);
int nntp_take_capabilities(struct nntp *n, struct err *e);

/*
 * After nntp_take_capabilities: 0 if the reply lists the capabilities, or means that the server does not know the
 * command; other replies are errors, as nntp_fail.
 */
int nntp_check_capabilities(struct nntp *n, struct err *e);

/* Discard the capabilities: TLS, MODE READER, a login and COMPRESS change them. */
void nntp_forget_capabilities(struct nntp *n);

/* Is the capability with this name (any case) offered? */
bool nntp_cap(const struct nntp *n, const char *name);

/* Is that word (any case) among the arguments of the capability? */
bool nntp_cap_arg(const struct nntp *n, const char *name, const char *arg);

/* ---- commands that end a pipeline --------------------------------------------------------------- */

/*
 * MODE READER (RFC 3977, section 5.3), once. A refusal by 480 is tried again after the login; a server
 * that does not know it is a reader. EX_UNAVAILABLE for 502.
 */
int nntp_mode_reader(struct nntp *n, struct err *e);

/* MODE READER if it was asked for or MODE-READER is among the known capabilities. */
int nntp_make_reader(struct nntp *n, bool asked, struct err *e);

/* STARTTLS (RFC 4642, section 2.2): *go is true if TLS may begin; if not, e has the reason. */
int nntp_starttls(struct nntp *n, bool *go, struct err *e);

/*
 * Log in by AUTHINFO USER or SASL (RFC 4643). *did stays false if the login is optional (credentials of a netrc default
 * entry) and the server offers no login. EX_NOPERM, EX_TEMPFAIL, EX_PROTOCOL.
 */
int nntp_login(struct nntp *n, const struct login *l, bool *did, struct err *e);

/* Read the reply to QUIT, after putting it if `put`. A lost connection is not an error here. */
int nntp_quit(struct nntp *n, bool put, struct err *e);

/* ---- groups ------------------------------------------------------------------------------------- */

/* "211 count first last [name]" into marks; EX_PROTOCOL if the numbers are missing or invalid. */
int nntp_parse_marks(const struct reply *r, struct nntp_marks *m, struct err *e);

/*
 * The last reply is a 211 to GROUP or LISTGROUP: note its marks, and its name if it has one. Errors as
 * nntp_parse_marks.
 */
int nntp_selected(struct nntp *n, struct err *e);

/* The server has selected no group, or one that is not known here. */
void nntp_forget_group(struct nntp *n);

/* Is this the group that is selected? NULL: no. */
bool nntp_is_selected(const struct nntp *n, const char *group);

/* In a pipeline: queue GROUP; its reply is next: n->marks. Failure abandons the pipeline. */
int nntp_put_group(struct nntp *n, const char *group, struct err *e);
int nntp_take_group(struct nntp *n, struct err *e);

/*
 * The last reply is that to GROUP, for one group of several: selected, as nntp_take_group; or refused for reasons that
 * need not hold for other groups, or malformed: e is filled, and the pipeline is read on. -1: other groups would be
 * refused too; the pipeline is abandoned.
 */
enum { NNTP_GROUP_SELECTED = 0, NNTP_GROUP_REFUSED = 1 };
int nntp_judge_group(struct nntp *n, struct err *e);

/* Does this code mean that the replies are out of sync, or that the server would refuse every other group too? */
static inline bool
nntp_refuses_groups(int code)
{
	return code <= 400 || code == 500;
}

#endif
