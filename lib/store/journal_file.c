#include "store/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "base/work.h"
#include "store/fs.h"
#include "store/lock.h"
#include "store/journal_record.h"

#define CHUNK (64 * 1024)

/* The first line ends with one digit, the version. */
static const char first_line[] = "mailnet-state 2\n";
#define FIRST  (sizeof first_line - 1)
#define PREFIX (FIRST - 2)

/*
 * Is it a journal? 1: yes, and f->version is set; 0: empty, or the beginning of the first line, which a copy that
 * was interrupted may leave; -1: something else, EX_CONFIG.
 */
static int
check_first(struct journal_file *f, uint64_t size, struct err *e)
{
	char got[FIRST];
	size_t n = size < FIRST ? (size_t)size : FIRST;

	if (fs_read_at(f->fd, got, n, 0, f->at.path, e) == -1)
		return -1;
	if (memcmp(got, first_line, n < PREFIX ? n : PREFIX) != 0 ||
		(n > PREFIX && !text_is_digit(got[PREFIX])) ||
		(n == FIRST && got[FIRST - 1] != '\n'))
		return err_set(e, EX_CONFIG,
			"%s: not a journal of mailnet (name another file with --state)",
			f->at.path);
	f->version = n > PREFIX ? (unsigned)(got[PREFIX] - '0') : JOURNAL_VERSION;
	if (f->version == 0 || f->version > JOURNAL_VERSION)
		return err_set(e, EX_CONFIG,
			"%s: version %u of the journal; this mailnet can read it up to version %d "
			"(use a later mailnet)",
			f->at.path, f->version, JOURNAL_VERSION);
	return n == FIRST;
}

/*
 * Hand each complete line to `each`; *end is after the last good record. A bad line with good lines after it (blocks
 * that never reached the disk) is passed over. A line that is too long for a record is bad too, and is dropped in
 * parts, so that the buffer stays small.
 */
int
journal_file_read(const struct journal_file *f, journal_file_each *each, void *ctx, uint64_t *end,
	struct err *e)
{
	struct buf b = {0};
	uint64_t at = FIRST; /* offset in the file of the first octet in b */
	uint64_t read_to = FIRST, size = f->end;
	int rc = 0;

	*end = FIRST;
	while (rc == 0 && read_to < size) {
		size_t n = size - read_to < CHUNK ? (size_t)(size - read_to) : CHUNK;
		size_t used = 0;
		const char *lf;

		rc = work_check(n, e);
		if (rc == 0)
			rc = fs_read_at(f->fd, buf_reserve(&b, n), n, read_to, f->at.path, e);
		if (rc == -1)
			break;
		b.len += n;
		read_to += n;
		while ((lf = memchr(b.data + used, '\n', b.len - used)) != NULL) {
			size_t len = (size_t)(lf - (b.data + used));
			char uid[JOURNAL_UID + 1];
			struct journal_record r;

			if ((f->version == 1 ? journal_v1_parse(b.data + used, len, &r, uid)
					     : journal_record_parse(b.data + used, len, &r)) &&
				each(ctx, &r, at + used))
				*end = at + used + len + 1;
			used += len + 1;
		}
		if (b.len - used >= JOURNAL_MAX)
			used = b.len - 1;
		buf_drop(&b, used);
		at += used;
	}
	buf_free(&b);
	return rc;
}

int
journal_file_cut(struct journal_file *f, uint64_t end, struct err *e)
{
	if (f->end == end)
		return 0;
	if (ftruncate(f->fd, (off_t)end) == -1)
		return err_sys(e, EX_IOERR, "%s", f->at.path);
	f->end = end;
	return fs_sync(f->fd, f->at.path, e);
}

/* Make the file, or make it anew. */
static int
make_empty(struct journal_file *f, struct err *e)
{
	return journal_file_draft(f, e) == -1 ? -1 : journal_file_draft_commit(f, e);
}

static int
open_existing(struct journal_file *f, struct err *e)
{
	struct stat sb;
	int rc;

	if (fstat(f->fd, &sb) == -1)
		return err_sys(e, EX_IOERR, "%s", f->at.path);
	/* A forged record would have a message deleted from the server. */
	if ((sb.st_mode & 022) != 0)
		return err_set(e, EX_CONFIG,
			"%s: other users can write it (chmod go-w it, if its "
			"content can be trusted)",
			f->at.path);
	f->end = (uint64_t)sb.st_size;
	rc = check_first(f, f->end, e);
	return rc == 0 ? make_empty(f, e) : rc == 1 ? 0 : -1;
}

