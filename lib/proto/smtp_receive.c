#include "proto/smtp_receive.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

/* ---- replies ----------------------------------------------------------------------------------- */

static enum receive_next
reply(struct buf *out, const char *line)
{
	buf_addf(out, "%s\r\n", line);
	return RECEIVE_LINE_NEXT;
}

static void
forget(struct smtp_receive *r)
{
	for (size_t i = 0; i < r->rcpts.n; i++)
		addrs_free(&r->rcpt_params[i]);
	free(r->rcpt_params);
	r->rcpt_params = NULL;
	addrs_free(&r->rcpts);
	addrs_free(&r->mail_params);
	free(r->from);
	r->from = NULL;
	r->mail = r->utf8 = false;
}

/* ---- arguments --------------------------------------------------------------------------------- */

/*
 * The path after "FROM:" or "TO:", without brackets and source route (RFC 5321, section 4.1.2), copied; *p moves
 * after it. NULL: invalid syntax. Blanks after the colon and missing brackets are accepted: programs that speak
 * to -bs write both.
 */
static char *
read_path(const char **p)
{
	const char *from, *end;
	bool bracket, quoted = false;

	*p += strspn(*p, " ");
	bracket = **p == '<';
	from = *p += bracket;
	for (end = from; *end != '\0'; end++) {
		if (quoted && *end == '\\' && end[1] != '\0')
			end++;
		else if (*end == '"')
			quoted = !quoted;
		else if (!quoted && (*end == '>' || *end == ' '))
			break;
	}
	if (quoted || bracket != (*end == '>') || (!bracket && end == from))
		return NULL;
	*p = end + bracket;
	if (**p != '\0' && **p != ' ')
		return NULL;
	if (*from == '@' && memchr(from, ':', (size_t)(end - from)) != NULL)
		from = (const char *)memchr(from, ':', (size_t)(end - from)) + 1;
	return mem_dup(from, (size_t)(end - from));
}

static bool
is_key(const char *word, size_t n, const char *key)
{
	const char *equals = memchr(word, '=', n);

	return text_same_n(word, equals != NULL ? (size_t)(equals - word) : n, key);
}

/* The parameters of MAIL: NULL, or the reply that refuses one. */
static const char *
mail_params(struct smtp_receive *r, const char *p)
{
	const char *end = p + strlen(p), *word;
	uint64_t size;
	size_t n;

	while ((word = text_word(&p, end, &n)) != NULL) {
		if (is_key(word, n, "SIZE")) {
			if (n < 6 || !text_number(word + 5, n - 5, INT64_MAX, &size))
				return "501 5.5.4 SIZE takes a number of octets";
		} else if (is_key(word, n, "BODY")) {
			if (!text_same_n(word, n, "BODY=7BIT") &&
				!text_same_n(word, n, "BODY=8BITMIME"))
				return "501 5.5.4 BODY is 7BIT or 8BITMIME";
		} else if (text_same_n(word, n, "SMTPUTF8")) {
			r->utf8 = true;
		} else if (text_same_n(word, n, "RET=FULL") || text_same_n(word, n, "RET=HDRS") ||
			   (is_key(word, n, "ENVID") && n > 6)) {
			addrs_add(&r->mail_params, word, n);
		} else {
			return "555 5.5.4 unknown parameter of MAIL";
		}
	}
	return NULL;
}

static const char *
rcpt_params(struct addrs *to, const char *p)
{
	const char *end = p + strlen(p), *word;
	size_t n;

	while ((word = text_word(&p, end, &n)) != NULL) {
		if (!(is_key(word, n, "NOTIFY") && n > 7) && !(is_key(word, n, "ORCPT") && n > 6))
			return "555 5.5.4 unknown parameter of RCPT";
		addrs_add(to, word, n);
	}
	return NULL;
}

/* ---- commands ---------------------------------------------------------------------------------- */

static enum receive_next
do_ehlo(struct smtp_receive *r, const char *arg, struct buf *out)
{
	if (*arg == '\0')
		return reply(out, "501 5.5.4 EHLO takes a name");
	forget(r);
	buf_addf(out,
		"250-%s\r\n250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-"
		"DSN\r\n"
		"250 ENHANCEDSTATUSCODES\r\n",
		r->host);
	return RECEIVE_LINE_NEXT;
}

static enum receive_next
do_helo(struct smtp_receive *r, const char *arg, struct buf *out)
{
	if (*arg == '\0')
		return reply(out, "501 5.5.4 HELO takes a name");
	forget(r);
	buf_addf(out, "250 %s\r\n", r->host);
	return RECEIVE_LINE_NEXT;
}

/* An address that cannot be sent: why, as a reply; NULL: it can. */
static const char *
bad_address(const char *addr)
{
	struct err e;

	return addr_check(addr, &e) == -1 ? "553 5.1.3 invalid address" : NULL;
}

static enum receive_next
do_mail(struct smtp_receive *r, const char *arg, struct buf *out)
{
	const char *why;

	if (r->mail)
		return reply(out, "503 5.5.1 a message has begun already");
	if (!text_starts(arg, "FROM:"))
		return reply(out, "501 5.5.4 write MAIL FROM:<address>");
	arg += strlen("FROM:");
	r->from = read_path(&arg);
	if (r->from == NULL)
		return reply(out, "501 5.5.4 write MAIL FROM:<address>");
	why = *r->from != '\0' ? bad_address(r->from) : NULL;
	if (why == NULL)
		why = mail_params(r, arg);
	if (why != NULL) {
		forget(r);
		return reply(out, why);
	}
	r->mail = true;
	return reply(out, "250 2.1.0 ok");
}

