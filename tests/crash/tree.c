/* tree.c - directories in memory. */
#include "attack.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
	char *path, *p;
	size_t n;
	struct stat sb;
};

char *
read_file(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat sb;
	char *p;
	ssize_t got;

	if (fd == -1)
		return NULL;
	if (fstat(fd, &sb) == -1 || (p = malloc((size_t)sb.st_size + 1)) == NULL)
		err(71, "%s", path);
	got = read(fd, p, (size_t)sb.st_size);
	close(fd);
	if (got == -1)
		err(71, "%s", path);
	p[got] = '\0';
	*n = (size_t)got;
	return p;
}

static FTS *
walk(const char *path)
{
	char *paths[2] = {(char *)path, NULL};
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (f == NULL)
		err(71, "%s", path);
	return f;
}

static struct entry *
new_entry(struct tree *t, const char *path, const struct stat *sb)
{
	if (t->n == t->room) {
		t->room = t->room * 2 + 32;
		t->entries = realloc(t->entries, t->room * sizeof *t->entries);
		if (t->entries == NULL)
			err(71, "out of memory");
	}
	t->entries[t->n] = (struct entry){.path = strdup(path), .sb = *sb};
	return &t->entries[t->n++];
}

void
tree_add_dir(struct tree *t, const char *path)
{
	struct stat sb = {.st_mode = S_IFDIR | 0700, .st_uid = getuid(), .st_gid = getgid()};

	new_entry(t, path, &sb);
}

void
tree_add(struct tree *t, const char *path, const char *p, size_t n)
{
	struct stat sb = {.st_mode = S_IFREG | 0600, .st_uid = getuid(), .st_gid = getgid()};
	struct entry *e = new_entry(t, path, &sb);

	e->n = n;
	if ((e->p = malloc(n + 1)) == NULL)
		err(71, "out of memory");
	if (n != 0)
		memcpy(e->p, p, n);
	e->p[n] = '\0';
}

void
tree_read(struct tree *t, const char *path, bool whole)
{
	FTS *f = walk(path);

	for (FTSENT *e; (e = fts_read(f)) != NULL;) {
		char *p = NULL;
		size_t n = 0;
		struct entry *to;

		if ((e->fts_info != FTS_D && e->fts_info != FTS_F) || (e->fts_level == 0 && !whole))
			continue;
		if (e->fts_info == FTS_F && (p = read_file(e->fts_path, &n)) == NULL)
			continue;
		to = new_entry(t, e->fts_path, e->fts_statp);
		to->p = p;
		to->n = n;
	}
	fts_close(f);
}

static void
write_entry(const struct entry *e)
{
	int fd;

	if (S_ISDIR(e->sb.st_mode)) {
		if (mkdir(e->path, e->sb.st_mode & 07777) == -1)
			err(71, "%s", e->path);
	} else {
		fd = open(e->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, e->sb.st_mode & 07777);
		if (fd == -1 || write(fd, e->p, e->n) != (ssize_t)e->n)
			err(71, "%s", e->path);
		close(fd);
	}
	if (geteuid() == 0 && chown(e->path, e->sb.st_uid, e->sb.st_gid) == -1)
		err(71, "%s", e->path);
}

void
tree_write(const struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		write_entry(&t->entries[i]);
	/* Set directory times last: each entry written into a directory changes its time. */
	for (size_t i = t->n; i-- > 0;) {
		struct timespec times[2] = {t->entries[i].sb.st_mtim, t->entries[i].sb.st_mtim};

		utimensat(AT_FDCWD, t->entries[i].path, times, 0);
	}
}

void
tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->entries[i].path);
		free(t->entries[i].p);
	}
	free(t->entries);
	*t = (struct tree){0};
}

void
tree_remove(const char *path, bool whole)
{
	FTS *f = walk(path);

	for (FTSENT *e; (e = fts_read(f)) != NULL;) {
		if (e->fts_level == 0 && !whole)
			continue;
		/* A server may still add files. */
		if (e->fts_info == FTS_DP && rmdir(e->fts_accpath) == -1 && errno != ENOENT)
			err(71, "%s", e->fts_path);
		if (e->fts_info == FTS_F || e->fts_info == FTS_SL)
			unlink(e->fts_accpath);
	}
	fts_close(f);
}

