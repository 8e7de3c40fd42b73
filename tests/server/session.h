/* session.h - functions shared by the three servers of folder mode. */
#ifndef TS_SESSION_H
#define TS_SESSION_H

#include "io.h"
#include "options.h"

struct session {
	struct io io;
	const struct options *o;
	const struct door *door;
	bool authed;
	char line[16384]; /* the last command, without its end */
};

/*
 * Reads a command into s->line; before a wait it writes the queued octets. False at the end of the
 * connection, or if the client pipelined commands with --no-pipelining.
 */
bool session_line(struct session *s);

/* Queues one line; CRLF is added. */
void say(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The next word at *p, ended with NUL; "" if there is none. *p moves to the octet after the word. */
char *word(char **p);

/* The TLS handshake, after the reply to STARTTLS has been queued. False: the connection is unusable. */
bool session_starttls(struct session *s);

/* Checks name and password; without --user every login succeeds. Sets s->authed. */
bool session_login(struct session *s, const char *user, const char *password);

/* As session_login, with the base64 of a SASL PLAIN response. */
bool session_plain(struct session *s, const char *b64);

/* Decodes base64 into out (NUL-terminated); its length, or -1. */
long unbase64(const char *b64, char *out, size_t size);

/* Each serves one connection until its end. */
void nntp_serve(struct session *s);
void pop_serve(struct session *s);
void smtp_serve(struct session *s);

#endif
