/* Messages over a client whose server is a shell script: outcomes, a second connection, the spool. */
#include <stdio.h>

#include "job/flush.h"
#include "job/send_messages.h"
#include "job/spooled.h"
#include "job/submit.h"

#include "check.h"
#include "scratch.h"

static struct err e;

/*
 * The server refuses the recipient no@x. It ends a session with 421 at the MAIL that follows as many messages as
 * the file `limit` has octets. The recipients of each accepted message are a line of the file `accepted`.
 */
static const char server[] =
	"reply() { printf '%s\\r\\n' \"$@\"; }\n"
	"left=$(wc -c <limit)\n"
	"reply '220 peer'\n"
	"while read -r line; do\n"
	"	line=${line%?}\n"
	"	case $line in\n"
	"	EHLO*) reply '250-peer' '250 SIZE' ;;\n"
	"	MAIL*)\n"
	"		[ $left -gt 0 ] || { reply '421 enough'; exit; }\n"
	"		left=$((left - 1)) rcpts=\n"
	"		reply '250 ok' ;;\n"
	"	*no@x*) reply '550 no' ;;\n"
	"	RCPT*) rcpts=\"$rcpts$line \" && reply '250 ok' ;;\n"
	"	DATA)\n"
	"		[ -n \"$rcpts\" ] || { reply '554 no recipients'; continue; }\n"
	"		reply '354 go'\n"
	"		while read -r line && [ \"${line%?}\" != . ]; do :; done\n"
	"		echo \"$rcpts\" >>accepted\n"
	"		reply '250 accepted' ;;\n"
	"	QUIT) reply '221 bye' && exit ;;\n"
	"	*) reply '250 ok' ;;\n"
	"	esac\n"
	"done\n";

static int
prepare(struct client *c, struct err *err)
{
	return url_parse("smtp://localhost", URL_SMTP, &c->url, err);
}

/* A client of the server, and the limit of each session; the files of an earlier test are removed. */
static void
begin(struct client *c, const char *limit)
{
	static const struct client_events events = {.prepare = prepare};
	static const struct client_config config = {
		.tunnel = "sh ./server", .timeout = 20, .tls = TLS_OFF, .auth = "none"};

	*c = (struct client){
		.ops = &smtp_client, .config = &config, .events = &events, .one_shot = true};
	scratch_write("server", server, sizeof server - 1);
	scratch_write("limit", limit, strlen(limit));
	unlink("accepted");
}

/* The number of lines of `accepted` that contain text. */
static size_t
accepted(const char *text)
{
	FILE *f = fopen("accepted", "r");
	char line[256];
	size_t n = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		n += strstr(line, text) != NULL ? 1 : 0;
	if (f != NULL)
		fclose(f);
	return n;
}

/* ---- outbox ------------------------------------------------------------------------------------ */

#define MESSAGES 5

/* The messages of a test and their outcomes, in the order of the events. */
struct list {
	struct outbox_message o[MESSAGES];
	struct message_source in;
	struct addrs rcpts[MESSAGES];
	struct smtp_send_options options[MESSAGES];
	enum smtp_outcome outcome[MESSAGES];
	size_t ended;
	int fail_at; /* the event with this index fails; -1: none */
};

static int
ended(struct outbox *x, struct outbox_message *o, struct err *err)
{
	struct list *l = x->context;

	CHECK(l->ended < MESSAGES && o == &l->o[l->ended]);
	l->outcome[l->ended] = o->m.transaction.outcome;
	if ((int)l->ended++ == l->fail_at)
		return err_set(err, EX_IOERR, "the output failed");
	return 0;
}

/* Send MESSAGES messages, the i-th to rcpt[i], all in one run. */
static int
send_list(struct list *l, struct client *c, const char *const rcpt[MESSAGES])
{
	static const struct outbox_events events = {.ended = ended};
	struct outbox x = {.c = c, .events = &events, .context = l};
	int rc;

	scratch_write("m", "Subject: x\n\nbody\n", 17);
	CHECK(message_source_open(&l->in, "m", NULL, &e) == 0);
	for (size_t i = 0; i < MESSAGES; i++) {
		addrs_add(&l->rcpts[i], rcpt[i], strlen(rcpt[i]));
		l->options[i] = (struct smtp_send_options){.from = "a@x", .rcpts = &l->rcpts[i]};
		CHECK(smtp_message_read(&l->o[i].m, &l->in, 0, &l->options[i], &e) == 0);
		l->o[i].next = i + 1 < MESSAGES ? &l->o[i + 1] : NULL;
	}
	CHECK(outbox_may_redial(c, l->o));
	rc = outbox_send(&x, l->o, &e);
	for (size_t i = 0; i < MESSAGES; i++) {
		smtp_message_free(&l->o[i].m);
		addrs_free(&l->rcpts[i]);
	}
	message_source_close(&l->in);
	(void)client_close(c, true, &(struct err){0});
	return rc;
}

