#include "cmd/options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/operand.h"
#include "wire/tls_pin.h"

/* The longest --timeout and --deadline in seconds, about 68 years. */
#define SECONDS_MAX INT32_MAX

/* ---- setters, for option_row.set ---------------------------------------------------------------- */

/* A value that goes into a command or a credential, and so must not contain a line end. */
static int
set_clean(void *member, const struct option_row *r, const char *v, struct err *e)
{
	(void)r;
	if (text_has_eol(v, strlen(v)))
		return err_set(e, EX_DATAERR, "the argument contains CR or LF");
	*(const char **)member = v;
	return 0;
}

static int
set_user(void *member, const struct option_row *r, const char *v, struct err *e)
{
	if (*v == '\0')
		return err_set(e, EX_USAGE, "the name is empty");
	return set_clean(member, r, v, e);
}

/* One word: it is an argument of EHLO (RFC 5321, section 4.1.1.1). */
static int
set_helo(void *member, const struct option_row *r, const char *v, struct err *e)
{
	if (v[0] == '\0' || strpbrk(v, " \t") != NULL)
		return err_set(e, EX_DATAERR, "'%s' is not a host name", v);
	return set_clean(member, r, v, e);
}

static int
set_file(void *member, const struct option_row *r, const char *v, struct err *e)
{
	(void)r;
	if (v[0] == '\0')
		return err_set(e, EX_USAGE, "the file name is empty");
	*(const char **)member = v;
	return 0;
}

/* "-" is stdout. */
static int
set_output(void *member, const struct option_row *r, const char *v, struct err *e)
{
	if (strcmp(v, "-") != 0)
		return set_file(member, r, v, e);
	*(const char **)member = NULL;
	return 0;
}

static int
set_password_fd(void *member, const struct option_row *r, const char *v, struct err *e)
{
	uint64_t n;

	(void)r;
	if (!text_number_s(v, INT_MAX, &n))
		/* The value is not printed, because it may be the password itself. */
		return err_set(e, EX_USAGE,
			"not a descriptor number (the argument is not shown, it may be a "
			"password)");
	*(int *)member = (int)n;
	return 0;
}

static int
set_seconds(void *member, const struct option_row *r, const char *v, struct err *e)
{
	uint64_t n;

	(void)r;
	if (!text_number_s(v, SECONDS_MAX, &n) || n == 0)
		return err_set(e, EX_USAGE, "'%s' is not a number of seconds from 1 to %d", v,
			SECONDS_MAX);
	*(int64_t *)member = (int64_t)n;
	return 0;
}

static int
set_timeout(void *member, const struct option_row *r, const char *v, struct err *e)
{
	struct client_config *c = member;

	c->timeout_given = true;
	return set_seconds(&c->timeout, r, v, e);
}

/* The index of v in the row's argument, "WORD|WORD|...", whose order is that of the enum; -1 with e: not among them. */
static int
choose(const struct option_row *r, const char *v, struct err *e)
{
	const char *word = r->opt.arg;

	for (int i = 0;; i++) {
		size_t n = strcspn(word, "|");

		if (strlen(v) == n && memcmp(v, word, n) == 0)
			return i;
		if (word[n] == '\0')
			break;
		word += n + 1;
	}
	err_set(e, EX_USAGE, "invalid value '%s': choose", v);
	for (const char *p = r->opt.arg; p < word; p += strcspn(p, "|") + 1)
		err_suffix(e, "%s %.*s", p == r->opt.arg ? "" : ",", (int)strcspn(p, "|"), p);
	return err_suffix(e, " or %s", word);
}

static int
set_tls(void *member, const struct option_row *r, const char *v, struct err *e)
{
	int i = choose(r, v, e);

	if (i != -1)
		*(enum tls_mode *)member = (enum tls_mode)i;
	return i == -1 ? -1 : 0;
}

static int
set_compress(void *member, const struct option_row *r, const char *v, struct err *e)
{
	int i = choose(r, v, e);

	if (i != -1)
		*(enum compress_mode *)member = (enum compress_mode)i;
	return i == -1 ? -1 : 0;
}

static int
set_tls_pin(void *member, const struct option_row *r, const char *v, struct err *e)
{
	struct client_config *c = member;

	(void)r;
	if (c->npins == CLIENT_PINS)
		return err_set(e, EX_USAGE, "at most %d pins may be given", CLIENT_PINS);
	if (!tls_pin_parse(v, c->pins[c->npins]))
		return err_set(e, EX_USAGE,
			"'%s' is not sha256: with 64 hexadecimal digits (info prints the pins of a "
			"server)",
			v);
	c->npins++;
	return 0;
}

