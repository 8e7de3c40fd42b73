/*
 * octets: sixteen octets at once, where looking at each line for itself costs more than all the rest. With
 * GNU C's vectors, which gcc and clang have on every machine. Comparing two vectors, or a vector with an
 * octet, gives a vector that is -1 where it holds and 0 elsewhere; octets above 127 are below 0 here.
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

/* The sixteen octets at p, wherever that is; and back. */
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

/* Does a comparison hold anywhere? */
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

/* How many octets stand before the first where a comparison holds; it does hold somewhere. */
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

/* The first place from p on where octet a is followed by b or c, both before end; NULL: there is none. */
const char *octets_pair(const char *p, const char *end, char a, char b, char c);

#endif
