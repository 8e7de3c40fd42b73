/* maildir_make: a new Maildir appears whole or not at all. For maildir.c. */
#ifndef STORE_MAILDIR_MAKE_H
#define STORE_MAILDIR_MAKE_H

struct err;
struct place;

/*
 * Make a Maildir at p, mode 0700, durably: under another name that ends in tag, then renamed. If a file
 * or directory of that name appears meanwhile it stays as it is. EX_CANTCREAT, EX_IOERR.
 */
int maildir_make(const struct place *p, const char *tag, struct err *e);

#endif
