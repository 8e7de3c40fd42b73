/* nntp_client: a client of news in a scratch directory, whose server is the shell script `server` there. */
#ifndef UNIT_NNTP_CLIENT_H
#define UNIT_NNTP_CLIENT_H

#include "client/client.h"
#include "client/nntp_steps.h"

#include "check.h"
#include "scratch.h"

/* The error of the test; nntp_client_begin clears it. */
static struct err e;

/* How often the event `passed` was called since nntp_client_begin. */
static unsigned passed;

static inline int
nntp_client_prepare(struct client *c, struct err *err)
{
	return url_parse("nntp://localhost", URL_NNTP, &c->url, err);
}

static inline void
nntp_client_passed(struct client *c, const struct err *err)
{
	(void)c;
	(void)err;
	passed++;
}

/* Empty the directory, write the script, and open the client. */
static inline void
nntp_client_begin(struct client *c, const char *server)
{
	static const struct client_events events = {
		.prepare = nntp_client_prepare, .passed = nntp_client_passed};
	static const struct client_config config = {.tunnel = "sh ./server",
		.timeout = 20,
		.tls = TLS_OFF,
		.auth = "none",
		.compress = COMPRESS_OFF};

	*c = (struct client){
		.ops = &nntp_client, .config = &config, .events = &events, .one_shot = true};
	scratch_empty();
	scratch_write("server", server, strlen(server));
	passed = 0;
	e = (struct err){0};
	CHECK(client_need(c, &e) == 0);
}

static inline void
nntp_client_end(struct client *c)
{
	struct err ignored = {0};

	CHECK(client_close(c, e.status == 0, &ignored) == 0);
}

#endif
