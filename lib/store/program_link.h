/* program_link: links that give the program its other names (mailnet --install). */
#ifndef STORE_PROGRAM_LINK_H
#define STORE_PROGRAM_LINK_H

#include <stdbool.h>

struct err;

/*
 * The absolute path of the running program; the caller frees it. called: argv[0], for systems without Linux's /proc,
 * where it must be a path. NULL with EX_OSERR: the path is not known.
 */
char *program_path(const char *called, struct err *e);

/*
 * Make path a link to the program at `self`: symbolic, or hard. An existing link to a mailnet, also to another
 * version, is replaced; the name exists at every moment. EX_CANTCREAT: the link cannot be made, or path is another
 * file, which is kept.
 */
int program_link(const char *self, const char *path, bool hard, struct err *e);

#endif
