/* install: `mailnet --install`, the links that give the binary its applet names. */
#ifndef CMD_INSTALL_H
#define CMD_INSTALL_H

#include <stdbool.h>

/*
 * Make a link to the running program in dir for each applet: symbolic to its absolute path, or hard. `called` is
 * argv[0]. Links to a mailnet, also to another version, are replaced. Any other existing file is kept and
 * reported on stderr, and the other links are still made. Returns the exit status: 0, EX_CANTCREAT, EX_OSERR.
 */
int install_links(const char *called, const char *dir, bool hard);

#endif
