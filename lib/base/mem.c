#include "base/mem.h"
#include "base/compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void (*on_exhaustion)(void) = abort;

void
mem_on_exhaustion(void (*handler)(void))
{
	on_exhaustion = handler;
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		p = NULL;
	else
		p = realloc(p, n * size != 0 ? n * size : 1);
	if (p == NULL) {
		on_exhaustion();
		abort();
	}
	return p;
}

void *
mem_grow_now(void *p, size_t *room, size_t size)
{
	*room += *room / 2 + 8;
	return mem_resize(p, *room, size);
}

void *
mem_alloc(size_t n)
{
	return mem_resize(NULL, n, 1);
}

void *
mem_zalloc(size_t n)
{
	return memset(mem_alloc(n), 0, n);
}

char *
mem_dup(const void *p, size_t n)
{
	char *s = mem_alloc(n + 1);

	if (n != 0)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s));
}

void
mem_wipe(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* The header of a secret. size: of its pages, in bytes. */
struct secret {
	size_t size;
	char text[];
};

char *
mem_secret(const void *p, size_t n)
{
	size_t size = sizeof(struct secret) + n + 1;
	struct secret *s =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED) {
		on_exhaustion();
		abort();
	}
#ifdef MADV_DONTDUMP
	madvise(s, size, MADV_DONTDUMP);
#endif
	(void)mlock(s, size); /* ignore a failure: the limit of locked memory may be low */
	s->size = size;
	if (n != 0)
		memcpy(s->text, p, n);
	return s->text; /* fresh pages hold NULs */
}

void
mem_secret_free(char *text)
{
	struct secret *s;

	if (text == NULL)
		return;
	s = (struct secret *)(void *)(text - offsetof(struct secret, text));
	explicit_bzero(s->text, s->size - sizeof *s);
	munmap(s, s->size);
}