static int
set_family(void *member, const struct option_row *r, const char *v, struct err *e)
{
	int *family = member, wanted = r->opt.letter == '4' ? AF_INET : AF_INET6;

	(void)v;
	if (*family != AF_UNSPEC && *family != wanted)
		return err_set(e, EX_USAGE, "-4 and -6 exclude each other");
	*family = wanted;
	return 0;
}

static int
set_verbose(void *member, const struct option_row *r, const char *v, struct err *e)
{
	int *verbose = member;

	(void)r, (void)v, (void)e;
	if (*verbose < 2)
		++*verbose;
	return 0;
}

/* ---- the table ----------------------------------------------------------------------------------- */

/* The server's URL and file names are checked when they are used. */
#define AT(member) offsetof(struct options, member)

#define ALL    PROTO_ALL
#define NNTP   PROTO_NNTP
#define POP    PROTO_POP
#define SMTP   PROTO_SMTP
#define FIRST  OPTION_BEFORE_VERB
#define NO_KEY OPTION_NO_KEY

/* clang-format off */
const struct option_row option_rows[] = {
	{{'s', "server", "URL", "connect to [scheme://][user@]host[:port] or to this account (default: $MAILNET_NNTP, _POP, _SMTP)"}, ALL, AT(server), NULL},
	{{0, "config", "FILE", "read FILE instead of ~/.config/mailnet/config and the system's file"}, ALL | FIRST | NO_KEY, AT(config), NULL},
	{{0, "no-config", NULL, "read no configuration file"}, ALL | NO_KEY, AT(no_config), NULL},
	{{0, "print-config", NULL, "print the options in use and where each was set, and exit"}, ALL | NO_KEY, AT(print_config), NULL},
	{{'u', "user", "NAME", "log in as NAME (default: the user of the URL, else of the netrc file)"}, ALL, AT(user), set_user},
	{{0, "netrc", "FILE", "read credentials from FILE instead of ~/.netrc"}, ALL, AT(netrc), NULL},
	{{0, "no-netrc", NULL, "do not read a netrc file"}, ALL, AT(no_netrc), NULL},
	{{0, "password-command", "CMD", "run CMD; the first line of its output is the password"}, ALL | FIRST, AT(password_command), NULL},
	{{0, "password-fd", "N", "read the password from the first line of descriptor N"}, ALL, AT(password_fd), set_password_fd},
	{{0, "auth", "MECH[,MECH]", "log in only with the first usable of these mechanisms; none: no login (default: any)"}, ALL, AT(client.auth), set_clean},
	{{0, "authzid", "NAME", "act as NAME after the login (default: as the user)"}, ALL, AT(authzid), set_clean},
	{{0, "auth-command", "CMD", "let CMD answer the challenges of an --auth mechanism mailnet does not know"}, ALL | FIRST, AT(client.auth_command), NULL},
	{{0, "no-initial-response", NULL, "wait for the first challenge before the first response"}, ALL, AT(client.no_initial_response), NULL},
	{{0, "tls", "auto|starttls|implicit|off", "TLS if offered, required, from the start, or never (default auto)"}, ALL, AT(client.tls), set_tls},
	{{0, "allow-cleartext-auth", NULL, "allow a login without TLS to another host"}, ALL, AT(client.allow_cleartext_auth), NULL},
	{{0, "tls-ca", "FILE", "trust the certificate authorities in FILE (PEM) instead of the system's"}, ALL, AT(client.tls_ca), NULL},
	{{0, "tls-cert", "FILE", "present this client certificate if the server asks"}, ALL, AT(client.tls_cert), NULL},
	{{0, "tls-key", "FILE", "read the private key of --tls-cert from FILE (default: the same file)"}, ALL, AT(client.tls_key), NULL},
	{{0, "tls-pin", "sha256:HEX", "trust this certificate or public key (repeatable)"}, ALL, AT(client), set_tls_pin},
	{{0, "tls-name", "NAME", "expect NAME in the certificate instead of the host name"}, ALL, AT(client.tls_name), set_clean},
	{{0, "tls-priority", "STRING", "set the GnuTLS priority string, for old servers (default: NORMAL, stricter)"}, ALL, AT(client.tls_priority), NULL},
	{{0, "no-resume", NULL, "keep and use no TLS session tickets"}, ALL, AT(no_resume), NULL},
	{{0, "timeout", "SECONDS", "wait at most SECONDS for each reply (default 60)"}, ALL, AT(client), set_timeout},
	{{0, "deadline", "SECONDS", "end the whole run after SECONDS (default: no limit)"}, ALL, AT(deadline), set_seconds},
	{{0, "bind", "ADDR[:PORT]", "connect from this local address (default: the system chooses)"}, ALL, AT(client.bind), NULL},
	{{'4', "ipv4", NULL, "use IPv4 only"}, ALL, AT(client.family), set_family},
	{{'6', "ipv6", NULL, "use IPv6 only"}, ALL, AT(client.family), set_family},
	{{0, "tunnel", "CMD", "connect through stdin and stdout of CMD"}, ALL | FIRST, AT(client.tunnel), NULL},
	{{0, "helo", "NAME", "send NAME in EHLO or LHLO (default: the full host name)"}, SMTP, AT(client.helo), set_helo},
	{{0, "no-capa", NULL, "do not send CAPA, for servers that do not reply to it"}, POP, AT(client.no_capa), NULL},
	{{0, "reader", NULL, "send MODE READER first"}, NNTP, AT(client.reader), NULL},
	{{0, "compress", "auto|on|off", "compress replies: if they are large (auto, default), always, never"}, NNTP, AT(client.compress), set_compress},
	{{0, "no-pipelining", NULL, "wait for each reply before the next command"}, ALL, AT(client.no_pipelining), NULL},
	{{'o', "output", "FILE", "write to FILE, replaced only when the output is complete (default: stdout)"}, ALL, AT(output), set_output},
	{{0, "crlf", NULL, "end output lines in CR LF (default: LF)"}, ALL, AT(crlf), NULL},
	{{0, "json", NULL, "print each record as a JSON object on a line"}, ALL, AT(json), NULL},
	{{'v', "verbose", NULL, "show commands and replies on stderr (-vv: every line, with the time)"}, ALL, AT(verbose), set_verbose},
	{{0, "transcript", "FILE", "append every line sent and received to FILE"}, ALL, AT(transcript), set_file},
	{{0, "log", "FILE|syslog", "log a line for each message and each failed verb (default: no log)"}, ALL, AT(log), set_file},
	{{'q', "quiet", NULL, "print no progress and no warnings"}, ALL, AT(quiet), NULL},
	{{0, "no-sandbox", NULL, "do not confine the process (Landlock, seccomp)"}, ALL, AT(no_sandbox), NULL},
	{{'b', "batch", "FILE", "run the verb lines of FILE (-: stdin) in one session"}, ALL, AT(batch), NULL},
	{{0, NULL, NULL, NULL}, 0, 0, NULL},
};
/* clang-format on */

