/* Compressed blocks (wire/packed.h), yEnc, and the inflater, however the octets come. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/wait.h"
#include "check.h"
#include "wire/block.h"
#include "wire/packed.h"
#include "wire/reply.h"
#include "wire/yenc.h"

enum form { RAW = -15, ZLIB = 15, GZIP = 15 + 16 };

static void
compress_text(enum form form, const char *text, size_t n, struct buf *out)
{
	z_stream z = {0};

	if (deflateInit2(&z, 6, Z_DEFLATED, form, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (unsigned)n;
	z.next_out = (unsigned char *)buf_reserve(out, n + 1000);
	z.avail_out = (unsigned)n + 1000;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out->len += z.total_out;
	deflateEnd(&z);
}

/* yEnc in lines of `width` octets, dot-stuffed; an escape counts as one. */
static void
encode(const struct buf *in, size_t width, struct buf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < in->len; i++) {
		unsigned char c = (unsigned char)(in->data[i] + 42);

		if (column == 0 && c == '.')
			buf_addc(out, '.');
		if (c == 0 || c == '\r' || c == '\n' || c == '=') {
			buf_addc(out, '=');
			c = (unsigned char)(c + 64);
		}
		buf_addc(out, (char)c);
		column = (column + 1) % width;
		if (column == 0)
			buf_adds(out, "\r\n");
	}
	buf_adds(out, "\r\n");
}

/* A connection on which these octets come. */
static struct conn *
connection(const struct buf *in, int *far)
{
	struct conn *c = mem_zalloc(sizeof *c);
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) == -1)
		abort();
	c->fd = sv[0];
	*far = sv[1];
	c->timeout = 20;
	c->cap = 16; /* small, so that it grows and moves */
	c->in = mem_alloc(c->cap);
	if (write(*far, in->data, in->len) != (ssize_t)in->len)
		abort();
	return c;
}

/* Read the block, whole and by lines, and the line after it. NULL or the text of the error; lines in *got. */
static const char *
read_block(const struct buf *in, bool marked, bool whole, struct buf *got)
{
	static struct err e;
	struct buf_sink to;
	int far, rc;
	struct conn *c = connection(in, &far);
	struct reply r = {0};
	static const struct reply_rule rule = {reply_judge_nntp, 2048, 0};
	size_t n;
	char *p;

	err_clear(&e);
	buf_clear(got);
	packed_begin(c, marked);
	buf_sink_init(&to, got, SIZE_MAX);
	if (whole)
		rc = block_read(c, &to.sink, BLOCK_LF, NULL, &e);
	else
		while ((rc = block_line(c, &p, &n, &e)) == 1) {
			buf_add(got, p, n);
			buf_addc(got, '\n');
		}
	CHECK((rc == -1) == c->dead);
	if (rc == 0) {
		CHECK(c->packed == NULL);
		rc = reply_read(c, &rule, 0, &r, &e);
		CHECK(rc == 0 && r.code == 205);
	}
	reply_free(&r);
	close(far);
	conn_close(c);
	return rc == -1 ? e.text : NULL;
}

/* The stream and what follows it, in both ways of reading: the text, or the error. */
static void
expect(const struct buf *in, bool marked, const char *text, const char *why)
{
	struct buf got = {0};

	for (int whole = 0; whole < 2; whole++) {
		const char *error = read_block(in, marked, whole == 1, &got);

		if (why == NULL) {
			CHECK_TEXT(error, NULL);
			CHECK_TEXT(buf_str(&got), text);
		} else {
			CHECK(error != NULL && strstr(error, why) != NULL);
		}
	}
	buf_free(&got);
}

static void
expect_stream(
	enum form form, const char *text, const char *after, const char *want, const char *why)
{
	struct buf in = {0};

	compress_text(form, text, strlen(text), &in);
	buf_adds(&in, after);
	expect(&in, true, want, why);
	buf_free(&in);
}

