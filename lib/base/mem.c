#include "base/mem.h"
#include "base/compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>

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
