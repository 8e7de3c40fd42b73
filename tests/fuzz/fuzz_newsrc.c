/* A .newsrc: ranges agree with a bitmap, lines of other groups stay octet for octet, and marks are read back. */
#include <string.h>

#include "base/buf.h"
#include "files.h"
#include "store/newsrc.h"
#include "store/ranges.h"

#define NUMBERS 4096

/* Add ranges of small numbers in any order, and compare them with one flag for each number. */
static void
bitmap(const uint8_t *data, size_t n)
{
	bool flags[NUMBERS] = {false};
	struct buf text = {0}, again = {0};
	struct ranges r = {0}, read = {0};

	for (size_t i = 0; i + 2 < n; i += 3) {
		uint64_t lo = data[i] * 15u + 1, hi = lo + data[i + 1] % 100;

		for (uint64_t k = lo; k <= hi; k++)
			flags[k] = true;
		if (data[i + 2] & 1)
			ranges_add(&r, lo, hi);
		else
			ranges_join(&r, &(struct ranges){&(struct range){lo, hi}, 1, 1});
	}
	for (uint64_t k = 0; k < NUMBERS; k++)
		MUST(ranges_has(&r, k) == flags[k]);
	ranges_format(&r, &text);
	MUST(ranges_parse(&read, buf_str(&text), text.len) && read.count == r.count);
	ranges_format(&read, &again);
	MUST(strcmp(buf_str(&text), buf_str(&again)) == 0);
	ranges_free(&r);
	ranges_free(&read);
	buf_free(&text);
	buf_free(&again);
}

/* Does the file begin with these octets? */
static bool
begins(const char *path, const char *p, size_t n)
{
	char got[4096];
	int fd = open(path, O_RDONLY);
	ssize_t have = read(fd, got, sizeof got);

	close(fd);
	return have >= (ssize_t)n && memcmp(got, p, n) == 0;
}

static void
file(const char *p, size_t n)
{
	struct err warning = {0}, e = {0};
	struct newsrc *rc;
	struct newsrc_group *g;

	unlink("newsrc");
	files_write("newsrc", p, n);
	rc = newsrc_open("newsrc", 0, &warning, &e);
	MUST(rc != NULL);
	g = newsrc_group(rc, "a.b", &e);
	if (g == NULL) {
		MUST(e.status == EX_DATAERR);
		newsrc_close(rc);
		return;
	}
	newsrc_mark(g, 5, 9);
	MUST(newsrc_save(rc, &e) == 0);
	newsrc_close(rc);
	rc = newsrc_open("newsrc", 0, &warning, &e);
	MUST(rc != NULL && (g = newsrc_group(rc, "a.b", &e)) != NULL);
	MUST(ranges_has(newsrc_read(g), 5) && ranges_has(newsrc_read(g), 9));
	newsrc_close(rc);
	if (n == 0 || memmem(p, n, "a.b", 3) == NULL)
		MUST(begins("newsrc", p, n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ranges r = {0};

	files_begin();
	bitmap(data, n);
	if (ranges_parse(&r, (const char *)data, n))
		for (size_t i = 1; i < r.count; i++)
			MUST(r.r[i - 1].hi < r.r[i].lo - 1);
	ranges_free(&r);
	if (n % 8 == 0)
		file((const char *)data, n);
	return 0;
}
