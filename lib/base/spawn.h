/*
 * spawn: children that run a shell command (--tunnel, --password-command, |COMMAND).
 *
 * Each runs as `/bin/sh -c CMD` in a process group of its own with default signals; every other
 * descriptor of ours is close-on-exec. The caller of spawn reaps the child with spawn_end.
 *
 * Library calls that may block without limit (a resolver, Kerberos) run in a forked copy of this process, so that
 * the caller can end the wait and kill the copy.
 */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

struct err;

struct child {
	pid_t pid; /* 0: none */
	int in;    /* our end of its stdin, or -1 */
	int out;   /* our end of its stdout, or -1; the same as `in` for SPAWN_SOCKET */
};

enum spawn_io {
	SPAWN_SOCKET, /* stdin and stdout are one end of a socket pair */
	SPAWN_IN,     /* stdin is a pipe that we write; stdout is our stdout */
	SPAWN_IN_ERR, /* the same, but stdout is our stderr: for where our stdout holds records */
	SPAWN_OUT,    /* stdout is a pipe that we read; stdin is /dev/null */
	SPAWN_BOTH,   /* stdin is a pipe that we write, stdout a pipe that we read */
};

/*
 * Start cmd. Our ends are close-on-exec; a pipe that we write does not block. Writing to a child that has
 * gone gives EPIPE, never SIGPIPE (wait_setup). EX_OSERR when it cannot be started.
 */
int spawn(const char *cmd, enum spawn_io io, struct child *c, struct err *e);

/* The same, with variables that are added to the child's environment: "NAME=VALUE", ended by NULL; borrowed. */
int spawn_with(
	const char *cmd, char *const *variables, enum spawn_io io, struct child *c, struct err *e);

/*
 * Close our ends and wait for the child's end until the given time (wait_now milliseconds); then send SIGTERM and,
 * a second later, SIGKILL to its group. *status is its wait status. -1 only if a signal or the time ended the wait
 * (EX_TEMPFAIL); the child is reaped in any case.
 */
int spawn_end(struct child *c, int64_t until, int *status, struct err *e);

/*
 * fork(2). The copy ignores SIGINT, SIGHUP and SIGTERM, which a terminal sends to the whole process group: the
 * parent handles them and ends the copy. The copy also ends if the parent ends. It exits by _exit(2).
 */
pid_t spawn_copy(void);

/* Kill a copy and reap it. */
void spawn_kill(pid_t pid);

#endif
