/*
 * caps: the capabilities of NNTP and POP3 and the extensions of SMTP, as their replies list them: a line each, ended by
 * LF here, with a name and arguments separated by blanks.
 */
#ifndef PROTO_CAPS_H
#define PROTO_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

/* One capability; borrowed from the lines. */
struct cap {
	const char *name, *args;
	size_t name_len, args_len;
};

/* Get the next capability in the lines from *p to end; empty lines are skipped. False: no more lines. */
bool caps_next(const char **p, const char *end, struct cap *cap);

/* Find the capability with this name (any case). False: it is not offered. */
bool caps_find(const struct buf *lines, const char *name, struct cap *cap);

/* The first argument of the first capability with this name (any case), if it is a number. False: there is none. */
bool caps_number(const struct buf *lines, const char *name, uint64_t *number);

/* Is this word (any case) among the arguments? */
bool cap_has_arg(const struct cap *cap, const char *arg);

/* Do they have the same name (any case)? */
bool cap_same_name(const struct cap *a, const struct cap *b);

/* All as an array, which the caller frees. Returns their number. */
size_t caps_split(const struct buf *lines, struct cap **caps);

/* Append a label, "NAME ARG…" and LF for each capability. */
void caps_add_lines(const struct buf *lines, const char *label, struct buf *out);

/* Write them as a JSON value: {NAME: [ARG…], …}. Several lines with one name become one key. */
void caps_json(struct json *j, const struct buf *lines);

#endif
