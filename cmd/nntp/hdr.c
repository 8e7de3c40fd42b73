/* nntp verb hdr: one header field of many articles. */
#include "cmd/nntp/nntp.h"
#include "cmd/operands.h"
#include "cmd/print.h"
#include "proto/nntp_lists.h"

/* Print the lines of the block; *found counts them. */
static int
print_lines(struct session *s, const struct nntp_spec *spec, struct passed *passed, uint64_t *found,
	struct err *e)
{
	struct nntp_hdr_line line = {0};
	uint64_t seen = 0;
	int rc;

	while ((rc = nntp_hdr_next(nntp_of(&s->c), spec, &seen, &line, e)) == 1) {
		struct field f[] = {field_num("number", line.number.p, line.number.n),
			field_p("value", line.value.p, line.value.n)};

		if (line.kind == NNTP_LINE_MALFORMED)
			passed_add(passed, &s->c, e);
		else if (line.kind == NNTP_LINE_LONG_ID)
			nntp_warn_long_id(&s->c, line.whole.p, line.whole.n);
		if (line.kind != NNTP_LINE_GOOD)
			continue;
		++*found;
		if (out_record(s->out, '\t', f, 2, e) == -1)
			return conn_fail(s->c.conn, e);
	}
	return rc;
}

static int
run_hdr(struct session *s, const struct args *a, struct err *e)
{
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	const char *group = operand_word(a, "GROUP");
	struct nntp_spec spec = {.first = 1, .last = NNTP_NUMBER_MAX};
	struct passed passed = {0};
	struct nntp_command hdr;
	uint64_t found = 0;
	int rc;

	if (range != NULL)
		spec = range->spec;
	spec.current = range == NULL && group == NULL;
	hdr = nntp_hdr(operand_word(a, "FIELD"), group, &spec);
	rc = nntp_run_command(&s->c, &hdr, e);
	if (rc == 0)
		rc = print_lines(s, &spec, &passed, &found, e);
	if (rc == 0 && found == 0)
		rc = err_set(e, EX_NO, "HDR: no such article exists");
	return nntp_passed_end(s, &passed, rc, e);
}

const struct verb nntp_hdr_verb = {"hdr", "FIELD [GROUP] [RANGE|MSGID]",
	"print a header field of each article", 0, NULL, run_hdr, NULL, .group = GROUP_READ,
	.exits = "1 if no article is found, or a line was skipped",
	.example = "mailnet nntp -s nntps://news.example.org hdr Subject misc.test 3000-"};
