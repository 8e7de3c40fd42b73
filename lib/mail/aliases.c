#include "mail/aliases.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/addr.h"

/* The longest chain of aliases. A longer one is reported as a loop. */
#define DEPTH_MAX 64

/* ---- reading ----------------------------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Names in the index are in lower case. */
static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = text_lower(*s);
}

/* Cut blanks and a pair of double quotes off a name, in place. */
static char *
clean_name(char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s++;
		n -= 2;
	}
	s[n] = '\0';
	lower(s);
	return s;
}

static bool
same_name(const void *ctx, uint32_t i, const char *name, size_t n)
{
	const struct aliases *a = ctx;

	return strncmp(a->entry[i].name, name, n) == 0 && a->entry[i].name[n] == '\0';
}

/* "name: value". The colon is the first one outside quotes. */
static int
read_entry(struct aliases *a, char *line, unsigned number, struct err *e)
{
	char *colon = line;
	bool quoted = false;

	for (; *colon != '\0' && (quoted || *colon != ':'); colon++)
		quoted = quoted != (*colon == '"');
	if (*colon == '\0')
		return err_set(e, EX_CONFIG, "%s:%u: not an alias: write 'name: address, ...'",
			a->file, number);
	*colon = '\0';
	a->entry = mem_resize(a->entry, a->n + 1, sizeof *a->entry);
	a->entry[a->n++] = (struct alias){clean_name(line), colon + 1, number};
	return 0;
}

/* Join a line to the value before it: the line end between them becomes a blank. */
static int
read_line(struct aliases *a, char *line, char *end, unsigned number, struct err *e)
{
	char *first = line + strspn(line, " \t\r");

	if (*first == '\0' || *first == '#')
		return 0;
	if (!is_blank(*line))
		return read_entry(a, line, number, e);
	if (a->n == 0)
		return err_set(e, EX_CONFIG,
			"%s:%u: a continuation line without an alias before it", a->file, number);
	line = (char *)a->entry[a->n - 1].list;
	line += strlen(line);
	*line++ = ' ';
	memmove(line, first, (size_t)(end - first) + 1);
	return 0;
}

int
aliases_parse(struct aliases *a, const char *text, size_t n, const char *file, struct err *e)
{
	unsigned number = 0;
	char *p, *end;

	a->file = mem_strdup(file);
	a->text = mem_dup(text, n);
	if (memchr(text, '\0', n) != NULL)
		return err_set(e, EX_CONFIG, "%s: NUL in the file: this is not a text file", file);
	for (p = a->text; *p != '\0'; p = end) {
		char *lf = p + strcspn(p, "\n");

		end = *lf != '\0' ? lf + 1 : lf;
		if (lf > p && lf[-1] == '\r')
			*--lf = '\0';
		*lf = '\0';
		if (read_line(a, p, lf, ++number, e) == -1)
			return -1;
	}
	/* Of two entries of one name the first counts, as in sendmail. */
	for (size_t i = 0; i < a->n; i++)
		hash_put(&a->index, a->entry[i].name, strlen(a->entry[i].name), (uint32_t)i,
			same_name, a);
	return 0;
}

void
aliases_free(struct aliases *a)
{
	hash_free(&a->index);
	free(a->entry);
	free(a->text);
	free(a->file);
	*a = (struct aliases){0};
}

/* ---- looking up -------------------------------------------------------------------------------- */

/* An expansion under way: the entries that lead to the one being read. */
struct chain {
	const struct aliases *a;
	struct addrs *out;
	uint32_t at[DEPTH_MAX];
	size_t depth;
};

static const struct alias *
current(const struct chain *c)
{
	return &c->a->entry[c->at[c->depth - 1]];
}

/* "FILE:LINE: alias 'NAME': " before the reason. */
static int
set_place(const struct chain *c, struct err *e)
{
	e->status = EX_CONFIG;
	return err_prefix(e, "%s:%u: alias '%s'", c->a->file, current(c)->line, current(c)->name);
}

/* Values that are programs, files and lists in files. Quotes may stand before them. */
static int
check_kind(const char *value, struct err *e)
{
	value += *value == '"';
	if (*value == '|')
		return err_set(e, EX_CONFIG,
			"a command: mailnet runs no commands for aliases: list addresses");
	if (*value == '/')
		return err_set(e, EX_CONFIG,
			"a file: mailnet stores no mail in files for aliases: list addresses");
	if (text_starts(value, ":include:"))
		return err_set(e, EX_CONFIG, ":include: is not supported: list the addresses");
	return 0;
}

static int expand(struct chain *c, const char *name, struct err *e);

/* One address of a value. A name without a domain may be an alias, too. */
static int
add_address(struct chain *c, const char *addr, struct err *e)
{
	if (addr_domain(addr) == NULL)
		return expand(c, addr, e);
	addrs_add(c->out, addr, strlen(addr));
	return 0;
}

/* One member of a value, from p to end. */
static int
add_member(struct chain *c, const char *p, const char *end, struct err *e)
{
	struct addrs found = {0};
	bool literal;
	int rc;

	while (p < end && is_blank(*p))
		p++;
	/* A backslash before the name: it is not looked up again. */
	literal = p < end && *p == '\\';
	p += literal;
	if (check_kind(p, e) == -1 || addr_parse(p, (size_t)(end - p), &found, e) == -1)
		return set_place(c, e);
	rc = 0;
	for (size_t i = 0; rc == 0 && i < found.n; i++)
		if (literal)
			addrs_add(c->out, found.list[i], strlen(found.list[i]));
		else
			rc = add_address(c, found.list[i], e);
	addrs_free(&found);
	return rc;
}

/* The end of the member that begins at p: a comma outside quotes and comments, or the end. */
static const char *
member_end(const char *p)
{
	bool quoted = false;
	int depth = 0;

	for (; *p != '\0' && (quoted || depth > 0 || *p != ','); p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '(')
			depth++;
		else if (!quoted && *p == ')' && depth > 0)
			depth--;
	}
	return p;
}

/* Is entry i in the current chain, so that another reference to it would be a loop? */
static bool
is_open(const struct chain *c, uint32_t i)
{
	for (size_t k = 0; k < c->depth; k++)
		if (c->at[k] == i)
			return true;
	return false;
}

static int
expand(struct chain *c, const char *name, struct err *e)
{
	char *key = mem_strdup(name);
	uint32_t i;
	int rc = 0;

	lower(key);
	i = hash_get(&c->a->index, key, strlen(key), same_name, c->a);
	free(key);
	/* "root: root, admin@example.org": the name itself, with the others. */
	if (i == HASH_NONE || (c->depth > 0 && c->at[c->depth - 1] == i)) {
		addrs_add(c->out, name, strlen(name));
		return 0;
	}
	if (is_open(c, i) || c->depth == DEPTH_MAX) {
		err_set(e, EX_CONFIG, "a loop: it leads back to '%s'", name);
		return set_place(c, e);
	}
	c->at[c->depth++] = i;
	for (const char *p = c->a->entry[i].list, *end; rc == 0; p = end + 1) {
		end = member_end(p);
		rc = add_member(c, p, end, e);
		if (*end == '\0')
			break;
	}
	c->depth--;
	return rc;
}

int
aliases_expand(const struct aliases *a, const char *name, struct addrs *out, struct err *e)
{
	struct chain c = {.a = a, .out = out};

	return expand(&c, name, e);
}
