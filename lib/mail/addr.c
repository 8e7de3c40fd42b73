#include "mail/addr.h"

#include <string.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/text.h"
#include "base/work.h"
#include "mail/addrs.h"
#include "mail/domain.h"

/* ---- the common form ----------------------------------------------------------------------------- */

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

/* ---- the parser ---------------------------------------------------------------------------------- */

/* The state of the parser: its position, and the parts of the current address. */
struct parse {
	const char *p, *start, *end;
	const char *why;  /* the syntax error; NULL: none so far */
	struct buf local; /* the local part without its quotes */
	struct buf domain;
	struct addrs found;
	const char *last_end; /* the last ; of the text, which can end a group; or NULL */
	bool in_group;
	bool hid; /* the local part has an encoded word with characters that an atom cannot have */
};

static bool
fail(struct parse *a, const char *why)
{
	if (a->why == NULL)
		a->why = why;
	return false;
}

static bool
at(const struct parse *a, char c)
{
	return a->p < a->end && *a->p == c;
}

static bool
is_ctl(char c)
{
	return (unsigned char)c < 32 || c == 127;
}

/* Skip a comment, which may contain other comments; p is at its opening parenthesis. */
static bool
skip_comment(struct parse *a)
{
	const char *open = a->p;
	size_t depth = 0;

	for (; a->p < a->end; a->p++) {
		if (*a->p == '\\' && a->end - a->p > 1) {
			a->p++;
		} else if (*a->p == '(') {
			depth++;
		} else if (*a->p == ')' && --depth == 0) {
			a->p++;
			return true;
		}
	}
	a->p = open;
	return fail(a, "a comment is not closed");
}

/* Skip CFWS (RFC 5322, section 3.2.2): white space, folds and comments. */
static bool
skip_blank(struct parse *a)
{
	while (a->p < a->end && (text_is_space(*a->p) || *a->p == '('))
		if (*a->p != '(')
			a->p++;
		else if (!skip_comment(a))
			return false;
	return true;
}

/* Read a quoted string and append its content, unfolded, to `to`. */
static bool
quoted(struct parse *a, struct buf *to)
{
	const char *open = a->p++;

	for (; a->p < a->end && *a->p != '"'; a->p++) {
		if (*a->p == '\r' || *a->p == '\n')
			continue;
		if (*a->p == '\\' && a->end - a->p > 1)
			a->p++;
		buf_addc(to, *a->p);
	}
	if (a->p == a->end) {
		a->p = open;
		return fail(a, "a quoted string is not closed");
	}
	a->p++;
	return true;
}

/* The end of the encoded word at p (RFC 2047, section 2), which may wrongly contain commas and the like; p: none. */
static const char *
skip_encoded(const char *p, const char *end)
{
	const char *at = p;

	if (end - p < 2 || p[0] != '=' || p[1] != '?')
		return p;
	at += 2;
	for (int marks = 0; at < end && !is_ctl(*at) && *at != ' ' && *at != '"'; at++)
		if (*at == '?' && marks++ == 2)
			return end - at > 1 && at[1] == '=' ? at + 2 : p;
	return p;
}

static void
skip_atext(struct parse *a)
{
	while (a->p < a->end && addr_atext(*a->p))
		a->p++;
}

/* Read one word of a display name or local part; an encoded word is read as a whole. */
static void
word(struct parse *a, struct buf *to)
{
	const char *from = a->p, *behind = skip_encoded(from, a->end);

	skip_atext(a);
	if (a->p < behind) {
		a->hid = true;
		a->p = behind;
		skip_atext(a);
	}
	buf_add(to, from, (size_t)(a->p - from));
}

/*
 * Read words and dots: a local part (words separated by dots; ".a" and "a..b" occur in practice and are accepted) or a
 * display name. *local: can it be a local part? *count: number of words.
 */
static bool
words(struct parse *a, bool *local, size_t *count)
{
	bool dotted = true;

	*local = true;
	a->hid = false;
	for (*count = 0; skip_blank(a) && a->p < a->end;) {
		if (*a->p == '.') {
			buf_addc(&a->local, *a->p++);
			dotted = true;
			continue;
		}
		if (*a->p != '"' && !addr_atext(*a->p))
			break;
		*local = *local && dotted;
		dotted = false;
		++*count;
		if (*a->p != '"')
			word(a, &a->local);
		else if (!quoted(a, &a->local))
			return false;
	}
	return a->why == NULL;
}

