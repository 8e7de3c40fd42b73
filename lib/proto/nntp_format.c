#include "proto/nntp_format.h"

#include <string.h>

#include "base/text.h"

void
overview_standard(struct overview_format *f)
{
	static const char *const lines[] = {
		"Subject:", "From:", "Date:", "Message-ID:", "References:", ":bytes", ":lines"};

	f->n = 0;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		overview_add(f, lines[i], strlen(lines[i]));
}

/* RFC 3977, section 8.4.2: metadata may go by the names that it had as header fields. */
static bool
is_metadata(const char *name, size_t n)
{
	return text_same_n(name, n, "bytes") || text_same_n(name, n, "lines");
}

bool
overview_add(struct overview_format *f, const char *line, size_t len)
{
	struct overview_field *field = &f->fields[f->n];
	const char *colon;
	size_t at = 0, n;

	while (len > 0 && text_is_space(line[len - 1]))
		len--;
	if (f->n == OVERVIEW_FIELDS || len == 0)
		return false;
	if (line[0] == ':') {
		n = len;
		field->full = false;
	} else {
		colon = memchr(line, ':', len);
		n = colon != NULL ? (size_t)(colon - line) : len;
		field->full = colon != NULL && text_same_n(colon + 1, len - n - 1, "full");
		if (!field->full && is_metadata(line, n))
			field->name[at++] = ':';
	}
	if (n + at >= OVERVIEW_NAME_MAX)
		n = OVERVIEW_NAME_MAX - 1 - at;
	for (size_t i = 0; i < n; i++)
		field->name[at++] = text_lower(line[i]);
	field->name[at] = '\0';
	field->number = field->name[0] == ':' && is_metadata(field->name + 1, at - 1);
	f->n++;
	return true;
}

int
overview_column(const struct overview_format *f, const char *name, size_t len)
{
	if (text_same_n(name, len, "number"))
		return 0;
	for (size_t i = 0; i < f->n; i++)
		if (text_same_n(name, len, f->fields[i].name))
			return (int)i + 1;
	for (size_t i = 0; i < f->n; i++)
		if (f->fields[i].name[0] == ':' && text_same_n(name, len, f->fields[i].name + 1))
			return (int)i + 1;
	return -1;
}

size_t
overview_split(const char *line, size_t len, struct overview_span cols[OVERVIEW_COLUMNS + 1])
{
	const char *end = line + len;
	size_t n = 0;

	for (;;) {
		const char *tab = memchr(line, '\t', (size_t)(end - line));

		cols[n++] =
			(struct overview_span){line, (size_t)((tab != NULL ? tab : end) - line)};
		if (tab == NULL || n == OVERVIEW_COLUMNS + 1)
			return n;
		line = tab + 1;
	}
}

struct overview_span
overview_value(const struct overview_field *f, struct overview_span col)
{
	size_t n;

	if (!f->full)
		return col;
	n = strlen(f->name);
	if (col.n <= n || !text_same_n(col.p, n, f->name) || col.p[n] != ':')
		return col;
	for (n++; n < col.n && text_is_space(col.p[n]);)
		n++;
	return (struct overview_span){col.p + n, col.n - n};
}
