/*
 * own: the name of this host and the address of the user who runs the program, for fields and addresses that lack them.
 */
#ifndef CMD_OWN_H
#define CMD_OWN_H

/* The name of this host, "localhost" if it has none. The caller frees it. */
char *own_host(void);

/* "USER@host" for the user who runs the program. The caller frees it. */
char *own_address(const char *host);

#endif
