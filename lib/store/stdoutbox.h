/*
 * stdoutbox: a descriptor, in practice stdout, as a store: as mbox (mboxrd), or raw. Publish writes
 * out all there is and, into a regular file, syncs it. A message that is broken off leaves on the
 * descriptor what was written of it.
 */
#ifndef STORE_STDOUTBOX_H
#define STORE_STDOUTBOX_H

#include <stdbool.h>

struct err;
struct store;

/*
 * fd is borrowed, and nobody else may have buffered output for it meanwhile. raw: messages as they
 * are, without frame or quoting. Writing: EX_IOERR; EX_SIGNAL + SIGPIPE when the reader has gone.
 */
struct store *stdoutbox_open(int fd, bool raw);

#endif
