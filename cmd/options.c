#include "cmd/options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/operand.h"

/* The longest --timeout and --deadline in seconds, about 68 years. */
#define SECONDS_MAX INT32_MAX

/* Store a value that goes into a command or a credential, and so must not contain a line end. */
static int
set_clean(const char **to, const char *v, struct err *e)
{
	if (text_has_eol(v, strlen(v)))
		return err_set(e, EX_DATAERR, "the argument contains CR or LF");
	*to = v;
	return 0;
}

static int
set_user(struct options *o, const char *v, struct err *e)
{
	if (*v == '\0')
		return err_set(e, EX_USAGE, "the name is empty");
	return set_clean(&o->user, v, e);
}

static int
set_password_fd(struct options *o, const char *v, struct err *e)
{
	uint64_t n;

	if (!text_number_s(v, INT_MAX, &n))
		/* The value is not printed, because it may be the password itself. */
		return err_set(e, EX_USAGE,
			"not a descriptor number (the argument is not shown, it may be a "
			"password)");
	o->password_fd = (int)n;
	return 0;
}

static int
set_auth(struct options *o, const char *v, struct err *e)
{
	return set_clean(&o->client.auth, v, e);
}

static int
set_authzid(struct options *o, const char *v, struct err *e)
{
	return set_clean(&o->authzid, v, e);
}

/* The index of v in words (ended by NULL); -1 with e if it is not among them. */
static int
choose(const char *v, const char *const *words, struct err *e)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(v, words[i]) == 0)
			return i;
	err_set(e, EX_USAGE, "invalid value '%s': choose", v);
	for (int i = 0; words[i] != NULL; i++) {
		err_suffix(e, "%s %s", i == 0 ? "" : words[i + 1] == NULL ? " or" : ",", words[i]);
	}
	return -1;
}

static int
set_tls(struct options *o, const char *v, struct err *e)
{
	static const char *const words[] = {"auto", "starttls", "implicit", "off", NULL};
	static const enum tls_mode modes[] = {TLS_AUTO, TLS_STARTTLS, TLS_IMPLICIT, TLS_OFF};
	int i = choose(v, words, e);

	if (i == -1)
		return -1;
	o->client.tls = modes[i];
	return 0;
}

