/* Lists over a client whose server is a shell script: records, malformed lines, lines that are out of the range. */
#include "job/listing.h"

#include "base/buf.h"
#include "base/wait.h"

#include "nntp_client.h"

static const char server[] =
	"reply() { printf '%s\\r\\n' \"$@\"; }\n"
	"reply '200 news'\n"
	"while read -r line; do\n"
	"	line=${line%?}\n"
	"	case $line in\n"
	"	LIST | 'LIST '*) reply '215 list' 'a.b 3 1 y' 'odd' 'c.d 007 2  m' . ;;\n"
	"	NEWNEWS*) reply '230 new' '<1@x>' 'no id' \"<$(seq -s- 200)@x>\" . ;;\n"
	"	LISTGROUP*) reply '211 4 1 9 a.b' 1 02 x '7 ' 9 . ;;\n"
	"	HDR*) reply '225 headers' '1 one' '(none)' '<2@x> two' 'three' '4' . ;;\n"
	"	QUIT) reply '205 bye' && exit ;;\n"
	"	*) reply '500 what' ;;\n"
	"	esac\n"
	"done\n";

/* The words of all records, each ended by "|", a record by LF. */
static struct buf seen;

static int
record(void *context, const struct nntp_record *r, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < *(size_t *)context; i++) {
		buf_add(&seen, r->words[i].p, r->words[i].n);
		buf_addc(&seen, '|');
	}
	buf_addc(&seen, '\n');
	return 0;
}

/* Run a command whose records have n words. Returns how many lines were malformed; -1: the command failed. */
static int
run(struct nntp_command command, enum nntp_list_kind kind, const struct nntp_spec *spec, size_t n)
{
	struct listing l = {.kind = kind, .spec = spec, .record = record, .context = &n};
	struct client c;
	int rc;

	nntp_client_begin(&c, server);
	buf_clear(&seen);
	rc = listing_run(&l, &c, command, &e);
	CHECK(rc == (e.status == 0 ? 0 : -1));
	nntp_client_end(&c);
	if (rc == 0)
		rc = (int)l.passed.count;
	buf_free(&l.passed.reply);
	return rc;
}

static void
test_records(void)
{
	static const struct nntp_spec all = {.first = 1, .last = 9}, part = {.first = 2, .last = 7};

	CHECK(run(nntp_list(NULL, NULL), NNTP_LIST_ACTIVE, NULL, 4) == 1);
	CHECK_STR(buf_str(&seen), "a.b|3|1|y|\nc.d|007|2|m|\n");
	CHECK(run(nntp_list("counts", NULL), NNTP_LIST_LINES, NULL, 1) == 0);
	CHECK_STR(buf_str(&seen), "a.b 3 1 y|\nodd|\nc.d 007 2  m|\n");
	CHECK(run(nntp_descriptions("*"), NNTP_LIST_DESCRIPTIONS, NULL, 2) == 0);
	CHECK_STR(buf_str(&seen), "a.b|3 1 y|\nodd||\nc.d|007 2  m|\n");
	CHECK(run(nntp_listgroup("a.b", &part), NNTP_LIST_NUMBERS, &part, 1) == 1);
	CHECK_STR(buf_str(&seen), "2|\n7|\n");
	CHECK(run(nntp_hdr("Subject", NULL, &all), NNTP_LIST_HEADERS, &all, 2) == 1);
	CHECK_STR(buf_str(&seen), "1|one|\n0|two|\n4||\n");
}

/* A message-id that is too long is skipped, and is not a malformed line. */
static void
test_newnews(void)
{
	struct nntp n = {.caps_state = NNTP_CAPS_KNOWN};

	CHECK(run(nntp_newnews(&n, "*", 0), NNTP_LIST_MSGIDS, NULL, 1) == 1);
	CHECK_STR(buf_str(&seen), "<1@x>|\n");
}

static void
test_refused(void)
{
	CHECK(run(nntp_xpath("<1@x>"), NNTP_LIST_LINES, NULL, 1) == -1);
	CHECK(e.status == EX_UNAVAILABLE && seen.len == 0);
}

static void
words_are(const char *first, const char *second, const char *keyword, const char *pattern)
{
	nntp_list_words(&first, &second);
	CHECK_STR(first, keyword);
	CHECK_STR(second, pattern);
}

static void
test_words(void)
{
	words_are(NULL, NULL, NULL, NULL);
	words_are("Active", NULL, NULL, NULL);
	words_are("active", "a.*", NULL, "a.*");
	words_are("active.times", NULL, "active.times", NULL);
	words_are("comp.*", NULL, NULL, "comp.*");
	words_are("counts", "a.b", "counts", "a.b");
	words_are("x.y", "a.b", "x.y", "a.b");
	CHECK(nntp_list_kind(NULL) == NNTP_LIST_ACTIVE);
	CHECK(nntp_list_kind("Newsgroups") == NNTP_LIST_DESCRIPTIONS);
	CHECK(nntp_list_kind("motd") == NNTP_LIST_LINES);
}

int
main(void)
{
	scratch_begin();
	wait_setup();
	test_records();
	test_newnews();
	test_refused();
	test_words();
	buf_free(&seen);
	return check_done();
}
