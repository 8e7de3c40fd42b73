/*
 * nntp_lists: the blocks of LIST, XGTITLE, NEWGROUPS, NEWNEWS, HDR, XHDR and LISTGROUP, line by line. nntp_command.h
 * has the commands.
 */
#ifndef PROTO_NNTP_LISTS_H
#define PROTO_NNTP_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sink.h"
#include "proto/nntp.h"
#include "proto/nntp_spec.h"

/* The lines of a block, and the words into which each is split. */
enum nntp_list_kind {
	NNTP_LIST_LINES, /* any text; one word */
	NNTP_LIST_ACTIVE, /* group, last, first, flag (RFC 3977, section 7.6.3); a missing word is empty */
	NNTP_LIST_DESCRIPTIONS, /* group, description, with white space between (section 7.6.6) */
	NNTP_LIST_MSGIDS,       /* of NEWNEWS: a message-id */
	NNTP_LIST_NUMBERS,      /* of LISTGROUP: an article number (section 6.1.2) */
	NNTP_LIST_HEADERS /* of HDR, XHDR, XPAT: an article number (0 for a message-id), the value */
};

/* The kind of the lines of LIST with this keyword (any case; NULL: without one). */
enum nntp_list_kind nntp_list_kind(const char *keyword);

/*
 * The operands of LIST, each or NULL. Every server supports LIST without a keyword, for ACTIVE. A first word that is a
 * pattern and not a keyword, without a second one, is the pattern.
 */
void nntp_list_words(const char **keyword, const char **pattern);

/* A block that is read line by line. */
struct nntp_list {
	struct nntp *n;
	enum nntp_list_kind kind;
	const struct nntp_spec *spec;
	/* Private. */
	uint64_t octets, lines;
	bool marked; /* the marks of n bound the numbers */
	uint64_t before;
};

/* Borrowed until the next line. */
struct nntp_record {
	struct nntp_span line, words[4];
	uint64_t number; /* of NNTP_LIST_NUMBERS */
};

/* The longest list in octets: the lists of the largest servers have a tenth of this. */
#define NNTP_LIST_MAX (UINT64_C(256) * 1024 * 1024)

/*
 * Begin to read the block after the reply in n->r. spec (borrowed): the articles that HDR asked for, and the range of
 * the numbers of LISTGROUP that are wanted, since an old server may ignore the range; else NULL.
 */
void nntp_list_begin(struct nntp_list *l, struct nntp *n, enum nntp_list_kind kind,
	const struct nntp_spec *spec);

/*
 * The next line: good; skipped silently, as it means "no article" or is outside the range; skipped with e filled,
 * because it is malformed; skipped because its message-id has more than 250 octets. Or NNTP_LIST_END. -1: as
 * block_line; EX_PROTOCOL, and the connection is dead: a list beyond NNTP_LIST_MAX, more lines of HDR than
 * nntp_lines_max, numbers that do not ascend or lie outside the marks that the server has sent.
 */
enum { NNTP_LIST_END, NNTP_LINE_GOOD, NNTP_LINE_NONE, NNTP_LINE_MALFORMED, NNTP_LINE_LONG_ID };
int nntp_list_next(struct nntp_list *l, struct nntp_record *r, struct err *e);

/* The whole block into a sink, as block_read, with the limit NNTP_LIST_MAX. */
int nntp_list_read(struct nntp *n, struct sink *to, unsigned flags, struct err *e);

/*
 * The largest number of runs that are kept (about 32 MiB). Numbers after them are requested one by one, so that
 * memory is bounded whatever the server lists.
 */
#define NNTP_RUNS_MAX 1000000

/*
 * In a pipeline: queue LISTGROUP for the numbers of the ascending ranges in s; read its reply, and keep of these ranges
 * only the numbers that the server lists. If the server refuses the command, the ranges stay as they are. If it refuses
 * only a range in the command, n->need is NNTP_NEED_OTHER, and LISTGROUP is sent without it from then on.
 */
int nntp_put_listgroup(
	struct nntp *n, const char *group, const struct nntp_specs *s, struct err *e);
int nntp_take_listgroup(struct nntp *n, struct nntp_specs *s, struct err *e);

#endif