static enum receive_next
do_rcpt(struct smtp_receive *r, const char *arg, struct buf *out)
{
	struct addrs params = {0};
	const char *why;
	char *to;

	if (!r->mail)
		return reply(out, "503 5.5.1 MAIL first");
	if (!text_starts(arg, "TO:"))
		return reply(out, "501 5.5.4 write RCPT TO:<address>");
	arg += strlen("TO:");
	to = read_path(&arg);
	if (to == NULL)
		return reply(out, "501 5.5.4 write RCPT TO:<address>");
	why = r->rcpts.n == RECEIVE_RCPTS ? "452 4.5.3 too many recipients" : bad_address(to);
	if (why == NULL)
		why = rcpt_params(&params, arg);
	if (why != NULL) {
		addrs_free(&params);
		free(to);
		return reply(out, why);
	}
	addrs_add(&r->rcpts, to, strlen(to));
	r->rcpt_params = mem_resize(r->rcpt_params, r->rcpts.n, sizeof *r->rcpt_params);
	r->rcpt_params[r->rcpts.n - 1] = params;
	free(to);
	return reply(out, "250 2.1.5 ok");
}

static enum receive_next
do_data(struct smtp_receive *r, const char *arg, struct buf *out)
{
	if (*arg != '\0')
		return reply(out, "501 5.5.4 DATA takes no argument");
	if (!r->mail)
		return reply(out, "503 5.5.1 MAIL first");
	if (r->rcpts.n == 0)
		return reply(out, "554 5.5.1 no valid recipients");
	reply(out, "354 end with a line that holds a dot alone");
	return RECEIVE_DATA;
}

static enum receive_next
do_rset(struct smtp_receive *r, const char *arg, struct buf *out)
{
	(void)arg;
	forget(r);
	return reply(out, "250 2.0.0 ok");
}

static enum receive_next
do_noop(struct smtp_receive *r, const char *arg, struct buf *out)
{
	(void)r;
	(void)arg;
	return reply(out, "250 2.0.0 ok");
}

static enum receive_next
do_vrfy(struct smtp_receive *r, const char *arg, struct buf *out)
{
	(void)r;
	(void)arg;
	return reply(out, "252 2.1.5 addresses are not verified here; send the message");
}

static enum receive_next
do_help(struct smtp_receive *r, const char *arg, struct buf *out)
{
	(void)r;
	(void)arg;
	return reply(out, "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT");
}

static enum receive_next
do_quit(struct smtp_receive *r, const char *arg, struct buf *out)
{
	(void)r;
	(void)arg;
	reply(out, "221 2.0.0 closing");
	return RECEIVE_QUIT;
}

static const struct {
	const char *name;
	enum receive_next (*run)(struct smtp_receive *r, const char *arg, struct buf *out);
} commands[] = {
	{"EHLO", do_ehlo},
	{"HELO", do_helo},
	{"MAIL", do_mail},
	{"RCPT", do_rcpt},
	{"DATA", do_data},
	{"RSET", do_rset},
	{"NOOP", do_noop},
	{"VRFY", do_vrfy},
	{"EXPN", do_vrfy},
	{"HELP", do_help},
	{"QUIT", do_quit},
};

void
smtp_receive_begin(struct smtp_receive *r, const char *host, struct buf *out)
{
	*r = (struct smtp_receive){.host = host};
	buf_addf(out, "220 %s ESMTP mailnet\r\n", host);
}

enum receive_next
smtp_receive_line(struct smtp_receive *r, const char *line, size_t n, struct buf *out)
{
	enum receive_next next;
	char *text, *arg;
	size_t word;

	if (n + 2 > RECEIVE_LINE)
		return reply(out, "500 5.5.2 line too long");
	if (text_has_ctl(line, n))
		return reply(out, "500 5.5.2 control characters in a command");
	text = mem_dup(line, n);
	while (n > 0 && text[n - 1] == ' ')
		text[--n] = '\0';
	word = strcspn(text, " ");
	arg = text + word + strspn(text + word, " ");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (text_same_n(text, word, commands[i].name)) {
			next = commands[i].run(r, arg, out);
			free(text);
			return next;
		}
	free(text);
	return reply(out, "500 5.5.1 unknown command");
}

void
smtp_receive_end(struct smtp_receive *r, int code, const char *text, struct buf *out)
{
	const char *line = text;

	while (*line == '\n')
		line++;
	do {
		size_t n = strcspn(line, "\n");
		bool last = line[n] == '\0' || line[n + 1] == '\0';

		buf_addf(out, "%d%c", code, last ? ' ' : '-');
		for (size_t i = 0; i < n && i < 500; i++)
			buf_addc(out, text_has_ctl(line + i, 1) ? '?' : line[i]);
		buf_adds(out, "\r\n");
		line += last ? n : n + 1;
		if (last)
			break;
	} while (*line != '\0');
	forget(r);
}

/* The code of the reply for a message that was not sent. */
static int
refusal_code(const struct err *why)
{
	if (why->code >= 400 && why->code <= 599)
		return why->code;
	switch (why->status) {
	case EX_DATAERR:
	case EX_NOUSER:
	case EX_UNAVAILABLE: return 554;
	default: return 451;
	}
}

void
smtp_receive_outcome(struct smtp_receive *r, const struct err *why, struct buf *reply)
{
	int code = why == NULL ? 250 : refusal_code(why);
	const char *text = why == NULL ? "accepted" : why->text[0] != '\0' ? why->text : "not sent";
	struct buf whole = {0};

	/* With an enhanced status code (RFC 2034); the reply of the server is part of the text. */
	buf_addf(&whole, "%d.0.0 %s", code / 100, text);
	smtp_receive_end(r, code, whole.data, reply);
	buf_free(&whole);
}

void
smtp_receive_free(struct smtp_receive *r)
{
	forget(r);
}
