#include "cmd/message.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/fs.h"
#include "store/store.h"
#include "wire/block.h"

int
message_form(const struct out *o, const struct args *a, bool several, enum message_form *form,
	struct err *e)
{
	bool raw = args_has(a, "raw"), mbox = args_has(a, "mbox");

	if (raw && mbox)
		return err_set(e, EX_USAGE, "--raw and --mbox exclude each other");
	*form = o->json ? MESSAGE_JSON : mbox || (several && !raw) ? MESSAGE_MBOX : MESSAGE_RAW;
	return 0;
}

static int
message_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct message_out *m = (struct message_out *)s;

	switch (m->form) {
	case MESSAGE_JSON: return sink_write(&m->raw.sink, p, n, e);
	case MESSAGE_MBOX: return sink_write(&m->frame.sink, p, n, e);
	case MESSAGE_RAW: break;
	}
	return sink_write(&m->out->sink, p, n, e);
}

void
message_open(struct message_out *m, struct out *o, enum message_form form)
{
	*m = (struct message_out){.sink = {message_write}, .out = o, .form = form};
}

void
message_close(struct message_out *m)
{
	if (m->under_way)
		json_raw_drop(&m->raw);
	m->under_way = false;
}

unsigned
message_flags(const struct message_out *m)
{
	return m->form == MESSAGE_JSON || m->out->crlf ? BLOCK_CRLF : BLOCK_LF;
}

int
message_begin(struct message_out *m, struct err *e)
{
	(void)e;
	message_close(m);
	if (m->form == MESSAGE_JSON) {
		json_raw_open(&m->raw, m->out);
		m->under_way = true;
	}
	if (m->form == MESSAGE_MBOX)
		mbox_frame_init(&m->frame, &m->out->sink, time(NULL));
	return 0;
}

static void
put_field(struct out *o, const struct field *f)
{
	json_key(o, f->key);
	switch (f->kind) {
	case FIELD_STR: json_str(o, f->p, f->n); break;
	case FIELD_NUM: json_num(o, f->p, f->n); break;
	case FIELD_NULL: json_null(o); break;
	case FIELD_BOOL: json_bool(o, f->p != NULL); break;
	}
}

int
message_end(struct message_out *m, const struct field *f, size_t nf, struct err *e)
{
	struct out *o = m->out;

	if (m->form == MESSAGE_MBOX)
		return mbox_frame_finish(&m->frame, e);
	if (m->form == MESSAGE_RAW)
		return 0;
	json_open(o, '{');
	for (size_t i = 0; i < nf; i++)
		put_field(o, &f[i]);
	json_key(o, "raw");
	m->under_way = false;
	if (json_raw_close(&m->raw, e) == -1)
		return -1;
	json_close(o, '}');
	return json_end_line(o, e);
}

/* ---- the output as a store --------------------------------------------------------------------- */

struct message_box {
	struct store st; /* must be first */
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
