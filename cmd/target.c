#include "cmd/target.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/mech.h"
#include "base/text.h"

/* A variable of the environment; NULL if it is empty or not set. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

int
target_server(struct session *s, struct err *e)
{
	const struct option_given *given = option_given(s->opt, "server");
	const char *name = s->opt->server;
	enum url_proto proto = s->applet->proto == PROTO_NNTP  ? URL_NNTP
			       : s->applet->proto == PROTO_POP ? URL_POP
							       : URL_SMTP;

	if (name == NULL && proto == URL_SMTP)
		name = "smtp://localhost";
	if (name == NULL)
		return err_set(e, EX_USAGE, "no server: give -s URL or set $MAILNET_%s",
			proto == URL_NNTP ? "NNTP" : "POP");
	if (url_parse(name, proto, &s->url, e) == -1) {
		if (given == NULL || given->place.file == NULL)
			return -1;
		/* The error is in the environment or a file, not in the command line. */
		e->status = e->status == EX_USAGE ? EX_CONFIG : e->status;
		if (given->place.line == 0)
			return err_prefix(e, "%s", given->place.file);
		return err_prefix(e, "%s:%u: server", given->place.file, given->place.line);
	}
	if (s->url.implicit_tls && (s->opt->tls == TLS_STARTTLS || s->opt->tls == TLS_OFF))
		return err_set(e, EX_USAGE, "--tls %s contradicts %s://, which begins with TLS",
			s->opt->tls == TLS_OFF ? "off" : "starttls", s->url.scheme);
	return 0;
}

bool
target_is_local(const struct session *s)
{
	if (s->conn != NULL && s->conn->remote)
		return false;
	return s->url.path != NULL || url_is_loopback(s->url.host);
}

const char *
target_mechs(const struct session *s)
{
	return s->opt->auth != NULL ? s->opt->auth : s->url.authmech;
}

/* Append the path of the netrc file; empty without a home directory. *given: an option names the file. */
static void
netrc_path(const struct options *o, struct buf *path, bool *given)
{
	const struct option_given *option = option_given(o, "netrc");
	const char *env = variable("NETRC"), *home = variable("HOME");
	const struct passwd *pw = home == NULL ? getpwuid(geteuid()) : NULL;

	/* The environment precedes the configuration. */
	*given = o->netrc != NULL && (env == NULL || option->place.level == 0);
	if (*given || env != NULL)
		buf_adds(path, *given ? o->netrc : env);
	else if (home != NULL || (pw != NULL && pw->pw_dir != NULL))
		buf_addf(path, "%s/.netrc", home != NULL ? home : pw->pw_dir);
}

void
target_explain(const struct session *s, struct err *e)
{
	size_t n = strlen(e->text), room = sizeof e->text - n;
	char *end = e->text + n;
	struct buf path = {0};
	bool given;

	netrc_path(s->opt, &path, &given);
	if (s->opt->no_netrc || path.len == 0)
		snprintf(end, room,
			" (no login: no netrc file is used; give -u and "
			"--password-command)");
	else if (access(path.data, F_OK) == -1)
		snprintf(end, room,
			" (no login: %s does not exist; give -u and --password-command, or create "
			"it)",
			path.data);
	else
		snprintf(end, room,
			" (no login: %s has no entry for this host; use -u and --password-command, "
			"or add one)",
			path.data);
	buf_free(&path);
}

/* With --auth user the commands of the login are known before connecting, and so is whether one is too long. */
static int
check_user_pass(const struct session *s, struct err *e)
{
	const struct reply_rule *rule = s->applet->ops->rule;
	const char *authinfo = s->applet->proto == PROTO_NNTP ? "AUTHINFO " : "";
	const char *wanted = target_mechs(s);
	size_t prefix = strlen(authinfo) + strlen("USER ");
	char shown[64];

	if (wanted == NULL || strcasecmp(wanted, "user") != 0)
		return 0;
	snprintf(shown, sizeof shown, "%sUSER %.20s", authinfo,
		s->creds.user != NULL ? s->creds.user : "");
	if (s->creds.user != NULL &&
		cmdq_fits(rule, shown, prefix + strlen(s->creds.user), e) == -1)
		return -1;
	snprintf(shown, sizeof shown, "%sPASS ***", authinfo);
	return s->creds.password != NULL
		       ? cmdq_fits(rule, shown, prefix + strlen(s->creds.password), e)
		       : 0;
}

int
target_creds(struct session *s, struct err *e)
{
	const struct options *o = s->opt;
	bool no_user = mech_no_user(target_mechs(s)),
	     no_password = mech_no_password(target_mechs(s));
	struct buf path = {0};
	struct creds_request rq = {.host = s->url.host,
		.port = s->url.port,
		.user = o->user != NULL ? o->user : s->url.user,
		.authzid = o->authzid,
		.command = o->password_command,
		.fd = o->password_fd,
		.user_optional = no_user,
		/* Do not prompt for a password that would not be used. */
		.prompt = isatty(STDERR_FILENO) != 0 && o->auth_command == NULL && !no_password,
		.timeout = o->timeout};
	int rc;

	if (mech_check(target_mechs(s), o->auth_command != NULL, e) == -1)
		return -1;
	if (mech_is_none(target_mechs(s)))
		return 0;
	/* A certificate or a ticket needs neither user nor password, so the default netrc is not read. */
	if (!o->no_netrc && (o->netrc != NULL || !no_user || !no_password)) {
		netrc_path(o, &path, &rq.netrc_given);
		rq.netrc = path.len != 0 ? path.data : NULL;
	}
	rc = creds_get(&rq, &s->creds, e);
	buf_free(&path);
	return rc == 0 ? check_user_pass(s, e) : -1;
}

/* --bind ADDR[:PORT], with IPv6 in brackets where a port follows. */
int
target_bind(const char *text, char host[64], uint16_t *port, struct err *e)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : strrchr(text, ':');
	const char *from = text[0] == '[' ? text + 1 : text;
	uint64_t n = 0;
	size_t len;

	if (text[0] != '[' && end != NULL && strchr(text, ':') != end)
		end = NULL; /* a bare IPv6 address */
	len = end != NULL ? (size_t)(end - from) : strlen(from);
	if (end != NULL && *end == ']')
		end++;
	if (len >= 64 || (text[0] == '[' && end == NULL) ||
		(end != NULL && *end != '\0' &&
			(*end != ':' || !text_number_s(end + 1, 65535, &n))))
		return err_set(e, EX_USAGE,
			"--bind: '%s' is not ADDR[:PORT] (an IPv6 address with a port needs "
			"brackets)",
			text);
	memcpy(host, from, len);
	host[len] = '\0';
	*port = (uint16_t)n;
	return 0;
}