static void
streams(void)
{
	static const enum form forms[] = {RAW, ZLIB, GZIP};

	for (size_t i = 0; i < 3; i++) {
		enum form f = forms[i];

		expect_stream(f, "a\r\nb\r\n", ".\r\n205 bye\r\n", "a\nb\n", NULL);
		expect_stream(f, "a\r\nb\r\n.\r\n", "205 bye\r\n", "a\nb\n", NULL);
		expect_stream(f, "a\r\nb\r\n.\r\n", ".\r\n205 bye\r\n", "a\nb\n", NULL);
		expect_stream(f, "a\r\nb", ".\r\n205 bye\r\n", "a\nb\n", NULL);
		expect_stream(f, "a\r\nb", "\r\n.\r\n205 bye\r\n", "a\nb\n", NULL);
		expect_stream(f, "a\r\nb\r", ".\r\n205 bye\r\n", "a\nb\n", NULL);
		expect_stream(f, "a\r\n.", "205 bye\r\n", "a\n", NULL);
		expect_stream(f, "..a\r\n...\r\n", ".\r\n205 bye\r\n", ".a\n..\n", NULL);
		expect_stream(f, "", ".\r\n205 bye\r\n", "", NULL);
		expect_stream(f, ".\r\n", "205 bye\r\n", "", NULL);
		expect_stream(f, "a\nb\r\rc\r\n", ".\r\n205 bye\r\n", "a\nb\r\rc\n", NULL);
		expect_stream(f, "a\r\n", "205 bye\r\n", NULL, "but: 205 bye");
		expect_stream(f, "a\r\n.\r\nb\r\n", ".\r\n205 bye\r\n", NULL, "data after the end");
		expect_stream(f, "a\r\n", "", NULL, "timed out");
	}
}

/* A stream that is cut at any place is an error; so is a changed octet, unless zlib does not use the changed bit. */
static void
damaged_streams(void)
{
	static const enum form forms[] = {ZLIB, GZIP};

	for (size_t i = 0; i < 2; i++) {
		struct buf whole = {0}, in = {0}, got = {0};
		const char *text = "1\tsubject one\r\n2\tsubject two\r\n",
			   *lines = "1\tsubject one\n2\tsubject two\n";
		size_t header = forms[i] == ZLIB ? 2 : 10;

		compress_text(forms[i], text, strlen(text), &whole);
		for (size_t at = header; at < whole.len; at++) {
			buf_clear(&in);
			buf_add(&in, whole.data, whole.len);
			in.data[at] = (char)(in.data[at] ^ 0x10);
			buf_adds(&in, ".\r\n205 bye\r\n");
			CHECK(read_block(&in, true, at % 2 == 0, &got) != NULL ||
				strcmp(buf_str(&got), lines) == 0);
			/* The octets of the next reply take the place of those that are missing. */
			buf_clear(&in);
			buf_add(&in, whole.data, at);
			buf_adds(&in, ".\r\n205 bye\r\n400 400 400 400 400 400 400\r\n");
			CHECK(read_block(&in, true, at % 2 == 0, &got) != NULL);
		}
		buf_free(&whole);
		buf_free(&in);
		buf_free(&got);
	}
}

/* A text in yEnc, with these lines after it. */
static void
expect_yenc(enum form form, const char *text, size_t width, const char *end, const char *want,
	const char *why)
{
	struct buf stream = {0}, in = {0};

	compress_text(form, text, strlen(text), &stream);
	buf_adds(&in, "=ybegin line=128 size=-1 name=x\r\n");
	encode(&stream, width, &in);
	if (strcmp(end, "good") == 0)
		buf_addf(&in, "=yend size=%zu crc32=%08lX\r\n.\r\n205 bye\r\n", stream.len,
			crc32(0, (unsigned char *)stream.data, (unsigned)stream.len));
	else
		buf_adds(&in, end);
	expect(&in, false, want, why);
	buf_free(&stream);
	buf_free(&in);
}

