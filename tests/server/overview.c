/* overview.c - see overview.h; and the header fields of news.h. */
#include "overview.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Find the first line of field name at or after p; *value gets the begin of its value. NULL if not found. */
static const char *
find_field(const char *p, const char *end, const char *name, const char **value)
{
	size_t len = strlen(name);

	while (p < end) {
		const char *lf = memchr(p, '\n', end - p);

		if ((size_t)(end - p) > len && strncasecmp(p, name, len) == 0 && p[len] == ':') {
			*value = p + len + 1;
			return p;
		}
		p = lf != NULL ? lf + 1 : end;
	}
	return NULL;
}

char *
header_field(const char *h, size_t n, const char *name)
{
	const char *end = h + n, *p;
	char *out, *to;

	if (find_field(h, end, name, &p) == NULL)
		return NULL;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	out = to = malloc(end - p + 1);
	if (out == NULL)
		err(71, "out of memory");
	for (; p < end; p++) {
		if (*p == '\n') {
			if (p + 1 == end || (p[1] != ' ' && p[1] != '\t'))
				break;
		} else if (*p != '\r') {
			*to++ = *p == '\t' || *p == '\0' ? ' ' : *p;
		}
	}
	*to = '\0';
	return out;
}

void
overview_make(struct art *a, const struct file *f)
{
	static const char *const names[] = {"Subject", "From", "Date", "Message-ID", "References"};
	size_t hlen = file_header(f), body = file_body(f), lines, none, len = 0;
	char *field[5], *xref = header_field(f->p, hlen, "Xref"), *made = NULL;
	size_t octets = wire_size(f->p, f->n, &none);
	int i, r;

	wire_size(f->p + body, f->n - body, &lines);
	for (i = 0; i < 5; i++) {
		field[i] = header_field(f->p, hlen, names[i]);
		if (i < 3)
			len += (field[i] ? strlen(field[i]) : 0) + 1;
	}
	if (field[3] == NULL && asprintf(&made, "<%llu@testserver.invalid>", a->num) < 0)
		err(71, "out of memory");
#define F(i) (field[i] ? field[i] : "")
	r = asprintf(&a->over, "%s\t%s\t%s\t%s\t%s\t%zu\t%zu%s%s", F(0), F(1), F(2),
		made ? made : field[3], F(4), octets, lines, xref ? "\tXref: " : "\t",
		xref ? xref : "");
#undef F
	if (r < 0)
		err(71, "out of memory");
	a->idoff = len;
	a->idlen = strlen(made ? made : field[3]);
	for (i = 0; i < 5; i++)
		free(field[i]);
	free(xref);
	free(made);
}

const char *
overview_field(const struct art *a, int i, size_t *n)
{
	const char *p = a->over;

	while (i-- > 0 && (p = strchr(p, '\t')) != NULL)
		p++;
	if (p == NULL)
		p = "";
	*n = strcspn(p, "\t");
	return p;
}
