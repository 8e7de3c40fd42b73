#include "auth/netrc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bsd/string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"

#define NETRC_MAX (1024 * 1024)

/* The text being read. The token buffer is as large as the text, so it never moves. */
struct reader {
	const char *p, *end, *name;
	unsigned line;
	struct buf token;
	unsigned token_line;
	struct err *e;
};

enum key { KEY_MACHINE, KEY_DEFAULT, KEY_LOGIN, KEY_PASSWORD, KEY_ACCOUNT, KEY_PORT, KEY_MACDEF };

static const struct {
	const char *name;
	enum key key;
} keys[] = {
	{"machine", KEY_MACHINE},
	{"default", KEY_DEFAULT},
	{"login", KEY_LOGIN},
	{"password", KEY_PASSWORD},
	{"passwd", KEY_PASSWORD},
	{"account", KEY_ACCOUNT},
	{"port", KEY_PORT},
	{"macdef", KEY_MACDEF},
};

/* The entry that is being read, and whether its machine and port are those looked for. */
struct state {
	bool open, matches;
	struct netrc_entry entry;
};

static int
fail(struct reader *r, unsigned line, const char *what)
{
	return err_set(r->e, EX_CONFIG, "%s:%u: %s", r->name, line, what);
}

static bool
at_space(const struct reader *r)
{
	char c = *r->p;

	return c == ' ' || c == '\t' || c == '\n' ||
	       (c == '\r' && (r->p + 1 == r->end || r->p[1] == '\n'));
}

static char
next(struct reader *r)
{
	if (*r->p == '\n')
		r->line++;
	return *r->p++;
}

static void
skip_line(struct reader *r)
{
	while (r->p < r->end && *r->p != '\n')
		r->p++;
}

static void
skip_space(struct reader *r, bool comments)
{
	while (r->p < r->end) {
		if (comments && *r->p == '#')
			skip_line(r);
		else if (at_space(r))
			next(r);
		else
			return;
	}
}

/* Read the next token: 1, 0 at the end of the text, -1 and an error. */
static int
read_token(struct reader *r, bool keyword)
{
	bool quoted;

	buf_clear(&r->token);
	skip_space(r, keyword);
	r->token_line = r->line;
	if (r->p == r->end)
		return 0;
	quoted = *r->p == '"';
	if (quoted)
		next(r);
	while (r->p < r->end && (quoted ? *r->p != '"' : !at_space(r))) {
		if (*r->p == '\\' && r->p + 1 < r->end)
			next(r);
		if (*r->p == '\0')
			return err_set(r->e, EX_DATAERR, "%s:%u: NUL", r->name, r->line);
		buf_addc(&r->token, next(r));
	}
	if (quoted && r->p == r->end)
		return fail(r, r->token_line, "a quoted token does not end");
	if (quoted)
		next(r);
	return 1;
}

/* Read the value that must follow a keyword. */
static int
read_value(struct reader *r)
{
	unsigned line = r->token_line;
	int rc = read_token(r, false);

	return rc == 0 ? fail(r, line, "the last keyword has no value") : rc;
}

/* As read_value, into *field. */
static int
read_field(struct reader *r, char **field)
{
	if (read_value(r) == -1)
		return -1;
	mem_wipe(*field);
	*field = mem_dup(r->token.data, r->token.len);
	return 0;
}

/* Skip the body of a macro: to the first empty line (macdef has had its name read). */
static void
skip_macro(struct reader *r)
{
	skip_line(r);
	while (r->p < r->end) {
		const char *from;

		next(r); /* the LF before */
		from = r->p;
		skip_line(r);
		if (r->p == from || (r->p == from + 1 && *from == '\r'))
			return;
	}
}

static bool
same_host(const char *name, const char *host)
{
	size_t n = strlen(name);

	if (n > 2 && name[0] == '[' && name[n - 1] == ']')
		return text_same_n(name + 1, n - 2, host);
	return text_same(name, host);
}

/* The entry has ended: keep it in out if it is the first one that matches. */
static void
end_entry(struct state *s, const struct netrc_query *q, struct netrc_entry *out, bool *found)
{
	const char *login = s->entry.login;

	if (s->open && s->matches && !*found &&
		(login == NULL || q->user == NULL || strcmp(login, q->user) == 0)) {
		*out = s->entry;
		*found = true;
		s->entry = (struct netrc_entry){0};
	}
	netrc_wipe(&s->entry);
	s->open = false;
}

static int
read_machine(struct reader *r, struct state *s, const struct netrc_query *q)
{
	if (read_value(r) == -1)
		return -1;
	s->open = true;
	s->matches = same_host(buf_str(&r->token), q->host);
	return 0;
}

static int
read_port(struct reader *r, struct state *s, const struct netrc_query *q)
{
	uint64_t port;

	if (read_value(r) == -1)
		return -1;
	if (!text_number(r->token.data, r->token.len, 65535, &port) || port == 0)
		return fail(r, r->token_line, "port is no number from 1 to 65535");
	if (q->port != 0 && q->port != port)
		s->matches = false;
	return 0;
}

