/* info: the verbs about what a server offers: info, has, capabilities; it shares common_verbs.h. */
#include "cmd/common_verbs.h"

#include <inttypes.h>

#include "base/text.h"
#include "client/facts.h"
#include "cmd/print.h"
#include "proto/caps.h"
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
caps_print(struct session *s, const struct buf *lines, struct err *e)
{
	struct buf b = {0};

	if (s->out->json) {
		caps_json(s->out->json, lines);
		return out_end_record(s->out, e);
	}
	caps_add_lines(lines, "", &b);
	return print_lines(s, &b, e);
}

int
caps_run(struct session *s, const struct args *a, struct err *e)
{
	struct client_facts facts = {0};
	int rc = s->c.ops->facts(&s->c, false, &facts, e);

	(void)a;
	if (rc == 0)
		rc = caps_print(s, &facts.capabilities, e);
	client_facts_free(&facts);
	return rc;
}

int
has_run(struct session *s, const struct args *a, struct err *e)
{
	const char *name = args_at(a, 0);
	struct client_facts facts = {0};
	int rc = s->c.ops->facts(&s->c, false, &facts, e);
	bool offered = rc == 0 && s->c.ops->offers(&s->c, name);
	const struct field f[] = {field_s("name", name), field_bool("offered", offered)};

	client_facts_free(&facts);
	if (rc == -1 || (s->out->json && out_record(s->out, ' ', f, 2, e) == -1))
		return -1;
	return offered ? 0 : err_set(e, EX_NO, "%s", "");
}

static int
info_json(struct session *s, const struct client_facts *i, const struct tls_info *t, struct err *e)
{
	struct json *j = s->out->json;

	json_open(j, '{');
	json_key(j, "greeting");
	json_str(j, buf_str(&s->c.greeting), s->c.greeting.len);
	json_key_s(j, "software", i->software.len != 0 ? buf_str(&i->software) : NULL);
	json_key(j, "capabilities");
	caps_json(j, &i->capabilities);
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
info_text(struct session *s, const struct client_facts *i, const struct tls_info *t, struct err *e)
{
	const char *greeting = buf_str(&s->c.greeting), *line;
	struct buf b = {0};
	size_t n;

	while ((line = text_line(&greeting, &n)) != NULL)
		buf_addf(&b, "greeting: %.*s\n", (int)n, line);
	if (i->software.len != 0)
		buf_addf(&b, "software: %s\n", buf_str(&i->software));
	caps_add_lines(&i->capabilities, "capability: ", &b);
	for (size_t k = 0; k < i->nlimits; k++)
		buf_addf(&b, "limit: %s %ju\n", i->limits[k].name, (uintmax_t)i->limits[k].value);
	if (i->compression != NULL)
		buf_addf(&b, "compression: %s\n", i->compression);
	tls_describe(t, &b);
	return print_lines(s, &b, e);
}

static int
info_print(struct session *s, const struct client_facts *i, struct err *e)
{
	struct tls_info t;
	bool secure = s->c.conn != NULL && s->c.conn->tls != NULL;

	if (secure)
		tls_info(s->c.conn->tls, &t);
	return s->out->json ? info_json(s, i, secure ? &t : NULL, e)
			    : info_text(s, i, secure ? &t : NULL, e);
}

int
info_run(struct session *s, const struct args *a, struct err *e)
{
	struct client_facts facts = {0};
	int rc = s->c.ops->facts(&s->c, true, &facts, e);

	(void)a;
	if (rc == 0)
		rc = info_print(s, &facts, e);
	client_facts_free(&facts);
	return rc;
}

void
info_print_distrusted(struct session *s)
{
	static const struct client_facts nothing;
	struct err ignored = {0};
	struct tls_info t;

	if (s->c.conn == NULL || s->c.conn->tls == NULL)
		return;
	tls_info(s->c.conn->tls, &t);
	if (!t.verified && info_print(s, &nothing, &ignored) == 0)
		(void)out_flush(s->out, &ignored);
}
