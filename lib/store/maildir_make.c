/* maildir_make: a new Maildir appears whole or not at all. */
#include "store/maildir_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/fs.h"
#include "store/maildir.h"

static const char *const parts[] = {"tmp", "new", "cur"};

/* For each part: path/part, made or (if !make) removed; what is as wanted already is fine. */
static int
each_part(const char *path, int make)
{
	int rc = 0;

	for (size_t i = 0; i < 3 && rc == 0; i++) {
		struct buf b = {0};

		buf_addf(&b, "%s/%s", path, parts[i]);
		if (make)
			rc = mkdir(b.data, 0700) == -1 && errno != EEXIST ? -1 : 0;
		else
			rmdir(b.data);
		buf_free(&b);
	}
	return rc;
}

int
maildir_is(const char *path)
{
	struct stat sb;
	int ok = 1;

	for (size_t i = 0; i < 3; i++) {
		struct buf b = {0};

		buf_addf(&b, "%s/%s", path, parts[i]);
		ok = ok && stat(b.data, &sb) == 0 && S_ISDIR(sb.st_mode);
		buf_free(&b);
	}
	return ok;
}

static int
sync_dir(const char *path, struct err *e)
{
	int fd = fs_open_dir(AT_FDCWD, path, path, e);
	int rc = fd == -1 ? -1 : fs_sync(fd, path, e);

	if (fd != -1)
		close(fd);
	return rc;
}

/* Build it as `draft` and give it its name; somebody who was faster is fine. */
static int
build(const char *draft, const char *path, struct err *e)
{
	int rc;

	if ((mkdir(draft, 0700) == -1 && errno != EEXIST) || each_part(draft, 1) == -1)
		return err_sys(e, EX_CANTCREAT, "%s", draft);
	if (sync_dir(draft, e) == -1)
		return -1;
	rc = fs_rename_dir_new(draft, path);
	if (rc != 0) {
		int saved = errno;

		each_part(draft, 0);
		rmdir(draft);
		errno = saved;
	}
	if (rc == -1)
		return fs_fail(e, EX_CANTCREAT, "%s", path);
	return fs_sync_parent(path, e);
}

int
maildir_make(const char *path, const char *tag, struct err *e)
{
	struct buf draft = {0};
	int rc;

	/* The name is the same each time: what a killed run left is completed by the next. */
	buf_addf(&draft, "%s.%s", path, tag);
	rc = build(draft.data, path, e);
	buf_free(&draft);
	return rc;
}
