/* steps.c - the implementation of each step of a script; script.h describes the language. */
#include "log.h"
#include "play.h"

#include <err.h>
#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
step_say(struct play *p, const struct step *s)
{
	io_put(&p->io, s->text, s->len);
	if (s->kind->word[0] == 'S')
		io_put(&p->io, "\r\n", 2);
	return 0;
}

static int
step_line(struct play *p, const struct step *s)
{
	char *line;
	size_t n;
	int r = play_line(p, s->text, s->len, &line, &n);

	if (r != 0)
		return r;
	if (n == s->len + 2 && memcmp(line, s->text, s->len) == 0 && line[n - 2] == '\r')
		return 0;
	if (n >= 2 && line[n - 2] == '\r')
		n -= 2;
	return play_fail(p, "expected <%s> got <%s>", log_vis(s->text, s->len), log_vis(line, n));
}

static int
step_octets(struct play *p, const struct step *s)
{
	enum io_result r = io_need(&p->io, s->len);
	size_t n = buf_left(&p->io.ib) < s->len ? buf_left(&p->io.ib) : s->len;
	const char *got = n > 0 ? buf_data(&p->io.ib) : "";

	if (r == IO_EOF && p->mayclose)
		return play_io(p, r, "");
	if (r != IO_OK || memcmp(got, s->text, n) != 0)
		return play_fail(p, "expected <%s> got <%s>%s%s", log_vis(s->text, s->len),
			log_vis(got, n), r != IO_OK ? " and then " : "",
			r != IO_OK ? p->io.why : "");
	log_line("c: %s", log_vis(got, n));
	buf_take(&p->io.ib, n);
	return 0;
}

/* Does the step's expression match all of line[0..n) before its CRLF? A line with NUL never matches. */
static bool
matches(const struct step *s, const char *line, size_t n)
{
	char *whole, *text;
	regex_t re;
	bool yes;

	if (n < 2 || line[n - 2] != '\r' || memchr(line, '\0', n) != NULL)
		return false;
	text = strndup(line, n - 2);
	if (text == NULL || asprintf(&whole, "^(%s)$", s->text) < 0)
		err(71, "out of memory");
	if (regcomp(&re, whole, REG_EXTENDED) != 0)
		errx(64, "line %d: bad regular expression", s->line);
	yes = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	free(whole);
	free(text);
	return yes;
}

static int
step_match(struct play *p, const struct step *s)
{
	char *line;
	size_t n;
	int r;

	do {
		r = play_line(p, s->text, s->len, &line, &n);
		if (r != 0 || matches(s, line, n))
			return r;
	} while (s->kind->word[1] == '*');
	if (n >= 2 && line[n - 2] == '\r')
		n -= 2;
	return play_fail(p, "expected <%s> got <%s>", s->text, log_vis(line, n));
}

/* Queues text with %d replaced by i. */
static void
put_counted(struct io *io, const char *text, size_t len, long i)
{
	const char *end = text + len, *at;

	while ((at = memchr(text, '%', end - text)) != NULL && at + 1 < end) {
		io_put(io, text, at - text);
		if (at[1] == 'd')
			io_printf(io, "%ld", i);
		else
			io_put(io, at, at[1] == '%' ? 1 : 2);
		text = at + 2;
	}
	io_put(io, text, end - text);
}

static int
step_sendrepeat(struct play *p, const struct step *s)
{
	const char *text;
	long n = (long)play_number(s, 0, 100000000, &text), i;
	size_t len = s->len - (text - s->text);
	int r;

	for (i = 1; i <= n; i++) {
		put_counted(&p->io, text, len, i);
		if (buf_left(&p->io.ob) < (1 << 18))
			continue;
		r = play_io(p, io_flush(&p->io), "writing");
		if (r != 0)
			return r;
	}
	return 0;
}

static int
step_flush(struct play *p, const struct step *s)
{
	(void)p;
	(void)s;
	return 0;
}

static int
step_split(struct play *p, const struct step *s)
{
	int r = play_io(p, io_flush(&p->io), "writing");

	p->io.split = (int)play_number(s, 0, 1 << 30, NULL);
	return r;
}

static int
step_delay(struct play *p, const struct step *s)
{
	if (io_wait(&p->io, 0, (int)play_number(s, 0, 600000, NULL)) == IO_ERR)
		return play_fail(p, "%s", p->io.why);
	return 0;
}

static int
step_quiet(struct play *p, const struct step *s)
{
	enum io_result r = IO_OK;

	if (buf_left(&p->io.ib) == 0)
		r = io_fill(&p->io, (int)play_number(s, 0, 600000, NULL));
	if (r == IO_OK)
		return play_fail(p, "expected silence got <%s>",
			log_vis(buf_data(&p->io.ib), buf_left(&p->io.ib)));
	return r == IO_ERR ? play_fail(p, "%s", p->io.why) : 0;
}

