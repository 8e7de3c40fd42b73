#include "store/out.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/terminal_escape.h"
#include "base/wait.h"

/* The controls that a terminal gets unescaped. */
#define KEPT "\n\t"

static int
write_all(struct out *o, const char *p, size_t n, struct err *e)
{
	if (o->broken != 0)
		return err_set(e, o->broken, "%s", "");
	if (n == 0)
		return 0;
	if (o->tty && o->before_terminal != NULL)
		o->before_terminal();
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
	o->writer.record = 0;
	return rc;
}

static int
flush_full(struct out *o, struct err *e)
{
	return o->buf.len < OUT_FULL ? 0 : out_flush(o, e);
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
	json_drop(&o->writer);
}

int
out_raw(struct out *o, const char *p, size_t n, struct err *e)
{
	if (n < OUT_DIRECT) {
		buf_add(&o->buf, p, n);
		return flush_full(o, e);
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
	terminal_escape(&o->buf, p, n, KEPT);
	return flush_full(o, e);
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
	return flush_full(o, e);
}

int
out_record(struct out *o, char sep, const struct field *f, size_t nf, struct err *e)
{
	if (o->json == NULL) {
		record_text(&o->buf, sep, f, nf, o->tty ? KEPT : NULL);
		return out_eol(o, e);
	}
	json_open(o->json, '{');
	record_json(o->json, f, nf);
	json_close(o->json, '}');
	return out_end_record(o, e);
}

int
out_end_record(struct out *o, struct err *e)
{
	json_end_line(o->json);
	return flush_full(o, e);
}

static int
sink_out(struct sink *s, const char *p, size_t n, struct err *e)
{
	return out_text((struct out *)s, p, n, e);
}

int
out_open(struct out *o, const struct out_options *opt, struct err *e)
{
	*o = (struct out){.sink = {sink_out},
		.fd = opt->fd,
		.name = opt->name,
		.crlf = opt->crlf,
		.before_terminal = opt->before_terminal};
	o->writer.to = &o->buf;
	o->json = opt->json ? &o->writer : NULL;
	if (opt->file != NULL) {
		if (outfile_open(&o->file, opt->file, e) == -1)
			return -1;
		o->fd = o->file.fd;
		o->to_file = true;
		o->name = opt->file;
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
