/* The journal: records read back as they were written; any file is read, or refused, and can be written to. */
#include <string.h>

#include "base/buf.h"
#include "files.h"
#include "store/journal_record.h"
#include "store/journal.h"

/* A line that parses as a record is written again as the same line. */
static void
line(const char *p, size_t n)
{
	struct buf again = {0};
	struct journal_record r;

	if (!journal_record_parse(p, n, &r))
		return;
	MUST(r.name_len < n && r.uid_len < n);
	journal_record_format(&r, &again);
	MUST(journal_record_parse(again.data, again.len - 1, &r));
	buf_free(&again);
}

/* The octets as the text of a record with a valid checksum. */
static void
checked(const char *p, size_t n)
{
	struct journal_record r = {.kind = JOURNAL_STORED, .uid = "u", .uid_len = 1};
	struct buf b = {0};

	if (n >= JOURNAL_MAX - 32 || memchr(p, '\n', n) != NULL)
		return;
	journal_record_format(&r, &b);
	b.len = 17;
	buf_add(&b, p, n);
	line(b.data, b.len);
	buf_free(&b);
}

/* Store one message, and find it after the journal is opened again. */
static void
file(const char *p, size_t n)
{
	static const char first[] = "mailnet-state 1\n";
	struct journal_record r = {
		.size = 7, .name = "n", .name_len = 1, .uid = "uid", .uid_len = 3};
	struct journal_known known;
	struct err e = {0};
	struct buf b = {0};
	struct journal *s;

	buf_adds(&b, first);
	buf_add(&b, p, n);
	files_write("journal", b.data, b.len);
	buf_free(&b);
	s = journal_open("journal", "d", &e);
	if (s == NULL) {
		MUST(e.status == EX_CONFIG);
		return;
	}
	MUST(journal_add(s, JOURNAL_STORED, &r, 1, false, &e) == 0);
	journal_close(s);
	s = journal_open("journal", "d", &e);
	MUST(s != NULL && journal_listed(s, "uid", 3, 7, &known));
	MUST(journal_expire(s, 1800000000, &e) == 0);
	journal_close(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data;

	files_begin();
	line(p, n);
	checked(p, n);
	if (n % 8 == 0)
		file(p, n);
	return 0;
}
