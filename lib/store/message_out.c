#include "store/message_out.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "store/fs.h"
#include "store/store.h"

static int
message_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	return sink_write(message_sink((struct message_out *)s), p, n, e);
}

void
message_open(struct message_out *m, struct out *o, enum message_form form, const char *tmpdir)
{
	*m = (struct message_out){
		.sink = {message_write}, .out = o, .form = form, .tmpdir = tmpdir};
}

void
message_close(struct message_out *m)
{
	if (m->under_way)
		tmpcopy_free(&m->copy);
	m->under_way = false;
}

bool
message_crlf(const struct message_out *m)
{
	return m->form == MESSAGE_JSON || m->out->crlf;
}

void
message_begin(struct message_out *m)
{
	message_close(m);
	if (m->form == MESSAGE_JSON) {
		tmpcopy_init(&m->copy, m->tmpdir, "message");
		m->under_way = true;
	}
	if (m->form == MESSAGE_MBOX)
		mbox_frame_init(&m->frame, &m->out->sink, time(NULL));
}

/* A multiple of three, so that only the last piece needs padding. */
#define PIECE (48 * 1024)

/* The message is complete, so the record may be written in several parts. */
static int
write_base64(struct message_out *m, struct err *e)
{
	struct out *o = m->out;
	uint64_t len = m->copy.len;
	char piece[PIECE];

	json_string_begin(o->json);
	for (uint64_t at = 0; at < len; at += PIECE) {
		size_t n = len - at < PIECE ? (size_t)(len - at) : PIECE;

		if (tmpcopy_read(&m->copy, at, piece, n, e) == -1)
			return -1;
		digest_base64(&o->buf, piece, n);
		if (o->buf.len >= OUT_FULL && out_flush(o, e) == -1)
			return -1;
	}
	json_string_end(o->json);
	return 0;
}

static int
write_record(struct message_out *m, const struct field *f, size_t nf, struct err *e)
{
	struct out *o = m->out;

	json_open(o->json, '{');
	record_json(o->json, f, nf);
	json_key(o->json, "raw");
	if (write_base64(m, e) == -1) {
		o->broken = e->status; /* half a line may be written: no record can follow it */
		return -1;
	}
	json_close(o->json, '}');
	return out_end_record(o, e);
}

int
message_end(struct message_out *m, const struct field *f, size_t nf, struct err *e)
{
	int rc = 0;

	if (m->form == MESSAGE_MBOX)
		rc = mbox_frame_finish(&m->frame, e);
	if (m->form == MESSAGE_JSON)
		rc = write_record(m, f, nf, e);
	message_close(m);
	return rc;
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

	(void)e;
	b->number = msg->number;
	b->octets = 0;
	buf_clear(&b->key);
	if (msg->key != NULL)
		buf_add(&b->key, msg->key, msg->key_len);
	message_begin(&b->to);
	return 0;
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
message_store(struct out *o, enum message_form form, const char *tmpdir, bool *crlf)
{
	static const struct store_ops ops = {.begin = box_begin,
		.end = box_end,
		.abort = box_abort,
		.publish = box_publish,
		.close = box_close};
	struct message_box *b = mem_zalloc(sizeof *b);

	b->st = (struct store){.sink = {box_write}, .ops = &ops};
	message_open(&b->to, o, form, tmpdir);
	*crlf = message_crlf(&b->to);
	return &b->st;
}