int
journal_file_open(struct journal_file *f, const char *path, struct err *e)
{
	*f = (struct journal_file){.fd = -1, .lock = -1, .draft = -1};
	if (place_find(&f->at, AT_FDCWD, path, PLACE_FOLLOW | PLACE_MAKE, e) == 0)
		f->lock = lock_open(&f->at, ".lock", 0, e);
	if (f->lock == -1)
		return -1;
	f->fd = place_open(&f->at, "", O_RDWR, e);
	if (f->fd == -1 && errno != ENOENT)
		return -1;
	if (f->fd != -1) {
		if (open_existing(f, e) == -1)
			return -1;
	} else {
		err_clear(e);
		if (make_empty(f, e) == -1)
			return -1;
	}
	/* A killed run may have renamed the file without syncing the directory. */
	return place_sync(&f->at, e);
}

void
journal_file_close(struct journal_file *f)
{
	journal_file_draft_abort(f);
	if (f->fd != -1)
		close(f->fd);
	if (f->lock != -1)
		close(f->lock);
	place_close(&f->at);
	f->fd = f->lock = -1;
}

static int
check_sound(const struct journal_file *f, struct err *e)
{
	if (f->broken)
		return err_set(e, EX_IOERR,
			"%s: nothing more is written to the file, since an earlier write failed",
			f->at.path);
	return 0;
}

int
journal_file_append(struct journal_file *f, const struct buf *lines, struct err *e)
{
	if (check_sound(f, e) == -1)
		return -1;
	if (fs_write_at(f->fd, lines->data, lines->len, f->end, f->at.path, e) == -1) {
		f->broken = ftruncate(f->fd, (off_t)f->end) == -1;
		return -1;
	}
	f->end += lines->len;
	return 0;
}

int
journal_file_sync(struct journal_file *f, struct err *e)
{
	if (check_sound(f, e) == -1)
		return -1;
	if (fs_sync_data(f->fd, f->at.path, e) == 0)
		return 0;
	f->broken = true;
	return -1;
}

int
journal_file_get(const struct journal_file *f, uint64_t offset, struct buf *out,
	struct journal_record *r, struct err *e)
{
	size_t n = f->end - offset < JOURNAL_MAX ? (size_t)(f->end - offset) : JOURNAL_MAX;
	const char *lf;

	buf_clear(out);
	if (fs_read_at(f->fd, buf_reserve(out, n), n, offset, f->at.path, e) == -1)
		return -1;
	lf = memchr(out->data, '\n', n);
	if (lf == NULL || !journal_record_parse(out->data, (size_t)(lf - out->data), r))
		return err_set(
			e, EX_IOERR, "%s: an entry was changed by another program", f->at.path);
	out->len = (size_t)(lf - out->data) + 1;
	return 0;
}

static int
draft_flush(struct journal_file *f, struct err *e)
{
	size_t n = f->draft_out.len;

	if (fs_write_at(f->draft, f->draft_out.data, n, f->draft_end - n, f->at.path, e) == -1)
		return -1;
	buf_clear(&f->draft_out);
	return 0;
}

int
journal_file_draft(struct journal_file *f, struct err *e)
{
	/* Always the same name: the file that a killed run left is replaced. */
	f->draft = place_create(&f->at, ".new", e);
	if (f->draft == -1)
		return -1;
	buf_clear(&f->draft_out);
	buf_adds(&f->draft_out, first_line);
	f->draft_end = FIRST;
	return 0;
}

int
journal_file_draft_add(struct journal_file *f, const char *lines, size_t n, struct err *e)
{
	buf_add(&f->draft_out, lines, n);
	f->draft_end += n;
	return f->draft_out.len < CHUNK ? 0 : draft_flush(f, e);
}

int
journal_file_draft_commit(struct journal_file *f, struct err *e)
{
	int rc = draft_flush(f, e);

	if (rc == 0)
		rc = fs_sync(f->draft, f->at.path, e);
	if (rc == 0)
		rc = place_replace(&f->at, ".new", e);
	if (rc == -1) {
		journal_file_draft_abort(f);
		return -1;
	}
	if (f->fd != -1)
		close(f->fd);
	f->fd = f->draft;
	f->end = f->draft_end;
	f->version = JOURNAL_VERSION;
	f->draft = -1;
	buf_free(&f->draft_out);
	rc = place_sync(&f->at, e);
	f->broken = rc == -1;
	return rc;
}

void
journal_file_draft_abort(struct journal_file *f)
{
	if (f->draft == -1)
		return;
	close(f->draft);
	f->draft = -1;
	buf_free(&f->draft_out);
	place_unlink(&f->at, ".new");
}