static int
step_stall(struct play *p, const struct step *s)
{
	(void)s;
	if (io_wait(&p->io, POLLRDHUP, -1) != IO_OK)
		return play_fail(p, "the client did not give up: %s", p->io.why);
	log_line("the client closed");
	p->gone = true;
	return 1;
}

static int
step_eof(struct play *p, const struct step *s)
{
	enum io_result r = buf_left(&p->io.ib) > 0 ? IO_OK : io_fill(&p->io, -1);

	if (r == IO_OK)
		return play_fail(p, "expected the end got <%s>",
			log_vis(buf_data(&p->io.ib), buf_left(&p->io.ib)));
	if (r != IO_EOF)
		return play_fail(p, "expected the end: %s", p->io.why);
	log_line(p->io.clean ? "eof with close_notify" : "eof");
	if (strcmp(s->kind->word, "eof-bye") == 0 && !p->io.clean)
		return play_fail(p, "the client closed without close_notify");
	p->gone = true;
	return 0;
}

static int
step_close(struct play *p, const struct step *s)
{
	io_close(&p->io, strcmp(s->kind->word, "close") == 0, strcmp(s->kind->word, "reset") == 0);
	p->closed = true;
	return 1;
}

static int
step_shutdown(struct play *p, const struct step *s)
{
	(void)s;
	io_half_close(&p->io, true);
	return 0;
}

static int
step_mayclose(struct play *p, const struct step *s)
{
	(void)s;
	p->mayclose = true;
	return 0;
}

static int
step_starttls(struct play *p, const struct step *s)
{
	bool want = strcmp(s->kind->word, "starttls") == 0;

	if (buf_left(&p->io.ib) > 0)
		return play_fail(p, "before the handshake came <%s>",
			log_vis(buf_data(&p->io.ib), buf_left(&p->io.ib)));
	if ((tls_accept(&p->io, p->tls) == IO_OK) == want)
		return 0;
	if (want)
		return play_fail(p, "TLS handshake: %s", p->io.why);
	return play_fail(p, "the TLS handshake succeeded");
}

static int
step_tlsfail(struct play *p, const struct step *s)
{
	int r = step_starttls(p, s);

	if (r == 0)
		log_line("TLS handshake failed: %s", p->io.why);
	return r == 0 ? step_close(p, s) : r;
}

static int
step_compress(struct play *p, const struct step *s)
{
	(void)s;
	if (buf_left(&p->io.ib) > 0)
		return play_fail(p, "before COMPRESS came <%s>",
			log_vis(buf_data(&p->io.ib), buf_left(&p->io.ib)));
	io_compress(&p->io);
	return 0;
}

static int
step_pack(struct play *p, const struct step *s)
{
	return io_pack(&p->io, s->text) ? 0 : play_fail(p, "pack: unknown form %s", s->text);
}

static int
step_packend(struct play *p, const struct step *s)
{
	return io_pack_end(&p->io, s->text) ? 0 : play_fail(p, "packend %s", s->text);
}

static int
step_log(struct play *p, const struct step *s)
{
	(void)p;
	log_line("%s", s->text);
	return 0;
}

const struct step_kind step_kinds[] = {
	{"S:", step_say, true, true},
	{"s:", step_say, true, true},
	{"C:", step_line, true, false},
	{"c:", step_octets, true, false},
	{"C~", step_match, false, false},
	{"C*", step_match, false, false},
	{"sendrepeat", step_sendrepeat, true, true},
	{"sendfile", step_sendfile, false, true},
	{"sendblock", step_sendblock, false, true},
	{"recvblock", step_recvblock, false, false},
	{"recvn", step_recvn, false, false},
	{"recvbdat", step_recvbdat, false, false},
	{"flush", step_flush, false, false},
	{"split", step_split, false, false},
	{"delay", step_delay, false, false},
	{"quiet", step_quiet, false, false},
	{"stall", step_stall, false, false},
	{"eof", step_eof, false, false},
	{"eof-bye", step_eof, false, false},
	{"close", step_close, false, false},
	{"cut", step_close, false, false},
	{"reset", step_close, false, false},
	{"shutdown", step_shutdown, false, false},
	{"mayclose", step_mayclose, false, true},
	{"starttls", step_starttls, false, false},
	{"tlsfail", step_tlsfail, false, false},
	{"compress", step_compress, false, false},
	{"pack", step_pack, false, true},
	{"packend", step_packend, false, true},
	{"sasl", step_sasl, false, false},
	{"saslfail", step_saslfail, false, false},
	{"log", step_log, false, true},
	{"repeat", NULL, false, true},
	{"end", NULL, false, true},
	{NULL, NULL, false, false},
};
