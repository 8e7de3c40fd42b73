/* install: the links that make the one binary many. */
#ifndef CMD_INSTALL_H
#define CMD_INSTALL_H

#include <stdbool.h>

/*
 * Make a link to the running program in dir for each applet: hard, or symbolic to its absolute path.
 * Nothing is overwritten: a name that is taken by something else gets a line on stderr, the others
 * are made all the same. A name that leads to this program already is fine. The exit status: 0,
 * EX_CANTCREAT, EX_OSERR.
 */
int install_links(const char *dir, bool symbolic);

#endif
