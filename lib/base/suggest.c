#include "base/suggest.h"

#include <string.h>

#define LONGEST 40

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment (Damerau-Levenshtein without edits inside a transposition). */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][LONGEST + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= nb; j++)
		last[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t d = last[j - 1] + (a[i - 1] != b[j - 1]);

			d = least(d, least(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = least(d, before[j - 2] + 1);
			row[j] = d;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[nb];
}

void
suggest_try(struct suggest *s, const char *candidate)
{
	size_t n = s->len == (size_t)-1 ? strlen(s->word) : s->len;
	size_t nc = strlen(candidate);
	size_t d;

	if (n == 0 || n > LONGEST || nc > LONGEST)
		return;
	d = distance(s->word, n, candidate, nc);
	if (d > (n <= 4 ? 1 : 2) || d >= nc) {
		if (n < 2 || strncmp(s->word, candidate, n) != 0)
			return;
		d = 3;
	}
	if (d < s->distance) {
		s->distance = d;
		s->best = candidate;
	}
}
