/* overview.h - making overview lines (RFC 3977, 8.3) of articles. */
#ifndef TS_OVERVIEW_H
#define TS_OVERVIEW_H

#include "file.h"
#include "news.h"

/* Fills a's over, idoff and idlen from the article in f. An article without an id gets one. */
void overview_make(struct art *a, const struct file *f);

/* The field at index i of the line's fields (0 is Subject), not NUL-terminated; its length in *n. */
const char *overview_field(const struct art *a, int i, size_t *n);

#endif
