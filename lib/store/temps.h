/*
 * temps: a list of the temporary files that exist, so that they are removed when the program ends abruptly.
 *
 * Code that creates a temporary file also removes it on its error paths; this list serves exits that skip those paths
 * (out of memory). Paths are copied.
 */
#ifndef STORE_TEMPS_H
#define STORE_TEMPS_H

/* Add a file that was created. */
void temps_add(const char *path);

/* Drop a file that was renamed or removed; unknown paths are ignored. */
void temps_forget(const char *path);

/* Remove all files in the list; errors are ignored. Allocates no memory. */
void temps_remove_all(void);

#endif
