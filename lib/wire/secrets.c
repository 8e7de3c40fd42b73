#include "wire/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "base/mem.h"

/* More are not kept: a login sends a handful. */
#define SECRETS_MAX 64

struct secrets {
	size_t count;
	struct {
		char *p;
		size_t n;
	} list[SECRETS_MAX];
};

void
secrets_add(struct secrets **s, const char *p, size_t n)
{
	size_t at;

	if (n < SECRET_MIN)
		return;
	if (*s == NULL)
		*s = mem_zalloc(sizeof **s);
	if ((*s)->count == SECRETS_MAX)
		return;
	/* The longest first: one may be a part of another. */
	for (at = (*s)->count++; at > 0 && (*s)->list[at - 1].n < n; at--)
		(*s)->list[at] = (*s)->list[at - 1];
	(*s)->list[at].p = mem_dup(p, n);
	(*s)->list[at].n = n;
}

size_t
secrets_hide(const struct secrets *s, char *p, size_t n)
{
	for (size_t i = 0; s != NULL && i < s->count; i++) {
		const char *secret = s->list[i].p;
		size_t all = s->list[i].n, piece = all < SECRET_PIECE ? all : SECRET_PIECE;
		char *at = p;

		while ((at = memmem(at, n - (size_t)(at - p), secret, piece)) != NULL) {
			size_t rest = n - (size_t)(at - p), len = piece;

			while (len < rest && len < all && at[len] == secret[len])
				len++;
			memcpy(at, "***", 3);
			memmove(at + 3, at + len, rest - len);
			at += 3;
			n -= len - 3;
		}
	}
	return n;
}

void
secrets_free(struct secrets *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		explicit_bzero(s->list[i].p, s->list[i].n);
		free(s->list[i].p);
	}
	free(s);
}
