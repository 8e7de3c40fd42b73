#include "proto/pop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/refusal.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"
#include "proto/caps.h"
#include "wire/block.h"
#include "wire/bound.h"

/* Octets of unanswered commands. */
#define POP_WINDOW (56 * 1024)

const struct reply_rule pop_rule = {reply_judge_pop, 2048, 255};

static int
refuse(const struct pop *p, int status, struct err *e)
{
	return err_set(e, status, "%.300s: %s", cmdq_answered(p->q), buf_str(&p->reply.text));
}

int
pop_new(struct cmdq *q, const struct reply *greeting, struct pop **out, struct err *e)
{
	struct pop *p = mem_zalloc(sizeof *p);

	p->q = q;
	/*
	 * Replies to DELE and many messages are small, so a connection with a high latency needs some thousand
	 * pending commands. Commands that the server has not read yet wait in its socket's buffer.
	 */
	q->window = POP_WINDOW;
	buf_add(&p->reply.text, greeting->text.data, greeting->text.len);
	p->reply.code = greeting->code;
	p->greeting = mem_strdup(buf_str(&greeting->text));
	*out = p;
	if (greeting->code == '-' && refusal_is_temporary(reply_words(greeting)))
		return refuse(p, EX_TEMPFAIL, e);
	if (greeting->code == '-')
		return pop_refused(p, EX_UNAVAILABLE, e);
	if (greeting->code != '+') {
		q->conn->dead = true;
		return err_set(e, EX_PROTOCOL, "not a greeting of POP3: %s", p->greeting);
	}
	return 0;
}

void
pop_free(struct pop *p)
{
	if (p == NULL)
		return;
	pop_forget(p);
	reply_free(&p->reply);
	free(p->greeting);
	free(p);
}

/* Does the text of an -ERR begin with this response code, "[AUTH]" or "[SYS/TEMP"? */
static bool
has_code(const char *words, const char *code)
{
	size_t n = strlen(code);

	return words[0] == '[' && text_starts(words + 1, code) &&
	       (words[1 + n] == ']' || words[1 + n] == '/' || words[1 + n] == ' ');
}

static int
class_of(const char *words, int otherwise)
{
	if (has_code(words, "AUTH"))
		return EX_NOPERM;
	if (has_code(words, "IN-USE") || has_code(words, "LOGIN-DELAY") ||
		has_code(words, "SYS/TEMP"))
		return EX_TEMPFAIL;
	return has_code(words, "SYS/PERM") ? EX_UNAVAILABLE : otherwise;
}

