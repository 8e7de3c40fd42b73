/* nntp verbs about groups: list, descriptions, newgroups, newnews, group, listgroup. */
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cmd/operands.h"
#include "cmd/nntp_passed.h"
#include "cmd/sandbox.h"
#include "cmd/nntp_run.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "mail/date.h"
#include "mail/msgid.h"
#include "wire/block.h"
#include "wire/bound.h"

/* ---- lines into records ------------------------------------------------------------------------ */

/* Print one line of the block. Returns 0; 1 with e if the line is malformed; -1 if writing the output failed. */
typedef int print_line(struct session *s, const char *p, size_t n, struct err *e);

static int
malformed(struct session *s, const char *what, const char *p, size_t n, struct err *e)
{
	nntp_odd_line(nntp_of(s), what, p, n, e);
	return 1;
}

/* "group last first flag" (RFC 3977, section 7.6.3). */
static int
print_active(struct session *s, const char *p, size_t n, struct err *e)
{
	const char *const keys[] = {"group", "last", "first", "flag"};
	const char *at = p, *word;
	struct field f[4];
	uint64_t number;
	size_t len;

	for (size_t i = 0; i < 4; i++) {
		bool is_number = i == 1 || i == 2;

		word = text_word(&at, p + n, &len);
		if (is_number &&
			(word == NULL || !text_number(word, len, NNTP_NUMBER_MAX, &number)))
			return malformed(s, "a line without article numbers", p, n, e);
		f[i] = is_number ? field_num(keys[i], word, len)
				 : field_p(keys[i], word != NULL ? word : "", len);
	}
	return out_record(s->out, ' ', f, 4, e);
}

/* "group TAB description", with any white space between (RFC 3977, section 7.6.6). */
static void
split_description(const char *p, size_t n, struct field f[2])
{
	const char *end = p + n, *group;
	size_t len = 0;

	group = text_word(&p, end, &len);
	while (p < end && text_is_space(*p))
		p++;
	f[0] = field_p("group", group != NULL ? group : "", len);
	f[1] = field_p("description", p, (size_t)(end - p));
}

static int
print_description(struct session *s, const char *p, size_t n, struct err *e)
{
	struct field f[2];

	split_description(p, n, f);
	return out_record(s->out, '\t', f, 2, e);
}

static int
print_plain(struct session *s, const char *p, size_t n, struct err *e)
{
	struct field f = field_p("line", p, n);

	return out_record(s->out, ' ', &f, 1, e);
}

static int
print_msgid(struct session *s, const char *p, size_t n, struct err *e)
{
	struct field f = field_p("message-id", p, n);

	if (n < 3 || p[0] != '<')
		return malformed(s, "NEWNEWS: not a message-id", p, n, e);
	if (n > MSGID_MAX) {
		nntp_warn_long_id(s, "NEWNEWS", p, n);
		return 0;
	}
	return out_record(s->out, ' ', &f, 1, e);
}

/* No list is longer, in octets: those of the largest servers have a tenth of this. */
#define LIST_MAX (UINT64_C(256) * 1024 * 1024)

/* Count one more line of the block. */
static int
count_line(struct session *s, const char *p, size_t n, uint64_t *octets, struct err *e)
{
	*octets += n + 2;
	if (*octets <= LIST_MAX)
		return 0;
	return nntp_bad_line(nntp_of(s), "a list of more than 256 MiB", p, n, e);
}

/* The lines of the block, one by one; malformed ones are passed over. */
static int
print_each(struct session *s, print_line *print, struct nntp_passed *passed, uint64_t *octets,
	struct err *e)
{
	size_t n;
	char *p;
	int rc;

	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		if (count_line(s, p, n, octets, e) == -1)
			return -1;
		rc = print(s, p, n, e);
		if (rc == -1)
			return conn_fail(s->c.conn, e);
		if (rc == 1)
			nntp_pass_over(s, passed, e);
	}
	return rc;
}

/* A block: as it is, or line by line where print is given. */
static int
print_lines(struct session *s, print_line *print, uint64_t *octets, struct err *e)
{
	struct nntp_passed passed = {0};
	struct bound b;

	*octets = 0;
	if (print == NULL)
		return block_read(s->c.conn,
			bound_init(&b, &s->out->sink, LIST_MAX / 4, BOUND_NONE),
			(s->out->crlf ? BLOCK_CRLF : BLOCK_LF) | BLOCK_TEXT, octets, e);
	return nntp_passed_end(s, &passed, print_each(s, print, &passed, octets, e), e);
}

/* ---- commands with a block --------------------------------------------------------------------- */

/* A command, and what it is on older servers. */
struct listing {
	int good;
	struct buf line;
	int old_good; /* 0: no older form exists */
	struct buf old_line;
	bool use_old;
};

static void
listing_free(struct listing *l)
{
	buf_free(&l->line);
	buf_free(&l->old_line);
}

static int
go_listing(struct session *s, void *job, struct err *e)
{
	struct listing *l = job;
	struct nntp *n = nntp_of(s);
	bool fallback = l->old_good != 0 && !l->use_old;
	int good = l->use_old ? l->old_good : l->good;

	if (cmdq_put(s->c.q, NNTP_CMD, e, "%s", buf_str(l->use_old ? &l->old_line : &l->line)) ==
		-1)
		return -1;
	/* QUIT rides only if this surely is the last command. */
	if ((!fallback && nntp_ride_quit(s, e) == -1) || nntp_reply(n, NULL, e) == -1)
		return -1;
	nntp_note(s);
	if (n->r.code == good) {
		sandbox_last_dial(s);
		return 0;
	}
	nntp_fail(n, e);
	if (n->need == NNTP_NEED_READER)
		l->use_old = false;
	if (fallback && (n->r.code == 500 || n->r.code == 501 || n->r.code == 503)) {
		l->use_old = true;
		n->need = NNTP_NEED_OTHER;
	}
	return -1;
}

