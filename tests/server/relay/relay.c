/*
 * relay.c - a TCP relay on loopback that adds latency and cuts connections at an exact octet.
 *
 * usage: relay --to PORT | --to-unix PATH [--delay MS] [--cut N] [--cut-up N] [--fin]
 *              [--log FILE] [--idle SECONDS] [--daemon]
 *
 * Prints the port that it listens on (with --daemon also its pid). Half of --delay is added in each
 * direction: chunks wait in a queue with their time of arrival, so throughput is not limited.
 * --cut N: when exactly N octets of the server have reached the client, both connections are closed
 * with RST (--fin: FIN); --cut-up counts the client's octets. One process a connection; the
 * log gets a line "up N down N" for each, followed by " cut" if it was cut.
 */
#include "../log.h"
#include "../net.h"

#include <bsd/stdlib.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK     65536
#define QUEUE_MAX (64 << 20)

struct conf {
	int port;
	const char *path;
	long long half_ns; /* latency of one direction */
	long long cut[2];  /* down, up; -1: never */
	bool fin, daemon;
	int idle;
	const char *log;
};

struct chunk {
	struct chunk *next;
	long long due; /* CLOCK_MONOTONIC, nanoseconds */
	size_t off, len;
	char data[];
};

/* One direction of a connection. */
struct way {
	int from, to;
	struct chunk *first, **last;
	size_t queued;
	long long done; /* octets delivered */
	long long cut;  /* the most octets to deliver; -1: no limit */
	bool eof;       /* the descriptor `from` is at its end */
	bool broken; /* `from` ended with an error, to be passed on as RST after the queued octets */
	bool over;   /* the end was passed on */
};

static long long
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Reads what is there into the queue. */
static void
take(struct way *w, long long half_ns)
{
	struct chunk *c = malloc(sizeof(*c) + CHUNK);
	ssize_t n;

	if (c == NULL)
		err(71, "out of memory");
	n = read(w->from, c->data, CHUNK);
	if (n <= 0) {
		free(c);
		w->broken = n < 0 && errno != EAGAIN && errno != EINTR;
		w->eof = n == 0 || w->broken;
		return;
	}
	c = realloc(c, sizeof(*c) + n);
	c->next = NULL;
	c->due = now_ns() + half_ns;
	c->off = 0;
	c->len = n;
	*w->last = c;
	w->last = &c->next;
	w->queued += n;
}

static void
drop_first(struct way *w)
{
	struct chunk *c = w->first;

	w->first = c->next;
	if (w->first == NULL)
		w->last = &w->first;
	free(c);
}

static bool
at_cut(const struct way *w)
{
	return w->cut >= 0 && w->done >= w->cut;
}

