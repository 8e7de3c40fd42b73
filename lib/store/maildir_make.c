/* maildir_make: make a new Maildir atomically, under a draft name that is renamed when it is complete. */
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
#include "store/place.h"

static const char *const parts[] = {"tmp", "new", "cur"};

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

/* Make the missing subdirectories of the draft. */
static int
fill(int draft, const char *shown, struct err *e)
{
	for (size_t i = 0; i < 3; i++)
		if (mkdirat(draft, parts[i], 0700) == -1 && errno != EEXIST)
			return err_sys(e, EX_CANTCREAT, "%s", shown);
	return fs_sync(draft, shown, e);
}

static void
remove_draft(const struct place *p, const char *name, int draft)
{
	for (size_t i = 0; i < 3; i++)
		unlinkat(draft, parts[i], AT_REMOVEDIR);
	unlinkat(p->dir, name, AT_REMOVEDIR);
}

/* Make or open the draft. Refuse the draft of another user, since that user would own the Maildir. */
static int
open_draft(const struct place *p, const char *name, struct err *e)
{
	struct stat sb;
	int fd;

	if (mkdirat(p->dir, name, 0700) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	fd = fs_open(
		p->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, EX_CANTCREAT, p->path, e);
	if (fd == -1 || (fstat(fd, &sb) == 0 && sb.st_uid == geteuid()))
		return fd;
	close(fd);
	return err_set(e, EX_CANTCREAT,
		"%s: cannot be made, because '%s' in the same directory belongs to another user; "
		"remove it",
		p->path, name);
}

/* Rename the draft, open as fd, to the Maildir. If another run has made the Maildir meanwhile, remove the draft. */
static int
name_draft(const struct place *p, const char *name, int fd, struct err *e)
{
	int rc = fs_rename_dir_new(p->dir, name, p->name), saved = errno;

	if (rc != 0)
		remove_draft(p, name, fd);
	errno = saved;
	if (rc == -1)
		return err_sys(e, EX_CANTCREAT, "%s", p->path);
	return place_sync(p, e);
}

int
maildir_make(const struct place *p, const char *tag, struct err *e)
{
	struct buf draft = {0};
	int fd, rc = -1;

	if (place_may_make(p, e) == -1)
		return -1;
	/* The draft's name is always the same, so that a later run completes the draft of a killed one. */
	buf_addf(&draft, "%s.%s", p->name, tag);
	fd = open_draft(p, draft.data, e);
	if (fd != -1 && fill(fd, p->path, e) == 0)
		rc = name_draft(p, draft.data, fd, e);
	if (fd != -1)
		close(fd);
	buf_free(&draft);
	return rc;
}
