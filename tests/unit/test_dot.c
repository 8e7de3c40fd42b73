/* The dot codec, cut at every point and at every pair of points. */
#include "wire/dot.h"

#include "base/buf.h"
#include "check.h"

static struct buf got;
static int writes;

static int
collect(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)s;
	(void)e;
	buf_add(&got, p, n);
	writes++;
	return 0;
}

/* Decode wire in the pieces [0,a) [a,b) [b,end); the octets used in all, or -1 if it never ended. */
static long
decode(const char *wire, size_t n, size_t a, size_t b, bool lf, uint64_t *octets)
{
	struct sink to = {collect};
	size_t cut[] = {0, a, b, n};
	char copy[512];
	struct dot d;
	struct err e = {0};
	long total = 0;

	buf_clear(&got);
	dot_begin(&d, lf, 0);
	for (int i = 0; i < 3; i++) {
		size_t len = cut[i + 1] - cut[i], used;
		int rc;

		memcpy(copy, wire + cut[i], len);
		rc = dot_decode(&d, copy, len, &used, &to, &e);
		total += (long)used;
		*octets = d.octets;
		if (rc != 0)
			return rc == 1 ? total : -1;
		if (used != len)
			return -1;
	}
	return -1;
}

static void
every_cut(const char *wire, size_t n, size_t block, const char *lf, size_t nlf, const char *crlf,
	size_t ncrlf)
{
	for (size_t a = 0; a <= n; a++)
		for (size_t b = a; b <= n; b++) {
			uint64_t octets;

			CHECK(decode(wire, n, a, b, true, &octets) == (long)block);
			CHECK(got.len == nlf && memcmp(buf_str(&got), lf, nlf) == 0);
			CHECK(octets == ncrlf);
			CHECK(decode(wire, n, a, b, false, &octets) == (long)block);
			CHECK(got.len == ncrlf && memcmp(buf_str(&got), crlf, ncrlf) == 0);
			CHECK(octets == ncrlf);
		}
}

#define CASE(wire, rest, lf, crlf)                                                              \
	every_cut(wire rest, sizeof(wire rest) - 1, sizeof(wire) - 1, lf, sizeof(lf) - 1, crlf, \
		sizeof(crlf) - 1)

static void
limits(void)
{
	struct sink to = {collect};
	struct err e = {0};
	struct dot d;
	size_t used;
	char fits[] = "12345678\r\n.\r\n", over[] = "123456789\r\n.\r\n", part[] = "12345";

	buf_clear(&got);
	dot_begin(&d, true, 8);
	CHECK(dot_decode(&d, fits, sizeof fits - 1, &used, &to, &e) == 1);
	dot_begin(&d, true, 8);
	CHECK(dot_decode(&d, over, sizeof over - 1, &used, &to, &e) == -1);
	CHECK(e.status == EX_PROTOCOL);
	dot_begin(&d, true, 8);
	CHECK(dot_decode(&d, part, 5, &used, &to, &e) == 0);
	CHECK(dot_decode(&d, part, 5, &used, &to, &e) == -1);
}

/* The content of a span is written in one piece, also the part before a line that is too long. */
static void
pieces(void)
{
	struct sink to = {collect};
	struct err e = {0};
	struct dot d;
	size_t used;
	char many[] = "a\r\n..b\r\n\r\n.c\r\nd", late[] = "a\r\nb\r\n123456789\r\n.\r\n";

	buf_clear(&got);
	writes = 0;
	dot_begin(&d, true, 0);
	CHECK(dot_decode(&d, many, sizeof many - 1, &used, &to, &e) == 0);
	CHECK(writes == 1 && got.len == 9 && memcmp(got.data, "a\n.b\n\nc\nd", 9) == 0);
	buf_clear(&got);
	dot_begin(&d, true, 8);
	CHECK(dot_decode(&d, late, sizeof late - 1, &used, &to, &e) == -1);
	CHECK(e.status == EX_PROTOCOL && got.len == 4);
}

int
main(void)
{
	CASE(".\r\n", "", "", "");
	CASE("a\r\n.\r\n", "205 bye\r\n", "a\n", "a\r\n");
	CASE("\r\n\r\n.\r\n", ".", "\n\n", "\r\n\r\n");
	CASE("..\r\n...x\r\n.y\r\n.\r\n", "", ".\n..x\ny\n", ".\r\n..x\r\ny\r\n");
	/* Only CR LF . CR LF ends a block: bare CR, bare LF and NUL are data. */
	CASE("a\n.\nb\r.\rc\r\r\n.\r\n", "x", "a\n.\nb\r.\rc\r\n", "a\n.\nb\r.\rc\r\r\n");
	CASE("..\rx\r\n.\r\n", "", ".\rx\n", ".\rx\r\n");
	CASE(".\rx\r\n.\r\n", "", "\rx\n", "\rx\r\n");
	CASE(".\r\r\n.\r\n", "", "\r\n", "\r\r\n");
	CASE(".\n\r\n.\r\n", "", "\n\n", "\n\r\n");
	CASE("\n.\r\n\r\n.\r\n", "", "\n.\n\n", "\n.\r\n\r\n");
	CASE("a\0b\r\n.\r\n", "\0", "a\0b\n", "a\0b\r\n");
	limits();
	pieces();
	buf_free(&got);
	return check_done();
}
