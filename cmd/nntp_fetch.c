/* nntp verb fetch: articles of a group into a DEST. */
#include <string.h>

#include "cmd/operands.h"
#include "cmd/nntp_get.h"
#include "cmd/nntp_store.h"
#include "cmd/nntp_unread.h"
#include "cmd/nntp_verbs.h"

static int
take_json(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	(void)g;
	return nntp_print_json(s, got, true, e);
}

static void
take_operands(const struct args *a, struct nntp_get *g)
{
	const struct operand *range = operand_find(a, "RANGE");
	struct nntp_spec all = {.first = 1, .last = NNTP_NUMBER_MAX};

	g->group = operand_word(a, "GROUP");
	nntp_specs_add(&g->specs, range != NULL ? range->spec : all);
}

/* With a newsrc file: one verb's articles, and the marks. */
struct fetch {
	struct nntp_get get; /* first: the planner finds the rest by it */
	struct nntp_unread unread;
	struct nntp_marker marks;
};

static struct fetch *
of_marks(struct nntp_marker *m)
{
	return (struct fetch *)((char *)m - offsetof(struct fetch, marks));
}

static int
plan(struct session *s, struct nntp_get *g, struct err *e)
{
	(void)e;
	nntp_unread_plan(&((struct fetch *)g)->unread, s, &g->specs);
	return 0;
}

static int
published(struct nntp_marker *m, uint64_t upto, struct err *e)
{
	return nntp_unread_mark(&of_marks(m)->unread, upto, e);
}

/* The article stays unread, for a later run. */
static void
refused(struct nntp_marker *m, uint64_t number)
{
	nntp_unread_leave(&of_marks(m)->unread, number, number);
}

static void
leave(struct nntp_get *g, uint64_t number)
{
	nntp_unread_leave(&((struct fetch *)g)->unread, number, number);
}

/* Mark what stdout has accepted, also after a failure. */
static int
to_stdout(struct session *s, struct fetch *f, struct err *e)
{
	struct err late = {0};
	uint64_t upto;
	int rc;

	f->get.take = s->out->json ? take_json : nntp_take_mbox;
	rc = nntp_get(s, &f->get, e);
	if (f->unread.file == NULL || s->out->broken != 0)
		return rc;
	/* The next run gets an article again that may be a part only. */
	upto = f->get.suspect ? f->get.last - 1 : f->get.highest;
	out_drop(s->out);
	if (out_flush(s->out, &late) == 0 && nntp_unread_mark(&f->unread, upto, &late) == 0)
		return rc;
	if (rc == 0)
		*e = late;
	return -1;
}

int
nntp_fetch_run(struct session *s, const struct args *a, struct err *e)
{
	struct fetch f = {.get = {.part = NNTP_ARTICLE}, .marks = {published, refused}};
	const char *dest, *newsrc;
	bool stored;
	int rc = 0;

	if (nntp_path_arg(a, "dest", &dest, e) == -1 ||
		nntp_path_arg(a, "newsrc", &newsrc, e) == -1)
		return -1;
	take_operands(a, &f.get);
	stored = dest != NULL && strcmp(dest, "-") != 0;
	if (newsrc != NULL) {
		f.get.plan = plan;
		f.get.leave = leave;
		f.get.none_is_fine = true;
		rc = nntp_unread_open(&f.unread, s, newsrc, f.get.group, !stored, e);
	}
	if (rc == 0 && stored)
		rc = nntp_store_articles(s, &f.get, dest, newsrc != NULL ? &f.marks : NULL, e);
	else if (rc == 0)
		rc = to_stdout(s, &f, e);
	nntp_unread_close(&f.unread);
	nntp_get_free(&f.get);
	return rc;
}
