/*
 * nntp_read: any number of articles (or their heads, bodies, numbers) through the window, in order
 * (RFC 3977, section 6.2). The caller pulls:
 *
 *	nntp_read_init(&rd, n, NNTP_ARTICLE, specs, nspecs);
 *	while ((rc = nntp_read_next(&rd, &got, e)) == 1)
 *		block_read(n->conn, sink, …)          (not for NNTP_STAT)
 *
 * After a failure with n->need set, the missing step can be made and the reading goes on where it
 * stopped: nntp_read_resume.
 */
#ifndef PROTO_NNTP_READ_H
#define PROTO_NNTP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/nntp.h"

enum nntp_part { NNTP_STAT, NNTP_HEAD, NNTP_BODY, NNTP_ARTICLE };

/*
 * Numbers first to last, both included, or a message-id (borrowed), or the current article. What was
 * named is one article that must be there: not clipped, and told if it is missing.
 */
struct nntp_spec {
	uint64_t first, last;
	const char *msgid;
	bool current, named;
};

/* A growing list of specs. The owner frees with nntp_specs_free. */
struct nntp_specs {
	struct nntp_spec *list;
	size_t n, cap;
};
void nntp_specs_add(struct nntp_specs *s, struct nntp_spec spec);
void nntp_specs_free(struct nntp_specs *s);

/* How many articles at most these are, saturating. */
uint64_t nntp_specs_count(const struct nntp_specs *s);

/* Clip every range to the marks; what is outside goes, but for what was named. */
void nntp_specs_clip(struct nntp_specs *s, const struct nntp_marks *m);

/*
 * In a flight: the reply to LISTGROUP (put with NNTP_LISTGROUP) is next; what it lists is kept of the
 * ranges, so that no number is asked for in vain. A server without LISTGROUP: the specs stay.
 */
int nntp_take_listgroup(struct nntp *n, struct nntp_specs *s, struct err *e);

/* What came: the number is 0 where the server gives none; msgid is borrowed until the next reply. */
struct nntp_got {
	uint64_t number;
	const char *msgid;
	size_t msgid_len;
};

struct nntp_reader {
	struct nntp *n;
	enum nntp_part part;
	const struct nntp_spec *specs;
	size_t nspecs;
	bool quit; /* QUIT goes behind the last command */
	bool quit_put;

	size_t put, got;         /* specs under way: being sent, being answered */
	uint64_t put_at, got_at; /* numbers within them */
	uint64_t found, missing, named_missing;
	struct buf missing_reply; /* the server's words, the caller's to free */
	struct err first_missing; /* what the server said of the first, rather of the first named */
};

/* The specs are borrowed until the end. */
void nntp_read_init(struct nntp_reader *rd, struct nntp *n, enum nntp_part part,
	const struct nntp_specs *specs);

/*
 * The next article that is there: 1, its block follows unless NNTP_STAT; 0: that was the last; -1. What
 * is missing (423, 430, 420) is counted and passed over. A failure throws away what was under way.
 */
int nntp_read_next(struct nntp_reader *rd, struct nntp_got *got, struct err *e);

/* Ask again for what was not answered: after a failure, when the missing step has been made. */
void nntp_read_resume(struct nntp_reader *rd);

/*
 * "220 number message-id": what a reply to STAT, HEAD, BODY, ARTICLE, NEXT, LAST tells. EX_PROTOCOL for
 * what is no number, and where the whole is needed (no article follows), for less than both.
 */
int nntp_parse_article(const struct reply *r, bool whole, struct nntp_got *got, struct err *e);

#endif
