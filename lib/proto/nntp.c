#include "proto/nntp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/refusal.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/caps.h"
#include "proto/nntp_compress.h"
#include "wire/block.h"

/* RFC 3977, section 3.1: 512 octets for commands and replies; real servers send longer replies. */
const struct reply_rule nntp_rule = {reply_judge_nntp, 2048, 512};

/* Exit status of each reply code; a code that is not in the table is judged by its first digit. */
static const struct {
	int code, status;
} classes[] = {
	{400, EX_TEMPFAIL},
	{401, EX_UNAVAILABLE},
	{403, EX_TEMPFAIL},
	{411, EX_NO},
	{412, EX_NO},
	{420, EX_NO},
	{421, EX_NO},
	{422, EX_NO},
	{423, EX_NO},
	{430, EX_NO},
	{431, EX_TEMPFAIL},
	{435, EX_NO},
	{436, EX_TEMPFAIL},
	{437, EX_UNAVAILABLE},
	{439, EX_UNAVAILABLE},
	{440, EX_UNAVAILABLE},
	{441, EX_UNAVAILABLE},
	{480, EX_NOPERM},
	{481, EX_NOPERM},
	{482, EX_NOPERM},
	{483, EX_NOPERM},
};

static int
class_of(int code)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (classes[i].code == code)
			return classes[i].status;
	/* A code of success in the wrong place is the server's mistake; 4xx is mostly "no such thing". */
	return code < 400 ? EX_PROTOCOL : code < 500 ? EX_NO : EX_UNAVAILABLE;
}

struct nntp *
nntp_new(struct conn *c, struct cmdq *q)
{
	struct nntp *n = mem_zalloc(sizeof *n);

	n->conn = c;
	n->q = q;
	return n;
}

void
nntp_free(struct nntp *n)
{
	if (n == NULL)
		return;
	reply_free(&n->r);
	buf_free(&n->caps);
	buf_free(&n->deferred_reply);
	buf_free(&n->group);
	free(n);
}

int
nntp_greeting(struct nntp *n, const struct reply *greeting, struct err *e)
{
	bool later = greeting->code >= 400 && refusal_is_temporary(reply_words(greeting));

	n->posting = greeting->code == 200;
	if (greeting->code == 200 || greeting->code == 201) {
		n->transit = strstr(buf_str(&greeting->text), "(transit") != NULL;
		return 0;
	}
	n->conn->dead = greeting->code == 400 || greeting->code == 502;
	return err_code(e, later ? EX_TEMPFAIL : class_of(greeting->code), greeting->code,
		"greeting: %.900s", buf_str(&greeting->text));
}

/* ---- replies ----------------------------------------------------------------------------------- */

static enum nntp_need
need_of(const struct nntp *n)
{
	bool reader = n->caps_state == NNTP_CAPS_KNOWN && nntp_cap(n, "READER");

	switch (n->r.code) {
	case 401:
		/* 401 names the missing capability (RFC 3977, section 3.2.1). */
		if (strcasestr(buf_str(&n->r.text), "READER") == NULL)
			return NNTP_NEED_NOTHING;
		/* fall through */
	case 500: return n->reader_sent || reader ? NNTP_NEED_NOTHING : NNTP_NEED_READER;
	case 480: return NNTP_NEED_LOGIN;
	case 483: return NNTP_NEED_TLS;
	default: return NNTP_NEED_NOTHING;
	}
}

/* Set the error for the last reply, which refuses the command. */
static int
refusal(struct nntp *n, struct err *e)
{
	n->need = need_of(n);
	return err_code(e, class_of(n->r.code), n->r.code, "%.200s: %.800s", cmdq_answered(n->q),
		buf_str(&n->r.text));
}

int
nntp_refused(struct nntp *n, struct err *e)
{
	if (n->r.code == 400)
		n->conn->dead = true;
	return refusal(n, e);
}

bool
nntp_refuses_all(int code)
{
	return code <= 401 || code == 411 || code == 412 || (code >= 480 && code <= 483) ||
	       code == 500 || code == 501;
}

int
nntp_reply(struct nntp *n, int *tag, struct err *e)
{
	int rc = cmdq_reply(n->q, &n->r, tag, e);

	if (rc == -1 && n->deferred.status != 0 && e->status == EX_TEMPFAIL) {
		*e = n->deferred;
		n->r.code = n->deferred.code;
		buf_clear(&n->r.text);
		buf_add(&n->r.text, n->deferred_reply.data, n->deferred_reply.len);
	}
	err_clear(&n->deferred);
	if (rc == 0)
		nntp_expect_packed(n, &n->r);
	return rc;
}

