/*
 * pop_select: the messages that a pop verb acts on: numbers and unique-ids, from operands or, one a line, from stdin.
 * Each line is processed when it arrives; memory is constant, except for the unique-ids of the mailbox.
 */
#ifndef JOB_POP_SELECT_H
#define JOB_POP_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/line_reader.h"
#include "proto/pop_uids.h"

/* A word: NUMBER, or uid:UNIQUE-ID; uid NULL: a number. */
struct pop_word {
	uint64_t number;
	const char *uid; /* borrowed from the word */
	size_t uid_len;
};

/* Parse n octets. EX_DATAERR: neither a number nor a unique-id, or one with a control character. */
int pop_word_parse(const char *p, size_t n, struct pop_word *to, struct err *e);

/* `struct pop_select s = {.words = words, .n = n};`, or {.from_stdin = true} */
struct pop_select {
	const struct pop_word *words;
	size_t n;
	bool from_stdin;
	/* Private. */
	size_t next;
	struct line_reader lines;
	bool held; /* word is the next one */
	struct pop_word word;
	struct pop_uids uids;
};

enum pop_selected {
	POP_SELECT_END,
	POP_SELECT_MESSAGE, /* *number */
	POP_SELECT_LATE,    /* read the pending replies first, then ask again */
	POP_SELECT_BAD,     /* this one is not a message, e; the next may be */
};

/*
 * The next message. pending: replies are pending, so neither wait for stdin nor send UIDL. -1 with e: the errors of
 * UIDL, a read that failed, a signal.
 */
int pop_select_next(
	struct pop_select *s, struct pop *p, bool pending, uint64_t *number, struct err *e);

/* Free the memory of a selection; its words stay the caller's. */
void pop_select_free(struct pop_select *s);

#endif
