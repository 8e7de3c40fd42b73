#include "mail/header.h"

#include <string.h>

#include "base/text.h"

void
header_walk(struct header_walk *w, const char *p, size_t n)
{
	w->p = p;
	w->end = n != 0 ? p + n : p;
}

/* The end of the line that starts at p, after its LF. */
static const char *
next_line(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The end of the field that starts at p, after its folded lines. */
static const char *
next_field(const char *p, const char *end)
{
	do
		p = next_line(p, end);
	while (p < end && is_blank(*p));
	return p;
}

static bool
is_empty_line(const char *p, const char *end)
{
	return *p == '\n' || (*p == '\r' && end - p > 1 && p[1] == '\n');
}

/* Split f->raw into name and value; false: f->raw is not a field. */
static bool
parse(struct header_field *f)
{
	const char *p = f->raw, *end = p + f->raw_len;

	while (p<end && * p> 32 && *p < 127 && *p != ':')
		p++;
	f->name = f->raw;
	f->name_len = (size_t)(p - f->raw);
	while (p < end && is_blank(*p))
		p++;
	if (f->name_len == 0 || p == end || *p != ':')
		return false;
	for (p++; p < end && is_blank(*p); p++)
		;
	if (p < end && end[-1] == '\n')
		end--;
	if (p < end && end[-1] == '\r')
		end--;
	f->value = p;
	f->value_len = (size_t)(end - p);
	return true;
}

bool
header_next(struct header_walk *w, struct header_field *f)
{
	while (w->p < w->end && !is_empty_line(w->p, w->end)) {
		f->raw = w->p;
		w->p = next_field(w->p, w->end);
		f->raw_len = (size_t)(w->p - f->raw);
		if (parse(f))
			return true;
	}
	return false;
}

bool
header_is(const struct header_field *f, const char *name)
{
	return text_same_n(f->name, f->name_len, name);
}

bool
header_find(const char *p, size_t n, const char *name, struct header_field *f)
{
	struct header_walk w;

	header_walk(&w, p, n);
	while (header_next(&w, f))
		if (header_is(f, name))
			return true;
	return false;
}
