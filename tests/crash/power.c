/*
 * power.c - the files of a run after a power failure. Each sync of a run is traced, and its result recorded by
 * inode: the octets of a file or the names of a directory. All other changes may or may not have reached the disk.
 */
#include "attack.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* A name in a directory. The octets of a directory are an array of these. */
struct name {
	ino_t ino;
	bool dir;
	char name[256];
};

struct node {
	ino_t ino;
	char *p;
	size_t n;
};

/* Three states: certainly on the disk; on the disk when the current call has ended; as the run sees the files. */
static struct nodes {
	struct node *list;
	size_t n;
} durable, syncing, live;

/* ---- nodes ------------------------------------------------------------------------------------- */

static const struct node *
node_of(const struct nodes *s, ino_t ino)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].ino == ino)
			return &s->list[i];
	return NULL;
}

/* Set the octets of an inode; p becomes the list's. */
static void
set_node(struct nodes *s, ino_t ino, char *p, size_t n)
{
	struct node *to = (struct node *)node_of(s, ino);

	if (to == NULL) {
		s->list = realloc(s->list, (s->n + 1) * sizeof *s->list);
		if (s->list == NULL)
			err(71, "out of memory");
		to = &s->list[s->n++];
		*to = (struct node){.ino = ino};
	}
	free(to->p);
	to->p = p;
	to->n = n;
}

static void
forget(struct nodes *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].p);
	s->n = 0;
}

static ino_t
inode_of(const char *path)
{
	struct stat sb;

	if (stat(path, &sb) == -1)
		err(71, "%s", path);
	return sb.st_ino;
}

/* Read the names in a directory. In the working directory, only names of a run count. */
static char *
read_names(const char *path, size_t *n)
{
	DIR *d = opendir(path);
	bool top = d != NULL && inode_of(path) == inode_of(".");
	struct name *list = NULL;

	*n = 0;
	if (d == NULL)
		err(71, "%s", path);
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.' || (top && !world_is_ours(e->d_name)))
			continue;
		list = realloc(list, (*n + 1) * sizeof *list);
		if (list == NULL)
			err(71, "out of memory");
		list[*n] = (struct name){.ino = e->d_ino, .dir = e->d_type == DT_DIR};
		snprintf(list[(*n)++].name, sizeof list->name, "%s", e->d_name);
	}
	closedir(d);
	*n *= sizeof *list;
	return (char *)list;
}

static void
add_path(struct nodes *s, const char *path)
{
	struct stat sb;
	size_t n;
	char *p;

	if (stat(path, &sb) == -1)
		err(71, "%s", path);
	p = S_ISDIR(sb.st_mode) ? read_names(path, &n) : read_file(path, &n);
	set_node(s, sb.st_ino, p, n);
}

/* Add this directory and everything below it. */
static void
add_all(struct nodes *s, const char *path)
{
	const struct node *d;
	char below[1024];

	add_path(s, path);
	d = node_of(s, inode_of(path));
	for (size_t i = 0, n = d->n / sizeof(struct name); i < n; i++) {
		const struct name *name = &((const struct name *)node_of(s, inode_of(path))->p)[i];

		snprintf(below, sizeof below, "%s/%s", path, name->name);
		if (name->dir)
			add_all(s, below);
		else
			add_path(s, below);
	}
}

/* ---- watching ---------------------------------------------------------------------------------- */

void
power_begin(void)
{
	forget(&durable);
	forget(&syncing);
	add_all(&durable, ".");
}

void
power_watch(pid_t pid, int call, int fd)
{
	char path[64];

	/* The previous call has ended, so its sync is complete. */
	for (size_t i = 0; i < syncing.n; i++)
		set_node(&durable, syncing.list[i].ino, syncing.list[i].p, syncing.list[i].n);
	syncing.n = 0;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	if (call == SYS_syncfs)
		add_all(&syncing, ".");
	else if (call == SYS_fsync || call == SYS_fdatasync)
		add_path(&syncing, path);
}

void
power_end(void)
{
	forget(&live);
	add_all(&live, ".");
}

/* ---- what survives ----------------------------------------------------------------------------- */

/* What happens to octets that were written and not synced. */
enum { LOST, WRITTEN, TORN, ZEROS };

struct model {
	bool tmp, names; /* names that were not synced survive: in tmp/, elsewhere */
	int mail, state; /* what happens to octets of messages, of the journal */
};

static void
put_file(struct tree *t, const char *path, ino_t ino, int octets)
{
	static const struct node nothing;
	const struct node *old = node_of(&durable, ino), *new = node_of(&live, ino);
	size_t n;
	char *p;

	old = old != NULL ? old : &nothing;
	/* A file that was removed later can hold only what was synced. */
	if (octets == LOST || new == NULL || new->n < old->n) {
		tree_add(t, path, old->p, old->n);
		return;
	}
	n = octets == TORN ? (old->n + new->n) / 2 : new->n;
	p = malloc(n + 1);
	memcpy(p, new->p, n);
	if (octets == ZEROS)
		memset(p + old->n, 0, n - old->n);
	tree_add(t, path, p, n);
	free(p);
}

static void
put_dir(struct tree *t, const char *path, ino_t ino, const struct model *m)
{
	bool tmp = strcmp(path + strcspn(path, "/"), "/tmp") == 0;
	const struct node *d = node_of((tmp ? m->tmp : m->names) ? &live : &durable, ino);
	char below[1024];

	for (size_t i = 0; d != NULL && i < d->n / sizeof(struct name); i++) {
		const struct name *name = &((const struct name *)d->p)[i];

		snprintf(below, sizeof below, "%s%s%s", path, *path != '\0' ? "/" : "", name->name);
		if (name->dir) {
			tree_add_dir(t, below);
			put_dir(t, below, name->ino, m);
		} else {
			put_file(t, below, name->ino,
				strncmp(below, "state", 5) == 0 ? m->state : m->mail);
		}
	}
}

void
power_tree(struct tree *t, int model)
{
	struct model m = {model & 1, model & 2, model >> 2 & 3, model >> 4};

	put_dir(t, "", inode_of("."), &m);
}

const char *
power_name(int model)
{
	static const char *const octets[] = {"lost", "written", "torn", "zeros"};
	static char text[128];

	snprintf(text, sizeof text, "names in tmp/ %s, others %s, messages %s, journal %s",
		octets[model & 1], octets[model >> 1 & 1], octets[model >> 2 & 3],
		octets[model >> 4]);
	return text;
}