static bool
is_option(const struct opt *o, char letter, const char *name)
{
	return letter != 0 ? o->letter == letter : strcmp(o->name, name) == 0;
}

const struct opt *
opt_find(const struct opt *opts, char letter, const char *name)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		if (is_option(opts, letter, name))
			return opts;
	return NULL;
}

const struct option_row *
option_find(char letter, const char *name)
{
	for (const struct option_row *r = option_rows; r->opt.name != NULL; r++)
		if (is_option(&r->opt, letter, name))
			return r;
	return NULL;
}

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
				exclude_each_other(o->given[i].row->opt.name, r->opt.name)))
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
		if (strcmp(o->given[i - 1].row->opt.name, name) == 0)
			return &o->given[i - 1];
	return NULL;
}

int
option_blame(const struct options *o, const char *name, struct err *e)
{
	const struct option_given *g = option_given(o, name);

	return config_blame(g != NULL ? &g->place : NULL, name, e);
}

void
option_server(struct options *o, const char *value, struct config_place place)
{
	o->server = value;
	o->place = place;
	note_given(o, option_find(0, "server"), value);
}

int
option_set(const struct option_row *r, struct options *o, const char *value, struct err *e)
{
	void *member = (char *)o + r->at;

	if (is_decided(o, r))
		return 0;
	note_given(o, r, value);
	if (r->opt.arg == NULL && value != NULL && strcmp(value, "no") == 0)
		return 0;
	if (r->set != NULL)
		return r->set(member, r, value, e);
	if (r->opt.arg != NULL)
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
	bool off = g != NULL && g->row->opt.arg == NULL && g->value != NULL &&
		   strcmp(g->value, "no") == 0;

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
