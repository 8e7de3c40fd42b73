/*
 * news.h - DIR/news: a directory for each group, a file named by its number for each article.
 *
 * Overviews and message-ids are held in memory; a group is read again when its directory changed.
 */
#ifndef TS_NEWS_H
#define TS_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct art {
	unsigned long long num;
	char *over;   /* "Subject TAB From ... lines TAB Xref: ...": the line without its number */
	size_t idoff; /* offset of the message-id in `over`, and its length */
	size_t idlen;
	time_t when; /* the file's mtime */
};

struct group {
	char *name, *path;
	struct art *arts; /* by number */
	size_t n;
	time_t born;
	struct timespec seen;
};

/* Reads DIR/news. */
void news_load(const char *dir);

/* Reads the changed groups again. */
void news_refresh(void);

/* All groups, by name; they live until the next refresh. */
struct group *news_groups(size_t *n);

/* The group called name, or NULL. */
struct group *news_group(const char *name);

/* The marks; 1 and 0 for an empty group. */
unsigned long long group_low(const struct group *g);
unsigned long long group_high(const struct group *g);

/* The first article with a number of at least num: an index into arts, n if there is none. */
size_t group_find(const struct group *g, unsigned long long num);

/* The article with this message-id ("<...>"), and its group; NULL if there is none. */
struct art *news_by_id(const char *id, struct group **g);

/* DIR/news/GROUP/N in path. */
void art_path(const struct group *g, const struct art *a, char *path, size_t size);

/* Value of the field name in the header h[0..n), unfolded, tabs made blanks; malloc'd (caller frees), or NULL. */
char *header_field(const char *h, size_t n, const char *name);

/* Stores the article p[0..n) in the existing groups of its Newsgroups field. NULL, or the error text. */
const char *news_store(const char *p, size_t n);

#endif