/* Is the line a command of the transaction state (RFC 1939, section 5)? */
static bool
is_transaction(const char *line)
{
	static const char *const commands[] = {
		"STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "LAST"};
	size_t n = strcspn(line, " ");

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (text_same_n(line, n, commands[i]))
			return true;
	return false;
}

/* The command `line` succeeded. If it was a login or needs one, the session is logged in. */
static void
note_success(struct pop *p, const char *line)
{
	p->transaction = p->transaction || is_transaction(line) || text_starts(line, "PASS ") ||
			 text_starts(line, "APOP ") || text_starts(line, "AUTH ") ||
			 strcmp(line, "***") == 0;
}

/*
 * Does the refusal demand a login? Before a login, servers refuse these commands as unknown or as invalid in this
 * state, without a response code. The text for a missing message is different.
 */
static bool
wants_login(const struct pop *p, int otherwise)
{
	static const char *const signs[] = {"command", "state", "log", "auth", "user", "valid"};
	const char *words = reply_words(&p->reply);

	if (p->transaction || !is_transaction(cmdq_answered(p->q)))
		return false;
	for (size_t i = 0; otherwise == EX_NO && i < sizeof signs / sizeof signs[0]; i++)
		if (strcasestr(words, signs[i]) != NULL && strcasestr(words, "message") == NULL)
			return true;
	return otherwise != EX_NO;
}

int
pop_refused(const struct pop *p, int otherwise, struct err *e)
{
	int status = class_of(reply_words(&p->reply), -1);

	if (status == -1)
		status = wants_login(p, otherwise) ? EX_NOPERM : otherwise;
	return refuse(p, status, e);
}

int
pop_login_refused(const struct pop *p, struct err *e)
{
	const char *words = reply_words(&p->reply);

	return refuse(p, refusal_is_temporary(words) ? EX_TEMPFAIL : class_of(words, EX_NOPERM), e);
}

void
pop_forget(struct pop *p)
{
	buf_free(&p->caps.sasl);
	buf_free(&p->caps.implementation);
	buf_free(&p->caps.lines);
	buf_free(&p->caps.status);
	p->caps = (struct pop_caps){0};
	p->q->pipelining = false;
}

/* Take one line of the reply to CAPA: a name and its arguments. */
static void
take_capability(struct pop_caps *c, const char *line, size_t n)
{
	static const struct {
		const char *name;
		size_t at;
	} flags[] = {{"TOP", offsetof(struct pop_caps, top)},
		{"USER", offsetof(struct pop_caps, user)},
		{"UIDL", offsetof(struct pop_caps, uidl)},
		{"PIPELINING", offsetof(struct pop_caps, pipelining)},
		{"RESP-CODES", offsetof(struct pop_caps, resp_codes)},
		{"AUTH-RESP-CODE", offsetof(struct pop_caps, auth_resp_code)},
		{"STLS", offsetof(struct pop_caps, stls)},
		{"UTF8", offsetof(struct pop_caps, utf8)}};
	const char *p = line, *end = line + n, *name;
	size_t len;

	buf_add(&c->lines, line, n);
	buf_addc(&c->lines, '\n');
	if ((name = text_word(&p, end, &len)) == NULL)
		return;
	while (p < end && *p == ' ')
		p++;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (text_same_n(name, len, flags[i].name))
			*((bool *)c + flags[i].at) = true;
	if (text_same_n(name, len, "SASL") && c->sasl.len != 0)
		buf_addc(&c->sasl, ' ');
	if (text_same_n(name, len, "SASL"))
		buf_add(&c->sasl, p, (size_t)(end - p));
	else if (text_same_n(name, len, "IMPLEMENTATION"))
		buf_add(&c->implementation, p, (size_t)(end - p));
}

/* Limit of the reply to CAPA, in octets; far more than any server sends. */
#define CAPA_MAX 65536

int
pop_capa(struct pop *p, struct err *e)
{
	struct pop_caps *c = &p->caps;
	int rc;

	if (c->asked)
		return 0;
	c->asked = true;
	if (p->no_capa)
		return 0;
	if (cmdq_ask(p->q, &p->reply, e, "CAPA") == -1)
		return err_prefix(e, "CAPA (try --no-capa)");
	buf_add(&c->status, p->reply.text.data, p->reply.text.len);
	if (p->reply.code == 'c') {
		p->q->conn->dead = true;
		return err_set(e, EX_PROTOCOL, "CAPA: the server sent an unsolicited challenge");
	}
	if (p->reply.code != '+')
		return 0; /* an old server: no capabilities */
	c->known = true;
	for (;;) {
		char *line;
		size_t n;

		if ((rc = block_line(p->q->conn, &line, &n, e)) != 1)
			break;
		if (c->lines.len + n > CAPA_MAX) {
			p->q->conn->dead = true;
			return err_set(e, EX_PROTOCOL, "CAPA: the reply has more than %d octets",
				CAPA_MAX);
		}
		take_capability(c, line, n);
	}
	p->q->pipelining = c->pipelining && !p->no_pipelining;
	return rc;
}

int
pop_capa_now(struct pop *p, struct err *e)
{
	bool no_capa = p->no_capa;
	int rc;

	if (p->caps.asked && !p->caps.stale && !no_capa)
		return 0;
	pop_forget(p);
	p->no_capa = false;
	rc = pop_capa(p, e);
	p->no_capa = no_capa;
	return rc;
}

bool
pop_has(const struct pop *p, const char *name)
{
	struct cap cap;

	return caps_find(&p->caps.lines, name, &cap);
}

int
pop_stls(struct pop *p, bool *go, struct err *e)
{
	if (cmdq_ask(p->q, &p->reply, e, "STLS") == -1)
		return -1;
	*go = p->reply.code == '+';
	if (*go)
		return 0;
	pop_login_refused(p, e);
	if (e->status != EX_TEMPFAIL)
		e->status = EX_NOPERM;
	return 0;
}

int
pop_lost(const struct pop *p, struct err *e)
{
	struct err why;

	if (p->q->pipelining && (e->status == EX_TEMPFAIL || e->status == EX_PROTOCOL) &&
		wait_check(&why) == 0)
		err_suffix(e, " (try --no-pipelining)");
	return -1;
}

int
pop_next(struct pop *p, int *tag, int otherwise, struct err *e)
{
	if (cmdq_reply(p->q, &p->reply, tag, e) == -1)
		return pop_lost(p, e);
	if (p->reply.code == '+' && !p->transaction)
		note_success(p, cmdq_answered(p->q));
	if (p->reply.code == '+')
		return 1;
	if (p->reply.code != '-') {
		p->q->conn->dead = true;
		return err_set(e, EX_PROTOCOL, "%.300s: the server sent an unsolicited challenge",
			cmdq_answered(p->q));
	}
	pop_refused(p, otherwise, e);
	return 0;
}

/* Clear the reply before a step that may send no command. */
static void
forget_reply(struct pop *p)
{
	p->reply.code = 0;
	buf_clear(&p->reply.text);
}

/* Send a command without arguments and read its reply, which has no block. */
static int
ask(struct pop *p, const char *command, struct err *e)
{
	forget_reply(p);
	if (cmdq_put(p->q, 0, e, "%s", command) == -1)
		return -1;
	return pop_next(p, NULL, EX_UNAVAILABLE, e) == 1 ? 0 : -1;
}

int
pop_noop(struct pop *p, struct err *e)
{
	return ask(p, "NOOP", e);
}

int
pop_utf8(struct pop *p, struct err *e)
{
	return ask(p, "UTF8", e);
}

int
pop_rset(struct pop *p, struct err *e)
{
	if (ask(p, "RSET", e) == -1)
		return -1;
	p->marked = false;
	return 0;
}

int
pop_probe(struct pop *p, struct err *e)
{
	struct reply r = {0};
	int rc = cmdq_ask(p->q, &r, e, "NOOP");

	reply_free(&r);
	return rc == 0 ? cmdq_check_unsolicited(p->q, e) : -1;
}

/* Milliseconds for the reply to QUIT where nothing is deleted. */
#define QUIT_WAIT 5000

int
pop_quit(struct pop *p, bool sent, struct err *e)
{
	struct err own = {0};
	int64_t timeout = p->q->conn->timeout;
	int rc;

	forget_reply(p);
	if (!p->marked && timeout > QUIT_WAIT)
		p->q->conn->timeout = QUIT_WAIT;
	rc = sent ? 0 : cmdq_put(p->q, 0, &own, "QUIT");
	if (rc == 0) {
		rc = pop_next(p, NULL, EX_TEMPFAIL, &own);
		/* Whatever the server replied, a later session can delete the messages. */
		if (rc == 0)
			own.status = EX_TEMPFAIL;
		rc = rc == 1 ? cmdq_check_unsolicited(p->q, &own) : -1;
	}
	p->q->conn->timeout = timeout;
	/*
	 * EX_PROTOCOL means that the replies are out of sync: the replies before QUIT may be wrong, too, so report
	 * it always.
	 */
	if (rc == 0 || (!p->marked && own.status != EX_PROTOCOL))
		return 0;
	*e = own;
	return -1;
}

/* ---- messages ---------------------------------------------------------------------------------- */

int
pop_put(struct pop *p, int tag, enum pop_command command, uint64_t number, struct err *e)
{
	static const char *const words[] = {[POP_STAT] = "STAT",
		[POP_LIST] = "LIST",
		[POP_UIDL] = "UIDL",
		[POP_RETR] = "RETR",
		[POP_DELE] = "DELE"};

	p->marked = p->marked || command == POP_DELE;
	if (number == POP_ALL)
		return cmdq_put(p->q, tag, e, "%s", words[command]);
	return cmdq_put_number(p->q, tag, words[command], number, NULL, e);
}

int
pop_put_top(struct pop *p, int tag, uint64_t number, uint64_t lines, struct err *e)
{
	struct buf *line = cmdq_line(p->q);

	buf_adds(line, "TOP ");
	buf_addu(line, number);
	buf_addc(line, ' ');
	buf_addu(line, lines);
	return cmdq_put_secret(p->q, tag, line->data, line->data, line->len, e);
}

int
pop_take_message(struct pop *p, uint64_t announced, uint64_t max, struct sink *to, unsigned flags,
	uint64_t *octets, struct err *e)
{
	struct bound b;

	return block_read(p->q->conn, bound_init(&b, to, announced, max), flags, octets, e);
}

int
pop_malformed(struct pop *p, struct err *e)
{
	p->q->conn->dead = true;
	return err_prefix(e, "%s", cmdq_answered(p->q));
}

int
pop_take_stat(struct pop *p, uint64_t *count, uint64_t *octets, struct err *e)
{
	const struct buf *text = &p->reply.text;

	if (pop_two_numbers(text->data, text->len, count, octets, e) == -1)
		return pop_malformed(p, e);
	return 0;
}

/*
 * Parse a line of a listing. Its message number must be at least 1 and, if one message was requested, the number of
 * that message.
 */
static int
parse_listed(enum pop_command command, uint64_t asked, const char *line, size_t n,
	struct pop_listed *m, struct err *e)
{
	if (command == POP_LIST) {
		if (pop_two_numbers(line, n, &m->number, &m->octets, e) == -1)
			return -1;
	} else if (pop_uidl_line(line, n, &m->number, &m->uid, &m->uid_len, e) == -1) {
		return -1;
	} else if (m->uid_len == 0) {
		return err_set(e, EX_PROTOCOL, "message %" PRIu64 " has no unique-id", m->number);
	}
	if (m->number == 0)
		return err_set(e, EX_PROTOCOL, "the reply names message 0, which cannot exist");
	if (asked != POP_ALL && m->number != asked)
		return err_set(e, EX_PROTOCOL, "the reply is about message %" PRIu64, m->number);
	return 0;
}

int
pop_take_listing(struct pop *p, enum pop_command command, uint64_t asked,
	int (*each)(void *context, const struct pop_listed *m, struct err *e), void *context,
	struct err *e)
{
	struct pop_listed m = {0};
	char *line = p->reply.text.data;
	size_t n = p->reply.text.len;
	int rc = 1;

	while (asked != POP_ALL || (rc = block_line(p->q->conn, &line, &n, e)) == 1) {
		if (parse_listed(command, asked, line, n, &m, e) == -1)
			return pop_malformed(p, e);
		rc = each(context, &m, e);
		if (asked != POP_ALL)
			return rc;
		if (rc == -1)
			return conn_fail(p->q->conn, e);
	}
	return rc;
}

/* ---- any command ------------------------------------------------------------------------------- */

int
pop_put_raw(struct pop *p, const char *line, size_t n, const char *shown, struct err *e)
{
	p->marked = p->marked || text_starts(line, "DELE");
	return cmdq_put_secret(p->q, 0, shown, line, n, e);
}

/* A command about one message: if it is refused without a code, that message does not exist. */
static bool
is_about_message(const char *line)
{
	static const char *const commands[] = {"LIST ", "UIDL ", "RETR ", "TOP ", "DELE "};

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (text_starts(line, commands[i]))
			return text_is_digit(line[strlen(commands[i])]);
	return false;
}

int
pop_take_raw(struct pop *p, const char *line, bool *ended, struct err *e)
{
	bool quit = text_same(line, "QUIT");

	*ended = false;
	forget_reply(p);
	if (cmdq_reply(p->q, &p->reply, NULL, e) == -1)
		return -1;
	if (p->reply.code == '-') {
		pop_refused(p, is_about_message(line) ? EX_NO : EX_UNAVAILABLE, e);
		if (p->marked && quit)
			e->status = EX_TEMPFAIL; /* as the verb `quit` does */
		return -1;
	}
	if (p->reply.code == '+')
		note_success(p, line);
	*ended = quit;
	if (text_same(line, "RSET"))
		p->marked = false;
	return 0;
}

bool
pop_challenged(const struct pop *p)
{
	return p->reply.code == 'c';
}

/* ---- lines of listings --------------------------------------------------------------------------- */

int
pop_two_numbers(const char *p, size_t n, uint64_t *a, uint64_t *b, struct err *e)
{
	const char *at = p, *end = p + n, *w1, *w2;
	size_t n1, n2 = 0;

	if (n >= 3 && text_same_n(p, 3, "+OK"))
		at += 3;
	w1 = text_word(&at, end, &n1);
	w2 = text_word(&at, end, &n2);
	if (w1 == NULL || w2 == NULL || !text_number(w1, n1, INT64_MAX, a) ||
		!text_number(w2, n2, INT64_MAX, b))
		return err_set(e, EX_PROTOCOL, "the reply does not begin with two numbers: '%.*s'",
			(int)(n < 100 ? n : 100), p);
	return 0;
}

uint64_t
pop_announced(const struct pop *p)
{
	const char *at = reply_words(&p->reply), *end = at + strlen(at), *w1, *w2;
	size_t n1, n2;
	uint64_t v;

	w1 = text_word(&at, end, &n1);
	w2 = text_word(&at, end, &n2);
	if (w1 == NULL || w2 == NULL || !text_same_n(w2, n2, "octets") ||
		!text_number(w1, n1, INT64_MAX, &v))
		return UINT64_MAX;
	return v;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int
pop_uidl_line(
	const char *line, size_t n, uint64_t *number, const char **uid, size_t *nuid, struct err *e)
{
	const char *at = line, *end = line + n, *w;
	size_t len;

	if (n >= 3 && text_same_n(line, 3, "+OK"))
		at += 3;
	w = text_word(&at, end, &len);
	if (w == NULL || !text_number(w, len, INT64_MAX, number))
		return err_set(e, EX_PROTOCOL, "not a line of UIDL: '%.*s'",
			(int)(n < 100 ? n : 100), line);
	while (at < end && is_blank(*at))
		at++;
	while (at < end && is_blank(end[-1]))
		end--;
	*uid = at;
	*nuid = (size_t)(end - at);
	return 0;
}
