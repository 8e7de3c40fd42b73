#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/fs.h"

#define LINKS    40   /* the most symbolic links in a path, the kernel's own limit */
#define NOT_OPEN (-2) /* a component that only O_PATH could open */

/* ---- refusals ---------------------------------------------------------------------------------- */

void
place_user_name(uid_t user, struct buf *out)
{
	const struct passwd *pw = getpwuid(user);

	if (pw != NULL)
		buf_adds(out, pw->pw_name);
	else
		buf_addf(out, "#%lu", (unsigned long)user);
}

int
place_refuse_owner(const char *path, uid_t owner, struct err *e)
{
	struct buf who = {0};

	place_user_name(owner, &who);
	err_set(e, EX_CANTCREAT, "%s: not written, because it belongs to user %s%s%s%s", path,
		who.data, geteuid() == 0 ? " (run mailnet as that user: runuser -u " : "",
		geteuid() == 0 ? who.data : "", geteuid() == 0 ? " -- mailnet ...)" : "");
	buf_free(&who);
	errno = 0;
	return -1;
}

static bool
is_trusted(uid_t owner)
{
	return owner == geteuid() || owner == 0;
}

/*
 * May this symbolic link be followed? Another user may have hard-linked a trusted link into this directory: so a link
 * with several names is followed only in a directory where other users cannot write. Without O_PATH the link is not
 * open: another user could replace it before it is read, so the same holds for each link.
 */
