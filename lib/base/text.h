/* text: small string functions for all rooms; ASCII only, independent of the locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compare without regard to the case of A-Z. */
bool text_same(const char *a, const char *b);
bool text_same_n(const char *p, size_t n, const char *b);
bool text_starts(const char *s, const char *prefix);

/* The character class tests of <ctype.h>, for ASCII and any octet. */
bool text_is_digit(char c);
bool text_is_space(char c); /* space, TAB, CR, LF */
char text_lower(char c);

/* The value of a hexadecimal digit in either case; -1: not such a digit. */
int text_hex_digit(char c);

/*
 * A decimal number without sign that fills all n octets of p and is at most max: true and *out, or
 * false (empty, other characters, too large). Leading zeros are allowed.
 */
bool text_number(const char *p, size_t n, uint64_t max, uint64_t *out);
bool text_number_s(const char *s, uint64_t max, uint64_t *out);

/* Does the text contain CR or LF (or NUL, if the length is given)? Such text must not go into a command. */
bool text_has_eol(const char *p, size_t n);

/* Split off the next word of *p (separated by spaces and TABs) ending at end: NULL if none. */
const char *text_word(const char **p, const char *end, size_t *n);

/* Split off the next line of *s, without its LF; NULL if *s is empty or NULL. */
const char *text_line(const char **s, size_t *n);

/* Length of the UTF-8 sequence that starts at p (n > 0); 0: invalid (RFC 3629, section 4). */
size_t text_utf8_len(const char *p, size_t n);

/* Are the n octets well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates)? */
bool text_is_utf8(const char *p, size_t n);

/* Does the text contain an octet above 127? */
bool text_is_8bit(const char *p, size_t n);

/* Does the text contain a control character (RFC 5234: below 32, or 127)? */
bool text_has_ctl(const char *p, size_t n);

/* Find the first octet a in [p, end) that is followed by b or c within the same range; NULL: not found. */
const char *text_find_pair(const char *p, const char *end, char a, char b, char c);

#endif
