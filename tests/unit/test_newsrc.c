/* .newsrc: ranges, lines that survive, locks, replacement. */
#include <stdio.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/work.h"
#include "store/newsrc.h"

#include "check.h"
#include "scratch.h"

static struct err e, warning;

static void
check_ranges(const char *from, uint64_t lo, uint64_t hi, const char *want)
{
	struct ranges r = {0};
	struct buf b = {0};

	CHECK(ranges_parse(&r, from, strlen(from)));
	if (hi != 0)
		ranges_add(&r, lo, hi);
	ranges_format(&r, &b);
	CHECK_TEXT(buf_str(&b), want);
	ranges_free(&r);
	buf_free(&b);
}

static void
test_ranges(void)
{
	static const char *const bad[] = {"x", "1-", "-1", "5-3", "1,,2", "1 2",
		"18446744073709551616", "99999999999999999999999"};
	struct ranges r = {0};
	struct range gap;

	check_ranges("", 0, 0, "");
	check_ranges("1-100,105", 0, 0, "1-100,105");
	check_ranges(" 7 , 1-3 ,2-5", 0, 0, "1-5,7");
	check_ranges("1-100,105", 101, 104, "1-105");
	check_ranges("1-100,105", 50, 200, "1-200");
	check_ranges("10-20", 9, 9, "9-20");
	check_ranges("10-20", 8, 8, "8,10-20");
	check_ranges("10-20", 21, 21, "10-21");
	check_ranges("10,12,14,16", 11, 15, "10-16");
	check_ranges("9223372036854775807", 9223372036854775808u, 18446744073709551614u,
		"9223372036854775807-18446744073709551614");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK(!ranges_parse(&r, bad[i], strlen(bad[i])));
		ranges_free(&r);
	}
	CHECK(ranges_parse(&r, "5-10,20-30", 10));
	CHECK(ranges_has(&r, 5) && ranges_has(&r, 30) && !ranges_has(&r, 4) && !ranges_has(&r, 11));
	CHECK(ranges_gap(&r, 1, 100, &gap) && gap.lo == 1 && gap.hi == 4);
	CHECK(ranges_gap(&r, 5, 100, &gap) && gap.lo == 11 && gap.hi == 19);
	CHECK(ranges_gap(&r, 25, 100, &gap) && gap.lo == 31 && gap.hi == 100);
	CHECK(ranges_gap(&r, 12, 15, &gap) && gap.lo == 12 && gap.hi == 15);
	CHECK(!ranges_gap(&r, 21, 30, &gap) && !ranges_gap(&r, 2, 1, &gap));
	ranges_free(&r);
}

static const char original[] = "options -n all\n"
			       "comp.lang.c: 1-100,105\n"
			       "comp.lang.c.moderated!   1-5\r\n"
			       "\n"
			       "alt.odd:1-3\n"
			       "bad.group: one to three\n"
			       "last.group! ";

static struct newsrc *
open_it(const char *path)
{
	struct newsrc *n = newsrc_open(path, 0, &warning, &e);

	CHECK(n != NULL);
	return n;
}

static void
test_survival(void)
{
	struct newsrc *n;
	struct newsrc_group *g;
	struct stat sb;

	scratch_write("rc", original, strlen(original));
	chmod("rc", 0640);
	n = open_it("rc");
	g = newsrc_group(n, "comp.lang.c", &e);
	CHECK(ranges_has(newsrc_read(g), 105) && !ranges_has(newsrc_read(g), 101));
	/* Marking read articles again changes nothing. */
	newsrc_mark(g, 1, 50);
	CHECK(newsrc_save(n, &e) == 0 && scratch_is("rc", original));
	newsrc_mark(g, 101, 104);
	newsrc_mark(newsrc_group(n, "comp.lang.c.moderated", &e), 7, 7);
	newsrc_mark(newsrc_group(n, "alt.odd", &e), 5, 5);
	newsrc_mark(newsrc_group(n, "last.group", &e), 1, 2);
	newsrc_mark(newsrc_group(n, "new.group", &e), 1, 9);
	CHECK(newsrc_group(n, "untouched", &e) != NULL);
	CHECK(newsrc_group(n, "bad.group", &e) == NULL && e.status == EX_DATAERR);
	CHECK(newsrc_group(n, "evil: 1\nx", &e) == NULL && e.status == EX_DATAERR);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	CHECK(scratch_is("rc", "options -n all\n"
			       "comp.lang.c: 1-105\n"
			       "comp.lang.c.moderated!   1-5,7\r\n"
			       "\n"
			       "alt.odd: 1-3,5\n"
			       "bad.group: one to three\n"
			       "last.group! 1-2\n"
			       "new.group: 1-9\n"));
	CHECK(stat("rc", &sb) == 0 && (sb.st_mode & 0777) == 0640);
	CHECK(scratch_count(".") == 1);
}

static void
test_missing_and_link(void)
{
	struct newsrc *n;
	struct stat sb;

	mkdir("sub", 0700);
	n = open_it("sub/rc");
	CHECK(newsrc_save(n, &e) == 0);
	CHECK(access("sub/rc", F_OK) == -1);
	newsrc_mark(newsrc_group(n, "a.b", &e), 1, 3);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_mark(newsrc_group(n, "a.b", &e), 4, 4);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	CHECK(scratch_is("sub/rc", "a.b: 1-4\n"));
	CHECK(symlink("sub/rc", "link") == 0);
	n = open_it("link");
	newsrc_mark(newsrc_group(n, "a.b", &e), 6, 6);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	CHECK(scratch_is("sub/rc", "a.b: 1-4,6\n"));
	CHECK(lstat("link", &sb) == 0 && S_ISLNK(sb.st_mode));
	CHECK(scratch_count("sub") == 1);
}

