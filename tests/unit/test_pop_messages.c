/* pop_messages_run against a server that replies by a script over a socket pair. */
#include "job/pop_messages.h"

#include "base/sink.h"
#include "pop_client.h"
#include "wire/block.h"
#include "wire/bound.h"

/* Everything that the events report: "1 ok, 2 failed, " */
static struct buf seen;
static struct client client;

struct to_buf {
	struct sink sink;
	struct buf *to;
};

static int
add_octets(struct sink *s, const char *p, size_t n, struct err *e)
{
	(void)e;
	buf_add(((struct to_buf *)s)->to, p, n);
	return 0;
}

static int
read_block(void *context, uint64_t number, struct err *e)
{
	struct to_buf to = {{add_octets}, &seen};

	(void)context;
	buf_addf(&seen, "%u ", (unsigned)number);
	return pop_take_message(client.proto, BOUND_NONE, BOUND_NONE, &to.sink, BLOCK_LF, NULL, e);
}

static int
accepted(void *context, uint64_t number, struct err *e)
{
	(void)context, (void)e;
	buf_addf(&seen, "%u\n", (unsigned)number);
	return 0;
}

static void
failed(void *context, const struct err *why)
{
	(void)context;
	buf_addf(&seen, "failed %d\n", why->status);
}

static int
idle(void *context, struct err *e)
{
	(void)context, (void)e;
	return 0;
}

static struct err why; /* of the last run */

/* Returns the exit status: 0, or that of the error. */
static int
run(const struct pop_step *script, struct pop_messages m)
{
	static const struct pop_word words[] = {{.number = 1}, {.number = 2},
		{.uid = "c", .uid_len = 1}, {.uid = "x", .uid_len = 1}};
	const struct pop_messages_events events = {
		.accepted = m.command == POP_DELE ? accepted : read_block,
		.failed = failed,
		.idle = idle};
	pid_t pid = pop_client_begin(&client, script);
	struct err late = {0};
	int rc;

	m.words = words;
	buf_clear(&seen);
	err_clear(&why);
	rc = pop_messages_run(&client, &m, &events, NULL, &why);
	CHECK((rc == 0) == (why.status == 0));
	CHECK(!client.quit_sent || pop_quit(client.proto, true, &late) == 0);
	pop_client_end(&client, pid);
	return why.status;
}

/* The messages after a refused one are read; QUIT is in the same pipeline. */
static void
test_refused(void)
{
	static const struct pop_step script[] = {{"RETR 1", "-ERR no such message\r\n"},
		{"RETR 2", "+OK\r\ntwo\r\n.\r\n"}, {"UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n"},
		{"RETR 3", "+OK\r\nthree\r\n.\r\n"}, {"QUIT", "+OK\r\n"}, {.command = NULL}};

	CHECK(run(script, (struct pop_messages){.command = POP_RETR, .n = 3}) == EX_NO);
	CHECK_STR(buf_str(&seen), "2 two\n3 three\n");
	CHECK_STR(why.text, "RETR 1: -ERR no such message");
	CHECK(run(script, (struct pop_messages){.command = POP_RETR, .n = 4}) == EX_NO);
	CHECK_STR(buf_str(&seen), "2 two\nfailed 1\n3 three\n");
}

static void
test_top(void)
{
	static const struct pop_step script[] = {{"TOP 1 5", "+OK\r\nSubject: x\r\n\r\n.\r\n"},
		{"QUIT", "+OK\r\n"}, {.command = NULL}};
	uint64_t lines = 5;

	CHECK(run(script, (struct pop_messages){.command = POP_RETR, .top = &lines, .n = 1}) == 0);
	CHECK_STR(buf_str(&seen), "1 Subject: x\n\n");
}

/* QUIT does not follow DELE: the owner decides whether the deletions take effect. */
static void
test_dele(void)
{
	static const struct pop_step script[] = {
		{"DELE 1", "+OK\r\n"}, {"DELE 2", "+OK\r\n"}, {.command = NULL}};

	CHECK(run(script, (struct pop_messages){.command = POP_DELE, .n = 2}) == 0);
	CHECK_STR(buf_str(&seen), "1\n2\n");
}

static int
add_listed(void *context, const struct pop_listed *m, struct err *e)
{
	(void)context, (void)e;
	buf_addf(&seen, "%u %.*s\n", (unsigned)m->number, (int)m->uid_len, m->uid);
	return 0;
}

/* One message by its unique-id: its number is found by a UIDL before. */
static void
test_list(void)
{
	static const struct pop_step script[] = {{"UIDL", "+OK\r\n1 a\r\n3 c\r\n.\r\n"},
		{"UIDL 3", "+OK 3 c\r\n"}, {"UIDL", "+OK\r\n1 a\r\n3 c\r\n.\r\n"},
		{"STAT", "+OK 2 99\r\n"}, {"UIDL 9", "-ERR none\r\n"}, {.command = NULL}};
	static const struct pop_word c = {.uid = "c", .uid_len = 1}, nine = {.number = 9};
	pid_t pid = pop_client_begin(&client, script);
	uint64_t count, octets;

	client.one_shot = false;
	buf_clear(&seen);
	err_clear(&why);
	CHECK(pop_list(&client, POP_UIDL, &c, add_listed, NULL, &why) == 0);
	CHECK_STR(buf_str(&seen), "3 c\n");
	CHECK(pop_list(&client, POP_UIDL, NULL, add_listed, NULL, &why) == 0);
	CHECK_STR(buf_str(&seen), "3 c\n1 a\n3 c\n");
	CHECK(pop_stat(&client, &count, &octets, &why) == 0 && count == 2 && octets == 99);
	CHECK_STR(buf_str(&client.result.text), "+OK 2 99");
	CHECK(pop_list(&client, POP_UIDL, &nine, add_listed, NULL, &why) == -1);
	CHECK(why.status == EX_NO);
	pop_client_end(&client, pid);
}

/* A failure that ends the run: the first refused message is reported, and no reply is noted. */
static void
test_lost(void)
{
	static const struct pop_step script[] = {{"DELE 1", "-ERR no such message\r\n"},
		{"DELE 2", "garbage\r\n"}, {.command = NULL}};

	CHECK(run(script, (struct pop_messages){.command = POP_DELE, .n = 2}) == EX_PROTOCOL);
	CHECK_STR(buf_str(&seen), "failed 1\n");
	CHECK(client.result.text.len == 0);
}

int
main(void)
{
	test_refused();
	test_top();
	test_dele();
	test_list();
	test_lost();
	buf_free(&seen);
	return check_done();
}
