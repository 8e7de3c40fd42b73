#include "auth/config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wait.h"

#define CONFIG_MAX (1024 * 1024)

/* A file being read. Values are unfolded in place, so `text` never grows. */
struct reader {
	struct config *c;
	char *p, *end; /* the text not yet read */
	const char *file;
	unsigned line; /* of the line that was read last */
	const char *applet, *account;
	bool value; /* a continuation line may follow */
	struct err *e;
};

static int
fail(const struct reader *r, const char *what)
{
	return err_set(r->e, EX_CONFIG, "%s:%u: %s", r->file, r->line, what);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut blanks off both ends of s, in place. */
static char *
trim(char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

/* The next line, ended by NUL instead of its line end; NULL: there are no more. */
static char *
next_line(struct reader *r)
{
	char *line = r->p, *lf;

	if (line == r->end)
		return NULL;
	lf = memchr(line, '\n', (size_t)(r->end - line));
	r->line++;
	r->p = lf != NULL ? lf + 1 : r->end;
	if (lf == NULL)
		lf = r->end; /* config_parse has put a NUL there */
	if (lf > line && lf[-1] == '\r')
		lf[-1] = '\0';
	*lf = '\0';
	return line;
}

/* "[applet]" or "[applet account]"; a comment may follow. */
static int
read_section(struct reader *r, char *line)
{
	char *end = strchr(line, ']'), *applet, *account;

	if (end == NULL)
		return fail(r, "the section does not end with ']'");
	*end = '\0';
	end = trim(end + 1);
	if (*end != '\0' && *end != '#')
		return fail(r, "text after the ']' of a section");
	applet = trim(line + 1);
	account = applet + strcspn(applet, " \t");
	if (*account != '\0') {
		*account = '\0';
		account = trim(account + 1);
	}
	if (*applet == '\0' || account[strcspn(account, " \t")] != '\0')
		return fail(r, "a section is [APPLET] or [APPLET ACCOUNT], the account one word");
	r->applet = applet;
	r->account = *account != '\0' ? account : NULL;
	r->c->section = mem_resize(r->c->section, r->c->nsections + 1, sizeof *r->c->section);
	r->c->section[r->c->nsections++] =
		(struct config_section){r->applet, r->account, r->file, r->line};
	return 0;
}

static int
read_entry(struct reader *r, char *line)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return fail(r, "neither a section nor 'key = value'");
	if (r->applet == NULL)
		return fail(r, "a key before the first section ('[smtp]' for example)");
	*equals = '\0';
	r->c->entry = mem_resize(r->c->entry, r->c->nentries + 1, sizeof *r->c->entry);
	r->c->entry[r->c->nentries++] = (struct config_entry){
		r->applet, r->account, trim(line), trim(equals + 1), r->file, r->line};
	return 0;
}

/* Join a line to the value before it. The value ends before the line does, so the text can move down. */
static int
continue_value(struct reader *r, char *line)
{
	struct config_entry *en;
	char *to;

	if (!r->value)
		return fail(r, "a line that begins with a blank continues a value, and there is "
			       "none before it");
	en = &r->c->entry[r->c->nentries - 1];
	to = (char *)en->value + strlen(en->value);
	line = trim(line);
	if (to != en->value)
		*to++ = ' ';
	memmove(to, line, strlen(line) + 1);
	return 0;
}

static int
read_line(struct reader *r, char *line)
{
	char *first = line + strspn(line, " \t");
	int rc;

	if (*first == '\0' || *first == '#')
		return 0;
	if (is_blank(*line))
		return continue_value(r, line);
	rc = *line == '[' ? read_section(r, line) : read_entry(r, line);
	r->value = *line != '[';
	return rc;
}

/* Remove the quotes only if they enclose the whole value: other quotes may belong to a command. */
static void
unquote(struct config_entry *en)
{
	char *v = (char *)en->value;
	size_t n = strlen(v);

	if (n < 2 || v[0] != '"' || strchr(v + 1, '"') != v + n - 1)
		return;
	v[n - 1] = '\0';
	en->value = v + 1;
}

/* Keep a copy of n octets with a NUL after them for as long as c lives. */
static char *
keep(struct config *c, const char *p, size_t n)
{
	char *copy = mem_dup(p, n);

	c->text = mem_resize(c->text, c->ntexts + 1, sizeof *c->text);
	c->text[c->ntexts++] = copy;
	return copy;
}

int
config_parse(struct config *c, const char *text, size_t n, const char *name, struct err *e)
{
	struct reader r = {.c = c, .e = e};
	size_t first = c->nentries;
	char *line;

	r.file = keep(c, name, strlen(name));
	if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		n -= 3;
	}
	r.p = keep(c, text, n);
	r.end = r.p + n;
	if (memchr(r.p, '\0', n) != NULL)
		return err_set(e, EX_CONFIG, "%s: NUL in the file: this is not a text file", name);
	while ((line = next_line(&r)) != NULL)
		if (read_line(&r, line) == -1)
			return -1;
	for (size_t i = first; i < c->nentries; i++)
		unquote(&c->entry[i]);
	return 0;
}

