/*
 * script.h - the script a test writes: the replies the server sends and the commands it expects.
 *
 * One step a line; blank lines and lines that begin with # are skipped, white space before a
 * step too. TEXT knows the escapes \r \n \t \0 \e \xHH \\. Sections ("=== NAME") are one connection
 * each, in order; the steps of a section "=== *" serve every further connection.
 *
 *   S: TEXT            send TEXT CRLF              s: TEXT    send TEXT unchanged
 *   C: TEXT            expect the line TEXT CRLF   c: TEXT    expect exactly these octets
 *   C~ REGEX           expect a line that an extended regular expression matches as a whole
 *   C* REGEX           read lines until one matches
 *   sendrepeat N TEXT  as s: N times; %d is the count from 1 (%% is %)
 *   sendfile PATH      send the file unchanged
 *   sendblock PATH     send the file with CRLF line ends, dot-stuffed, and the final dot
 *   recvblock PATH     read a block up to its final dot, undo the stuffing, keep CRLF; store it in PATH
 *   recvn N PATH       read N octets and store them in PATH
 *   recvbdat PATH      read BDAT chunks up to LAST into PATH, and reply 250 to each
 *   flush              write the queued replies. Any step other than S: s: send... or split does this
 *   split N            write at most N octets at a time from here on (0: no limit)
 *   delay MS           do nothing for that long
 *   quiet MS           fail if the client sends anything in this time
 *   stall              neither read nor write until the client closes
 *   eof                expect the client to close;  eof-bye: under TLS with close_notify
 *   close              close with FIN (and close_notify);  cut: without close_notify;  reset: RST
 *   shutdown           close only the server's side (and close_notify)
 *   mayclose           from here on the client may close at any time: then the section succeeds
 *   starttls           TLS handshake; fail if octets arrived in clear before it
 *   tlsfail            TLS handshake, which must fail
 *   compress           raw DEFLATE in both directions from here on
 *   pack FORM          what the steps send up to packend is compressed: zlib, gzip, raw or yenc (see pack.h)
 *   packend [DAMAGE]   cut N, flip, crc, size, nocrc or noend
 *   sasl MECH USER PASS [nntp|pop|smtp]   the server's side of a SASL exchange, which must succeed
 *   saslfail ...       as sasl, and the exchange must fail
 *   log TEXT           write a line to the log
 *   repeat N ... end   run the steps in between N times ("repeat *": until the client closes)
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
	int line; /* line number in the file, from 1 */
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
	bool keeps;   /* does not need the queued replies to be written before it runs */
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
