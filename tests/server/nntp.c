/* nntp.c - a correct NNTP server (RFC 3977, 4642, 4643, 8054). */
#include "nntp.h"
#include "blocks.h"
#include "file.h"
#include "log.h"

#include <bsd/stdlib.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct group *
nntp_group(struct nntp *n)
{
	return n->group[0] ? news_group(n->group) : NULL;
}

static void
capabilities(struct nntp *n)
{
	struct session *s = n->s;
	bool clear = s->io.tls == NULL && s->io.def == NULL;

	say(s, "101 capabilities");
	say(s, "VERSION 2");
	say(s, "READER");
	say(s, "POST");
	say(s, "IHAVE");
	say(s, "NEWNEWS");
	say(s, "OVER MSGID");
	say(s, "HDR");
	say(s, "LIST ACTIVE NEWSGROUPS ACTIVE.TIMES OVERVIEW.FMT HEADERS COUNTS");
	if (!s->authed)
		say(s, "AUTHINFO USER");
	if (clear && s->o->starttls && !s->authed)
		say(s, "STARTTLS");
	if (strcmp(s->o->compress, "deflate") == 0 && s->io.def == NULL)
		say(s, "COMPRESS DEFLATE");
	if (strcmp(s->o->compress, "gzip") == 0)
		say(s, "XFEATURE-COMPRESS GZIP");
	if (strcmp(s->o->compress, "terminator") == 0)
		say(s, "XFEATURE-COMPRESS GZIP TERMINATOR");
	if (strcmp(s->o->compress, "xzver") == 0)
		say(s, "XZVER\r\nXZHDR");
	say(s, "IMPLEMENTATION testserver");
	say(s, ".");
}

static void
authinfo(struct nntp *n, char *args)
{
	static char user[256];
	struct session *s = n->s;
	char *what = word(&args);

	if (s->authed)
		say(s, "502 once is enough");
	else if (strcasecmp(what, "USER") == 0) {
		snprintf(user, sizeof(user), "%s", args);
		say(s, "381 and the password");
	} else if (strcasecmp(what, "PASS") == 0) {
		if (user[0] == '\0')
			say(s, "482 USER first");
		else
			say(s, session_login(s, user, args) ? "281 welcome" : "481 no");
	} else {
		say(s, "501 AUTHINFO USER or PASS");
	}
}

static void
group(struct nntp *n, const char *name)
{
	struct group *g;

	news_refresh();
	g = news_group(name);
	if (g == NULL) {
		say(n->s, "411 no such group");
		return;
	}
	snprintf(n->group, sizeof(n->group), "%s", name);
	n->num = g->n ? g->arts[0].num : 0;
	say(n->s, "211 %zu %llu %llu %s", g->n, group_low(g), group_high(g), g->name);
}

static void
listgroup(struct nntp *n, char *args)
{
	char *name = word(&args);
	unsigned long long from = 0, to = ~0ULL;
	struct group *g;
	size_t i;

	if (*args != '\0' && !nntp_range(args, &from, &to)) {
		say(n->s, "501 bad range");
		return;
	}
	if (*name == '\0' && n->group[0] == '\0') {
		say(n->s, "412 no group");
		return;
	}
	group(n, *name ? name : n->group);
	g = nntp_group(n);
	if (g == NULL || (*name && strcmp(name, n->group) != 0))
		return;
	for (i = group_find(g, from); i < g->n && g->arts[i].num <= to; i++)
		say(n->s, "%llu", g->arts[i].num);
	say(n->s, ".");
}

/* The article that a command names (by number, message-id, or the current one); NULL after an error reply. */
static struct art *
named(struct nntp *n, const char *arg, struct group **g)
{
	unsigned long long num;
	const char *bad;
	struct art *a;
	size_t i;

	if (*arg == '<') {
		a = news_by_id(arg, g);
		if (a == NULL)
			say(n->s, "430 no such article");
		return a;
	}
	*g = nntp_group(n);
	if (*g == NULL) {
		say(n->s, "412 no group");
		return NULL;
	}
	num = *arg ? (unsigned long long)strtonum(arg, 1, 1LL << 60, &bad) : n->num;
	i = group_find(*g, num);
	if (num == 0 || i == (*g)->n || (*g)->arts[i].num != num) {
		say(n->s, *arg ? "423 no such number" : "420 no current article");
		return NULL;
	}
	n->num = num;
	return &(*g)->arts[i];
}