static const struct {
	const char *name;
	print_line *print; /* in JSON; NULL: {"line"} */
} keywords[] = {
	{"active", print_active},
	{"active.times", NULL},
	{"counts", NULL},
	{"distrib.pats", NULL},
	{"distributions", NULL},
	{"headers", NULL},
	{"moderators", NULL},
	{"motd", NULL},
	{"newsgroups", print_description},
	{"overview.fmt", NULL},
	{"subscriptions", NULL},
};

static int
find_keyword(const char *word)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (text_same(word, keywords[i].name))
			return (int)i;
	return -1;
}

/* Every server knows LIST alone. If the first word is a pattern and not a keyword, it is a WILDMAT. */
int
nntp_list_run(struct session *s, const struct args *a, struct err *e)
{
	const char *word = args_at(a, 0), *pattern = args_at(a, 1);
	int key = word != NULL ? find_keyword(word) : 0;
	struct listing l = {.good = 215};
	uint64_t octets;
	int rc;

	if (key == -1 && pattern == NULL && strpbrk(word, "*?.,![") != NULL) {
		pattern = word;
		key = 0;
	}
	buf_adds(&l.line, "LIST");
	if (key != 0 || pattern != NULL) {
		const char *name = key == -1 ? word : keywords[key].name;

		buf_addc(&l.line, ' ');
		for (; *name != '\0'; name++)
			buf_addc(&l.line, *name >= 'a' && *name <= 'z' ? *name - 32 : *name);
	}
	if (pattern != NULL)
		buf_addf(&l.line, " %s", pattern);
	rc = nntp_run(s, go_listing, &l, e);
	listing_free(&l);
	if (rc == -1)
		return -1;
	if (!s->out->json)
		return print_lines(s, NULL, &octets, e);
	return print_lines(s,
		key != -1 && keywords[key].print != NULL ? keywords[key].print : print_plain,
		&octets, e);
}

/* ---- descriptions ------------------------------------------------------------------------------ */

static int
ask_descriptions(struct session *s, const char *pattern, struct err *e)
{
	struct listing l = {.good = 215, .old_good = 282};
	int rc;

	buf_addf(&l.line, "LIST NEWSGROUPS %s", pattern);
	buf_addf(&l.old_line, "XGTITLE %s", pattern);
	rc = nntp_run(s, go_listing, &l, e);
	listing_free(&l);
	return rc;
}

int
nntp_descriptions_run(struct session *s, const struct args *a, struct err *e)
{
	uint64_t octets;

	if (ask_descriptions(s, args_at(a, 0), e) == -1)
		return -1;
	if (print_lines(s, print_description, &octets, e) == -1)
		return -1;
	return octets != 0 ? 0 : err_set(e, EX_NO, "%.200s: no description", args_at(a, 0));
}

int
nntp_description_run(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);
	bool pattern = strpbrk(name, "*?[!,") != NULL, found = false;
	uint64_t octets = 0;
	struct field f[2];
	size_t n;
	char *p;
	int rc;

	if (ask_descriptions(s, name, e) == -1)
		return -1;
	while ((rc = block_line(s->c.conn, &p, &n, e)) == 1) {
		if (count_line(s, p, n, &octets, e) == -1)
			return -1;
		if (found)
			continue;
		split_description(p, n, f);
		/* Some servers do not look at the name and list all. */
		if (f[1].n == 0 || (!pattern && !text_same_n(f[0].p, f[0].n, name)))
			continue;
		found = true;
		f[0].only = FIELD_JSON;
		if (out_record(s->out, ' ', f, 2, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	if (rc == -1 || found)
		return rc;
	return err_set(e, EX_NO, "%.200s: no description", name);
}

/* ---- what is new ------------------------------------------------------------------------------- */

/* NEWGROUPS and NEWNEWS: servers without CAPABILITIES are of RFC 977, with two digits for the year. */
static int
ask_since(struct session *s, const struct args *a, const char *command, int good, struct err *e)
{
	struct listing l = {.good = good};
	int rc;

	if (nntp_capabilities(nntp_of(s), e) == -1 || nntp_make_reader(nntp_of(s), false, e) == -1)
		return nntp_told(s, -1, e);
	buf_addf(&l.line, "%s ", command);
	date_nntp(
		operand_find(a, "SINCE")->since, nntp_of(s)->caps_state == NNTP_CAPS_NONE, &l.line);
	rc = nntp_run(s, go_listing, &l, e);
	listing_free(&l);
	return rc;
}

int
nntp_newgroups_run(struct session *s, const struct args *a, struct err *e)
{
	uint64_t octets;

	if (ask_since(s, a, "NEWGROUPS", 231, e) == -1)
		return -1;
	return print_lines(s, s->out->json ? print_active : NULL, &octets, e);
}

int
nntp_newnews_run(struct session *s, const struct args *a, struct err *e)
{
	struct buf command = {0};
	uint64_t octets;
	int rc;

	buf_addf(&command, "NEWNEWS %s", args_at(a, 0));
	rc = ask_since(s, a, command.data, 230, e);
	buf_free(&command);
	return rc == 0 ? print_lines(s, print_msgid, &octets, e) : -1;
}
