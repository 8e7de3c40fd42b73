/* smtp.c - a correct SMTP and LMTP server (RFC 5321, 2033, 1869 and the extensions it names). */
#include "blocks.h"
#include "sent.h"
#include "session.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#define RCPTS_MAX 1000

/* The transaction. */
static char *sender; /* owned; NULL: no MAIL yet */
static char *rcpts[RCPTS_MAX];
static size_t nrcpts;
static bool greeted;
static bool chunking;     /* BDAT has begun */
static int chunk_fd = -1; /* the file for its octets, see sent_open */

static void
forget(void)
{
	free(sender);
	sender = NULL;
	while (nrcpts > 0)
		free(rcpts[--nrcpts]);
	sent_drop(chunk_fd);
	chunk_fd = -1;
	chunking = false;
}

static void
ehlo(struct session *s)
{
	const struct options *o = s->o;

	forget();
	greeted = true;
	say(s, "250-localhost");
	if (!o->no_pipelining)
		say(s, "250-PIPELINING");
	say(s, "250-SIZE %lld", o->size);
	if (o->starttls && s->io.tls == NULL)
		say(s, "250-STARTTLS");
	say(s, "250-AUTH PLAIN LOGIN");
	say(s, "250-8BITMIME");
	say(s, "250-SMTPUTF8");
	if (!o->no_chunking)
		say(s, "250-CHUNKING");
	say(s, "250-DSN");
	say(s, "250 ENHANCEDSTATUSCODES");
}

/* Sends a challenge and decodes the response into out. */
static bool
ask(struct session *s, const char *challenge, char *out, size_t size)
{
	say(s, "334 %s", challenge);
	return session_line(s) && unbase64(s->line, out, size) >= 0;
}

static void
auth(struct session *s, char *args)
{
	char *mech = word(&args), *ir = word(&args), user[512], pass[512];
	bool ok = false;

	if (s->authed) {
		say(s, "503 5.5.1 once is enough");
		return;
	}
	if (strcasecmp(mech, "PLAIN") == 0) {
		if (*ir != '\0')
			ok = session_plain(s, ir);
		else {
			say(s, "334 ");
			ok = session_line(s) && session_plain(s, s->line);
		}
	} else if (strcasecmp(mech, "LOGIN") == 0) {
		ok = (*ir != '\0' ? unbase64(ir, user, sizeof(user)) >= 0
				  : ask(s, "VXNlcm5hbWU6", user, sizeof(user))) &&
		     ask(s, "UGFzc3dvcmQ6", pass, sizeof(pass)) && session_login(s, user, pass);
	} else {
		say(s, "504 5.5.4 no such mechanism");
		return;
	}
	say(s, ok ? "235 2.7.0 welcome" : "535 5.7.8 wrong name or password");
}

/* The address in "FROM:<address> parameters", its end marked; NULL if there is none. */
static char *
address(char *args, const char *key)
{
	char *end;

	if (strncasecmp(args, key, strlen(key)) != 0)
		return NULL;
	args += strlen(key);
	args += strspn(args, " ");
	end = *args == '<' ? strchr(args, '>') : NULL;
	/* A quoted local part may hold ">": the last one before a blank is the end. */
	while (end != NULL && end[1] != '\0' && end[1] != ' ')
		end = strchr(end + 1, '>');
	if (end == NULL)
		return NULL;
	*end = '\0';
	return args + 1;
}

static void
mail(struct session *s, char *args)
{
	char *from = address(args, "FROM:"), *size;

	if (s->o->require_auth && !s->authed)
		say(s, "530 5.7.0 log in first");
	else if (!greeted || sender != NULL)
		say(s, "503 5.5.1 not now");
	else if (from == NULL)
		say(s, "501 5.5.4 MAIL FROM:<address>");
	else if ((size = strcasestr(from + strlen(from) + 1, " SIZE=")) != NULL &&
		 strtoll(size + 6, NULL, 10) > s->o->size)
		say(s, "552 5.3.4 too large");
	else {
		sender = strdup(from);
		say(s, "250 2.1.0 ok");
	}
}

static void
rcpt(struct session *s, char *args)
{
	char *to = address(args, "TO:");

	if (sender == NULL)
		say(s, "503 5.5.1 MAIL first");
	else if (to == NULL || *to == '\0')
		say(s, "501 5.5.4 RCPT TO:<address>");
	else if (strncasecmp(to, "refuse", 6) == 0)
		say(s, "550 5.1.1 <%s> no such mailbox", to);
	else if (strncasecmp(to, "later", 5) == 0)
		say(s, "451 4.2.0 <%s> try again later", to);
	else if (nrcpts == RCPTS_MAX)
		say(s, "452 4.5.3 too many recipients");
	else {
		rcpts[nrcpts++] = strdup(to);
		say(s, "250 2.1.5 ok");
	}
}

