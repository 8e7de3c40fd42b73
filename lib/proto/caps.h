/*
 * caps: the capabilities of NNTP and POP3 and the extensions of SMTP, as their replies list them: a line each, ended by
 * LF here, with a name and arguments separated by blanks.
 */
#ifndef PROTO_CAPS_H
#define PROTO_CAPS_H

#include <stdbool.h>
#include <stddef.h>

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

/* Is this word (any case) among the arguments? */
bool cap_has_arg(const struct cap *cap, const char *arg);

/* All as an array, which the caller frees. Returns their number. */
size_t caps_split(const struct buf *lines, struct cap **caps);

/* Append "NAME ARG…" and LF. */
void caps_add_line(const struct cap *cap, struct buf *out);

/* Write them as a JSON value: {NAME: [ARG…], …}. */
void caps_json(struct json *j, const struct cap *caps, size_t ncaps);

#endif