static void
send_article(struct nntp *n, const char *c, const struct group *g, const struct art *a,
	unsigned long long num)
{
	static const struct {
		const char *command;
		int code;
	} kinds[] = {{"ARTICLE", 220}, {"HEAD", 221}, {"BODY", 222}, {"STAT", 223}};
	struct session *s = n->s;
	char path[4096];
	struct file f;
	int k;

	for (k = 0; k < 3 && strcasecmp(c, kinds[k].command) != 0; k++)
		;
	art_path(g, a, path, sizeof(path));
	if (k < 3 && file_open(&f, path) < 0) {
		say(s, "423 it has gone");
		return;
	}
	say(s, "%d %llu %.*s", kinds[k].code, num, (int)a->idlen, a->over + a->idoff);
	if (k == 3)
		return;
	if (k == 0)
		block_send(&s->io, f.p, f.n);
	else if (k == 1)
		block_send(&s->io, f.p, file_header(&f));
	else
		block_send(&s->io, f.p + file_body(&f), f.n - file_body(&f));
	block_end(&s->io);
	file_close(&f);
	if (buf_left(&s->io.ob) > 1 << 17)
		io_flush(&s->io);
}

static void
article(struct nntp *n, const char *c, const char *arg)
{
	struct group *g;
	struct art *a = named(n, arg, &g);

	if (a != NULL)
		send_article(n, c, g, a, *arg == '<' ? 0 : a->num);
}

static void
step(struct nntp *n, bool forward)
{
	struct group *g = nntp_group(n);
	size_t i;

	if (g == NULL || n->num == 0) {
		say(n->s, g == NULL ? "412 no group" : "420 no current article");
		return;
	}
	i = group_find(g, n->num + forward);
	if (forward ? i == g->n : i == 0) {
		say(n->s, forward ? "421 no next" : "422 no previous");
		return;
	}
	i -= !forward;
	n->num = g->arts[i].num;
	send_article(n, "STAT", g, &g->arts[i], n->num);
}

static void
date(struct nntp *n)
{
	time_t now = time(NULL);
	struct tm tm;
	char tmp[40];

	strftime(tmp, sizeof(tmp), "%Y%m%d%H%M%S", gmtime_r(&now, &tm));
	say(n->s, "111 %s", tmp);
}

/* POST and IHAVE: reads the article into memory and stores it in its groups. False: the connection is over. */
static bool
post(struct nntp *n, const char *id)
{
	struct session *s = n->s;
	const char *why = NULL;
	struct file f;
	struct group *g;
	char path[64];
	int fd;

	if (id != NULL && news_by_id(id, &g) != NULL) {
		say(s, "435 have it");
		return true;
	}
	fd = memfd_create("article", MFD_CLOEXEC);
	if (fd < 0)
		err(71, "memfd_create");
	say(s, id ? "335 send it" : "340 send it");
	if (io_flush(&s->io) != IO_OK || block_recv(&s->io, fd) != IO_OK)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (file_open(&f, path) < 0)
		err(71, "memfd");
	why = news_store(f.p, f.n);
	file_close(&f);
	close(fd);
	log_line("article %s", why ? why : "stored");
	if (why != NULL)
		say(s, id ? "437 %s" : "441 %s", why);
	else
		say(s, id ? "235 ok" : "240 ok");
	return true;
}

/* STARTTLS and COMPRESS; false when the connection is over. */
static bool
change_layer(struct nntp *n, const char *c, const char *arg)
{
	struct session *s = n->s;

	if (strcasecmp(c, "STARTTLS") == 0) {
		if (!s->o->starttls || s->io.tls != NULL || s->io.def != NULL || s->authed) {
			say(s, "502 not now");
			return true;
		}
		say(s, "382 go ahead");
		n->group[0] = '\0';
		return session_starttls(s);
	}
	if (strcasecmp(arg, "DEFLATE") != 0 || s->io.def != NULL ||
		strcmp(s->o->compress, "deflate") != 0) {
		say(s, s->io.def ? "502 once is enough" : "503 only DEFLATE");
		return true;
	}
	say(s, "206 go ahead");
	if (io_flush(&s->io) != IO_OK || buf_left(&s->io.ib) > 0)
		return false;
	io_compress(&s->io);
	return true;
}

