#include "store/logfile.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wait.h"
#include "store/place.h"

struct logfile {
	int fd;
	bool failed;
};

int
logfile_open(const char *path, struct logfile **f, struct err *e)
{
	struct place p;
	int fd = place_find(&p, AT_FDCWD, path, 0, e);

	if (fd == 0)
		fd = place_open(&p, "", O_WRONLY | O_APPEND | O_CREAT, e);
	place_close(&p);
	if (fd == -1)
		return -1;
	*f = mem_zalloc(sizeof **f);
	(*f)->fd = fd;
	return 0;
}

void
logfile_add(struct logfile *f, const char *p, size_t n)
{
	struct err ignored = {0};

	if (!f->failed && wait_write(f->fd, p, n, "log", &ignored) == -1)
		f->failed = true;
}

void
logfile_close(struct logfile *f)
{
	if (f == NULL)
		return;
	close(f->fd);
	free(f);
}
