/*
 * addr_plain: one address as nearly all are, for which nothing needs to be put together: two dot-atoms with
 * an @ between them (RFC 5322, sections 3.2.3 and 3.4.1), bare, or in <> behind plain words.
 */
#ifndef MAIL_ADDR_PLAIN_H
#define MAIL_ADDR_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where it stands in p, as addr_parse would have it; false: it is something else, which addr_parse must
 * look at.
 */
bool addr_plain(const char *p, size_t n, const char **addr, size_t *len);

/* atext (RFC 5322, section 3.2.3), and what RFC 6532 adds. */
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
