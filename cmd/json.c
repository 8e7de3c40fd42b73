#include "cmd/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "cmd/out.h"
#include "base/terminal_escape.h"

/* Below 32, a quote, a backslash, or above 126. */
static bool
special(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 32 || u > 126 || c == '"' || c == '\\';
}

/* Copy 16 octets. Returns whether one of them is special. Compilers turn this loop into vector instructions. */
static bool
copy16(char *restrict to, const char *restrict p)
{
	unsigned char found = 0;

	for (size_t i = 0; i < 16; i++) {
		to[i] = p[i];
		found |= special(p[i]);
	}
	return found != 0;
}

/* Copy the plain octets that p begins with; `to` has room for all n. Returns their number. */
static size_t
copy_plain(char *to, const char *p, size_t n)
{
	size_t i = 0;

	while (n - i >= 16 && !copy16(to + i, p + i))
		i += 16;
	/* Load the last 16 octets, overlapping those already checked. */
	if (n - i < 16 && n >= 16 && !copy16(to + n - 16, p + n - 16))
		return n;
	for (; i < n && !special(p[i]); i++)
		to[i] = p[i];
	return i;
}

/* Write the octet or character that p begins with, escaped. Returns how many octets of p were used. */
static size_t
put_special(struct buf *b, const char *p, size_t n)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	size_t len = text_utf8_len(p, n);

	if (len == 0) {
		buf_adds(b, "\xef\xbf\xbd"); /* U+FFFD */
		return 1;
	}
	for (size_t i = 0; len == 1 && i < sizeof named - 1; i += 2)
		if (named[i] == *p) {
			buf_addc(b, '\\');
			buf_addc(b, named[i + 1]);
			return 1;
		}
	if (terminal_safe_char(p, len))
		buf_add(b, p, len);
	else
		buf_addf(b, "\\u%04x", (unsigned)terminal_code_point(p, len));
	return len;
}

/* The rest of a string from its first special octet on: plain runs and escapes alternate. */
static void
put_mixed(struct buf *b, const char *p, size_t n)
{
	while (n > 0) {
		size_t plain = copy_plain(buf_reserve(b, n), p, n);

		b->len += plain;
		p += plain;
		n -= plain;
		while (n > 0 && special(*p)) {
			size_t took = put_special(b, p, n);

			p += took;
			n -= took;
		}
	}
}

/* A comma if one is needed, a string, and the nbehind octets after it. Most strings are plain throughout. */
static void
put_string(struct out *o, const char *p, size_t n, const char *behind, size_t nbehind)
{
	struct buf *b = &o->buf;
	char *from = buf_reserve(b, n + 8), *to = from;
	size_t plain;

	if (o->need_comma) {
		*to++ = ',';
		*to++ = ' ';
	}
	*to++ = '"';
	plain = copy_plain(to, p, n);
	b->len += (size_t)(to - from) + plain;
	if (plain < n) {
		put_mixed(b, p + plain, n - plain);
		buf_add(b, behind, nbehind);
		return;
	}
	to += plain;
	memcpy(to, behind, nbehind);
	b->len += nbehind;
	to[nbehind] = '\0';
}

/* Write the comma before a value that is not a string, if one is needed. */
static void
comma(struct out *o)
{
	if (o->need_comma)
		buf_add(&o->buf, ", ", 2);
	o->need_comma = true;
}

void
json_open(struct out *o, char bracket)
{
	if (o->depth++ == 0) {
		o->record = o->buf.len;
		o->need_comma = false;
	}
	comma(o);
	buf_addc(&o->buf, bracket);
	o->need_comma = false;
}

void
json_close(struct out *o, char bracket)
{
	buf_addc(&o->buf, bracket);
	o->depth--;
	o->need_comma = true;
}

void
json_key_n(struct out *o, const char *key, size_t n)
{
	put_string(o, key, n, "\": ", 3);
	o->need_comma = false;
}

void
json_ready_key(struct out *o, const struct json_key *key)
{
	size_t skip = o->need_comma ? 0 : 2;

	buf_add(&o->buf, key->text.data + skip, key->text.len - skip);
	o->need_comma = false;
}

void
json_key_make(struct json_key *key, const char *name, size_t n)
{
	struct out o = {.need_comma = true};

	json_key_n(&o, name, n);
	buf_free(&key->text);
	key->text = o.buf;
}

void
json_key_free(struct json_key *key)
{
	buf_free(&key->text);
}

void
json_key(struct out *o, const char *key)
{
	json_key_n(o, key, strlen(key));
}

void
json_str(struct out *o, const char *p, size_t n)
{
	put_string(o, p, n, "\"", 1);
	o->need_comma = true;
}

void
json_s(struct out *o, const char *s)
{
	if (s == NULL)
		json_null(o);
	else
		json_str(o, s, strlen(s));
}

void
json_num(struct out *o, const char *digits, size_t n)
{
	uint64_t v;

	if (text_number(digits, n, INT64_MAX, &v))
		json_u(o, v);
	else
		json_null(o);
}

void
json_u(struct out *o, uint64_t v)
{
	comma(o);
	buf_addu(&o->buf, v);
}

void
json_null(struct out *o)
{
	comma(o);
	buf_adds(&o->buf, "null");
}

void
json_bool(struct out *o, bool v)
{
	comma(o);
	buf_adds(&o->buf, v ? "true" : "false");
}

int
json_end_line(struct out *o, struct err *e)
{
	buf_addc(&o->buf, '\n');
	o->depth = 0;
	o->need_comma = false;
	return o->buf.len < OUT_FULL ? 0 : out_flush(o, e);
}

/* ---- a message as base64 ------------------------------------------------------------------------- */

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
