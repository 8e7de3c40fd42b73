/* nntp verbs hdr and xpat: one header field of many articles, or of those whose value matches a pattern. */
#include <string.h>

#include "cmd/nntp/nntp.h"
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

static struct nntp_spec
spec_of(const struct args *a)
{
	const struct operand *range = operand_find(a, "RANGE|MSGID");
	struct nntp_spec all = {.first = 1, .last = NNTP_NUMBER_MAX};

	all.current = range == NULL && operand_word(a, "GROUP") == NULL;
	return range != NULL ? range->spec : all;
}

/* Run the command, and print the lines of its block. nothing: the error if the block has none. */
static int
run_lines(struct session *s, struct nntp_command *command, const struct nntp_spec *spec,
	const char *nothing, struct err *e)
{
	struct passed passed = {0};
	uint64_t found = 0;
	int rc = nntp_run_command(&s->c, command, e);

	if (rc == 0)
		rc = print_lines(s, spec, &passed, &found, e);
	if (rc == 0 && found == 0)
		rc = err_set(e, EX_NO, "%s", nothing);
	return nntp_passed_end(s, &passed, rc, e);
}

static int
run_hdr(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_spec spec = spec_of(a);
	struct nntp_command hdr =
		nntp_hdr(operand_word(a, "FIELD"), operand_word(a, "GROUP"), &spec);

	return run_lines(s, &hdr, &spec, "HDR: no article found", e);
}

const struct verb nntp_hdr_verb = {"hdr", "FIELD [GROUP] [RANGE|MSGID]",
	"print a header field of each article", 0, NULL, run_hdr, NULL, .group = GROUP_READ,
	.exits = "1 if no article is found, or a line was skipped",
	.example = "mailnet nntp -s nntps://news.example.org hdr Subject misc.test 3000-"};

static int
run_xpat(struct session *s, const struct args *a, struct err *e)
{
	struct nntp_spec spec = spec_of(a);
	struct nntp_command xpat =
		nntp_xpat(operand_word(a, "FIELD"), operand_word(a, "GROUP"), &spec);

	for (int i = 0; i < a->noperands; i++)
		if (strncmp(a->operands[i].name, "PATTERN", a->operands[i].name_len) == 0)
			buf_addf(&xpat.line, " %s", a->operands[i].word);
	return run_lines(s, &xpat, &spec, "XPAT: no article matches", e);
}

const struct verb nntp_xpat_verb = {"xpat", "FIELD [GROUP] RANGE|MSGID PATTERN...",
	"print a header field of the articles whose field matches a pattern (RFC 2980)", 0, NULL,
	run_xpat, NULL, .group = GROUP_READ,
	.exits = "1 if no article matches, or a line was skipped",
	.example = "mailnet nntp -s nntps://news.example.org xpat Subject misc.test 3000- '*FAQ*'"};
