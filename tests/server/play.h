/* play.h - playing one section of a script on one connection. */
#ifndef TS_PLAY_H
#define TS_PLAY_H

#include "io.h"
#include "script.h"
#include "tls.h"

struct play {
	struct io io;
	const struct script *script;
	const struct tls_conf *tls;
	bool implicit;  /* TLS from the first octet */
	bool mayclose;  /* the client may close the connection now */
	bool gone;      /* the client has closed it */
	bool closed;    /* a step has closed io */
	char why[2048]; /* why a step failed */
};

/* Returns 0 if every step of the section succeeded, else -1 after a log line "FAIL line N: ...". Closes io. */
int play_section(struct play *p, const struct section *sec);

/* For steps: notes why it failed and returns -1. */
int play_fail(struct play *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* For steps: 0 if r is IO_OK; 1 (the section succeeds) if the client closed and was allowed to; else -1. */
int play_io(struct play *p, enum io_result r, const char *doing);

/* For steps: the next line from the client, as io_line; 0, 1 or -1 as a step returns. */
int play_line(struct play *p, const char *expected, size_t elen, char **line, size_t *n);

/* For steps: a number that begins text, from min to max; *rest is what follows it and a blank. */
long long play_number(const struct step *s, long long min, long long max, const char **rest);

/* Steps with files of their own. */
step_fn step_sendfile, step_sendblock, step_recvblock, step_recvn, step_recvbdat;
step_fn step_sasl, step_saslfail;

#endif
