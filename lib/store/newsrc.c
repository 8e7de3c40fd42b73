#include "store/newsrc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/lock.h"
#include "store/place.h"
#include "store/temps.h"

struct err;

struct newsrc_file {
	struct place at; /* links resolved: the file itself is replaced */
	int fd;          /* the open and locked file; -1: there is none */
	struct dotlock dot;
	struct stat seen; /* status of the file when it was read */
	struct buf text;
};

/* ---- the file ------------------------------------------------------------------------------------ */

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtime == b->st_mtime && compat_mtime_nsec(a) == compat_mtime_nsec(b);
}

static void
close_file(struct newsrc_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
}

/* Open and lock the file, if it exists. 0; 1: busy; -1 with e. */
static int
lock_file(struct newsrc_file *f, struct err *e)
{
	int holder, rc;

	f->fd = place_open(&f->at, "", O_RDWR, e);
	if (f->fd == -1 && errno == ENOENT) {
		err_clear(e);
		return 0;
	}
	if (f->fd == -1)
		return -1;
	rc = lock_try(f->fd, &holder, e);
	/* Replaced between open and lock? Then the lock is on a file that has no name any more. */
	if (rc == 0 && !place_is(&f->at, f->fd))
		rc = 1;
	return rc;
}

/* Take the dot-lock while holding the file's lock. 0; 1: busy; -1 with e. */
static int
lock_dot(struct newsrc_file *f, struct err *warning, struct err *e)
{
	struct buf note = {0};
	enum dotlock_result r = dotlock_try(&f->dot, &f->at, &note, e);

	if (r == DOTLOCK_STALE) {
		dotlock_clear(&f->at);
		r = dotlock_try(&f->dot, &f->at, &note, e);
	}
	buf_free(&note);
	if (r == DOTLOCK_BARRED) {
		*warning = *e;
		err_clear(e);
	}
	return r == DOTLOCK_ERROR ? -1 : r == DOTLOCK_BUSY || r == DOTLOCK_STALE;
}

static int
lock_both(struct newsrc_file *f, int64_t until, struct err *warning, struct err *e)
{
	for (;;) {
		int rc = lock_file(f, e);

		if (rc == 0)
			rc = lock_dot(f, warning, e);
		if (rc == 0)
			return 0;
		close_file(f);
		if (rc == 1)
			rc = lock_pause(until, e);
		if (rc == 1)
			return err_set(
				e, EX_TEMPFAIL, "%s: locked by another newsreader", f->at.path);
		if (rc == -1)
			return -1;
	}
}

static int
read_text(struct newsrc_file *f, struct err *e)
{
	buf_clear(&f->text);
	if (f->fd == -1)
		return 0;
	if (fstat(f->fd, &f->seen) == -1 || lseek(f->fd, 0, SEEK_SET) == -1)
		return err_sys(e, EX_IOERR, "%s", f->at.path);
	return fs_read_all(f->fd, NEWSRC_MAX, &f->text, f->at.path, e);
}

/* As newsrc_open. Call newsrc_file_close also after -1. */
static int
newsrc_file_open(struct newsrc_file *f, const char *path, int64_t wait_seconds, struct err *warning,
	struct err *e)
{
	*f = (struct newsrc_file){.fd = -1};
	if (place_find(&f->at, AT_FDCWD, path, PLACE_FOLLOW, e) == -1)
		return -1;
	if (lock_both(f, wait_after(wait_seconds), warning, e) == -1)
		return -1;
	return read_text(f, e);
}

/* Read the file again if another program has changed it. EX_IOERR, EX_DATAERR. */
static int
newsrc_file_refresh(struct newsrc_file *f, struct err *e)
{
	struct stat now;

	if (place_stat(&f->at, "", &now) == -1) {
		if (errno != ENOENT)
			return err_sys(e, EX_IOERR, "%s", f->at.path);
		close_file(f);
		buf_clear(&f->text);
		return 0;
	}
	if (f->fd != -1 && is_same(&now, &f->seen))
		return 0;
	/* A newsreader without locks has replaced the file. Keep the dot-lock, and open the new file. */
	close_file(f);
	if (lock_file(f, e) == -1)
		return -1;
	return read_text(f, e);
}

