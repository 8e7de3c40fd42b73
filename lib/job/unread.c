#include "job/unread.h"

#include "proto/nntp.h"

int
unread_begin(struct unread *u, struct newsrc *file, const struct client *c, const char *group,
	struct err *e)
{
	const struct nntp *n = c->proto;

	u->group = group != NULL ? group : buf_str(&n->group);
	u->line = newsrc_group(file, u->group, e);
	return u->line != NULL ? 0 : -1;
}

void
unread_add(const struct unread *u, const struct nntp_spec *spec, struct nntp_specs *to)
{
	uint64_t lo = spec->first;
	struct range gap;

	if (u->line == NULL || !nntp_spec_is_range(spec)) {
		nntp_specs_add(to, *spec);
		return;
	}
	while (lo <= spec->last && ranges_gap(newsrc_read(u->line), lo, spec->last, &gap)) {
		nntp_specs_add(to,
			(struct nntp_spec){.first = gap.lo, .last = gap.hi, .named = spec->named});
		lo = gap.hi + 1;
	}
}

void
unread_plan(struct unread *u, struct client *c, struct nntp_specs *specs)
{
	const struct nntp_marks *m = &((const struct nntp *)c->proto)->marks;
	struct nntp_specs unread = {0};

	/* The marks "0 0 0" of an empty group do not show its numbers: keep what is marked. */
	if (m->last != 0 && newsrc_renumbered(u->line, m->last)) {
		client_warn(c,
			"%s was renumbered by the server (its last number is %ju now): its read "
			"marks are removed",
			u->group, (uintmax_t)m->last);
		newsrc_reset(u->line);
	}
	for (size_t i = 0; i < specs->n; i++)
		unread_add(u, &specs->list[i], &unread);
	nntp_specs_free(&u->asked);
	for (size_t i = 0; i < unread.n && !u->single; i++)
		nntp_specs_add(&u->asked, unread.list[i]);
	nntp_specs_free(specs);
	*specs = unread;
}

void
unread_done(struct unread *u, uint64_t number)
{
	if (u->line != NULL && u->single)
		ranges_add(&u->done, number, number);
}

void
unread_mark(struct unread *u, uint64_t upto)
{
	struct ranges marks = u->done;
	struct range gap;

	u->done = (struct ranges){0};
	for (size_t i = 0; i < u->asked.n && u->asked.list[i].first <= upto; i++) {
		const struct nntp_spec *spec = &u->asked.list[i];
		uint64_t lo = spec->first, hi = spec->last < upto ? spec->last : upto;

		for (; ranges_gap(&u->left, lo, hi, &gap); lo = gap.hi + 1)
			ranges_add(&marks, gap.lo, gap.hi);
	}
	if (marks.count != 0)
		newsrc_mark_all(u->line, &marks);
	ranges_free(&marks);
}

void
unread_leave(struct unread *u, uint64_t first, uint64_t last)
{
	/* Otherwise unread_mark does not use them. */
	if (u->line != NULL && !u->single)
		ranges_add(&u->left, first, last);
}

void
unread_end(struct unread *u)
{
	nntp_specs_free(&u->asked);
	ranges_free(&u->left);
	ranges_free(&u->done);
}
