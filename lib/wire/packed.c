#include "wire/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/wait.h"
#include "base/work.h"
#include "wire/yenc.h"

/* The longest line of yEnc in octets; encoders make lines of 128. */
#define YENC_LINE 16384

/* The octets that one step decompresses at most, unless a line needs a larger buffer. */
#define OUT_SIZE 65536

enum packed_state { PACKED_BEGIN, PACKED_STREAM, PACKED_YENC, PACKED_ENDED };

struct packed {
	enum packed_state state;
	bool marked;
	bool encoded;       /* in yEnc */
	struct inflater *z; /* NULL: no octet of the stream was seen */
	struct yenc yenc;
	char line[YENC_LINE]; /* decoded, not yet decompressed: line[at .. at + n) */
	size_t at, n;
	char *out; /* decompressed, not yet read: out[from..to) */
	size_t from, to, cap;
};

void
packed_begin(struct conn *c, bool marked)
{
	packed_free(c->packed);
	c->packed = mem_zalloc(sizeof *c->packed);
	c->packed->marked = marked;
	c->packed->cap = OUT_SIZE;
	c->packed->out = mem_alloc(OUT_SIZE);
}

void
packed_free(struct packed *z)
{
	if (z == NULL)
		return;
	inflater_free(z->z);
	free(z->out);
	free(z);
}

char *
packed_data(struct conn *c, size_t *n)
{
	*n = c->packed->to - c->packed->from;
	return c->packed->out + c->packed->from;
}

void
packed_skip(struct conn *c, size_t n)
{
	c->packed->from += n;
}

/* ---- what the block is -------------------------------------------------------------------------- */

/*
 * zlib's header begins with the method 8 in its low four bits, gzip's with 0x1f. No compressor begins a raw DEFLATE
 * stream with these octets.
 */
static bool
is_wrapped(char first)
{
	return (first & 0x0f) == 8 || first == 0x1f;
}

/* Do the unread octets begin with the text? Reads no octet more than is needed to know. 1, 0, or -1 with e. */
static int
begins_with(struct conn *c, const char *text, int64_t until, struct err *e)
{
	for (size_t i = 0; text[i] != '\0'; i++) {
		size_t n;

		conn_data(c, &n);
		if (n <= i && conn_fill(c, until, e) == -1)
			return -1;
		if (conn_data(c, &n)[i] != text[i])
			return 0;
	}
	return 1;
}

/* Look at the first octets of the block. */
static int
begin(struct conn *c, int64_t until, struct err *e)
{
	struct packed *z = c->packed;
	size_t n;
	char *p;
	int rc = begins_with(c, "=ybegin ", until, e);

	if (rc == -1)
		return -1;
	p = conn_data(c, &n);
	if (rc == 1) {
		z->encoded = true;
		z->state = PACKED_YENC;
		return conn_line(c, YENC_LINE, 0, &p, &n, e);
	}
	/* An empty block may lack the stream. (Raw DEFLATE cannot begin with a dot.) */
	if (*p == '.') {
		z->state = PACKED_ENDED;
		return 0;
	}
	if (!z->marked && !is_wrapped(*p))
		return err_set(e, EX_PROTOCOL, "the block is neither yEnc nor compressed");
	z->state = PACKED_STREAM;
	return 0;
}

/* ---- the stream --------------------------------------------------------------------------------- */

/* Decode the next line of yEnc, or see that it was the last one. */
static int
decode_line(struct conn *c, struct err *e)
{
	struct packed *z = c->packed;
	size_t n;
	char *p;

	if (conn_line(c, YENC_LINE, 0, &p, &n, e) == -1)
		return -1;
	if (n > 0 && *p == '.') {
		p++;
		n--;
		if (n == 0)
			return err_set(e, EX_PROTOCOL, "yEnc: the block has no =yend");
	}
	if (yenc_is(p, n, "=yend")) {
		z->state = PACKED_ENDED;
		return yenc_check(&z->yenc, p, n, e);
	}
	if (yenc_is(p, n, "=ypart"))
		return 0;
	z->at = 0;
	z->n = yenc_decode(&z->yenc, p, n, z->line);
	return 0;
}

