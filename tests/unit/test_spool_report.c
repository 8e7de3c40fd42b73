/* The messages of a spool as lines, and a message that cannot be read. */
#include "job/spool_report.h"

#include "check.h"
#include "scratch.h"
#include "store/spool.h"

static struct err e;

/* The lines of a report; a failure is "!". */
static int
add_line(void *context, const char *p, size_t n, struct err *why)
{
	(void)why;
	buf_add(context, p, n);
	buf_addc(context, '\n');
	return 0;
}

static void
add_failure(void *context, const struct err *why)
{
	CHECK(why->status == EX_DATAERR || why->status == EX_IOERR);
	buf_adds(context, "!\n");
}

static int
stop(void *context, const char *p, size_t n, struct err *why)
{
	(void)context, (void)p, (void)n;
	return err_set(why, EX_NO, "stopped");
}

static void
add(struct spool *s, enum spool_box box, const char *envelope, char *name)
{
	struct sink *to = spool_begin(s, envelope, strlen(envelope), &e);

	CHECK(to != NULL && sink_write(to, "text\n", 5, &e) == 0);
	CHECK(spool_end(s, box, name, &e) == 0);
}

static void
report(void)
{
	static const struct spool_report_events events = {add_line, add_failure},
						stopping = {stop, add_failure};
	struct spool *s = spool_open("q", &e);
	char a[SPOOL_NAME], b[SPOOL_NAME], c[SPOOL_NAME];
	struct buf got = {0}, want = {0}, path = {0};
	size_t count;

	CHECK(s != NULL); /* The ages are 0s, since the time is given as 1970. */
	add(s, SPOOL_NEW, "from x@a\nrcpt y@b\nrcpt z@b\nwhy 451 later\n", a);
	add(s, SPOOL_NEW, "rcpt y@b\n", b);
	add(s, SPOOL_FAILED, "from \nrcpt y@b\nwhy 550 no\n", c);
	spool_close(s);
	buf_addf(&want, "%s 0s 5 <x@a> y@b,z@b 451 later\n%s 0s 5 <-> y@b -\n", a, b);
	buf_addf(&want, "%s 0s 5 <> y@b failed: 550 no\n", c);
	CHECK(spool_report("q", 0, &events, &got, &count, &e) == 0 && count == 3);
	CHECK_TEXT(buf_str(&got), want.data);

	/* A message that cannot be read is reported, and the others follow. */
	buf_addf(&path, "q/new/%s", a);
	CHECK(truncate(path.data, 0) == 0);
	buf_clear(&got);
	CHECK(spool_report("q", 0, &events, &got, &count, &e) == 0 && count == 3);
	CHECK(strncmp(buf_str(&got), "!\n", 2) == 0 && strstr(buf_str(&got), b) != NULL);

	CHECK(spool_report("q", 0, &stopping, &got, &count, &e) == -1 && e.status == EX_NO);
	buf_free(&got);
	buf_free(&want);
	buf_free(&path);
}

static void
missing(void)
{
	static const struct spool_report_events events = {add_line, add_failure};
	size_t count = 9;

	CHECK(spool_is_missing("none") && !spool_is_missing("q"));
	CHECK(spool_report("none", 0, &events, NULL, &count, &e) == 0 && count == 0);
	CHECK(spool_is_missing("none"));
	CHECK(mkdir("plain", 0700) == 0 && mkdir("plain/tmp", 0700) == 0);
	CHECK(spool_report("plain", 0, &events, NULL, &count, &e) == 0 && count == 0);
	/* The report has made nothing. */
	CHECK(rmdir("plain/tmp") == 0 && rmdir("plain") == 0);
}

int
main(void)
{
	scratch_begin();
	report();
	missing();
	return check_done();
}
