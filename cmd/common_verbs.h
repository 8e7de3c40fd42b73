/*
 * common_verbs: what verbs of several protocols have in common: info, has, welcome, quit, cmd, decode.
 *
 * A protocol says what it knows of the server; the connection's own part (TLS, certificate, pins) is
 * added here.
 */
#ifndef CMD_COMMON_VERBS_H
#define CMD_COMMON_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/session.h"
#include "cmd/verb.h"

/* One capability or extension with its arguments, separated by blanks. Borrowed octets. */
struct info_cap {
	const char *name;
	size_t name_len;
	const char *args;
	size_t args_len;
};

/* A number the server or the protocol sets: "SIZE" 10240000. Borrowed. */
struct info_limit {
	const char *name;
	uint64_t value;
};

/* What a protocol knows; the greeting is taken from the session. */
struct info {
	const char *software; /* NULL or "": not told */
	const struct info_cap *caps;
	size_t ncaps;
	const struct info_limit *limits;
	size_t nlimits;
};

/*
 * The `info` record. JSON: one object greeting, software, capabilities {NAME: [ARG…]}, limits {NAME:
 * N}, tls {version, cipher, verified, problem} or null, certificate (with its chain) or null, pins. Text: "key: value" lines.
 * Errors are those of the output.
 */
int info_print(struct session *s, const struct info *i, struct err *e);

/*
 * After session_open has failed: if TLS stands with a server that is not trusted, the same record, of what the
 * connection shows. Nothing was sent to such a server and nothing is.
 * What failed then is the error to tell, whatever becomes of this.
 */
void info_print_distrusted(struct session *s);

/* The capabilities alone: {NAME: [ARG…], …} as one JSON object, or "NAME ARG…" lines. */
int caps_print(struct session *s, const struct info_cap *caps, size_t ncaps, struct err *e);

/* The same object inside a larger record, where the value of a key is due. */
void caps_json(struct out *o, const struct info_cap *caps, size_t ncaps);

/* Take a capability line ("AUTH PLAIN LOGIN") apart; cap borrows from it. */
void caps_split(const char *line, size_t n, struct info_cap *cap);

/* The answer of `has`: the record, and EX_NO without a text where it is not offered. */
int has_print(struct session *s, const char *name, bool offered, struct err *e);

/* A reply as a record {"code", "text"}; as text its lines as received, each with its code. */
int reply_print(struct session *s, int code, const char *text, size_t n, struct err *e);

/*
 * The block behind a status line that was read: its lines as they are, or {"line"} records. Errors
 * are those of the connection and of the output.
 */
int block_print(struct session *s, struct err *e);

/* The operands from the first-th on, joined by one space, appended to out. CR, LF: EX_DATAERR. */
int cmd_line_join(const struct args *a, int first, struct buf *out, struct err *e);

/*
 * What of a command line may show in traces and errors, appended to shown: not what stands behind a
 * password's command, nor the answer to a challenge.
 */
void cmd_line_show(const char *line, bool response, struct buf *shown);

/* Verbs that are the same in all protocols; each is a `run` of a verb row. */
int welcome_run(struct session *s, const struct args *a, struct err *e);
int quit_run(struct session *s, const struct args *a, struct err *e);
int decode_run(struct session *s, const struct args *a, struct err *e);

/* For the row of decode: it reads stdin where there is no TEXT. */
bool decode_reads_stdin(const struct args *a);

#endif