static const char *const all[MESSAGES] = {"1@x", "2@x", "no@x", "4@x", "5@x"};

/* Three sessions: each accepts two messages, or one and a refusal. No message is sent twice. */
static void
test_outcomes(void)
{
	struct list l = {.fail_at = -1};
	struct client c;

	begin(&c, "..");
	CHECK(send_list(&l, &c, all) == 0 && l.ended == MESSAGES);
	for (size_t i = 0; i < MESSAGES; i++) {
		CHECK(l.outcome[i] == (i == 2 ? SMTP_REFUSED : SMTP_DELIVERED));
		CHECK(accepted(all[i]) == (i == 2 ? 0 : 1));
	}
}

/* A session that accepts no message is the last one: the messages are deferred. */
static void
test_deferred(void)
{
	struct list l = {.fail_at = -1};
	struct client c;

	begin(&c, "");
	CHECK(send_list(&l, &c, all) == 0 && l.ended == MESSAGES);
	for (size_t i = 0; i < MESSAGES; i++)
		CHECK(l.outcome[i] == SMTP_DEFERRED);
	CHECK(accepted("@x") == 0);
}

/* An event that fails ends the job; later outcomes are not reported. */
static void
test_event_fails(void)
{
	struct list l = {.fail_at = 1};
	struct client c;

	begin(&c, ".....");
	CHECK(send_list(&l, &c, all) == -1 && e.status == EX_IOERR && l.ended == 2);
}

/* ---- submit ------------------------------------------------------------------------------------- */

/* The events of a submission, as text: "outcome:stored:status" for each message. */
static int
note_outcome(
	void *context, const struct outbox_message *o, enum smtp_refusals which, struct err *err)
{
	(void)err;
	buf_addf(context, "%s%d:", which == SMTP_REFUSALS_ALL ? "" : "spool ",
		o->m.transaction.outcome);
	return 0;
}

static void
note_end(void *context, const struct outbox_message *o, const struct submit_end *end)
{
	(void)o;
	buf_addf(context, "%d:%d:%d\n", end->stored, end->why.status, end->left.status);
}

/* Submit the two messages of an mbox to 1@x, and to `other` unless it is NULL. `seen` gets the calls of the events. */
static int
submit_two(const char *other, const char *spool, bool queue, const char *limit, struct buf *seen)
{
	static const char mbox[] = "From a\nSubject: 1\n\nx\n\nFrom a\nSubject: 2\n\ny\n";
	static const struct submit_events events = {.outcome = note_outcome, .ended = note_end};
	struct client c;
	struct submit x = {
		.c = &c, .events = &events, .context = seen, .spool = spool, .queue_always = queue};
	struct addrs rcpts = {0};
	struct smtp_send_options options = {.from = "a@x", .rcpts = &rcpts};
	struct send_messages m;
	int rc;

	begin(&c, limit);
	buf_clear(seen);
	err_clear(&e);
	addrs_add(&rcpts, "1@x", 3);
	if (other != NULL)
		addrs_add(&rcpts, other, strlen(other));
	scratch_write("two", mbox, sizeof mbox - 1);
	send_messages_begin(&m, &options, NULL);
	CHECK(send_messages_add(&m, "two", true, &e) == 0 && m.total == 2);
	send_messages_drop(&m);
	CHECK(send_messages_read_again(&m, &e) == 0 && m.total == 2);
	CHECK_STR(m.list->next->name, "two:2");
	rc = submit_messages(&x, m.list, &e);
	CHECK(queue == (c.conn == NULL));
	send_messages_free(&m);
	addrs_free(&rcpts);
	(void)client_close(&c, true, &(struct err){0});
	return rc;
}

/* Without a spool the first failure decides; with one, deferred messages are stored, and refused ones are errors. */
static void
test_submit(void)
{
	struct buf seen = {0};

	CHECK(submit_two(NULL, NULL, false, "..", &seen) == 0);
	CHECK_STR(buf_str(&seen), "1:0:0:0\n1:0:0:0\n");
	CHECK(submit_two("no@x", NULL, false, "..", &seen) == -1 && e.status == EX_NO);
	CHECK_STR(e.text, "2 of 2 messages were not sent to all recipients");
	CHECK_STR(buf_str(&seen), "2:0:1:1\n2:0:1:1\n");
	CHECK(submit_two(NULL, NULL, false, "", &seen) == -1 && e.status == EX_TEMPFAIL);
	CHECK_STR(e.text, "2 of 2 messages were not sent");
	CHECK(submit_two("2@x", "later", false, "", &seen) == 0);
	CHECK_STR(buf_str(&seen), "spool 4:2:75:0\nspool 4:2:75:0\n");
	CHECK(scratch_count("later/new") == 2 && accepted("@x") == 0);
	CHECK(submit_two("no@x", "later", false, "..", &seen) == -1 && e.status == EX_NO);
	CHECK_STR(buf_str(&seen), "spool 2:3:1:1\nspool 2:3:1:1\n");
	CHECK(scratch_count("later/new") == 2);
	buf_free(&seen);
}

