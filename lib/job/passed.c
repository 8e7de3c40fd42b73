#include "job/passed.h"

static void
report(struct client *c, const struct err *why)
{
	struct err shown = *why;

	if (c->events->passed == NULL)
		return;
	client_name_host(c, &shown);
	c->events->passed(c, &shown);
}

void
passed_add(struct passed *p, struct client *c, struct err *why)
{
	if (p->count++ != 0)
		report(c, &p->last);
	if (p->count == 1 || (p->status == EX_NO && why->status == EX_DATAERR)) {
		p->status = why->status;
		p->code = c->result.code;
		buf_clear(&p->reply);
		buf_add(&p->reply, c->result.text.data, c->result.text.len);
	}
	p->last = *why;
	err_clear(why);
}

int
passed_end(struct passed *p, struct client *c, int rc, struct err *e)
{
	if (p->count != 0 && rc == -1 && e->status != EX_NO) {
		report(c, &p->last);
	} else if (p->count != 0) {
		*e = p->last;
		client_name_host(c, e);
		e->status = p->status;
		client_note(c, p->code, buf_str(&p->reply), p->reply.len);
		p->decided = true;
		rc = -1;
	}
	buf_free(&p->reply);
	return rc;
}