static char *
temp_path(const struct newsrc_file *f, const char *suffix)
{
	struct buf b = {0};

	buf_addf(&b, "%s%s", f->at.path, suffix);
	return buf_steal(&b);
}

/* Drop the registration of the temporary, and its file unless it has become the newsrc. */
static void
forget_temp(const struct newsrc_file *f, char *suffix, bool remove)
{
	char *path = temp_path(f, suffix);

	if (remove)
		place_unlink(&f->at, suffix);
	temps_forget(path);
	free(path);
	free(suffix);
}

/*
 * Write the new file, complete and durable, beside the old one. Returns its descriptor, or -1; *suffix is for
 * forget_temp.
 */
static int
write_temp(struct newsrc_file *f, const struct buf *text, char **suffix, struct err *e)
{
	int fd = place_temp(&f->at, 0600, suffix, e);
	char *path;

	if (fd == -1)
		return -1;
	path = temp_path(f, *suffix);
	temps_add(path);
	free(path);
	if (f->fd != -1 && fchmod(fd, f->seen.st_mode & 0777) == -1)
		err_sys(e, EX_CANTCREAT, "%s", f->at.path);
	else if (fs_write_at(fd, text->data, text->len, 0, f->at.path, e) == 0 &&
		 fs_sync(fd, f->at.path, e) == 0)
		return fd;
	close(fd);
	forget_temp(f, *suffix, true);
	return -1;
}

/*
 * Replace the file by the text durably, with the old mode (new file: 0600), and empty `text`. EX_CANTCREAT,
 * EX_IOERR.
 */
static int
newsrc_file_write(struct newsrc_file *f, struct buf *text, struct err *e)
{
	char *suffix;
	int fd = write_temp(f, text, &suffix, e), holder, rc;

	if (fd == -1) {
		buf_free(text);
		return -1;
	}
	/* Lock the new file before it gets its name, so that the newsrc file is locked all the time. */
	rc = lock_try(fd, &holder, e) == -1 ? -1 : place_replace(&f->at, suffix, e);
	forget_temp(f, suffix, rc == -1);
	if (rc == -1) {
		close(fd);
		buf_free(text);
		return -1;
	}
	close_file(f);
	f->fd = fd;
	fstat(fd, &f->seen);
	buf_free(&f->text);
	f->text = *text;
	return place_sync(&f->at, e);
}

static void
newsrc_file_close(struct newsrc_file *f)
{
	struct err scrap;

	dotlock_drop(&f->dot, false, &scrap);
	close_file(f);
	buf_free(&f->text);
	place_close(&f->at);
}

/* ---- its lines ----------------------------------------------------------------------------------- */

struct newsrc_group {
	char *name;
	struct ranges read;  /* from the file, and marks of this run */
	struct ranges added; /* marks of this run */
	bool reset;          /* ignore the ranges in the file */
	bool changed;
	bool put; /* while saving: its line is in the new text */
};

/* The parts of a line that belongs to a group; pointers into the text. */
struct line {
	const char *name;
	size_t name_len;
	const char *ranges; /* after the colon and the blanks that follow it */
	const char *end;    /* of the ranges */
};

/* The lines of a text in order, with an index by name: the first line, if several have one name. */
struct lines {
	struct line *line;
	size_t count, room;
	struct hash by_name;
};

struct newsrc {
	struct newsrc_file file;
	struct lines lines; /* of file.text */
	struct newsrc_group **group;
	size_t count, room;
	struct hash by_name; /* of the groups */
};

static bool
is_line(const void *ctx, uint32_t index, const char *name, size_t n)
{
	const struct line *l = &((const struct lines *)ctx)->line[index];

	return l->name_len == n && memcmp(l->name, name, n) == 0;
}

