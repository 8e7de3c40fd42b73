/* The credentials of a client: which sources are used, what is advised without them, where tickets are kept. */
#include "client/client_creds.h"

#include "check.h"
#include "client/ticket.h"
#include "scratch.h"

static struct client_config config;
static struct client c;
static struct err e;

/* A client for host, and its credentials from a netrc file: 0, or the status of the error. */
static int
find(const char *auth, const char *url_user)
{
	struct creds_request rq = {.fd = -1, .netrc = "netrc"};

	creds_wipe(&c.creds);
	config = (struct client_config){.auth = auth, .timeout = 5};
	c = (struct client){.ops = &pop_client, .config = &config};
	c.url.host = (char *)"host";
	c.url.user = (char *)url_user;
	err_clear(&e);
	return client_find_creds(&c, &rq, &e) == 0 ? 0 : e.status;
}

static void
sources(void)
{
	static const char netrc[] = "machine host login me password secret\n"
				    "machine host login you password other\n";

	scratch_write("netrc", netrc, sizeof netrc - 1);
	CHECK(find(NULL, NULL) == 0);
	CHECK_TEXT(c.creds.user, "me");
	CHECK_TEXT(c.creds.password, "secret");
	CHECK(find(NULL, "you") == 0);
	CHECK_TEXT(c.creds.password, "other");
	CHECK(find("none", NULL) == 0 && c.creds.user == NULL);
	CHECK(find("no/such", NULL) == EX_USAGE);
}

static void
repeated(void)
{
	struct creds creds = {.source = CREDS_FD};

	CHECK(!creds_last(&creds, NULL));
	creds.source = CREDS_PROMPT;
	CHECK(!creds_last(&creds, NULL));
	creds.source = CREDS_COMMAND;
	CHECK(creds_last(&creds, NULL));
	creds.source = CREDS_NETRC;
	CHECK(creds_last(&creds, NULL) && creds_last(&creds, "netrc"));
	CHECK(!creds_last(&creds, "/dev/null") && !creds_last(&creds, "missing"));
}

static const char *
advice(const char *netrc, bool user_given)
{
	err_set(&e, EX_NOPERM, "refused");
	client_explain_creds(&c, netrc, user_given, &e);
	return e.text;
}

static void
advised(void)
{
	CHECK(find("none", NULL) == 0);
	CHECK_TEXT(advice(NULL, false),
		"refused (no login: no netrc file is used; give -u and --password-command)");
	CHECK_TEXT(advice("missing", false),
		"refused (no login: missing does not exist; give -u and --password-command, or "
		"create it)");
	CHECK_TEXT(advice("netrc", false),
		"refused (no login: netrc has no entry for this host; use -u and "
		"--password-command, or add one)");
	c.creds.user = strdup("me");
	CHECK_TEXT(advice("netrc", false),
		"refused (no login: the entry for this host in netrc has no password; add it, or "
		"use --password-command)");
	CHECK_TEXT(advice("netrc", true),
		"refused (no login: netrc has no entry for this host; use -u and "
		"--password-command, or add one)");
	creds_wipe(&c.creds);
}

static void
tickets(void)
{
	char home[4096], want[4200];
	char *dir = ticket_dir("/cache", NULL);

	CHECK_TEXT(dir, "/cache/mailnet");
	free(dir);
	CHECK(getcwd(home, sizeof home) != NULL);
	snprintf(want, sizeof want, "%s/.cache/mailnet", home);
	dir = ticket_dir("relative", home);
	CHECK_TEXT(dir, want);
	free(dir);
	CHECK_TEXT(ticket_dir(NULL, "relative"), NULL);
	CHECK_TEXT(ticket_dir(NULL, "/no/such/home"), NULL);
}

int
main(void)
{
	scratch_begin();
	sources();
	repeated();
	advised();
	tickets();
	return check_done();
}
