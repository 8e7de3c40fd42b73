/*
 * addr: mail addresses. From the fields of a header (RFC 5322, sections 3.4 and 4.4, with UTF-8 as
 * RFC 6532 has it) to the bare form that stands between < and > in SMTP (RFC 5321, section 4.1.2).
 */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include <stddef.h>

#include "mail/addrs.h"

struct err;

/*
 * Parse an address list as it stands in From, To, Cc or Bcc (the value, folded or not) and append
 * the addresses to out: groups dissolved, display names, comments, routes and white space gone, the
 * local part in quotes only where it needs them. An address may lack a domain ("root"). An empty
 * list, empty list members and empty groups are fine. A display name that lacks its quotes is accepted where
 * only one reading is possible ("[foo] bar <a@x>", "Site: News <a@x>", "a@b via List <c@d>"). A domain with an
 * encoded word or an ambiguous character (domain.h) is refused. EX_DATAERR with the place where reading
 * stopped; out is unchanged then.
 */
int addr_parse(const char *p, size_t n, struct addrs *out, struct err *e);

#endif
