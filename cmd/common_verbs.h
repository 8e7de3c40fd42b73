/*
 * common_verbs: the verbs that several protocols share: info, has, welcome, quit, cmd, decode.
 *
 * A protocol supplies the facts about the server; TLS, certificate and pins are added here.
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

/*
 * After client_open has failed: if TLS is established with a server that failed verification, print the
 * record of `info` with its certificate. No command is sent to that server. Errors of the output are ignored, because the
 * caller reports the failed verification.
 */
void info_print_distrusted(struct session *s);

/* The capabilities alone: {NAME: [ARG…], …} as one JSON object, or "NAME ARG…" lines. */
int caps_print(struct session *s, const struct buf *lines, struct err *e);

/* Print a reply: as a record {"code", "text"}, or as text, the lines as received with their codes. */
int reply_print(struct session *s, int code, const char *text, size_t n, struct err *e);

/* Print the reply in the client's result. */
int result_print(struct session *s, struct err *e);

/*
 * Print the block that follows a status line: its lines as received, or {"line"} records. Errors
 * are those of the connection and of the output.
 */
int block_print(struct session *s, struct err *e);

/*
 * Verbs that are the same in all protocols; each is a `run` of a verb row. info prints, in JSON, one object: greeting,
 * software, capabilities {NAME: [ARG…]}, limits {NAME: N}, compression (only if it is in use), tls {version, cipher,
 * verified, resumed, problem} or null, certificate (with its chain) or null, pins; in text, "key: value" lines. has is
 * EX_NO without a text if the capability is not offered.
 */
int info_run(struct session *s, const struct args *a, struct err *e);
int caps_run(struct session *s, const struct args *a, struct err *e);
int has_run(struct session *s, const struct args *a, struct err *e);
int cmd_run(struct session *s, const struct args *a, struct err *e);
int welcome_run(struct session *s, const struct args *a, struct err *e);
int quit_run(struct session *s, const struct args *a, struct err *e);
int decode_run(struct session *s, const struct args *a, struct err *e);

/* The options of cmd where a block may follow a reply. */
extern const struct opt cmd_opts[];

/* reads_stdin of the row of decode: true without a TEXT operand. */
bool decode_reads_stdin(const struct args *a);

#endif
