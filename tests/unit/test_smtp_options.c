/* The options of all messages of a run, from the words of a user. */
#include "proto/smtp_options.h"

#include "check.h"
#include "scratch.h"

static struct err e;
static struct smtp_options o;
static struct buf text;

static const char *
host(void)
{
	return "mx.example";
}

typedef int reader(struct smtp_options *options, const char *value, struct err *err);

/* The result of one word: "STATUS MESSAGE", or the parameters of MAIL and RCPT, joined by blanks. */
static const char *
read_word(reader *read, const char *value)
{
	const struct smtp_send_options *options = &o.options;

	buf_clear(&text);
	if (read(&o, value, &e) == -1) {
		buf_addf(&text, "%d %s", e.status, e.text);
	} else {
		smtp_options_complete(&o);
		for (size_t i = 0; i < options->nmail_params; i++)
			buf_addf(&text, "M:%s ", options->mail_params[i]);
		for (size_t i = 0; i < options->nrcpt_params; i++)
			buf_addf(&text, "R:%s ", options->rcpt_params[i]);
	}
	return buf_str(&text);
}

/* The same with new options. */
static const char *
read_first(reader *read, const char *value)
{
	smtp_options_free(&o);
	o.options.host = host;
	return read_word(read, value);
}

static void
test_notifications(void)
{
	CHECK_STR(read_first(smtp_options_notify, "never"), "R:NOTIFY=NEVER ");
	CHECK_STR(read_first(smtp_options_notify, "Delay,success"), "R:NOTIFY=DELAY,SUCCESS ");
	for (const char *const *bad = (const char *const[]){"", "never,delay", "delay,never",
		     "never,never", "delay,", ",delay", "delayed", "dela", NULL};
		*bad != NULL; bad++) {
		const char *got = read_first(smtp_options_notify, *bad);

		CHECK(strncmp(got, "64 '", 4) == 0 && strstr(got, "' is neither 'never'") != NULL);
		CHECK(o.rcpt_params.n == 0);
	}
	CHECK_STR(read_first(smtp_options_ret, "headers"), "M:RET=HDRS ");
	CHECK_STR(read_first(smtp_options_ret, "FULL"), "M:RET=FULL ");
	CHECK_STR(read_first(smtp_options_ret, "all"), "64 'all' is neither 'full' nor 'hdrs'");
	CHECK_STR(read_first(smtp_options_envid, "a+b =\xc3\xa4"), "M:ENVID=a+2Bb+20+3D+C3+A4 ");
	CHECK_STR(read_first(smtp_options_envid, ""), "65 not 1 to 100 octets without line ends");
	CHECK_STR(
		read_first(smtp_options_envid, "a\nb"), "65 not 1 to 100 octets without line ends");
}

/* A parameter of the user is sent instead of one that mailnet would make. */
static void
test_params(void)
{
	CHECK_STR(read_first(smtp_options_mail_param, "ret=FULL"), "M:ret=FULL ");
	CHECK_STR(read_word(smtp_options_ret, "hdrs"), "M:ret=FULL ");
	CHECK_STR(read_word(smtp_options_envid, "x"), "M:ret=FULL M:ENVID=x ");
	CHECK_STR(read_word(smtp_options_rcpt_param, "NOTIFY=NEVER"),
		"M:ret=FULL M:ENVID=x R:NOTIFY=NEVER ");
	CHECK_STR(read_word(smtp_options_notify, "delay"), "M:ret=FULL M:ENVID=x R:NOTIFY=NEVER ");
	CHECK_STR(read_first(smtp_options_mail_param, "a b"),
		"65 'a b' is not a parameter: write KEY or KEY=VALUE");
	CHECK_STR(read_first(smtp_options_rcpt_param, "=x"),
		"65 '=x' is not a parameter: write KEY or KEY=VALUE");
}

static void
test_envelope(void)
{
	CHECK_STR(read_first(smtp_options_from, "<>"), "");
	CHECK_STR(o.options.from, "");
	CHECK_STR(read_word(smtp_options_from, "<a@x>"), "");
	CHECK_STR(o.options.from, "a@x");
	CHECK_STR(read_word(smtp_options_rcpt, "b@x"), "");
	CHECK_STR(read_word(smtp_options_rcpt, "<root>"), "");
	CHECK(o.options.rcpts->n == 2);
	CHECK_STR(o.options.rcpts->list[1], "root");
	CHECK_STR(read_word(smtp_options_rcpt, "<>"), "65 the address \"\" is empty");
	CHECK_STR(read_word(smtp_options_from, ""), "65 the address \"\" is empty");
	CHECK(strncmp(read_word(smtp_options_rcpt, "A <a@x>"), "65 the address", 14) == 0);
	CHECK(o.rcpts.n == 2);
}

/* The parameters of recipients in a dialogue: sent if all have the same. */
static void
test_dialogue(void)
{
	static const struct {
		const char *first, *second;
		size_t n;
	} cases[] = {{" NOTIFY=NEVER", " NOTIFY=NEVER", 1}, {"", "", 0}, {" NOTIFY=NEVER", "", 0},
		{" NOTIFY=NEVER", " NOTIFY=DELAY", 0}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct smtp_receive r;
		struct buf line = {0}, reply = {0};

		smtp_receive_begin(&r, "mx", &reply);
		smtp_receive_line(&r, "MAIL FROM:<d@x> RET=HDRS", 24, &reply);
		buf_addf(&line, "RCPT TO:<e@x>%s", cases[i].first);
		smtp_receive_line(&r, line.data, line.len, &reply);
		buf_clear(&line);
		buf_addf(&line, "RCPT TO:<f@x>%s", cases[i].second);
		smtp_receive_line(&r, line.data, line.len, &reply);
		read_first(smtp_options_from, "a@x");
		smtp_options_envelope(&o, &r);
		CHECK_STR(o.options.from, "d@x");
		CHECK(o.options.rcpts->n == 2 && o.options.nmail_params == 1);
		CHECK_STR(o.options.mail_params[0], "RET=HDRS");
		CHECK(o.options.nrcpt_params == cases[i].n);
		CHECK(cases[i].n == 0 || strcmp(o.options.rcpt_params[0], "NOTIFY=NEVER") == 0);
		smtp_receive_free(&r);
		buf_free(&line);
		buf_free(&reply);
	}
}

static void
test_local(void)
{
	CHECK_STR(read_first(smtp_options_sender, "me"), "");
	CHECK_STR(o.options.sender, "me@mx.example");
	CHECK_STR(read_word(smtp_options_domain, "example.org"), "");
	CHECK_STR(read_word(smtp_options_sender, "me"), "");
	CHECK_STR(o.options.sender, "me@example.org");
	CHECK_STR(read_word(smtp_options_sender, "me@other.example"), "");
	CHECK_STR(o.options.sender, "me@other.example");
	CHECK(strncmp(read_word(smtp_options_sender, "a b"), "65 the address", 14) == 0);
	CHECK_STR(read_word(smtp_options_domain, "a@b"), "78 'a@b' is not a domain");
	scratch_write("aliases", "root: a@b\n", 10);
	CHECK_STR(read_word(smtp_options_aliases, "aliases"), "");
	CHECK(o.options.aliases == &o.aliases && o.aliases.n == 1);
	CHECK(strncmp(read_first(smtp_options_aliases, "missing"), "78 ", 3) == 0);
}

int
main(void)
{
	scratch_begin();
	test_notifications();
	test_params();
	test_envelope();
	test_dialogue();
	test_local();
	smtp_options_free(&o);
	buf_free(&text);
	return check_done();
}
