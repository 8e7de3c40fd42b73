#include "cmd/nntp_passed.h"

#include "cmd/nntp_run.h"
#include "cmd/print.h"

static void
print_why(struct session *s, const struct err *why)
{
	struct err shown = *why;

	client_name_host(&s->c, &shown);
	print_error(NNTP_WHO, &shown);
}

void
nntp_pass_over(struct session *s, struct nntp_passed *p, struct err *why)
{
	if (p->count++ != 0) {
		print_why(s, &p->last);
	} else {
		p->status = why->status;
		p->code = s->c.result.code;
		buf_add(&p->reply, s->c.result.text.data, s->c.result.text.len);
	}
	p->last = *why;
	err_clear(why);
}

int
nntp_passed_end(struct session *s, struct nntp_passed *p, int rc, struct err *e)
{
	if (p->count != 0 && rc == -1 && e->status != EX_NO) {
		print_why(s, &p->last);
	} else if (p->count != 0) {
		*e = p->last;
		e->status = p->status;
		client_note(&s->c, p->code, buf_str(&p->reply), p->reply.len);
		s->passed_over = true;
		rc = -1;
	}
	buf_free(&p->reply);
	return rc;
}
