/*
 * nntp_command: a command that is the last one of its pipeline: its text, the reply code of success, and an older form
 * for servers that do not know it. client/nntp_steps.h sends it and reads its reply:
 *
 *	struct nntp_command c = nntp_date();
 *	nntp_run_command(client, &c, e)      n->r has the reply; c is freed
 */
#ifndef PROTO_NNTP_COMMAND_H
#define PROTO_NNTP_COMMAND_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/nntp.h"
#include "proto/nntp_spec.h"

struct nntp_command {
	const char *
		group; /* select it in the same pipeline, before the command; NULL: do not. Borrowed */
	enum nntp_tag tag;
	int good; /* the reply code of success */
	struct buf line;
	/* The older form, used after one of these reply codes; old_good 0: it does not exist. */
	int old_good;
	struct buf old_line;
	int old_codes[4]; /* ended by 0 */
	bool use_old;
	bool is_hdr; /* HDR: n->old_hdr stands for use_old, so that the session uses XHDR from then on */
	bool is_range; /* HDR: of a range, so that XZHDR can take its place */
	bool is_group; /* GROUP: the reply has the marks */
	bool rfc977;   /* not in RFC 3977: after 500, MODE READER does not help */
};

/* Queue the command, without its group; read its reply. -1: as nntp_fail, with n->need set. */
int nntp_command_put(struct nntp *n, struct nntp_command *c, struct err *e);
int nntp_command_take(struct nntp *n, struct nntp_command *c, struct err *e);

/* May QUIT follow in the same pipeline? Not if the older form may be needed; but nearly all servers support HDR. */
bool nntp_command_is_last(const struct nntp_command *c);

void nntp_command_free(struct nntp_command *c);

/* Append the text of DATE's reply, the last one, as "2026-11-20T12:34:56Z". EX_PROTOCOL: it has no date. */
int nntp_date_text(const struct nntp *n, struct buf *date, struct err *e);

/* DATE, HELP (a block follows), SLAVE (RFC 977), NEXT, LAST, XPATH (RFC 2980), GROUP: RFC 3977, sections 6 and 7. */
struct nntp_command nntp_date(void);
struct nntp_command nntp_help(void);
struct nntp_command nntp_slave(void);
struct nntp_command nntp_next(void);
struct nntp_command nntp_last(void);
struct nntp_command nntp_xpath(const char *msgid);
struct nntp_command nntp_group(const char *name);

/*
 * LISTGROUP; group NULL: the current one, for which no range can be sent. With a range (or NULL); a server of RFC 2980
 * gets the command without the range, and then lists the whole group. nntp_lists.h reads the block.
 */
struct nntp_command nntp_listgroup(const char *group, const struct nntp_spec *range);

/*
 * HDR, or XZHDR where that is in use, else XHDR (RFC 2980), with group as in nntp_command. nntp_lists.h reads the
 * block.
 */
struct nntp_command nntp_hdr(const char *field, const char *group, const struct nntp_spec *spec);

/*
 * XPAT (RFC 2980, section 2.9) without its patterns, each to be appended after a blank. The block is as that of XHDR.
 */
struct nntp_command nntp_xpat(const char *field, const char *group, const struct nntp_spec *spec);

/* LIST with a keyword (any case) and a pattern, each or NULL; a keyword of NULL with a pattern is ACTIVE. */
struct nntp_command nntp_list(const char *keyword, const char *pattern);

/* LIST NEWSGROUPS, else XGTITLE (RFC 2980, section 2.7). */
struct nntp_command nntp_descriptions(const char *pattern);

/*
 * NEWGROUPS and NEWNEWS. CAPABILITIES must have been answered: a server that does not know this command follows RFC
 * 977, and gets two digits for the year.
 */
struct nntp_command nntp_newgroups(const struct nntp *n, time_t since);
struct nntp_command nntp_newnews(const struct nntp *n, const char *wildmat, time_t since);

/* ---- any command -------------------------------------------------------------------------------- */

/*
 * Send a line as it is, read its reply, and note what the command changes in the session: the group, the mode, TLS or
 * compression (then n->switched). `shown` stands for the line in traces and errors. -1 with a reply code in e: refused.
 */
int nntp_any(struct nntp *n, const char *shown, const struct buf *line, struct err *e);

/* Is the next line a response to a challenge, so that it may hold a secret? */
bool nntp_wants_response(const struct nntp *n);

/* Is the last reply that to QUIT (205); is it one of success (1xx, 2xx), so that a block may follow? */
bool nntp_is_closing(const struct nntp *n);
bool nntp_is_success(const struct nntp *n);

#endif