static bool
is_group(const void *ctx, uint32_t index, const char *name, size_t n)
{
	const struct newsrc_group *g = ((const struct newsrc *)ctx)->group[index];

	return strlen(g->name) == n && memcmp(g->name, name, n) == 0;
}

/* Note the line from p up to end, if it has the form of a group's. */
static void
note_line(struct lines *t, const char *p, const char *end)
{
	struct line l = {.name = p, .end = end};

	while (p < end && *p != ':' && *p != '!')
		p++;
	if (p == end || p == l.name)
		return;
	l.name_len = (size_t)(p - l.name);
	for (p++; p < end && (*p == ' ' || *p == '\t');)
		p++;
	l.ranges = p;
	while (l.end > l.ranges && text_is_space(l.end[-1]))
		l.end--;
	t->line = mem_grow(t->line, t->count, &t->room, sizeof *t->line);
	t->line[t->count] = l;
	if (hash_put(&t->by_name, l.name, l.name_len, (uint32_t)t->count, is_line, t) == HASH_NONE)
		t->count++;
}

static void
lines_free(struct lines *t)
{
	hash_free(&t->by_name);
	free(t->line);
	*t = (struct lines){0};
}

static void
lines_read(struct lines *t, const struct buf *text)
{
	const char *p = buf_str(text), *end = p + text->len, *next;

	lines_free(t);
	for (; p < end; p = next) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next != NULL ? next + 1 : end;
		note_line(t, p, next);
	}
}

struct newsrc *
newsrc_open(const char *path, int64_t wait_seconds, struct err *warning, struct err *e)
{
	struct newsrc *n = mem_zalloc(sizeof *n);

	if (newsrc_file_open(&n->file, path, wait_seconds, warning, e) == -1) {
		newsrc_close(n);
		return NULL;
	}
	lines_read(&n->lines, &n->file.text);
	return n;
}

static bool
parse_line(const struct line *l, struct ranges *r)
{
	return ranges_parse(r, l->ranges, (size_t)(l->end - l->ranges));
}

static int
bad_line(const struct newsrc *n, const char *name, struct err *e)
{
	return err_set(e, EX_DATAERR,
		"%s: the line of %s has invalid ranges (correct or delete it)", n->file.at.path,
		name);
}

static void
group_free(struct newsrc_group *g)
{
	ranges_free(&g->read);
	ranges_free(&g->added);
	free(g->name);
	free(g);
}

struct newsrc_group *
newsrc_group(struct newsrc *n, const char *name, struct err *e)
{
	size_t len = strlen(name);
	uint32_t at = hash_get(&n->by_name, name, len, is_group, n);
	struct newsrc_group *g;

	if (at != HASH_NONE)
		return n->group[at];
	if (*name == '\0' || strpbrk(name, ":! \t\r\n") != NULL) {
		err_set(e, EX_DATAERR, "the group name '%.100s' cannot stand in a newsrc file",
			name);
		return NULL;
	}
	g = mem_zalloc(sizeof *g);
	g->name = mem_strdup(name);
	at = hash_get(&n->lines.by_name, name, len, is_line, &n->lines);
	if (at != HASH_NONE && !parse_line(&n->lines.line[at], &g->read)) {
		bad_line(n, name, e);
		group_free(g);
		return NULL;
	}
	n->group = mem_grow(n->group, n->count, &n->room, sizeof(struct newsrc_group *));
	n->group[n->count] = g;
	hash_put(&n->by_name, name, len, (uint32_t)n->count++, is_group, n);
	return g;
}

const char *
newsrc_name(const struct newsrc_group *g)
{
	return g->name;
}

const char *
newsrc_subscribed(const struct newsrc *n, size_t *at, size_t *len)
{
	const struct line *l;

	while (*at < n->lines.count) {
		l = &n->lines.line[(*at)++];
		*len = l->name_len;
		if (l->name[l->name_len] == ':')
			return l->name;
	}
	return NULL;
}

const char *
newsrc_path(const struct newsrc *n)
{
	return n->file.at.path;
}

bool
newsrc_exists(const struct newsrc *n)
{
	return n->file.fd != -1;
}

