#include "cmd/install.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/progress.h"
#include "cmd/verb.h"

static bool
same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

static int
make_link(const char *self, const char *path, bool symbolic, struct err *e)
{
	int error;

	if ((symbolic ? symlink(self, path) : link(self, path)) == 0)
		return 0;
	error = errno;
	if (error == EEXIST && same_file(self, path))
		return 0;
	errno = error;
	if (!symbolic && (errno == EXDEV || errno == EPERM || errno == EMLINK))
		return err_sys(e, EX_CANTCREAT, "%s (--install -s makes symbolic links)", path);
	return err_sys(e, EX_CANTCREAT, "%s", path);
}

int
install_links(const char *dir, bool symbolic)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	struct buf path = {0};
	int status = 0;

	if (n == -1) {
		struct err e;

		err_sys(&e, EX_OSERR, "/proc/self/exe");
		print_error("mailnet", &e);
		return EX_OSERR;
	}
	self[n] = '\0';
	for (const struct applet *ap = applets; ap->name != NULL; ap++) {
		struct err e = {0};

		buf_clear(&path);
		buf_addf(&path, "%s/%s", dir, ap->name);
		if (make_link(self, buf_str(&path), symbolic, &e) == -1) {
			print_error("mailnet", &e);
			status = e.status;
		}
	}
	buf_free(&path);
	return status;
}
