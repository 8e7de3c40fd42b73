/* The outcome of a message: as a record, and as lines on stderr. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/log.h"
#include "cmd/print.h"
#include "cmd/smtp/send.h"
#include "wire/secrets.h"

static void
refused_json(struct json *j, const char *addr, const struct smtp_rcpt *r)
{
	size_t n;
	const char *enhanced = smtp_enhanced_of(r->text, &n);
	char *shown;

	json_open(j, '{');
	json_key_s(j, "rcpt", addr);
	json_key(j, "code");
	json_u(j, (uint64_t)r->code);
	json_key(j, "enhanced");
	if (n != 0)
		json_str(j, enhanced, n);
	else
		json_null(j);
	json_key(j, "text");
	shown = mem_strdup(r->text);
	secrets_hide_text(shown);
	json_s(j, shown);
	mem_wipe(shown);
	json_close(j, '}');
}

static int
record(struct session *s, const struct outbox_message *og, struct err *e)
{
	const struct smtp_transaction *t = &og->m.transaction;
	const struct addrs *rcpts = &og->m.env.rcpts;
	struct json *j = s->out->json;

	json_open(j, '{');
	json_key_s(j, "message", og->name);
	json_key_s(j, "from", og->m.env.from); /* NULL: null, it is not known */
	json_key_s(j, "fate", smtp_outcome_name(t->outcome));
	json_key(j, "accepted");
	json_open(j, '[');
	for (size_t i = 0; i < t->nrcpt; i++)
		if (t->rcpt[i].state == SMTP_RCPT_DELIVERED)
			json_s(j, rcpts->list[i]);
	json_close(j, ']');
	json_key(j, "refused");
	json_open(j, '[');
	for (size_t i = 0; i < t->nrcpt; i++)
		if (smtp_is_refused(&t->rcpt[i], SMTP_REFUSALS_ALL))
			refused_json(j, rcpts->list[i], &t->rcpt[i]);
	json_close(j, ']');
	json_close(j, '}');
	return out_end_record(s->out, e);
}

void
smtp_print_refusals(const struct outbox_message *og, enum smtp_refusals which)
{
	const struct smtp_transaction *t = &og->m.transaction;

	/* A single recipient's refusal is the error itself. */
	for (size_t i = 0; t->nrcpt > 1 && i < t->nrcpt; i++) {
		char *line;

		if (!smtp_is_refused(&t->rcpt[i], which))
			continue;
		line = mem_strdup(t->rcpt[i].text);
		for (char *p = line; *p != '\0'; p++)
			if (*p == '\n')
				*p = ' ';
		print_note("%s: %s", og->m.env.rcpts.list[i], line);
		free(line);
	}
}

int
smtp_report(
	struct session *s, const struct outbox_message *og, enum smtp_refusals which, struct err *e)
{
	smtp_print_refusals(og, which);
	return s->out->json ? record(s, og, e) : 0;
}

void
smtp_log(const struct session *s, const struct outbox_message *og, const char *spool,
	const struct err *why, int exit_status)
{
	const struct smtp_transaction *t = &og->m.transaction;
	const struct addrs *rcpts = &og->m.env.rcpts;
	struct buf to = {0};

	if (!log_is_open())
		return;
	for (size_t i = 0; i < rcpts->n; i++)
		buf_addf(&to, "%s%s", i == 0 ? "" : ",", rcpts->list[i]);
	log_begin(s);
	log_str("message", og->name);
	log_str("owner", og->owner);
	log_str("from", og->m.env.from);
	log_text("to", buf_str(&to), to.len);
	log_number("octets", og->m.octets);
	log_str("spool", spool);
	if (t->code != 0)
		log_text("reply", buf_str(&t->text), t->text.len);
	if (why->text[0] != '\0')
		log_str("error", why->text);
	log_end(spool != NULL ? "stored" : smtp_outcome_name(t->outcome), exit_status);
	buf_free(&to);
}

void
smtp_begin(struct session *s, const struct outbox_message *list)
{
	uint64_t octets = 0;
	size_t total = 0;

	s->redials = outbox_may_redial(&s->c, list);
	for (; list != NULL; list = list->next, total++)
		octets += list->m.octets;
	progress_begin(s->opt, "messages", total, octets);
}