static void
yenc_blocks(void)
{
	static const enum form forms[] = {RAW, ZLIB, GZIP};

	for (size_t width = 1; width < 130; width += 3) {
		enum form f = forms[width % 3];

		expect_yenc(f, "a\r\nb\r\n", width, "good", "a\nb\n", NULL);
		expect_yenc(f, "a\r\nb\r\n.\r\n", width, "good", "a\nb\n", NULL);
		expect_yenc(f, "a\r\nb", width, "=yend\r\n.\r\n205 bye\r\n", "a\nb\n", NULL);
		expect_yenc(f, "", width, "=yend size=-1\r\n.\r\n205 bye\r\n", "", NULL);
	}
	expect_yenc(
		RAW, "a\r\n", 9, "=yend size=3\r\n.\r\n205 bye\r\n", NULL, "octets instead of 3");
	expect_yenc(RAW, "a\r\n", 9, "=yend crc32=00000000\r\n.\r\n205 bye\r\n", NULL, "checksum");
	expect_yenc(RAW, "a\r\n", 9, "=yend crc=zz\r\n.\r\n205 bye\r\n", NULL, "checksum");
	expect_yenc(RAW, "a\r\n", 9, ".\r\n205 bye\r\n", NULL, "no =yend");
	expect_yenc(RAW, "a\r\n", 9, "=yend\r\n205 bye\r\n", NULL, "but: 205 bye");
	expect_yenc(RAW, "a\r\n", 9, "xx\r\n=yend\r\n.\r\n205 bye\r\n", NULL, "data after the end");
	expect_yenc(
		RAW, "a\r\n.\r\nb\r\n", 9, "=yend\r\n.\r\n205 bye\r\n", NULL, "data after the end");
}

static void
texts(const char *text, bool marked, const char *want, const char *why)
{
	struct buf in = {0};

	buf_adds(&in, text);
	expect(&in, marked, want, why);
	buf_free(&in);
}

static void
without_a_stream(void)
{
	texts(".\r\n205 bye\r\n", true, "", NULL);
	texts(".\r\n205 bye\r\n", false, "", NULL);
	texts("=ybegin line=128\r\n=yend size=0\r\n.\r\n205 bye\r\n", false, "", NULL);
	texts("=ybegin line=128\r\n=ypart begin=1 end=0\r\n=yend\r\n.\r\n205 bye\r\n", false, "",
		NULL);
	texts("1\ta\r\n.\r\n205 bye\r\n", false, NULL, "neither yEnc nor compressed");
	texts("=yb", false, NULL, "timed out");
	texts("=ybegin line=128\r\nabc", false, NULL, "timed out");
	texts("=yfoo\r\n.\r\n", false, NULL, "neither yEnc nor compressed");
}

/* A long line in little room, and lines that do not end: the limit of a line holds. */
static void
long_lines(void)
{
	size_t n = BLOCK_LINE;
	char *text = mem_alloc(2 * n);
	struct buf in = {0}, got = {0};

	memset(text, 'x', 2 * n);
	memcpy(text + n, "\r\n.\r\n", 5);
	compress_text(ZLIB, text, n + 5, &in);
	buf_adds(&in, "205 bye\r\n");
	CHECK_TEXT(read_block(&in, true, false, &got), NULL);
	CHECK(got.len == n + 1);
	text[n] = text[n + 1] = 'x';
	buf_clear(&in);
	compress_text(ZLIB, text, 2 * n, &in);
	CHECK(strstr(read_block(&in, true, false, &got), "a line of more than") != NULL);
	free(text);
	buf_free(&in);
	buf_free(&got);
}

static void
control_lines(void)
{
	struct yenc y = {.octets = 5, .crc = 0xdeadbeef};
	struct err e = {0};
	static const struct {
		const char *line;
		int rc;
	} lines[] = {{"=yend", 0}, {"=yend size=5", 0}, {"=yend size=05 crc32=DEADBEEF", 0},
		{"=yend crc=deadbeef", 0}, {"=yend crc32=00000000deadbeef", 0},
		{"=yend size=-1 part=1 pcrc32=1", 0}, {"=yend size=x", 0}, {"=yend size=6", -1},
		{"=yend size=5 crc32=deadbeee", -1}, {"=yend crc32=", -1}, {"=yend crc32=g", -1},
		{"=yend crc32=deadbeef crc=1", -1}, {"=yend crc32=100000000deadbeef", -1}};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		CHECK(yenc_check(&y, lines[i].line, strlen(lines[i].line), &e) == lines[i].rc);
	CHECK(yenc_is("=yend size=1", 12, "=yend") && yenc_is("=yend", 5, "=yend"));
	CHECK(!yenc_is("=yendx", 6, "=yend") && !yenc_is("=yen", 4, "=yend"));
}

int
main(void)
{
	wait_setup();
	streams();
	damaged_streams();
	yenc_blocks();
	without_a_stream();
	long_lines();
	control_lines();
	return check_done();
}
