/*
 * mem: allocation that does not fail.
 *
 * All allocations are small and bounded, so the program ends with an error message if memory is exhausted.
 * cmd/ sets the handler once; without a handler the program aborts.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Set the function that is called when memory is exhausted; it must not return. */
void mem_on_exhaustion(void (*handler)(void));

/* As malloc, calloc, realloc and strdup, but never NULL (n * size is checked for overflow). */
void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));
void *mem_zalloc(size_t n) __attribute__((malloc, returns_nonnull));
void *mem_resize(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
/*
 * Make room for entry n of the array p, which has room for *room entries of `size` bytes. Returns p, or a copy with
 * room for half as many again; *room is updated.
 */
void *mem_grow_now(void *p, size_t *room, size_t size) __attribute__((returns_nonnull));
static inline void *
mem_grow(void *p, size_t n, size_t *room, size_t size)
{
	return n < *room ? p : mem_grow_now(p, room, size);
}
char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));

/* A copy of n octets, terminated by NUL; the caller frees. */
char *mem_dup(const void *p, size_t n) __attribute__((malloc, returns_nonnull));

/* Overwrite a secret string in place and free it; NULL is allowed. */
void mem_wipe(char *s);

/*
 * As mem_dup, for a secret that is kept: in pages of its own that stay out of core dumps and, where the system
 * allows it, out of the swap. mem_secret_free overwrites and frees it; NULL is allowed.
 */
char *mem_secret(const void *p, size_t n) __attribute__((returns_nonnull));
void mem_secret_free(char *s);

#endif
