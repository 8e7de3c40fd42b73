#include "cmd/common_verbs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "cmd/print.h"
#include "mail/rfc2047.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- small verbs -------------------------------------------------------------------------------- */

int
has_print(struct session *s, const char *name, bool offered, struct err *e)
{
	struct field f[] = {
		field_s("name", name), {"offered", FIELD_BOOL, 0, offered ? "" : NULL, 0}};

	if (s->out->json && out_record(s->out, ' ', f, 2, e) == -1)
		return -1;
	return offered ? 0 : err_set(e, EX_NO, "%s", "");
}

int
reply_print(struct session *s, int code, const char *text, size_t n, struct err *e)
{
	if (!s->out->json) {
		const char *lf;

		for (; (lf = memchr(text, '\n', n)) != NULL;
			n -= (size_t)(lf + 1 - text), text = lf + 1)
			if (out_line(s->out, text, (size_t)(lf - text), e) == -1)
				return -1;
		return out_line(s->out, text, n, e);
	}
	json_open(s->out, '{');
	json_key(s->out, "code");
	if (code > 99)
		json_u(s->out, (uint64_t)code);
	else
		json_null(s->out);
	json_key(s->out, "text");
	json_str(s->out, text, n);
	json_close(s->out, '}');
	return json_end_line(s->out, e);
}

/* The longest multi-line reply that is printed, in octets. */
#define TEXT_MAX (UINT64_C(256) * 1024 * 1024)

int
block_print(struct session *s, struct err *e)
{
	uint64_t octets = 0;
	struct bound b;
	size_t n;
	char *p;
	int rc;

	if (!s->out->json)
		return block_read(s->c.conn,
			bound_init(&b, &s->out->sink, TEXT_MAX / 4, BOUND_NONE),
			(s->out->crlf ? BLOCK_CRLF : BLOCK_LF) | BLOCK_TEXT, NULL, e);
	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		struct field f = field_p("line", p, n);

		octets += n + 2;
		if (octets > TEXT_MAX)
			return err_set(e, EX_PROTOCOL, "the reply is longer than 256 MiB"),
			       conn_fail(s->c.conn, e);
		if (out_record(s->out, ' ', &f, 1, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	return rc;
}

int
cmd_line_join(const struct args *a, int first, struct buf *out, struct err *e)
{
	for (int i = first; i < a->argc; i++) {
		if (i > first)
			buf_addc(out, ' ');
		buf_adds(out, a->argv[i]);
	}
	if (text_has_eol(buf_str(out), out->len))
		return err_set(e, EX_DATAERR, "the command contains CR or LF");
	return 0;
}

int
welcome_run(struct session *s, const struct args *a, struct err *e)
{
	const char *text = buf_str(&s->c.greeting);
	uint64_t code = 0;

	(void)a;
	if (!text_number(text, s->c.greeting.len < 3 ? s->c.greeting.len : 3, 999, &code))
		code = 0;
	client_note(&s->c, (int)code, text, s->c.greeting.len);
	return reply_print(s, (int)code, text, s->c.greeting.len, e);
}

/* ops->quit has stored the reply with session_reply. */
int
quit_run(struct session *s, const struct args *a, struct err *e)
{
	int rc;

	(void)a;
	s->c.quit_matters = true;
	rc = s->c.ops->quit(&s->c, true, e);
	s->c.ended = true;
	if (rc == -1 || (s->c.result.text.len == 0 && wait_check(e) == -1))
		return -1;
	if (s->c.result.text.len == 0)
		return err_set(e, EX_TEMPFAIL, "QUIT: %s",
			s->c.quit_sent
				? "the server closed the connection"
				: "not sent: the server waits for the rest of an earlier command");
	return reply_print(
		s, s->c.result.code, buf_str(&s->c.result.text), s->c.result.text.len, e);
}

/* ---- decode ------------------------------------------------------------------------------------ */

static int
decode_line(struct session *s, struct rfc2047 *words, const char *p, size_t n, struct err *e)
{
	struct buf text = {0};
	struct field f;
	int rc;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	rfc2047_decode(words, p, n, &text);
	f = field_p("text", buf_str(&text), text.len);
	rc = out_record(s->out, ' ', &f, 1, e);
	buf_free(&text);
	return rc;
}

/* Decode every whole line in held; at the end of the input the last one too. */
static int
decode_lines(struct session *s, struct rfc2047 *words, struct buf *held, bool end, struct err *e)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < held->len) {
		const char *p = held->data + at;
		const char *lf = memchr(p, '\n', held->len - at);

		if (lf == NULL && !end)
			break;
		rc = decode_line(s, words, p, lf != NULL ? (size_t)(lf - p) : held->len - at, e);
		at = lf != NULL ? (size_t)(lf - held->data) + 1 : held->len;
	}
	buf_drop(held, at);
	return rc;
}

static int
decode_stdin(struct session *s, struct rfc2047 *words, struct err *e)
{
	struct buf held = {0};
	ssize_t got = 1;
	int rc = 0;

	while (rc == 0 && got > 0) {
		rc = wait_fd(STDIN_FILENO, POLLIN, WAIT_FOREVER, "reading stdin", e);
		if (rc == -1)
			break;
		got = read(STDIN_FILENO, buf_reserve(&held, 65536), 65536);
		if (got == -1 && errno != EINTR)
			rc = err_sys(e, EX_IOERR, "stdin");
		else if (got >= 0)
			held.len += (size_t)got;
		else
			got = 1;
		if (rc == 0)
			rc = decode_lines(s, words, &held, got == 0, e);
		if (rc == 0 && held.len > 1024 * 1024)
			rc = err_set(e, EX_DATAERR, "stdin: a line is longer than 1 MiB");
	}
	buf_free(&held);
	return rc;
}

int
decode_run(struct session *s, const struct args *a, struct err *e)
{
	struct rfc2047 words = {0};
	int rc = 0;

	if (a->argc == 0)
		rc = decode_stdin(s, &words, e);
	for (int i = 0; rc == 0 && i < a->argc; i++)
		rc = decode_line(s, &words, a->argv[i], strlen(a->argv[i]), e);
	rfc2047_free(&words);
	return rc;
}

bool
decode_reads_stdin(const struct args *a)
{
	return a->argc == 0;
}
