#include "auth/netrc.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/config.h"
#include "base/buf.h"
#include "base/compat.h"
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
	struct err fault; /* the first fault of the entry that is being read; status 0: none */
};

enum key {
	KEY_MACHINE,
	KEY_DEFAULT,
	KEY_LOGIN,
	KEY_PASSWORD,
	KEY_ACCOUNT,
	KEY_PORT,
	KEY_MACDEF,
	KEY_UNKNOWN
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {
	{"machine", KEY_MACHINE},
	{"default", KEY_DEFAULT},
	{"login", KEY_LOGIN},
	{"user", KEY_LOGIN},
	{"password", KEY_PASSWORD},
	{"passwd", KEY_PASSWORD},
	{"account", KEY_ACCOUNT},
	{"port", KEY_PORT},
	{"macdef", KEY_MACDEF},
};

/* The entry that is being read. matches: its machine and port are those of the query. */
struct state {
	bool open, matches;
	enum key last; /* the keyword before this one */
	struct netrc_entry entry;
};

/* Note a fault: it is an error only if the entry turns out to be the one that is used. */
static void
note_fault(struct reader *r, int status, unsigned line, const char *what)
{
	if (r->fault.status == 0)
		err_set(&r->fault, status, "%s:%u: %s", r->name, line, what);
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

/* Is the next octet a backslash that escapes? Before other octets a backslash is an ordinary octet: CORP\me. */
static bool
at_escape(const struct reader *r)
{
	return *r->p == '\\' && r->p + 1 < r->end && strchr("\"\\ \t", r->p[1]) != NULL;
}

/* Read the next token: false at the end of the text. A quoted token ends at the end of its line at the latest. */
static bool
read_token(struct reader *r, bool keyword)
{
	bool quoted;

	buf_clear(&r->token);
	skip_space(r, keyword);
	r->token_line = r->line;
	if (r->p == r->end)
		return false;
	quoted = *r->p == '"';
	if (quoted)
		next(r);
	while (r->p < r->end && (quoted ? strchr("\"\r\n", *r->p) == NULL : !at_space(r))) {
		if (at_escape(r))
			next(r);
		buf_addc(&r->token, next(r));
	}
	if (quoted && (r->p == r->end || *r->p != '"'))
		note_fault(r,
			memchr(r->p, '"', (size_t)(r->end - r->p)) != NULL ? EX_DATAERR : EX_CONFIG,
			r->token_line, "a quoted token does not end on its line");
	else if (quoted)
		next(r);
	return true;
}

/* Read the value that must follow a keyword. */
static bool
read_value(struct reader *r)
{
	unsigned line = r->token_line;
	bool there = read_token(r, false);

	if (!there)
		note_fault(r, EX_CONFIG, line, "the last keyword has no value");
	return there;
}

/* As read_value, into *field. */
static void
read_field(struct reader *r, char **field)
{
	if (!read_value(r))
		return;
	mem_wipe(*field);
	*field = mem_dup(r->token.data, r->token.len);
}

/* Skip the body of a macro, which ends at the first empty line. The name after macdef was read before. */
static void
skip_macro(struct reader *r)
{
	skip_line(r);
	while (r->p < r->end) {
		const char *from;

		next(r); /* the LF at the end of the line before */
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

/* The entry has ended: if it is the first one that matches, keep it in out; 1: kept, 0, or -1 if it has a fault. */
static int
end_entry(struct reader *r, struct state *s, const struct netrc_query *q, struct netrc_entry *out,
	struct err *e)
{
	const char *login = s->entry.login;
	bool used = s->open && s->matches &&
		    (login == NULL || q->user == NULL || strcmp(login, q->user) == 0);
	int rc = used;

	if (used && r->fault.status != 0) {
		*e = r->fault;
		rc = -1;
	} else if (used) {
		*out = s->entry;
		s->entry = (struct netrc_entry){0};
	}
	netrc_wipe(&s->entry);
	*s = (struct state){0};
	r->fault = (struct err){0};
	return rc;
}

/* The services of mail and news by the names that other programs write; the rest is in services(5). */
static bool
service_port(const char *name, uint64_t *port)
{
	static const struct {
		const char *name;
		uint16_t port;
	} known[] = {{"nntp", 119}, {"nntps", 563}, {"pop", 110}, {"pops", 995}, {"pop3", 110},
		{"pop3s", 995}, {"smtp", 25}, {"smtps", 465}, {"submission", 587},
		{"submissions", 465}, {"lmtp", 24}, {"imap", 143}, {"imaps", 993}, {"http", 80},
		{"https", 443}};
	const struct servent *found;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (text_same(name, known[i].name)) {
			*port = known[i].port;
			return true;
		}
	found = getservbyname(name, "tcp");
	if (found != NULL)
		*port = ntohs((uint16_t)found->s_port);
	return found != NULL;
}

static void
read_port(struct reader *r, struct state *s, const struct netrc_query *q)
{
	uint64_t port;

	if (!read_value(r))
		return;
	if (!(text_number(r->token.data, r->token.len, 65535, &port) && port != 0) &&
		!service_port(buf_str(&r->token), &port))
		note_fault(r, EX_CONFIG, r->token_line,
			"the port is neither a number from 1 to 65535 nor a service");
	else if (q->port != 0 && q->port != port)
		s->matches = false;
}

static enum key
keyword(const struct reader *r)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (text_same_n(buf_str(&r->token), r->token.len, keys[i].name))
			return keys[i].key;
	return KEY_UNKNOWN;
}

/*
 * A word that is not a keyword may be part of a password with a blank, or a password without its keyword: it is shown
 * only if a value follows, and no password precedes.
 */
static void
note_unknown(struct reader *r, enum key last)
{
	char *word = mem_strdup(buf_str(&r->token));
	unsigned line = r->token_line;
	struct buf what = {0};
	const char *p = r->p;

	buf_adds(&what, "unknown keyword");
	if (last != KEY_PASSWORD && last != KEY_ACCOUNT && last != KEY_UNKNOWN &&
		read_token(r, true) && keyword(r) == KEY_UNKNOWN)
		buf_addf(&what, " '%.40s'", word);
	buf_adds(&what, " (put a password with blanks in double quotes)");
	note_fault(r, EX_CONFIG, line, buf_str(&what));
	r->p = p;
	r->line = line;
	buf_free(&what);
	free(word);
}

/* A word inside an entry. */
static void
read_in_entry(struct reader *r, enum key key, struct state *s, const struct netrc_query *q)
{
	switch (key) {
	case KEY_LOGIN: read_field(r, &s->entry.login); break;
	case KEY_PASSWORD: read_field(r, &s->entry.password); break;
	case KEY_ACCOUNT: read_field(r, &s->entry.account); break;
	case KEY_PORT: read_port(r, s, q); break;
	default: note_unknown(r, s->last);
	}
	s->last = key;
}

/* Begin an entry with its machine or default. */
static int
begin_entry(
	struct reader *r, enum key key, struct state *s, const struct netrc_query *q, struct err *e)
{
	s->open = s->matches = true;
	s->entry.from_default = key == KEY_DEFAULT;
	if (key == KEY_DEFAULT)
		return 0;
	if (!read_value(r)) {
		*e = r->fault;
		return -1;
	}
	s->matches = same_host(buf_str(&r->token), q->host);
	return 0;
}

/* Read all entries. Returns 1: an entry matched; 0: no entry; -1 with e. */
static int
read_all(struct reader *r, struct state *s, const struct netrc_query *q, struct netrc_entry *out,
	struct err *e)
{
	while (read_token(r, true)) {
		enum key key = keyword(r);
		int rc;

		if (key == KEY_MACHINE || key == KEY_DEFAULT) {
			rc = end_entry(r, s, q, out, e);
			if (rc != 0 || begin_entry(r, key, s, q, e) == -1)
				return rc != 0 ? rc : -1;
		} else if (key == KEY_MACDEF) {
			if (read_value(r))
				skip_macro(r);
		} else if (s->open) {
			read_in_entry(r, key, s, q);
		} else {
			return err_set(e, EX_CONFIG,
				"%s:%u: the file must begin with machine or default", r->name,
				r->token_line);
		}
	}
	if (!s->open && r->fault.status != 0) {
		*e = r->fault;
		return -1;
	}
	return end_entry(r, s, q, out, e);
}

/* Is this octet invalid in a text file: NUL or another control character? */
static bool
is_binary(char c)
{
	return (unsigned char)c < ' ' && (c < '\t' || c > '\r');
}

static int
check_text(const char *text, size_t n, const char *name, struct err *e)
{
	unsigned line = 1;

	for (size_t i = 0; i < n; i++) {
		if (is_binary(text[i]))
			return err_set(e, EX_CONFIG,
				"%s:%u: not a text file (it has a NUL or another control "
				"character)",
				name, line);
		line += text[i] == '\n';
	}
	return 0;
}

int
netrc_parse(const char *text, size_t n, const char *name, const struct netrc_query *q,
	struct netrc_entry *out, bool *found, struct err *e)
{
	struct reader r = {.p = text, .end = text + n, .name = name, .line = 1};
	struct state s = {0};
	int rc;

	*out = (struct netrc_entry){0};
	*found = false;
	if (check_text(text, n, name, e) == -1)
		return -1;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.p += 3; /* a byte order mark */
	buf_reserve(&r.token, n);
	rc = read_all(&r, &s, q, out, e);
	buf_wipe(&r.token);
	netrc_wipe(&s.entry);
	*found = rc == 1;
	return rc == -1 ? -1 : 0;
}

/* May the open file hold secrets? Check the descriptor, since the name may lead to another file by now. */
static int
check_file(int fd, const char *file, bool given, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_CONFIG, "%s", file);
	if ((given && S_ISFIFO(st.st_mode)) || config_is_dev_null(&st))
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(e, EX_CONFIG, "%s: not a regular file", file);
	if (st.st_uid != geteuid())
		return err_set(
			e, EX_CONFIG, "%s: belongs to another user; it must belong to you", file);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(e, EX_CONFIG, "%s: other users can read or write it (chmod 600 %s)",
			file, file);
	return 0;
}

/* Read the whole file into b, which has room for NETRC_MAX octets and one more. */
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
	/* Without O_NONBLOCK, open would block on a FIFO that has no writer. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct buf b = {0};
	int rc;

	*out = (struct netrc_entry){0};
	*found = false;
	if (fd == -1 && !given &&
		(errno == ENOENT || errno == ENOTDIR ||
			(errno == EACCES && config_is_hidden(file))))
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
	/* The buffer was allocated in full before reading and never moved, so this erases every copy of the secrets. */
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
