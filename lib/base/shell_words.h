/* shell_words: the words of a line, split as a shell does, for lines of a batch. */
#ifndef BASE_SHELL_WORDS_H
#define BASE_SHELL_WORDS_H

#include <stddef.h>

#include "base/err.h"

/*
 * Split n octets into words: blanks, '…', "…" (backslash escapes " \ $ ` only within), backslash; no expansion; # starts
 * a comment at the start of a word. A CR at the end is dropped. *words is one allocation, freed by the caller, ended by
 * NULL; *count: their number. EX_USAGE for an unterminated quote or a backslash at the end, EX_DATAERR for a NUL.
 */
int shell_words(const char *line, size_t n, char ***words, int *count, struct err *e);

#endif