/* XFEATURE COMPRESS GZIP [TERMINATOR]. */
static void
feature(struct nntp *n, char *args)
{
	bool compress =
		strcasecmp(word(&args), "COMPRESS") == 0 && strcasecmp(word(&args), "GZIP") == 0;
	bool dot = strcasecmp(word(&args), "TERMINATOR") == 0;

	if (!compress || strcmp(n->s->o->compress, dot ? "terminator" : "gzip") != 0) {
		say(n->s, "501 no such feature");
		return;
	}
	n->pack = dot ? PACK_TERMINATOR : PACK_GZIP;
	say(n->s, "290 feature enabled");
}

/* XZVER and XZHDR. */
static bool
xz_command(struct nntp *n, const char *c, char *args)
{
	bool over = strcasecmp(c, "XZVER") == 0;

	if (strcmp(n->s->o->compress, "xzver") != 0 || (!over && strcasecmp(c, "XZHDR") != 0))
		return false;
	n->pack = PACK_YENC;
	if (over)
		nntp_over(n, word(&args), true);
	else
		nntp_hdr(n, args, true);
	n->pack = PACK_NOT;
	return true;
}

/* Runs a command that needs no login. -1: it is another command; 0: the connection is over; 1: done. */
static int
free_command(struct nntp *n, const char *c, char *args)
{
	if (strcasecmp(c, "CAPABILITIES") == 0)
		capabilities(n);
	else if (strcasecmp(c, "MODE") == 0)
		say(n->s, strcasecmp(args, "READER") == 0 ? "200 posting allowed" : "501 no");
	else if (strcasecmp(c, "DATE") == 0)
		date(n);
	else if (strcasecmp(c, "HELP") == 0)
		say(n->s, "100 help\r\nsee RFC 3977\r\n.");
	else if (strcasecmp(c, "AUTHINFO") == 0)
		authinfo(n, args);
	else if (strcasecmp(c, "STARTTLS") == 0 || strcasecmp(c, "COMPRESS") == 0)
		return change_layer(n, c, args);
	else
		return -1;
	return 1;
}

/* Runs a command that reads articles or lists. False: c is another command. */
static bool
reader_command(struct nntp *n, const char *c, char *args)
{
	if (strcasecmp(c, "GROUP") == 0)
		group(n, word(&args));
	else if (strcasecmp(c, "LISTGROUP") == 0)
		listgroup(n, args);
	else if (strcasecmp(c, "ARTICLE") == 0 || strcasecmp(c, "HEAD") == 0 ||
		 strcasecmp(c, "BODY") == 0 || strcasecmp(c, "STAT") == 0)
		article(n, c, word(&args));
	else if (strcasecmp(c, "NEXT") == 0 || strcasecmp(c, "LAST") == 0)
		step(n, strcasecmp(c, "NEXT") == 0);
	else if (strcasecmp(c, "OVER") == 0 || strcasecmp(c, "XOVER") == 0)
		nntp_over(n, word(&args), c[0] == 'x' || c[0] == 'X');
	else if (strcasecmp(c, "HDR") == 0 || strcasecmp(c, "XHDR") == 0)
		nntp_hdr(n, args, c[0] == 'x' || c[0] == 'X');
	else if (strcasecmp(c, "LIST") == 0)
		nntp_list(n, args);
	else if (strcasecmp(c, "NEWGROUPS") == 0)
		nntp_newgroups(n, args);
	else if (strcasecmp(c, "NEWNEWS") == 0)
		nntp_newnews(n, args);
	else if (strcasecmp(c, "XFEATURE") == 0)
		feature(n, args);
	else
		return xz_command(n, c, args);
	return true;
}

void
nntp_serve(struct session *s)
{
	struct nntp n = {.s = s};

	say(s, "200 testserver ready");
	while (session_line(s)) {
		char *args = s->line, *c = word(&args);
		int r;

		if (strcasecmp(c, "QUIT") == 0) {
			say(s, "205 bye");
			return;
		}
		if ((r = free_command(&n, c, args)) >= 0) {
			if (r == 0)
				return;
		} else if (s->o->require_auth && !s->authed) {
			say(s, "480 log in first");
		} else if (strcasecmp(c, "POST") == 0 || strcasecmp(c, "IHAVE") == 0) {
			if (!post(&n, strcasecmp(c, "IHAVE") == 0 ? word(&args) : NULL))
				return;
		} else if (!reader_command(&n, c, args)) {
			say(s, "500 no such command");
		}
	}
}
