/* What the completion scripts of all shells share. */
#include "cmd/complete.h"

#include <stdbool.h>
#include <string.h>

static bool
is_file_word(const char *p, size_t n)
{
	static const char *const words[] = {"FILE", "DIR", "DEST", "PATH"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strncmp(words[i], p, n) == 0 && words[i][n] == '\0')
			return true;
	return false;
}

enum complete_kind
complete_kind(const char *arg)
{
	if (arg == NULL)
		return COMPLETE_FLAG;
	if (strchr(arg, '|') != NULL && strpbrk(arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ[ ") == NULL)
		return COMPLETE_WORDS;
	for (const char *p = arg; *p != '\0';) {
		size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (n != 0 && is_file_word(p, n))
			return COMPLETE_FILE;
		p += n != 0 ? n : 1;
	}
	return COMPLETE_ANY;
}

void
complete_words(struct buf *b, const char *arg)
{
	for (; *arg != '\0'; arg++)
		buf_addc(b, *arg == '|' ? ' ' : *arg);
}

void
complete_quote(struct buf *b, const char *s, const char *quote)
{
	buf_addc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_adds(b, quote);
		else
			buf_addc(b, *s);
	}
	buf_addc(b, '\'');
}
