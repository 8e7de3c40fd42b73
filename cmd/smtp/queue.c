/* sendmail -bp and -q: the spool of the sendmail applet as its queue. */
#include <time.h>

#include "cmd/print.h"
#include "cmd/smtp/smtp.h"
#include "job/spool_report.h"

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

static int
print_message(void *session, const char *p, size_t n, struct err *e)
{
	return out_line(((struct session *)session)->out, p, n, e);
}

static void
warn_unreadable(void *session, const struct err *why)
{
	const struct session *s = session;

	print_warning(s->opt, s->who, "%s", why->text);
}

int
sendmail_list_run(struct session *s, const struct args *a, struct err *e)
{
	static const struct spool_report_events events = {print_message, warn_unreadable};
	const char *dir = spool_of(a, e);
	size_t count;

	if (dir == NULL || spool_report(dir, time(NULL), &events, s, &count, e) == -1)
		return -1;
	return count == 0 ? out_line(s->out, "queue is empty", 14, e) : 0;
}

int
sendmail_flush_run(struct session *s, const struct args *a, struct err *e)
{
	const char *dir = spool_of(a, e);
	char *operands[] = {(char *)dir, NULL};
	struct args flush = *a;

	if (dir == NULL)
		return -1;
	if (spool_is_missing(dir))
		return 0;
	flush.argc = 1;
	flush.argv = operands;
	return smtp_flush_run(s, &flush, e);
}
