#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/wait.h"

static void
fill(struct err *e, int status, int code, const char *fmt, va_list ap)
{
	e->status = status;
	e->code = code;
	vsnprintf(e->text, sizeof e->text, fmt, ap);
}

int
err_set(struct err *e, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, status, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sys(struct err *e, int status, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (saved == EINTR && wait_check(e) == -1)
		return -1;
	va_start(ap, fmt);
	fill(e, status, 0, fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(saved));
	errno = saved;
	return -1;
}

int
err_code(struct err *e, int status, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, status, code, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->text];
	va_list ap;
	size_t n;

	if (e->text[0] == '\0')
		return -1;
	memcpy(old, e->text, sizeof old);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", old);
	return -1;
}

int
err_suffix(struct err *e, const char *fmt, ...)
{
	size_t n = strlen(e->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text + n, sizeof e->text - n, fmt, ap);
	va_end(ap);
	return -1;
}

void
err_clear(struct err *e)
{
	e->status = 0;
	e->code = 0;
	e->text[0] = '\0';
}
