/* net.c - see net.h. */
#include "net.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
listen_at(int family, const void *addr, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, addr, len) < 0 || listen(fd, 64) < 0)
		err(71, "listen");
	return fd;
}

int
net_listen(bool v6)
{
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

	return v6 ? listen_at(AF_INET6, &a6, sizeof(a6)) : listen_at(AF_INET, &a4, sizeof(a4));
}

int
net_listen_unix(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(un.sun_path))
		errx(64, "%s: path too long for a socket", path);
	strcpy(un.sun_path, path);
	return listen_at(AF_UNIX, &un, sizeof(un));
}

int
net_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		err(71, "getsockname");
	if (ss.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&ss)->sin_port);
	if (ss.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
	return 0;
}

int
net_stdio_out(void)
{
	int type;
	socklen_t len = sizeof(type);

	if (getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return 1;
	close(1);
	return 0;
}

/* Closes every descriptor from 3 on that is not in keep. */
static void
close_others(const int *keep, int nkeep)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int fds[1024], n = 0;

	if (d == NULL)
		err(71, "/proc/self/fd");
	while ((e = readdir(d)) != NULL && n < 1024) {
		int fd = atoi(e->d_name), i;

		for (i = 0; i < nkeep && keep[i] != fd; i++)
			;
		if (fd >= 3 && fd != dirfd(d) && i == nkeep)
			fds[n++] = fd;
	}
	closedir(d);
	while (n > 0)
		close(fds[--n]);
}

pid_t
net_daemon(const int *keep, int nkeep)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		err(71, "fork");
	if (pid > 0)
		return pid;
	setsid();
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		_exit(71);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	close_others(keep, nkeep);
	return 0;
}
