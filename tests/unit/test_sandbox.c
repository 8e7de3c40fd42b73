/* Which rights a run keeps, and the paths below which it may write. Nothing is given up here. */
#include "client/sandbox.h"

#include "check.h"
#include "scratch.h"

static struct client_config config;
static struct client c;
static struct sandbox b;

static void
fresh(const struct client_ops *ops)
{
	config = (struct client_config){0};
	c = (struct client){.ops = ops, .config = &config};
	b = (struct sandbox){0};
}

static void
dialling(void)
{
	static char some[1];

	fresh(&pop_client);
	CHECK(!sandbox_may_dial(&c, &b, false));
	b.dest = "lmtp:///run/lmtp";
	CHECK(sandbox_may_dial(&c, &b, true));
	b = (struct sandbox){.redials = true};
	CHECK(sandbox_may_dial(&c, &b, true));
	b = (struct sandbox){.batch = true};
	CHECK(sandbox_may_dial(&c, &b, true));
	fresh(&smtp_client);
	b.batch = true;
	CHECK(!sandbox_may_dial(&c, &b, false));

	/* An NNTP pipeline may have to be repeated, until its first multi-line reply has come. */
	fresh(&nntp_client);
	CHECK(!sandbox_may_dial(&c, &b, false));
	c.conn = (struct conn *)some;
	CHECK(sandbox_may_dial(&c, &b, false) && !sandbox_may_dial(&c, &b, true));
	c.conn = NULL;
	c.creds.user = some;
	CHECK(sandbox_may_dial(&c, &b, true));
	c.logged_in = true;
	CHECK(!sandbox_may_dial(&c, &b, true));
	c.logged_in = false;
	config.auth = "none";
	CHECK(!sandbox_may_dial(&c, &b, true));
}

static void
commands(void)
{
	fresh(&pop_client);
	config.tunnel = "ssh";
	config.auth_command = "x";
	b.password_command = "pass";
	CHECK_TEXT(sandbox_command(&c, &b, false), NULL);
	b.redials = true;
	CHECK_TEXT(sandbox_command(&c, &b, false), "--tunnel");
	config.tunnel = NULL;
	CHECK_TEXT(sandbox_command(&c, &b, false), "--password-command");
	b.password_command = NULL;
	CHECK_TEXT(sandbox_command(&c, &b, false), "--auth-command");
	b.commands = true;
	CHECK_TEXT(sandbox_command(&c, &b, false), "the batch may name a |COMMAND");
	b.dest = "|procmail";
	CHECK_TEXT(sandbox_command(&c, &b, false), "-d |COMMAND");
}

/* The paths below which a run that stores in dest may write, joined by blanks. */
static const char *
written(const char *dest)
{
	static char text[200];
	struct confine kept = {0};
	size_t n;

	confine_write_dest(&kept, dest);
	n = kept.write.len;
	CHECK(n < sizeof text && kept.read.len == 0);
	for (size_t i = 0; i < n; i++)
		text[i] = kept.write.data[i] != '\0' ? kept.write.data[i] : ' ';
	text[n] = '\0';
	confine_free(&kept);
	return text;
}

static void
destinations(void)
{
	CHECK_TEXT(written("-"), "");
	CHECK_TEXT(written("|command"), "");
	CHECK_TEXT(written("lmtp://host"), "");
	CHECK_TEXT(written("mbox"), ". ");
	CHECK_TEXT(written("new/mail/"), ". ");
	CHECK(mkdir("M", 0700) == 0 && mkdir("M/new", 0700) == 0 && mkdir("M/cur", 0700) == 0);
	/* tmp will be made in the Maildir. */
	CHECK_TEXT(written("M"), "M M M/new M/cur ");
	CHECK(symlink("M/mbox", "link") == 0);
	CHECK_TEXT(written("link"), ". M ");
}

int
main(void)
{
	scratch_begin();
	dialling();
	commands();
	destinations();
	return check_done();
}
