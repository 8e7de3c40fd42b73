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

/*
 * A line of a block: good; skipped silently, as it means "no article"; skipped with e filled, because it is
 * malformed; skipped because its message-id has more than 250 octets.
 */
enum nntp_line { NNTP_LINE_GOOD, NNTP_LINE_NONE, NNTP_LINE_MALFORMED, NNTP_LINE_LONG_ID };

/* The longest list in octets: the lists of the largest servers have a tenth of this. */
#define NNTP_LIST_MAX (UINT64_C(256) * 1024 * 1024)

/*
 * The next line of a list, as block_line. *octets (begin with 0) counts the content; beyond NNTP_LIST_MAX it is
 * EX_PROTOCOL and the connection is dead.
 */
int nntp_list_line(struct nntp *n, uint64_t *octets, char **p, size_t *len, struct err *e);

/* The whole block into a sink, as block_read, with the same limit. */
int nntp_list_read(
	struct nntp *n, struct sink *to, unsigned flags, uint64_t *octets, struct err *e);

/* "group last first flag" (RFC 3977, section 7.6.3). A word that is missing is empty. */
enum nntp_line nntp_active_line(
	struct nntp *n, const char *p, size_t len, struct nntp_span words[4], struct err *e);

/* "group TAB description", with any white space between (RFC 3977, section 7.6.6). */
void nntp_description_line(
	const char *p, size_t len, struct nntp_span *group, struct nntp_span *description);

/* A line of NEWNEWS: a message-id. */
enum nntp_line nntp_newnews_line(struct nntp *n, const char *p, size_t len, struct err *e);

/*
 * The next line of HDR or XHDR for the spec; *seen (begin with 0) counts them. 1 with *kind, the number (0 for a
 * message-id) and the value; as block_line otherwise. EX_PROTOCOL also for more lines than nntp_lines_max.
 */
struct nntp_hdr_line {
	enum nntp_line kind;
	struct nntp_span whole, number, value;
};
int nntp_hdr_next(struct nntp *n, const struct nntp_spec *spec, uint64_t *seen,
	struct nntp_hdr_line *line, struct err *e);

/*
 * The numbers in the block of a LISTGROUP reply (RFC 3977, section 6.1.2): they must ascend, and lie within
 * the marks if the server has sent them.
 */
struct nntp_numbers {
	struct nntp *n;
	bool marked; /* the marks of n bound the numbers */
	uint64_t before;
};

/* The 211 to LISTGROUP is in n->r: note its marks, and prepare to read its block. */
void nntp_numbers_begin(struct nntp_numbers *l, struct nntp *n);

/*
 * One line of the block: 1, and the number; 0: the line is not a number, e is filled (EX_PROTOCOL) and the
 * block goes on. -1: the numbers do not ascend or leave the marks, EX_PROTOCOL, and the connection is dead.
 */
int nntp_numbers_line(
	struct nntp_numbers *l, const char *p, size_t len, uint64_t *number, struct err *e);

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
