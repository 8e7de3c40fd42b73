/* cut.c - run a command through a relay that cuts the connection at a given octet. */
#include "attack.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../server/net.h"

static int listener = -1;
static struct sockaddr_in server;

int
relay_open(int port)
{
	server.sin_family = AF_INET;
	server.sin_port = htons((uint16_t)port);
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = net_listen(false);
	return net_port(listener);
}

/* The two ends of a connection: 0 is the client, 1 the server. */
struct relay {
	struct pollfd p[3]; /* 2: the end of the command */
	long left;          /* octets of the server that may still pass; -1: all */
	long passed;
};

static void
end_with_rst(struct relay *r)
{
	struct linger hard = {1, 0};

	for (int i = 0; i < 2; i++) {
		if (r->p[i].fd == -1)
			continue;
		setsockopt(r->p[i].fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		close(r->p[i].fd);
		r->p[i].fd = -1;
	}
}

static void
accept_client(struct relay *r)
{
	int on = 1;

	r->p[0].fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	r->p[1].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->p[0].fd == -1 || r->p[1].fd == -1 ||
		connect(r->p[1].fd, (struct sockaddr *)&server, sizeof server) == -1)
		err(71, "the server cannot be reached");
	for (int i = 0; i < 2; i++)
		setsockopt(r->p[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (r->left == 0)
		end_with_rst(r);
}

/* Forward octets from side i to the other side. */
static void
pass(struct relay *r, int i)
{
	char b[65536];
	size_t max =
		i == 1 && r->left >= 0 && (size_t)r->left < sizeof b ? (size_t)r->left : sizeof b;
	ssize_t n = read(r->p[i].fd, b, max);

	if (n <= 0) {
		r->p[i].events = 0;
		if (n == 0)
			shutdown(r->p[!i].fd, SHUT_WR);
		else
			end_with_rst(r);
		return;
	}
	(void)!send(r->p[!i].fd, b, (size_t)n, MSG_NOSIGNAL);
	if (i != 1)
		return;
	r->passed += n;
	if (r->left > 0 && (r->left -= n) == 0)
		end_with_rst(r);
}

int
run_cut(char *const *command, long cut, long *octets)
{
	struct relay r = {.left = cut};
	struct pollfd first[2] = {{.fd = listener, .events = POLLIN}, {.events = POLLIN}};
	pid_t pid = start(command);

	first[1].fd = r.p[2].fd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int i = 0; i < 3; i++)
		r.p[i].events = POLLIN;
	r.p[0].fd = r.p[1].fd = -1;
	while (poll(first, 2, -1) == -1 && errno == EINTR)
		;
	if (first[0].revents != 0)
		accept_client(&r);
	while (r.p[2].revents == 0) {
		if (poll(r.p, 3, -1) == -1)
			continue;
		/* Do not poll an end that was shut down and read to its end. */
		for (int i = 1; i >= 0; i--)
			if (r.p[i].fd != -1 &&
				(r.p[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
				if (r.p[i].events == 0)
					end_with_rst(&r);
				else
					pass(&r, i);
			}
	}
	for (int i = 0; i < 3; i++)
		if (r.p[i].fd != -1)
			close(r.p[i].fd);
	if (octets != NULL)
		*octets = r.passed;
	return finish(pid);
}
