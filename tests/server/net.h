/* net.h - listening on loopback and becoming a daemon; shared by testserver and relay. */
#ifndef TS_NET_H
#define TS_NET_H

#include <stdbool.h>
#include <sys/types.h>

/* Listens on 127.0.0.1 (v6: ::1), a port of the kernel's choice. The descriptor; exits on error. */
int net_listen(bool v6);

/* Listens on a Unix socket at path, which must not exist. The descriptor; exits on error. */
int net_listen_unix(const char *path);

/* The port a descriptor is bound to; 0 for a Unix socket. */
int net_port(int fd);

/*
 * The descriptor to write to if stdin is the connection: 0 if stdin is a socket (then 1 is closed, so that closing
 * 0 ends the connection), else 1.
 */
int net_stdio_out(void);

/*
 * Puts this process in the background. In the child: descriptors 0 to 2 are /dev/null, all
 * others but those in keep[0..nkeep) (-1 is skipped) are closed, it leads a session of its own; 0
 * is returned. The parent gets the child's pid (> 0): it prints it and exits.
 */
pid_t net_daemon(const int *keep, int nkeep);

#endif
