/* mbox.c - split an mbox (mboxrd) into its messages. */
#include "attack.h"

#include <stdlib.h>
#include <string.h>

/* Is this a From_ line at the beginning of the file or after an empty line? */
static bool
begins(const char *text, const char *p, const char *end)
{
	return end - p >= 5 && memcmp(p, "From ", 5) == 0 &&
	       (p == text || (p - text > 1 && p[-1] == '\n' && p[-2] == '\n'));
}

/* The position after the line at p. */
static const char *
next_line(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

/* The line at p without the ">" that quotes it. */
static const char *
unquoted(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && *q == '>')
		q++;
	return q > p && end - q >= 5 && memcmp(q, "From ", 5) == 0 ? p + 1 : p;
}

void
each_in_mbox(const char *path, void (*each)(const char *p, size_t n))
{
	size_t size, n;
	char *text = read_file(path, &size), *message = text != NULL ? malloc(size + 1) : NULL;
	const char *p = text, *end;

	if (message == NULL) {
		free(text);
		return;
	}
	for (end = text + size; p < end;) {
		/* Text before the first From_ line counts as a message that matches none of the originals. */
		if (begins(text, p, end))
			p = next_line(p, end);
		for (n = 0; p < end && !begins(text, p, end);) {
			const char *stop = next_line(p, end), *from = unquoted(p, end);
			size_t len = from < stop ? (size_t)(stop - from) : 0;

			memcpy(message + n, from, len);
			n += len;
			p = stop;
		}
		/* The empty line after a message is not part of it; a message without that line is incomplete. */
		if (n > 1 && message[n - 1] == '\n' && message[n - 2] == '\n')
			n--;
		else
			message[n++] = '\0';
		each(message, n);
	}
	free(message);
	free(text);
}
