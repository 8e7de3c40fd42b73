/*
 * wait: the one place where mailnet waits, with deadlines and signals.
 *
 * Times are milliseconds of the monotonic clock (wait_now); WAIT_FOREVER sets no limit.
 * The run's deadline (--deadline) and SIGINT, SIGTERM, SIGHUP end every wait. A signal does not end the
 * program at once: the wait fails with status EX_SIGNAL + number, all callers return and remove their
 * temporary files, and main() then raises the signal again. After a signal a timer fires every half second, so
 * that a blocking call that began just after the signal is interrupted, too. SIGPIPE is ignored; a
 * writer to stdout converts EPIPE into EX_SIGNAL + SIGPIPE.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

#define WAIT_FOREVER INT64_MAX

/* Install the handlers. Call once, before anything else here. */
void wait_setup(void);

/* In a forked child: default signals again, before exec. */
void wait_child_defaults(void);

/* Now, in milliseconds; and now + seconds, saturating. */
int64_t wait_now(void);
int64_t wait_after(int64_t seconds);

/* The whole run ends at this time with EX_TEMPFAIL. */
void wait_set_deadline(int64_t at);

/* -1 with e if a signal has arrived or the run's deadline has passed, otherwise 0. For long loops without waits. */
int wait_check(struct err *e);

/*
 * While the shield is up, a signal or the run's deadline ends waits only WAIT_GRACE milliseconds after it was first
 * noticed, so that complete messages can be committed. Each run has one such period; the program still dies by the
 * signal. Calls nest.
 */
#define WAIT_GRACE 1500
void wait_shield(bool up);

/* Number of the signal that has arrived, or 0. */
int wait_signal(void);

/* Die by the signal that ended the run, so that the parent sees the reason. Returns if the system does not end it. */
void wait_die(int sig);

/*
 * poll(2) until one of fds is ready or the time `until` is reached. Returns the number of ready descriptors; 0: timed
 * out; -1: a signal, the run's deadline (EX_TEMPFAIL), or EX_OSERR.
 */
int wait_poll(struct pollfd *fds, nfds_t n, int64_t until, struct err *e);

/*
 * Wait for one descriptor; 0 when ready. Time out: EX_TEMPFAIL "timed out WHAT" (for example
 * "waiting for a reply").
 */
int wait_fd(int fd, short events, int64_t until, const char *what, struct err *e);

/* Has the reader of the pipe or socket closed it? Never waits. */
bool wait_gone(int fd);

/* Wait until the child has ended and reap it: its wait status in *status. Time out: EX_TEMPFAIL. */
int wait_child(pid_t pid, int64_t until, int *status, struct err *e);

/*
 * Write all n octets to a descriptor that may block (a file, a pipe, a terminal), through signals
 * and short writes. EPIPE is EX_SIGNAL + SIGPIPE, anything else EX_IOERR with `name` in front.
 */
int wait_write(int fd, const char *p, size_t n, const char *name, struct err *e);

#endif
