/* help: usage and option lists, made from the rows. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/verb.h"

/* Append what `mailnet help` says, or about one applet, or one verb of it. */
void help_overview(struct buf *b);
void help_applet(struct buf *b, const struct applet *ap);
void help_verb(struct buf *b, const struct applet *ap, const struct verb *v);

/* `mailnet help [PROTOCOL [VERB]]` with the words behind `help`. EX_USAGE for what is not there. */
int help_topic(struct buf *b, int argc, char **argv, struct err *e);

#endif