/* The next compressed octets; *n is 0 if only output is left within zlib, or if none came. */
static int
next_input(struct conn *c, int64_t until, const char **p, size_t *n, struct err *e)
{
	struct packed *z = c->packed;

	*n = 0;
	if (z->z != NULL && inflater_full(z->z))
		return 0;
	if (z->state == PACKED_STREAM) {
		*p = conn_data(c, n);
		if (*n != 0)
			return 0;
		if (conn_fill(c, until, e) == -1)
			return -1;
		*p = conn_data(c, n);
		return 0;
	}
	if (z->n == 0 && decode_line(c, e) == -1)
		return -1;
	*p = z->line + z->at;
	*n = z->n;
	return 0;
}

static void
use_input(struct conn *c, size_t n)
{
	struct packed *z = c->packed;

	if (!z->encoded) {
		conn_skip(c, n);
		return;
	}
	z->at += n;
	z->n -= n;
}

/* Decompress once into the room that there is: the number of octets, or -1. */
static long
unpack(struct conn *c, int64_t until, struct err *e)
{
	struct packed *z = c->packed;
	const char *p = "";
	size_t n;
	long got;

	if (next_input(c, until, &p, &n, e) == -1)
		return -1;
	if (z->z == NULL && n > 0)
		z->z = inflater_new(is_wrapped(*p));
	if (z->z == NULL)
		return 0;
	if (inflater_ended(z->z))
		return n == 0 ? 0
			      : err_set(e, EX_PROTOCOL, "data after the end of a compressed block");
	got = inflater_run(z->z, p, &n, z->out + z->to, z->cap - z->to, e);
	if (got == -1)
		return -1;
	use_input(c, n);
	if (!z->encoded && inflater_ended(z->z))
		z->state = PACKED_ENDED;
	return work_check(n + (size_t)got, e) == -1 ? -1 : got;
}

/* Make room after the octets that were not read. */
static int
make_room(struct packed *z, size_t max, struct err *e)
{
	if (z->from > 0) {
		memmove(z->out, z->out + z->from, z->to - z->from);
		z->to -= z->from;
		z->from = 0;
	}
	if (z->to > max)
		return err_set(e, EX_PROTOCOL, "a line of more than %zu octets", max);
	if (z->to == z->cap) {
		z->cap *= 2;
		z->out = mem_resize(z->out, z->cap, 1);
	}
	return 0;
}

int
packed_fill(struct conn *c, size_t max, struct err *e)
{
	struct packed *z = c->packed;
	int64_t until = conn_until(c);
	long got = 0;

	if (make_room(z, max, e) == -1 || (z->state == PACKED_BEGIN && begin(c, until, e) == -1))
		return conn_fail(c, e);
	while (z->state != PACKED_ENDED && got == 0) {
		got = unpack(c, until, e);
		/* A server could send streams and lines without data forever. */
		if (got == 0 && z->state != PACKED_ENDED && wait_now() >= until)
			got = err_set(e, EX_TEMPFAIL, "timed out waiting for the server");
		if (got == -1)
			return conn_fail(c, e);
	}
	if (got == 0 && z->z != NULL && !inflater_ended(z->z)) {
		err_set(e, EX_PROTOCOL, "a compressed block ends early");
		return conn_fail(c, e);
	}
	z->to += (size_t)got;
	return got > 0;
}

/* ---- the end ------------------------------------------------------------------------------------ */

/* The line "." after the stream. Some servers send the last CR LF of the text with it. */
static int
read_dot(struct conn *c, struct err *e)
{
	size_t n;
	char *p;

	if (conn_line(c, YENC_LINE, 0, &p, &n, e) == -1 ||
		(n == 0 && !c->packed->encoded && conn_line(c, YENC_LINE, 0, &p, &n, e) == -1))
		return -1;
	if (n == 1 && *p == '.')
		return 0;
	return err_set(e, EX_PROTOCOL, "no \".\" after a compressed block, but: %.*s",
		(int)(n < 80 ? n : 80), p);
}

int
packed_end(struct conn *c, bool ended, struct err *e)
{
	struct packed *z = c->packed;
	int rc = z->from < z->to ? 1 : packed_fill(c, SIZE_MAX, e);

	if (rc == 1)
		rc = err_set(e, EX_PROTOCOL, "data after the end of a compressed block");
	if (rc == 0 && (z->encoded || !ended))
		rc = read_dot(c, e);
	if (rc == -1)
		return conn_fail(c, e);
	c->dot_may_follow = ended && !z->encoded;
	packed_free(z);
	c->packed = NULL;
	return 0;
}
