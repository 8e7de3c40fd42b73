/* pop.c - a correct POP3 server (RFC 1939, 2449, 2595, 5034). */
#include "blocks.h"
#include "file.h"
#include "mailbox.h"
#include "session.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char user[256];
static bool open_box; /* transaction state */
static struct mail *mails;
static size_t nmails;

static void
capa(struct session *s)
{
	say(s, "+OK");
	say(s, "TOP");
	say(s, "UIDL");
	say(s, "RESP-CODES");
	if (!s->o->no_pipelining)
		say(s, "PIPELINING");
	say(s, "USER");
	say(s, "SASL PLAIN");
	if (s->o->starttls && s->io.tls == NULL)
		say(s, "STLS");
	say(s, "IMPLEMENTATION testserver");
	say(s, ".");
}

static void
enter(struct session *s, bool known)
{
	if (!known) {
		say(s, "-ERR [AUTH] wrong name or password");
		return;
	}
	if (!mailbox_lock(s->o->dir, s->o->lock_wait)) {
		say(s, "-ERR [IN-USE] the mailbox is locked");
		return;
	}
	mailbox_refresh(s->o->dir);
	mails = mailbox(&nmails);
	open_box = true;
	say(s, "+OK %zu messages", nmails);
}

static void
auth(struct session *s, char *args)
{
	char *mech = word(&args), *ir = word(&args);

	if (strcasecmp(mech, "PLAIN") != 0) {
		say(s, "-ERR no such mechanism");
		return;
	}
	if (*ir == '\0') {
		say(s, "+ ");
		if (!session_line(s))
			return;
		ir = s->line;
	}
	enter(s, session_plain(s, ir));
}

/* The message that a command names; NULL after an error reply. */
static struct mail *
named(struct session *s, char **args, size_t *number)
{
	const char *bad;
	long long n = strtonum(word(args), 1, 1000000000, &bad);

	if (bad != NULL || n > (long long)nmails || mails[n - 1].deleted) {
		say(s, "-ERR no such message");
		return NULL;
	}
	*number = n;
	return &mails[n - 1];
}

static void
stat_box(struct session *s)
{
	size_t i, n = 0;
	unsigned long long octets = 0;

	for (i = 0; i < nmails; i++) {
		n += !mails[i].deleted;
		octets += mails[i].deleted ? 0 : mails[i].octets;
	}
	say(s, "+OK %zu %llu", n, octets);
}

static void
list_one(struct session *s, bool uidl, const char *before, size_t n)
{
	const struct mail *m = &mails[n - 1];

	if (uidl)
		say(s, "%s%zu %.*s", before, n, (int)m->uidlen, m->uid);
	else
		say(s, "%s%zu %zu", before, n, m->octets);
}

static void
list(struct session *s, char *args, bool uidl)
{
	size_t i;

	if (*args != '\0') {
		if (named(s, &args, &i) != NULL)
			list_one(s, uidl, "+OK ", i);
		return;
	}
	say(s, "+OK");
	for (i = 1; i <= nmails; i++)
		if (!mails[i - 1].deleted)
			list_one(s, uidl, "", i);
	say(s, ".");
}

/* The octets of f that TOP n shows. */
static size_t
top_size(const struct file *f, long long n)
{
	size_t at = file_body(f);

	for (; n > 0 && at < f->n; n--) {
		const char *lf = memchr(f->p + at, '\n', f->n - at);

		at = lf != NULL ? (size_t)(lf - f->p) + 1 : f->n;
	}
	return at;
}

/* Is this the message that --unstuffed names now? */
static bool
is_unstuffed(const struct session *s, size_t number)
{
	FILE *f = s->o->unstuffed != NULL ? fopen(s->o->unstuffed, "re") : NULL;
	size_t named_now = 0;

	if (f == NULL)
		return false;
	if (fscanf(f, "%zu", &named_now) != 1)
		named_now = 0;
	fclose(f);
	return named_now == number;
}

static void
retr(struct session *s, char *args, bool top)
{
	size_t number;
	struct mail *m = named(s, &args, &number);
	const char *bad = NULL;
	long long lines = 0;
	struct file f;

	if (m == NULL)
		return;
	if (top)
		lines = strtonum(word(&args), 0, 1000000000, &bad);
	if (bad != NULL || file_open(&f, m->path) < 0) {
		say(s, bad != NULL ? "-ERR how many lines?" : "-ERR [SYS/TEMP] it has gone");
		return;
	}
	say(s, "+OK %zu octets", m->octets);
	if (!top && is_unstuffed(s, number))
		block_send_unstuffed(&s->io, f.p, f.n);
	else
		block_send(&s->io, f.p, top ? top_size(&f, lines) : f.n);
	block_end(&s->io);
	file_close(&f);
	if (buf_left(&s->io.ob) > 1 << 17)
		io_flush(&s->io);
}

static void
quit(struct session *s)
{
	size_t i, failed = 0;

	for (i = 0; open_box && !s->o->discard && i < nmails; i++)
		if (mails[i].deleted && unlink(mails[i].path) < 0)
			failed++;
	if (failed > 0)
		say(s, "-ERR [SYS/TEMP] %zu messages not removed", failed);
	else
		say(s, "+OK bye");
}

/* Commands of the authorization state; false if c is none. */
static bool
before_login(struct session *s, const char *c, char *args)
{
	if (strcasecmp(c, "USER") == 0) {
		snprintf(user, sizeof(user), "%s", args);
		say(s, "+OK");
	} else if (strcasecmp(c, "PASS") == 0 && user[0] != '\0') {
		enter(s, session_login(s, user, args));
	} else if (strcasecmp(c, "AUTH") == 0) {
		auth(s, args);
	} else {
		return false;
	}
	return true;
}

static bool
after_login(struct session *s, const char *c, char *args)
{
	struct mail *m;
	size_t i;

	if (strcasecmp(c, "STAT") == 0)
		stat_box(s);
	else if (strcasecmp(c, "LIST") == 0 || strcasecmp(c, "UIDL") == 0)
		list(s, args, strcasecmp(c, "UIDL") == 0);
	else if (strcasecmp(c, "RETR") == 0 || strcasecmp(c, "TOP") == 0)
		retr(s, args, strcasecmp(c, "TOP") == 0);
	else if (strcasecmp(c, "NOOP") == 0)
		say(s, "+OK");
	else if (strcasecmp(c, "RSET") == 0) {
		for (i = 0; i < nmails; i++)
			mails[i].deleted = false;
		say(s, "+OK");
	} else if (strcasecmp(c, "DELE") == 0) {
		if ((m = named(s, &args, &i)) != NULL) {
			m->deleted = true;
			say(s, "+OK");
		}
	} else {
		return false;
	}
	return true;
}

void
pop_serve(struct session *s)
{
	say(s, "+OK testserver ready");
	while (session_line(s)) {
		char *args = s->line, *c = word(&args);

		if (strcasecmp(c, "QUIT") == 0) {
			quit(s);
			return;
		}
		if (strcasecmp(c, "CAPA") == 0) {
			capa(s);
		} else if (strcasecmp(c, "STLS") == 0 && s->o->starttls && s->io.tls == NULL &&
			   !open_box) {
			say(s, "+OK go ahead");
			if (!session_starttls(s))
				return;
		} else if (!(open_box ? after_login(s, c, args) : before_login(s, c, args))) {
			say(s, "-ERR unknown here");
		}
	}
}
