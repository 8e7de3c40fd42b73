#include "store/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "mail/date.h"
#include "mail/mbox_frame.h"
#include "store/fs.h"
#include "store/lock.h"
#include "store/place.h"
#include "store/store.h"

/* ---- the octets of a killed run ------------------------------------------------------------------ */

#define DATE 24 /* octets of "Fri Nov 20 20:01:00 2026" */

/* Append the note for a dot-lock: the group starts at that offset (bytes), and all its From_ lines have that date. */
static void
mbox_piece_note(struct buf *note, uint64_t offset, time_t date)
{
	buf_addf(note, "offset %llu\ndate ", (unsigned long long)offset);
	date_asctime(date, note);
	buf_addc(note, '\n');
}

static bool
read_note(const char *note, uint64_t *offset, const char **date)
{
	const char *lf = strchr(note, '\n');

	if (lf == NULL || strncmp(note, "offset ", 7) != 0 ||
		!text_number(note + 7, (size_t)(lf - note - 7), INT64_MAX, offset))
		return false;
	*date = lf + 1 + 5;
	return strncmp(lf + 1, "date ", 5) == 0 && strlen(*date) == DATE + 1 &&
	       (*date)[DATE] == '\n';
}

/* Is the line "From SENDER DATE", with the date of the note? */
static bool
is_our_from(const char *p, size_t n, const char *date)
{
	return n > 5 + 1 + DATE && memcmp(p, "From ", 5) == 0 &&
	       memcmp(p + n - DATE, date, DATE) == 0 && p[n - DATE - 1] == ' ' &&
	       memchr(p + 5, ' ', n - 5 - DATE - 1) == NULL;
}

/* Are the n octets the beginning of a From_ line of ours that was cut off? */
static bool
is_torn_from(const char *p, size_t n, const char *date)
{
	const char *space;

	if (n <= 5)
		return memcmp(p, "From ", n) == 0;
	space = memchr(p + 5, ' ', n - 5);
	if (memcmp(p, "From ", 5) != 0)
		return false;
	n -= space != NULL ? (size_t)(space + 1 - p) : n;
	return n <= DATE && memcmp(space != NULL ? space + 1 : p, date, n) == 0;
}

/* Do the octets contain a time of day, NN:NN:NN? */
static bool
has_time(const char *p, size_t n)
{
	static const char form[] = "00:00:00";

	for (size_t i = 0; i + sizeof form - 1 <= n; i++) {
		size_t k = 0;

		while (k < sizeof form - 1 &&
			(form[k] == ':' ? p[i + k] == ':' : text_is_digit(p[i + k])))
			k++;
		if (k == sizeof form - 1)
			return true;
	}
	return false;
}

/*
 * Can a message of another program begin in this line? Either a From_ line that is not ours, or one appended directly
 * to our last line, if that was cut off before its LF.
 */
static bool
is_foreign(const char *p, size_t n, const char *date)
{
	const char *from = memmem(p, n, "From ", 5);

	if (from == NULL)
		return false;
	if (from == p)
		return !is_our_from(p, n, date);
	return has_time(from, n - (size_t)(from - p));
}

static bool
all_ours(const char *p, size_t n, const char *date)
{
	const char *end = p + n;
	bool first = true;

	if (memchr(p, '\n', n) == NULL)
		return is_torn_from(p, n, date);
	for (; p < end; first = false) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((lf != NULL ? lf : end) - p);

		if (first ? !is_our_from(p, len, date) : is_foreign(p, len, date))
			return false;
		p += len + (lf != NULL);
	}
	return true;
}

/* Was everything after the offset written by us? It may begin with the LFs that mend_end (mbox.c) adds. */
static bool
is_piece(int fd, uint64_t offset, uint64_t size, const char *date)
{
	uint64_t page = offset & ~(uint64_t)0xffff;
	size_t n = (size_t)(size - page);
	char *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, (off_t)page);
	const char *p, *end;
	bool ours;

	if (map == MAP_FAILED)
		return false;
	p = map + (offset - page);
	end = map + n;
	for (int i = 0; i < 2 && p < end && *p == '\n'; i++)
		p++;
	ours = p == end || all_ours(p, (size_t)(end - p), date);
	munmap(map, n);
	return ours;
}

/*
 * Truncate the mbox durably to the offset in the note of a dead process's dot-lock, if that process wrote everything
 * after the offset. Without a valid note, or in doubt, nothing is changed. The caller has locked fd. EX_IOERR.
 */
