/* Exchanges without libgsasl: bearer tokens, --auth-command; and exchanges in a child process. */
#include "auth/sasl.h"

#include <stdlib.h>
#include <unistd.h>

#include "auth/mech.h"
#include "auth/password.h"
#include "auth/sasl_ops.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/wait.h"
#include "check.h"

static char me[] = "m=e,\303\274", spaced[] = "ses am", token[] = "bo,ss";
static struct creds creds;
static struct mech_pick pick;
static struct sasl_params params;
static struct err e;

static void
set(const char *mech)
{
	pick = (struct mech_pick){.kind = MECH_SASL};
	snprintf(pick.name, sizeof pick.name, "%s", mech);
	creds = (struct creds){.user = me, .password = spaced};
	params = (struct sasl_params){.pick = &pick,
		.creds = &creds,
		.host = "h.example",
		.port = 110,
		.service = "pop",
		.timeout = 20};
	err_clear(&e);
}

static void
test_tokens(void)
{
	static const char json[] = "{\"status\":\"401\",\n\"scope\":\"mail\"}";
	struct buf out = {0};
	struct sasl *s;
	bool has;

	set("XOAUTH2");
	pick.asked = true;
	CHECK(sasl_start(&params, &s, &e) == -1 && e.status == EX_DATAERR);
	creds.password = token;
	CHECK(sasl_start(&params, &s, &e) == 0);
	CHECK(sasl_initial(s, &out, &has, &e) == 0 && has);
	CHECK_STR(buf_str(&out), "user=m=e,\303\274\001auth=Bearer bo,ss\001\001");
	CHECK(sasl_accept(s, &e) == 0);
	buf_clear(&out);
	CHECK(sasl_step(s, json, strlen(json), &out, &e) == 0 && out.len == 0);
	CHECK(sasl_accept(s, &e) == -1);
	err_set(&e, EX_NOPERM, "AUTH: 535 no");
	sasl_explain(s, &e);
	CHECK_STR(e.text, "AUTH: 535 no: {\"status\":\"401\", \"scope\":\"mail\"}");
	CHECK(sasl_step(s, json, strlen(json), &out, &e) == -1 && e.status == EX_PROTOCOL);
	sasl_free(s);

	set("OAUTHBEARER");
	creds.password = token;
	CHECK(sasl_start(&params, &s, &e) == 0);
	CHECK(sasl_step(s, "", 0, &out, &e) == 0);
	CHECK_STR(buf_str(&out), "n,a=m=3De=2C\303\274,\001host=h.example\001port=110\001"
				 "auth=Bearer bo,ss\001\001");
	buf_clear(&out);
	CHECK(sasl_step(s, json, strlen(json), &out, &e) == 0);
	CHECK_STR(buf_str(&out), "\001");
	sasl_free(s);
	creds.user = NULL;
	buf_clear(&out);
	CHECK(sasl_start(&params, &s, &e) == 0);
	CHECK(sasl_initial(s, &out, &has, &e) == 0);
	CHECK(strncmp(buf_str(&out), "n,,\001host=", 9) == 0);
	sasl_free(s);
	buf_wipe(&out);
}

static void
test_explain(void)
{
	struct sasl *s;

	set("SCRAM-SHA-1");
	CHECK(sasl_start(&params, &s, &e) == 0);
	err_set(&e, EX_NOPERM, "SCRAM-SHA-1: 535 no");
	sasl_explain(s, &e);
	CHECK_STR(e.text, "SCRAM-SHA-1: 535 no");
	sasl_free(s);
	set("X-NEVER");
	CHECK(sasl_start(&params, &s, &e) == -1 && e.status == EX_NOPERM);
}

static struct sasl *
start_command(const char *command)
{
	struct sasl *s = NULL;

	set("X-NEW");
	pick.command = true;
	params.command = command;
	CHECK(sasl_start(&params, &s, &e) == 0);
	return s;
}

