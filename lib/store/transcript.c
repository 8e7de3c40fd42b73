#include "store/transcript.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"

struct transcript {
	int fd;
	bool failed;
};

int
transcript_open(const char *path, struct transcript **t, struct err *e)
{
	int fd = fs_open(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY,
		0600, EX_CANTCREAT, path, e);

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
