/* nntplist.c - NNTP commands with lists: groups, overviews, header fields, new groups and articles. */
#include "file.h"
#include "nntp.h"
#include "overview.h"

#include <bsd/stdlib.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLUSH_AT (1 << 18)

static const char *const fields[] = {
	"Subject:", "From:", "Date:", "Message-ID:", "References:", ":bytes", ":lines"};

/* Queue the status line of a list. The lines up to close_list are compressed as n->pack demands. */
static void
open_list(struct nntp *n, const char *reply)
{
	bool marked = n->pack == PACK_GZIP || n->pack == PACK_TERMINATOR;

	say(n->s, "%s%s", reply, marked ? " [COMPRESS=GZIP]" : "");
	if (n->pack != PACK_NOT)
		io_pack(&n->s->io, marked ? "zlib" : "yenc");
}

static void
close_list(struct nntp *n)
{
	if (n->pack == PACK_TERMINATOR)
		say(n->s, ".");
	io_pack_end(&n->s->io, "");
	if (n->pack != PACK_TERMINATOR)
		say(n->s, ".");
}

bool
nntp_range(const char *text, unsigned long long *from, unsigned long long *to)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*from = *to = strtoull(text, &end, 10);
	if (*end == '\0')
		return true;
	if (*end++ != '-')
		return false;
	if (*end == '\0') {
		*to = ~0ULL;
		return true;
	}
	*to = strtoull(end, &end, 10);
	return *end == '\0';
}

/* RFC 3977, 4.2: the last pattern that matches decides, ! negates. "" matches everything. */
static bool
wildmat(const char *patterns, const char *name)
{
	char copy[1024], *rest = copy, *p;
	bool yes = *patterns == '\0';

	snprintf(copy, sizeof(copy), "%s", patterns);
	while ((p = strsep(&rest, ",")) != NULL) {
		bool not = *p == '!';

		if (fnmatch(p + not, name, 0) == 0)
			yes = !not ;
	}
	return yes;
}

/* Queues the lines "group TAB text" of DIR/news/newsgroups, if that file exists. */
static void
descriptions(struct nntp *n, const char *pattern)
{
	char path[4096], *line = NULL;
	size_t cap = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/news/newsgroups", n->s->o->dir);
	f = fopen(path, "re");
	while (f != NULL && getline(&line, &cap, f) > 0) {
		char *tab = line + strcspn(line, "\t\n");
		char was = *tab;

		line[strcspn(line, "\n")] = '\0';
		*tab = '\0';
		if (news_group(line) == NULL || !wildmat(pattern, line))
			continue;
		*tab = was == '\n' ? '\0' : was;
		say(n->s, "%s", line);
	}
	free(line);
	if (f != NULL)
		fclose(f);
}

static void
list_groups(struct nntp *n, const char *what, const char *pattern)
{
	size_t count, i;
	struct group *g = news_groups(&count);

	for (i = 0; i < count; i++, g++) {
		if (!wildmat(pattern, g->name))
			continue;
		if (strcasecmp(what, "COUNTS") == 0)
			say(n->s, "%s %llu %llu %zu y", g->name, group_high(g), group_low(g), g->n);
		else if (strcasecmp(what, "ACTIVE.TIMES") == 0)
			say(n->s, "%s %lld testserver", g->name, (long long)g->born);
		else
			say(n->s, "%s %llu %llu y", g->name, group_high(g), group_low(g));
	}
}

void
nntp_list(struct nntp *n, char *args)
{
	const char *what = word(&args), *pattern = word(&args);
	size_t i;

	if (*what == '\0')
		what = "ACTIVE";
	if (strcasecmp(what, "OVERVIEW.FMT") == 0) {
		open_list(n, "215 fields");
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			say(n->s, "%s", fields[i]);
		say(n->s, "Xref:full");
	} else if (strcasecmp(what, "HEADERS") == 0) {
		open_list(n, "215 any");
		say(n->s, ":");
		say(n->s, ":bytes\r\n:lines");
	} else if (strcasecmp(what, "NEWSGROUPS") == 0) {
		open_list(n, "215 descriptions");
		descriptions(n, pattern);
	} else if (strcasecmp(what, "ACTIVE") == 0 || strcasecmp(what, "COUNTS") == 0 ||
		   strcasecmp(what, "ACTIVE.TIMES") == 0) {
		news_refresh();
		open_list(n, "215 groups");
		list_groups(n, what, pattern);
	} else {
		say(n->s, "501 no such list");
		return;
	}
	close_list(n);
}

