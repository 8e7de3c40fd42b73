/* The sections and keys that a configuration may have. */
#include "auth/config_check.h"

#include "base/err.h"
#include "check.h"

static const struct config_key pop_keys[] = {
	{.name = "timeout"}, {.name = "tls-pin", .repeats = true}, {0}};
static const struct config_key smtp_keys[] = {
	{.name = "timeout"}, {.name = "sender", .account_only = true}, {0}};
static const struct config_kind kinds[] = {
	{"pop", "pop", pop_keys}, {"smtp", "smtp", smtp_keys}, {"sendmail", "smtp", pop_keys}, {0}};

static struct err e;

/* Parse and check a text: NULL, or the text of the error. */
static const char *
check(const char *text)
{
	struct config c = {0};

	err_clear(&e);
	if (config_parse(&c, text, strlen(text), "rc", &e) == 0)
		(void)config_check(&c, kinds, &e);
	config_free(&c);
	CHECK(e.status == 0 || e.status == EX_CONFIG);
	return e.status == 0 ? NULL : e.text;
}

static void
sections(void)
{
	CHECK_TEXT(check(""), NULL);
	CHECK_TEXT(check("[pop]\n[smtp]\n[smtp work]\n[sendmail]\n"), NULL);
	CHECK_TEXT(
		check("[pop]\n[pup]\n"), "rc:2: unknown section '[pup]' (did you mean '[pop]'?)");
	CHECK_TEXT(check("[imap]\n"),
		"rc:1: unknown section '[imap]': sections are pop, smtp, sendmail, and accounts "
		"like '[smtp work]'");
	CHECK_TEXT(check("[sendmail work]\n"),
		"rc:1: sendmail has no accounts of its own: write [smtp work], and 'server = work' "
		"in [sendmail]");
}

static void
keys(void)
{
	CHECK_TEXT(check("[pop]\ntimeout = 1\n[pop a]\ntimeout = 2\ntls-pin = a\ntls-pin = b\n"),
		NULL);
	CHECK_TEXT(check("[pop]\ntimeout = 1\n\n[smtp]\n[pop]\ntimeout = 2\n"),
		"rc:6: duplicate key 'timeout' (first in line 2)");
	CHECK_TEXT(check("[pop]\ntimeuot = 1\n"),
		"rc:2: unknown key 'timeuot' (did you mean 'timeout'?)");
	CHECK_TEXT(check("[sendmail]\nx = 1\n"),
		"rc:2: unknown key 'x' (mailnet help smtp lists the keys)");
	CHECK_TEXT(check("[pop me]\npassword = secret\n"),
		"rc:2: a password is not accepted in this file: use password-command, or an entry "
		"in ~/.netrc");
	CHECK_TEXT(check("[smtp me]\nsender = *@x\n"), NULL);
	CHECK_TEXT(check("[smtp]\nsender = *@x\n"),
		"rc:2: unknown key 'sender' (mailnet help smtp lists the keys)");
}

int
main(void)
{
	sections();
	keys();
	return check_done();
}
