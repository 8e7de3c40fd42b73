/* secure: a program file with the set-user-ID or set-group-ID bit, or with capabilities (AT_SECURE). */
#ifndef CMD_SECURE_H
#define CMD_SECURE_H

#include <stdbool.h>

struct err;

/*
 * Call this first in main. Refuse (EX_OSERR) to run with more rights than the caller has, since options and environment
 * would let the caller use these rights. The sendmail applet may be set-group-ID, for the host's spool and
 * configuration: its command line names no files, its environment is replaced, and only the system's configuration file
 * is read.
 */
int secure_start(bool sendmail, struct err *e);

#endif
