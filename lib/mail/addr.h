/*
 * addr: parser of mail addresses. It converts the address lists of a header (RFC 5322, sections 3.4 and 4.4; UTF-8: RFC
 * 6532) to the bare form that SMTP puts between < and > (RFC 5321, section 4.1.2).
 */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/addrs.h"

struct err;

/*
 * Parse an address list, the value of From, To, Cc or Bcc (n octets, folded or not), and append its addresses to out,
 * without group names, display names, comments, routes and white space; a local part is quoted only if necessary. An
 * address may lack a domain ("root"). Empty lists, members and groups are allowed. A display name without its quotes is
 * accepted if it can be read in one way only ("[foo] bar <a@x>", "Site: News <a@x>", "a@b via List <c@d>"). A domain
 * with an encoded word or an ambiguous character (domain.h) is refused. EX_DATAERR with the position of the syntax
 * error; out is unchanged then.
 */
int addr_parse(const char *p, size_t n, struct addrs *out, struct err *e);

/*
 * Recognize the most common form, which can be used without parsing: two dot-atoms with an @ between them (RFC 5322,
 * sections 3.2.3 and 3.4.1), bare, or in <> after plain words. If the n octets at p are such an address, set *addr and
 * *len to it, within p; it is the result that addr_parse would give. False: use addr_parse.
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
