#include "job/sizes.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/nntp_steps.h"
#include "proto/nntp_lists.h"
#include "proto/nntp_overview.h"

/* Keep the range as it is. */
static void
keep_whole(struct sizes *s, const struct nntp_spec *spec, struct nntp_specs *kept)
{
	nntp_specs_add(kept, *spec);
	s->unknown = true;
}

/* Judge one article by its line. 0: it is kept; 1: it is too large; -1 with e. */
static int
judge(struct sizes *s, const struct overview_line *line, uint64_t number, struct err *e)
{
	const struct nntp_span *id = &line->cols[OVERVIEW_MSGID],
			       *bytes = &line->cols[OVERVIEW_BYTES];
	uint64_t octets;
	char *msgid;
	int rc;

	if (line->ncols <= OVERVIEW_BYTES ||
		!text_number(bytes->p, bytes->n, NNTP_NUMBER_MAX, &octets)) {
		s->unknown = true;
		return 0;
	}
	if (octets <= s->max)
		return 0;
	msgid = mem_dup(id->p, id->n);
	rc = s->large(s, s->group, number, msgid, octets, e);
	free(msgid);
	return rc == -1 ? -1 : 1;
}

/* Add an article to the last range in kept, or as one of its own. */
static void
keep_number(struct nntp_specs *kept, size_t first, uint64_t number)
{
	struct nntp_spec *last = kept->n > first ? &kept->list[kept->n - 1] : NULL;

	if (last != NULL && last->last + 1 == number)
		last->last = number;
	else
		nntp_specs_add(kept, (struct nntp_spec){.first = number, .last = number});
}

/*
 * The lines of a range. If one is malformed or out of order, or the list of ranges would become too long, the range is
 * kept as it is.
 */
static int
read_lines(struct sizes *s, struct nntp *n, const struct nntp_spec *spec, struct nntp_specs *kept,
	struct err *e)
{
	struct overview_reader r = {.n = n, .most = nntp_lines_max(spec)};
	struct overview_line line;
	uint64_t number, next = spec->first;
	size_t before = kept->n;
	bool odd = false;
	int kind, rc;

	while ((kind = overview_next(&r, &line, e)) > OVERVIEW_END) {
		odd = odd || kind == OVERVIEW_MALFORMED || kept->n == NNTP_RUNS_MAX ||
		      !text_number(line.cols[0].p, line.cols[0].n, spec->last, &number) ||
		      number < next;
		err_clear(e);
		if (odd)
			continue;
		s->found = true;
		next = number + 1;
		rc = judge(s, &line, number, e);
		if (rc == -1)
			return conn_fail(n->conn, e);
		if (rc == 0)
			keep_number(kept, before, number);
	}
	if (odd) {
		kept->n = before;
		keep_whole(s, spec, kept);
	}
	return kind;
}

static int
take_range(struct sizes *s, struct client *c, const struct nntp_spec *spec, struct nntp_specs *kept,
	struct err *e)
{
	int rc = nntp_take_over(nntp_of(c), spec, e);

	if (rc == -1 || rc == NNTP_OVER_EMPTY)
		return rc == -1 ? -1 : 0;
	if (rc == NNTP_OVER_BLOCK)
		return read_lines(s, nntp_of(c), spec, kept, e);
	keep_whole(s, spec, kept);
	return nntp_step_refused(nntp_of(c), e);
}

/* ---- groups ------------------------------------------------------------------------------------ */

/* Remove the last group if no article of it was kept. */
static void
drop_empty_group(struct nntp_specs *kept)
{
	if (kept->n != 0 && kept->list[kept->n - 1].group != NULL)
		kept->n--;
}

/* The reply to GROUP. The reader of the articles will report a refusal. */
static int
take_group(struct sizes *s, struct client *c, const struct nntp_spec *spec, struct nntp_specs *kept,
	struct err *e)
{
	struct nntp *n = nntp_of(c);
	struct err ignored = {0};

	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	drop_empty_group(kept);
	nntp_specs_add(kept, *spec);
	s->group = spec->group;
	s->refused = n->r.code != 211 || nntp_selected(n, &ignored) == -1;
	return n->r.code != 211 ? nntp_step_refused(n, e) : 0;
}

/* A reply to OVER after a refused GROUP is about another group. */
static int
skip_range(struct sizes *s, struct client *c, const struct nntp_spec *spec, struct nntp_specs *kept,
	struct err *e)
{
	keep_whole(s, spec, kept);
	return nntp_discard_reply(nntp_of(c), e);
}

/* ---- the pipeline ------------------------------------------------------------------------------ */

static int
put(struct client *c, const struct nntp_spec *spec, struct err *e)
{
	if (spec->group != NULL)
		return nntp_put_group(nntp_of(c), spec->group, e);
	return nntp_spec_is_range(spec) ? nntp_put_over(nntp_of(c), spec, e) : 0;
}

static int
take(struct sizes *s, struct client *c, const struct nntp_spec *spec, struct nntp_specs *kept,
	struct err *e)
{
	if (spec->group != NULL)
		return take_group(s, c, spec, kept, e);
	if (nntp_spec_is_range(spec))
		return s->refused ? skip_range(s, c, spec, kept, e)
				  : take_range(s, c, spec, kept, e);
	keep_whole(s, spec, kept);
	return 0;
}

static int
run(struct sizes *s, struct client *c, const struct nntp_specs *specs, struct nntp_specs *kept,
	struct err *e)
{
	size_t at = 0, got = 0;

	if (specs->n != 0 && nntp_is_selected(nntp_of(c), specs->list[0].group)) {
		s->group = specs->list[0].group;
		nntp_specs_add(kept, specs->list[0]);
		at = got = 1;
	}
	for (; got < specs->n; got++) {
		while (at < specs->n && cmdq_room(c->q))
			if (put(c, &specs->list[at++], e) == -1)
				return -1;
		if (take(s, c, &specs->list[got], kept, e) == -1)
			return -1;
	}
	drop_empty_group(kept);
	return 0;
}

int
sizes_keep(struct sizes *s, struct client *c, struct nntp_specs *specs, struct err *e)
{
	struct nntp_specs kept = {0};

	s->unknown = s->refused = false;
	s->group = NULL;
	if (run(s, c, specs, &kept, e) == 0) {
		nntp_specs_free(specs);
		*specs = kept;
		return 0;
	}
	nntp_specs_free(&kept);
	/* Articles were reported already. */
	if (s->found)
		nntp_of(c)->need = NNTP_NEED_NOTHING;
	return -1;
}
