#include "cmd/log.h"

#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/terminal_escape.h"
#include "store/logfile.h"
#include "wire/secrets.h"

/* The log of the run. */
static struct {
	bool open;
	struct logfile *file; /* NULL: syslog(3) */
	struct buf line;      /* without time and program */
	const char *verb;     /* that runs; borrowed */
	int failed; /* exit status of the first failure that a line about a message of this verb shows */
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
		/* The socket is opened now: a confined process may open none. */
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
	lg.failed = 0;
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

/* Escape controls, and quotes and backslashes, so that a value cannot look like other fields. */
static void
add_escaped(const char *p, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		len = 0;
		while (i + len < n && p[i + len] != '"' && p[i + len] != '\\')
			len++;
		if (len != 0) {
			terminal_escape(&lg.line, p + i, len, "");
			continue;
		}
		len = 1;
		buf_addc(&lg.line, '\\');
		buf_addc(&lg.line, p[i]);
	}
}

void
log_text(const char *key, const char *value, size_t n)
{
	bool quote = n == 0 || memchr(value, ' ', n) != NULL || memchr(value, '"', n) != NULL ||
		     memchr(value, '=', n) != NULL;

	if (!lg.open)
		return;
	buf_addf(&lg.line, quote ? " %s=\"" : " %s=", key);
	add_escaped(value, n);
	if (quote)
		buf_addc(&lg.line, '"');
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

void
log_end(const char *outcome, int exit_status)
{
	struct buf out = {0};
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	if (!lg.open)
		return;
	log_str("outcome", outcome);
	log_number("exit", (uint64_t)exit_status);
	if (lg.failed == 0)
		lg.failed = exit_status;
	lg.line.len = secrets_hide(lg.line.data, lg.line.len);
	if (lg.file == NULL) {
		syslog(exit_status == 0 ? LOG_INFO : LOG_NOTICE, "%s", buf_str(&lg.line));
		return;
	}
	localtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &tm);
	buf_addf(&out, "%s mailnet[%ld]: ", stamp, (long)getpid());
	buf_add(&out, lg.line.data, lg.line.len);
	buf_addc(&out, '\n');
	logfile_add(lg.file, out.data, out.len);
	buf_free(&out);
}

void
log_failure(const struct session *s, const struct err *e)
{
	if (!lg.open || e->status == lg.failed)
		return;
	log_begin(s);
	if (e->code != 0)
		log_number("code", (uint64_t)e->code);
	log_str("error", e->text);
	log_end("failed", e->status);
}
