/* Batch lines: the words of a line, each quoted, are split into the same words again. */
#include <string.h>

#include "base/buf.h"
#include "base/shell_words.h"
#include "fuzz.h"

static void
quote(struct buf *b, const char *word)
{
	buf_addc(b, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *word);
	buf_adds(b, "' ");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char **words, **again;
	struct buf b = {0};
	struct err e = {0};
	int count, same;

	if (shell_words((const char *)data, n, &words, &count, &e) == -1) {
		MUST(e.status == EX_USAGE || e.status == EX_DATAERR);
		return 0;
	}
	MUST(words[count] == NULL);
	for (int i = 0; i < count; i++)
		quote(&b, words[i]);
	MUST(shell_words(buf_str(&b), b.len, &again, &same, &e) == 0 && same == count);
	for (int i = 0; i < count; i++)
		MUST(strcmp(words[i], again[i]) == 0);
	free(words);
	free(again);
	buf_free(&b);
	return 0;
}