bool
nntp_has_block(int tag, int code)
{
	if (tag == NNTP_PLAIN || tag == NNTP_QUIT)
		return false;
	switch (code) {
	case 211: return tag == NNTP_LISTGROUP;
	case 100:
	case 101:
	case 215:
	case 220:
	case 221:
	case 222:
	case 224:
	case 225:
	case 230:
	case 231:
	case 282: return true;
	default: return false;
	}
}

int
nntp_abandon(struct nntp *n, struct err *e)
{
	struct reply r = {0};
	int tag, rc = 0;

	while (rc == 0 && !n->conn->dead && cmdq_pending(n->q) != 0) {
		rc = cmdq_reply(n->q, &r, &tag, e);
		if (rc == 0)
			nntp_expect_packed(n, &r);
		if (rc == 0 && nntp_has_block(tag, r.code))
			rc = block_skip(n->conn, e);
		if (rc == 0 && r.code == 400)
			n->conn->dead = true;
		/* A group was selected, and which one is not known here. */
		if (rc == 0 && r.code == 211)
			nntp_forget_group(n);
	}
	reply_free(&r);
	return rc;
}

int
nntp_give_up(struct nntp *n)
{
	struct err ignored = {0};

	if (nntp_abandon(n, &ignored) == -1)
		n->need = NNTP_NEED_NOTHING;
	return -1;
}

int
nntp_fail(struct nntp *n, struct err *e)
{
	nntp_refused(n, e);
	return nntp_give_up(n);
}

/* Keep the last reply, a 400, as the error to report if the connection turns out to be lost. */
static void
note_deferred(struct nntp *n)
{
	refusal(n, &n->deferred);
	buf_clear(&n->deferred_reply);
	buf_add(&n->deferred_reply, n->r.text.data, n->r.text.len);
}

int
nntp_step_refused(struct nntp *n, struct err *e)
{
	int code = n->r.code;

	if (code == 401 || code == 480 || code == 483)
		return nntp_fail(n, e);
	if (code == 400)
		note_deferred(n);
	n->need = NNTP_NEED_NOTHING;
	return 0;
}

int
nntp_discard_reply(struct nntp *n, struct err *e)
{
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code == 400)
		note_deferred(n);
	n->need = NNTP_NEED_NOTHING;
	return nntp_has_block(NNTP_CMD, n->r.code) ? block_skip(n->conn, e) : 0;
}

int
nntp_fail_older(struct nntp *n, struct err *e)
{
	struct err lost = {0};

	refusal(n, e);
	if (n->r.code == 400)
		note_deferred(n);
	n->need = nntp_abandon(n, &lost) == -1 ? NNTP_NEED_NOTHING : NNTP_NEED_OTHER;
	return -1;
}

int
nntp_odd_line(struct nntp *n, const char *what, const char *p, size_t len, struct err *e)
{
	return err_code(e, EX_PROTOCOL, n->r.code, "%s: %.*s", what, (int)(len < 80 ? len : 80), p);
}

int
nntp_bad_line(struct nntp *n, const char *what, const char *p, size_t len, struct err *e)
{
	n->conn->dead = true;
	return nntp_odd_line(n, what, p, len, e);
}

static int
ask(struct nntp *n, struct err *e, const char *fmt, va_list ap)
{
	char *line;
	int rc;

	if (vasprintf(&line, fmt, ap) == -1)
		return err_set(e, EX_OSERR, "out of memory");
	rc = cmdq_put(n->q, NNTP_CMD, e, "%s", line);
	free(line);
	return rc == 0 ? nntp_reply(n, NULL, e) : -1;
}

int
nntp_ask(struct nntp *n, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = ask(n, e, fmt, ap);
	va_end(ap);
	return rc;
}

int
nntp_want(struct nntp *n, int good, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = ask(n, e, fmt, ap);
	va_end(ap);
	if (rc == 0 && n->r.code != good)
		return nntp_refused(n, e);
	return rc;
}

/* ---- capabilities ------------------------------------------------------------------------------ */

/* Limit of the reply to CAPABILITIES, in octets; far more than any server sends. */
#define CAPS_MAX (64 * 1024)

void
nntp_forget_capabilities(struct nntp *n)
{
	n->caps_state = NNTP_CAPS_UNKNOWN;
	buf_clear(&n->caps);
}