void
each_file(const char *path, void (*each)(const char *p, size_t n))
{
	FTS *f = walk(path);

	for (FTSENT *e; (e = fts_read(f)) != NULL;) {
		size_t n;
		char *p = e->fts_info == FTS_F ? read_file(e->fts_accpath, &n) : NULL;

		if (p != NULL)
			each(p, n);
		free(p);
	}
	fts_close(f);
}

/* ---- digest ------------------------------------------------------------------------------------ */

/* Words of 16 hexadecimal digits are specific to a world, or checksums: ignore them. */
static uint64_t
hash(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t hex = 0;

		if (i == 0 || !isxdigit((unsigned char)p[i - 1]))
			while (i + hex < n && isxdigit((unsigned char)p[i + hex]))
				hex++;
		if (hex == 16)
			i += 15;
		else
			h = (h ^ (unsigned char)p[i]) * 1099511628211u;
	}
	return h;
}

/* The last two parts of a path. */
static const char *
name_of(const char *path)
{
	const char *p = path + strlen(path);

	for (int slashes = 0; p > path && slashes < 2; p--)
		slashes += p[-1] == '/';
	return p + (*p == '/');
}

/* The end of the n-th field from p on. */
static const char *
skip_fields(const char *p, const char *end, int n)
{
	for (; n > 0 && p < end; p++)
		n -= *p == ' ';
	return p;
}

/*
 * A record of the journal (lib/store/journal_record.h) without its checksum and time, and without the digests that
 * depend on the paths and ports of this world: of the destination, and of the mailbox in a file name.
 */
static uint64_t
hash_record(uint64_t h, const char *p, const char *end)
{
	enum { CHECK = 11, HEADER = 21, FIXED = 32, TAG = 13 };
	const char *size;

	if (end - p < CHECK + 1 || strchr("PSXCVGB", p[CHECK]) == NULL)
		return hash(h, p, (size_t)(end - p));
	h = hash(h, p + CHECK, 1);
	if (strchr("PSX", p[CHECK]) == NULL) {
		p = skip_fields(p, end, 1);
		return hash(h, p, (size_t)(end - p));
	}
	size = p + CHECK + 1 + FIXED;
	if (end < size)
		return hash(h, p, (size_t)(end - p));
	h = hash(h, p + CHECK + 1, HEADER);
	if (p[CHECK] == 'P') {
		p = skip_fields(size, end, 1);
		h = hash(h, size, (size_t)(p - size));
		p += end - p > TAG && *p == '.' ? TAG : 0;
	} else {
		p = skip_fields(size, end, 1);
		h = hash(h, size, (size_t)(p - size));
		p = skip_fields(p, end, 2);
	}
	return hash(h, p, (size_t)(end - p));
}

static uint64_t
hash_journal(uint64_t h, const char *p)
{
	while (*p != '\0') {
		size_t n = strcspn(p, "\n");

		h = hash_record(h, p, p + n);
		h = hash(h, p + n, p[n] == '\n');
		p += n + (p[n] == '\n');
	}
	return h;
}

uint64_t
tree_digest(const struct tree *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct entry *e = &t->entries[i];
		uint64_t h = 14695981039346656037u;

		/* A name in tmp/ is TAG.RANDOM, which is left out, or a longer name made from the message. */
		if (strncmp(e->path, "Mail/tmp/", 9) != 0 || strlen(e->path) > 9 + 50)
			h = hash(h, name_of(e->path), strlen(name_of(e->path)) + 1);
		if (strncmp(e->path, "state/", 6) == 0 && e->p != NULL)
			h = hash_journal(h, e->p);
		else if (e->p != NULL)
			h = hash(h, e->p, e->n);
		/* A sum, so that the order of the files does not matter. */
		sum += h * (h | 1);
	}
	return sum;
}
