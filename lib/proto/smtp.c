#include "proto/smtp.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "proto/caps.h"

const struct reply_rule smtp_rule = {reply_judge_smtp, 8192, 512};

int
smtp_reply_error(const char *what, int code, const char *text, int status, struct err *e)
{
	char *line = mem_strdup(text);

	for (char *p = line; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	err_code(e, status, code, "%.300s: %.600s", what, line);
	free(line);
	return -1;
}

static int
refuse(const struct reply *r, const char *what, struct err *e)
{
	return smtp_reply_error(what, r->code, buf_str(&r->text), smtp_class(r->code), e);
}

int
smtp_class(int code)
{
	switch (code) {
	case 530: /* authentication required */
	case 534: /* mechanism too weak */
	case 535: /* credentials invalid */
	case 538: /* encryption required */ return EX_NOPERM;
	default: break;
	}
	return code >= 500 ? EX_UNAVAILABLE : code >= 400 ? EX_TEMPFAIL : EX_PROTOCOL;
}

int
smtp_refused(struct smtp *p, struct err *e)
{
	if (p->reply.code == 421)
		p->q->conn->dead = true;
	return refuse(&p->reply, cmdq_answered(p->q), e);
}

size_t
smtp_enhanced(const char *text)
{
	const char *p = text;

	if (*p != '2' && *p != '4' && *p != '5')
		return 0;
	p++;
	for (int part = 0; part < 2; part++) {
		if (*p++ != '.' || !text_is_digit(*p))
			return 0;
		while (text_is_digit(*p))
			p++;
	}
	return *p == ' ' || *p == '\0' || *p == '\n' ? (size_t)(p - text) : 0;
}

const char *
smtp_enhanced_of(const char *reply, size_t *n)
{
	const char *last = strrchr(reply, '\n');
	const char *line = last != NULL ? last + 1 : reply;
	const char *text = strlen(line) > 4 ? line + 4 : "";

	*n = smtp_enhanced(text);
	return text;
}

/* The default argument of EHLO. */
static void
hello_name(const struct conn *c, char out[SMTP_NAME_MAX + 1])
{
	char host[SMTP_NAME_MAX + 1] = "";
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof sa;

	/* A server on this host does not need the name: do not wait for the resolver. */
	if (own_name(c->remote, out))
		return;
	snprintf(out, SMTP_NAME_MAX + 1, "[127.0.0.1]"); /* a Unix socket, a tunnel */
	if (getsockname(c->fd, (struct sockaddr *)&sa, &len) == -1 ||
		(sa.ss_family != AF_INET && sa.ss_family != AF_INET6) ||
		getnameinfo((struct sockaddr *)&sa, len, host, sizeof host, NULL, 0,
			NI_NUMERICHOST) != 0)
		return;
	host[strcspn(host, "%")] = '\0'; /* do not disclose the scope of a link-local address */
	snprintf(out, SMTP_NAME_MAX + 1, "[%s%.*s]", sa.ss_family == AF_INET6 ? "IPv6:" : "",
		SMTP_NAME_MAX - 8, host);
}

void
smtp_software(const char *greeting, struct buf *out)
{
	const char *p = greeting, *end = p + strcspn(p, "\n"), *word;
	size_t n;

	for (int i = 0; (word = text_word(&p, end, &n)) != NULL; i++) {
		bool protocol = text_same_n(word, n, "ESMTP") || text_same_n(word, n, "SMTP") ||
				text_same_n(word, n, "LMTP");

		if (i > 2 || (i == 2 && !protocol)) {
			buf_add(out, word, (size_t)(end - word));
			return;
		}
	}
}

int
smtp_new(struct cmdq *q, const struct reply *greeting, bool lmtp, const char *name,
	struct smtp **out, struct err *e)
{
	struct smtp *p = mem_zalloc(sizeof *p);

	*out = p;
	p->q = q;
	p->lmtp = lmtp;
	if (name != NULL)
		snprintf(p->name, sizeof p->name, "%s", name);
	else
		hello_name(q->conn, p->name);
	if (greeting->code == 220)
		return 0;
	if (greeting->code < 400 || greeting->code == 421)
		q->conn->dead = true;
	return refuse(greeting, "greeting", e);
}

void
smtp_free(struct smtp *p)
{
	if (p == NULL)
		return;
	smtp_forget(p);
	buf_free(&p->from);
	buf_free(&p->to);
	reply_free(&p->reply);
	free(p);
}

void
smtp_forget(struct smtp *p)
{
	buf_free(&p->caps.auth);
	buf_free(&p->caps.lines);
	buf_free(&p->caps.hello);
	buf_free(&p->caps.reply);
	p->caps = (struct smtp_caps){0};
	p->q->pipelining = false;
}

/* Is this one of the words in b, in any case? */
static bool
has_word(const struct buf *b, const char *word, size_t n)
{
	const char *p = buf_str(b), *end = p + b->len, *w;
	size_t len;

	while ((w = text_word(&p, end, &len)) != NULL)
		if (len == n && strncasecmp(w, word, n) == 0)
			return true;
	return false;
}

/* The mechanisms of an AUTH line; some servers write "AUTH=" for clients of the last century, too. */
static void
take_auth(struct smtp_caps *c, const char *p, const char *end)
{
	const char *w;
	size_t n;

	while ((w = text_word(&p, end, &n)) != NULL) {
		if (has_word(&c->auth, w, n))
			continue;
		if (c->auth.len != 0)
			buf_addc(&c->auth, ' ');
		buf_add(&c->auth, w, n);
	}
}

/* Take one line of the reply to EHLO, without its code. */
static void
take_extension(struct smtp_caps *c, const char *line, size_t n)
{
	static const struct {
		const char *name;
		size_t at;
	} flags[] = {{"PIPELINING", offsetof(struct smtp_caps, pipelining)},
		{"8BITMIME", offsetof(struct smtp_caps, eightbit)},
		{"SMTPUTF8", offsetof(struct smtp_caps, smtputf8)},
		{"CHUNKING", offsetof(struct smtp_caps, chunking)},
		{"DSN", offsetof(struct smtp_caps, dsn)},
		{"STARTTLS", offsetof(struct smtp_caps, starttls)},
		{"ENHANCEDSTATUSCODES", offsetof(struct smtp_caps, enhanced)},
		{"SIZE", offsetof(struct smtp_caps, size)}};
	const char *p = line, *end = line + n, *name, *w;
	size_t len, nw;

	buf_add(&c->lines, line, n);
	buf_addc(&c->lines, '\n');
	if ((name = text_word(&p, end, &len)) == NULL)
		return;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (text_same_n(name, len, flags[i].name))
			*((bool *)c + flags[i].at) = true;
	if (text_same_n(name, len, "AUTH"))
		take_auth(c, p, end);
	else if (len > 5 && text_same_n(name, 5, "AUTH="))
		take_auth(c, name + 5, end);
	else if (text_same_n(name, len, "SIZE") && (w = text_word(&p, end, &nw)) != NULL &&
		 !text_number(w, nw, INT64_MAX, &c->size_max))
		c->size_max = 0; /* an invalid limit counts as none */
}

static void
take_extensions(struct smtp_caps *c, const char *text, bool extended)
{
	buf_adds(&c->reply, text);
	for (bool first = true; *text != '\0'; first = false) {
		size_t n = strcspn(text, "\n");
		size_t code = n > 3 ? 4 : n;

		if (first)
			buf_add(&c->hello, text + code, n - code);
		else if (extended)
			take_extension(c, text + code, n - code);
		text += n + (text[n] == '\n');
	}
}

bool
smtp_offers(const struct smtp_caps *caps, const char *name)
{
	struct cap cap;

	return (text_same(name, "AUTH") && caps->auth.len != 0) ||
	       caps_find(&caps->lines, name, &cap);
}

static bool
is_auth(const struct cap *cap)
{
	return text_same_n(cap->name, cap->name_len, "AUTH") ||
	       (cap->name_len > 4 && text_same_n(cap->name, 5, "AUTH="));
}

void
smtp_merge_extensions(const struct smtp_caps *caps, struct buf *lines)
{
	struct cap *list;
	size_t n = caps_split(&caps->lines, &list), first;

	for (size_t i = 0; i < n; i++) {
		bool auth = is_auth(&list[i]);

		for (first = 0;
			auth ? !is_auth(&list[first]) : !cap_same_name(&list[first], &list[i]);)
			first++;
		if (first < i)
			continue;
		if (auth)
			buf_addf(lines, "AUTH %s", buf_str(&caps->auth));
		else
			buf_add(lines, list[i].name, list[i].name_len);
		for (size_t k = i; !auth && k < n; k++) {
			if (list[k].args_len == 0 || !cap_same_name(&list[k], &list[i]))
				continue;
			buf_addc(lines, ' ');
			buf_add(lines, list[k].args, list[k].args_len);
		}
		buf_addc(lines, '\n');
	}
	free(list);
}

int
smtp_helo(struct smtp *p, struct err *e)
{
	if (cmdq_ask(p->q, &p->reply, e, "HELO %s", p->name) == -1)
		return -1;
	if (p->reply.code != 250)
		return smtp_refused(p, e);
	smtp_forget(p);
	p->caps.asked = true;
	p->caps.code = p->reply.code;
	/* HELO has no extensions, whatever follows its first line. */
	take_extensions(&p->caps, buf_str(&p->reply.text), false);
	return 0;
}

int
smtp_ehlo(struct smtp *p, struct err *e)
{
	if (p->caps.asked)
		return 0;
	if (cmdq_ask(p->q, &p->reply, e, "%s %s", p->lmtp ? "LHLO" : "EHLO", p->name) == -1)
		return -1;
	if (p->reply.code >= 500 && !p->lmtp)
		return smtp_helo(p, e);
	if (p->reply.code != 250)
		return smtp_refused(p, e);
	p->caps.asked = p->caps.extended = true;
	p->caps.code = p->reply.code;
	take_extensions(&p->caps, buf_str(&p->reply.text), true);
	p->q->pipelining = p->caps.pipelining && !p->no_pipelining;
	return 0;
}

int
smtp_starttls(struct smtp *p, bool *go, struct err *e)
{
	if (cmdq_ask(p->q, &p->reply, e, "STARTTLS") == -1)
		return -1;
	*go = p->reply.code == 220;
	if (*go)
		return 0;
	smtp_refused(p, e);
	if (p->reply.code >= 500)
		e->status = EX_NOPERM;
	return p->reply.code == 421 ? -1 : 0;
}

size_t
smtp_command_room(const struct smtp_caps *caps, const char *line, size_t n)
{
	static const struct {
		const char *command, *extension;
		size_t octets;
	} table[] = {{"MAIL", "SIZE", 26}, {"MAIL", "8BITMIME", 17}, {"MAIL", "BINARYMIME", 17},
		{"MAIL", "SMTPUTF8", 10}, {"MAIL", "DSN", 116}, {"MAIL", "AUTH", 500},
		{"MAIL", "DELIVERBY", 17}, {"MAIL", "MT-PRIORITY", 15},
		{"MAIL", "FUTURERELEASE", 34}, {"RCPT", "DSN", 536}};
	size_t room = 0;

	for (size_t i = 0; n > 4 && i < sizeof table / sizeof *table; i++)
		if (text_same_n(line, 4, table[i].command) && smtp_offers(caps, table[i].extension))
			room += table[i].octets;
	return room;
}

static bool
has_param(const char *line, size_t n, const char *param)
{
	size_t k = strlen(param);

	for (size_t i = 0; i + k < n; i++)
		if (line[i] == ' ' && text_same_n(line + i + 1, k, param) &&
			(i + 1 + k == n || line[i + 1 + k] == ' '))
			return true;
	return false;
}

/* Append the path in the brackets of a command to `out`. */
static void
add_path(struct buf *out, const char *line, size_t n)
{
	const char *begin = memchr(line, '<', n);
	const char *end = begin != NULL ? memchr(begin, '>', n - (size_t)(begin - line)) : NULL;

	if (end != NULL)
		buf_add(out, begin + 1, (size_t)(end - begin - 1));
}

/* Update the state of the transaction after a command that the server accepted. */
static void
follow(struct smtp *p, const char *line, size_t n)
{
	size_t verb = 0;

	while (verb < n && line[verb] != ' ')
		verb++;
	if (text_same_n(line, verb, "RCPT")) {
		if (p->accepted++ != 0)
			buf_addc(&p->to, ',');
		add_path(&p->to, line, n);
		return;
	}
	p->open = p->open || text_same_n(line, verb, "MAIL");
	if (text_same_n(line, verb, "RSET") || text_same_n(line, verb, "HELO") ||
		text_same_n(line, verb, "EHLO") || text_same_n(line, verb, "LHLO"))
		p->open = false;
	else if (!text_same_n(line, verb, "MAIL"))
		return;
	p->accepted = 0;
	p->from.len = p->to.len = 0;
	add_path(&p->from, line, n);
	p->binary = has_param(line, n, "BODY=BINARYMIME");
}

int
smtp_command(struct smtp *p, const char *line, size_t n, const char *shown, struct err *e)
{
	p->q->room = smtp_command_room(&p->caps, line, n);
	if (cmdq_put_secret(p->q, 0, shown, line, n, e) == -1 ||
		cmdq_reply(p->q, &p->reply, NULL, e) == -1)
		return -1;
	if (p->reply.code / 100 == 2)
		follow(p, line, n);
	return p->reply.code < 400 ? 0 : smtp_refused(p, e);
}

/* ---- AUTH ---------------------------------------------------------------------------------------- */

static bool
is_ok(int code)
{
	return code == 235;
}

static int
auth_refused(const struct reply *r, const char *mech, struct err *e)
{
	char what[80] = "AUTH ";

	strncat(what, mech, sizeof what - 6);
	refuse(r, what, e);
	/* Every 5xx reply to AUTH is a failed login. */
	if (r->code >= 500)
		e->status = EX_NOPERM;
	return -1;
}

static bool
is_unknown(const struct reply *r)
{
	return r->code == 504;
}

/* RFC 4954, section 4: the command keeps to 512 octets with CR LF; lines after it may be longer. */
static const struct login_framing framing = {
	.command = "AUTH",
	.max_line = 512,
	.go_on = 334,
	.success = is_ok,
	.refused = auth_refused,
	.unknown = is_unknown,
};

static int
log_in(void *proto, const struct login *l, const struct mech_pick *pick, struct err *e)
{
	struct smtp *p = proto;

	return login_sasl(p->q, &framing, l, pick, &p->reply, e);
}

int
smtp_login(struct smtp *p, const struct login *l, struct err *e)
{
	struct mech_offer offer = {.mechs = NULL};
	int rc;

	if (smtp_ehlo(p, e) == -1)
		return -1;
	offer.mechs = buf_str(&p->caps.auth);
	rc = login_run(p->q, l, &offer, log_in, p, e);
	if (rc == -1 && p->reply.code == 421)
		p->q->conn->dead = true;
	return rc;
}
