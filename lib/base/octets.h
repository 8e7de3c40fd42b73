/*
 * octets: search sixteen octets at once, for loops that would otherwise dominate the run time. Uses GNU C
 * vectors, which gcc and clang support on every machine. A comparison of two vectors, or of a vector and an
 * octet, yields -1 in each place where it is true and 0 elsewhere. Octets above 127 are negative.
 */
#ifndef BASE_OCTETS_H
#define BASE_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define OCTETS 16

typedef signed char octets16 __attribute__((vector_size(OCTETS)));
#ifdef __SSE2__
typedef char octets_chars
	__attribute__((vector_size(OCTETS))); /* as the compilers' builtins want it */
#endif

/* Load and store sixteen octets at p, which need not be aligned. */
static inline octets16
octets_get(const char *p)
{
	octets16 v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline void
octets_put(char *to, octets16 v)
{
	memcpy(to, &v, sizeof v);
}

/* Is the comparison true in any of the sixteen places? */
static inline bool
octets_any(octets16 found)
{
#ifdef __SSE2__
	return __builtin_ia32_pmovmskb128((octets_chars)found) != 0;
#else
	uint64_t half[2];

	memcpy(half, &found, sizeof half);
	return (half[0] | half[1]) != 0;
#endif
}

/* Index of the first place in which the comparison is true; there must be one. */
static inline unsigned
octets_before(octets16 found)
{
#ifdef __SSE2__
	return (unsigned)__builtin_ctz((unsigned)__builtin_ia32_pmovmskb128((octets_chars)found));
#else
	unsigned n = 0;

	while (found[n] == 0)
		n++;
	return n;
#endif
}

/* Find the first octet a in [p, end) that is followed by b or c within the same range; NULL: not found. */
const char *octets_pair(const char *p, const char *end, char a, char b, char c);

#endif
