/* The output: its descriptor, and messages on it. */
#include "store/out.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "base/wait.h"
#include "store/message_out.h"
#include "store/store.h"

static struct err e;

static void
open_fd(struct out *o, int fd, bool json, bool crlf)
{
	const struct out_options opt = {.fd = fd, .name = "test", .json = json, .crlf = crlf};

	CHECK(out_open(o, &opt, &e) == 0);
}

/* Returns the text added to the buffer since the last call. */
static const char *
buffered(struct out *o)
{
	static char copy[4096];

	CHECK(o->buf.len < sizeof copy);
	memcpy(copy, buf_str(&o->buf), o->buf.len);
	copy[o->buf.len] = '\0';
	buf_clear(&o->buf);
	return copy;
}

static void
lines(void)
{
	const struct field f[] = {field_s("a", "1\033"), field_s("b", "2")};
	struct out o;

	open_fd(&o, -1, false, true);
	CHECK(out_line(&o, "one", 3, &e) == 0 && out_record(&o, ' ', f, 2, &e) == 0);
	CHECK_TEXT(buffered(&o), "one\r\n1\033 2\r\n");
	/* A terminal gets no controls, but TAB and LF. */
	o.tty = true;
	o.crlf = false;
	CHECK(out_text(&o, "\r\t\n", 3, &e) == 0 && out_record(&o, ' ', f, 2, &e) == 0);
	CHECK_TEXT(buffered(&o), "\\r\t\n1^[ 2\n");
	CHECK(out_raw(&o, "\033", 1, &e) == 0);
	CHECK_TEXT(buffered(&o), "\033");
	buf_free(&o.buf);
}

static void
json_lines(void)
{
	const struct field f[] = {field_s("a", "1")};
	struct out o;

	open_fd(&o, -1, true, false);
	CHECK(out_record(&o, ' ', f, 1, &e) == 0);
	json_open(o.json, '{');
	json_key(o.json, "incomplete");
	out_drop(&o);
	json_open(o.json, '[');
	json_close(o.json, ']');
	CHECK(out_end_record(&o, &e) == 0);
	CHECK_TEXT(buffered(&o), "{\"a\": \"1\"}\n[]\n");
	buf_free(&o.buf);
}

/* Large and small pieces reach the descriptor unchanged. */
static void
through_fd(void)
{
	char name[] = "/tmp/test_out.XXXXXX";
	int fd = mkstemp(name);
	struct out o;
	struct stat st;
	char *big = malloc(200000);
	uint64_t want = 0;

	memset(big, 'b', 200000);
	unlink(name);
	open_fd(&o, fd, false, false);
	for (size_t n = 1; n <= 200000; n = n * 3 + 1) {
		CHECK(out_text(&o, big, n, &e) == 0);
		CHECK(o.buf.len < OUT_FULL);
		want += n;
	}
	CHECK(out_flush(&o, &e) == 0 && o.buf.len == 0);
	CHECK(fstat(fd, &st) == 0 && (uint64_t)st.st_size == want);
	CHECK(out_close(&o, true, &e) == 0);
	close(fd);
	free(big);
}

/* If the reader has closed the pipe, the result is SIGPIPE's; after a failure nothing more is written. */
static void
broken_pipe(void)
{
	struct out o;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK(pipe(fds) == 0);
	close(fds[0]);
	open_fd(&o, fds[1], false, false);
	CHECK(out_text(&o, "x", 1, &e) == 0);
	CHECK(out_flush(&o, &e) == -1 && e.status == EX_SIGNAL + SIGPIPE && e.text[0] == '\0');
	CHECK(o.buf.len == 0);
	o.fd = open("/dev/null", O_WRONLY);
	CHECK(out_text(&o, "y", 1, &e) == 0);
	CHECK(out_flush(&o, &e) == -1 && e.status == EX_SIGNAL + SIGPIPE);
	close(o.fd);
	close(fds[1]);
	buf_free(&o.buf);
}

static void
raw(const char *octets, size_t n, size_t step, const char *want)
{
	const struct field f[] = {field_s("uid", "a")};
	struct message_out m;
	struct out o;

	open_fd(&o, -1, true, false);
	message_open(&m, &o, MESSAGE_JSON, NULL);
	CHECK(message_crlf(&m));
	/* An incomplete message leaves no record. */
	message_begin(&m);
	CHECK(sink_write(&m.sink, "x", 1, &e) == 0);
	message_begin(&m);
	for (size_t at = 0; at < n; at += step)
		CHECK(sink_write(message_sink(&m), octets + at, n - at < step ? n - at : step,
			      &e) == 0);
	CHECK(message_end(&m, f, 1, &e) == 0);
	message_close(&m);
	CHECK_TEXT(buffered(&o), want);
	buf_free(&o.buf);
}

/* The examples of RFC 4648, section 10, written in pieces of every length. */
static void
raws(void)
{
	for (size_t step = 1; step < 8; step++) {
		raw("", 0, step, "{\"uid\": \"a\", \"raw\": \"\"}\n");
		raw("f", 1, step, "{\"uid\": \"a\", \"raw\": \"Zg==\"}\n");
		raw("fo", 2, step, "{\"uid\": \"a\", \"raw\": \"Zm8=\"}\n");
		raw("foob", 4, step, "{\"uid\": \"a\", \"raw\": \"Zm9vYg==\"}\n");
		raw("foobar", 6, step, "{\"uid\": \"a\", \"raw\": \"Zm9vYmFy\"}\n");
		raw("\0\r\n\xff", 4, step, "{\"uid\": \"a\", \"raw\": \"AA0K/w==\"}\n");
	}
}

static void
store_message(struct store *st, const char *key, const char *text)
{
	const struct store_msg msg = {.number = 7, .key = key, .key_len = 1};

	CHECK(store_begin(st, &msg, &e) == 0);
	CHECK(sink_write(&st->sink, text, strlen(text), &e) == 0);
	CHECK(store_end(st, &e) == 0);
}

/* The output as a store, in each form. */
static void
stores(void)
{
	static const struct {
		enum message_form form;
		bool crlf;
		const char *want;
	} forms[] = {{MESSAGE_RAW, false, "From: a@b\n\nFrom x\n"}, {MESSAGE_MBOX, false, ""},
		{MESSAGE_JSON, true,
			"{\"number\": 7, \"octets\": 18, \"uid\": \"u\", \"raw\": "
			"\"RnJvbTogYUBiCgpGcm9tIHgK\"}\n"}};

	for (size_t i = 0; i < 3; i++) {
		bool crlf;
		struct out o;
		struct store *st;

		open_fd(&o, -1, forms[i].form == MESSAGE_JSON, false);
		st = message_store(&o, forms[i].form, NULL, &crlf);
		CHECK(crlf == forms[i].crlf);
		store_message(st, "u", "From: a@b\n\nFrom x\n");
		if (forms[i].form == MESSAGE_MBOX) {
			const char *text = buffered(&o);

			CHECK(strncmp(text, "From a@b ", 9) == 0);
			CHECK(strstr(text, "\n\n>From x\n\n") != NULL);
		} else {
			CHECK_TEXT(buffered(&o), forms[i].want);
		}
		store_close(st);
		buf_free(&o.buf);
	}
}

int
main(void)
{
	wait_setup();
	lines();
	json_lines();
	through_fd();
	broken_pipe();
	raws();
	stores();
	return check_done();
}
