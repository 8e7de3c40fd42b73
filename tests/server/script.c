/* script.c - see script.h. */
#include "script.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		err(71, "out of memory");
	return p;
}

static int
hex(int c)
{
	if (isdigit(c))
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode the escape at p (after the backslash) into *out; returns its length in octets, 0 if invalid. */
static size_t
unescape_one(const char *p, char *out)
{
	static const char from[] = "rnt0e\\", to[] = "\r\n\t\0\033\\";
	const char *at = *p ? strchr(from, *p) : NULL;

	if (at != NULL) {
		*out = to[at - from];
		return 1;
	}
	if (*p != 'x' || hex((unsigned char)p[1]) < 0 || hex((unsigned char)p[2]) < 0)
		return 0;
	*out = hex((unsigned char)p[1]) << 4 | hex((unsigned char)p[2]);
	return 3;
}

static void
unescape(struct step *s)
{
	char *in = s->text, *out = s->text;

	while (*in) {
		if (*in == '\\') {
			size_t n = unescape_one(in + 1, out);

			if (n == 0)
				errx(64, "line %d: bad escape: %s", s->line, in);
			in += 1 + n;
			out++;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	s->len = out - s->text;
}

static const struct step_kind *
kind_of(const char *word, size_t len)
{
	const struct step_kind *k;

	for (k = step_kinds; k->word != NULL; k++)
		if (strlen(k->word) == len && memcmp(k->word, word, len) == 0)
			return k;
	return NULL;
}

static void
new_section(struct script *sc, bool always)
{
	struct section *s;

	if (sc->nsections > 0)
		sc->sections[sc->nsections - 1].past = sc->nsteps;
	sc->sections = grow(sc->sections, sc->nsections + 1, sizeof(*s));
	s = &sc->sections[sc->nsections++];
	s->first = s->past = sc->nsteps;
	s->always = always;
}

void
script_line(struct script *sc, int line, const char *text)
{
	struct step *s;
	size_t n;

	text += strspn(text, " \t");
	if (*text == '\0' || *text == '#')
		return;
	if (strncmp(text, "===", 3) == 0) {
		new_section(sc, strcmp(text + 3 + strspn(text + 3, " "), "*") == 0);
		return;
	}
	if (sc->nsections == 0)
		new_section(sc, false);
	n = strcspn(text, " \t");
	sc->steps = grow(sc->steps, sc->nsteps + 1, sizeof(*s));
	s = &sc->steps[sc->nsteps++];
	memset(s, 0, sizeof(*s));
	s->line = line;
	s->kind = kind_of(text, n);
	if (s->kind == NULL)
		errx(64, "line %d: no such step: %s", line, text);
	text += n + (text[n] != '\0');
	s->text = strdup(text);
	if (s->text == NULL)
		err(71, "out of memory");
	s->len = strlen(s->text);
	if (s->kind->escapes)
		unescape(s);
}

void
script_file(struct script *sc, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;
	int line = 0;

	if (f == NULL)
		err(66, "%s", path);
	while ((n = getline(&text, &cap, f)) >= 0) {
		if (n > 0 && text[n - 1] == '\n')
			text[n - 1] = '\0';
		script_line(sc, ++line, text);
	}
	if (ferror(f))
		err(74, "%s", path);
	free(text);
	if (f != stdin)
		fclose(f);
}

/* Joins each repeat with its end, which must stand in the same section. */
static void
join_loops(struct script *sc, const struct section *sec)
{
	size_t open[16], depth = 0, i;

	for (i = sec->first; i < sec->past; i++) {
		struct step *s = &sc->steps[i];

		if (strcmp(s->kind->word, "repeat") == 0) {
			if (depth == 16)
				errx(64, "line %d: repeat too deep", s->line);
			open[depth++] = i;
		} else if (strcmp(s->kind->word, "end") == 0) {
			if (depth == 0)
				errx(64, "line %d: end without repeat", s->line);
			s->match = open[--depth];
			sc->steps[s->match].match = i;
		}
	}
	if (depth > 0)
		errx(64, "line %d: repeat without end", sc->steps[open[depth - 1]].line);
}

void
script_done(struct script *sc)
{
	size_t i;

	if (sc->nsections == 0)
		errx(64, "the script is empty");
	sc->sections[sc->nsections - 1].past = sc->nsteps;
	for (i = 0; i < sc->nsections; i++) {
		if (sc->sections[i].always && i + 1 < sc->nsections)
			errx(64, "=== * must be the last section");
		join_loops(sc, &sc->sections[i]);
	}
}
