/* run: an applet's command line from its words to its exit status. */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/verb.h"

/* Print e as an error of who; its status. */
int run_fail(const char *who, const struct err *e);

/* Put a text on stdout, and be sure that it arrived. Frees b. The status; an error is printed. */
int run_show(const char *who, struct buf *b);

/*
 * Run an applet by its common command line: the words after its name, which are reordered. Returns the exit
 * status.
 */
int applet_main(const struct applet *ap, int argc, char **argv);

#endif
