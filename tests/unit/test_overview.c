/* Overview lines over a client whose server is a shell script: of one group, of several, and without OVER. */
#include "base/wait.h"
#include "job/overview.h"
#include "proto/nntp_lists.h"
#include "proto/nntp_overview.h"

#include "nntp_client.h"

/*
 * The groups a.* have the articles 1 to 3; all others do not exist. The file `over` is the server's reply to OVER;
 * without it, the server knows only XOVER. Each line that the server reads is appended to `seen`.
 */
static const char server[] =
	"reply() { printf '%s\\r\\n' \"$@\"; }\n"
	"lines() {\n"
	"	reply '224 lines'\n"
	"	i=${1%-*}\n"
	"	while [ $i -le ${1#*-} ]; do\n"
	"		printf '%s\\ts%s\\tf\\td\\t<%s@x>\\t\\t1\\t1\\r\\n' $i $i $i\n"
	"		i=$((i + 1))\n"
	"	done\n"
	"	reply .\n"
	"}\n"
	"reply '200 peer'\n"
	"while read -r line; do\n"
	"	line=${line%?}\n"
	"	echo \"$line\" >>seen\n"
	"	case $line in\n"
	"	'GROUP a.'*) reply \"211 3 1 3 ${line#* }\" ;;\n"
	"	GROUP*) reply '411 no such group' ;;\n"
	"	OVER*) if [ -e over ]; then cat over; else reply '500 what'; fi ;;\n"
	"	XOVER*) lines ${line#* } ;;\n"
	"	QUIT) reply '205 bye' && exit ;;\n"
	"	*) reply '500 what' ;;\n"
	"	esac\n"
	"done\n";

/* over: the reply to OVER; NULL: the server does not know the command. */
static void
begin(struct client *c, const char *over)
{
	nntp_client_begin(c, server);
	if (over != NULL)
		scratch_write("over", over, strlen(over));
}

/* A job with the lines that were read: "GROUP NUMBER", or "NUMBER" of one group, each ended by a space. */
struct job {
	struct overview o; /* first */
	struct client *c;
	struct buf text;
};

static int
line(struct overview *o, const struct overview_line *l, struct err *err)
{
	struct job *j = (struct job *)o;

	(void)err;
	if (o->groups.several)
		buf_addf(&j->text, "%s ", o->at->name);
	buf_add(&j->text, l->cols[0].p, l->cols[0].n);
	buf_addc(&j->text, ' ');
	return 0;
}

static struct job
job_of(struct client *c, const char *group, uint64_t first, uint64_t last)
{
	struct job j = {.o = {.line = line}, .c = c};

	j.o.spec = (struct nntp_spec){.first = first, .last = last};
	if (group != NULL)
		survey_add(&j.o.groups, group);
	return j;
}

static void
job_free(struct job *j)
{
	overview_free(&j->o);
	buf_free(&j->text);
}

/* ---- one group --------------------------------------------------------------------------------- */

static void
test_range(void)
{
	struct client c;
	struct job j;

	begin(&c, "224 lines\r\n1\ta\tb\tc\t<1@x>\t\t1\t1\r\nno "
		  "number\r\n3\ta\tb\tc\t<3@x>\t\t1\t1\r\n.\r\n");
	j = job_of(&c, "a.b", 1, 3);
	CHECK(passed_end(&j.o.passed, &c, overview_run(&j.o, &c, &e), &e) == -1);
	CHECK(e.status == EX_PROTOCOL && passed == 0);
	CHECK_TEXT(buf_str(&j.text), "1 3 ");
	/* The greeting, and one pipeline of GROUP, OVER and QUIT. */
	CHECK(j.o.found && c.quit_sent && c.conn->rounds == 2);
	CHECK(scratch_is("seen", "GROUP a.b\nOVER 1-3\n") ||
		scratch_is("seen", "GROUP a.b\nOVER 1-3\nQUIT\n"));
	job_free(&j);
	nntp_client_end(&c);
}

static void
test_last(void)
{
	struct client c;
	struct job j;

	begin(&c, NULL);
	j = job_of(&c, "a.b", 1, NNTP_NUMBER_MAX);
	j.o.groups.last = 2;
	CHECK(overview_run(&j.o, &c, &e) == 0);
	CHECK_TEXT(buf_str(&j.text), "2 3 ");
	CHECK(nntp_of(&c)->old_over);
	job_free(&j);
	nntp_client_end(&c);
}

static void
test_nothing(void)
{
	struct client c;
	struct job j;

	begin(&c, "423 no such number\r\n");
	j = job_of(&c, "a.b", 7, 9);
	CHECK(overview_run(&j.o, &c, &e) == 0 && !j.o.found);
	CHECK(overview_nothing(&j.o, &e) == -1);
	CHECK(e.status == EX_NO && e.code == 423);
	job_free(&j);
	nntp_client_end(&c);
}

/* The lines of the group that was selected before are not those of a group that does not exist. */
static void
test_no_group(void)
{
	struct client c;
	struct job j;

	begin(&c, "224 lines\r\n1\ta\tb\tc\t<1@x>\t\t1\t1\r\n.\r\n");
	j = job_of(&c, "b", 1, 3);
	CHECK(overview_run(&j.o, &c, &e) == -1);
	CHECK(e.status == EX_NO && e.code == 411 && j.text.len == 0);
	job_free(&j);
	nntp_client_end(&c);
}

/* ---- several groups ---------------------------------------------------------------------------- */

static void
test_subscribed(void)
{
	static const char newsrc[] = "a.b: 1-2\nb: 1\na.c! 1\na.d: 1-3\na.e:\n";
	struct newsrc_files files = {0};
	struct client c;
	struct job j;

	begin(&c, NULL);
	scratch_write("newsrc", newsrc, sizeof newsrc - 1);
	j = job_of(&c, NULL, 1, NNTP_NUMBER_MAX);
	j.o.groups.passed = &j.o.passed;
	CHECK(survey_open_newsrc(&j.o.groups, &c, &files, "newsrc", true, &e) == 0);
	CHECK(j.o.groups.n == 4);
	CHECK(passed_end(&j.o.passed, &c, overview_run(&j.o, &c, &e), &e) == -1);
	CHECK(e.status == EX_NO && e.code == 411 && passed == 0);
	CHECK_TEXT(buf_str(&j.text), "a.b 3 a.e 1 a.e 2 a.e 3 ");
	/* The file is kept: it is saved at the end of the run. */
	CHECK(survey_save(&j.o.groups, &e) == 0);
	CHECK(scratch_is("newsrc", newsrc));
	CHECK(newsrc_files_find(&files, "newsrc") == j.o.groups.newsrc);
	job_free(&j);
	CHECK(newsrc_files_end(&files, true, &e) == 0 && files.list == NULL);
	CHECK(scratch_is("newsrc", "a.b: 1-3\nb: 1\na.c! 1\na.d: 1-3\na.e: 1-3\n"));
	nntp_client_end(&c);
}

int
main(void)
{
	scratch_begin();
	wait_setup();
	test_range();
	test_last();
	test_nothing();
	test_no_group();
	test_subscribed();
	return check_done();
}
