#include "cmd/print.h"

#include <unistd.h>

#include "cmd/options.h"

int
print_open(struct out *o, const struct options *opt, struct err *e)
{
	const struct out_options as = {.file = opt->output,
		.fd = STDOUT_FILENO,
		.name = "stdout",
		.json = opt->json,
		.crlf = opt->crlf,
		.before_terminal = progress_hide};

	return out_open(o, &as, e);
}

int
print_form(const struct out *o, const struct args *a, bool several, enum message_form *form,
	struct err *e)
{
	bool raw = args_has(a, "raw"), mbox = args_has(a, "mbox");

	if (raw && mbox)
		return err_set(e, EX_USAGE, "--raw and --mbox exclude each other");
	*form = o->json != NULL             ? MESSAGE_JSON
		: mbox || (several && !raw) ? MESSAGE_MBOX
					    : MESSAGE_RAW;
	return 0;
}
