/*
 * own: the names of this host and of the user who runs the program, for fields and addresses that lack them.
 */
#ifndef CMD_OWN_H
#define CMD_OWN_H

/* The full name of this host, else the short one (wire/own_name.h), looked up once in a run. */
const char *own_host(void);

/* The name of the user who runs the program. */
const char *own_user(void);

#endif
