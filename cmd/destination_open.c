#include "cmd/destination_open.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/progress.h"
#include "job/lmtp_store.h"

/* The name of the user who runs mailnet; borrowed until the next call. */
static const char *
own_user(void)
{
	const struct passwd *pw = getpwuid(getuid());

	return pw != NULL ? pw->pw_name : getenv("LOGNAME");
}

struct store *
destination_open_any(const struct session *s, const struct destination *d,
	const struct destination_opts *o, struct err *e)
{
	const struct lmtp_store_opts lo = {.config = s->c.config,
		.trace = s->c.trace,
		.moved = progress_moved,
		.rcpt = own_user(),
		.tmpdir = o->tmpdir};
	struct destination_opts own = *o;
	struct buf url = {0};
	struct store *st;

	own.patience = client_data_wait(s->c.config);
	own.records = s->out->json;
	client_add_url(&s->c, &url);
	own.url = buf_str(&url);
	st = d->kind == DEST_LMTP ? lmtp_store_open(d->what, &lo, e) : destination_open(d, &own, e);
	buf_free(&url);
	return st;
}
