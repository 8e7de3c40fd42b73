/* mboxrd: quoting, splitting, and both in turn, with the spans cut at every point. */
#include "mail/mbox_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "check.h"

static void
quote(const char *in, size_t n, size_t cut, struct buf *out)
{
	struct buf_sink to;
	struct mbox_quote q;
	struct err e;

	buf_sink_init(&to, out, 1000000);
	mbox_quote_init(&q, &to.sink);
	for (size_t i = 0; cut > n && i < n; i++)
		CHECK(sink_write(&q.sink, in + i, 1, &e) == 0);
	if (cut <= n) {
		CHECK(sink_write(&q.sink, in, cut, &e) == 0);
		CHECK(sink_write(&q.sink, in + cut, n - cut, &e) == 0);
	}
	CHECK(mbox_quote_finish(&q, &e) == 0);
}

static void
quotes(const char *in, const char *want)
{
	for (size_t cut = 0; cut <= strlen(in) + 1; cut++) {
		struct buf out = {0};

		quote(in, strlen(in), cut, &out);
		CHECK_TEXT(buf_str(&out), want);
		buf_free(&out);
	}
}

/* Feed n octets, a few at a time; each message is followed by "|" in out. The result of the last. */
static int
split(const char *in, size_t n, size_t step, struct buf *out, struct err *e)
{
	struct buf_sink to;
	struct mbox_split m;
	int r = MBOX_MORE;

	buf_sink_init(&to, out, 1000000);
	mbox_split_init(&m);
	for (size_t at = 0; at < n && r >= 0;) {
		size_t used = 0;

		r = mbox_split(&m, in + at, n - at < step ? n - at : step, &used, &to.sink, e);
		at += used;
		if (r == MBOX_END)
			buf_adds(out, "|");
	}
	if (r >= 0 && (r = mbox_split_finish(&m, &to.sink, e)) == MBOX_END)
		buf_adds(out, "|");
	return r;
}

static void
splits(const char *in, const char *want)
{
	for (size_t step = 1; step <= strlen(in); step++) {
		struct buf out = {0};
		struct err e;

		CHECK(split(in, strlen(in), step, &out, &e) >= 0);
		CHECK_TEXT(buf_str(&out), want);
		buf_free(&out);
	}
}

static void
refused(const char *in)
{
	struct buf out = {0};
	struct err e = {0};

	for (size_t step = 1; step <= strlen(in); step++)
		CHECK(split(in, strlen(in), step, &out, &e) == -1 && e.status == EX_DATAERR);
	CHECK(out.len == 0);
	buf_free(&out);
}

static void
texts(void)
{
	quotes("", "\n");
	quotes("a\n", "a\n\n");
	quotes("a", "a\n\n");
	quotes("From x\n>From y\n>>>From z\nFrom\n>Fro m\n> From\n",
		">From x\n>>From y\n>>>>From z\n"
		"From\n>Fro m\n> From\n\n");
	quotes("aFrom x\n\nFrom ", "aFrom x\n\n>From \n\n");
	quotes(">>Fro", ">>Fro\n\n");
	quotes("F\nFr\n>\n>>\n>From \n", "F\nFr\n>\n>>\n>>From \n\n");

	splits("From a\nx\n\nFrom b\ny\n\n", "x\n|y\n|");
	splits("\n\nFrom a\nx\n", "x\n|");
	splits("From a\r\nS: x\r\n\r\nb\r\n\r\nFrom b\r\ny", "S: x\r\n\r\nb\r\n|y|");
	splits("From a\nx\nFrom here\n>From b\n>>From c\n>>Fr\n\n>From d\n",
		"x\nFrom here\nFrom b\n>From "
		"c\n>>Fr\n\nFrom d\n|");
	splits("From a\nS: x\n\n\nFrom b\nS: y\n\n\n\nFrom c\n\nFrom d", "S: x\n\n|S: y\n\n\n|||");
	splits("From a\nx\n\n\rFrom b\n\rb\r\n\rc\n\r", "x\n\n\rFrom b\n\rb\r\n\rc\n\r|");
	splits("From a\nx\n\nFro\n\n>Fro\n\nFro", "x\n\nFro\n\n>Fro\n\nFro|");
	splits("From a\nx\n\n>", "x\n\n>|");
	splits("\n\r\n", "");
	splits("From a", "|");

	refused("x");
	refused("Fro");
	refused("From: a\n");
	refused(">From a\n");
	refused("\nSubject: x\n");
}

/* Random messages are unchanged after quoting and splitting. */
static void
round_trip(void)
{
	static const char *const parts[] = {"\n", "From ", ">", "x", "F", "From a\n"};

	for (unsigned k = 0; k < 6 * 6 * 6 * 6 * 6; k++) {
		struct buf in = {0}, want = {0}, box = {0}, out = {0};
		struct err e;

		for (unsigned i = 0, v = k; i < 5; i++, v /= 6)
			buf_adds(&in, parts[v % 6]);
		buf_addc(&in, '\n');
		for (unsigned i = 0; i < 2; i++) {
			mbox_from_line("a@b", 0, &box);
			quote(in.data, in.len, (k + i) % 8, &box);
			buf_add(&want, in.data, in.len);
			buf_addc(&want, '|');
		}
		CHECK(split(box.data, box.len, k % 11 + 1, &out, &e) == MBOX_END);
		CHECK_TEXT(buf_str(&out), buf_str(&want));
		buf_free(&in);
		buf_free(&want);
		buf_free(&box);
		buf_free(&out);
	}
}

