/* install: the links that make the one binary many. */
#ifndef CMD_INSTALL_H
#define CMD_INSTALL_H

#include <stdbool.h>

/*
 * Make a link to the running program in dir for each applet: symbolic to its absolute path, or hard. `called` is
 * argv[0]. Links that lead to a mailnet, also to another version of it, are replaced. Nothing else is
 * overwritten: such a name gets a line on stderr, and the other links are made all the same. The exit
 * status: 0, EX_CANTCREAT, EX_OSERR.
 */
int install_links(const char *called, const char *dir, bool hard);

#endif
