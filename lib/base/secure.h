/* secure: a program file with the set-user-ID or set-group-ID bit, or with capabilities (AT_SECURE). */
#ifndef BASE_SECURE_H
#define BASE_SECURE_H

struct err;

/*
 * Call this first in main. Refuse (EX_OSERR) to run with more rights than the caller has, since options and environment
 * would let the caller use these rights. A program that may be set-group-ID passes in `config` the one configuration
 * file that it reads then: the environment is replaced, and MAILNET_CONFIG names that file ("" if it is missing). NULL:
 * the program may not be set-group-ID.
 */
int secure_start(const char *config, struct err *e);

#endif
