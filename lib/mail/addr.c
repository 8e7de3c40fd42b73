#include "mail/addr.h"

#include <string.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/text.h"
#include "base/work.h"
#include "mail/addr_plain.h"
#include "mail/domain.h"

/* The parser: where it is, and what it has read of the address under way. */
struct parse {
	const char *p, *start, *end;
	const char *why;  /* what is wrong, NULL: nothing yet */
	struct buf local; /* the local part without its quotes */
	struct buf domain;
	struct addrs found;
	const char *last_end; /* the last ; of the text: a group may end there; NULL: none can */
	bool in_group;
	bool hid; /* an encoded word in the local part hides characters that an atom cannot hold */
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

/* A comment, which may hold others; p stands on its first parenthesis. */
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
	return fail(a, "a comment without end");
}

/* CFWS: white space, folds and comments. */
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

/* A quoted string; its content is appended to `to`, folds taken out. */
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
		return fail(a, "a quoted string without end");
	}
	a->p++;
	return true;
}

/* Behind the encoded word at p (RFC 2047, section 2), else p: some leave commas and the like in it. */
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

/* A word of a display name or local part; an encoded word of a name is skipped as a whole. */
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
 * Words and dots: a local part (words with dots between them; the rest of the world sends ".a" and
 * "a..b" too) or a display name. *local: could it be a local part? *words: how many words.
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

/* [ ... ], white space left out (obs-dtext). */
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

/* A domain: labels with dots between them; p stands behind the @. */
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

/* What was read is an address: add it in its bare form. */
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
		fail(a, "too long an address");
	else if (text_has_ctl(a->local.data, a->local.len))
		fail(a, "a control character");
	else if (!text_is_utf8(out.data, out.len))
		fail(a, "an address that is not UTF-8");
	else if (has_domain && domain_unsafe(a->domain.data, a->domain.len) != 0)
		fail(a, "a character in a domain that stands for another one or for none");
	else
		addrs_add(&a->found, out.data, out.len);
	buf_free(&out);
	return a->why == NULL;
}

/* The obsolete route "@a,@b:" in front of an address; it has no meaning any more. */
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

/* local-part [@ domain], ended by one of the characters in `until` or the end. */
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

/* <...>; p stands on the <. */
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

/* "me@example.org <me@example.org>": is it a display name that should be quoted? Then p is on the <. */
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
 * At the colon of `Name:`: begin a group if it can end. "undisclosed-recipients:" that ends with the text is
 * an empty group.
 */
static bool
group(struct parse *a)
{
	const char *colon = a->p++;

	if (a->last_end != NULL && a->last_end > colon)
		return a->in_group = true;
	return (skip_blank(a) && a->p == a->end) || fail(a, "a group without end");
}

/* One member of the list, by the grammar: an address, or the beginning of a group. */
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

/* A quote at p that ends before any < or >: behind it. Else p + 1: a lone quote is an octet of the name. */
static const char *
skip_quote(const char *p, const char *end)
{
	const char *at = p + 1;

	while (at < end && *at != '"' && *at != '<' && *at != '>')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return at < end && *at == '"' ? at + 1 : p + 1;
}

/*
 * A display name that needs quotes and lacks them ("[foo] bar", "Site: News", "a@b via List", an unpaired
 * quote), then <: p is on it. Not across a comma or semicolon, nor with two @ in it, which may be two
 * addresses.
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

/* One member of the list; what the grammar refuses is read as loose_name has it, if that is possible. */
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
				return fail(a, "no comma behind a group");
		} else if (!member(a)) {
			return false;
		}
	}
	if (a->why == NULL && a->in_group)
		return fail(a, "a group without end");
	return a->why == NULL;
}

/* The text where reading stopped, fit for one line. */
static int
report(const struct parse *a, struct err *e)
{
	struct buf near = {0};
	const char *p = a->p;

	for (; p < a->end && near.len < 40; p++)
		if (!is_ctl(*p))
			buf_addc(&near, *p);
	if (near.len == 0)
		err_set(e, EX_DATAERR, "%s at the end", a->why);
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
