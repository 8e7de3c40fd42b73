#include "base/shell_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct splitter {
	const char *p, *end;
	char *to;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* After an opening quote: copy up to the closing quote. */
static int
quoted(struct splitter *s, char quote, struct err *e)
{
	for (; s->p < s->end; s->p++) {
		char c = *s->p;

		if (c == quote) {
			s->p++;
			return 0;
		}
		if (c == '\\' && quote == '"' && s->p + 1 < s->end && strchr("\"\\$`", s->p[1]))
			c = *++s->p;
		*s->to++ = c;
	}
	return err_set(e, EX_USAGE, "unterminated %s quote", quote == '"' ? "double" : "single");
}

/* One word, from its first octet on. */
static int
word(struct splitter *s, struct err *e)
{
	while (s->p < s->end && !is_blank(*s->p)) {
		char c = *s->p++;

		if (c == '\'' || c == '"') {
			if (quoted(s, c, e) == -1)
				return -1;
			continue;
		}
		if (c == '\\') {
			if (s->p == s->end)
				return err_set(e, EX_USAGE,
					"the line ends in a backslash, but a batch cannot continue "
					"lines");
			c = *s->p++;
		}
		*s->to++ = c;
	}
	*s->to++ = '\0';
	return 0;
}

int
shell_words(const char *line, size_t n, char ***words, int *count, struct err *e)
{
	struct splitter s = {.p = line};
	char **list;
	int k = 0;

	/* Files written elsewhere may end their lines in CR LF. */
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n > 0 && memchr(line, '\0', n) != NULL)
		return err_set(e, EX_DATAERR, "the line contains a NUL");
	s.end = line + n;
	/* At most one word for every two octets, and a NUL after each. */
	list = mem_alloc((n / 2 + 2) * sizeof *list + n + n / 2 + 2);
	s.to = (char *)(list + n / 2 + 2);
	for (;;) {
		while (s.p < s.end && is_blank(*s.p))
			s.p++;
		if (s.p == s.end || *s.p == '#')
			break;
		list[k++] = s.to;
		if (word(&s, e) == -1) {
			free(list);
			return -1;
		}
	}
	list[k] = NULL;
	*words = list;
	*count = k;
	return 0;
}
