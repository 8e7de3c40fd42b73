#include "cmd/nntp_unread.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/nntp_run.h"
#include "cmd/print.h"
#include "store/newsrc.h"

/* ---- newsrc files that wait for -o's file ------------------------------------------------------ */

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

/* ---- one verb's use of one --------------------------------------------------------------------- */

static int
open_file(struct nntp_unread *u, struct session *s, const char *path, struct err *e)
{
	struct err warning = {0};

	u->file = newsrc_open(path, s->opt->client.timeout, &warning, e);
	if (u->file == NULL)
		return -1;
	if (warning.status != 0)
		print_warning(s->opt, NNTP_WHO, "%s", warning.text);
	return 0;
}

int
nntp_unread_open(struct nntp_unread *u, struct session *s, const char *path, const char *group,
	bool to_stdout, struct err *e)
{
	u->group = group != NULL ? group : buf_str(&nntp_of(s)->group);
	u->file = find_kept(s, path);
	u->waits = u->file != NULL;
	if (!u->waits && open_file(u, s, path, e) == -1)
		return -1;
	if (!u->waits && to_stdout && out_waits(s->out)) {
		keep(s, path, u->file);
		u->waits = true;
	}
	u->line = newsrc_group(u->file, u->group, e);
	return u->line != NULL ? 0 : -1;
}

/* The unread ranges of one range. */
static void
add_unread(struct nntp_specs *to, const struct ranges *read, const struct nntp_spec *spec)
{
	uint64_t lo = spec->first;
	struct range gap;

	while (lo <= spec->last && ranges_gap(read, lo, spec->last, &gap)) {
		nntp_specs_add(to, (struct nntp_spec){.first = gap.lo, .last = gap.hi});
		lo = gap.hi + 1;
	}
}

void
nntp_unread_plan(struct nntp_unread *u, struct session *s, struct nntp_specs *specs)
{
	const struct nntp_marks *m = &nntp_of(s)->marks;
	struct nntp_specs unread = {0};

	/* The marks "0 0 0" of an empty group do not show its numbers: keep what is marked. */
	if (m->last != 0 && newsrc_renumbered(u->line, m->last)) {
		print_warning(s->opt, NNTP_WHO,
			"%s was renumbered by the server (its last number is %ju now): its read "
			"marks are removed",
			u->group, (uintmax_t)m->last);
		newsrc_reset(u->line);
	}
	for (size_t i = 0; i < specs->n; i++)
		add_unread(&unread, newsrc_read(u->line), &specs->list[i]);
	nntp_specs_free(&u->asked);
	for (size_t i = 0; i < unread.n; i++)
		nntp_specs_add(&u->asked, unread.list[i]);
	nntp_specs_free(specs);
	*specs = unread;
}

int
nntp_unread_mark(struct nntp_unread *u, uint64_t upto, struct err *e)
{
	struct ranges marks = {0};
	struct range gap;

	for (size_t i = 0; i < u->asked.n && u->asked.list[i].first <= upto; i++) {
		const struct nntp_spec *spec = &u->asked.list[i];
		uint64_t lo = spec->first, hi = spec->last < upto ? spec->last : upto;

		for (; ranges_gap(&u->left, lo, hi, &gap); lo = gap.hi + 1)
			ranges_add(&marks, gap.lo, gap.hi);
	}
	newsrc_mark_all(u->line, &marks);
	ranges_free(&marks);
	return u->waits ? 0 : newsrc_save(u->file, e);
}

void
nntp_unread_leave(struct nntp_unread *u, uint64_t first, uint64_t last)
{
	ranges_add(&u->left, first, last);
}

void
nntp_unread_close(struct nntp_unread *u)
{
	nntp_specs_free(&u->asked);
	ranges_free(&u->left);
	if (!u->waits)
		newsrc_close(u->file);
	u->file = NULL;
}