static void
test_renumbered(void)
{
	struct newsrc *n = open_it("sub/rc");
	struct newsrc_group *g = newsrc_group(n, "a.b", &e);

	CHECK(!newsrc_renumbered(g, 6) && newsrc_renumbered(g, 5));
	newsrc_reset(g);
	newsrc_mark(g, 2, 3);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	CHECK(scratch_is("sub/rc", "a.b: 2-3\n"));
}

/* A newsreader that does not lock writes at the same time: the marks of both are kept. */
static void
test_foreign_change(void)
{
	struct newsrc *n = open_it("sub/rc");

	newsrc_mark(newsrc_group(n, "a.b", &e), 10, 10);
	scratch_write("sub/other", "x.y: 1\na.b! 2-5\n", 16);
	CHECK(rename("sub/other", "sub/rc") == 0);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	CHECK(scratch_is("sub/rc", "x.y: 1\na.b! 2-5,10\n"));
}

static void
test_lock(void)
{
	struct newsrc *n = open_it("sub/rc");
	int status;
	pid_t pid = fork();

	CHECK(access("sub/rc.lock", F_OK) == 0);
	if (pid == 0) {
		struct newsrc *two = newsrc_open("sub/rc", 0, &warning, &e);

		_exit(two == NULL && e.status == EX_TEMPFAIL ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	newsrc_close(n);
	CHECK(access("sub/rc.lock", F_OK) == -1);
	/* The dot-lock of a dead process is removed, that of another host is not. */
	pid = fork();
	if (pid == 0) {
		newsrc_open("sub/rc", 0, &warning, &e);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && access("sub/rc.lock", F_OK) == 0);
	n = open_it("sub/rc");
	newsrc_close(n);
	CHECK(access("sub/rc.lock", F_OK) == -1);
	scratch_write("sub/rc.lock", "1\nelsewhere.example\nboot\n", 25);
	CHECK(newsrc_open("sub/rc", 0, &warning, &e) == NULL && e.status == EX_TEMPFAIL);
	CHECK(access("sub/rc.lock", F_OK) == 0);
	unlink("sub/rc.lock");
}

/* The steps for count ranges in descending order with gaps, each a number. */
static uint64_t
descending_steps(int count)
{
	uint64_t before = work_done;
	struct ranges r = {0};
	struct buf b = {0};

	for (int i = count; i > 0; i--)
		buf_addf(&b, "%d%s", 2 * i, i == 1 ? "" : ",");
	CHECK(ranges_parse(&r, b.data, b.len) && r.count == (size_t)count);
	ranges_free(&r);
	buf_free(&b);
	return work_done - before;
}

/* The steps for marking count groups that are all in the file, and as many that are not. */
static uint64_t
group_steps(int count)
{
	uint64_t before = work_done;
	struct buf text = {0};
	struct newsrc *n;
	char *after;

	for (int i = 0; i < count; i++)
		buf_addf(&text, "a.group%d: 5,3,1\n", i);
	scratch_write("many", text.data, text.len);
	n = newsrc_open("many", 0, &warning, &e);
	for (int i = 0; i < 2 * count; i++) {
		char name[32];
		struct newsrc_group *g;

		snprintf(name, sizeof name, "a.group%d", i);
		g = newsrc_group(n, name, &e);
		CHECK(g != NULL && newsrc_group(n, name, &e) == g);
		newsrc_mark(g, 7, 7);
	}
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	buf_clear(&text);
	for (int i = 0; i < 2 * count; i++)
		buf_addf(&text, "a.group%d: %s\n", i, i < count ? "1,3,5,7" : "7");
	after = scratch_read("many");
	CHECK_TEXT(after, text.data);
	free(after);
	buf_free(&text);
	return work_done - before;
}

/* The steps for filling the gaps between count ranges at once. */
static uint64_t
filling_steps(int count)
{
	uint64_t before = work_done;
	struct ranges marks = {0};
	struct buf text = {0};
	struct newsrc *n;
	struct newsrc_group *g;

	buf_adds(&text, "a.b: 1");
	for (int i = 1; i < count; i++) {
		buf_addf(&text, ",%d", 2 * i + 1);
		ranges_add(&marks, 2 * (uint64_t)i, 2 * (uint64_t)i);
	}
	buf_addc(&text, '\n');
	scratch_write("gaps", text.data, text.len);
	n = newsrc_open("gaps", 0, &warning, &e);
	g = newsrc_group(n, "a.b", &e);
	newsrc_mark_all(g, &marks);
	CHECK(newsrc_read(g)->count == 1);
	newsrc_mark_all(g, &marks);
	CHECK(newsrc_save(n, &e) == 0);
	newsrc_close(n);
	buf_clear(&text);
	buf_addf(&text, "a.b: 1-%d\n", 2 * count - 1);
	CHECK(scratch_is("gaps", text.data));
	buf_free(&text);
	ranges_free(&marks);
	return work_done - before;
}

int
main(void)
{
	scratch_begin();
	test_ranges();
	test_survival();
	test_missing_and_link();
	test_renumbered();
	test_foreign_change();
	test_lock();
	CHECK(descending_steps(20000) < 3 * descending_steps(10000));
	CHECK(group_steps(2000) < 3 * group_steps(1000));
	CHECK(filling_steps(20000) < 3 * filling_steps(10000));
	return check_done();
}