static int
read_lines(struct nntp *n, struct err *e)
{
	size_t len;
	char *p;
	int rc;

	while ((rc = block_line(n->conn, &p, &len, e)) == 1) {
		if (n->caps.len + len + 1 > CAPS_MAX) {
			n->conn->dead = true;
			return err_set(e, EX_PROTOCOL,
				"CAPABILITIES: the reply has more than %d octets", CAPS_MAX);
		}
		buf_add(&n->caps, p, len);
		buf_addc(&n->caps, '\n');
	}
	return rc;
}

int
nntp_put_capabilities(struct nntp *n, struct err *e)
{
	return cmdq_put(n->q, NNTP_CMD, e, "CAPABILITIES");
}

int
nntp_take_capabilities(struct nntp *n, struct err *e)
{
	nntp_forget_capabilities(n);
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code == 400 && nntp_step_refused(n, e) == -1)
		return -1;
	n->caps_state = n->r.code == 101 ? NNTP_CAPS_KNOWN : NNTP_CAPS_NONE;
	return n->r.code == 101 ? read_lines(n, e) : 0;
}

int
nntp_capabilities(struct nntp *n, struct err *e)
{
	if (n->caps_state != NNTP_CAPS_UNKNOWN)
		return 0;
	return nntp_put_capabilities(n, e) == 0 ? nntp_take_capabilities(n, e) : -1;
}

int
nntp_check_capabilities(struct nntp *n, struct err *e)
{
	/* 400 is "unknown command" if the server still replies: to QUIT, or to a command without effect. */
	if (n->r.code == 400)
		return cmdq_pending(n->q) != 0 ? nntp_reply(n, NULL, e) : nntp_ask(n, e, "DATE");
	return n->r.code == 101 || n->r.code >= 500 ? 0 : nntp_fail(n, e);
}

bool
nntp_cap(const struct nntp *n, const char *name)
{
	struct cap cap;

	return caps_find(&n->caps, name, &cap);
}

bool
nntp_cap_arg(const struct nntp *n, const char *name, const char *arg)
{
	struct cap cap;

	return caps_find(&n->caps, name, &cap) && cap_has_arg(&cap, arg);
}

/* ---- groups ------------------------------------------------------------------------------------ */

int
nntp_parse_marks(const struct reply *r, struct nntp_marks *m, struct err *e)
{
	const char *p = reply_words(r), *end = buf_str(&r->text) + r->text.len, *word;
	uint64_t *const to[] = {&m->count, &m->first, &m->last};
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		word = text_word(&p, end, &len);
		if (word == NULL || !text_number(word, len, NNTP_NUMBER_MAX, to[i]))
			return err_code(e, EX_PROTOCOL, r->code,
				"the reply has no article numbers: %.900s", buf_str(&r->text));
	}
	return 0;
}

void
nntp_forget_group(struct nntp *n)
{
	n->in_group = false;
	buf_clear(&n->group);
}

bool
nntp_is_selected(const struct nntp *n, const char *group)
{
	return group != NULL && strcmp(buf_str(&n->group), group) == 0;
}

int
nntp_selected(struct nntp *n, struct err *e)
{
	const char *p = cmdq_answered(n->q), *end = p + strlen(p), *name;
	size_t len;

	/* "LISTGROUP" alone leaves the group as it was. */
	text_word(&p, end, &len);
	name = text_word(&p, end, &len);
	if (name != NULL) {
		buf_clear(&n->group);
		buf_add(&n->group, name, len);
	}
	n->in_group = nntp_parse_marks(&n->r, &n->marks, e) == 0;
	return n->in_group ? 0 : -1;
}

int
nntp_put_group(struct nntp *n, const char *group, struct err *e)
{
	return cmdq_put(n->q, NNTP_CMD, e, "GROUP %s", group);
}

int
nntp_take_group(struct nntp *n, struct err *e)
{
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code != 211)
		return nntp_fail(n, e);
	if (nntp_selected(n, e) == -1) {
		err_prefix(e, "%.200s", cmdq_answered(n->q));
		nntp_give_up(n);
		n->conn->dead = true;
		return -1;
	}
	return 0;
}

int
nntp_judge_group(struct nntp *n, struct err *e)
{
	if (n->r.code != 211 && nntp_refuses_groups(n->r.code))
		return nntp_fail(n, e);
	if (n->r.code != 211)
		nntp_refused(n, e);
	else if (nntp_selected(n, e) == 0)
		return NNTP_GROUP_SELECTED;
	else
		err_prefix(e, "%.200s", cmdq_answered(n->q));
	if (n->r.code == 211)
		n->need = NNTP_NEED_NOTHING;
	/* The group before should still be selected (RFC 3977, section 6.1.1), but GROUP is safer than that. */
	buf_clear(&n->group);
	return NNTP_GROUP_REFUSED;
}