static int
hex_digit(char c)
{
	c = text_lower(c);
	if (text_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 64 hexadecimal digits. Colons between pairs, which openssl x509 -fingerprint prints, are accepted. */
static bool
parse_pin(const char *v, unsigned char pin[32])
{
	for (size_t i = 0; i < 32; i++) {
		if (i > 0 && *v == ':')
			v++;
		if (hex_digit(v[0]) == -1 || hex_digit(v[1]) == -1)
			return false;
		pin[i] = (unsigned char)(hex_digit(v[0]) << 4 | hex_digit(v[1]));
		v += 2;
	}
	return *v == '\0';
}

static int
set_tls_pin(struct options *o, const char *v, struct err *e)
{
	if (o->client.npins == CLIENT_PINS)
		return err_set(e, EX_USAGE, "at most %d pins may be given", CLIENT_PINS);
	if (!text_starts(v, "sha256:") ||
		!parse_pin(v + strlen("sha256:"), o->client.pins[o->client.npins]))
		return err_set(e, EX_USAGE,
			"'%s' is not sha256: with 64 hexadecimal digits (info prints the pins of a "
			"server)",
			v);
	o->client.npins++;
	return 0;
}

static int
set_tls_name(struct options *o, const char *v, struct err *e)
{
	return set_clean(&o->client.tls_name, v, e);
}

static int
set_seconds(int64_t *to, const char *v, struct err *e)
{
	uint64_t n;

	if (!text_number_s(v, SECONDS_MAX, &n) || n == 0)
		return err_set(e, EX_USAGE, "'%s' is not a number of seconds from 1 to %d", v,
			SECONDS_MAX);
	*to = (int64_t)n;
	return 0;
}

static int
set_timeout(struct options *o, const char *v, struct err *e)
{
	o->client.timeout_given = true;
	return set_seconds(&o->client.timeout, v, e);
}

static int
set_deadline(struct options *o, const char *v, struct err *e)
{
	return set_seconds(&o->deadline, v, e);
}

static int
set_family(struct options *o, int family, struct err *e)
{
	if (o->client.family != AF_UNSPEC && o->client.family != family)
		return err_set(e, EX_USAGE, "-4 and -6 exclude each other");
	o->client.family = family;
	return 0;
}

static int
set_ipv4(struct options *o, const char *v, struct err *e)
{
	(void)v;
	return set_family(o, AF_INET, e);
}

static int
set_ipv6(struct options *o, const char *v, struct err *e)
{
	(void)v;
	return set_family(o, AF_INET6, e);
}

/* One word: it is an argument of EHLO (RFC 5321, section 4.1.1.1). */
static int
set_helo(struct options *o, const char *v, struct err *e)
{
	if (v[0] == '\0' || strpbrk(v, " \t") != NULL)
		return err_set(e, EX_DATAERR, "'%s' is not a host name", v);
	return set_clean(&o->client.helo, v, e);
}

static int
set_compress(struct options *o, const char *v, struct err *e)
{
	static const char *const words[] = {"auto", "on", "off", NULL};
	static const enum compress_mode modes[] = {COMPRESS_AUTO, COMPRESS_ON, COMPRESS_OFF};
	int i = choose(v, words, e);

	if (i == -1)
		return -1;
	o->client.compress = modes[i];
	return 0;
}

static int
set_file(const char **to, const char *v, struct err *e)
{
	if (v != NULL && v[0] == '\0')
		return err_set(e, EX_USAGE, "the file name is empty");
	*to = v;
	return 0;
}

/* "-" is stdout. */
static int
set_output(struct options *o, const char *v, struct err *e)
{
	return set_file(&o->output, strcmp(v, "-") == 0 ? NULL : v, e);
}

static int
set_transcript(struct options *o, const char *v, struct err *e)
{
	return set_file(&o->transcript, v, e);
}

static int
set_log(struct options *o, const char *v, struct err *e)
{
	return set_file(&o->log, v, e);
}

static int
set_verbose(struct options *o, const char *v, struct err *e)
{
	(void)v;
	(void)e;
	if (o->verbose < 2)
		o->verbose++;
	return 0;
}

/* The server's URL and file names are checked when they are used. */
#define AT(member) offsetof(struct options, member)

#define ALL   PROTO_ALL
#define NNTP  PROTO_NNTP
#define POP   PROTO_POP
#define SMTP  PROTO_SMTP
#define FIRST OPTION_BEFORE_VERB

/* clang-format off */
const struct option_row option_rows[] = {
	{'s', "server", "URL", ALL, "connect to [scheme://][user@]host[:port] or to this account (default: $MAILNET_NNTP, _POP, _SMTP)", AT(server), NULL},
	{0, "config", "FILE", ALL | FIRST, "read FILE instead of ~/.config/mailnet/config and the system's file", AT(config), NULL},
	{0, "no-config", NULL, ALL, "read no configuration file", AT(no_config), NULL},
	{0, "print-config", NULL, ALL, "print the options in use and where each was set, and exit", AT(print_config), NULL},
	{'u', "user", "NAME", ALL, "log in as NAME (default: the user of the URL, else of the netrc file)", 0, set_user},
	{0, "netrc", "FILE", ALL, "read credentials from FILE instead of ~/.netrc", AT(netrc), NULL},
	{0, "no-netrc", NULL, ALL, "do not read a netrc file", AT(no_netrc), NULL},
	{0, "password-command", "CMD", ALL | FIRST, "run CMD; the first line of its output is the password", AT(password_command), NULL},
	{0, "password-fd", "N", ALL, "read the password from the first line of descriptor N", 0, set_password_fd},
	{0, "auth", "MECH[,MECH]", ALL, "log in only with the first usable of these mechanisms; none: no login (default: any)", 0, set_auth},
	{0, "authzid", "NAME", ALL, "act as NAME after the login (default: as the user)", 0, set_authzid},
	{0, "auth-command", "CMD", ALL | FIRST, "let CMD answer the challenges of an --auth mechanism mailnet does not know", AT(client.auth_command), NULL},
	{0, "no-initial-response", NULL, ALL, "wait for the first challenge before the first response", AT(client.no_initial_response), NULL},
	{0, "tls", "auto|starttls|implicit|off", ALL, "TLS if offered, required, from the start, or never (default auto)", 0, set_tls},
	{0, "allow-cleartext-auth", NULL, ALL, "allow a login without TLS to another host", AT(client.allow_cleartext_auth), NULL},
	{0, "tls-ca", "FILE", ALL, "trust the certificate authorities in FILE (PEM) instead of the system's", AT(client.tls_ca), NULL},
	{0, "tls-cert", "FILE", ALL, "present this client certificate if the server asks", AT(client.tls_cert), NULL},
	{0, "tls-key", "FILE", ALL, "read the private key of --tls-cert from FILE (default: the same file)", AT(client.tls_key), NULL},
	{0, "tls-pin", "sha256:HEX", ALL, "trust this certificate or public key (repeatable)", 0, set_tls_pin},
	{0, "tls-name", "NAME", ALL, "expect NAME in the certificate instead of the host name", 0, set_tls_name},
	{0, "tls-priority", "STRING", ALL, "set the GnuTLS priority string, for old servers (default: NORMAL, stricter)", AT(client.tls_priority), NULL},
	{0, "no-resume", NULL, ALL, "keep and use no TLS session tickets", AT(no_resume), NULL},
	{0, "timeout", "SECONDS", ALL, "wait at most SECONDS for each reply (default 60)", 0, set_timeout},
	{0, "deadline", "SECONDS", ALL, "end the whole run after SECONDS (default: no limit)", 0, set_deadline},
	{0, "bind", "ADDR[:PORT]", ALL, "connect from this local address (default: the system chooses)", AT(client.bind), NULL},
	{'4', "ipv4", NULL, ALL, "use IPv4 only", 0, set_ipv4},
	{'6', "ipv6", NULL, ALL, "use IPv6 only", 0, set_ipv6},
	{0, "tunnel", "CMD", ALL | FIRST, "connect through stdin and stdout of CMD", AT(client.tunnel), NULL},
	{0, "helo", "NAME", SMTP, "send NAME in EHLO or LHLO (default: the full host name)", 0, set_helo},
	{0, "no-capa", NULL, POP, "do not send CAPA, for servers that do not reply to it", AT(client.no_capa), NULL},
	{0, "reader", NULL, NNTP, "send MODE READER first", AT(client.reader), NULL},
	{0, "compress", "auto|on|off", NNTP, "compress replies: if they are large (auto, default), always, never", 0, set_compress},
	{0, "no-pipelining", NULL, ALL, "wait for each reply before the next command", AT(client.no_pipelining), NULL},
	{'o', "output", "FILE", ALL, "write to FILE, replaced only when the output is complete (default: stdout)", 0, set_output},
	{0, "crlf", NULL, ALL, "end output lines in CR LF (default: LF)", AT(crlf), NULL},
	{0, "json", NULL, ALL, "print each record as a JSON object on a line", AT(json), NULL},
	{'v', "verbose", NULL, ALL, "show commands and replies on stderr (-vv: every line, with the time)", 0, set_verbose},
	{0, "transcript", "FILE", ALL, "append every line sent and received to FILE", 0, set_transcript},
	{0, "log", "FILE|syslog", ALL, "log a line for each message and each failed verb (default: no log)", 0, set_log},
	{'q', "quiet", NULL, ALL, "print no progress and no warnings", AT(quiet), NULL},
	{0, "no-sandbox", NULL, ALL, "do not confine the process (Landlock, seccomp)", AT(no_sandbox), NULL},
	{'b', "batch", "FILE", ALL, "run the verb lines of FILE (-: stdin) in one session", AT(batch), NULL},
	{0, NULL, NULL, 0, NULL, 0, NULL},
};
/* clang-format on */

/* Options that exclude each other: the first place that sets one of them decides on both. */
static const char *const exclusive[][2] = {{"config", "no-config"}, {"ipv4", "ipv6"},
	{"netrc", "no-netrc"}, {"password-command", "password-fd"}, {"bind", "tunnel"}};
#define EXCLUSIVE (sizeof exclusive / sizeof exclusive[0])

static bool
exclude_each_other(const char *a, const char *b)
{
	for (size_t i = 0; i < EXCLUSIVE; i++)
		if ((strcmp(a, exclusive[i][0]) == 0 && strcmp(b, exclusive[i][1]) == 0) ||
			(strcmp(a, exclusive[i][1]) == 0 && strcmp(b, exclusive[i][0]) == 0))
			return true;
	return false;
}

static bool
is_decided(const struct options *o, const struct option_row *r)
{
	for (size_t i = 0; i < o->ngiven; i++)
		if (o->given[i].place.level < o->place.level &&
			(o->given[i].row == r ||
				exclude_each_other(o->given[i].row->name, r->name)))
			return true;
	return false;
}

static void
note_given(struct options *o, const struct option_row *r, const char *value)
{
	o->given = mem_resize(o->given, o->ngiven + 1, sizeof *o->given);
	o->given[o->ngiven++] = (struct option_given){r, value, o->place};
}

const struct option_given *
option_given(const struct options *o, const char *name)
{
	for (size_t i = o->ngiven; i > 0; i--)
		if (strcmp(o->given[i - 1].row->name, name) == 0)
			return &o->given[i - 1];
	return NULL;
}

int
option_place_blame(const struct option_place *place, const char *name, struct err *e)
{
	if (place == NULL || place->file == NULL)
		return err_prefix(e, "--%s", name);
	if (place->line == 0)
		return err_prefix(e, "%s", place->file);
	return err_prefix(e, "%s:%u: %s", place->file, place->line, name);
}

int
option_blame(const struct options *o, const char *name, struct err *e)
{
	const struct option_given *g = option_given(o, name);

	return option_place_blame(g != NULL ? &g->place : NULL, name, e);
}

void
option_server(struct options *o, const char *value, struct option_place place)
{
	const struct option_row *r = option_rows;

	while (strcmp(r->name, "server") != 0)
		r++;
	o->server = value;
	o->place = place;
	note_given(o, r, value);
}

int
option_set(const struct option_row *r, struct options *o, const char *value, struct err *e)
{
	void *member = (char *)o + r->at;

	if (is_decided(o, r))
		return 0;
	note_given(o, r, value);
	if (r->arg == NULL && value != NULL && strcmp(value, "no") == 0)
		return 0;
	if (r->set != NULL)
		return r->set(o, value, e);
	if (r->arg != NULL)
		*(const char **)member = value;
	else
		*(bool *)member = true;
	return 0;
}

void
options_init(struct options *o)
{
	*o = (struct options){.password_fd = -1, .client = {.timeout = 60, .family = AF_UNSPEC}};
}

void
options_free(struct options *o)
{
	free(o->given);
	free(o->tickets);
	*o = (struct options){0};
}

/* The option with this name, if it is set and not turned off. */
static const struct option_given *
option_on(const struct options *o, const char *name)
{
	const struct option_given *g = option_given(o, name);
	bool off =
		g != NULL && g->row->arg == NULL && g->value != NULL && strcmp(g->value, "no") == 0;

	return off ? NULL : g;
}

/* The option g does not fit the others, as e describes: an option in a file is an error of this file. Returns -1. */
static int
blame_place(const struct option_given *g, struct err *e)
{
	if (g->place.line == 0)
		return -1;
	e->status = EX_CONFIG;
	return err_prefix(e, "%s:%u", g->place.file, g->place.line);
}

int
options_check(const struct options *o, struct err *e)
{
	for (size_t i = 0; i < EXCLUSIVE; i++) {
		const char *const *pair = exclusive[i];
		const struct option_given *g = option_on(o, pair[1]);

		if (g == NULL || option_on(o, pair[0]) == NULL)
			continue;
		err_set(e, EX_USAGE, "--%s and --%s exclude each other", pair[0], pair[1]);
		return blame_place(g, e);
	}
	if (o->client.tls_cert == NULL && o->client.tls_key != NULL) {
		err_set(e, EX_USAGE, "--tls-key needs --tls-cert");
		return blame_place(option_given(o, "tls-key"), e);
	}
	if (o->password_fd == 0 && o->batch != NULL && operand_is_stdin(o->batch))
		return err_set(e, EX_USAGE, "--password-fd 0 and -b - cannot both read stdin");
	return 0;
}
