/* log.c - see log.h. */
#include "log.h"

/* bsd/vis.h requires a choice between two forms of strnvis, which is not used. */
#define LIBBSD_NETBSD_VIS
#include <bsd/vis.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int logfd = -1;

int
log_open(const char *path)
{
	if (path == NULL)
		return 0;
	logfd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	return logfd < 0 ? -1 : 0;
}

int
log_fd(void)
{
	return logfd;
}

static void
write_line(int fd, const char *fmt, va_list ap)
{
	char line[4096];
	int n = vsnprintf(line, sizeof(line) - 1, fmt, ap);

	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\n';
	if (write(fd, line, n + 1) < 0)
		return;
}

void
log_line(const char *fmt, ...)
{
	va_list ap;

	if (logfd < 0)
		return;
	va_start(ap, fmt);
	write_line(logfd, fmt, ap);
	va_end(ap);
}

void
log_verdict(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(logfd < 0 ? STDERR_FILENO : logfd, fmt, ap);
	va_end(ap);
}

const char *
log_vis(const void *p, size_t n)
{
	static char ring[4][1400];
	static int turn;
	const size_t most = 300;
	char *out = ring[turn++ & 3];

	strvisx(out, p, n > most ? most : n, VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL);
	if (n > most)
		snprintf(out + strlen(out), 60, "... (%zu octets)", n);
	return out;
}
