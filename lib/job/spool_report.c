#include "job/spool_report.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "job/spooled.h"
#include "mail/date.h"
#include "store/spool.h"
#include "store/spool_errors.h"

/* The directories with messages, in the order of the report. */
static const enum spool_box boxes[] = {SPOOL_NEW, SPOOL_SENDING, SPOOL_UNKNOWN, SPOOL_FAILED};
#define NBOXES (sizeof boxes / sizeof boxes[0])

bool
spool_is_missing(const char *dir)
{
	struct buf path = {0};
	bool missing = true;
	struct stat st;

	for (size_t i = 0; i < NBOXES && missing; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", dir, spool_box_name(boxes[i]));
		missing = stat(buf_str(&path), &st) == -1 && errno == ENOENT;
	}
	buf_free(&path);
	return missing;
}

/* The values of a keyword in an envelope; "-" for none. */
static void
add_values(struct buf *line, const char *envelope, const char *key)
{
	if (spooled_values(envelope, key, line) == 0)
		buf_addc(line, '-');
}

/* The errors of the last flush for this message, else those of the envelope, with which it was stored. */
static void
add_error(struct buf *line, const char *envelope, const char *errors, const char *name)
{
	size_t n = spool_errors_length(errors, name);
	struct buf own = {0};

	buf_add(&own, errors, n);
	if (n != 0)
		add_values(line, buf_str(&own), name);
	else
		add_values(line, envelope, "why");
	buf_free(&own);
}

/* Append the line of a message. */
static int
add_message(struct buf *line, struct spool *sp, enum spool_box box, const char *name,
	const char *errors, time_t now, struct err *e)
{
	struct buf envelope = {0};
	struct stat st;
	int fd = spool_read(sp, box, name, &envelope, e);

	if (fd == -1 || fstat(fd, &st) == -1) {
		buf_free(&envelope);
		return -1;
	}
	buf_addf(line, "%s ", name);
	date_add_age((int64_t)(now - st.st_mtime), line);
	buf_addf(line, " %jd <", (intmax_t)(st.st_size - lseek(fd, 0, SEEK_CUR)));
	add_values(line, buf_str(&envelope), "from");
	buf_adds(line, "> ");
	add_values(line, buf_str(&envelope), "rcpt");
	if (box != SPOOL_NEW)
		buf_addf(line, " %s:", spool_box_name(box));
	buf_addc(line, ' ');
	add_error(line, buf_str(&envelope), errors, name);
	close(fd);
	buf_free(&envelope);
	return 0;
}

static int
report_box(struct spool *sp, enum spool_box box, time_t now,
	const struct spool_report_events *events, void *context, size_t *count, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	int rc = spool_list(sp, box, &names, &n, e);
	struct buf errors = {0}, line = {0};
	const char *at;

	if (box == SPOOL_NEW)
		spool_errors_read(sp, &errors);
	at = buf_str(&errors);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct err why = {0};

		at = spool_errors_find(at, names[i]);
		buf_clear(&line);
		if (add_message(&line, sp, box, names[i], at, now, &why) == 0) {
			rc = events->line(context, line.data, line.len, e);
		} else if (why.status == EX_DATAERR || why.status == EX_IOERR) {
			events->unreadable(context, &why);
		} else {
			*e = why;
			rc = -1;
		}
	}
	*count += n;
	buf_free(&errors);
	buf_free(&line);
	spool_free_list(names, n);
	return rc;
}

int
spool_report(const char *dir, time_t now, const struct spool_report_events *events, void *context,
	size_t *count, struct err *e)
{
	struct spool *sp;
	int rc = 0;

	*count = 0;
	if (spool_is_missing(dir))
		return 0;
	sp = spool_open(dir, e);
	if (sp == NULL)
		return -1;
	for (size_t i = 0; rc == 0 && i < NBOXES; i++)
		rc = report_box(sp, boxes[i], now, events, context, count, e);
	spool_close(sp);
	return rc;
}
