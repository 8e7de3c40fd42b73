/* info: the record of the verb info, and the list of capabilities; it shares common_verbs.h. */
#include "cmd/common_verbs.h"

#include <inttypes.h>

#include "base/text.h"
#include "cmd/print.h"
#include "wire/tls_describe.h"

/* Print the lines of a text, each ended by LF, and free it. */
static int
print_lines(struct session *s, struct buf *b, struct err *e)
{
	int rc = b->len != 0 ? reply_print(s, 0, b->data, b->len - 1, e) : 0;

	buf_free(b);
	return rc;
}

int
caps_print(struct session *s, const struct cap *caps, size_t ncaps, struct err *e)
{
	struct buf b = {0};

	if (s->out->json) {
		caps_json(s->out->json, caps, ncaps);
		return out_end_record(s->out, e);
	}
	for (size_t i = 0; i < ncaps; i++)
		caps_add_line(&caps[i], &b);
	return print_lines(s, &b, e);
}

static int
info_json(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	struct json *j = s->out->json;
	bool named = i->software != NULL && *i->software != '\0';

	json_open(j, '{');
	json_key(j, "greeting");
	json_str(j, buf_str(&s->c.greeting), s->c.greeting.len);
	json_key_s(j, "software", named ? i->software : NULL);
	json_key(j, "capabilities");
	caps_json(j, i->caps, i->ncaps);
	json_key(j, "limits");
	json_open(j, '{');
	for (size_t k = 0; k < i->nlimits; k++) {
		json_key(j, i->limits[k].name);
		json_u(j, i->limits[k].value);
	}
	json_close(j, '}');
	if (i->compression != NULL)
		json_key_s(j, "compression", i->compression);
	tls_describe_json(t, j);
	json_close(j, '}');
	return out_end_record(s->out, e);
}

static int
info_text(struct session *s, const struct info *i, const struct tls_info *t, struct err *e)
{
	const char *greeting = buf_str(&s->c.greeting), *line;
	struct buf b = {0};
	size_t n;

	while ((line = text_line(&greeting, &n)) != NULL)
		buf_addf(&b, "greeting: %.*s\n", (int)n, line);
	if (i->software != NULL && *i->software != '\0')
		buf_addf(&b, "software: %s\n", i->software);
	for (size_t k = 0; k < i->ncaps; k++) {
		buf_adds(&b, "capability: ");
		caps_add_line(&i->caps[k], &b);
	}
	for (size_t k = 0; k < i->nlimits; k++)
		buf_addf(&b, "limit: %s %ju\n", i->limits[k].name, (uintmax_t)i->limits[k].value);
	if (i->compression != NULL)
		buf_addf(&b, "compression: %s\n", i->compression);
	tls_describe(t, &b);
	return print_lines(s, &b, e);
}

int
info_print(struct session *s, const struct info *i, struct err *e)
{
	struct tls_info t;
	bool secure = s->c.conn != NULL && s->c.conn->tls != NULL;

	if (secure)
		tls_info(s->c.conn->tls, &t);
	return s->out->json ? info_json(s, i, secure ? &t : NULL, e)
			    : info_text(s, i, secure ? &t : NULL, e);
}

void
info_print_distrusted(struct session *s)
{
	static const struct info nothing;
	struct err ignored = {0};
	struct tls_info t;

	if (s->c.conn == NULL || s->c.conn->tls == NULL)
		return;
	tls_info(s->c.conn->tls, &t);
	if (!t.verified && info_print(s, &nothing, &ignored) == 0)
		(void)out_flush(s->out, &ignored);
}
