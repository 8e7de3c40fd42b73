/*
 * nntp_read: request any number of articles (or their heads, bodies, numbers) and read them in order, pipelined as far
 * as the window of the command queue allows (RFC 3977, section 6.2). The caller's loop:
 *
 *	nntp_read_init(&rd, n, NNTP_ARTICLE, &specs, NULL);
 *	while ((rc = nntp_read_next(&rd, &got, e)) > NNTP_READ_END)
 *		if (rc == NNTP_READ_ARTICLE)
 *			block_read(n->conn, sink, …)          (not for NNTP_STAT)
 *
 * The specs may select groups in between: GROUP of the next group is sent right after the commands for the articles
 * before it.
 *
 * After a failure with n->need set, the caller can make the missing step and then call nntp_read_resume: reading goes
 * on where it stopped.
 */
#ifndef PROTO_NNTP_READ_H
#define PROTO_NNTP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/nntp.h"
#include "proto/nntp_spec.h"

enum nntp_part { NNTP_STAT, NNTP_HEAD, NNTP_BODY, NNTP_ARTICLE };

/*
 * What the server has sent for one article. number is 0 if the server gives none; msgid is borrowed until the
 * next reply. Of an article passed over: gone, no later run can get it; absent, the server has no such article;
 * odd_id, it is passed over only for its message-id of more than 250 octets. by_id: it was asked for by its
 * message-id, so the number need not be one of the selected group.
 */
struct nntp_got {
	uint64_t number;
	const char *msgid;
	size_t msgid_len;
	bool gone, absent, odd_id, by_id;
	const char *group; /* NNTP_READ_GROUP and NNTP_READ_NO_GROUP: that of the spec */
};

/* A source of further specs while articles are read, such as stdin. */
struct nntp_source {
	/*
	 * Append at least one spec to `to`: NNTP_SOURCE_SPEC; the reader frees its msgid. NNTP_SOURCE_END: there are no
	 * more. NNTP_SOURCE_LATE: a reply has come first, which happens only if replies are pending. Waits until one of
	 * these is true, after flushing.
	 */
	int (*next)(struct nntp_source *s, bool pending, struct nntp_specs *to, struct err *e);
};
enum { NNTP_SOURCE_END, NNTP_SOURCE_SPEC, NNTP_SOURCE_LATE };

struct nntp_reader {
	struct nntp *n;
	enum nntp_part part;
	struct nntp_spec *specs;
	size_t nspecs;
	struct nntp_specs *list;    /* the owner's, with the specs above */
	struct nntp_source *source; /* NULL: the list has all specs */
	bool ended;                 /* the source has no more */
	uint64_t limit;             /* no more articles than this */
	bool groups;                /* the specs select groups */
	bool refused; /* the command at `got` was refused, and so is the rest of the group */
	bool quit;    /* send QUIT after the last command */
	bool quit_put;

	size_t put, got;         /* specs under way: being sent, being answered */
	uint64_t put_at, got_at; /* numbers within them */
	uint64_t
		upto; /* the highest number that was answered, in whatever way; the owner sets 0 for another group */
	uint64_t found, missing;
	struct buf
		missing_reply; /* the first reply that counted as missing; the caller's to free */
	struct err first_missing; /* the same as an error */
};

/*
 * The specs are borrowed until the end, and nntp_read_resume may change them. If the first spec is the group that is
 * selected, GROUP is not sent for it. With a source, specs that were answered are removed from the list, so that it
 * holds no more than the window of commands has room for; each in it has an allocated msgid or none.
 */
void nntp_read_init(struct nntp_reader *rd, struct nntp *n, enum nntp_part part,
	struct nntp_specs *specs, struct nntp_source *source);

/* Free what the reader holds, and with a source the msgids that are left. */
void nntp_read_free(struct nntp_reader *rd);

/* The results of nntp_read_next. -1: a failure; the pending replies were discarded. */
enum {
	NNTP_READ_END = 0,
	NNTP_READ_ARTICLE = 1,
	NNTP_READ_PASSED = 2,
	NNTP_READ_GROUP = 3,
	NNTP_READ_NO_GROUP = 4,
	NNTP_READ_GAP = 5
};

/*
 * The next article. NNTP_READ_ARTICLE: its block follows, unless the part is NNTP_STAT. NNTP_READ_END: all
 * were answered. NNTP_READ_PASSED: the server refused this one, or its status line is malformed: e has the reason, a
 * block has been skipped, and reading can go on. NNTP_READ_GAP: this number of a range does not exist (423, 430, 420).
 *
 * If the specs select groups: NNTP_READ_GROUP, the next articles are those of got->group. NNTP_READ_NO_GROUP, the
 * server refused to select the group, or refused an article so that the rest of the group would be refused too: e has
 * the reason. Call nntp_read_skip_group, or nntp_give_up.
 */
int nntp_read_next(struct nntp_reader *rd, struct nntp_got *got, struct err *e);

/* No article is larger than this, in octets. The server announces no size that could be a closer bound. */
#define NNTP_ARTICLE_MAX ((uint64_t)1024 * 1024 * 1024)

/* Read the block of an article, as block_read. EX_PROTOCOL if it goes on beyond NNTP_ARTICLE_MAX. */
int nntp_read_block(
	struct nntp *n, struct sink *to, unsigned flags, uint64_t *octets, struct err *e);

/*
 * After NNTP_READ_NO_GROUP or NNTP_READ_GROUP: do not ask for the other articles of this group. The replies to commands
 * for them that were sent already are read and discarded: after a refused GROUP they are about another group.
 */
int nntp_read_skip_group(struct nntp_reader *rd, struct err *e);

/*
 * Ask again for what was not answered: after a failure, when the missing step has been made. The group is selected
 * again.
 */
void nntp_read_resume(struct nntp_reader *rd);

/*
 * "220 number message-id": parse the reply to STAT, HEAD, BODY, ARTICLE, NEXT or LAST. EX_PROTOCOL for an
 * invalid number, and if whole (no article follows), for a missing number or message-id.
 */
int nntp_parse_article(const struct reply *r, bool whole, struct nntp_got *got, struct err *e);

#endif
