#include "cmd/destination_open.h"

#include <stdlib.h>

#include "cmd/progress.h"
#include "job/lmtp_store.h"
#include "wire/own_name.h"

struct store *
destination_open_any(const struct session *s, const struct destination *d, const char *mailbox,
	struct err *warning, struct err *e)
{
	const char *tmpdir = getenv("TMPDIR");
	const struct lmtp_store_opts lo = {.config = s->c.config,
		.trace = s->c.trace,
		.moved = progress_moved,
		.rcpt = own_user(getenv("LOGNAME"), NULL),
		.tmpdir = tmpdir};
	struct buf url = {0};
	struct destination_opts o = {.mailbox = mailbox,
		.tmpdir = tmpdir,
		.wait_seconds = s->c.config->timeout,
		.patience = client_data_wait(s->c.config),
		.records = s->out->json,
		.warning = warning};
	struct store *st;

	client_add_url(&s->c, &url);
	o.url = buf_str(&url);
	st = d->kind == DEST_LMTP ? lmtp_store_open(d->what, &lo, e) : destination_open(d, &o, e);
	buf_free(&url);
	return st;
}
