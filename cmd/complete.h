/*
 * complete: completion scripts for shells. cmd/completion/ has one in each shell's language, with a line @rows@
 * where the rows of protocols, verbs and options stand when the script is printed.
 */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "base/buf.h"
#include "base/err.h"

/* Append the script for bash, zsh or fish. EX_USAGE for another shell. */
int complete_script(struct buf *b, const char *shell, struct err *e);

/* The lines of the scripts, ended by NULL; the build writes them (completions/scripts.c). */
extern const char *const completion_bash[], *const completion_zsh[], *const completion_fish[];

#endif
