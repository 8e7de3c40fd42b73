/*
 * secure: the rights and descriptors with which the program starts: a program file with the set-user-ID or set-group-ID
 * bit or with capabilities (AT_SECURE), and closed standard descriptors.
 */
#ifndef BASE_SECURE_H
#define BASE_SECURE_H

struct err;

/*
 * Call this early in main. Refuse (EX_OSERR) to run with more rights than the caller has, since options and environment
 * would let the caller use these rights. A program that may be set-group-ID passes in `config` the one configuration
 * file that it reads then: the environment is replaced, and MAILNET_CONFIG names that file ("" if it is missing). NULL:
 * the program may not be set-group-ID.
 */
int secure_start(const char *config, struct err *e);

/*
 * If a standard descriptor is closed, the next file or socket would get its number. Open /dev/null in its place, in
 * the wrong direction: reading must fail instead of giving an empty message, and writing must fail too. Returns 0, or -1
 * if /dev/null cannot be opened.
 */
int secure_descriptors(void);

#endif
