/*
 * nntp_spec: which articles a command names: numbers, ranges, a message-id (RFC 3977, section 6.2), and lists of these.
 */
#ifndef PROTO_NNTP_SPEC_H
#define PROTO_NNTP_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "proto/nntp.h"

/*
 * Numbers first to last, both included, or a message-id (borrowed), or the current article. A named
 * spec is one article that must exist: it is not clipped, and reported if it is missing. A spec with a group (borrowed)
 * is not an article: the numbers after it are those of this group.
 */
struct nntp_spec {
	uint64_t first, last;
	const char *msgid, *group;
	bool current, named;
};

static inline bool
nntp_spec_is_range(const struct nntp_spec *spec)
{
	return spec->msgid == NULL && spec->group == NULL && !spec->current;
}

/*
 * Parse an argument into a spec: "A-B", "A-" (which ends at NNTP_NUMBER_MAX) or "A"; or a message-id, which is
 * borrowed. what: the forms that are allowed, for the error. EX_DATAERR.
 */
int nntp_spec_range(struct nntp_spec *spec, const char *word, const char *what, struct err *e);
int nntp_spec_msgid(struct nntp_spec *spec, const char *word, struct err *e);

/* Parse a number, a range or a message-id. */
int nntp_spec_parse(struct nntp_spec *spec, const char *word, struct err *e);

/* Is the article of a spec, parsed from word, given by its own number or message-id? Then it is a named one. */
bool nntp_spec_names(const struct nntp_spec *spec, const char *word);

/*
 * Can this be the name of a group in a command: not empty, without blanks and control characters, not too long?
 * EX_DATAERR.
 */
int nntp_group_check(const char *name, struct err *e);

/* Does the word look like a range or a message-id, and so not like the name of a group? */
bool nntp_spec_looks_like(const char *word);

/* A growing list of specs. The owner frees with nntp_specs_free. */
struct nntp_specs {
	struct nntp_spec *list;
	size_t n, cap;
};
void nntp_specs_add(struct nntp_specs *s, struct nntp_spec spec);
void nntp_specs_free(struct nntp_specs *s);

/* The largest number of articles that a spec, or the specs, can name; saturating. */
uint64_t nntp_spec_count(const struct nntp_spec *spec);
uint64_t nntp_specs_count(const struct nntp_specs *s);

/* Clip every range to the marks and remove empty ranges; named articles stay. */
void nntp_specs_clip(struct nntp_specs *s, const struct nntp_marks *m);

/*
 * Are these ascending ranges of numbers, without a single named article among them? Only those can be
 * narrowed by LISTGROUP.
 */
bool nntp_specs_ascend(const struct nntp_specs *s);

/* Append the form of a spec in commands: "7", "7-9", "7-", "<id>", "" for the current article. */
void nntp_spec_text(const struct nntp_spec *spec, struct buf *out);

/*
 * The most lines that a reply for the spec can have: two for each article, since a line end inside a field makes two
 * lines of one, and some more.
 */
uint64_t nntp_lines_max(const struct nntp_spec *spec);

#endif
