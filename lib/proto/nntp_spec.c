#include "proto/nntp_spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/msgid.h"

static bool
looks_like_range(const char *word)
{
	return text_is_digit(*word) && strspn(word, "0123456789-") == strlen(word);
}

bool
nntp_spec_looks_like(const char *word)
{
	return *word == '<' || looks_like_range(word);
}

/* With a longer name, LISTGROUP with a range would have more than 512 octets (RFC 3977, section 3.1). */
#define GROUP_MAX 460

int
nntp_group_check(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n > GROUP_MAX || strchr(name, ' ') != NULL || text_has_ctl(name, n))
		return err_set(e, EX_DATAERR,
			"'%.80s' is not the name of a group (empty, a blank, a control character, "
			"or more than %d octets)",
			name, GROUP_MAX);
	return 0;
}

int
nntp_spec_range(struct nntp_spec *spec, const char *word, const char *what, struct err *e)
{
	const char *dash = strchr(word, '-');
	size_t n = dash != NULL ? (size_t)(dash - word) : strlen(word);

	*spec = (struct nntp_spec){0};
	if (!looks_like_range(word) || !text_number(word, n, NNTP_NUMBER_MAX, &spec->first))
		return err_set(e, EX_DATAERR, "'%s' is not %s", word, what);
	spec->last = dash == NULL ? spec->first : NNTP_NUMBER_MAX;
	if (dash != NULL && dash[1] != '\0' &&
		!text_number_s(dash + 1, NNTP_NUMBER_MAX, &spec->last))
		return err_set(
			e, EX_DATAERR, "'%s' is not a range of article numbers (A-B or A-)", word);
	if (spec->first > spec->last)
		return err_set(e, EX_DATAERR, "the range %s ends before it begins", word);
	return 0;
}

int
nntp_spec_msgid(struct nntp_spec *spec, const char *word, struct err *e)
{
	*spec = (struct nntp_spec){.msgid = word};
	return msgid_check(word, e);
}

int
nntp_spec_parse(struct nntp_spec *spec, const char *word, struct err *e)
{
	return *word == '<'
		       ? nntp_spec_msgid(spec, word, e)
		       : nntp_spec_range(spec, word, "an article number, range or message-id", e);
}

bool
nntp_spec_names(const struct nntp_spec *spec, const char *word)
{
	return spec->msgid != NULL || strchr(word, '-') == NULL;
}

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
nntp_spec_count(const struct nntp_spec *spec)
{
	return nntp_spec_is_range(spec) ? spec->last - spec->first + 1 : spec->group == NULL;
}

uint64_t
nntp_specs_count(const struct nntp_specs *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		uint64_t n = nntp_spec_count(&s->list[i]);

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