const struct ranges *
newsrc_read(const struct newsrc_group *g)
{
	return &g->read;
}

void
newsrc_mark(struct newsrc_group *g, uint64_t lo, uint64_t hi)
{
	ranges_add(&g->added, lo, hi);
	if (ranges_add(&g->read, lo, hi))
		g->changed = true;
}

void
newsrc_mark_all(struct newsrc_group *g, const struct ranges *marks)
{
	struct range gap;

	for (size_t i = 0; !g->changed && i < marks->count; i++)
		g->changed = ranges_gap(&g->read, marks->r[i].lo, marks->r[i].hi, &gap);
	ranges_join(&g->added, marks);
	ranges_join(&g->read, marks);
}

bool
newsrc_renumbered(const struct newsrc_group *g, uint64_t high)
{
	return g->read.count != 0 && g->read.r[g->read.count - 1].hi > high;
}

void
newsrc_reset(struct newsrc_group *g)
{
	g->changed = g->changed || g->read.count != 0;
	g->reset = true;
	ranges_free(&g->read);
	ranges_free(&g->added);
}

/* Append the line to be written for a group. l: its line in the file, or NULL. */
static bool
merge(struct newsrc_group *g, const struct line *l, struct buf *out)
{
	struct ranges r = {0};
	bool ok = l == NULL || g->reset || parse_line(l, &r);

	ranges_join(&r, &g->added);
	ranges_format(&r, out);
	ranges_free(&r);
	g->put = true;
	return ok;
}

/* Append the text of the file, with new ranges in the lines of changed groups. */
static int
put_lines(struct newsrc *n, struct buf *out, struct err *e)
{
	const char *from = buf_str(&n->file.text), *end = from + n->file.text.len;

	for (size_t i = 0; i < n->lines.count; i++) {
		const struct line *l = &n->lines.line[i];
		uint32_t at = hash_get(&n->by_name, l->name, l->name_len, is_group, n);

		if (at == HASH_NONE || !n->group[at]->changed)
			continue;
		buf_add(out, from, (size_t)(l->ranges - from));
		if (l->ranges[-1] == ':' || l->ranges[-1] == '!')
			buf_addc(out, ' ');
		if (!merge(n->group[at], l, out))
			return bad_line(n, n->group[at]->name, e);
		from = l->end;
	}
	buf_add(out, from, (size_t)(end - from));
	return 0;
}

/* Append lines for changed groups that the file does not list. */
static void
put_new_lines(struct newsrc *n, struct buf *out)
{
	for (size_t i = 0; i < n->count; i++) {
		struct newsrc_group *g = n->group[i];

		if (!g->changed || g->put)
			continue;
		if (out->len != 0 && out->data[out->len - 1] != '\n')
			buf_addc(out, '\n');
		buf_addf(out, "%s: ", g->name);
		merge(g, NULL, out);
		buf_addc(out, '\n');
	}
}

int
newsrc_save(struct newsrc *n, struct err *e)
{
	struct buf text = {0};
	bool changed = false;
	int rc;

	for (size_t i = 0; i < n->count; i++) {
		changed = changed || n->group[i]->changed;
		n->group[i]->put = false;
	}
	if (!changed)
		return 0;
	rc = newsrc_file_refresh(&n->file, e);
	/* Also after an error: the text may have moved. */
	lines_read(&n->lines, &n->file.text);
	if (rc == 0)
		rc = put_lines(n, &text, e);
	if (rc == 0) {
		put_new_lines(n, &text);
		rc = newsrc_file_write(&n->file, &text, e);
		lines_read(&n->lines, &n->file.text);
	} else {
		buf_free(&text);
	}
	for (size_t i = 0; i < n->count && rc == 0; i++)
		n->group[i]->changed = n->group[i]->reset = false;
	return rc;
}

void
newsrc_close(struct newsrc *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++)
		group_free(n->group[i]);
	free(n->group);
	hash_free(&n->by_name);
	lines_free(&n->lines);
	newsrc_file_close(&n->file);
	free(n);
}
