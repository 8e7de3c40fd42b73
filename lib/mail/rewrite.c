#include "mail/rewrite.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "mail/addr.h"
#include "mail/header.h"

/* The end of a quoted string or a comment that begins at p, or p if none begins there. */
static const char *
skip_quoted(const char *p, const char *end)
{
	char open = *p;
	size_t depth = 0;

	if (open != '"' && open != '(')
		return p;
	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (open == '(' && *p == '(')
			depth++;
		else if ((open == '(' && *p == ')' && --depth == 0) ||
			 (open == '"' && *p == '"' && depth++ > 0))
			return p + 1;
	}
	return end;
}

/*
 * Find the octets of the only address in the value of From, as written: those in the angle brackets, or the bare
 * address at the beginning. False: they were not found.
 */
static bool
find_address(const struct header_field *f, const char *addr, const char **at, size_t *n)
{
	const char *p = f->value, *end = p + f->value_len, *close;

	*at = p;
	*n = strlen(addr);
	if (f->value_len >= *n && memcmp(p, addr, *n) == 0 &&
		(f->value_len == *n || strchr(" \t\n(", p[*n]) != NULL))
		return true;
	while (p < end && *p != '<') {
		const char *next = skip_quoted(p, end);

		p = next != p ? next : p + 1;
	}
	if (p == end || (close = memchr(p, '>', (size_t)(end - p))) == NULL)
		return false;
	*at = p + 1;
	*n = (size_t)(close - p - 1);
	return memchr(*at, '"', *n) == NULL;
}

/* Append octets of the header with CRLF line ends. */
static void
add_crlf(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			buf_addc(out, '\r');
		buf_addc(out, p[i]);
	}
}

static void
add_from(struct buf *out, const struct header_field *f, const struct addrs *old, const char *sender)
{
	const char *at;
	size_t n;

	buf_adds(out, "From: ");
	if (old->n == 1 && memchr(f->value, '\0', f->value_len) == NULL &&
		find_address(f, old->list[0], &at, &n)) {
		add_crlf(out, f->value, (size_t)(at - f->value));
		buf_adds(out, sender);
		add_crlf(out, at + n, (size_t)(f->value + f->value_len - at) - n);
	} else {
		buf_adds(out, sender);
	}
	buf_adds(out, "\r\n");
}

static void
add_reply_to(struct buf *out, const struct addrs *old, const char *domain)
{
	for (size_t i = 0; i < old->n; i++) {
		buf_adds(out, i == 0 ? "Reply-To: " : ",\r\n ");
		buf_adds(out, old->list[i]);
		if (domain != NULL && addr_domain(old->list[i]) == NULL)
			buf_addf(out, "@%s", domain);
	}
	buf_adds(out, "\r\n");
}

void
rewrite_from(const char *header, size_t n, const char *sender, const char *domain, struct buf *out)
{
	struct header_field f, first, reply;
	struct header_walk w;
	struct addrs old = {0};
	struct err ignored = {0};

	if (!header_find(header, n, "From", &first))
		return;
	/* A From that cannot be parsed has no address that could go into Reply-To. */
	header_walk(&w, header, n);
	while (header_next(&w, &f))
		if (header_is(&f, "From"))
			(void)addr_parse(f.value, f.value_len, &old, &ignored);
	add_from(out, &first, &old, sender);
	if (old.n != 0 && !(old.n == 1 && text_same(old.list[0], sender)) &&
		!header_find(header, n, "Reply-To", &reply))
		add_reply_to(out, &old, domain);
	addrs_free(&old);
}