/* Read "[...]" without its white space (RFC 5322, section 3.4.1). */
static bool
domain_literal(struct parse *a)
{
	const char *open = a->p;

	for (; a->p < a->end && *a->p != ']'; a->p++) {
		if (text_is_space(*a->p))
			continue;
		if (is_ctl(*a->p) || *a->p == '\\' || strchr("<>,;\"", *a->p) != NULL ||
			(*a->p == '[' && a->p != open))
			return fail(a, "not a domain");
		buf_addc(&a->domain, *a->p);
	}
	if (a->p == a->end) {
		a->p = open;
		return fail(a, "a domain literal without end");
	}
	buf_addc(&a->domain, *a->p++);
	return skip_blank(a);
}

/* Read a domain, labels separated by dots; p is just after the @. */
static bool
domain(struct parse *a)
{
	buf_clear(&a->domain);
	if (!skip_blank(a))
		return false;
	if (at(a, '['))
		return domain_literal(a);
	for (;;) {
		const char *from = a->p;

		if (a->p == a->end || !addr_atext(*a->p))
			return fail(a, "not a domain");
		if (skip_encoded(from, a->end) != from)
			return fail(a, "an encoded word in a domain");
		skip_atext(a);
		buf_add(&a->domain, from, (size_t)(a->p - from));
		if (!skip_blank(a))
			return false;
		if (!at(a, '.'))
			return true;
		buf_addc(&a->domain, *a->p++);
		if (!skip_blank(a))
			return false;
	}
}

static bool
needs_quotes(const struct buf *b)
{
	bool dotted = true;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] != '.' && !addr_atext(b->data[i]))
			return true;
		if (b->data[i] == '.' && dotted)
			return true;
		dotted = b->data[i] == '.';
	}
	return dotted;
}

_Static_assert(ADDR_MAX == 1000, "the message in take() names the limit");

/* Check the address that was read and add it in its bare form. */
static bool
take(struct parse *a, bool has_domain)
{
	struct buf out = {0};

	if (!needs_quotes(&a->local)) {
		buf_add(&out, a->local.data, a->local.len);
	} else {
		buf_addc(&out, '"');
		for (size_t i = 0; i < a->local.len; i++) {
			if (a->local.data[i] == '"' || a->local.data[i] == '\\')
				buf_addc(&out, '\\');
			buf_addc(&out, a->local.data[i]);
		}
		buf_addc(&out, '"');
	}
	buf_add(&out, "@", has_domain ? 1 : 0);
	buf_add(&out, a->domain.data, has_domain ? a->domain.len : 0);
	if (out.len > ADDR_MAX)
		fail(a, "an address longer than 1000 octets");
	else if (text_has_ctl(a->local.data, a->local.len))
		fail(a, "a control character");
	else if (!text_is_utf8(out.data, out.len))
		fail(a, "an address that is not UTF-8");
	else if (has_domain && domain_unsafe(a->domain.data, a->domain.len) != 0)
		fail(a, "a character in a domain that IDNA replaces by another one or drops");
	else
		addrs_add(&a->found, out.data, out.len);
	buf_free(&out);
	return a->why == NULL;
}

/* Skip the obsolete route "@a,@b:" before an address (RFC 5322, section 4.4). */
static bool
skip_route(struct parse *a)
{
	if (!at(a, '@') && !at(a, ','))
		return true;
	while (skip_blank(a) && (at(a, '@') || at(a, ',')))
		if (*a->p++ == '@' && !domain(a))
			return false;
	if (a->why == NULL && !at(a, ':'))
		return fail(a, "a route without colon");
	a->p++;
	return a->why == NULL;
}

/* Read [@ domain] after the local part and add the address. local, count: as words() has set them. */
static bool
addr_spec(struct parse *a, bool local, size_t count)
{
	bool has_domain = at(a, '@');

	if (!local || count == 0 || a->hid)
		return fail(a, "not an address");
	if (has_domain) {
		a->p++;
		if (!domain(a))
			return false;
	}
	return take(a, has_domain);
}

/* Read "<address>"; p is at the <. */
static bool
angle(struct parse *a)
{
	bool local;
	size_t count;

	a->p++;
	buf_clear(&a->local);
	if (!skip_blank(a) || !skip_route(a) || !words(a, &local, &count))
		return false;
	if (!at(a, '>') && !at(a, '@'))
		return fail(a, "not an address");
	if (!addr_spec(a, local, count))
		return false;
	if (!at(a, '>'))
		return fail(a, "a < without >");
	a->p++;
	return skip_blank(a);
}

/* Is it an unquoted address as a display name, as in "me@example.org <me@example.org>"? Then p is moved to the <. */
static bool
is_name(struct parse *a)
{
	const char *begin = a->p++;

	if (domain(a) && at(a, '<'))
		return true;
	a->p = begin;
	a->why = NULL;
	return false;
}

/*
 * At the colon of `Name:`, begin a group if a ; follows to end it. "undisclosed-recipients:" at the end of the text is
 * accepted as an empty group.
 */
