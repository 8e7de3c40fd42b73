/*
 * stdoutbox: stdout as a store, as mbox (mboxrd) or raw. Publish writes the buffered octets and syncs a regular file. The
 * octets of an aborted message that were written already stay in the output.
 */
#ifndef STORE_STDOUTBOX_H
#define STORE_STDOUTBOX_H

#include <stdbool.h>

struct err;
struct store;

/*
 * fd is borrowed; the caller must not have buffered output for it while the store is open. raw: write the messages'
 * octets without From_ lines and quoting. Errors of writing: EX_IOERR; EX_SIGNAL + SIGPIPE if the reader has closed the pipe.
 */
struct store *stdoutbox_open(int fd, bool raw);

#endif
