/* ranges: a sorted list of ranges of article numbers, as after the colon of a .newsrc line. */
#ifndef STORE_RANGES_H
#define STORE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct range {
	uint64_t lo, hi; /* lo <= hi */
};

/* `struct ranges r = {0};` is empty. Sorted; there is a gap between any two. */
struct ranges {
	struct range *r;
	size_t count, cap;
};

/* Add lo to hi (lo <= hi) and join it with adjacent ranges. True: at least one number is new. */
bool ranges_add(struct ranges *r, uint64_t lo, uint64_t hi);

/* Add all ranges of other, in time that grows with the number of ranges in both. */
void ranges_join(struct ranges *r, const struct ranges *other);

/* Does one of the ranges contain n? */
bool ranges_has(const struct ranges *r, uint64_t n);

/* The first range within lo to hi of numbers that are not in it; false: there is none. */
bool ranges_gap(const struct ranges *r, uint64_t lo, uint64_t hi, struct range *gap);

/*
 * Read "1-100,105, 107-110" (n octets, spaces allowed around commas), any order, into
 * an empty r. False: invalid text, or a range ends before it begins.
 */
bool ranges_parse(struct ranges *r, const char *p, size_t n);

/* Append the ranges in this form. */
void ranges_format(const struct ranges *r, struct buf *out);

void ranges_free(struct ranges *r);

#endif
