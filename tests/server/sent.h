/* sent.h - DIR/sent: each message that the SMTP server accepted as N.eml, and its envelope as N.env. */
#ifndef TS_SENT_H
#define TS_SENT_H

#include "options.h"

/* Opens a file for the octets of a message. -1: not wanted (--discard), or it failed (logged). */
int sent_open(const struct options *o);

/* Removes an incomplete message. fd may be -1. */
void sent_drop(int fd);

/*
 * The message is complete: store it under the next free number N; N.env holds the sender on line 1 and
 * one recipient on each further line. False if this or sent_open failed; true with --discard.
 */
bool sent_keep(const struct options *o, int fd, const char *from, char **rcpts, size_t nrcpts);

#endif
