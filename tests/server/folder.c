/* folder.c - see folder.h. */
#include "folder.h"
#include "log.h"
#include "mailbox.h"
#include "net.h"
#include "news.h"
#include "session.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool
has_door(const struct options *o, enum proto proto)
{
	int i;

	for (i = 0; i < o->ndoors; i++)
		if (o->doors[i].proto == proto)
			return true;
	return false;
}

void
folder_load(const struct options *o)
{
	if (access(o->dir, R_OK | X_OK) < 0)
		err(66, "%s", o->dir);
	if (has_door(o, NNTP))
		news_load(o->dir);
	if (has_door(o, POP))
		mailbox_refresh(o->dir);
}

/* One connection, in a process of its own. */
static void
serve_one(const struct options *o, const struct door *d, int in, int out, int rec, int seg)
{
	static struct session s;

	s.o = o;
	s.door = d;
	io_init(&s.io, in, out, o->idle);
	s.io.record = rec;
	s.io.segments = seg;
	log_line("connect %s", d->name);
	if (d->tls && tls_accept(&s.io, &o->tls) != IO_OK) {
		log_line("TLS handshake: %s", s.io.why);
		io_close(&s.io, false, false);
		return;
	}
	switch (d->proto) {
	case NNTP: nntp_serve(&s); break;
	case POP: pop_serve(&s); break;
	case SMTP:
	case LMTP: smtp_serve(&s); break;
	}
	io_flush(&s.io);
	io_close(&s.io, true, false);
	log_line("closed %s", d->name);
}

/* Read changes of the directory in the parent, once, and not in each child. */
static void
refresh(const struct options *o, const struct door *d)
{
	if (d->proto == NNTP)
		news_refresh();
	if (d->proto == POP)
		mailbox_refresh(o->dir);
}

static void
spawn(const struct options *o, const struct door *d, int rec, int seg, int *children)
{
	int fd = accept4(d->fd, NULL, NULL, SOCK_CLOEXEC), i;
	pid_t parent = getpid();

	if (fd < 0)
		return;
	refresh(o, d);
	switch (fork()) {
	case 0:
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(0);
		for (i = 0; i < o->ndoors; i++)
			close(o->doors[i].fd);
		serve_one(o, d, fd, fd, rec, seg);
		_exit(0);
	case -1: warn("fork"); break;
	default: ++*children;
	}
	close(fd);
}

/* Waits a second for clients. Returns the number of listening sockets that have some; -1: end the server. */
static int
wait_at_doors(const struct options *o, struct pollfd *pfd)
{
	struct timespec second = {.tv_sec = 1};
	sigset_t none;
	int i, n;

	for (i = 0; i < o->ndoors; i++)
		pfd[i] = (struct pollfd){.fd = o->doors[i].fd, .events = POLLIN};
	sigemptyset(&none);
	n = ppoll(pfd, o->ndoors, &second, &none);
	if (io_term || (o->parent > 0 && kill(o->parent, 0) < 0 && errno == ESRCH))
		return -1;
	return n < 0 ? 0 : n;
}

int
folder_serve(const struct options *o, int record, int segments)
{
	struct pollfd pfd[16];
	int children = 0, idle = 0, i, n;

	if (o->doors[0].fd == 0) {
		serve_one(o, &o->doors[0], 0, net_stdio_out(), record, segments);
		return 0;
	}
	while (idle < o->idle && (n = wait_at_doors(o, pfd)) >= 0) {
		while (children > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			children--;
		idle = n > 0 || children > 0 ? 0 : idle + 1;
		for (i = 0; n > 0 && i < o->ndoors; i++)
			if (pfd[i].revents != 0)
				spawn(o, &o->doors[i], record, segments, &children);
	}
	for (i = 0; i < o->ndoors; i++)
		if (o->doors[i].path != NULL)
			unlink(o->doors[i].path);
	return 0;
}
