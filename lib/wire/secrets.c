#include "wire/secrets.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/terminal_escape.h"
#include "base/text.h"

/* Forms are dropped beyond this number; a login has some twenty. */
#define FORMS_MAX 512

/* One form of a secret: the octets to look for. */
struct form {
	char *p;
	size_t n;
	size_t piece; /* length of the beginning that identifies the form */
};

static struct form forms[FORMS_MAX];
static size_t nforms;

/* Is the form known already? */
static bool
is_form(const char *p, size_t n)
{
	for (size_t i = 0; i < nforms; i++)
		if (forms[i].n == n && strncasecmp(forms[i].p, p, n) == 0)
			return true;
	return false;
}

static void
add_form(const char *p, size_t n, size_t piece)
{
	size_t at;

	if (n < SECRET_MIN || nforms == FORMS_MAX || is_form(p, n))
		return;
	/* Keep the longest form first, since a form may be a part of another form. */
	for (at = nforms++; at > 0 && forms[at - 1].n < n; at--)
		forms[at] = forms[at - 1];
	forms[at] = (struct form){.n = n, .piece = n < piece ? n : piece};
	forms[at].p = mem_secret(p, n);
}

/*
 * Base64 of the secret with `shift` octets before it: without the characters that also depend on its
 * neighbours.
 */
static void
add_base64(const char *p, size_t n, size_t shift)
{
	size_t from = (shift * 8 + 5) / 6, to = (shift + n) * 8 / 6;
	struct buf plain = {0}, b64 = {0};

	buf_reserve(&plain, shift + n);
	buf_add(&plain, "\0\0", shift);
	buf_add(&plain, p, n);
	buf_reserve(&b64, plain.len * 2 + 4);
	digest_base64(&b64, plain.data, plain.len);
	add_form(b64.data + from, to - from, SECRET_PIECE * 4 / 3);
	buf_wipe(&plain);
	buf_wipe(&b64);
}

void
secrets_add(const char *p, size_t n)
{
	struct buf hex = {0};

	if (n < SECRET_MIN || is_form(p, n))
		return;
	buf_reserve(&hex, n * 2 + 1);
	digest_hex(&hex, p, n);
	add_form(hex.data, hex.len, (size_t)SECRET_PIECE * 2);
	buf_wipe(&hex);
	for (size_t shift = 0; shift < 3; shift++)
		add_base64(p, n, shift);
	add_form(p, n, SECRET_PIECE);
}

bool
secrets_known(void)
{
	return nforms != 0;
}

/* The first place in the n octets of p where the form begins; NULL: none. */
static char *
find(const struct form *f, char *p, size_t n)
{
	char first = text_lower(f->p[0]);

	for (size_t i = 0; i + f->piece <= n; i++)
		if (text_lower(p[i]) == first && strncasecmp(p + i, f->p, f->piece) == 0)
			return p + i;
	return NULL;
}

static size_t
hide_form(const struct form *f, char *p, size_t n)
{
	char *at = p;

	while ((at = find(f, at, n - (size_t)(at - p))) != NULL) {
		size_t rest = n - (size_t)(at - p), len = f->piece;

		while (len < rest && len < f->n && text_lower(at[len]) == text_lower(f->p[len]))
			len++;
		memcpy(at, "***", 3);
		memmove(at + 3, at + len, rest - len);
		at += 3;
		n -= len - 3;
	}
	return n;
}

size_t
secrets_hide(char *p, size_t n)
{
	for (size_t i = 0; i < nforms; i++)
		n = hide_form(&forms[i], p, n);
	return n;
}

void
secrets_hide_text(char *text)
{
	text[secrets_hide(text, strlen(text))] = '\0';
}

/* An escaped secret would not be found, so secrets are hidden in a copy first. */
void
secrets_escape(struct buf *out, const char *p, size_t n, const char *keep)
{
	struct buf copy = {0};

	if (!secrets_known()) {
		terminal_escape(out, p, n, keep);
		return;
	}
	buf_reserve(&copy, n);
	buf_add(&copy, p, n);
	copy.len = secrets_hide(copy.data, n);
	terminal_escape(out, copy.data, copy.len, keep);
	buf_wipe(&copy);
}

void
secrets_forget(void)
{
	for (size_t i = 0; i < nforms; i++)
		mem_secret_free(forms[i].p);
	nforms = 0;
}
