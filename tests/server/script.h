/*
 * script.h - the script a test writes: the replies the server sends and the commands it expects.
 *
 * One step a line; blank lines and lines that begin with # are skipped, white space before a
 * step too. TEXT knows the escapes \r \n \t \0 \e \xHH \\. Sections ("=== NAME") are one connection
 * each, in order; the steps of a section "=== *" serve every further connection.
 *
 *   S: TEXT            say TEXT CRLF               s: TEXT    say TEXT as it is
 *   C: TEXT            expect the line TEXT CRLF   c: TEXT    expect exactly these octets
 *   C~ REGEX           expect a line that an extended regular expression matches as a whole
 *   C* REGEX           take lines until one matches
 *   sendrepeat N TEXT  as s: N times; %d is the count from 1 (%% is %)
 *   sendfile PATH      the file as it is
 *   sendblock PATH     the file with CRLF line ends, dot-stuffed, and the final dot
 *   recvblock PATH     take a block up to its final dot, undo the stuffing, keep CRLF
 *   recvn N PATH       take N octets
 *   recvbdat PATH      take BDAT chunks up to LAST, answering each with 250
 *   flush              write the queued replies. Any step other than S: s: send... or split does this
 *   split N            from here on at most N octets a write (0: as many as there are)
 *   delay MS           do nothing for that long
 *   quiet MS           nothing may come from the client in this time
 *   stall              neither read nor write until the client closes
 *   eof                expect the client to close;  eof-bye: under TLS with close_notify
 *   close              close with FIN (and close_notify);  cut: without close_notify;  reset: RST
 *   shutdown           close our half only (and close_notify)
 *   mayclose           from here on the client may close at any time: that ends the section well
 *   starttls           handshake; octets that came in clear before it are a failure
 *   tlsfail            handshake, and it must fail
 *   compress           raw DEFLATE both ways from here on
 *   sasl MECH USER PASS [nntp|pop|smtp]   the server's side of a SASL exchange, which must succeed
 *   saslfail ...       the same, and it must not
 *   log TEXT           a line in the log
 *   repeat N ... end   the steps between N times ("repeat *": until the client closes)
 *
 * At the end of a section the server closes with FIN and expects the client to close without
 * having sent more. With --tls each section starts with the handshake, unless its first step
 * is tlsfail.
 */
#ifndef TS_SCRIPT_H
#define TS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct play;

struct step {
	int line; /* in the file, from 1 */
	const struct step_kind *kind;
	char *text;   /* owned: the text after the keyword; unescaped if the kind requires it */
	size_t len;   /* octets of text, which may hold NUL */
	size_t match; /* repeat: the index of its end; end: of its repeat */
};

struct section {
	size_t first, past; /* steps[first..past) */
	bool always;        /* "=== *" */
};

struct script {
	struct step *steps;
	size_t nsteps;
	struct section *sections; /* at least one */
	size_t nsections;
};

/* What a step does: 0 go on, 1 the section is over, -1 it failed (the play holds why). */
typedef int step_fn(struct play *p, const struct step *s);

struct step_kind {
	const char *word;
	step_fn *run; /* NULL: repeat and end */
	bool escapes; /* text is unescaped when it is read */
	bool keeps;   /* needs no flush before it runs */
};

/* The kinds, ended by word NULL (in steps.c). */
extern const struct step_kind step_kinds[];

/* Add one line (without its line end); exits with "line N: ..." if it is not a valid step. */
void script_line(struct script *sc, int line, const char *text);

/* Adds every line of the file at path ("-": stdin); exits if it cannot be read. */
void script_file(struct script *sc, const char *path);

/* To be called after the last line: closes sections and loops. Exits if they do not match. */
void script_done(struct script *sc);

#endif
