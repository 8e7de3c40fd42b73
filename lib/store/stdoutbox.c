#include "store/stdoutbox.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wait.h"
#include "mail/mbox_frame.h"
#include "store/fs.h"
#include "store/store.h"

#define CHUNK (64 * 1024)
#define NAME  "stdout"

struct stdoutbox {
	struct store st;
	int fd;
	bool raw;
	struct sink file;
	struct mbox_frame frame;
	struct buf out;
};

static int
flush(struct stdoutbox *b, struct err *e)
{
	if (wait_write(b->fd, b->out.data, b->out.len, NAME, e) == -1)
		return -1;
	b->out.len = 0;
	return 0;
}

static int
file_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct stdoutbox *b = (struct stdoutbox *)((char *)s - offsetof(struct stdoutbox, file));

	if (b->out.len + n > CHUNK && flush(b, e) == -1)
		return -1;
	if (n >= CHUNK)
		return wait_write(b->fd, p, n, NAME, e);
	buf_add(&b->out, p, n);
	return 0;
}

static int
box_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct stdoutbox *b = (struct stdoutbox *)s;

	return sink_write(b->raw ? &b->file : &b->frame.sink, p, n, e);
}

static int
box_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	struct stdoutbox *b = (struct stdoutbox *)st;
	(void)e;
	if (!b->raw)
		mbox_frame_init(&b->frame, &b->file, msg->date != 0 ? msg->date : time(NULL));
	return 0;
}

static int
box_end(struct store *st, struct err *e)
{
	struct stdoutbox *b = (struct stdoutbox *)st;

	return b->raw ? 0 : mbox_frame_finish(&b->frame, e);
}

static void
box_abort(struct store *st)
{
	(void)st;
}

static int
box_publish(struct store *st, struct err *e)
{
	struct stdoutbox *b = (struct stdoutbox *)st;
	struct stat sb;

	if (flush(b, e) == -1)
		return -1;
	if (fstat(b->fd, &sb) == 0 && S_ISREG(sb.st_mode))
		return fs_sync(b->fd, NAME, e);
	return 0;
}

static void
box_close(struct store *st)
{
	struct stdoutbox *b = (struct stdoutbox *)st;

	buf_free(&b->out);
	free(b);
}

struct store *
stdoutbox_open(int fd, bool raw)
{
	static const struct store_ops ops = {.begin = box_begin,
		.end = box_end,
		.abort = box_abort,
		.publish = box_publish,
		.close = box_close};
	struct stdoutbox *b = mem_zalloc(sizeof *b);

	b->st = (struct store){.sink = {box_write}, .ops = &ops};
	b->fd = fd;
	b->raw = raw;
	b->file.write = file_write;
	return &b->st;
}
