/* news.c - see news.h. */
#include "news.h"
#include "file.h"
#include "overview.h"

#include <bsd/stdlib.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *root; /* DIR/news */
static struct group *groups;
static size_t ngroups;

/* The table of message-ids (open addressing), made at the first look-up. */
struct slot {
	struct group *g;
	struct art *a;
};
static struct slot *ids;
static size_t nslots;

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		err(71, "out of memory");
	return p;
}

static int
by_num(const void *a, const void *b)
{
	unsigned long long x = ((const struct art *)a)->num, y = ((const struct art *)b)->num;

	return x < y ? -1 : x > y;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

void
art_path(const struct group *g, const struct art *a, char *path, size_t size)
{
	snprintf(path, size, "%s/%llu", g->path, a->num);
}

/* Finds article num in the list of known articles or reads its file. False: the article does not exist. */
static bool
read_art(const struct group *g, struct art *a, const struct art *old, size_t nold)
{
	const struct art *known = nold ? bsearch(a, old, nold, sizeof(*old), by_num) : NULL;
	char path[4096];
	struct file f;
	struct stat st;

	art_path(g, a, path, sizeof(path));
	if (stat(path, &st) < 0)
		return false;
	if (known != NULL && known->when == st.st_mtime) {
		*a = *known;
		a->over = strdup(known->over);
		return true;
	}
	a->when = st.st_mtime;
	if (file_open(&f, path) < 0)
		return false;
	overview_make(a, &f);
	file_close(&f);
	return true;
}

static void
read_group(struct group *g)
{
	struct art *old = g->arts, a = {0};
	size_t nold = g->n, cap = 0, i;
	DIR *d = opendir(g->path);
	struct dirent *e;
	const char *bad;

	g->arts = NULL;
	g->n = 0;
	while (d != NULL && (e = readdir(d)) != NULL) {
		a.num = strtonum(e->d_name, 1, 1LL << 60, &bad);
		if (bad != NULL || !read_art(g, &a, old, nold))
			continue;
		if (g->n == cap)
			g->arts = grow(g->arts, cap = cap ? cap * 2 : 64, sizeof(a));
		g->arts[g->n++] = a;
	}
	if (d != NULL)
		closedir(d);
	if (g->n > 0)
		qsort(g->arts, g->n, sizeof(*g->arts), by_num);
	for (i = 0; i < nold; i++)
		free(old[i].over);
	free(old);
}

/* Reads the group again if its directory has changed; a change in this moment is reported again the next time. */
static bool
refresh_group(struct group *g)
{
	struct timespec now;
	struct stat st;

	if (stat(g->path, &st) < 0 ||
		(st.st_mtim.tv_sec == g->seen.tv_sec && st.st_mtim.tv_nsec == g->seen.tv_nsec))
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	memset(&g->seen, 0, sizeof(g->seen));
	if (now.tv_sec - st.st_mtim.tv_sec > 1)
		g->seen = st.st_mtim;
	read_group(g);
	return true;
}

/* The time when the directory was made or, on a file system without that time, last changed. */
static time_t
born(const char *path)
{
	struct stat st;
#ifdef STATX_BTIME
	struct statx sx;

	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &sx) == 0 && (sx.stx_mask & STATX_BTIME) != 0)
		return sx.stx_btime.tv_sec;
#endif
	return stat(path, &st) == 0 ? st.st_mtim.tv_sec : 0;
}

static void
add_group(const char *name)
{
	struct group *g, key = {.name = (char *)name};
	struct stat st;
	char *path;

	if (ngroups > 0 && bsearch(&key, groups, ngroups, sizeof(key), by_name) != NULL)
		return;
	if (asprintf(&path, "%s/%s", root, name) < 0)
		err(71, "out of memory");
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		free(path);
		return;
	}
	groups = grow(groups, ngroups + 1, sizeof(*groups));
	g = &groups[ngroups++];
	memset(g, 0, sizeof(*g));
	g->name = strdup(name);
	g->path = path;
	g->born = born(path);
}

