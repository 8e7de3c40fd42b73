/* sent.c - see sent.h. */
#include "sent.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long next = 1;

int
sent_open(const struct options *o)
{
	char path[4096];
	int fd;

	if (o->discard)
		return -1;
	snprintf(path, sizeof(path), "%s/sent", o->dir);
	mkdir(path, 0777);
	/* The file has no name until it is complete, so a killed server leaves no incomplete message. */
	fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	if (fd < 0)
		log_line("%s: %s", path, strerror(errno));
	return fd;
}

void
sent_drop(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool
write_envelope(const char *path, const char *from, char **rcpts, size_t nrcpts)
{
	FILE *f = fopen(path, "we");
	size_t i;

	if (f == NULL)
		return false;
	fprintf(f, "%s\n", from);
	for (i = 0; i < nrcpts; i++)
		fprintf(f, "%s\n", rcpts[i]);
	return fclose(f) == 0;
}

bool
sent_keep(const struct options *o, int fd, const char *from, char **rcpts, size_t nrcpts)
{
	char path[4096], self[64];
	int r = -1;

	if (fd < 0)
		return o->discard;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	do {
		snprintf(path, sizeof(path), "%s/sent/%lu.eml", o->dir, next++);
		r = linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	} while (r < 0 && errno == EEXIST);
	close(fd);
	snprintf(path, sizeof(path), "%s/sent/%lu.env", o->dir, next - 1);
	return r == 0 && write_envelope(path, from, rcpts, nrcpts);
}