/* A spool that cannot be written: the failure of the message stays. */
static void
test_submit_no_spool(void)
{
	struct buf seen = {0};

	scratch_write("file", "", 0);
	CHECK(submit_two(NULL, "file", false, "", &seen) == -1 && e.status == EX_TEMPFAIL);
	CHECK_STR(buf_str(&seen), "spool 4:3:75:75\nspool 4:3:75:75\n");
	buf_free(&seen);
}

/* With queue_always every message is stored, and nothing is connected. */
static void
test_queue(void)
{
	struct buf seen = {0};

	CHECK(submit_two(NULL, "queue", true, "..", &seen) == 0);
	CHECK_STR(buf_str(&seen), "1:0:0\n1:0:0\n");
	CHECK(scratch_count("queue/new") == 2);
	CHECK(submit_two(NULL, "file", true, "..", &seen) == -1);
	CHECK(strncmp(e.text, "two:1: not stored: ", 19) == 0);
	buf_free(&seen);
}

/* ---- flush ------------------------------------------------------------------------------------- */

static void
add_spooled(struct spool *sp, const char *envelope)
{
	struct sink *to = spool_begin(sp, envelope, strlen(envelope), &e);
	char name[SPOOL_NAME];

	CHECK(to != NULL && sink_write(to, "Subject: x\r\n\r\nbody\r\n", 20, &e) == 0);
	CHECK(spool_end(sp, SPOOL_NEW, name, &e) == 0);
}

static int
count_ended(void *context, const struct outbox_message *o, const struct err *why, bool left,
	struct err *err)
{
	(void)err;
	CHECK(!left && (why->status == 0) == (o->m.transaction.outcome == SMTP_DELIVERED));
	++*(size_t *)context;
	return 0;
}

/* Delivered messages are removed, refused recipients are in failed/, and a second run has nothing to send. */
static void
test_flush(void)
{
	static const struct flush_events events = {.ended = count_ended};
	struct spool *sp = spool_open("q", &e);
	struct client c;
	size_t n = 0;

	begin(&c, "..");
	add_spooled(sp, "from a@x\nrcpt 1@x\n");
	add_spooled(sp, "from a@x\nrcpt 2@x\nrcpt no@x\n");
	add_spooled(sp, "from a@x\nrcpt 3@x\n");
	spool_close(sp);
	CHECK(flush_spool(&c, "q", &events, &n, &e) == -1 && e.status == EX_NO && n == 3);
	(void)client_close(&c, true, &(struct err){0});
	CHECK(accepted("1@x") == 1 && accepted("2@x") == 1 && accepted("3@x") == 1);
	CHECK(scratch_count("q/new") == 0 && scratch_count("q/sending") == 0 &&
		scratch_count("q/failed") == 1 && scratch_count("q/unknown") == 0);
	begin(&c, "..");
	e = (struct err){0};
	CHECK(flush_spool(&c, "q", &events, &n, &e) == 0 && n == 3 && c.conn == NULL);
}

/* A message that a killed run left in sending/ is not sent. */
static void
test_left(void)
{
	static const struct flush_events events = {.ended = NULL};
	struct spool *sp = spool_open("q2", &e);
	char **names = NULL;
	struct client c;
	bool gone;
	size_t n = 0;

	begin(&c, "..");
	add_spooled(sp, "from a@x\nrcpt 1@x\n");
	CHECK(spool_lock(sp, &e) == 0 && spool_list(sp, SPOOL_NEW, &names, &n, &e) == 0 && n == 1);
	CHECK(spool_mark(sp, (const char *const *)names, 1, &gone, &e) == 0);
	spool_free_list(names, n);
	spool_close(sp);
	CHECK(flush_spool(&c, "q2", &events, NULL, &e) == -1 && e.status == EX_TEMPFAIL);
	CHECK(c.conn == NULL && scratch_count("q2/unknown") == 1 && accepted("@x") == 0);
}

int
main(void)
{
	scratch_begin();
	test_outcomes();
	test_deferred();
	test_event_fails();
	test_submit();
	test_submit_no_spool();
	test_queue();
	test_flush();
	test_left();
	return check_done();
}
