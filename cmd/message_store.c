#include "cmd/message_store.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/fs.h"

struct message_box {
	struct store st; /* first */
	struct message_out to;
	struct buf key;
	uint64_t number, octets;
};

static int
box_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct message_box *b = (struct message_box *)s;

	b->octets += n;
	return sink_write(&b->to.sink, p, n, e);
}

static int
box_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	struct message_box *b = (struct message_box *)st;

	b->number = msg->number;
	b->octets = 0;
	buf_clear(&b->key);
	if (msg->key != NULL)
		buf_add(&b->key, msg->key, msg->key_len);
	return message_begin(&b->to, e);
}

static int
box_end(struct store *st, struct err *e)
{
	struct message_box *b = (struct message_box *)st;
	char digits[2][21];
	struct field f[] = {field_u("number", b->number, digits[0]),
		field_u("octets", b->octets, digits[1]),
		field_p("uid", buf_str(&b->key), b->key.len)};

	if (b->key.len == 0)
		f[2].kind = FIELD_NULL;
	return message_end(&b->to, f, 3, e);
}

static void
box_abort(struct store *st)
{
	message_close(&((struct message_box *)st)->to);
}

static int
box_publish(struct store *st, struct err *e)
{
	struct out *o = ((struct message_box *)st)->to.out;
	struct stat sb;

	if (out_flush(o, e) == -1)
		return -1;
	if (fstat(o->fd, &sb) == 0 && S_ISREG(sb.st_mode))
		return fs_sync(o->fd, o->name, e);
	return 0;
}

static void
box_close(struct store *st)
{
	struct message_box *b = (struct message_box *)st;

	message_close(&b->to);
	buf_free(&b->key);
	free(b);
}

struct store *
message_store(struct out *o, enum message_form form)
{
	static const struct store_ops ops = {.begin = box_begin,
		.end = box_end,
		.abort = box_abort,
		.publish = box_publish,
		.close = box_close};
	struct message_box *b = mem_zalloc(sizeof *b);

	b->st = (struct store){.sink = {box_write}, .ops = &ops};
	message_open(&b->to, o, form);
	return &b->st;
}

unsigned
message_store_flags(const struct store *st)
{
	return message_flags(&((const struct message_box *)st)->to);
}
