/* mailbox.c - see mailbox.h. */
#include "mailbox.h"
#include "file.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct mail *mails;
static size_t nmails;
static struct timespec
	seen[3]; /* modification times of mail, mail/new and mail/cur at the last reading */

static int
by_path(const void *a, const void *b)
{
	return strverscmp(((const struct mail *)a)->path, ((const struct mail *)b)->path);
}

static int
by_uid(const void *a, const void *b)
{
	const struct mail *x = a, *y = b;
	int c = strverscmp(x->uid, y->uid);

	return c != 0 ? c : by_path(a, b);
}

/* Sets the size with CRLF line ends: from the known files, or by reading the file. False: the file is gone. */
static bool
measure(struct mail *m, const struct mail *old, size_t nold)
{
	const struct mail *k = nold ? bsearch(m, old, nold, sizeof(*old), by_uid) : NULL;
	struct file f;
	struct stat st;
	size_t lines;

	if (stat(m->path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	m->size = st.st_size;
	if (k != NULL && k->size == m->size) {
		m->octets = k->octets;
		return true;
	}
	if (file_open(&f, m->path) < 0)
		return false;
	m->octets = wire_size(f.p, f.n, &lines);
	file_close(&f);
	return true;
}

static void
add_dir(const char *path, const struct mail *old, size_t nold)
{
	DIR *d = opendir(path);
	struct dirent *e;
	struct mail m = {0};

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (asprintf(&m.path, "%s/%s", path, e->d_name) < 0)
			err(71, "out of memory");
		m.uid = m.path + strlen(path) + 1;
		m.uidlen = strcspn(m.uid, ":");
		if (!measure(&m, old, nold)) {
			free(m.path);
			continue;
		}
		mails = reallocarray(mails, nmails + 1, sizeof(*mails));
		if (mails == NULL)
			err(71, "out of memory");
		mails[nmails++] = m;
	}
	if (d != NULL)
		closedir(d);
}

/* Has the directory changed since the time in *t? A change in this moment is reported again the next time. */
static bool
changed(const char *path, struct timespec *t)
{
	struct timespec now, old = *t;
	struct stat st;

	memset(t, 0, sizeof(*t));
	if (stat(path, &st) < 0)
		return old.tv_sec != 0;
	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec - st.st_mtim.tv_sec > 1)
		*t = st.st_mtim;
	return old.tv_sec == 0 || old.tv_sec != st.st_mtim.tv_sec ||
	       old.tv_nsec != st.st_mtim.tv_nsec;
}

void
mailbox_refresh(const char *dir)
{
	static const char *const subs[3] = {"mail", "mail/new", "mail/cur"};
	struct mail *old = mails;
	size_t nold = nmails, i;
	char *path[3];
	bool any = false, maildir;

	for (i = 0; i < 3; i++) {
		if (asprintf(&path[i], "%s/%s", dir, subs[i]) < 0)
			err(71, "out of memory");
		any |= changed(path[i], &seen[i]);
	}
	if (any) {
		mails = NULL;
		nmails = 0;
		maildir = access(path[1], X_OK) == 0 || access(path[2], X_OK) == 0;
		for (i = maildir ? 1 : 0; i < (maildir ? 3 : 1); i++)
			add_dir(path[i], old, nold);
		if (nmails > 0)
			qsort(mails, nmails, sizeof(*mails), by_uid);
		for (i = 0; i < nold; i++)
			free(old[i].path);
		free(old);
	}
	for (i = 0; i < 3; i++)
		free(path[i]);
}

bool
mailbox_lock(const char *dir, int ms)
{
	struct timespec pause = {.tv_nsec = 5000000};
	char *path;
	int fd;

	if (asprintf(&path, "%s/mail", dir) < 0)
		err(71, "out of memory");
	/* Never closed: the lock ends with the process. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (ms <= 0)
			return false;
		nanosleep(&pause, NULL);
		ms -= 5;
	}
	return true;
}

struct mail *
mailbox(size_t *n)
{
	*n = nmails;
	return mails;
}
