#include "cmd/message.h"

#include <time.h>

#include "base/buf.h"
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
