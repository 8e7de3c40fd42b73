#include "store/newsrc.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/newsrc_file.h"

struct newsrc_group {
	struct newsrc_group *next;
	char *name;
	struct ranges read;  /* as in the file, and what was marked */
	struct ranges added; /* what was marked */
	bool reset;          /* what the file says does not count */
	bool changed;
};

struct newsrc {
	struct newsrc_file file;
	struct newsrc_group *groups;
};

/* The parts of a line that belongs to a group. */
struct line {
	const char *ranges; /* behind the colon and the blanks that follow it */
	const char *end;    /* of the ranges */
	const char *next;   /* the next line */
};

static const char *
line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf != NULL ? lf + 1 : end;
}

/* Is the line at p this group's? */
static bool
is_line_of(const char *p, const char *end, const char *name, struct line *l)
{
	size_t n = strlen(name);

	l->next = line_end(p, end);
	if ((size_t)(l->next - p) <= n || memcmp(p, name, n) != 0 || (p[n] != ':' && p[n] != '!'))
		return false;
	l->ranges = p + n + 1;
	l->end = l->next;
	while (l->ranges < l->end && (*l->ranges == ' ' || *l->ranges == '\t'))
		l->ranges++;
	while (l->end > l->ranges && text_is_space(l->end[-1]))
		l->end--;
	return true;
}

static bool
find_line(const struct buf *text, const char *name, struct line *l)
{
	const char *p = buf_str(text), *end = p + text->len;

	for (; p < end; p = l->next)
		if (is_line_of(p, end, name, l))
			return true;
	return false;
}

struct newsrc *
newsrc_open(const char *path, int64_t wait_seconds, struct err *warning, struct err *e)
{
	struct newsrc *n = mem_zalloc(sizeof *n);

	if (newsrc_file_open(&n->file, path, wait_seconds, warning, e) == -1) {
		newsrc_close(n);
		return NULL;
	}
	return n;
}

static int
bad_line(const struct newsrc *n, const char *name, struct err *e)
{
	return err_set(e, EX_DATAERR, "%s: the ranges of %s make no sense", n->file.path, name);
}

struct newsrc_group *
newsrc_group(struct newsrc *n, const char *name, struct err *e)
{
	struct newsrc_group *g;
	struct line l;

	for (g = n->groups; g != NULL; g = g->next)
		if (strcmp(g->name, name) == 0)
			return g;
	if (*name == '\0' || strpbrk(name, ":! \t\r\n") != NULL) {
		err_set(e, EX_DATAERR, "a newsrc has no room for a group of that name");
		return NULL;
	}
	g = mem_zalloc(sizeof *g);
	g->name = mem_strdup(name);
	if (find_line(&n->file.text, name, &l) &&
		!ranges_parse(&g->read, l.ranges, (size_t)(l.end - l.ranges))) {
		bad_line(n, name, e);
		ranges_free(&g->read);
		free(g->name);
		free(g);
		return NULL;
	}
	g->next = n->groups;
	n->groups = g;
	return g;
}

const struct ranges *
newsrc_read(const struct newsrc_group *g)
{
	return &g->read;
}

void
newsrc_mark(struct newsrc_group *g, uint64_t lo, uint64_t hi)
{
	ranges_add(&g->added, lo, hi);
	if (ranges_add(&g->read, lo, hi))
		g->changed = true;
}

bool
newsrc_renumbered(const struct newsrc_group *g, uint64_t high)
{
	return g->read.count != 0 && g->read.r[g->read.count - 1].hi > high;
}

void
newsrc_reset(struct newsrc_group *g)
{
	g->changed = g->changed || g->read.count != 0;
	g->reset = true;
	ranges_free(&g->read);
	ranges_free(&g->added);
}

/* What is to stand in the file for a group, given what stands there. */
static bool
merge(const struct newsrc_group *g, const struct line *l, struct buf *out)
{
	struct ranges r = {0};
	bool ok = true;

	if (l != NULL && !g->reset)
		ok = ranges_parse(&r, l->ranges, (size_t)(l->end - l->ranges));
	for (size_t i = 0; i < g->added.count; i++)
		ranges_add(&r, g->added.r[i].lo, g->added.r[i].hi);
	ranges_format(&r, out);
	ranges_free(&r);
	return ok;
}

/* One group's line in the text: changed, or added at its end. */
static int
put_group(const struct newsrc *n, const struct newsrc_group *g, struct buf *text, struct err *e)
{
	struct buf out = {0};
	struct line l;
	bool ok = true;

	if (find_line(text, g->name, &l)) {
		buf_add(&out, text->data, (size_t)(l.ranges - text->data));
		if (l.ranges[-1] == ':' || l.ranges[-1] == '!')
			buf_addc(&out, ' ');
		ok = merge(g, &l, &out);
		buf_add(&out, l.end, (size_t)(text->data + text->len - l.end));
	} else {
		buf_add(&out, text->data, text->len);
		if (text->len != 0 && text->data[text->len - 1] != '\n')
			buf_addc(&out, '\n');
		buf_addf(&out, "%s: ", g->name);
		merge(g, NULL, &out);
		buf_addc(&out, '\n');
	}
	if (!ok) {
		buf_free(&out);
		return bad_line(n, g->name, e);
	}
	buf_free(text);
	*text = out;
	return 0;
}

int
newsrc_save(struct newsrc *n, struct err *e)
{
	struct newsrc_group *g;
	struct buf text = {0};
	bool changed = false;
	int rc = 0;

	for (g = n->groups; g != NULL; g = g->next)
		changed = changed || g->changed;
	if (!changed)
		return 0;
	rc = newsrc_file_refresh(&n->file, e);
	buf_add(&text, n->file.text.data, n->file.text.len);
	for (g = n->groups; g != NULL && rc == 0; g = g->next)
		if (g->changed)
			rc = put_group(n, g, &text, e);
	if (rc == 0)
		rc = newsrc_file_write(&n->file, &text, e);
	else
		buf_free(&text);
	for (g = n->groups; g != NULL && rc == 0; g = g->next)
		g->changed = g->reset = false;
	return rc;
}

void
newsrc_close(struct newsrc *n)
{
	struct newsrc_group *g;

	if (n == NULL)
		return;
	while ((g = n->groups) != NULL) {
		n->groups = g->next;
		ranges_free(&g->read);
		ranges_free(&g->added);
		free(g->name);
		free(g);
	}
	newsrc_file_close(&n->file);
	free(n);
}
