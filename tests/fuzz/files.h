/* files: a directory with files for targets that read files. It is emptied at exit. */
#ifndef FUZZ_FILES_H
#define FUZZ_FILES_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char files_dir[4096];

static void
files_end(void)
{
	char command[5000];

	snprintf(command, sizeof command, "rm -rf '%s'", files_dir);
	MUST(system(command) == 0);
}

/* Change to the directory, once. */
static void
files_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	if (files_dir[0] != '\0')
		return;
	snprintf(files_dir, sizeof files_dir, "%s/mailnet-fuzz.XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm"
		: tmp != NULL                 ? tmp
					      : "/tmp");
	MUST(mkdtemp(files_dir) != NULL && chdir(files_dir) == 0);
	atexit(files_end);
}

static void
files_write(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	MUST(fd != -1 && write(fd, p, n) == (ssize_t)n && close(fd) == 0);
}

#endif