static int
mbox_piece_cut(int fd, const char *note, const char *path, struct err *e)
{
	uint64_t offset;
	const char *date;
	struct stat sb;

	if (!read_note(note, &offset, &date))
		return 0;
	if (fstat(fd, &sb) == -1)
		return err_sys(e, EX_IOERR, "%s", path);
	if ((uint64_t)sb.st_size <= offset || !is_piece(fd, offset, (uint64_t)sb.st_size, date))
		return 0;
	if (ftruncate(fd, (off_t)offset) == -1)
		return err_sys(e, EX_IOERR, "%s", path);
	return fs_sync(fd, path, e);
}

/* ---- the store ----------------------------------------------------------------------------------- */

struct mbox {
	struct store st;
	struct place place;
	int64_t wait;        /* seconds for the lock */
	struct err *warning; /* see mbox_open */

	int fd; /* -1: not locked */
	struct dotlock dot;
	time_t date; /* of the group, in all its From_ lines */

	struct sink file; /* the frame writes to it */
	struct mbox_frame frame;
	struct buf out;
	/* offsets in the file, in bytes */
	uint64_t start;         /* of the group */
	uint64_t at;            /* where `out` will be written */
	uint64_t reached;       /* we have written nothing at or after this offset */
	uint64_t message_start; /* of the current message */
};

static struct mbox *
of_file_sink(struct sink *s)
{
	return (struct mbox *)((char *)s - offsetof(struct mbox, file));
}

/* A failed write may have written a part: set `reached` to the end of such a part, at most, before writing. */
static int
append(void *to, const char *p, size_t n, struct err *e)
{
	struct mbox *m = to;

	m->reached = m->at + n;
	if (fs_write_at(m->fd, p, n, m->at, m->place.path, e) == -1)
		return -1;
	m->at += n;
	dotlock_touch(&m->dot);
	return 0;
}

static int
file_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct mbox *m = of_file_sink(s);

	return buf_gather(&m->out, p, n, append, m, e);
}

static int
mbox_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct mbox *m = (struct mbox *)s;

	return sink_write(&m->frame.sink, p, n, e);
}

static void
unlock(struct mbox *m)
{
	struct err scrap;

	dotlock_drop(&m->dot, false, &scrap);
	if (m->fd != -1)
		close(m->fd);
	m->fd = -1;
}

/* Open and lock the file by fcntl. 0; 1: busy, or a mail reader has replaced the file meanwhile; -1: e. */
static int
lock_file(struct mbox *m, int *holder, struct err *e)
{
	int rc;

	m->fd = place_open(&m->place, "", O_RDWR | O_CREAT, e);
	if (m->fd == -1)
		return -1;
	rc = lock_try(m->fd, holder, e);
	if (rc == 0 && !place_is(&m->place, m->fd))
		rc = 1;
	if (rc == -1)
		err_prefix(e, "%s", m->place.path);
	if (rc != 0)
		unlock(m);
	return rc;
}

/* Take the dot-lock while holding the fcntl lock. 0; 1: busy; -1: e. */
static int
lock_dot(struct mbox *m, struct err *e)
{
	struct buf note = {0};
	enum dotlock_result r = dotlock_try(&m->dot, &m->place, &note, e);
	int rc = 0;

	if (r == DOTLOCK_STALE) {
		rc = mbox_piece_cut(m->fd, buf_str(&note), m->place.path, e);
		if (rc == 0) {
			dotlock_clear(&m->place);
			r = dotlock_try(&m->dot, &m->place, &note, e);
		}
	}
	buf_free(&note);
	if (rc == -1 || r == DOTLOCK_ERROR)
		return -1;
	if (r == DOTLOCK_BARRED) {
		if (m->warning->status == 0)
			*m->warning = *e;
		err_clear(e);
	}
	return r == DOTLOCK_BUSY || r == DOTLOCK_STALE;
}

/* Take both locks or neither: holding one while waiting for the other could deadlock. 0; 1: busy; -1: e. */
static int
lock_both(struct mbox *m, int *holder, struct err *e)
{
	int rc = lock_file(m, holder, e);

	if (rc != 0)
		return rc;
	*holder = 0;
	rc = lock_dot(m, e);
	if (rc != 0)
		unlock(m);
	return rc;
}

static int
lock(struct mbox *m, struct err *e)
{
	int64_t until = wait_after(m->wait);
	int holder = 0, rc;

	while ((rc = lock_both(m, &holder, e)) == 1) {
		rc = lock_pause(until, e);
		if (rc == -1)
			return -1;
		if (rc == 1 && holder != 0)
			return err_set(e, EX_TEMPFAIL, "%s: locked by process %d (try again later)",
				m->place.path, holder);
		if (rc == 1)
			return err_set(e, EX_TEMPFAIL,
				"%s: locked by %s.lock (if no program uses the mbox, remove that "
				"file)",
				m->place.path, m->place.path);
	}
	return rc;
}

