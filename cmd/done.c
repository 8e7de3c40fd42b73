#include "cmd/done.h"

#include "cmd/print.h"
#include "wire/secrets.h"

void
done_clear(struct client_result *d)
{
	d->code = 0;
	d->command = NULL;
	buf_clear(&d->text);
}

/* The text of a failure, with credentials that a server repeated replaced by ***. */
static void
failure_text(struct out *o, const struct client_result *d, const struct err *err)
{
	struct buf text = {0};

	if (d->text.len != 0)
		buf_add(&text, d->text.data, d->text.len);
	else
		buf_adds(&text, err->text);
	text.len = secrets_hide(text.data, text.len);
	json_str(o, buf_str(&text), text.len);
	buf_wipe(&text);
}

int
done_print(struct out *o, const char *name, const struct client_result *d, const struct err *err,
	struct err *e)
{
	int status = err != NULL ? err->status : 0;

	json_open(o, '{');
	json_key(o, "done");
	json_open(o, '{');
	json_key(o, "verb");
	json_s(o, name);
	json_key(o, "code");
	if (d->code != 0)
		json_u(o, (unsigned)d->code);
	else
		json_null(o);
	json_key(o, "text");
	if (status != 0)
		failure_text(o, d, err);
	else
		json_str(o, buf_str(&d->text), d->text.len);
	if (d->command != NULL) {
		json_key(o, "command");
		json_s(o, d->command);
	}
	json_key(o, "exit");
	json_u(o, (unsigned)status);
	json_close(o, '}');
	json_close(o, '}');
	return json_end_line(o, e) == -1 ? -1 : out_flush(o, e);
}
