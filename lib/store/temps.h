/*
 * temps: the temporary files that exist just now, so that an abrupt end can still remove them.
 *
 * Whoever makes a temporary removes it when it unwinds; this registry is for the ends that do not
 * unwind (memory has run out). Paths are copied.
 */
#ifndef STORE_TEMPS_H
#define STORE_TEMPS_H

/* It exists from now on. */
void temps_add(const char *path);

/* It was renamed or removed: forget it (unknown paths are fine). */
void temps_forget(const char *path);

/* Remove all that are registered; errors are ignored. No memory is allocated. */
void temps_remove_all(void);

#endif
