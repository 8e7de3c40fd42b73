/* nntp verbs about the server itself: capabilities, info, has, date, help, and the rawest of all. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/nntp_run.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "mail/date.h"
#include "mail/msgid.h"
#include "wire/block.h"

/* Split the known capabilities. The caller frees *caps; the strings in it belong to n. */
static size_t
split_caps(const struct nntp *n, struct info_cap **caps)
{
	const char *p = buf_str(&n->caps), *end = p + n->caps.len;
	size_t count = 0;

	*caps = NULL;
	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		*caps = mem_resize(*caps, count + 1, sizeof **caps);
		caps_split(p, (size_t)(eol - p), &(*caps)[count]);
		if ((*caps)[count].name_len != 0)
			count++;
		p = eol + 1;
	}
	return count;
}

static int
go_capabilities(struct session *s, void *job, struct err *e)
{
	(void)job;
	nntp_forget_capabilities(nntp_of(s));
	if (cmdq_put(s->c.q, NNTP_CMD, e, "CAPABILITIES") == -1 || nntp_ride_quit(s, e) == -1 ||
		nntp_take_capabilities(nntp_of(s), e) == -1)
		return -1;
	nntp_note(s);
	return 0;
}

/* A server that is too old answers 5xx, in one way or another; all else is an answer to it. */
static int
must_capabilities(struct session *s, void *job, struct err *e)
{
	int code;

	if (go_capabilities(s, job, e) == -1)
		return -1;
	code = nntp_of(s)->r.code;
	if (job != NULL && code >= 400)
		return 0; /* info prints what is known without capabilities */
	/* "Unknown command", if the server still replies: to QUIT, or to a command without effect. */
	if (code == 400)
		return cmdq_owed(s->c.q) != 0 ? nntp_reply(nntp_of(s), NULL, e)
					      : nntp_ask(nntp_of(s), e, "DATE");
	return code == 101 || code >= 500 ? 0 : nntp_fail(nntp_of(s), e);
}

int
nntp_capabilities_run(struct session *s, const struct args *a, struct err *e)
{
	struct info_cap *caps;
	size_t n;
	int rc;

	(void)a;
	if (nntp_run(s, must_capabilities, NULL, e) == -1)
		return -1;
	n = split_caps(nntp_of(s), &caps);
	rc = caps_print(s, caps, n, e);
	free(caps);
	return rc;
}

/* INN and others name their software in IMPLEMENTATION; older servers only in the greeting. */
int
nntp_info_run(struct session *s, const struct args *a, struct err *e)
{
	struct nntp *n;
	struct info info = {0};
	struct info_cap *caps;
	struct buf software = {0};
	const char *words;
	size_t len;
	int rc;

	(void)a;
	if (nntp_run(s, must_capabilities, &info, e) == -1)
		return -1;
	n = nntp_of(s);
	info.ncaps = split_caps(n, &caps);
	info.caps = caps;
	if (nntp_cap(n, "IMPLEMENTATION", &words, &len)) {
		while (len > 0 && text_is_space(*words)) {
			words++;
			len--;
		}
		buf_add(&software, words, len);
	}
	info.software = buf_str(&software);
	rc = info_print(s, &info, e);
	buf_free(&software);
	free(caps);
	return rc;
}

int
nntp_has_run(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);

	if (nntp_run(s, must_capabilities, NULL, e) == -1)
		return -1;
	return has_print(s, name, nntp_cap(nntp_of(s), name, NULL, NULL), e);
}

static int
go_date(struct session *s, void *job, struct err *e)
{
	(void)job;
	return nntp_one(s, 111, e, "DATE");
}

int
nntp_date_run(struct session *s, const struct args *a, struct err *e)
{
	struct buf date = {0};
	const char *words;
	struct field f;
	int rc;

	(void)a;
	if (nntp_run(s, go_date, NULL, e) == -1)
		return -1;
	words = reply_words(&nntp_of(s)->r);
	/* A comment may follow (RFC 3977, section 3.2). */
	if (!date_iso(words, strcspn(words, " \t"), &date))
		return err_code(e, EX_PROTOCOL, 111, "DATE: no date: %.200s", words);
	f = field_p("date", date.data, date.len);
	rc = out_record(s->out, ' ', &f, 1, e);
	buf_free(&date);
	return rc;
}

