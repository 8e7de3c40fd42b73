/* drain_run against a server that replies by a script over a socket pair. */
#include "job/drain.h"

#include <stdlib.h>

#include "pop_client.h"
#include "scratch.h"
#include "store/maildir.h"
#include "store/journal.h"
#include "wire/block.h"

#define MAILBOX                                                             \
	{"STAT", "+OK 2 62\r\n"}, {"LIST", "+OK\r\n1 31\r\n2 31\r\n.\r\n"}, \
	{                                                                   \
		"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"                        \
	}
#define ONE "+OK\r\nSubject: one\r\n\r\nfirst message\r\n.\r\n"
#define TWO "+OK\r\nSubject: two\r\n\r\nother message\r\n.\r\n"

/* Everything that the events report. */
static struct {
	uint64_t fetched;
	unsigned failures, warnings;
	int refuse;          /* may_delete fails */
	struct buf messages; /* "1 stored deleted file, " for each message */
} seen;

static void
done(struct client *c, uint64_t count)
{
	(void)c;
	seen.fetched = count;
}

static void
warning(struct client *c, const char *text)
{
	(void)c, (void)text;
	seen.warnings++;
}

static const struct client_events client_events = {.done = done, .warning = warning};

static void
failed(void *context, const struct err *why)
{
	(void)context, (void)why;
	seen.failures++;
}

static int
may_delete(void *context, struct err *e)
{
	(void)context;
	return seen.refuse ? err_set(e, EX_IOERR, "the reader has gone") : 0;
}

static int
message(void *context, const struct drain_message *m, struct err *e)
{
	(void)context, (void)e;
	buf_addf(&seen.messages, "%u%s%s%s, ", (unsigned)m->number, m->stored ? " stored" : "",
		m->deleted ? " deleted" : "", m->file != NULL ? " file" : "");
	return 0;
}

static const struct drain_events events = {
	.failed = failed, .may_delete = may_delete, .message = message};

static struct err why; /* of the last run */

/* One run into the Maildir "box". Returns the exit status: 0, or that of the error. */
static int
run(const struct pop_step *script, struct drain_options o)
{
	struct client c;
	pid_t pid = pop_client_begin(&c, script);
	int rc;

	c.events = &client_events;
	err_clear(&why);
	seen.fetched = seen.failures = seen.warnings = 0;
	buf_clear(&seen.messages);
	o.line_ends = BLOCK_LF;
	o.limit = o.max_size = INT64_MAX;
	o.journal = journal_open("journal", "maildir:box", &why);
	o.store = maildir_open("box", "pop://user@host", &why);
	CHECK(o.journal != NULL && o.store != NULL);
	rc = drain_run(&c, &o, &events, NULL, &why);
	CHECK(rc == 0 || why.status != 0);
	pop_client_end(&c, pid);
	return rc == 0 ? 0 : why.status;
}

static const struct drain_options drain = {.delete = true};

static void
test_drain(void)
{
	static const struct pop_step first[] = {MAILBOX, {"RETR 1", ONE}, {"RETR 2", TWO},
		{"DELE 1", "+OK\r\n"}, {"DELE 2", "+OK\r\n"}, {"QUIT", "+OK\r\n"},
		{.command = NULL}};

	scratch_empty();
	CHECK(run(first, drain) == 0);
	CHECK_STR(buf_str(&seen.messages), "1 stored deleted file, 2 stored deleted file, ");
	CHECK(seen.fetched == 2 && seen.failures == 0 && seen.warnings == 0);
	CHECK(scratch_count("box/new") == 2);
}

/* Messages that an earlier run has stored are compared by their header and deleted, not fetched. */
static void
test_known(void)
{
	static const struct pop_step fetch[] = {
		MAILBOX, {"RETR 1", ONE}, {"RETR 2", TWO}, {"QUIT", "+OK\r\n"}, {.command = NULL}};
	static const struct pop_step again[] = {MAILBOX,
		{"TOP 1 0", "+OK\r\nSubject: one\r\n\r\n.\r\n"},
		{"TOP 2 0", "+OK\r\nSubject: two\r\n\r\n.\r\n"}, {"DELE 1", "+OK\r\n"},
		{"DELE 2", "+OK\r\n"}, {"QUIT", "+OK\r\n"}, {.command = NULL}};

	scratch_empty();
	CHECK(run(fetch, (struct drain_options){.delete = false}) == 0);
	CHECK_STR(buf_str(&seen.messages), "1 stored file, 2 stored file, ");
	CHECK(run(again, drain) == 0);
	CHECK_STR(buf_str(&seen.messages), "1 deleted, 2 deleted, ");
	CHECK(seen.fetched == 0 && scratch_count("box/new") == 2);
}

