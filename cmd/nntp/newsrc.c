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
open_file(struct survey *groups, struct session *s, const char *path, struct err *e)
{
	struct err warning = {0};

	groups->newsrc = newsrc_open(path, s->opt->client.timeout, &warning, e);
	if (groups->newsrc == NULL)
		return -1;
	if (warning.status != 0)
		client_warn(&s->c, "%s", warning.text);
	return 0;
}

static int
add_subscribed(struct survey *groups, struct session *s, const char *path, struct err *e)
{
	if (!newsrc_exists(groups->newsrc))
		return err_set(e, EX_NOINPUT,
			"%s: the file does not exist (give GROUP, or write a line "
			"GROUP: for each)",
			path);
	survey_add_subscribed(groups, &s->c);
	if (groups->n == 0 && groups->passed->count == 0)
		client_warn(&s->c, "%s: no group is subscribed", path);
	return 0;
}

int
nntp_newsrc_open(
	struct survey *groups, struct session *s, const char *path, bool to_stdout, struct err *e)
{
	groups->newsrc = find_kept(s, path);
	groups->save_later = groups->newsrc != NULL;
	if (!groups->save_later && open_file(groups, s, path, e) == -1)
		return -1;
	if (!groups->save_later && to_stdout && out_waits(s->out)) {
		keep(s, path, groups->newsrc);
		groups->save_later = true;
	}
	return groups->n != 0 ? survey_begin(groups, &s->c, e) : add_subscribed(groups, s, path, e);
}

void
nntp_newsrc_close(struct survey *groups)
{
	if (!groups->save_later)
		newsrc_close(groups->newsrc);
	groups->newsrc = NULL;
}
