/* suggest: "did you mean …?" for names that were mistyped. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/*
 * Set word (borrowed) and try candidates one by one; best is then the nearest candidate (borrowed; NULL: none is
 * near) by transpositions, insertions, deletions and replacements: at most two, or at most one for a word of up
 * to four letters. A candidate that begins with word is accepted too, if no candidate is nearer.
 */
struct suggest {
	const char *word;
	size_t len; /* of word; (size_t)-1: as long as it is */
	const char *best;
	size_t distance;
};

#define SUGGEST_FOR(w, n) ((struct suggest){.word = (w), .len = (n), .distance = 4})

void suggest_try(struct suggest *s, const char *candidate);

#endif