/* If a message ends early, only the message before it is stored and none is deleted. */
static void
test_out_of_sync(void)
{
	static const struct pop_step script[] = {MAILBOX, {"RETR 1", ONE},
		{"RETR 2", TWO "the rest of the text\r\n.\r\n"}, {.command = NULL}};

	scratch_empty();
	CHECK(run(script, drain) == EX_PROTOCOL);
	CHECK(strstr(why.text, "message 2 may be incomplete and was not stored") != NULL);
	CHECK_STR(buf_str(&seen.messages), "1 stored file, ");
	CHECK(scratch_count("box/new") == 1);
}

/* The session is lost before the reply to QUIT: the messages are stored, and no deletion is certain. */
static void
test_lost(void)
{
	static const struct pop_step script[] = {MAILBOX, {"RETR 1", ONE}, {"RETR 2", TWO},
		{"DELE 1", "+OK\r\n"}, {"DELE 2", "+OK\r\n"}, {"QUIT", "-ERR busy\r\n"},
		{.command = NULL}};

	scratch_empty();
	CHECK(run(script, drain) == EX_TEMPFAIL);
	CHECK_STR(why.text, "QUIT: -ERR busy");
	CHECK_STR(buf_str(&seen.messages), "1 stored file, 2 stored file, ");
}

/* If the server refuses a message, the others are drained, and the refusal is the error. */
static void
test_refused(void)
{
	static const struct pop_step script[] = {MAILBOX, {"RETR 1", "-ERR locked\r\n"},
		{"RETR 2", TWO}, {"DELE 2", "+OK\r\n"}, {"QUIT", "+OK\r\n"}, {.command = NULL}};

	scratch_empty();
	CHECK(run(script, drain) == EX_NO);
	CHECK_STR(why.text, "RETR 1: -ERR locked");
	CHECK_STR(buf_str(&seen.messages), "1, 2 stored deleted file, ");
	CHECK(seen.failures == 0);
}

/* If the event before deletion fails, no DELE and no QUIT is sent. */
static void
test_forbidden(void)
{
	static const struct pop_step script[] = {
		MAILBOX, {"RETR 1", ONE}, {"RETR 2", TWO}, {.command = NULL}};

	scratch_empty();
	seen.refuse = 1;
	CHECK(run(script, drain) == EX_IOERR);
	CHECK_STR(why.text, "the reader has gone");
	CHECK_STR(buf_str(&seen.messages), "1 stored file, 2 stored file, ");
	seen.refuse = 0;
}

/* Without unique-ids, `keep` is an error before any message is fetched. */
static void
test_no_uids(void)
{
	static const struct pop_step script[] = {{"STAT", "+OK 1 31\r\n"},
		{"LIST", "+OK\r\n1 31\r\n.\r\n"}, {"UIDL", "-ERR unknown command\r\n"},
		{.command = NULL}};

	scratch_empty();
	CHECK(run(script, (struct drain_options){.delete = true, .keep = 3600}) == EX_UNAVAILABLE);
	CHECK(strstr(why.text, "message 1 has no unique-id") != NULL);
}

static void
mailbox_is(const char *user, const char *host, uint16_t port, const char *id, const char *name)
{
	struct client c = {
		.creds.user = mem_strdup(user), .url = {.host = mem_strdup(host), .port = port}};
	struct buf got = {0};
	struct err e = {0};

	drain_mailbox(&c, &got);
	CHECK_STR(buf_str(&got), id);
	buf_clear(&got);
	CHECK(drain_journal_path(&c, "/s", "/h", &got, &e) == 0);
	CHECK(strncmp(buf_str(&got), "/s/mailnet/", 11) == 0);
	CHECK_STR(buf_str(&got) + 11, name);
	buf_clear(&got);
	/* A relative path is ignored. */
	CHECK(drain_journal_path(&c, "s", "/h", &got, &e) == 0);
	CHECK(strncmp(buf_str(&got), "/h/.local/state/mailnet/", 24) == 0);
	CHECK_STR(buf_str(&got) + 24, name);
	CHECK(drain_journal_path(&c, NULL, "", &got, &e) == -1 && e.status == EX_CONFIG);
	buf_free(&got);
	creds_wipe(&c.creds);
	url_free(&c.url);
}

int
main(void)
{
	scratch_begin();
	test_drain();
	test_known();
	test_out_of_sync();
	test_lost();
	test_refused();
	test_forbidden();
	test_no_uids();
	mailbox_is("me", "POP.example", 995, "pop://me@pop.example", "pop-me@pop.example");
	mailbox_is("a/b", "::1", 1110, "pop://a/b@::1:1110", "pop-a%2Fb@::1:1110");
	buf_free(&seen.messages);
	return check_done();
}
