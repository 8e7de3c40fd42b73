#include "proto/nntp_spec.h"

#include <stdlib.h>

#include "base/mem.h"

void
nntp_specs_add(struct nntp_specs *s, struct nntp_spec spec)
{
	s->list = mem_grow(s->list, s->n, &s->cap, sizeof *s->list);
	s->list[s->n++] = spec;
}

void
nntp_specs_free(struct nntp_specs *s)
{
	free(s->list);
	*s = (struct nntp_specs){0};
}

uint64_t
nntp_specs_count(const struct nntp_specs *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct nntp_spec *spec = &s->list[i];
		uint64_t n = nntp_spec_is_range(spec) ? spec->last - spec->first + 1 : 1;

		sum = n > UINT64_MAX - sum ? UINT64_MAX : sum + n;
	}
	return sum;
}

void
nntp_specs_clip(struct nntp_specs *s, const struct nntp_marks *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct nntp_spec spec = s->list[i];

		if (nntp_spec_is_range(&spec) && !spec.named) {
			if (spec.first < m->first)
				spec.first = m->first;
			if (spec.last > m->last)
				spec.last = m->last;
			if (spec.first > spec.last || m->last == 0)
				continue;
		}
		s->list[kept++] = spec;
	}
	s->n = kept;
}

bool
nntp_specs_ascend(const struct nntp_specs *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct nntp_spec *spec = &s->list[i];

		if (!nntp_spec_is_range(spec) || spec->named ||
			(i > 0 && spec->first <= s->list[i - 1].last))
			return false;
	}
	return s->n != 0;
}

void
nntp_spec_text(const struct nntp_spec *spec, struct buf *out)
{
	if (spec->msgid != NULL)
		buf_adds(out, spec->msgid);
	else if (spec->current)
		return;
	else if (spec->first == spec->last)
		buf_addf(out, "%ju", (uintmax_t)spec->first);
	else if (spec->last == NNTP_NUMBER_MAX)
		buf_addf(out, "%ju-", (uintmax_t)spec->first);
	else
		buf_addf(out, "%ju-%ju", (uintmax_t)spec->first, (uintmax_t)spec->last);
}

uint64_t
nntp_lines_max(const struct nntp_spec *spec)
{
	uint64_t most = spec->msgid != NULL || spec->current ? 1 : spec->last - spec->first + 1;

	return most < UINT64_MAX / 4 ? 2 * most + 1000 : UINT64_MAX;
}
