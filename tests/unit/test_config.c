#include "auth/config.h"

#include <sys/stat.h>

#include "base/err.h"
#include "check.h"
#include "scratch.h"

static struct config c;
static struct err e;

/* Parse a text alone: 0, or the status of the error. */
static int
parse(const char *text)
{
	config_free(&c);
	err_clear(&e);
	return config_parse(&c, text, strlen(text), "rc", &e) == -1 ? e.status : 0;
}

static void
test_entries(void)
{
	CHECK(parse("") == 0 && c.nentries == 0 && c.nsections == 0);
	CHECK(parse("# c\n\n[smtp]\ntimeout = 30\n\t\n[ smtp  work ] # mine\nserver=smtps://h\n") ==
		0);
	CHECK(c.nentries == 2 && c.nsections == 2);
	CHECK_STR(c.entry[0].applet, "smtp");
	CHECK(c.entry[0].account == NULL);
	CHECK_STR(c.entry[0].key, "timeout");
	CHECK_STR(c.entry[0].value, "30");
	CHECK(c.entry[0].line == 4);
	CHECK_STR(c.entry[1].account, "work");
	CHECK_STR(c.entry[1].value, "smtps://h");
	CHECK_STR(c.entry[1].file, "rc");
	CHECK(c.section[1].line == 6);
	/* A value goes to the end of its line, also through '#' and ';'. */
	CHECK(parse("[pop]\r\npassword-command = pass show x; echo # not a comment \r\nuser = "
		    "a=b") == 0);
	CHECK_STR(c.entry[0].value, "pass show x; echo # not a comment");
	CHECK_STR(c.entry[1].value, "a=b");
	CHECK(parse("\xEF\xBB\xBF[pop]\nuser =\n") == 0);
	CHECK_STR(c.entry[0].value, "");
}

static void
test_quotes_and_continuations(void)
{
	CHECK(parse("[pop]\nuser = \" a \"\nx = \"\"\ny = \"a\" \"b\"\nz = \"\n") == 0);
	CHECK_STR(c.entry[0].value, " a ");
	CHECK_STR(c.entry[1].value, "");
	CHECK_STR(c.entry[2].value, "\"a\" \"b\"");
	CHECK_STR(c.entry[3].value, "\"");
	CHECK(parse("[smtp a]\nsender = me@x,\n   # comment\n\n\t *@y,  \n  *@z\nuser =\n b\n c") ==
		0);
	CHECK_STR(c.entry[0].value, "me@x, *@y, *@z");
	CHECK_STR(c.entry[1].value, "b c");
	CHECK(parse("[pop]\nuser = \"a\n b\"\n") == 0);
	CHECK_STR(c.entry[0].value, "a b");
}

static void
test_faults(void)
{
	CHECK(parse("user = me\n") == EX_CONFIG && strstr(e.text, "rc:1: ") == e.text);
	CHECK(parse("[pop]\nuser\n") == EX_CONFIG && strstr(e.text, "rc:2: ") == e.text);
	CHECK(parse("[pop\nuser = x\n") == EX_CONFIG && strstr(e.text, "rc:1: ") == e.text);
	CHECK(parse("[pop] x\n") == EX_CONFIG);
	CHECK(parse("[]\n") == EX_CONFIG);
	CHECK(parse("[pop a b]\n") == EX_CONFIG);
	CHECK(parse("[pop]\n  user = x\n") == EX_CONFIG && strstr(e.text, "rc:2: ") == e.text);
	CHECK(parse("\n x\n") == EX_CONFIG);
	config_free(&c);
	CHECK(config_parse(&c, "[pop]\nuser = a\0b\n", 18, "rc", &e) == -1 &&
		e.status == EX_CONFIG);
}

static int
read_file(const char *path, int given)
{
	config_free(&c);
	err_clear(&e);
	return config_read(&c, path, given, &e) == -1 ? e.status : 0;
}

static void
test_files(void)
{
	static const char text[] = "[pop]\nuser = me\n";

	scratch_begin();
	CHECK(read_file("config", 0) == 0 && c.nentries == 0);
	CHECK(read_file("config", 1) == EX_CONFIG);
	scratch_write("config", text, sizeof text - 1);
	CHECK(chmod("config", 0644) == 0 && read_file("config", 0) == 0 && c.nentries == 1);
	CHECK(chmod("config", 0664) == 0 && read_file("config", 0) == EX_CONFIG);
	CHECK(chmod("config", 0602) == 0 && read_file("config", 1) == EX_CONFIG);
	CHECK(read_file(".", 1) == EX_CONFIG);
	CHECK(read_file("/dev/null", 1) == 0 && c.nentries == 0);
	CHECK(read_file("/dev/zero", 1) == EX_CONFIG);
}

int
main(void)
{
	test_entries();
	test_quotes_and_continuations();
	test_faults();
	test_files();
	config_free(&c);
	return check_done();
}
