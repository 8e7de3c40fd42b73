/* The facts about a server, and any command, over a POP3 server that replies by a script. */
#include "client/facts.h"

#include "proto/caps.h"
#include "pop_client.h"

static struct err e;

#define CAPA                                                                                    \
	{                                                                                       \
		"CAPA", "+OK list\r\nTOP\r\nLOGIN-DELAY soon\r\nLOGIN-DELAY 30\r\nEXPIRE 0\r\n" \
			"IMPLEMENTATION peer 1.2\r\n.\r\n"                                      \
	}

static void
test_facts(void)
{
	static const struct pop_step script[] = {CAPA, {.command = NULL}};
	struct client_facts f = {0};
	struct client c;
	pid_t pid = pop_client_begin(&c, script);

	CHECK(pop_client.facts(&c, false, &f, &e) == 0);
	CHECK_STR(buf_str(&f.capabilities), "TOP\nLOGIN-DELAY soon\nLOGIN-DELAY 30\nEXPIRE 0\n"
					    "IMPLEMENTATION peer 1.2\n");
	CHECK_STR(buf_str(&f.software), "peer 1.2");
	CHECK(f.nlimits == 2 && f.limits[0].value == 0 && f.limits[1].value == 30);
	CHECK_STR(f.limits[0].name, "EXPIRE");
	CHECK_STR(buf_str(&c.result.text), "+OK list");
	CHECK(pop_client.offers(&c, "top") && !pop_client.offers(&c, "UIDL"));
	client_facts_free(&f);
	pop_client_end(&c, pid);
}

static int
command(struct client *c, const char *text, bool *block)
{
	struct buf line = {0};
	int rc;

	buf_adds(&line, text);
	err_clear(&e);
	rc = pop_client.command(c, &line, block, &e);
	buf_free(&line);
	return rc;
}

static void
test_command(void)
{
	static const struct pop_step script[] = {{"XTND x", "+OK ready\r\n"},
		{"XTND y", "-ERR unknown\r\n"}, {"AUTH LOGIN", "+ \r\n"}, {"QUIT", "+OK bye\r\n"},
		{.command = NULL}};
	struct client c;
	pid_t pid = pop_client_begin(&c, script);
	bool block;

	CHECK(command(&c, "XTND x", &block) == 0 && block && !c.ended);
	CHECK_STR(buf_str(&c.result.text), "+OK ready");
	CHECK(command(&c, "XTND y", &block) == -1 && e.status != 0);
	CHECK_STR(buf_str(&c.result.text), "-ERR unknown");
	CHECK(command(&c, "AUTH LOGIN", &block) == 0 && !block);
	CHECK(command(&c, "QUIT", &block) == 0 && c.ended);
	pop_client_end(&c, pid);
}

static void
test_numbers(void)
{
	struct buf lines = {0};
	uint64_t v = 7;

	buf_adds(&lines, "SIZE\nsize 12 x\nEXPIRE NEVER\n");
	CHECK(caps_number(&lines, "SIZE", &v) && v == 12);
	CHECK(!caps_number(&lines, "EXPIRE", &v) && !caps_number(&lines, "X", &v) && v == 12);
	buf_free(&lines);
}

int
main(void)
{
	test_facts();
	test_command();
	test_numbers();
	return check_done();
}
