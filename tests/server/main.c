/*
 * main.c - testserver: the project's own server for tests.
 *
 * "script" plays what a test wrote, octet for octet, hostile or not; "folder" is an honest
 * server of files. See script.h, options.c.
 */
#include "folder.h"
#include "log.h"
#include "net.h"
#include "options.h"
#include "play.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int
open_record(const char *path)
{
	int fd;

	if (path == NULL)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		err(73, "%s", path);
	return fd;
}

static void
open_doors(struct options *o)
{
	int i;

	for (i = 0; i < o->ndoors; i++) {
		struct door *d = &o->doors[i];

		if (d->fd < 0)
			d->fd = d->path ? net_listen_unix(d->path) : net_listen(d->v6);
	}
}

/* Prints the ports, and with --daemon the pid, for the caller. */
static void
announce(const struct options *o, pid_t pid)
{
	int i;

	if (o->script.nsteps > 0) {
		for (i = 0; i < o->ndoors; i++)
			printf("%d%s", net_port(o->doors[i].fd), i + 1 < o->ndoors ? " " : "");
		printf(pid > 0 ? " %ld\n" : "\n", (long)pid);
	} else {
		for (i = 0; i < o->ndoors; i++)
			if (o->doors[i].path == NULL)
				printf("%s %d\n", o->doors[i].name, net_port(o->doors[i].fd));
		if (pid > 0)
			printf("pid %ld\n", (long)pid);
	}
	if (fflush(stdout) != 0)
		err(74, "stdout");
}

/* Goes into the background with --daemon. The process that returns is the server. */
static void
settle(const struct options *o, int record, int segments)
{
	int keep[20] = {log_fd(), record, segments}, i;
	pid_t pid = 0;

	for (i = 0; i < o->ndoors; i++)
		keep[3 + i] = o->doors[i].fd;
	if (o->daemon) {
		pid = net_daemon(keep, 3 + o->ndoors);
		if (pid == 0)
			return;
	}
	announce(o, pid);
	if (pid > 0)
		exit(0);
}

/* Waits at most idle seconds for a client at fd. Returns a descriptor, or -1 with *why set. */
static int
take_client(int fd, int idle, pid_t parent, const char **why)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	struct timespec second = {.tv_sec = 1};
	sigset_t none;
	int n = 0;

	sigemptyset(&none);
	for (; n == 0 && idle > 0; idle--) {
		if (parent > 0 && kill(parent, 0) < 0 && errno == ESRCH)
			break;
		n = ppoll(&pfd, 1, &second, &none);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (io_term) {
			*why = "terminated";
			return -1;
		}
	}
	*why = "no client came";
	return n > 0 ? accept4(fd, NULL, NULL, SOCK_CLOEXEC) : -1;
}

static int
play_all(const struct options *o, int record, int segments)
{
	size_t i = 0;

	while (i < o->script.nsections) {
		const struct section *sec = &o->script.sections[i];
		struct play p = {.script = &o->script, .tls = &o->tls, .implicit = o->implicit};
		const char *why = "";
		int fd = o->ndoors ? take_client(o->doors[0].fd, o->idle, o->parent, &why) : 0;

		if (fd < 0 && sec->always)
			break;
		if (fd < 0) {
			log_verdict("FAIL line %d: %s",
				sec->first < sec->past ? o->script.steps[sec->first].line : 0, why);
			return 1;
		}
		io_init(&p.io, fd, o->ndoors ? fd : net_stdio_out(), o->idle);
		p.io.record = record;
		p.io.segments = segments;
		log_line("=== connection");
		if (play_section(&p, sec) < 0)
			return 1;
		if (!o->ndoors)
			break;
		i += !sec->always;
	}
	log_verdict("ok");
	return 0;
}

int
main(int argc, char **argv)
{
	static struct options o;
	int record, segments;

	options_parse(&o, argc, argv);
	if (log_open(o.log) < 0)
		err(73, "%s", o.log);
	record = open_record(o.record);
	segments = open_record(o.segments);
	tls_load(&o.tls);
	open_doors(&o);
	if (o.script.nsections == 0)
		folder_load(&o);
	if (o.ndoors > 0 && o.doors[0].fd != 0)
		settle(&o, record, segments);
	io_catch_term();
	if (o.script.nsections > 0)
		return play_all(&o, record, segments);
	return folder_serve(&o, record, segments);
}
