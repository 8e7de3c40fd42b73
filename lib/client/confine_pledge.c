/* confine, OpenBSD: unveil(2) for files, pledge(2) for the rest. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>
#include <unistd.h>

#include "client/confine_priv.h"

#if defined(HAVE_PLEDGE) && defined(HAVE_UNVEIL)

static int
unveil_all(const struct buf *paths, const char *rights)
{
	for (size_t at = 0; at < paths->len; at += strlen(paths->data + at) + 1)
		if (unveil(paths->data + at, rights) == -1)
			return -1;
	return 0;
}

int
confine_pledge(const struct confine *c)
{
	const char *promises =
		c->dial ? "stdio rpath wpath cpath fattr flock inet unix dns tty proc"
			: "stdio rpath wpath cpath fattr flock";

	if (!c->any_file &&
		(unveil_all(&c->write, "rwc") == -1 || unveil_all(&c->read, "r") == -1 ||
			unveil(c->dial ? "/" : "/usr", "r") == -1 || unveil(NULL, NULL) == -1))
		return 0;
	return pledge(promises, NULL) == 0;
}

#else

int
confine_pledge(const struct confine *c)
{
	(void)c;
	return 0;
}

#endif
