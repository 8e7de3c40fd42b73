/* sendmail -bp and -q: the spool of the sendmail applet as its queue. */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/print.h"
#include "cmd/smtp/smtp.h"
#include "job/spooled.h"
#include "store/spool.h"
#include "store/spool_errors.h"

/* The directory of the spool, or NULL and e. */
static const char *
spool_of(const struct args *a, struct err *e)
{
	const char *dir = args_get(a, "spool");

	if (dir != NULL && *dir != '\0')
		return dir;
	err_set(e, EX_CONFIG,
		"no queue is configured: set 'spool = DIR' in the section [sendmail], or "
		"$MAILNET_SPOOL");
	return NULL;
}

/* Is the directory missing? Then no message was stored yet. */
static bool
is_missing(const char *dir)
{
	struct stat st;

	return stat(dir, &st) == -1 && errno == ENOENT;
}

/* "3d", "5h", "12m" or "7s". */
static void
add_age(struct buf *line, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};

	if (seconds < 0)
		seconds = 0;
	for (size_t i = 0; i < 3; i++)
		if (seconds >= units[i].seconds) {
			buf_addf(line, "%jd%c", (intmax_t)(seconds / units[i].seconds),
				units[i].unit);
			return;
		}
	buf_addf(line, "%jds", (intmax_t)seconds);
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

/* "ID AGE SIZE SENDER RECIPIENTS [STATE:] [LAST ERROR]". */
static int
print_message(struct session *s, struct spool *sp, enum spool_box box, const char *name,
	const char *errors, struct err *e)
{
	struct buf envelope = {0}, line = {0};
	struct stat st;
	int fd = spool_read(sp, box, name, &envelope, e), rc;

	if (fd == -1 || fstat(fd, &st) == -1) {
		buf_free(&envelope);
		return -1;
	}
	buf_addf(&line, "%s ", name);
	add_age(&line, (int64_t)(time(NULL) - st.st_mtime));
	buf_addf(&line, " %jd <", (intmax_t)(st.st_size - lseek(fd, 0, SEEK_CUR)));
	add_values(&line, buf_str(&envelope), "from");
	buf_adds(&line, "> ");
	add_values(&line, buf_str(&envelope), "rcpt");
	if (box != SPOOL_NEW)
		buf_addf(&line, " %s:", spool_box_name(box));
	buf_addc(&line, ' ');
	add_error(&line, buf_str(&envelope), errors, name);
	close(fd);
	rc = out_line(s->out, line.data, line.len, e);
	buf_free(&line);
	buf_free(&envelope);
	return rc;
}

static int
print_box(struct session *s, struct spool *sp, enum spool_box box, size_t *count, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	int rc = spool_list(sp, box, &names, &n, e);
	struct buf errors = {0};
	const char *at;

	if (box == SPOOL_NEW)
		spool_errors_read(sp, &errors);
	at = buf_str(&errors);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct err why = {0};

		/* A message may leave between its listing and its reading; one that cannot be read is reported. */
		at = spool_errors_find(at, names[i]);
		rc = print_message(s, sp, box, names[i], at, &why);
		if (rc == -1 && (why.status == EX_DATAERR || why.status == EX_IOERR)) {
			print_warning(s->opt, s->who, "%s", why.text);
			rc = 0;
		} else if (rc == -1) {
			*e = why;
		}
	}
	*count += n;
	buf_free(&errors);
	spool_free_list(names, n);
	return rc;
}

int
sendmail_list_run(struct session *s, const struct args *a, struct err *e)
{
	static const enum spool_box boxes[] = {
		SPOOL_NEW, SPOOL_SENDING, SPOOL_UNKNOWN, SPOOL_FAILED};
	const char *dir = spool_of(a, e);
	struct spool *sp = NULL;
	size_t count = 0;
	int rc = 0;

	if (dir == NULL)
		return -1;
	if (!is_missing(dir)) {
		sp = spool_open(dir, e);
		rc = sp != NULL ? 0 : -1;
	}
	for (size_t i = 0; sp != NULL && rc == 0 && i < 4; i++)
		rc = print_box(s, sp, boxes[i], &count, e);
	spool_close(sp);
	if (rc == 0 && count == 0)
		rc = out_line(s->out, "queue is empty", 14, e);
	return rc;
}

int
sendmail_flush_run(struct session *s, const struct args *a, struct err *e)
{
	const char *dir = spool_of(a, e);
	char *operands[] = {(char *)dir, NULL};
	struct args flush = *a;

	if (dir == NULL)
		return -1;
	if (is_missing(dir))
		return 0;
	flush.argc = 1;
	flush.argv = operands;
	return smtp_flush_run(s, &flush, e);
}