static bool
group(struct parse *a)
{
	const char *colon = a->p++;

	if (a->last_end != NULL && a->last_end > colon)
		return a->in_group = true;
	return (skip_blank(a) && a->p == a->end) || fail(a, "a group is not closed");
}

/* Read one member of the list by the grammar: an address, or the beginning of a group. */
static bool
strict_member(struct parse *a)
{
	bool local;
	size_t count;

	buf_clear(&a->local);
	if (!words(a, &local, &count))
		return false;
	if (at(a, ':') && count != 0 && !a->in_group)
		return group(a);
	if (at(a, '<') || (at(a, '@') && is_name(a)) ? !angle(a) : !addr_spec(a, local, count))
		return false;
	if (a->p < a->end && *a->p != ',' && *a->p != ';')
		return fail(a, "not an address");
	return true;
}

/*
 * The end of the quoted string at p, if it ends before any < or >. Else p + 1: an unpaired quote is part of the name.
 */
static const char *
skip_quote(const char *p, const char *end)
{
	const char *at = p + 1;

	while (at < end && *at != '"' && *at != '<' && *at != '>')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return at < end && *at == '"' ? at + 1 : p + 1;
}

/*
 * Skip a display name that lacks its quotes ("[foo] bar", "Site: News", "a@b via List", an unpaired quote), up to the <
 * after it. Refuse a comma, a semicolon and two @ in it, since these could be two addresses.
 */
static bool
loose_name(struct parse *a)
{
	size_t ats = 0;

	while (a->p < a->end && memchr(",;<>", *a->p, 4) == NULL) {
		if (is_ctl(*a->p) && !text_is_space(*a->p))
			return false;
		ats += *a->p == '@';
		if (*a->p == '"')
			a->p = skip_quote(a->p, a->end);
		else if (*a->p != '(')
			a->p++;
		else if (!skip_comment(a))
			return false;
	}
	return at(a, '<') && ats < 2;
}

/* Read one member of the list. If the grammar refuses it, try it as a display name without quotes. */
static bool
member(struct parse *a)
{
	const char *begin = a->p, *stop, *why;
	size_t before = a->found.n;

	if (strict_member(a))
		return true;
	stop = a->p;
	why = a->why;
	a->p = begin;
	a->why = NULL;
	a->found.n = before;
	if (loose_name(a) && angle(a) && (a->p == a->end || *a->p == ',' || *a->p == ';'))
		return true;
	a->p = stop;
	a->why = why;
	return false;
}

static bool
address_list(struct parse *a, struct err *e)
{
	while (skip_blank(a) && a->p < a->end) {
		if (work_check(1, e) == -1)
			return false;
		if (*a->p == ',') {
			a->p++;
		} else if (*a->p == ';' && a->in_group) {
			a->in_group = false;
			a->p++;
			if (!skip_blank(a))
				return false;
			if (a->p < a->end && *a->p != ',')
				return fail(a, "a comma is missing after a group");
		} else if (!member(a)) {
			return false;
		}
	}
	if (a->why == NULL && a->in_group)
		return fail(a, "a group is not closed");
	return a->why == NULL;
}

/* Set the error, with up to 40 octets of the text where parsing stopped, without control characters. */
static int
report(const struct parse *a, struct err *e)
{
	struct buf near = {0};
	const char *p = a->p;
	bool at_end = p == a->end;

	if (at_end)
		p = a->end - a->start > 40 ? a->end - 40 : a->start;
	for (; p < a->end && near.len < 40; p++)
		if (!is_ctl(*p))
			buf_addc(&near, *p);
	if (at_end || near.len == 0)
		err_set(e, EX_DATAERR, "%s at the end of \"%s\"", a->why, buf_str(&near));
	else
		err_set(e, EX_DATAERR, "%s at character %zu: %s%s", a->why,
			(size_t)(a->p - a->start) + 1, near.data, p < a->end ? "..." : "");
	buf_free(&near);
	return -1;
}

int
addr_parse(const char *p, size_t n, struct addrs *out, struct err *e)
{
	struct parse a = {.p = p, .start = p, .end = n != 0 ? p + n : p};
	const char *plain;
	size_t len;
	int result;

	a.last_end = n != 0 ? memrchr(p, ';', n) : NULL;
	if (addr_plain(p, n, &plain, &len)) {
		addrs_add(out, plain, len);
		return 0;
	}
	result = address_list(&a, e) ? 0 : a.why == NULL ? -1 : report(&a, e);

	for (size_t i = 0; result == 0 && i < a.found.n; i++)
		addrs_add(out, a.found.list[i], strlen(a.found.list[i]));
	addrs_free(&a.found);
	buf_free(&a.local);
	buf_free(&a.domain);
	return result;
}