/* Delivers what is due. 0, or -1 if the connection is broken. */
static int
give(struct way *w, long long now)
{
	while (w->first != NULL && w->first->due <= now && !at_cut(w)) {
		struct chunk *c = w->first;
		size_t n = c->len - c->off;
		ssize_t sent;

		if (w->cut >= 0 && (long long)n > w->cut - w->done)
			n = w->cut - w->done;
		sent = send(w->to, c->data + c->off, n, MSG_NOSIGNAL);
		if (sent < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		c->off += sent;
		w->done += sent;
		w->queued -= sent;
		if (c->off == c->len)
			drop_first(w);
	}
	if (w->first == NULL && w->eof && !w->over) {
		if (!w->broken)
			shutdown(w->to, SHUT_WR);
		w->over = true;
	}
	return w->over && w->broken ? -1 : 0;
}

/* The events to wait for on each side. Returns the time until a chunk is due (-1: none). */
static long long
wishes(const struct way *w, struct pollfd *from, struct pollfd *to, long long now)
{
	if (!w->eof && w->queued < QUEUE_MAX)
		from->events |= POLLIN;
	if (w->first == NULL)
		return -1;
	if (w->first->due > now)
		return w->first->due - now;
	to->events |= POLLOUT;
	return -1;
}

static int
wait_for_more(const struct way *down, const struct way *up, int idle)
{
	struct pollfd client = {.fd = down->to}, server = {.fd = up->to};
	struct pollfd pfd[2];
	long long now = now_ns(), a = wishes(down, &server, &client, now),
		  b = wishes(up, &client, &server, now);
	long long ns = a < 0 || (b >= 0 && b < a) ? b : a;
	struct timespec ts;

	if (ns < 0)
		ns = idle * 1000000000LL;
	ts.tv_sec = ns / 1000000000LL;
	ts.tv_nsec = ns % 1000000000LL;
	/* Do not poll a side without events: its hang-up would wake us up again and again. */
	if (client.events == 0)
		client.fd = -1;
	if (server.events == 0)
		server.fd = -1;
	pfd[0] = client;
	pfd[1] = server;
	if (ppoll(pfd, 2, &ts, NULL) == 0 && a < 0 && b < 0)
		return -1;
	return 0;
}

/* Wait until the kernel has delivered what was written: RST would discard it. */
static void
settle(int fd)
{
	struct timespec ms = {.tv_nsec = 1000000};
	int left, tries;

	for (tries = 0; tries < 5000 && ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0; tries++)
		nanosleep(&ms, NULL);
}

static void
end(int fd, bool rst)
{
	struct linger hard = {.l_onoff = 1, .l_linger = 0};

	if (rst) {
		settle(fd);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	}
	close(fd);
}

static void
relay(const struct conf *c, int client, int server)
{
	struct way down = {.from = server, .to = client, .cut = c->cut[0]};
	struct way up = {.from = client, .to = server, .cut = c->cut[1]};
	bool broken = false, cut = false;

	down.last = &down.first;
	up.last = &up.first;
	while (!broken && !cut && !(down.over && up.over)) {
		long long now = now_ns();

		broken = give(&down, now) < 0 || give(&up, now) < 0;
		cut = at_cut(&down) || at_cut(&up);
		if (broken || cut || (down.over && up.over))
			break;
		broken = wait_for_more(&down, &up, c->idle) < 0;
		if (!down.eof && down.queued < QUEUE_MAX)
			take(&down, c->half_ns);
		if (!up.eof && up.queued < QUEUE_MAX)
			take(&up, c->half_ns);
	}
	log_line("up %lld down %lld%s", up.done, down.done, cut ? " cut" : "");
	end(client, broken || (cut && !c->fin));
	end(server, broken || (cut && !c->fin));
}

static int
dial(const struct conf *c)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
		.sin_port = htons(c->port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(c->path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (c->path != NULL)
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", c->path);
	if (connect(fd, c->path ? (struct sockaddr *)&un : (struct sockaddr *)&in,
		    c->path ? sizeof(un) : sizeof(in)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
serve_one(const struct conf *c, int client)
{
	int server = dial(c), on = 1;

	if (server < 0) {
		log_line("no connection: %s", strerror(errno));
		end(client, true);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(client, F_SETFL, O_NONBLOCK);
	fcntl(server, F_SETFL, O_NONBLOCK);
	relay(c, client, server);
}

/* Serves until no client has come for idle seconds while no connection is open. */
static void
serve(const struct conf *c, int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int children = 0, client;

	for (;;) {
		int n = poll(&pfd, 1, c->idle * 1000);

		while (children > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			children--;
		if (n == 0 && children == 0)
			return;
		if (n <= 0 || (client = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) < 0)
			continue;
		switch (fork()) {
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			close(fd);
			serve_one(c, client);
			_exit(0);
		case -1: warn("fork"); break;
		default: children++;
		}
		close(client);
	}
}

static long long
number(const char *text, long long max)
{
	const char *bad;
	long long n = strtonum(text, 0, max, &bad);

	if (bad != NULL)
		errx(64, "%s: %s", text, bad);
	return n;
}

static void
parse(struct conf *c, int argc, char **argv)
{
	static const struct option longs[] = {
		{"to", required_argument, NULL, 't'},
		{"to-unix", required_argument, NULL, 'u'},
		{"delay", required_argument, NULL, 'd'},
		{"cut", required_argument, NULL, 'c'},
		{"cut-up", required_argument, NULL, 'C'},
		{"fin", no_argument, NULL, 'f'},
		{"log", required_argument, NULL, 'l'},
		{"idle", required_argument, NULL, 'i'},
		{"daemon", no_argument, NULL, 'D'},
		{NULL, 0, NULL, 0},
	};
	int o;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (o) {
		case 't': c->port = number(optarg, 65535); break;
		case 'u': c->path = optarg; break;
		case 'd': c->half_ns = number(optarg, 600000) * 1000000LL / 2; break;
		case 'c': c->cut[0] = number(optarg, 1LL << 50); break;
		case 'C': c->cut[1] = number(optarg, 1LL << 50); break;
		case 'f': c->fin = true; break;
		case 'l': c->log = optarg; break;
		case 'i': c->idle = number(optarg, 86400); break;
		case 'D': c->daemon = true; break;
		default: errx(64, "usage: relay --to PORT [--delay MS] [--cut N] [--cut-up N] ...");
		}
	}
	if (c->port == 0 && c->path == NULL)
		errx(64, "--to PORT or --to-unix PATH");
}

int
main(int argc, char **argv)
{
	struct conf c = {.cut = {-1, -1}, .idle = 600};
	int keep[2];
	pid_t pid = 0;

	parse(&c, argc, argv);
	if (log_open(c.log) < 0)
		err(73, "%s", c.log);
	keep[0] = log_fd();
	keep[1] = net_listen(false);
	if (c.daemon)
		pid = net_daemon(keep, 2);
	if (pid > 0 || !c.daemon) {
		printf(pid > 0 ? "%d %ld\n" : "%d\n", net_port(keep[1]), (long)pid);
		if (fflush(stdout) != 0)
			err(74, "stdout");
	}
	if (pid == 0)
		serve(&c, keep[1]);
	return 0;
}
