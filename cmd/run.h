/* run: the table of applets, and an applet's command line from its words to its exit status. */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/verb.h"

/* The verbs of the protocols. */
extern const struct verb *const nntp_verbs[]; /* cmd/nntp/nntp.c */
extern const struct verb *const pop_verbs[];  /* cmd/pop/pop.c */
extern const struct verb *const smtp_verbs[]; /* cmd/smtp/smtp.c */

/* The sendmail applet and its links have sendmail's command line. They return the exit status. */
int sendmail_main(int argc, char **argv);
int mailq_main(int argc, char **argv);
int newaliases_main(int argc, char **argv);

/* Print e as an error of who ("mailnet pop"). Returns its status. */
int run_fail(const char *who, const struct err *e);

/* Write a text to stdout and check that it was written. Frees b. Prints an error; returns the exit status. */
int run_show(const char *who, struct buf *b);

/*
 * Open the log that the options name. Errors of log_open; in the sendmail applet they are a warning, since the program
 * that calls it would lose its message.
 */
int run_open_log(const struct options *o, const char *who, struct err *e);

/*
 * Run an applet by its common command line: the words after its name, which are reordered. Returns the exit
 * status.
 */
int applet_main(const struct applet *ap, int argc, char **argv);

#endif
