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
	enum url_proto proto = s->c.ops->url;

	if (name == NULL && proto == URL_SMTP)
		name = "smtp://localhost";
	if (name == NULL)
		return err_set(e, EX_USAGE, "no server: give -s URL or set $MAILNET_%s",
			proto == URL_NNTP ? "NNTP" : "POP");
	if (url_parse(name, proto, &s->c.url, e) == -1) {
		if (given == NULL || given->place.file == NULL)
			return -1;
		/* The error is in the environment or a file, not in the command line. */
		e->status = e->status == EX_USAGE ? EX_CONFIG : e->status;
		return option_blame(s->opt, "server", e);
	}
	if (s->c.url.implicit_tls &&
		(s->opt->client.tls == TLS_STARTTLS || s->opt->client.tls == TLS_OFF))
		return err_set(e, EX_USAGE, "--tls %s contradicts %s://, which begins with TLS",
			s->opt->client.tls == TLS_OFF ? "off" : "starttls", s->c.url.scheme);
	return 0;
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
	struct buf path = {0};
	bool given;

	netrc_path(s->opt, &path, &given);
	if (s->opt->no_netrc || path.len == 0)
		err_suffix(e, " (no login: no netrc file is used; give -u and --password-command)");
	else if (access(path.data, F_OK) == -1)
		err_suffix(e,
			" (no login: %s does not exist; give -u and --password-command, or create "
			"it)",
			path.data);
	else if (s->c.creds.user != NULL && s->opt->user == NULL && s->c.url.user == NULL)
		err_suffix(e,
			" (no login: the entry for this host in %s has no password; add it, or use "
			"--password-command)",
			path.data);
	else
		err_suffix(e,
			" (no login: %s has no entry for this host; use -u and --password-command, "
			"or add one)",
			path.data);
	buf_free(&path);
}

/* Append the name of the password command for messages: its place in the configuration, if a file sets it. */
static void
add_command_name(const struct options *o, struct buf *name)
{
	const struct option_given *command = option_given(o, "password-command");

	if (command != NULL && command->place.file != NULL)
		buf_addf(name, "password-command in %s:%u", command->place.file,
			command->place.line);
}

int
target_creds(struct session *s, struct err *e)
{
	const struct options *o = s->opt;
	bool no_user = mech_no_user(client_mechs(&s->c)),
	     no_password = mech_no_password(client_mechs(&s->c));
	struct buf path = {0}, command = {0};
	struct creds_request rq = {.host = s->c.url.host,
		.port = s->c.url.port,
		.user = o->user != NULL ? o->user : s->c.url.user,
		.authzid = o->authzid,
		.command = o->password_command,
		.fd = o->password_fd,
		.user_optional = no_user,
		/* Do not prompt for a password that would not be used. */
		.prompt = isatty(STDERR_FILENO) != 0 && o->client.auth_command == NULL &&
			  !no_password,
		.timeout = o->client.timeout};
	int rc;

	if (mech_check(client_mechs(&s->c), o->client.auth_command != NULL, e) == -1)
		return -1;
	if (mech_is_none(client_mechs(&s->c)))
		return 0;
	/* A certificate or a ticket needs neither user nor password, so the default netrc is not read. */
	if (!o->no_netrc && (o->netrc != NULL || !no_user || !no_password)) {
		netrc_path(o, &path, &rq.netrc_given);
		rq.netrc = path.len != 0 ? path.data : NULL;
	}
	add_command_name(o, &command);
	rq.command_name = command.len != 0 ? command.data : NULL;
	rc = creds_get(&rq, &s->c.creds, e);
	if (rc == -1 && rq.netrc_given && access(rq.netrc, R_OK) == -1)
		option_blame(o, "netrc", e);
	buf_free(&path);
	buf_free(&command);
	return rc;
}
