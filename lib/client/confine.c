#include "client/confine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/mem.h"
#include "client/confine_priv.h"

/* Under ASan the leak checker uses ptrace and starts a symbolizer, so confinement is off. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

/* The longest chain of symbolic links to follow, the kernel's own limit. */
#define LINKS_MAX 40

static void
add_path(struct buf *to, const char *path, size_t n)
{
	buf_add(to, path, n);
	buf_addc(to, '\0');
}

/* Length of the directory part of path: 3 of "a/b/c", 1 of "/c", 0 of "c". */
static size_t
parent_of(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

static void
add_parent(struct buf *to, const char *path)
{
	size_t n = parent_of(path);

	add_path(to, n != 0 ? path : ".", n != 0 ? n : 1);
}

/* Add path or, if it does not exist, its nearest existing parent, in which it will be made. */
static void
add_existing(struct buf *to, const char *path)
{
	char *at = mem_strdup(path);

	while (access(at, F_OK) == -1) {
		size_t n = parent_of(at);

		if (n == 0 || (n == 1 && at[0] == '/')) {
			add_path(to, n == 0 ? "." : "/", 1);
			free(at);
			return;
		}
		at[n] = '\0';
	}
	add_path(to, at, strlen(at));
	free(at);
}

void
confine_write_dir(struct confine *c, const char *dir)
{
	add_existing(&c->write, dir);
}

/* The target of the symbolic link `path`, freed by the caller; NULL: not a link. */
static char *
follow(const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);
	struct buf b = {0};
	size_t dir = parent_of(path);

	if (n <= 0)
		return NULL;
	target[n] = '\0';
	if (target[0] != '/' && dir != 0) {
		buf_add(&b, path, dir);
		buf_addc(&b, '/');
	}
	buf_adds(&b, target);
	return buf_steal(&b);
}

void
confine_write_file(struct confine *c, const char *path)
{
	char *at = mem_strdup(path);

	for (int links = 0; at != NULL && links < LINKS_MAX; links++) {
		struct buf dir = {0};
		char *next = follow(at);

		add_parent(&dir, at);
		add_existing(&c->write, buf_str(&dir));
		buf_free(&dir);
		free(at);
		at = next;
	}
	free(at);
}

void
confine_write_dest(struct confine *c, const char *dest)
{
	static const char *const inside[] = {"tmp", "new", "cur"};
	struct stat st;

	if (strcmp(dest, "-") == 0 || dest[0] == '|' || strncmp(dest, "lmtp:", 5) == 0)
		return;
	/* A new Maildir is made under a temporary name. */
	if (stat(dest, &st) == -1 || !S_ISDIR(st.st_mode)) {
		confine_write_file(c, dest);
		return;
	}
	confine_write_dir(c, dest);
	for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
		struct buf path = {0};

		buf_addf(&path, "%s/%s", dest, inside[i]);
		confine_write_dir(c, buf_str(&path));
		buf_free(&path);
	}
}

void
confine_read(struct confine *c, const char *path)
{
	add_path(&c->read, path, strlen(path));
}

#ifdef __linux__
static void
enter(const struct confine *c, struct buf *report)
{
	int abi;

	/* Without no_new_privs an ordinary user may use neither Landlock nor seccomp. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	buf_adds(report, "no_new_privs");
	abi = confine_landlock(c);
	if (abi != 0)
		buf_addf(report, ", Landlock ABI %d", abi);
	if (confine_seccomp(c) != 0)
		buf_adds(report, ", seccomp");
}
#else
static void
enter(const struct confine *c, struct buf *report)
{
	if (confine_pledge(c) != 0)
		buf_adds(report, "pledge, unveil");
}
#endif

void
confine_enter(const struct confine *c, struct buf *report)
{
	size_t before = report->len;

#ifndef UNDER_SANITIZER
	enter(c, report);
#else
	(void)c;
	(void)enter;
#endif
	if (report->len == before)
		buf_adds(report, "nothing");
}

void
confine_free(struct confine *c)
{
	buf_free(&c->write);
	buf_free(&c->read);
}
