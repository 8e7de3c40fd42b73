/*
 * addr_plain: fast recognition of the most common form of an address, which can be used without parsing: two dot-atoms
 * with an @ between them (RFC 5322, sections 3.2.3 and 3.4.1), bare, or in <> after plain words.
 */
#ifndef MAIL_ADDR_PLAIN_H
#define MAIL_ADDR_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * If the n octets at p are one such address, set *addr and *len to it, within p; it is the result that addr_parse would
 * give. False: use addr_parse.
 */
bool addr_plain(const char *p, size_t n, const char **addr, size_t *len);

/* Is c an atext character (RFC 5322, section 3.2.3; RFC 6532, section 3.2: also octets above 127)? */
static inline bool
addr_atext(char c)
{
	switch (c) {
	case '(':
	case ')':
	case '<':
	case '>':
	case '[':
	case ']':
	case ':':
	case ';':
	case '@':
	case '\\':
	case ',':
	case '.':
	case '"':
	case 127: return false;
	default: return (unsigned char)c > ' ';
	}
}

#endif
