#include "cmd/log.h"

#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "store/logfile.h"
#include "wire/log_line.h"

/* The log of the run. */
static struct {
	bool open;
	struct logfile *file; /* NULL: syslog(3) */
	struct buf line;      /* without time and program */
	const char *verb;     /* the running verb; borrowed */
	bool shown[256];      /* exit statuses of lines that log_end has written for this verb */
} lg;

int
log_open(const struct options *o, struct err *e)
{
	if (o->log == NULL)
		return 0;
	if (strcmp(o->log, "syslog") != 0) {
		if (logfile_open(o->log, &lg.file, e) == -1)
			return err_prefix(e, "--log");
	} else {
		/* Open the socket now, because a confined process cannot open sockets. */
		openlog("mailnet", LOG_PID | LOG_NDELAY, LOG_MAIL);
	}
	lg.open = true;
	return 0;
}

void
log_close(void)
{
	if (lg.open && lg.file == NULL)
		closelog();
	logfile_close(lg.file);
	buf_free(&lg.line);
	lg.file = NULL;
	lg.open = false;
}

bool
log_is_open(void)
{
	return lg.open;
}

void
log_verb(const char *verb)
{
	lg.verb = verb;
	memset(lg.shown, 0, sizeof lg.shown);
}

void
log_begin(const struct session *s)
{
	const struct client *c = &s->c;

	if (!lg.open)
		return;
	buf_clear(&lg.line);
	buf_addf(&lg.line, "applet=%s", s->applet->name);
	log_str("verb", lg.verb);
	if (c->url.host != NULL || c->url.path != NULL)
		log_str("host", client_host(c));
	log_str("user", c->creds.user);
}

void
log_text(const char *key, const char *value, size_t n)
{
	if (lg.open)
		log_line_text(&lg.line, key, value, n);
}

void
log_str(const char *key, const char *value)
{
	if (value != NULL)
		log_text(key, value, strlen(value));
}

void
log_number(const char *key, uint64_t value)
{
	if (lg.open)
		buf_addf(&lg.line, " %s=%ju", key, (uintmax_t)value);
}

static void
write_line(const char *outcome, int exit_status)
{
	struct buf out = {0};

	log_str("outcome", outcome);
	log_number("exit", (uint64_t)exit_status);
	if (lg.file == NULL) {
		syslog(exit_status == 0 ? LOG_INFO : LOG_NOTICE, "%s", buf_str(&lg.line));
		return;
	}
	log_line_begin(&out, time(NULL), (long)getpid());
	buf_add(&out, lg.line.data, lg.line.len);
	buf_addc(&out, '\n');
	logfile_add(lg.file, out.data, out.len);
	buf_free(&out);
}

void
log_end(const char *outcome, int exit_status)
{
	if (!lg.open)
		return;
	lg.shown[exit_status & 255] = true;
	write_line(outcome, exit_status);
}

static void
write_error(const struct session *s, const char *outcome, const struct err *e)
{
	log_begin(s);
	if (e->code != 0)
		log_number("code", (uint64_t)e->code);
	log_str("error", e->text);
	write_line(outcome, e->status);
}

void
log_refused(const struct session *s, const struct err *why)
{
	if (lg.open)
		write_error(s, "refused", why);
}

void
log_failure(const struct session *s, const struct err *e)
{
	/* Without a text, the status is an answer ("no"), not a failure. */
	if (lg.open && e->text[0] != '\0' && !lg.shown[e->status & 255])
		write_error(s, "failed", e);
}
