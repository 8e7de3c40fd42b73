/*
 * prompt: ask the terminal for a secret.
 *
 * readpassphrase(3) is not used: it has no deadline, and a signal between its prompt and its read has no effect
 * until a key is pressed. Here base/wait waits.
 */
#ifndef AUTH_PROMPT_H
#define AUTH_PROMPT_H

#include <stdbool.h>

struct err;

/*
 * Show `text` on the controlling terminal and read a line with the echo off. *out is the line
 * without its end, owned by the caller (mem_wipe); NULL and success without a terminal. The echo is restored
 * on every return, also after a signal (EX_SIGNAL) or the deadline of the run (EX_TEMPFAIL). Ctrl-Z is
 * disabled while reading: the shell could have turned the echo on before the process continues.
 */
int prompt_secret(const char *text, char **out, struct err *e);

#endif