/* If the mbox does not end in an empty line, add one: readers see a From_ line only after an empty line. */
static int
mend_end(struct mbox *m, struct err *e)
{
	char last[2] = {'\n', '\n'};
	size_t n = m->start < 2 ? (size_t)m->start : 2;

	if (fs_read_at(m->fd, last + 2 - n, n, m->start - n, m->place.path, e) == -1)
		return -1;
	if (last[1] != '\n')
		return file_write(&m->file, "\n\n", 2, e);
	return last[0] != '\n' ? file_write(&m->file, "\n", 1, e) : 0;
}

/* Begin a group: lock the mbox, note its length in the dot-lock, and make the file's name durable. */
static int
begin_group(struct mbox *m, struct err *e)
{
	struct buf note = {0};
	struct stat sb;
	int rc;

	if (lock(m, e) == -1)
		return -1;
	if (fstat(m->fd, &sb) == -1) {
		err_sys(e, EX_IOERR, "%s", m->place.path);
		/* m->start is still that of the last group: without the lock mbox_close does not truncate to it. */
		unlock(m);
		return -1;
	}
	m->start = m->at = m->reached = (uint64_t)sb.st_size;
	buf_clear(&m->out);
	m->date = time(NULL);
	mbox_piece_note(&note, m->start, m->date);
	rc = m->dot.of != NULL ? dotlock_note(&m->dot, note.data, e) : 0;
	buf_free(&note);
	if (rc == -1)
		return -1;
	if (m->dot.of == NULL && place_sync(&m->place, e) == -1) {
		if (e->status != EX_CANTCREAT)
			return -1;
		err_clear(e); /* a directory that we may not read cannot have been changed by us */
	}
	return mend_end(m, e);
}

static int
mbox_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	struct mbox *m = (struct mbox *)st;
	(void)msg;
	if (m->fd == -1 && begin_group(m, e) == -1)
		return -1;
	m->message_start = m->at + m->out.len;
	mbox_frame_init(&m->frame, &m->file, m->date);
	return 0;
}

static int
mbox_end(struct store *st, struct err *e)
{
	struct mbox *m = (struct mbox *)st;

	return mbox_frame_finish(&m->frame, e);
}

static int
cut_back(struct mbox *m, uint64_t to)
{
	if (to >= m->at) {
		m->out.len = (size_t)(to - m->at);
		if (m->reached <= m->at)
			return 0;
	} else {
		m->out.len = 0;
		m->at = to;
	}
	if (ftruncate(m->fd, (off_t)m->at) == -1)
		return -1;
	m->reached = m->at;
	return 0;
}

static void
mbox_abort(struct store *st)
{
	struct mbox *m = (struct mbox *)st;

	if (m->fd != -1)
		cut_back(m, m->message_start);
}

static int
mbox_prepare(struct store *st, struct err *e)
{
	struct mbox *m = (struct mbox *)st;

	if (m->fd == -1)
		return 0;
	if (append(m, m->out.data, m->out.len, e) == -1)
		return -1;
	m->out.len = 0;
	return fs_sync(m->fd, m->place.path, e);
}

static int
mbox_publish(struct store *st, struct err *e)
{
	struct mbox *m = (struct mbox *)st;

	if (m->fd == -1)
		return 0;
	/*
	 * Remove the note now, before the messages are deleted on the server: with the note, a later run would cut them off.
	 */
	if (m->dot.of != NULL && dotlock_drop(&m->dot, true, e) == -1)
		return -1;
	unlock(m);
	return 0;
}

static void
mbox_close(struct store *st)
{
	struct mbox *m = (struct mbox *)st;

	/* If the truncation fails, leave the dot-lock with its note: the next run then truncates. */
	if (m->fd != -1 && cut_back(m, m->start) == -1)
		dotlock_leave(&m->dot);
	unlock(m);
	buf_free(&m->out);
	place_close(&m->place);
	free(m);
}

struct store *
mbox_open(const char *path, int64_t wait_seconds, struct err *warning, struct err *e)
{
	static const struct store_ops ops = {.begin = mbox_begin,
		.end = mbox_end,
		.abort = mbox_abort,
		.prepare = mbox_prepare,
		.publish = mbox_publish,
		.close = mbox_close};
	struct mbox *m = mem_zalloc(sizeof *m);
	int rc;

	m->st = (struct store){.sink = {mbox_write}, .ops = &ops};
	m->file.write = file_write;
	m->wait = wait_seconds;
	m->warning = warning;
	m->fd = -1;
	rc = place_find(&m->place, AT_FDCWD, path, PLACE_FOLLOW, e);
	if (rc == 0)
		rc = place_check(&m->place, e);
	if (rc == 0)
		return &m->st;
	mbox_close(&m->st);
	return NULL;
}
