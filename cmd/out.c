#include "cmd/out.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/wait.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "base/terminal_escape.h"

static int
write_all(struct out *o, const char *p, size_t n, struct err *e)
{
	if (o->broken != 0)
		return err_set(e, o->broken, "%s", "");
	if (n == 0)
		return 0;
	if (o->tty)
		progress_hide();
	if (wait_write(o->fd, p, n, o->name, e) == 0)
		return 0;
	o->broken = e->status;
	return -1;
}

int
out_flush(struct out *o, struct err *e)
{
	int rc = write_all(o, o->buf.data, o->buf.len, e);

	buf_clear(&o->buf);
	o->record = 0;
	return rc;
}

int
out_heard(const struct out *o, struct err *e)
{
	if (o->to_file || !wait_gone(o->fd))
		return 0;
	return err_set(e, EX_SIGNAL + SIGPIPE, "%s", "");
}

void
out_drop(struct out *o)
{
	if (o->depth == 0)
		return;
	o->depth = 0;
	o->need_comma = false;
	o->buf.len = o->record;
}

int
out_raw(struct out *o, const char *p, size_t n, struct err *e)
{
	/* Inside a record, data below OUT_FULL stays in the buffer, where out_drop() can remove it. */
	if (n < OUT_DIRECT || (n < OUT_FULL && o->depth != 0)) {
		buf_add(&o->buf, p, n);
		return o->buf.len < OUT_FULL || o->depth != 0 ? 0 : out_flush(o, e);
	}
	if (out_flush(o, e) == -1)
		return -1;
	return write_all(o, p, n, e);
}

int
out_text(struct out *o, const char *p, size_t n, struct err *e)
{
	if (!o->tty)
		return out_raw(o, p, n, e);
	terminal_escape(&o->buf, p, n, "\n\t");
	return o->buf.len < OUT_FULL ? 0 : out_flush(o, e);
}

int
out_line(struct out *o, const char *p, size_t n, struct err *e)
{
	if (o->tty || n >= OUT_DIRECT)
		return out_text(o, p, n, e) == -1 ? -1 : out_eol(o, e);
	buf_add(&o->buf, p, n);
	return out_eol(o, e);
}

int
out_eol(struct out *o, struct err *e)
{
	if (o->crlf)
		buf_addc(&o->buf, '\r');
	buf_addc(&o->buf, '\n');
	return o->buf.len < OUT_FULL ? 0 : out_flush(o, e);
}

static int
sink_out(struct sink *s, const char *p, size_t n, struct err *e)
{
	return out_text((struct out *)s, p, n, e);
}

int
out_open(struct out *o, const struct options *opt, struct err *e)
{
	*o = (struct out){.fd = STDOUT_FILENO, .name = "stdout"};
	o->sink.write = sink_out;
	o->json = opt->json;
	o->crlf = opt->crlf;
	if (opt->output != NULL) {
		if (outfile_open(&o->file, opt->output, e) == -1)
			return -1;
		o->fd = o->file.fd;
		o->to_file = true;
		o->name = opt->output;
	}
	o->tty = isatty(o->fd) != 0;
	return 0;
}

/* NFS and quotas may report a full disk only when a descriptor is closed, so close a copy. */
static int
check_fd(const struct out *o, struct err *e)
{
	int copy = dup(o->fd);

	if (copy != -1 && close(copy) == -1 && errno != EINTR)
		return err_sys(e, EX_IOERR, "%s", o->name);
	return 0;
}

int
out_close(struct out *o, bool commit, struct err *e)
{
	int rc = 0;

	out_drop(o);
	/* With -o a failure keeps the old file, so buffered data need not be written. */
	if (!o->to_file || commit)
		rc = out_flush(o, e);
	if (rc == 0)
		rc = check_fd(o, e);
	if (o->to_file && rc == 0 && commit)
		rc = outfile_commit(&o->file, e);
	else if (o->to_file)
		outfile_abort(&o->file);
	o->to_file = false;
	buf_free(&o->buf);
	return rc;
}
