/* complete: completion scripts for shells, made from the rows. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "base/buf.h"
#include "base/err.h"

/* Append the script for bash, zsh or fish. EX_USAGE for another shell. */
int complete_script(struct buf *b, const char *shell, struct err *e);

/* The three, and what they share; for complete*.c only. */
void complete_bash(struct buf *b);
void complete_zsh(struct buf *b);
void complete_fish(struct buf *b);

/* What an argument is, to go by its name in usage lines. */
enum complete_kind {
	COMPLETE_FLAG,  /* there is none */
	COMPLETE_ANY,   /* nothing to offer */
	COMPLETE_FILE,  /* FILE, DIR, DEST, PATH */
	COMPLETE_WORDS, /* one of some words: auto|on|off */
};
enum complete_kind complete_kind(const char *arg);

/* Append the words of a COMPLETE_WORDS argument, separated by spaces. */
void complete_words(struct buf *b, const char *arg);

/* Append s between single quotes; each ' in it is replaced by `quote`. */
void complete_quote(struct buf *b, const char *s, const char *quote);

#endif