static int
go_help(struct session *s, void *job, struct err *e)
{
	(void)job;
	return nntp_one(s, 100, e, "HELP");
}

int
nntp_help_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	if (nntp_run(s, go_help, NULL, e) == -1)
		return -1;
	return block_print(s, e);
}

/* Print the last reply as a record. */
static int
print_reply(struct session *s, struct err *e)
{
	const struct reply *r = &nntp_of(s)->r;

	return reply_print(s, r->code, r->text.data, r->text.len, e);
}

/* If the server does not know XPATH or SLAVE (RFC 2980, RFC 977), MODE READER does not help. */
static int
old_command(struct session *s, int rc)
{
	if (rc == -1 && nntp_of(s)->r.code == 500)
		nntp_of(s)->need = NNTP_NEED_NOTHING;
	return rc;
}

static int
go_xpath(struct session *s, void *msgid, struct err *e)
{
	return old_command(s, nntp_one(s, 223, e, "XPATH %s", (const char *)msgid));
}

int
nntp_xpath_run(struct session *s, const struct args *a, struct err *e)
{
	const char *words;

	if (nntp_run(s, go_xpath, a->argv[0], e) == -1)
		return -1;
	if (s->out->json)
		return print_reply(s, e);
	words = reply_words(&nntp_of(s)->r);
	return out_line(s->out, words, strlen(words), e);
}

static int
go_slave(struct session *s, void *job, struct err *e)
{
	(void)job;
	return old_command(s, nntp_one(s, 202, e, "SLAVE"));
}

int
nntp_slave_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return nntp_run(s, go_slave, NULL, e) == -1 ? -1 : print_reply(s, e);
}

/* Does the server send and expect other octets after this command and reply? */
static bool
switches(const char *command, int code)
{
	return (code == 382 && strncasecmp(command, "STARTTLS", 8) == 0) ||
	       (code / 100 == 2 && (strncasecmp(command, "COMPRESS", 8) == 0 ||
					   strncasecmp(command, "XFEATURE COMPRESS", 17) == 0));
}

/* Update the session state after a command sent by `cmd`: GROUP, MODE READER, AUTHINFO, COMPRESS, STARTTLS. */
static void
learn(struct nntp *n)
{
	struct err ignored = {0};

	if (n->r.code == 211)
		(void)nntp_selected(n, &ignored);
	if (n->r.code == 200 || n->r.code == 201)
		n->in_group = false;
	if (n->r.code >= 200 && n->r.code < 300)
		nntp_forget_capabilities(n);
	n->switched = n->switched || switches(cmdq_answered(n->q), n->r.code);
}

/*
 * Send any command unchanged, and print its reply; with --multi also the block after a reply of success. A refusal
 * is the error.
 */
int
nntp_cmd_run(struct session *s, const struct args *a, struct err *e)
{
	struct nntp *n = nntp_of(s);
	struct buf line = {0}, shown = {0};
	int rc = cmd_line_join(a, 0, &line, e);

	cmd_line_show(buf_str(&line), n->r.code == 383, &shown);
	if (rc == 0)
		rc = cmdq_put_secret(
			s->c.q, NNTP_PLAIN, buf_str(&shown), buf_str(&line), line.len, e);
	buf_wipe(&line);
	buf_free(&shown);
	if (rc == -1 || nntp_reply(n, NULL, e) == -1)
		return -1;
	nntp_note(s);
	learn(n);
	if (n->r.code >= 400)
		return nntp_refused(n, e);
	if (n->r.code == 205)
		s->c.ended = true;
	if (print_reply(s, e) == -1)
		return -1;
	return args_has(a, "multi") && n->r.code < 300 ? block_print(s, e) : 0;
}
