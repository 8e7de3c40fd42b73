#include "job/listing.h"

#include "client/nntp_steps.h"

int
listing_run(struct listing *l, struct client *c, struct nntp_command command, struct err *e)
{
	struct nntp_list lines;
	struct nntp_record r;
	int kind;

	if (nntp_run_command(c, &command, e) == -1)
		return -1;
	nntp_list_begin(&lines, nntp_of(c), l->kind, l->spec);
	while ((kind = nntp_list_next(&lines, &r, e)) > NNTP_LIST_END) {
		if (kind == NNTP_LINE_MALFORMED)
			passed_add(&l->passed, c, e);
		else if (kind == NNTP_LINE_LONG_ID)
			nntp_warn_long_id(c, r.line.p, r.line.n);
		if (kind == NNTP_LINE_GOOD && l->record(l->context, &r, e) == -1)
			return conn_fail(c->conn, e);
	}
	return kind;
}