void
news_refresh(void)
{
	static struct timespec seen;
	bool any = false;
	struct stat st;
	struct dirent *e;
	size_t i;
	DIR *d;

	if (stat(root, &st) == 0 && memcmp(&seen, &st.st_mtim, sizeof(seen)) != 0 &&
		(d = opendir(root)) != NULL) {
		char **names = NULL;
		size_t n = 0;

		/* Sorted after the loop, since bsearch needs the known groups in order meanwhile. */
		while ((e = readdir(d)) != NULL)
			if (e->d_name[0] != '.') {
				names = grow(names, n + 1, sizeof(*names));
				names[n++] = strdup(e->d_name);
			}
		closedir(d);
		for (i = 0; i < n; i++) {
			add_group(names[i]);
			if (ngroups > 0)
				qsort(groups, ngroups, sizeof(*groups), by_name);
			free(names[i]);
		}
		free(names);
		seen = st.st_mtim;
		any = true;
	}
	for (i = 0; i < ngroups; i++)
		any |= refresh_group(&groups[i]);
	if (any) {
		free(ids);
		ids = NULL;
	}
}

void
news_load(const char *dir)
{
	if (asprintf(&root, "%s/news", dir) < 0)
		err(71, "out of memory");
	news_refresh();
}

struct group *
news_groups(size_t *n)
{
	*n = ngroups;
	return groups;
}

struct group *
news_group(const char *name)
{
	struct group key = {.name = (char *)name};

	return ngroups ? bsearch(&key, groups, ngroups, sizeof(key), by_name) : NULL;
}

unsigned long long
group_low(const struct group *g)
{
	return g->n ? g->arts[0].num : 1;
}

unsigned long long
group_high(const struct group *g)
{
	return g->n ? g->arts[g->n - 1].num : 0;
}

size_t
group_find(const struct group *g, unsigned long long num)
{
	size_t lo = 0, hi = g->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->arts[mid].num < num)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static unsigned long long
hash(const char *p, size_t n)
{
	unsigned long long h = 1469598103934665603ULL;

	while (n-- > 0)
		h = (h ^ (unsigned char)*p++) * 1099511628211ULL;
	return h;
}

static struct slot *
slot_of(const char *id, size_t len)
{
	size_t i = (size_t)hash(id, len) & (nslots - 1);

	while (ids[i].a != NULL &&
		(ids[i].a->idlen != len || memcmp(ids[i].a->over + ids[i].a->idoff, id, len) != 0))
		i = (i + 1) & (nslots - 1);
	return &ids[i];
}

static void
index_ids(void)
{
	size_t total = 0, i, k;

	for (i = 0; i < ngroups; i++)
		total += groups[i].n;
	for (nslots = 16; nslots < total * 2; nslots *= 2)
		;
	ids = calloc(nslots, sizeof(*ids));
	if (ids == NULL)
		err(71, "out of memory");
	for (i = 0; i < ngroups; i++)
		for (k = 0; k < groups[i].n; k++) {
			struct art *a = &groups[i].arts[k];
			struct slot *s = slot_of(a->over + a->idoff, a->idlen);

			if (s->a == NULL)
				*s = (struct slot){&groups[i], a};
		}
}

struct art *
news_by_id(const char *id, struct group **g)
{
	struct slot *s;

	if (ids == NULL)
		index_ids();
	s = slot_of(id, strlen(id));
	*g = s->g;
	return s->a;
}

/* Writes the article as the next one of the group. */
static bool
store_in(struct group *g, const char *p, size_t n)
{
	unsigned long long num = group_high(g);
	char path[4096];
	int fd;

	do {
		snprintf(path, sizeof(path), "%s/%llu", g->path, ++num);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (fd < 0 && num < group_high(g) + 1000000 && access(path, F_OK) == 0);
	if (fd < 0)
		return false;
	if (write(fd, p, n) != (ssize_t)n) {
		unlink(path);
		close(fd);
		return false;
	}
	return close(fd) == 0;
}

const char *
news_store(const char *p, size_t n)
{
	struct file f = {.p = p, .n = n};
	size_t hlen = file_header(&f);
	char *list = header_field(p, hlen, "Newsgroups"), *id = header_field(p, hlen, "Message-ID");
	char *rest = list, *name;
	struct group *g;
	const char *why = list == NULL ? "no Newsgroups field" : "no such group";

	if (id != NULL && news_by_id(id, &g) != NULL)
		why = "that message-id is known";
	else
		while (rest != NULL && (name = strsep(&rest, ", ")) != NULL)
			if ((g = news_group(name)) != NULL)
				why = store_in(g, p, n) ? NULL : "cannot store it";
	free(list);
	free(id);
	news_refresh();
	return why;
}
