#include "mail/addr_plain.h"

#include "mail/addrs.h"

/* Atom characters without =, which may begin an encoded word: addr_parse handles those. */
static bool
is_plain(char c)
{
	return (unsigned char)c < 127 && c != '=' && addr_atext(c);
}

/* The end of the dot-atom at p (RFC 5322, section 3.2.3); p: there is none. */
static const char *
skip_dot_atom(const char *p, const char *end)
{
	const char *at = p;
	bool dotted = true;

	for (; at < end && (is_plain(*at) || (*at == '.' && !dotted)); at++)
		dotted = *at == '.';
	return dotted ? p : at;
}

/* Do the octets from p to end consist of two dot-atoms with an @ between them? */
static bool
is_plain_spec(const char *p, const char *end)
{
	const char *mid = skip_dot_atom(p, end), *stop;

	if (mid == p || mid == end || *mid != '@' || end - p > ADDR_MAX)
		return false;
	stop = skip_dot_atom(mid + 1, end);
	return stop == end && stop != mid + 1;
}

bool
addr_plain(const char *p, size_t n, const char **addr, size_t *len)
{
	const char *end = p + n, *open = p;

	while (open < end && (is_plain(*open) || *open == ' '))
		open++;
	if (open < end && *open == '<' && end[-1] == '>') {
		p = open + 1;
		end--;
	}
	if (n == 0 || !is_plain_spec(p, end))
		return false;
	*addr = p;
	*len = (size_t)(end - p);
	return true;
}
