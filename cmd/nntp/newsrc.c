/*
 * nntp: the newsrc file of --newsrc (nntp.h). If it must be saved together with the file of -o, the session keeps
 * it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/nntp/nntp.h"
#include "cmd/print.h"
#include "store/newsrc.h"

struct kept {
	struct kept *next;
	char *path;
	struct newsrc *file;
};

static struct newsrc *
find_kept(const struct session *s, const char *path)
{
	const struct kept *k = s->unsettled;

	while (k != NULL && strcmp(k->path, path) != 0)
		k = k->next;
	return k != NULL ? k->file : NULL;
}

/* Save all kept newsrc files if the output file was published; else drop their marks. */
static int
settle(struct session *s, bool commit, struct err *e)
{
	struct kept *k;
	int rc = 0;

	while ((k = s->unsettled) != NULL) {
		s->unsettled = k->next;
		if (commit && rc == 0)
			rc = newsrc_save(k->file, e);
		newsrc_close(k->file);
		free(k->path);
		free(k);
	}
	return rc;
}

static void
keep(struct session *s, const char *path, struct newsrc *file)
{
	struct kept *k = mem_zalloc(sizeof *k);

	*k = (struct kept){s->unsettled, mem_strdup(path), file};
	s->unsettled = k;
	s->settle = settle;
}

static int
open_file(struct unread *u, struct session *s, const char *path, struct err *e)
{
	struct err warning = {0};

	u->file = newsrc_open(path, s->opt->client.timeout, &warning, e);
	if (u->file == NULL)
		return -1;
	if (warning.status != 0)
		client_warn(&s->c, "%s", warning.text);
	return 0;
}

int
nntp_newsrc_open(struct unread *u, struct session *s, const char *path, const char *group,
	bool to_stdout, struct err *e)
{
	u->file = find_kept(s, path);
	u->save_later = u->file != NULL;
	if (!u->save_later && open_file(u, s, path, e) == -1)
		return -1;
	if (!u->save_later && to_stdout && out_waits(s->out)) {
		keep(s, path, u->file);
		u->save_later = true;
	}
	return unread_begin(u, &s->c, group, e);
}

void
nntp_newsrc_close(struct unread *u)
{
	if (!u->save_later)
		newsrc_close(u->file);
	u->file = NULL;
}
