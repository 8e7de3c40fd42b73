#include "store/transcript.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wait.h"
#include "store/place.h"

struct transcript {
	int fd;
	bool failed;
};

int
transcript_open(const char *path, struct transcript **t, struct err *e)
{
	struct place p;
	int fd = place_find(&p, AT_FDCWD, path, 0, e);

	if (fd == 0)
		fd = place_open(&p, "", O_WRONLY | O_APPEND | O_CREAT, e);
	place_close(&p);
	if (fd == -1)
		return err_prefix(e, "--transcript");
	*t = mem_zalloc(sizeof **t);
	(*t)->fd = fd;
	return 0;
}

void
transcript_add(struct transcript *t, const char *p, size_t n)
{
	struct err ignored = {0};

	if (!t->failed && wait_write(t->fd, p, n, "transcript", &ignored) == -1)
		t->failed = true;
}

void
transcript_close(struct transcript *t)
{
	if (t == NULL)
		return;
	close(t->fd);
	free(t);
}
