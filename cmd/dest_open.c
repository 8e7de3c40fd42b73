#include "cmd/dest_open.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/run.h"
#include "cmd/options.h"
#include "proto/lmtp_store.h"

/* Who runs this; borrowed until the next call. */
static const char *
own_user(void)
{
	const struct passwd *pw = getpwuid(getuid());

	return pw != NULL ? pw->pw_name : getenv("LOGNAME");
}

/* ---- a session with an LMTP server ---------------------------------------------------------------- */

/* A session of its own, with the options of the one that fetches. */
struct link {
	struct lmtp_link link; /* first */
	struct session s;
	struct options opt;
};

static int
link_open(struct lmtp_link *link, struct smtp **p, struct err *e)
{
	struct session *s = &((struct link *)link)->s;
	struct err ignored = {0};

	if (client_need(&s->c, e) == 0) {
		*p = s->c.proto;
		return 0;
	}
	client_name_host(&s->c, e);
	if (s->c.conn != NULL)
		s->c.conn->dead = true;
	(void)client_close(&s->c, false, &ignored);
	return -1;
}

static void
link_close(struct lmtp_link *link)
{
	struct err ignored = {0};

	(void)client_close(&((struct link *)link)->s.c, true, &ignored);
}

static void
link_free(struct lmtp_link *link)
{
	free(link);
}

/*
 * TLS, pins, certificates, time limits, address family, LHLO's name and traces are those of the fetching session.
 * Not its login, which is for the other server (the URL's user is the recipient), nor --tunnel, which leads to it.
 */
static struct lmtp_link *
link_new(const struct session *from, const char *url)
{
	struct link *l = mem_zalloc(sizeof *l);

	l->link = (struct lmtp_link){.open = link_open, .close = link_close, .free = link_free};
	l->opt = *from->opt;
	l->opt.given = NULL;
	l->opt.ngiven = 0;
	l->opt.server = url;
	l->opt.client.auth = "none";
	l->opt.client.tunnel = NULL;
	l->opt.json = false;
	l->opt.no_sandbox = true; /* the fetching session has entered it */
	session_init(&l->s, applet_find("smtp"), &l->opt, from->out);
	l->s.c.trace = from->c.trace;
	l->s.c.one_shot = true;
	return &l->link;
}

struct store *
dest_open_any(
	const struct session *s, const struct dest *d, const struct dest_opts *o, struct err *e)
{
	const struct options *opt = s->opt;
	struct lmtp_store_opts lo = {.rcpt = own_user(),
		.tmpdir = o->tmpdir,
		.data_wait = client_data_wait(&opt->client)};
	struct dest_opts own = *o;

	own.patience = lo.data_wait;
	own.records = s->out->json;
	if (d->kind != DEST_LMTP)
		return dest_open(d, &own, e);
	lo.link = link_new(s, d->what);
	return lmtp_store_open(d->what, &lo, e);
}