static int
check_link(const struct place *p, const char *name, const struct stat *sb, struct err *e)
{
	struct stat dir;

	if (!is_trusted(sb->st_uid))
		return err_set(e, EX_CANTCREAT,
			"%s: the symbolic link '%s' belongs to another user and is not followed "
			"(name the file that it leads to, or make a link of your own)",
			p->path, name);
	if (sb->st_nlink <= 1 && HAVE_DECL_O_PATH)
		return 0;
	if (fstat(p->dir, &dir) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	if (is_trusted(dir.st_uid) && (dir.st_mode & 022) == 0)
		return 0;
	return err_set(e, EX_CANTCREAT,
		"%s: the symbolic link '%s' %s and is not followed (name the file it leads to)",
		p->path, name,
		sb->st_nlink > 1 ? "has several hard links" : "is where other users can write");
}

/* ---- the walk ---------------------------------------------------------------------------------- */

struct walk {
	struct buf rest; /* the part of the path not yet walked */
	int links;       /* symbolic links followed so far */
};

static void
enter(struct place *p, int dir)
{
	if (p->dir != -1)
		close(p->dir);
	p->dir = dir;
}

/* Go to the directory where the rest starts: the root, or `at`. */
static int
start(struct place *p, const struct walk *w, int at, struct err *e)
{
	const char *from = w->rest.data[0] == '/' ? "/" : ".";
	int fd = fs_open(at, from, O_PATH | O_DIRECTORY, 0, EX_CANTCREAT, p->path, e);

	if (fd == -1)
		return -1;
	enter(p, fd);
	return 0;
}

/* Replace the link, open as fd or NOT_OPEN, by its target: the target comes before the rest of the path. */
static int
follow(struct place *p, struct walk *w, const char *name, int fd, struct err *e)
{
	char target[PATH_MAX];
	struct buf rest = {0};
	ssize_t n = fd == NOT_OPEN ? readlinkat(p->dir, name, target, sizeof target)
				   : readlinkat(fd, "", target, sizeof target);

	if (n <= 0 || n == sizeof target || ++w->links > LINKS) {
		errno = n == -1 ? errno : ELOOP;
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	}
	buf_add(&rest, target, (size_t)n);
	if (w->rest.len != 0)
		buf_addf(&rest, "/%s", w->rest.data);
	buf_free(&w->rest);
	w->rest = rest;
	return target[0] == '/' ? start(p, w, AT_FDCWD, e) : 0;
}

/* Sync the current directory; the descriptor of the walk (O_PATH) cannot sync. */
static int
sync_dir(const struct place *p, struct err *e)
{
	int fd = fs_open_dir(p->dir, ".", p->path, e);
	int rc = fd == -1 ? -1 : fs_sync(fd, p->path, e);

	if (fd != -1)
		close(fd);
	return rc;
}

/* Open a component without following a link: its descriptor or NOT_OPEN, and *sb. -1: errno and e are set. */
static int
open_part(const struct place *p, const char *name, struct stat *sb, struct err *e)
{
	int fd = NOT_OPEN, why;

	if (HAVE_DECL_O_PATH)
		fd = fs_open(p->dir, name, O_PATH | O_NOFOLLOW, 0, EX_CANTCREAT, p->path, e);
	if (fd == -1)
		return -1;
	if ((fd == NOT_OPEN ? fstatat(p->dir, name, sb, AT_SYMLINK_NOFOLLOW) : fstat(fd, sb)) ==
		-1) {
		why = errno;
		err_sys(e, EX_CANTCREAT, "%s", p->path);
		if (fd != NOT_OPEN)
			close(fd);
		errno = why;
		return -1;
	}
	if (fd == NOT_OPEN && S_ISDIR(sb->st_mode))
		return fs_open(p->dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, EX_CANTCREAT,
			p->path, e);
	return fd;
}

/* The same; make: create a missing directory. */
static int
make_part(const struct place *p, const char *name, bool make, struct stat *sb, struct err *e)
{
	int fd = open_part(p, name, sb, e);

	if (fd != -1 || errno != ENOENT || !make)
		return fd;
	err_clear(e);
	if (mkdirat(p->dir, name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	if (sync_dir(p, e) == -1)
		return -1;
	return open_part(p, name, sb, e);
}

/* Split the next component off the rest; "." if none is left. The caller frees it. */
static char *
next_part(struct walk *w)
{
	size_t skip = strspn(w->rest.data, "/"), n = strcspn(w->rest.data + skip, "/");
	char *part = n == 0 ? mem_strdup(".") : mem_dup(w->rest.data + skip, n);

	n += skip;
	n += strspn(w->rest.data + n, "/");
	buf_drop(&w->rest, n);
	return part;
}

/* Walk one component. 1: it was the last one, now p->name; 0: continue; -1: e. */
static int
step(struct place *p, struct walk *w, unsigned how, struct err *e)
{
	char *part = next_part(w);
	bool last = w->rest.len == 0;
	struct stat sb;
	int fd, rc = 0;

	p->name = part;
	if (last && !(how & PLACE_FOLLOW))
		return 1;
	fd = make_part(p, part, !last && (how & PLACE_MAKE), &sb, e);
	if (fd == -1 && last && errno == ENOENT) {
		err_clear(e);
		return 1;
	}
	if (fd == -1 && !last && errno == ENOENT) {
		rc = err_set(e, EX_CANTCREAT,
			"%s: the directory '%s' does not exist (create it first)", p->path, part);
		errno = ENOENT;
	} else if (fd == -1) {
		rc = -1;
	} else if (S_ISLNK(sb.st_mode)) {
		rc = check_link(p, part, &sb, e) == -1 ? -1 : follow(p, w, part, fd, e);
	} else if (last) {
		rc = 1;
	} else if (S_ISDIR(sb.st_mode)) {
		enter(p, fd);
		fd = -1;
	} else {
		errno = ENOTDIR;
		rc = err_sys(e, EX_CANTCREAT, "%s", p->path);
	}
	if (fd >= 0)
		close(fd);
	if (rc != 1) {
		free(part);
		p->name = NULL;
	}
	return rc;
}

/* Replace the descriptor of the walk (O_PATH) by one that can be synced, if we may read the directory. */
static int
make_readable(struct place *p, struct err *e)
{
	int fd = fs_open_dir(p->dir, ".", p->path, e);

	p->hidden = fd == -1 && errno == EACCES;
	if (fd == -1 && !p->hidden)
		return -1;
	if (fd != -1)
		enter(p, fd);
	else
		err_clear(e);
	return 0;
}

int
place_find(struct place *p, int at, const char *path, unsigned how, struct err *e)
{
	struct walk w = {0};
	size_t n = strlen(path);
	int rc;

	while (n > 1 && path[n - 1] == '/')
		n--;
	*p = (struct place){.path = mem_dup(path, n), .dir = -1};
	buf_add(&w.rest, path, n);
	rc = start(p, &w, at, e);
	while (rc == 0)
		rc = step(p, &w, how, e);
	buf_free(&w.rest);
	return rc == -1 ? -1 : make_readable(p, e);
}

void
place_close(struct place *p)
{
	if (p->path != NULL && p->dir != -1)
		close(p->dir);
	free(p->path);
	free(p->name);
	*p = (struct place){.dir = -1};
}

/* ---- files at the place ------------------------------------------------------------------------ */

/* A name or path with a suffix; the caller frees it. */
static char *
with(const char *text, const char *suffix)
{
	struct buf b = {0};

	buf_addf(&b, "%s%s", text, suffix);
	return buf_steal(&b);
}

static int
refuse(const char *path, const char *why, struct err *e)
{
	err_set(e, EX_CANTCREAT, "%s: not written, because it is %s", path, why);
	errno = 0;
	return -1;
}

/* Refuse a file that another user may have put there. */
static int
check_file(const struct stat *sb, const char *path, struct err *e)
{
	if (!S_ISREG(sb->st_mode))
		return refuse(path, "not a regular file", e);
	if (sb->st_uid != geteuid())
		return place_refuse_owner(path, sb->st_uid, e);
	if (sb->st_nlink > 1)
		return refuse(path, "a file with several hard links", e);
	return 0;
}

static int
open_checked(const struct place *p, const char *name, const char *path, int flags, mode_t mode,
	struct err *e)
{
	int fd = fs_open(p->dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode,
		EX_CANTCREAT, path, e);
	struct stat sb;
	int rc, why;

	if (fd == -1 && errno == ELOOP)
		return refuse(path, "a symbolic link", e);
	/* A FIFO without a reader, a socket, a device without a driver. */
	if (fd == -1 && errno == ENXIO)
		return refuse(path, "not a regular file", e);
	if (fd == -1)
		return -1;
	rc = fstat(fd, &sb) == -1 ? err_sys(e, EX_CANTCREAT, "%s", path) : check_file(&sb, path, e);
	if (rc == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

int
place_open(const struct place *p, const char *suffix, int flags, struct err *e)
{
	char *name = with(p->name, suffix), *path = with(p->path, suffix);
	int fd = open_checked(p, name, path, flags, 0600, e), why = errno;

	free(name);
	free(path);
	errno = why;
	return fd;
}

int
place_read(const struct place *p, const char *suffix, struct err *e)
{
	char *name = with(p->name, suffix), *path = with(p->path, suffix);
	int fd = fs_open(
		p->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, EX_IOERR, path, e);

	free(name);
	free(path);
	return fd;
}

int
place_create(const struct place *p, const char *suffix, struct err *e)
{
	int fd = place_open(p, suffix, O_RDWR | O_CREAT | O_EXCL, e);

	if (fd != -1 || errno != EEXIST || place_unlink(p, suffix) == -1)
		return fd;
	err_clear(e);
	return place_open(p, suffix, O_RDWR | O_CREAT | O_EXCL, e);
}

int
place_temp(const struct place *p, mode_t mode, char **suffix, struct err *e)
{
	char random[FS_RANDOM], *name;
	int fd;

	fs_random(random);
	*suffix = with(".", random);
	name = with(p->name, *suffix);
	/* The error message names the final file: the random name would not help the user. */
	fd = open_checked(p, name, p->path, O_RDWR | O_CREAT | O_EXCL, mode, e);
	free(name);
	if (fd == -1) {
		free(*suffix);
		*suffix = NULL;
	}
	return fd;
}

int
place_open_dir(const struct place *p, struct err *e)
{
	int fd = fs_open(
		p->dir, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, EX_CANTCREAT, p->path, e);
	struct stat sb;
	int rc;

	if (fd == -1)
		return -1;
	rc = fstat(fd, &sb) == -1 ? err_sys(e, EX_CANTCREAT, "%s", p->path) : 0;
	if (rc == 0 && !is_trusted(sb.st_uid))
		rc = place_refuse_owner(p->path, sb.st_uid, e);
	if (rc == 0)
		return fd;
	close(fd);
	return -1;
}

int
place_stat(const struct place *p, const char *suffix, struct stat *sb)
{
	char *name = with(p->name, suffix);
	int rc = fstatat(p->dir, name, sb, AT_SYMLINK_NOFOLLOW), why = errno;

	free(name);
	errno = why;
	return rc;
}

int
place_unlink(const struct place *p, const char *suffix)
{
	char *name = with(p->name, suffix);
	int rc = unlinkat(p->dir, name, 0), why = errno;

	free(name);
	errno = why;
	return rc;
}

bool
place_is(const struct place *p, int fd)
{
	struct stat named, open;

	return fstat(fd, &open) == 0 && place_stat(p, "", &named) == 0 &&
	       open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

int
place_replace(const struct place *p, const char *suffix, struct err *e)
{
	char *name = with(p->name, suffix);
	int rc = renameat(p->dir, name, p->dir, p->name);

	free(name);
	return rc == 0 ? 0 : err_sys(e, EX_CANTCREAT, "%s", p->path);
}

int
place_sync(const struct place *p, struct err *e)
{
	if (p->hidden) {
		errno = EACCES;
		return err_sys(e, EX_CANTCREAT, "cannot sync the directory of %s", p->path);
	}
	return fs_sync(p->dir, p->path, e);
}

int
place_may_make(const struct place *p, struct err *e)
{
	struct stat sb;

	if (fstat(p->dir, &sb) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	if (geteuid() != 0 || sb.st_uid == 0)
		return 0;
	place_refuse_owner(p->path, sb.st_uid, e);
	return err_prefix(e, "cannot make a file in the directory of another user");
}

int
place_check(const struct place *p, struct err *e)
{
	struct stat sb;

	if (place_stat(p, "", &sb) == 0)
		return check_file(&sb, p->path, e);
	if (errno != ENOENT)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	return place_may_make(p, e);
}