static void
test_command(void)
{
	struct sasl *s =
		start_command("echo one; read c; echo \"two $c\"; read c; echo \"three $c\"");
	struct buf out = {0};
	bool has;

	CHECK(sasl_initial(s, &out, &has, &e) == 0 && has);
	CHECK_STR(buf_str(&out), "one");
	buf_clear(&out);
	CHECK(sasl_step(s, "abc", 3, &out, &e) == 0);
	CHECK_STR(buf_str(&out), "two abc");
	buf_clear(&out);
	CHECK(sasl_step(s, "a\nb", 3, &out, &e) == -1 && e.status == EX_PROTOCOL);
	CHECK(sasl_step(s, "", 0, &out, &e) == 0);
	CHECK_STR(buf_str(&out), "three ");
	CHECK(sasl_accept(s, &e) == 0);
	CHECK(sasl_step(s, "", 0, &out, &e) == -1 && e.status == EX_NOPERM);
	sasl_free(s);
	buf_clear(&out);
	s = start_command("while read -r c; do printf '<%s>\\r\\n' \"$c\"; done");
	CHECK(sasl_step(s, "", 0, &out, &e) == 0);
	CHECK_STR(buf_str(&out), "<>");
	sasl_free(s);
	s = start_command("exec >&-; exit 1");
	CHECK(sasl_initial(s, &out, &has, &e) == -1 && e.status == EX_NOPERM);
	sasl_free(s);
	s = start_command("cat /dev/zero");
	CHECK(sasl_initial(s, &out, &has, &e) == -1 && e.status == EX_NOPERM);
	sasl_free(s);
	set("X-NEW");
	pick.command = true;
	params.command = "sleep 1000";
	params.timeout = 0;
	CHECK(sasl_start(&params, &s, &e) == 0);
	CHECK(sasl_initial(s, &out, &has, &e) == -1 && e.status == EX_NOPERM);
	sasl_free(s);
	buf_wipe(&out);
}

/* A test mechanism: each challenge names the step that it performs. */
static int
obey(struct sasl *s, const char *in, size_t n, struct buf *out, struct err *err)
{
	if (in == NULL)
		return buf_adds(out, "first"), 0;
	if (strcmp(in, "die") == 0)
		_exit(1);
	if (strcmp(in, "hang") == 0)
		for (;;)
			pause();
	if (strcmp(in, "fail") == 0)
		return err_set(err, EX_NOPERM, "as told");
	s->finished = strcmp(in, "end") == 0;
	buf_add(out, in, n);
	return 0;
}

static int freed;

static void
obedient_free(struct sasl *s)
{
	freed++;
	free(s);
}

static struct sasl *
start_apart(int64_t timeout)
{
	static const struct sasl_ops obedient = {obey, obedient_free};
	struct sasl *s = calloc(1, sizeof *s);

	s->ops = &obedient;
	s->client_first = true;
	return sasl_apart(s, "waiting for a test", timeout, &e);
}

static void
test_apart(void)
{
	struct sasl *s = start_apart(20);
	struct buf out = {0}, large = {0};
	bool has;

	CHECK(sasl_initial(s, &out, &has, &e) == 0 && has && out.len == 5);
	buf_clear(&out);
	CHECK(sasl_step(s, "", 0, &out, &e) == 0 && out.len == 0);
	CHECK(sasl_step(s, "a\0b", 3, &out, &e) == 0 && out.len == 3);
	CHECK(memcmp(out.data, "a\0b", 3) == 0);
	memset(buf_reserve(&large, 20000), 'x', 20000);
	CHECK(sasl_step(s, large.data, 20000, &out, &e) == 0 && out.len == 20003);
	CHECK(sasl_step(s, "fail", 4, &out, &e) == -1 && e.status == EX_NOPERM);
	CHECK_STR(e.text, "as told");
	CHECK(sasl_accept(s, &e) == -1);
	CHECK(sasl_step(s, "end", 3, &out, &e) == 0 && sasl_accept(s, &e) == 0);
	sasl_free(s);
	s = start_apart(20);
	CHECK(sasl_step(s, "die", 3, &out, &e) == -1 && e.status == EX_OSERR);
	sasl_free(s);
	s = start_apart(0);
	CHECK(sasl_step(s, "hang", 4, &out, &e) == -1 && e.status == EX_TEMPFAIL);
	CHECK_STR(e.text, "timed out waiting for a test");
	sasl_free(s);
	CHECK(freed == 3);
	buf_free(&out);
	buf_free(&large);
}

int
main(void)
{
	wait_setup();
	test_tokens();
	test_explain();
	test_command();
	test_apart();
	return check_done();
}