/* Replies to a message; in LMTP once for each recipient. */
static void
answer(struct session *s, bool stored)
{
	size_t i, n = s->door->proto == LMTP ? nrcpts : 1;

	for (i = 0; i < n; i++)
		if (!stored)
			say(s, "452 4.3.1 cannot store it");
		else if (s->door->proto == LMTP && strncasecmp(rcpts[i], "full", 4) == 0)
			say(s, "552 5.2.2 <%s> over quota", rcpts[i]);
		else
			say(s, "250 2.0.0 taken");
	forget();
}

static bool
data(struct session *s)
{
	int fd;

	if (nrcpts == 0 || chunking) {
		say(s, nrcpts == 0 ? "554 5.5.1 no recipients" : "503 5.5.1 BDAT it was");
		return true;
	}
	fd = sent_open(s->o);
	say(s, "354 go ahead");
	if (io_flush(&s->io) != IO_OK || block_recv(&s->io, fd) != IO_OK) {
		sent_drop(fd);
		return false;
	}
	answer(s, sent_keep(s->o, fd, sender, rcpts, nrcpts));
	return true;
}

/* Reads one chunk. False: the connection must end. */
static bool
bdat(struct session *s, char *args)
{
	const char *bad;
	long long n = strtonum(word(&args), 0, 1LL << 40, &bad);
	bool last = strcasecmp(word(&args), "LAST") == 0;
	int fd;

	if (bad != NULL) {
		say(s, "501 5.5.4 BDAT octets [LAST]");
		return false;
	}
	if (nrcpts == 0) {
		/* RFC 3030, section 2: the client sends the octets of a refused BDAT, too. */
		say(s, "503 5.5.1 no recipients");
		return octets_recv(&s->io, n, -1) == IO_OK;
	}
	if (!chunking)
		chunk_fd = sent_open(s->o);
	chunking = true;
	if (octets_recv(&s->io, n, chunk_fd) != IO_OK)
		return false;
	if (!last) {
		say(s, "250 2.0.0 go on");
		return true;
	}
	fd = chunk_fd;
	chunk_fd = -1;
	answer(s, sent_keep(s->o, fd, sender, rcpts, nrcpts));
	return true;
}

/* Runs a command that does not depend on the state. False: c is another command. */
static bool
simple(struct session *s, const char *c, const char *args)
{
	if (strcasecmp(c, "NOOP") == 0)
		say(s, "250 2.0.0 ok");
	else if (strcasecmp(c, "RSET") == 0) {
		forget();
		say(s, "250 2.0.0 ok");
	} else if (strcasecmp(c, "VRFY") == 0) {
		if (strncasecmp(args, "refuse", 6) == 0)
			say(s, "550 5.1.1 no such mailbox");
		else
			say(s, "252 2.5.2 perhaps");
	} else if (strcasecmp(c, "HELP") == 0) {
		say(s, "214 2.0.0 see RFC 5321");
	} else {
		return false;
	}
	return true;
}

/* Replies to HELO, EHLO or LHLO, whichever is valid for the protocol. False: c is another command. */
static bool
hello(struct session *s, const char *c)
{
	bool lmtp = s->door->proto == LMTP;

	if (strcasecmp(c, lmtp ? "LHLO" : "EHLO") == 0) {
		ehlo(s);
		return true;
	}
	if (lmtp || strcasecmp(c, "HELO") != 0)
		return false;
	forget();
	greeted = true;
	say(s, "250 localhost");
	return true;
}

/* Reads and runs one command. False: the connection must end. */
static bool
command(struct session *s)
{
	char *args = s->line, *c = word(&args);

	if (hello(s, c) || simple(s, c, args))
		return true;
	if (strcasecmp(c, "DATA") == 0)
		return data(s);
	if (strcasecmp(c, "BDAT") == 0 && !s->o->no_chunking)
		return bdat(s, args);
	if (strcasecmp(c, "STARTTLS") == 0 && s->o->starttls && s->io.tls == NULL) {
		say(s, "220 2.0.0 go ahead");
		forget();
		greeted = false;
		return session_starttls(s);
	}
	if (strcasecmp(c, "MAIL") == 0)
		mail(s, args);
	else if (strcasecmp(c, "RCPT") == 0)
		rcpt(s, args);
	else if (strcasecmp(c, "AUTH") == 0)
		auth(s, args);
	else
		say(s, "500 5.5.2 no such command");
	return true;
}

void
smtp_serve(struct session *s)
{
	say(s, "220 localhost testserver ready");
	while (session_line(s)) {
		if (strcasecmp(s->line, "QUIT") == 0) {
			say(s, "221 2.0.0 bye");
			break;
		}
		if (!command(s))
			break;
	}
	forget();
}