/* A new splitter that reads the range of each message again finds the same message. */
static void
ranges(void)
{
	static const char box[] = "\nFrom a\nx\n>From y\n\nFrom b\ny\n\nFrom c\n";
	static const char *const want[] = {"x\nFrom y\n|", "y\n|", "|"};
	static const uint64_t ends[] = {19, 29, 36};
	struct mbox_split m;
	size_t at = 0, used, i = 0;
	uint64_t last = 1;
	int r = MBOX_MORE;
	struct err e;

	mbox_split_init(&m);
	for (bool done = false; !done && i < 3;) {
		done = at == sizeof box - 1;
		if (done)
			r = mbox_split_finish(&m, NULL, &e);
		else
			r = mbox_split(&m, box + at,
				sizeof box - 1 - at > 4 ? 4 : sizeof box - 1 - at, &used, NULL, &e);
		at += done ? 0 : used;
		if (r == MBOX_END) {
			struct buf out = {0};

			CHECK(m.begin == last && m.end == ends[i]);
			CHECK(split(box + m.begin, m.end - m.begin, 3, &out, &e) == MBOX_END);
			CHECK_TEXT(buf_str(&out), want[i++]);
			last = m.end;
			buf_free(&out);
		}
	}
	CHECK(i == 3 && r == MBOX_END);
}

static void
from_lines(void)
{
	struct buf out = {0};

	mbox_from_line("a b\r\nc\x7f@d", 0, &out);
	CHECK_TEXT(buf_str(&out), "From a-b--c-@d Thu Jan  1 00:00:00 1970\n");
	buf_clear(&out);
	mbox_from_line(NULL, 0, &out);
	CHECK_TEXT(buf_str(&out), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
	buf_free(&out);
}

/* A line of a million ">" uses no memory and is unchanged. */
static void
endless(void)
{
	struct buf in = {0}, out = {0};

	for (unsigned i = 0; i < 500000; i++)
		buf_addc(&in, '>');
	buf_adds(&in, "From x\n");
	quote(in.data, in.len, 300001, &out);
	CHECK(out.len == in.len + 2 && memcmp(out.data + 1, in.data, in.len) == 0);
	buf_free(&in);
	buf_free(&out);
}

/* A message through the frame, in spans of n octets; the From_ line's date is that of 1970. */
static void
framed(const char *message, size_t len, size_t n, const char *sender)
{
	struct mbox_frame *f = mem_alloc(sizeof *f);
	struct buf out = {0};
	struct buf_sink to;
	struct err e;
	char want[100];

	buf_sink_init(&to, &out, 1000000);
	mbox_frame_init(f, &to.sink, 0);
	for (size_t at = 0; at < len; at += n)
		CHECK(sink_write(&f->sink, message + at, len - at < n ? len - at : n, &e) == 0);
	CHECK(mbox_frame_finish(f, &e) == 0);
	snprintf(want, sizeof want, "From %s Thu Jan  1 00:00:00 1970\n", sender);
	CHECK(strncmp(buf_str(&out), want, strlen(want)) == 0);
	CHECK(out.len > strlen(want) + len && memcmp(out.data + strlen(want), message, len) == 0);
	buf_free(&out);
	free(f);
}

static void
frames(void)
{
	static const struct {
		const char *message, *sender;
	} cases[] = {
		{"Return-Path: <a@x>\nFrom: b@x\n\nx\n", "a@x"},
		{"Received: x\nreturn-path:a@x (why)\n\nx\n", "a@x"},
		{"Return-Path: <>\nFrom: b@x\n\nx\n", "MAILER-DAEMON"},
		{"Return-Path: < a b\nFrom: B <b@x>, c@x\n\nx\n", "b@x"},
		{"From: =?utf-8?q?x?=\n <b@x>\n\nx\n", "b@x"},
		{"From: \"a b\\\" c\"@x\n\n", "\"a-b\\\"-c\"@x"},
		{"From: a\r\n b@x Fri Nov 20 12:00:00 2026\n\n", "MAILER-DAEMON"},
		{"Subject: x\n\nFrom: b@x\n\n", "MAILER-DAEMON"},
		{"Subject: x\r\n\r\nFrom: b@x\r\n\r\n", "MAILER-DAEMON"},
		{"From: b@x", "b@x"},
		{"\nFrom: b@x\n\n", "MAILER-DAEMON"},
		{"", "MAILER-DAEMON"},
	};
	char large[MBOX_HEAD + 100] = "Return-Path: <a@x>\nFrom: b@x\nX: ";

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t n = 1; n < 50; n++)
			framed(cases[i].message, strlen(cases[i].message), n, cases[i].sender);
	/* An incomplete header: its complete fields are used, the truncated field is not. */
	memset(large + strlen(large), 'x', sizeof large - strlen(large));
	framed(large, sizeof large, 1000, "a@x");
	framed(large, sizeof large, sizeof large, "a@x");
	memcpy(large, "X", 1);
	framed(large, sizeof large, 1000, "b@x"); /* no Return-Path now */
	memset(large, 'x', sizeof large);
	large[MBOX_HEAD - 12] = '\n';
	memcpy(large + MBOX_HEAD - 11, "From: b@xyz.example", 19);
	framed(large, sizeof large, 1000, "MAILER-DAEMON");
}

int
main(void)
{
	texts();
	round_trip();
	ranges();
	from_lines();
	frames();
	endless();
	return check_done();
}
