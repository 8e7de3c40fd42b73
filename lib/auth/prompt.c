#include "auth/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"

/* The longest line that a terminal delivers, in bytes (N_TTY_BUF_SIZE of Linux). */
#define LINE_MAX_TTY 4096

/* TCSANOW does not wait for output, which Ctrl-S may have stopped. Input typed before the prompt is dropped. */
static int
set_terminal(int tty, const struct termios *t)
{
	int rc;

	do
		rc = tcsetattr(tty, TCSANOW, t);
	while (rc == -1 && errno == EINTR);
	tcflush(tty, TCIFLUSH);
	return rc;
}

/* Read the typed line; *out stays NULL if the terminal was closed. */
static int
read_typed(int tty, char **out, struct err *e)
{
	char line[LINE_MAX_TTY];
	ssize_t n;

	do {
		if (wait_fd(tty, POLLIN, WAIT_FOREVER, "waiting for a password", e) == -1)
			return -1;
		n = read(tty, line, sizeof line);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n > 0 && line[n - 1] == '\n')
		n--;
	if (n >= 0)
		*out = mem_dup(line, (size_t)n);
	explicit_bzero(line, sizeof line);
	return 0;
}

static int
ask(int tty, const char *text, char **out, struct err *e)
{
	if (wait_write(tty, text, strlen(text), "/dev/tty", e) == -1)
		return -1;
	return read_typed(tty, out, e);
}

int
prompt_secret(const char *text, char **out, struct err *e)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before, quiet;
	int rc = 0;

	*out = NULL;
	if (tty == -1)
		return 0;
	if (tcgetattr(tty, &before) == 0) {
		quiet = before;
		quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
		quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
		if (set_terminal(tty, &quiet) == 0) {
			rc = ask(tty, text, out, e);
			set_terminal(tty, &before);
			if (write(tty, "\n", 1) == -1)
				errno = 0; /* ignore the failure: only the cursor is in the wrong place */
		}
	}
	close(tty);
	return rc;
}
