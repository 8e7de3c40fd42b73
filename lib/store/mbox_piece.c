#include "store/mbox_piece.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "mail/date.h"
#include "store/fs.h"

#define DATE 24 /* octets of "Fri Nov 20 20:01:00 2026" */

void
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

/* "From SENDER DATE", with the date of the note? */
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

int
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
