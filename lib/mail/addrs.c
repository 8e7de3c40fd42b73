#include "mail/addrs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/domain.h"

#define BLOCK_MAX 32768 /* octets */

/*
 * A block of address texts. Most lists have one address, some thousands: the first block is small, later ones double.
 */
struct addrs_block {
	struct addrs_block *next;
	size_t used, size;
	char text[];
};

/* Reserve n octets. */
static char *
room(struct addrs *a, size_t n)
{
	struct addrs_block *b = a->block;

	if (b == NULL || b->size - b->used < n) {
		size_t size = b == NULL ? 0 : b->size < BLOCK_MAX ? 2 * b->size : b->size;

		size = size < n ? n : size;
		b = mem_alloc(sizeof *b + size);
		*b = (struct addrs_block){.next = a->block, .size = size};
		a->block = b;
	}
	b->used += n;
	return b->text + b->used - n;
}

void
addrs_add(struct addrs *a, const char *p, size_t n)
{
	char *text = room(a, n + 1);

	memcpy(text, p, n);
	text[n] = '\0';
	a->list = mem_grow(a->list, a->n, &a->cap, sizeof *a->list);
	a->list[a->n++] = text;
}

void
addrs_free(struct addrs *a)
{
	while (a->block != NULL) {
		struct addrs_block *next = a->block->next;

		free(a->block);
		a->block = next;
	}
	free(a->list);
	*a = (struct addrs){0};
}

/* The end of the quoted string that starts at s; NULL: it has none. */
static const char *
skip_quoted(const char *s)
{
	for (s++; *s != '\0' && *s != '"'; s++)
		if (*s == '\\' && *++s == '\0')
			return NULL;
	return *s == '"' ? s + 1 : NULL;
}

const char *
addr_domain(const char *s)
{
	const char *domain = NULL, *at;

	if (strchr(s, '"') == NULL) {
		at = strrchr(s, '@');
		return at != NULL ? at + 1 : NULL;
	}
	while (*s != '\0') {
		const char *next = *s == '"' ? skip_quoted(s) : NULL;

		if (*s == '@')
			domain = s + 1;
		s = next != NULL ? next : s + 1;
	}
	return domain;
}

size_t
addr_local_len(const char *s)
{
	const char *domain = addr_domain(s);

	return domain != NULL ? (size_t)(domain - s) - 1 : strlen(s);
}

bool
addr_local_is_8bit(const char *s)
{
	/* Look at the whole address first: that is faster than finding the domain, and most addresses are ASCII. */
	return text_is_8bit(s, strlen(s)) && text_is_8bit(s, addr_local_len(s));
}

bool
addr_domain_is_8bit(const char *s)
{
	const char *domain = text_is_8bit(s, strlen(s)) ? addr_domain(s) : NULL;

	return domain != NULL && text_is_8bit(domain, strlen(domain));
}

static bool
is_special(char c)
{
	return c == ' ' || c == '<' || c == '>' || c == ',' || c == ';' || c == '"';
}

/* Why the address s cannot be sent; NULL: it can. */
static const char *
unfit(const char *s)
{
	const char *domain = addr_domain(s);
	size_t n = strlen(s);

	if (n == 0)
		return "is empty";
	if (n > ADDR_MAX)
		return "is too long";
	if (text_is_8bit(s, n) && !text_is_utf8(s, n))
		return "is not UTF-8";
	if (text_has_ctl(s, n))
		return "holds a control character";
	if (domain != NULL && (*domain == '\0' || domain == s + 1))
		return "lacks a local part or domain";
	if (domain != NULL && domain_unsafe(domain, strlen(domain)) != 0)
		return "has a character in its domain that IDNA replaces by another one or drops; "
		       "write the domain in plain letters";
	/* Most addresses have none of these characters. */
	for (s += strcspn(s, " <>,;\""); *s != '\0';) {
		if (*s == '"' && (domain == NULL || s < domain)) {
			if ((s = skip_quoted(s)) == NULL)
				return "has a quote without end";
			continue;
		}
		if (is_special(*s++))
			return "has a name, a blank or one of <>,; in it; give only the address";
	}
	return NULL;
}

int
addr_check(const char *s, struct err *e)
{
	const char *why = unfit(s);

	return why == NULL ? 0 : err_set(e, EX_DATAERR, "the address \"%s\" %s", s, why);
}

int
addrs_add_word(struct addrs *a, const char *word, bool null_ok, struct err *e)
{
	size_t n = strlen(word);
	bool brackets = n >= 2 && word[0] == '<' && word[n - 1] == '>';

	addrs_add(a, word + brackets, n - 2 * brackets);
	if (brackets && n == 2 && null_ok)
		return 0;
	return addr_check(a->list[a->n - 1], e) == 0 ? 0 : (a->n--, -1);
}

/* The address with its domain in lower case, for comparison. */
static void
fold(const char *s, struct buf *out)
{
	size_t exact = addr_local_len(s);

	buf_clear(out);
	buf_add(out, s, exact);
	for (s += exact; *s != '\0'; s++)
		buf_addc(out, text_lower(*s));
}

static bool
is_address(const void *ctx, uint32_t index, const char *name, size_t n)
{
	const struct addrs *a = ctx;
	const char *have = a->list[index];
	size_t exact = addr_local_len(have);

	return exact <= n && memcmp(have, name, exact) == 0 &&
	       text_same_n(name + exact, n - exact, have + exact);
}

void
addrs_unique(struct addrs *a)
{
	struct hash seen = {0};
	struct buf name = {0};
	size_t kept = 0;

	if (a->n < 2)
		return;
	for (size_t i = 0; i < a->n; i++) {
		fold(a->list[i], &name);
		a->list[kept] = a->list[i];
		if (hash_put(&seen, buf_str(&name), name.len, (uint32_t)kept, is_address, a) ==
			HASH_NONE)
			kept++;
	}
	a->n = kept;
	buf_free(&name);
	hash_free(&seen);
}
