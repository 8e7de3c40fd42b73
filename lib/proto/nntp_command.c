#include "proto/nntp_command.h"

#include <string.h>

#include "base/text.h"
#include "mail/date.h"
#include "proto/nntp_compress.h"

void
nntp_command_free(struct nntp_command *c)
{
	buf_free(&c->line);
	buf_free(&c->old_line);
}

static bool *
use_old(struct nntp *n, struct nntp_command *c)
{
	return c->is_hdr ? &n->old_hdr : &c->use_old;
}

int
nntp_command_put(struct nntp *n, struct nntp_command *c, struct err *e)
{
	if (c->is_hdr && nntp_xz_command(n, "HDR", c->is_range) != NULL)
		return cmdq_put(n->q, c->tag, e, "XZ%s", buf_str(&c->line));
	return cmdq_put(n->q, c->tag, e, "%s", buf_str(*use_old(n, c) ? &c->old_line : &c->line));
}

bool
nntp_command_is_last(const struct nntp_command *c)
{
	return c->is_hdr || c->old_good == 0 || c->use_old;
}

static bool
is_unknown(const struct nntp_command *c, int code)
{
	for (size_t i = 0; c->old_codes[i] != 0; i++)
		if (c->old_codes[i] == code)
			return true;
	return false;
}

int
nntp_command_take(struct nntp *n, struct nntp_command *c, struct err *e)
{
	bool *old = use_old(n, c);

	if (c->is_group)
		return nntp_take_group(n, e);
	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	/* Some servers reply to HDR with the code of XHDR. */
	if (n->r.code == (*old ? c->old_good : c->good) || (c->is_hdr && n->r.code == c->old_good))
		return 0;
	if (nntp_refused_xz(n))
		return nntp_fail_xz(n, e);
	if (!*old && is_unknown(c, n->r.code)) {
		*old = true;
		return nntp_fail_older(n, e);
	}
	nntp_fail(n, e);
	if (n->need == NNTP_NEED_READER)
		c->use_old = false;
	if (c->rfc977 && n->r.code == 500)
		n->need = NNTP_NEED_NOTHING;
	return -1;
}

/* ---- commands without a list ------------------------------------------------------------------- */

static struct nntp_command
command(int good, const char *text)
{
	struct nntp_command c = {.good = good};

	buf_adds(&c.line, text);
	return c;
}

struct nntp_command
nntp_date(void)
{
	return command(111, "DATE");
}

int
nntp_date_text(const struct nntp *n, struct buf *date, struct err *e)
{
	const char *words = reply_words(&n->r);

	/* A comment may follow (RFC 3977, section 3.2). */
	if (date_iso(words, strcspn(words, " \t"), date))
		return 0;
	return err_code(e, EX_PROTOCOL, n->r.code, "DATE: the reply has no date: %.200s", words);
}

struct nntp_command
nntp_help(void)
{
	return command(100, "HELP");
}

struct nntp_command
nntp_next(void)
{
	return command(223, "NEXT");
}

struct nntp_command
nntp_last(void)
{
	return command(223, "LAST");
}

struct nntp_command
nntp_slave(void)
{
	struct nntp_command c = command(202, "SLAVE");

	c.rfc977 = true;
	return c;
}

struct nntp_command
nntp_xpath(const char *msgid)
{
	struct nntp_command c = command(223, "XPATH ");

	buf_adds(&c.line, msgid);
	c.rfc977 = true;
	return c;
}

struct nntp_command
nntp_group(const char *name)
{
	struct nntp_command c = command(211, "GROUP ");

	buf_adds(&c.line, name);
	c.is_group = true;
	return c;
}

/* ---- commands with a list ---------------------------------------------------------------------- */

struct nntp_command
nntp_listgroup(const char *group, const struct nntp_spec *range)
{
	struct nntp_command c = {.tag = NNTP_LISTGROUP, .good = 211};

	buf_addf(&c.line, "LISTGROUP%s%s", group != NULL ? " " : "", group != NULL ? group : "");
	if (range == NULL || group == NULL)
		return c;
	c.old_good = 211;
	c.old_codes[0] = 501;
	buf_add(&c.old_line, c.line.data, c.line.len);
	buf_addc(&c.line, ' ');
	nntp_spec_text(range, &c.line);
	return c;
}

