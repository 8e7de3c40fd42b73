#include "store/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/work.h"

/* The index of the first range that ends at n or later, or count. */
static size_t
find(const struct ranges *r, uint64_t n)
{
	size_t lo = 0, hi = r->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->r[mid].hi < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
append(struct ranges *r, uint64_t lo, uint64_t hi)
{
	r->r = mem_grow(r->r, r->count, &r->cap, sizeof *r->r);
	r->r[r->count++] = (struct range){lo, hi};
}

static int
by_low(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sort ranges that were appended in any order, and join those that overlap or touch. */
static void
tidy(struct ranges *r)
{
	size_t kept = 0, i;

	for (i = 1; i < r->count && r->r[i - 1].lo <= r->r[i].lo; i++)
		;
	if (i < r->count)
		qsort(r->r, r->count, sizeof *r->r, by_low);
	for (i = 1; i < r->count; i++) {
		struct range *last = &r->r[kept];

		if (r->r[i].lo - 1 > last->hi && r->r[i].lo != 0)
			r->r[++kept] = r->r[i];
		else if (r->r[i].hi > last->hi)
			last->hi = r->r[i].hi;
	}
	work_count(2 * r->count);
	r->count = r->count == 0 ? 0 : kept + 1;
}

void
ranges_join(struct ranges *r, const struct ranges *other)
{
	for (size_t i = 0; i < other->count; i++)
		append(r, other->r[i].lo, other->r[i].hi);
	tidy(r);
}

bool
ranges_add(struct ranges *r, uint64_t lo, uint64_t hi)
{
	/* Those that overlap or touch: from first up to, not including, last. */
	size_t first = find(r, lo == 0 ? 0 : lo - 1), last = first;

	if (first < r->count && r->r[first].lo <= lo && r->r[first].hi >= hi)
		return false;
	while (last < r->count && (r->r[last].lo <= hi || r->r[last].lo - 1 == hi))
		last++;
	if (last > first) {
		lo = r->r[first].lo < lo ? r->r[first].lo : lo;
		hi = r->r[last - 1].hi > hi ? r->r[last - 1].hi : hi;
	} else {
		r->r = mem_grow(r->r, r->count, &r->cap, sizeof *r->r);
	}
	work_count(r->count - last);
	memmove(&r->r[first + 1], &r->r[last], (r->count - last) * sizeof *r->r);
	r->count = r->count - (last - first) + 1;
	r->r[first] = (struct range){lo, hi};
	return true;
}

bool
ranges_has(const struct ranges *r, uint64_t n)
{
	size_t i = find(r, n);

	return i < r->count && r->r[i].lo <= n;
}

bool
ranges_gap(const struct ranges *r, uint64_t lo, uint64_t hi, struct range *gap)
{
	size_t i;

	if (lo > hi)
		return false;
	i = find(r, lo);
	if (i < r->count && r->r[i].lo <= lo) {
		if (r->r[i].hi >= hi)
			return false;
		lo = r->r[i++].hi + 1;
	}
	*gap = (struct range){lo, hi};
	if (i < r->count && r->r[i].lo <= hi)
		gap->hi = r->r[i].lo - 1;
	return true;
}

/* Parse one number at *p, and move *p past it. */
static bool
read_number(const char **p, const char *end, uint64_t *n)
{
	const char *from = *p;

	while (*p < end && text_is_digit(**p))
		++*p;
	return text_number(from, (size_t)(*p - from), UINT64_MAX - 1, n);
}

static void
skip_blanks(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == '\t'))
		++*p;
}

bool
ranges_parse(struct ranges *r, const char *p, size_t n)
{
	const char *end = p + n;
	uint64_t lo, hi;

	skip_blanks(&p, end);
	while (p < end) {
		if (!read_number(&p, end, &lo))
			return false;
		hi = lo;
		if (p < end && *p == '-') {
			p++;
			if (!read_number(&p, end, &hi) || hi < lo)
				return false;
		}
		append(r, lo, hi);
		skip_blanks(&p, end);
		if (p == end)
			break;
		if (*p++ != ',')
			return false;
		skip_blanks(&p, end);
	}
	tidy(r);
	return true;
}

void
ranges_format(const struct ranges *r, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++) {
		buf_addf(out, "%s%llu", i == 0 ? "" : ",", (unsigned long long)r->r[i].lo);
		if (r->r[i].hi != r->r[i].lo)
			buf_addf(out, "-%llu", (unsigned long long)r->r[i].hi);
	}
}

void
ranges_free(struct ranges *r)
{
	free(r->r);
	*r = (struct ranges){0};
}
