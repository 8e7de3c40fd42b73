#include "proto/smtp_step.h"

#include <string.h>

#include "base/mem.h"
#include "proto/smtp_message.h"
#include "proto/smtp_prepare.h"

/* The transaction of a message whose MAIL and RCPTs were sent before. */
static void
make_transaction(struct smtp_message *m, size_t accepted, bool binary)
{
	struct smtp_transaction *t = &m->transaction;

	t->octets = m->octets;
	t->params = binary ? "BODY=BINARYMIME" : NULL;
	t->feed = smtp_message_feed;
	t->data = m;
	/* If no recipient is known to be accepted, the server's reply to DATA decides. */
	t->nrcpt = accepted != 0 ? accepted : 1;
	t->rcpt = mem_zalloc(t->nrcpt * sizeof *t->rcpt);
	for (size_t i = 0; i < t->nrcpt; i++)
		t->rcpt[i].addr = "DATA";
	smtp_skip_envelope(t);
}

/* The replies: in LMTP one about each recipient. */
static void
add_replies(const struct smtp *p, const struct smtp_transaction *t, int *code, struct buf *text)
{
	*code = t->code;
	for (size_t i = 0; p->lmtp && i < t->nrcpt; i++) {
		if (t->rcpt[i].text == NULL)
			continue;
		if (text->len != 0)
			buf_addc(text, '\n');
		buf_adds(text, t->rcpt[i].text);
	}
	if (text->len == 0)
		buf_add(text, t->text.data, t->text.len);
}

static int
send_data(struct smtp *p, struct smtp_message *m, int64_t wait, int *code, struct buf *text,
	struct err *e)
{
	const struct smtp_transaction *t = &m->transaction;
	bool chunking = p->caps.chunking;

	make_transaction(m, p->accepted, p->binary);
	p->caps.chunking = chunking && p->accepted > 0;
	smtp_send_one(p, &m->transaction, wait);
	p->caps.chunking = chunking;
	p->accepted = 0;
	add_replies(p, t, code, text);
	if (t->outcome == SMTP_DELIVERED)
		return 0;
	if (t->outcome == SMTP_PARTIAL)
		return err_set(e, EX_NO, "DATA: refused for some recipients");
	*e = *smtp_transaction_error(t);
	return -1;
}

int
smtp_step_data(
	struct smtp *p, struct input *in, int64_t wait, int *code, struct buf *text, struct err *e)
{
	struct addrs unused = {0};
	struct smtp_send_options options = {.from = "", .rcpts = &unused};
	struct smtp_message m;
	int rc;

	addrs_add(&unused, "unused", 6); /* the server has the envelope already */
	rc = smtp_message_read(&m, in, 0, &options, e);
	addrs_free(&unused);
	if (rc == 0)
		rc = smtp_message_check(&m, &p->caps, e);
	if (rc == 0)
		rc = send_data(p, &m, wait, code, text, e);
	smtp_message_free(&m);
	return rc;
}
