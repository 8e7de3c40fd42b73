/* The account of a run, and the precedence of the sections. */
#include "auth/config_run.h"

#include "base/buf.h"
#include "base/err.h"
#include "check.h"

static struct config c;
static struct err e;
static struct buf b;

static void
parse(const char *text, const char *file)
{
	CHECK(config_parse(&c, text, strlen(text), file, &e) == 0);
}

static int
add(void *arg, const struct config_entry *en, const struct config_place *place, struct err *error)
{
	(void)arg;
	if (strcmp(en->value, "stop") == 0)
		return err_set(error, EX_CONFIG, "stopped");
	buf_addf(&b, "%u %s:%u %s\n", place->level, place->file, place->line, en->value);
	return 0;
}

/* The entries that count, or the text of the error. */
static const char *
each(const struct config_run *run)
{
	buf_clear(&b);
	return config_each(&c, run, add, NULL, &e) == 0 ? buf_str(&b) : e.text;
}

static void
precedence(void)
{
	struct config_run run = {"smtp", NULL, NULL};

	parse("[smtp]\nhelo = a\n[sendmail]\nhelo = b\n[smtp work]\nhelo = c\n[pop]\nx = d\n", "1");
	parse("[smtp work]\nhelo = e\n[smtp]\nhelo = f\n[pop work]\nx = g\n", "2");
	CHECK_TEXT(each(&run), "4 1:2 a\n7 2:4 f\n");
	run.other = "sendmail";
	CHECK_TEXT(each(&run), "3 1:4 b\n4 1:2 a\n7 2:4 f\n");
	run.account = "work";
	CHECK_TEXT(each(&run), "2 1:6 c\n3 1:4 b\n4 1:2 a\n5 2:2 e\n7 2:4 f\n");
	run = (struct config_run){"pop", NULL, "none"};
	CHECK_TEXT(each(&run), "4 1:8 d\n");
	parse("[pop]\nx = stop\n", "3");
	CHECK_TEXT(each(&run), "stopped");
	config_free(&c);
}

/* The server for one that is named, and the account that is used. */
static const char *
server(const char *named, struct config_run *run)
{
	struct config_value v = {.value = named};

	if (config_server(&c, run, &v, &e) == -1)
		return e.text;
	buf_clear(&b);
	buf_addf(&b, "%s ", v.value != NULL ? v.value : "none");
	config_add_place(&v.place, &b);
	return buf_str(&b);
}

static void
servers(void)
{
	struct config_run run = {"smtp", NULL, NULL};

	CHECK_TEXT(server(NULL, &run), "none command line");
	parse("[smtp work]\nserver = smtps://h\n[smtp]\nserver = work\n[smtp bare]\nhelo = x\n",
		"1");
	CHECK_TEXT(server("host", &run), "host command line");
	CHECK(run.account == NULL);
	CHECK_TEXT(server(NULL, &run), "smtps://h 1:2");
	CHECK_TEXT(run.account, "work");
	/* The account of the sender was chosen before. */
	CHECK_TEXT(server(NULL, &run), "smtps://h 1:2");
	run.account = NULL;
	CHECK_TEXT(server("bare", &run),
		"the account 'bare' has no server: add 'server = URL' to [smtp bare]");
	CHECK(e.status == EX_CONFIG);
	run = (struct config_run){"pop", NULL, NULL};
	CHECK_TEXT(server("work", &run), "work command line");
	config_free(&c);
}

static void
senders(void)
{
	parse("[smtp a]\nsender = me@a.example, *@b.example ,,\n[smtp c]\nsender = *@*.example\n"
	      "[pop p]\nsender = *\n",
		"1");
	CHECK_TEXT(config_sender_account(&c, "smtp", "me@a.example"), "a");
	CHECK_TEXT(config_sender_account(&c, "smtp", "ME@B.EXAMPLE"), "a");
	CHECK_TEXT(config_sender_account(&c, "smtp", "you@a.example"), "c");
	CHECK_TEXT(config_sender_account(&c, "smtp", "me@elsewhere"), NULL);
	CHECK_TEXT(config_sender_account(&c, "smtp", ""), NULL);
	config_free(&c);
}

static const char *
explain(const char *applet, const char *name, const char *file)
{
	err_set(&e, EX_NOHOST, "not found");
	config_explain_account(&c, applet, name, file, &e);
	return e.text;
}

static void
messages(void)
{
	struct config_place place = {0};

	CHECK_TEXT(explain("pop", "x", NULL), "not found (no account [pop x])");
	CHECK_TEXT(explain("pop", "x", "/c"), "not found (no account [pop x] in /c)");
	parse("[smtp work]\nserver = h\n[smtp work]\nquiet = yes\nx = maybe\n", "1");
	parse("[smtp home]\n", "2");
	CHECK_TEXT(explain("smtp", "wrok", "/c"),
		"not found (no account [smtp wrok] in 1 and 2; did you mean 'work'?)");
	CHECK_TEXT(explain("pop", "home", NULL),
		"not found (no account [pop home] in 1 and 2; there is one for smtp)");
	buf_clear(&b);
	config_list_accounts(&c, &b);
	CHECK_TEXT(b.data, "smtp work h\nsmtp home \n");
	CHECK(config_flag(&c.entry[1], &e) == 1);
	CHECK(config_flag(&c.entry[2], &e) == -1);
	CHECK_TEXT(e.text, "1:5: x must be yes or no, not 'maybe'");

	err_set(&e, EX_USAGE, "bad");
	config_blame(NULL, "tls", &e);
	CHECK_TEXT(e.text, "--tls: bad");
	place = (struct config_place){CONFIG_ENVIRONMENT, "$X", 0};
	err_set(&e, EX_USAGE, "bad");
	config_blame(&place, "tls", &e);
	CHECK_TEXT(e.text, "$X: bad");
	place = (struct config_place){CONFIG_FILE, "f", 7};
	err_set(&e, EX_USAGE, "bad");
	config_blame(&place, "tls", &e);
	CHECK_TEXT(e.text, "f:7: tls: bad");
	config_free(&c);
}

static void
paths(void)
{
	buf_clear(&b);
	config_user_path("/x", "/h", &b);
	CHECK_TEXT(b.data, "/x/mailnet/config");
	buf_clear(&b);
	config_user_path("relative", "/h", &b);
	CHECK_TEXT(b.data, "/h/.config/mailnet/config");
}

int
main(void)
{
	precedence();
	servers();
	senders();
	messages();
	paths();
	buf_free(&b);
	return check_done();
}
