/* json_raw: a whole message as a base64 string of a record. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "cmd/json.h"
#include "cmd/out.h"

/* A multiple of three, so that only the last piece needs padding. */
#define PIECE (48 * 1024)

static int
raw_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct json_raw *r = (struct json_raw *)s;

	r->octets += n;
	return sink_write(&r->copy.sink, p, n, e);
}

void
json_raw_open(struct json_raw *r, struct out *o)
{
	*r = (struct json_raw){.sink = {raw_write}, .out = o};
	tmpcopy_init(&r->copy, getenv("TMPDIR"), "message");
}

/* The message is complete, so the record may be written in several parts. */
static int
write_pieces(struct json_raw *r, struct err *e)
{
	struct buf *b = &r->out->buf;
	char piece[PIECE];

	for (uint64_t at = 0; at < r->octets; at += PIECE) {
		size_t n = r->octets - at < PIECE ? (size_t)(r->octets - at) : PIECE;

		if (tmpcopy_read(&r->copy, at, piece, n, e) == -1)
			return -1;
		digest_base64(b, piece, n);
		if (b->len >= OUT_FULL && out_flush(r->out, e) == -1)
			return -1;
	}
	return 0;
}

int
json_raw_close(struct json_raw *r, struct err *e)
{
	int rc;

	json_str(r->out, "", 0);
	r->out->buf.len--; /* the closing quote comes later */
	rc = write_pieces(r, e);
	if (rc == -1)
		r->out->broken =
			e->status; /* half a line may be written: no record can follow it */
	buf_addc(&r->out->buf, '"');
	json_raw_drop(r);
	return rc;
}

void
json_raw_drop(struct json_raw *r)
{
	tmpcopy_free(&r->copy);
}
