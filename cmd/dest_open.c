#include "cmd/dest_open.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/options.h"
#include "proto/lmtp_store.h"

/* Who runs this; borrowed until the next call. */
static const char *
own_user(void)
{
	const struct passwd *pw = getpwuid(getuid());

	return pw != NULL ? pw->pw_name : getenv("LOGNAME");
}

struct store *
dest_open_any(
	const struct session *s, const struct dest *d, const struct dest_opts *o, struct err *e)
{
	const struct options *opt = s->opt;
	int64_t data_wait = (opt->timeout_given || opt->timeout > 600 ? opt->timeout : 600) * 1000;
	struct dest_opts own = *o;
	struct lmtp_store_opts lo = {.rcpt = own_user(),
		.tmpdir = o->tmpdir,
		.timeout = opt->timeout * 1000,
		.data_wait = data_wait,
		.family = opt->family,
		.starttls = opt->tls != TLS_OFF,
		.tls = {.ca = opt->tls_ca, .priority = opt->tls_priority},
		.trace = s->trace};

	own.patience = data_wait;
	own.records = s->out->json;
	return d->kind == DEST_LMTP ? lmtp_store_open(d->what, &lo, e) : dest_open(d, &own, e);
}
