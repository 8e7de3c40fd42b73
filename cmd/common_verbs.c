#include "cmd/common_verbs.h"

#include <string.h>
#include <unistd.h>

#include "base/line_reader.h"
#include "base/wait.h"
#include "cmd/print.h"
#include "mail/rfc2047.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- small verbs -------------------------------------------------------------------------------- */

int
reply_print(struct session *s, int code, const char *text, size_t n, struct err *e)
{
	char digits[21];
	const struct field f[] = {
		code > 99 ? field_u("code", (uint64_t)code, digits) : field_s("code", NULL),
		field_p("text", text, n)};
	const char *lf;

	if (s->out->json)
		return out_record(s->out, ' ', f, 2, e);
	for (; (lf = memchr(text, '\n', n)) != NULL; n -= (size_t)(lf + 1 - text), text = lf + 1)
		if (out_line(s->out, text, (size_t)(lf - text), e) == -1)
			return -1;
	return out_line(s->out, text, n, e);
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
			print_line_ends(s->out->crlf) | BLOCK_TEXT, NULL, e);
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
result_print(struct session *s, struct err *e)
{
	const struct client_result *r = &s->c.result;

	return reply_print(s, r->code, buf_str(&r->text), r->text.len, e);
}

const struct opt cmd_opts[] = {
	{0, "multi", NULL, "print the block of lines after the reply, too"}, {.name = NULL}};

int
cmd_run(struct session *s, const struct args *a, struct err *e)
{
	struct buf line = {0};
	bool block = false;
	int rc = 0;

	if ((a->verb->flags & VERB_OPENS) != 0)
		rc = client_need(&s->c, e);
	args_join(a, &line);
	if (rc == 0)
		rc = s->c.ops->command(&s->c, &line, &block, e);
	buf_wipe(&line);
	if (rc == 0)
		rc = result_print(s, e);
	return rc == 0 && block && args_has(a, "multi") ? block_print(s, e) : rc;
}

int
welcome_run(struct session *s, const struct args *a, struct err *e)
{
	struct client *c = &s->c;

	(void)a;
	client_note(c, c->greeting_code, buf_str(&c->greeting), c->greeting.len);
	return result_print(s, e);
}

int
quit_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return client_quit(&s->c, e) == 0 ? result_print(s, e) : -1;
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

/* The longest line of stdin, in octets. */
#define LINE_MAX_OCTETS (1024 * 1024)

static int
decode_stdin(struct session *s, struct rfc2047 *words, struct err *e)
{
	struct line_reader lines = {.fd = STDIN_FILENO, .name = "stdin", .max = LINE_MAX_OCTETS};
	const char *p;
	size_t n;
	int rc;

	while ((rc = line_reader_next(&lines, WAIT_FOREVER, &p, &n, e)) == LINE_READ)
		if (decode_line(s, words, p, n, e) == -1)
			break;
	line_reader_free(&lines);
	if (rc == -1 && e->status == EX_DATAERR)
		return err_set(e, EX_DATAERR, "stdin: a line is longer than 1 MiB");
	if (rc == -1 && e->status == EX_NOINPUT)
		e->status = EX_IOERR;
	return rc == LINE_END ? 0 : -1;
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