bool
config_is_dev_null(const struct stat *st)
{
	struct stat null;

	return S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && st->st_rdev == null.st_rdev;
}

static int
check_file(int fd, const char *path, bool given, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_CONFIG, "%s", path);
	if (given && (S_ISFIFO(st.st_mode) || config_is_dev_null(&st)))
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(e, EX_CONFIG, "%s: not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(e, EX_CONFIG,
			"%s: belongs to another user; a configuration file belongs to you or root",
			path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(e, EX_CONFIG,
			"%s: other users can write to the file (chmod go-w %s)", path, path);
	return 0;
}

static int
read_text(int fd, const char *path, struct buf *b, struct err *e)
{
	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (wait_poll(&ready, 1, WAIT_FOREVER, e) == -1)
			return -1;
		n = read(fd, buf_reserve(b, 4096), 4096);
		if (n == 0)
			return 0;
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(e, EX_CONFIG, "%s", path);
		b->len += n > 0 ? (size_t)n : 0;
		if (b->len > CONFIG_MAX)
			return err_set(e, EX_CONFIG, "%s: larger than 1 MiB", path);
	}
}

int
config_read_file(const char *path, bool given, struct buf *text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd == -1 && !given && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd == -1)
		return err_sys(e, EX_CONFIG, "%s", path);
	rc = check_file(fd, path, given, e);
	if (rc == 0)
		rc = read_text(fd, path, text, e);
	close(fd);
	return rc;
}

bool
config_is_hidden(const char *path)
{
	struct stat st;

	return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == -1 && errno == EACCES &&
	       (stat(path, &st) == -1 || st.st_uid != geteuid());
}

void
config_user_path(const char *xdg, const char *home, struct buf *path)
{
	const struct passwd *pw;

	if (xdg != NULL && xdg[0] == '/') {
		buf_addf(path, "%s/mailnet/config", xdg);
		return;
	}
	if (home == NULL || home[0] == '\0') {
		pw = getpwuid(geteuid());
		home = pw != NULL ? pw->pw_dir : NULL;
	}
	if (home != NULL)
		buf_addf(path, "%s/.config/mailnet/config", home);
}

int
config_read(struct config *c, const char *path, bool given, struct err *e)
{
	struct buf text = {0};
	int rc = config_read_file(path, given, &text, e);

	if (rc == 0)
		rc = config_parse(c, buf_str(&text), text.len, path, e);
	buf_free(&text);
	return rc;
}

const char *
config_account(const struct config *c, const char *applet, const char *name)
{
	for (size_t i = 0; i < c->nsections; i++)
		if (c->section[i].account != NULL && strcmp(c->section[i].applet, applet) == 0 &&
			strcmp(c->section[i].account, name) == 0)
			return c->section[i].account;
	return NULL;
}

bool
config_is_of_account(const struct config_entry *en, const char *applet, const char *account)
{
	return en->account != NULL && strcmp(en->applet, applet) == 0 &&
	       strcmp(en->account, account) == 0;
}

const struct config_entry *
config_account_entry(
	const struct config *c, const char *applet, const char *account, const char *key)
{
	for (size_t i = 0; i < c->nentries; i++)
		if (config_is_of_account(&c->entry[i], applet, account) &&
			strcmp(c->entry[i].key, key) == 0)
			return &c->entry[i];
	return NULL;
}

void
config_free(struct config *c)
{
	for (size_t i = 0; i < c->ntexts; i++)
		free(c->text[i]);
	free(c->text);
	free(c->entry);
	free(c->section);
	*c = (struct config){0};
}
