/* maildir_make: make a new Maildir atomically. For maildir_dir.c. */
#ifndef STORE_MAILDIR_MAKE_H
#define STORE_MAILDIR_MAKE_H

struct err;
struct place;

/*
 * Make a Maildir at p durably, with mode 0700: under the draft name "NAME.TAG", then renamed. A file or directory that
 * appears at p meanwhile is not changed. EX_CANTCREAT, EX_IOERR.
 */
int maildir_make(const struct place *p, const char *tag, struct err *e);

#endif
