/* The table of connection options. */
#include <sys/socket.h>

#include "check.h"
#include "cmd/options.h"

static struct options o;
static struct err e;

/* Reset all options to their defaults. */
static void
fresh(void)
{
	options_free(&o);
	options_init(&o);
}

/* Set an option by its long name: 0, or the status of the error. */
static int
set(const char *name, const char *value)
{
	for (const struct option_row *r = option_rows; r->opt.name != NULL; r++)
		if (strcmp(r->opt.name, name) == 0) {
			CHECK((r->opt.arg != NULL) == (value != NULL));
			return option_set(r, &o, value, &e) == 0 ? 0 : e.status;
		}
	CHECK(!"no such option");
	return -1;
}

static void
plain(void)
{
	fresh();
	CHECK(o.client.timeout == 60 && !o.client.timeout_given && o.password_fd == -1 &&
		o.deadline == 0);
	CHECK(set("server", "h") == 0 && strcmp(o.server, "h") == 0);
	CHECK(set("no-netrc", NULL) == 0 && o.no_netrc);
	CHECK(set("no-pipelining", NULL) == 0 && o.client.no_pipelining && !o.client.reader &&
		!o.json);
	CHECK(set("tls", "starttls") == 0 && o.client.tls == TLS_STARTTLS);
	CHECK(set("tls", "off") == 0 && o.client.tls == TLS_OFF);
	CHECK(set("tls", "OFF") == EX_USAGE && o.client.tls == TLS_OFF);
	CHECK_TEXT(e.text, "invalid value 'OFF': choose auto, starttls, implicit or off");
	CHECK(set("compress", "on") == 0 && o.client.compress == COMPRESS_ON);
	CHECK(set("ipv4", NULL) == 0 && o.client.family == AF_INET);
	CHECK(set("ipv4", NULL) == 0);
	CHECK(set("ipv6", NULL) == EX_USAGE && o.client.family == AF_INET);
	CHECK(set("output", "") == EX_USAGE);
}

static void
numbers(void)
{
	fresh();
	CHECK(set("timeout", "5") == 0 && o.client.timeout == 5 && o.client.timeout_given);
	CHECK(set("timeout", "2147483647") == 0);
	CHECK(set("timeout", "2147483648") == EX_USAGE);
	CHECK(set("timeout", "99999999999999999999999") == EX_USAGE);
	CHECK(set("deadline", "0") == EX_USAGE);
	CHECK(set("deadline", "-1") == EX_USAGE);
	CHECK(set("deadline", "1x") == EX_USAGE);
	CHECK(set("deadline", "") == EX_USAGE);
	CHECK(set("password-fd", "0") == 0 && o.password_fd == 0);
	CHECK(set("password-fd", "2147483648") == EX_USAGE);
}

static void
injections(void)
{
	fresh();
	CHECK(set("user", "a\r\nQUIT") == EX_DATAERR && o.user == NULL);
	CHECK(set("authzid", "a\n") == EX_DATAERR);
	CHECK(set("helo", "a\nb") == EX_DATAERR);
	CHECK(set("helo", "a b") == EX_DATAERR);
	CHECK(set("helo", "") == EX_DATAERR);
	CHECK(set("helo", "[127.0.0.1]") == 0);
	CHECK(set("auth", "plain\r") == EX_DATAERR);
}

#define HEX "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEF"

static void
pins(void)
{
	fresh();
	CHECK(set("tls-pin", "sha256:" HEX "1") == 0 && o.client.npins == 1);
	CHECK(o.client.pins[0][0] == 0 && o.client.pins[0][1] == 0x11 &&
		o.client.pins[0][31] == 0xf1);
	CHECK(set("tls-pin", "SHA256:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:"
			     "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff") == 0);
	CHECK(o.client.npins == 2 && o.client.pins[1][31] == 0xff);
	CHECK(set("tls-pin", HEX "1") == EX_USAGE);
	CHECK(set("tls-pin", "sha256:" HEX) == EX_USAGE);
	CHECK(set("tls-pin", "sha256:" HEX "12") == EX_USAGE);
	CHECK(set("tls-pin", "sha256:" HEX "g") == EX_USAGE);
	CHECK(set("tls-pin", "sha256:") == EX_USAGE);
	while (o.client.npins < CLIENT_PINS)
		CHECK(set("tls-pin", "sha256:" HEX "1") == 0);
	CHECK(set("tls-pin", "sha256:" HEX "1") == EX_USAGE && o.client.npins == CLIENT_PINS);
}

static int
whole(void)
{
	return options_check(&o, &e) == 0 ? 0 : e.status;
}

static void
contradictions(void)
{
	fresh();
	CHECK(whole() == 0);
	CHECK(set("netrc", "f") == 0 && whole() == 0);
	CHECK(set("no-netrc", NULL) == 0 && whole() == EX_USAGE);
	CHECK_TEXT(e.text, "--netrc and --no-netrc exclude each other");
	fresh();
	CHECK(set("password-command", "c") == 0 && set("password-fd", "3") == 0);
	CHECK(whole() == EX_USAGE);
	fresh();
	CHECK(set("tls-cert", "c") == 0 && whole() == 0); /* its key may be in the same file */
	CHECK(set("tls-key", "k") == 0 && whole() == 0);
	fresh();
	CHECK(set("tls-key", "k") == 0 && whole() == EX_USAGE);
	fresh();
	CHECK(set("tunnel", "t") == 0 && set("bind", "::1") == 0 && whole() == EX_USAGE);
	fresh();
	CHECK(set("password-fd", "0") == 0 && set("batch", "f") == 0 && whole() == 0);
	CHECK(set("batch", "-") == 0 && whole() == EX_USAGE);
	fresh();
	o.place = (struct config_place){.level = 1, .file = "config", .line = 7};
	CHECK(set("netrc", "f") == 0 && set("no-netrc", NULL) == 0 && whole() == EX_CONFIG);
	CHECK_TEXT(e.text, "config:7: --netrc and --no-netrc exclude each other");
}

/* Letters and names are unique. */
static void
distinct(void)
{
	for (const struct option_row *r = option_rows; r->opt.name != NULL; r++)
		for (const struct option_row *q = option_rows; q != r; q++)
			CHECK(strcmp(q->opt.name, r->opt.name) != 0 &&
				(r->opt.letter == 0 || q->opt.letter != r->opt.letter));
}

int
main(void)
{
	plain();
	numbers();
	injections();
	pins();
	contradictions();
	distinct();
	options_free(&o);
	return check_done();
}
