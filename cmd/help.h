/* help: usage and option lists, made from the rows. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/verb.h"

/* Append the text of `mailnet help` (ap NULL), of `mailnet help PROTOCOL` (v NULL) or of `mailnet help PROTOCOL VERB`. */
void help_add(struct buf *b, const struct applet *ap, const struct verb *v);

/*
 * Append the text of `mailnet help [PROTOCOL [VERB]]` or `mailnet help options`; argv: the words after `help`.
 * EX_USAGE: an unknown protocol or verb.
 */
int help_topic(struct buf *b, int argc, char **argv, struct err *e);

#endif