struct nntp_command
nntp_hdr(const char *field, const char *group, const struct nntp_spec *spec)
{
	struct nntp_command c = {.group = group,
		.good = 225,
		.old_good = 221,
		.old_codes = {500, 400},
		.is_hdr = true,
		.is_range = nntp_spec_is_range(spec)};
	struct buf range = {0};

	nntp_spec_text(spec, &range);
	buf_addf(&c.line, "HDR %s%s%s", field, range.len != 0 ? " " : "", buf_str(&range));
	buf_addf(&c.old_line, "X%s", c.line.data);
	buf_free(&range);
	return c;
}

struct nntp_command
nntp_xpat(const char *field, const char *group, const struct nntp_spec *spec)
{
	struct nntp_command c = {.group = group, .good = 221};

	buf_addf(&c.line, "XPAT %s ", field);
	nntp_spec_text(spec, &c.line);
	return c;
}

struct nntp_command
nntp_list(const char *keyword, const char *pattern)
{
	struct nntp_command c = command(215, "LIST");

	if (keyword == NULL && pattern != NULL)
		keyword = "ACTIVE";
	if (keyword != NULL)
		buf_addc(&c.line, ' ');
	for (; keyword != NULL && *keyword != '\0'; keyword++)
		buf_addc(&c.line, *keyword >= 'a' && *keyword <= 'z' ? *keyword - 32 : *keyword);
	if (pattern != NULL)
		buf_addf(&c.line, " %s", pattern);
	return c;
}

struct nntp_command
nntp_descriptions(const char *pattern)
{
	struct nntp_command c = {.good = 215, .old_good = 282, .old_codes = {500, 501, 503}};

	buf_addf(&c.line, "LIST NEWSGROUPS %s", pattern);
	buf_addf(&c.old_line, "XGTITLE %s", pattern);
	return c;
}

/* A server without CAPABILITIES is of RFC 977, with two digits for the year. */
static void
add_since(const struct nntp *n, time_t since, struct buf *line)
{
	buf_addc(line, ' ');
	date_nntp(since, n->caps_state == NNTP_CAPS_NONE, line);
}

struct nntp_command
nntp_newgroups(const struct nntp *n, time_t since)
{
	struct nntp_command c = command(231, "NEWGROUPS");

	add_since(n, since, &c.line);
	return c;
}

struct nntp_command
nntp_newnews(const struct nntp *n, const char *wildmat, time_t since)
{
	struct nntp_command c = command(230, "NEWNEWS ");

	buf_adds(&c.line, wildmat);
	add_since(n, since, &c.line);
	return c;
}

/* ---- any command ------------------------------------------------------------------------------- */

bool
nntp_wants_response(const struct nntp *n)
{
	return n->r.code == 383;
}

bool
nntp_is_closing(const struct nntp *n)
{
	return n->r.code == 205;
}

bool
nntp_is_success(const struct nntp *n)
{
	return n->r.code < 300;
}

/* Does this command, with this reply, change the format of the connection (TLS, compression)? */
static bool
switches(const char *command, int code)
{
	return (code == 382 && strncasecmp(command, "STARTTLS", 8) == 0) ||
	       (code / 100 == 2 && (strncasecmp(command, "COMPRESS", 8) == 0 ||
					   strncasecmp(command, "XFEATURE COMPRESS", 17) == 0));
}

int
nntp_any(struct nntp *n, const char *shown, const struct buf *line, struct err *e)
{
	struct err ignored = {0};

	if (cmdq_put_secret(n->q, NNTP_PLAIN, shown, buf_str(line), line->len, e) == -1 ||
		nntp_reply(n, NULL, e) == -1)
		return -1;
	if (n->r.code == 211)
		(void)nntp_selected(n, &ignored);
	if (n->r.code == 200 || n->r.code == 201)
		nntp_forget_group(n);
	if (n->r.code >= 200 && n->r.code < 300)
		nntp_forget_capabilities(n);
	n->switched = n->switched || switches(cmdq_answered(n->q), n->r.code);
	return n->r.code >= 400 ? nntp_refused(n, e) : 0;
}