/* Parses "[YY]YYMMDD HHMMSS [GMT]". False: invalid. */
static bool
since(char **args, time_t *t)
{
	char *day = word(args), *hour = word(args);
	struct tm tm = {0}, now;
	time_t today = time(NULL);
	size_t len = strlen(day);
	int y;

	if ((len != 8 && len != 6) || strlen(hour) != 6 ||
		sscanf(day + len - 4, "%2d%2d", &tm.tm_mon, &tm.tm_mday) != 2 ||
		sscanf(hour, "%2d%2d%2d", &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 3)
		return false;
	y = atoi(day) / 10000;
	gmtime_r(&today, &now);
	if (len == 6)
		y += y > now.tm_year % 100 ? 1900 : 2000;
	tm.tm_year = y - 1900;
	tm.tm_mon--;
	*t = timegm(&tm);
	return true;
}

void
nntp_newgroups(struct nntp *n, char *args)
{
	size_t count, i;
	struct group *g;
	time_t t;

	if (!since(&args, &t)) {
		say(n->s, "501 NEWGROUPS yyyymmdd hhmmss");
		return;
	}
	news_refresh();
	g = news_groups(&count);
	say(n->s, "231 new groups");
	for (i = 0; i < count; i++)
		if (g[i].born >= t)
			say(n->s, "%s %llu %llu y", g[i].name, group_high(&g[i]), group_low(&g[i]));
	say(n->s, ".");
}

void
nntp_newnews(struct nntp *n, char *args)
{
	const char *pattern = word(&args);
	size_t count, i, k;
	struct group *g;
	time_t t;

	if (*pattern == '\0' || !since(&args, &t)) {
		say(n->s, "501 NEWNEWS wildmat yyyymmdd hhmmss");
		return;
	}
	news_refresh();
	g = news_groups(&count);
	say(n->s, "230 new articles");
	for (i = 0; i < count; i++)
		for (k = 0; wildmat(pattern, g[i].name) && k < g[i].n; k++)
			if (g[i].arts[k].when >= t)
				say(n->s, "%.*s", (int)g[i].arts[k].idlen,
					g[i].arts[k].over + g[i].arts[k].idoff);
	say(n->s, ".");
}

/* The articles that a range or message-id names. num: the number at the beginning of each line. */
struct found {
	struct group *g;
	size_t from, past;
	bool by_id;
};

/* Parse the argument and fill *f. False after an error reply. */
static bool
find(struct nntp *n, const char *arg, bool x, struct found *f)
{
	unsigned long long from = n->num, to = n->num;
	struct art *a;

	memset(f, 0, sizeof(*f));
	if (*arg == '<') {
		a = news_by_id(arg, &f->g);
		if (a == NULL) {
			say(n->s, "430 no such article");
			return false;
		}
		f->by_id = true;
		f->from = a - f->g->arts;
		f->past = f->from + 1;
		return true;
	}
	f->g = nntp_group(n);
	if (f->g == NULL || (*arg == '\0' && n->num == 0)) {
		say(n->s, f->g == NULL ? "412 no group" : "420 no current article");
		return false;
	}
	if (*arg != '\0' && !nntp_range(arg, &from, &to)) {
		say(n->s, "501 bad range");
		return false;
	}
	f->from = f->past = group_find(f->g, from);
	while (f->past < f->g->n && f->g->arts[f->past].num <= to)
		f->past++;
	if (f->from == f->past)
		say(n->s, x ? "420 none" : "423 none in that range");
	return f->from < f->past;
}

static void
put_number(struct nntp *n, unsigned long long num)
{
	char tmp[24], *p = tmp + sizeof(tmp);

	do
		*--p = '0' + num % 10;
	while ((num /= 10) > 0);
	io_put(&n->s->io, p, tmp + sizeof(tmp) - p);
}

static void
flush_much(struct nntp *n)
{
	if (buf_left(&n->s->io.ob) >= FLUSH_AT)
		io_flush(&n->s->io);
}

void
nntp_over(struct nntp *n, char *arg, bool x)
{
	struct found f;
	size_t i;

	if (!find(n, arg, x, &f))
		return;
	open_list(n, "224 overview");
	for (i = f.from; i < f.past; i++) {
		const struct art *a = &f.g->arts[i];

		put_number(n, f.by_id ? 0 : a->num);
		io_put(&n->s->io, "\t", 1);
		io_put(&n->s->io, a->over, strlen(a->over));
		io_put(&n->s->io, "\r\n", 2);
		flush_much(n);
	}
	close_list(n);
}

/* Queues a field that is not in the overview, read from the article's file. */
static void
put_field(struct nntp *n, const struct group *g, const struct art *a, const char *name)
{
	char path[4096], *value;
	struct file f;

	art_path(g, a, path, sizeof(path));
	if (file_open(&f, path) < 0)
		return;
	value = header_field(f.p, file_header(&f), name);
	if (value != NULL)
		io_put(&n->s->io, value, strlen(value));
	free(value);
	file_close(&f);
}

/* The index of the overview field with this name, or -1. */
static int
overview_index(const char *name)
{
	size_t len = strlen(name);
	int i;

	for (i = 0; i < 5; i++)
		if (strlen(fields[i]) == len + 1 && strncasecmp(fields[i], name, len) == 0)
			return i;
	for (; i < 7; i++)
		if (strcasecmp(fields[i], name) == 0 || strcasecmp(fields[i] + 1, name) == 0)
			return i;
	return -1;
}

void
nntp_hdr(struct nntp *n, char *args, bool x)
{
	const char *name = word(&args);
	int index = overview_index(name);
	struct found f;
	size_t i, len;
	char status[512];

	if (*name == '\0') {
		say(n->s, "501 which field?");
		return;
	}
	if (!find(n, word(&args), x, &f))
		return;
	snprintf(status, sizeof(status), x ? "221 %s" : "225 %s", name);
	open_list(n, status);
	for (i = f.from; i < f.past; i++) {
		const struct art *a = &f.g->arts[i];

		put_number(n, f.by_id ? 0 : a->num);
		io_put(&n->s->io, " ", 1);
		if (index >= 0) {
			const char *value = overview_field(a, index, &len);

			io_put(&n->s->io, value, len);
		} else {
			put_field(n, f.g, a, name);
		}
		io_put(&n->s->io, "\r\n", 2);
		flush_much(n);
	}
	close_list(n);
}