/* What stands in an entry. */
static int
read_in_entry(struct reader *r, enum key key, struct state *s, const struct netrc_query *q)
{
	if (!s->open)
		return fail(r, r->token_line, "this belongs behind machine or default");
	switch (key) {
	case KEY_LOGIN: return read_field(r, &s->entry.login);
	case KEY_PASSWORD: return read_field(r, &s->entry.password);
	case KEY_ACCOUNT: return read_field(r, &s->entry.account);
	default: return read_port(r, s, q);
	}
}

static int
read_keyword(struct reader *r, enum key *key)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (text_same_n(buf_str(&r->token), r->token.len, keys[i].name)) {
			*key = keys[i].key;
			return 0;
		}
	/* Not what it is: where a password was broken in two it may be half of one. */
	return fail(r, r->token_line, "unknown keyword (a password with spaces stands in quotes)");
}

static int
read_all(struct reader *r, struct state *s, const struct netrc_query *q, struct netrc_entry *out,
	bool *found)
{
	enum key key;
	int rc;

	while ((rc = read_token(r, true)) == 1) {
		if (read_keyword(r, &key) == -1)
			return -1;
		if (key == KEY_MACHINE || key == KEY_DEFAULT)
			end_entry(s, q, out, found);
		if (key == KEY_DEFAULT)
			s->open = s->matches = s->entry.from_default = true;
		else if (key == KEY_MACHINE)
			rc = read_machine(r, s, q);
		else if (key == KEY_MACDEF)
			rc = read_value(r);
		else
			rc = read_in_entry(r, key, s, q);
		if (rc == -1)
			return -1;
		if (key == KEY_MACDEF)
			skip_macro(r);
	}
	if (rc == 0)
		end_entry(s, q, out, found);
	return rc;
}

int
netrc_parse(const char *text, size_t n, const char *name, const struct netrc_query *q,
	struct netrc_entry *out, bool *found, struct err *e)
{
	struct reader r = {.p = text, .end = text + n, .name = name, .line = 1, .e = e};
	struct state s = {0};
	int rc;

	*out = (struct netrc_entry){0};
	*found = false;
	buf_reserve(&r.token, n);
	rc = read_all(&r, &s, q, out, found);
	buf_wipe(&r.token);
	netrc_wipe(&s.entry);
	if (rc == -1) {
		netrc_wipe(out);
		*found = false;
	}
	return rc;
}

/* May secrets come from it? Judged by the descriptor: the name may mean another file by now. */
static int
check_file(int fd, const char *file, bool given, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_CONFIG, "%s", file);
	if (given && S_ISFIFO(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(e, EX_CONFIG, "%s: not a regular file", file);
	if (st.st_uid != geteuid())
		return err_set(e, EX_CONFIG, "%s: belongs to someone else", file);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(e, EX_CONFIG, "%s: others may use it (chmod 600 %s)", file, file);
	return 0;
}

/* Read all of it into b, which has room for NETRC_MAX octets and one more. */
static int
read_file(int fd, const char *file, int64_t until, struct buf *b, struct err *e)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ssize_t n = 1;

	while (n != 0) {
		int rc = wait_poll(&ready, 1, until, e);

		if (rc == -1)
			return -1;
		if (rc == 0)
			return err_set(e, EX_CONFIG, "%s: timed out reading", file);
		n = read(fd, b->data + b->len, NETRC_MAX + 1 - b->len);
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, EX_CONFIG, "%s", file);
		b->len += n > 0 ? (size_t)n : 0;
		if (b->len > NETRC_MAX)
			return err_set(e, EX_CONFIG, "%s: larger than 1 MiB", file);
	}
	return 0;
}

int
netrc_lookup(const char *file, bool given, int64_t until, const struct netrc_query *q,
	struct netrc_entry *out, bool *found, struct err *e)
{
	/* Without O_NONBLOCK a FIFO nobody writes to would hold us in open. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct buf b = {0};
	int rc;

	*out = (struct netrc_entry){0};
	*found = false;
	if (fd == -1 && !given && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd == -1)
		return err_sys(e, EX_CONFIG, "%s", file);
	buf_reserve(&b, NETRC_MAX + 1);
	rc = check_file(fd, file, given, e);
	if (rc == 0)
		rc = read_file(fd, file, until, &b, e);
	if (rc == 0)
		rc = netrc_parse(b.data, b.len, file, q, out, found, e);
	close(fd);
	/* It had its room from the beginning and never moved: nothing is behind what was read. */
	explicit_bzero(b.data, b.len);
	buf_free(&b);
	return rc;
}

void
netrc_wipe(struct netrc_entry *n)
{
	mem_wipe(n->login);
	mem_wipe(n->password);
	mem_wipe(n->account);
	*n = (struct netrc_entry){0};
}
