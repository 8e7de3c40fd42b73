/* secure: a program file with the set-user-ID or set-group-ID bit, or with capabilities (AT_SECURE). */
#ifndef CMD_SECURE_H
#define CMD_SECURE_H

#include <stdbool.h>

struct err;

/*
 * First of all: refuse (EX_OSERR) to run with more rights than the caller has, since options and environment would
 * let the caller use them. The sendmail applet may be set-group-ID, for the host's spool and configuration: its
 * command line names no files, its environment is replaced, and of the configuration only the system's file counts.
 */
int secure_start(bool sendmail, struct err *e);

#endif
