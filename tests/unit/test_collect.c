/* Articles over a client whose server is a shell script: into a Maildir with a newsrc file, and one by one. */
#include "base/wait.h"
#include "job/collect.h"
#include "store/destination.h"
#include "wire/block.h"

#include "nntp_client.h"

/* The server has the articles 1 to 3; the file `second` is its reply to ARTICLE 2. */
static const char server[] =
	"reply() { printf '%s\\r\\n' \"$@\"; }\n"
	"article() { reply \"220 $1 <$1@x>\" \"Subject: $1\" '' \"body $1\" .; }\n"
	"reply '200 peer'\n"
	"while read -r line; do\n"
	"	line=${line%?}\n"
	"	case $line in\n"
	"	GROUP*) reply '211 3 1 3 misc.test' ;;\n"
	"	'ARTICLE 2') cat second ;;\n"
	"	ARTICLE*) article \"${line#* }\" ;;\n"
	"	QUIT) reply '205 bye' && exit ;;\n"
	"	*) reply '500 what' ;;\n"
	"	esac\n"
	"done\n";

#define GOOD    "220 2 <2@x>\r\nSubject: 2\r\n\r\nbody 2\r\n.\r\n"
#define REFUSED "403 fault\r\n"
/* A server that does not dot-stuff: the article seems to end early, and its rest arrives as a reply. */
#define EARLY "220 2 <2@x>\r\nSubject: 2\r\n\r\n.\r\nbody 2\r\n.\r\n"

static void
begin(struct client *c, const char *second)
{
	nntp_client_begin(c, server);
	scratch_write("second", second, strlen(second));
}

static void
want(struct collect *j, uint64_t first, uint64_t last)
{
	struct survey_group *g = survey_add(&j->groups, "misc.test");

	nntp_specs_add(&g->specs, (struct nntp_spec){.first = first, .last = last});
	j->groups.passed = &j->passed;
}

/* ---- into a store ------------------------------------------------------------------------------ */

/* The outcomes, a character each: the number, or '-' for a refused article. */
static char outcomes[8];

static int
outcome(struct collect *j, const struct collect_outcome *o, struct err *err)
{
	size_t n = strlen(outcomes);

	(void)j;
	(void)err;
	CHECK(o->refused ? o->file == NULL : o->file != NULL);
	CHECK(o->octets != 0 && o->msgid[0] == '<');
	outcomes[n] = o->refused ? '-' : (char)('0' + o->number);
	outcomes[n + 1] = '\0';
	return 0;
}

static struct store *
open_dest(struct collect *j, const char *name, struct err *err)
{
	static const struct destination_opts opts = {.mailbox = "news"};
	struct destination dest;
	int rc = destination_parse(name, &dest, err);

	(void)j;
	CHECK(rc == 0);
	return rc == 0 ? destination_open(&dest, &opts, err) : NULL;
}

/* Store the unread articles in a Maildir with the name of the group. Returns the result, as passed_end has it. */
static int
store(const char *second)
{
	static const struct collect_events events = {.outcome = outcome, .open = open_dest};
	struct collect j = {.events = &events, .dest = "%g/", .part = NNTP_ARTICLE};
	struct client c;
	struct newsrc_files files = {0};
	int rc;

	begin(&c, second);
	outcomes[0] = '\0';
	scratch_write("newsrc", "misc.test: \n", 12);
	want(&j, 1, NNTP_NUMBER_MAX);
	CHECK(survey_open_newsrc(&j.groups, &c, &files, "newsrc", false, &e) == 0);
	rc = passed_end(&j.passed, &c, collect_run(&j, &c, &e), &e);
	collect_free(&j);
	nntp_client_end(&c);
	return rc;
}

static void
test_store(void)
{
	CHECK(store(GOOD) == 0);
	CHECK_TEXT(outcomes, "123");
	CHECK(scratch_count("misc.test/new") == 3 && passed == 0);
	CHECK(scratch_is("newsrc", "misc.test: 1-3\n"));
}

static void
test_refused(void)
{
	CHECK(store(REFUSED) == -1);
	CHECK(e.status == EX_TEMPFAIL && e.code == 403);
	CHECK_TEXT(outcomes, "13");
	CHECK(scratch_count("misc.test/new") == 2);
	CHECK(scratch_is("newsrc", "misc.test: 1,3\n"));
}

static void
test_early_end(void)
{
	CHECK(store(EARLY) == -1);
	CHECK(e.status == EX_PROTOCOL);
	CHECK_TEXT(outcomes, "1");
	CHECK(scratch_count("misc.test/new") == 1);
	CHECK(scratch_is("newsrc", "misc.test: 1\n"));
}

/* ---- one by one -------------------------------------------------------------------------------- */

static int
article(struct collect *j, const struct nntp_got *got, struct err *err)
{
	struct buf_sink to;

	if (got->number == 3)
		return err_set(err, EX_IOERR, "the output failed");
	buf_sink_init(&to, j->context, 1000);
	return nntp_read_block(nntp_of(j->client), &to.sink, BLOCK_LF, NULL, err);
}

static void
test_events(void)
{
	static const struct collect_events events = {.article = article};
	struct buf text = {0};
	struct collect j = {.events = &events, .context = &text, .part = NNTP_ARTICLE};
	struct newsrc_files files = {0};
	struct client c;

	begin(&c, GOOD);
	want(&j, 1, 2);
	CHECK(collect_run(&j, &c, &e) == 0);
	CHECK(j.at->upto == 2 && c.quit_sent && c.conn->rounds == 3);
	CHECK_TEXT(buf_str(&text), "Subject: 1\n\nbody 1\nSubject: 2\n\nbody 2\n");
	collect_free(&j);
	nntp_client_end(&c);

	/* If an event fails, its error is that of the run, and the articles before it are marked. */
	j = (struct collect){.events = &events, .context = &text, .part = NNTP_ARTICLE};
	begin(&c, GOOD);
	scratch_write("newsrc", "misc.test: \n", 12);
	want(&j, 1, NNTP_NUMBER_MAX);
	CHECK(survey_open_newsrc(&j.groups, &c, &files, "newsrc", false, &e) == 0);
	CHECK(collect_run(&j, &c, &e) == -1);
	CHECK(e.status == EX_IOERR && j.at->upto == 2);
	CHECK(survey_save(&j.groups, &e) == 0);
	CHECK(scratch_is("newsrc", "misc.test: 1-2\n"));
	collect_free(&j);
	c.conn->dead = true; /* the event stopped within the block */
	nntp_client_end(&c);
	buf_free(&text);
}

static void
test_nothing(void)
{
	static const struct collect_events events = {.article = article};
	struct collect j = {.events = &events, .part = NNTP_ARTICLE};
	struct client c;

	begin(&c, "423 gone\r\n");
	want(&j, 2, 2);
	CHECK(collect_run(&j, &c, &e) == -1);
	CHECK(e.status == EX_NO && e.code == 423 && c.result.code == 423);
	collect_free(&j);
	nntp_client_end(&c);
}

int
main(void)
{
	scratch_begin();
	wait_setup();
	test_store();
	test_refused();
	test_early_end();
	test_events();
	test_nothing();
	return check_done();
}
