#include "job/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/nntp_steps.h"
#include "proto/nntp_lists.h"

/* ---- the groups -------------------------------------------------------------------------------- */

struct survey_group *
survey_add(struct survey *s, const char *name)
{
	s->list = mem_grow(s->list, s->n, &s->room, sizeof *s->list);
	s->list[s->n] = (struct survey_group){.name = name};
	return &s->list[s->n++];
}

static void
pass(struct survey *s, struct client *c, struct err *e)
{
	if (e->code != 0)
		nntp_note(c);
	else
		client_note(c, 0, "", 0); /* the server sent no reply about it */
	passed_add(s->passed, c, e);
}

/* A name of the newsrc file, as a string that lives as long as the file. NULL: the name cannot be sent in a command. */
static const char *
subscribed_name(struct newsrc *file, const char *p, size_t n, struct err *e)
{
	char *name = mem_dup(p, n);
	struct newsrc_group *line = NULL;

	if (nntp_group_check(name, e) == -1)
		err_prefix(e, "%s", newsrc_path(file));
	else
		line = newsrc_group(file, name, e);
	free(name);
	return line != NULL ? newsrc_name(line) : NULL;
}

static int
add_subscribed(struct survey *s, struct client *c, const char *path, struct err *e)
{
	struct nntp_spec all = {.first = 1, .last = NNTP_NUMBER_MAX};
	const char *p, *name;
	struct err own = {0};
	size_t at = 0, n;

	if (!newsrc_exists(s->newsrc))
		return err_set(e, EX_NOINPUT,
			"%s: the file does not exist (give GROUP, or write a line "
			"GROUP: for each)",
			path);
	s->several = true;
	while ((p = newsrc_subscribed(s->newsrc, &at, &n)) != NULL) {
		struct survey_group *g;

		if ((name = subscribed_name(s->newsrc, p, n, &own)) == NULL) {
			pass(s, c, &own);
			continue;
		}
		g = survey_add(s, name);
		nntp_specs_add(&g->specs, all);
		/* The line was found above, so this cannot fail. */
		unread_begin(&g->unread, s->newsrc, c, name, &own);
	}
	if (s->n == 0 && s->passed->count == 0)
		client_warn(c, "%s: no group is subscribed", path);
	return 0;
}

int
survey_open_newsrc(struct survey *s, struct client *c, struct newsrc_files *files, const char *path,
	bool keep, struct err *e)
{
	struct err warning = {0};

	s->newsrc = newsrc_files_find(files, path);
	s->kept = s->newsrc != NULL;
	if (!s->kept)
		s->newsrc = newsrc_open(path, c->config->timeout, &warning, e);
	if (s->newsrc == NULL)
		return -1;
	if (warning.status != 0)
		client_warn(c, "%s", warning.text);
	if (keep && !s->kept) {
		newsrc_files_keep(files, path, s->newsrc);
		s->kept = true;
	}
	return s->n != 0 ? unread_begin(&s->list[0].unread, s->newsrc, c, s->list[0].name, e)
			 : add_subscribed(s, c, path, e);
}

bool
survey_pass(struct survey *s, struct client *c, struct survey_group *g, struct err *e)
{
	struct nntp *n = nntp_of(c);

	if (!s->several || c->conn->dead || nntp_step_helps(c))
		return false;
	n->need = NNTP_NEED_NOTHING;
	g->state = SURVEY_REFUSED;
	g->specs.n = 0;
	pass(s, c, e);
	return true;
}

void
survey_name(const struct survey *s, const struct survey_group *g, struct err *e)
{
	if (s->several)
		err_prefix(e, "%.300s", g->name);
}

/* ---- GROUP ------------------------------------------------------------------------------------- */

/* Do the ranges hold so many numbers that one LISTGROUP is cheaper than a command for each gap? */
static bool
wants_list(const struct survey *s, const struct survey_group *g)
{
	return s->gaps && g->name != NULL && g->state < SURVEY_LISTED &&
	       nntp_specs_ascend(&g->specs) && nntp_specs_count(&g->specs) >= NNTP_LARGE;
}

/*
 * Can LISTGROUP be sent before the reply to GROUP has come? Not with a newsrc file or -n, which need the marks in that
 * reply to narrow the ranges.
 */
static bool
lists_at_once(const struct survey *s, const struct client *c, const struct survey_group *g)
{
	return s->newsrc == NULL && s->last == 0 && !s->several && c->q->pipelining &&
	       wants_list(s, g);
}

/* The last k of a range. */
static void
keep_last(struct nntp_specs *specs, uint64_t k)
{
	struct nntp_spec *spec = specs->list;

	if (specs->n != 0 && k != 0 && spec->last - spec->first >= k)
		spec->first = spec->last - k + 1;
}

void
survey_plan(struct survey *s, struct client *c, struct survey_group *g)
{
	const struct nntp *n = nntp_of(c);

	if (n->in_group)
		nntp_specs_clip(&g->specs, &n->marks);
	keep_last(&g->specs, s->last);
	if (g->unread.line != NULL)
		unread_plan(&g->unread, c, &g->specs);
	if (g->state == SURVEY_WANTED)
		g->state = SURVEY_SELECTED;
}

static int
take_list(struct survey *s, struct client *c, struct survey_group *g, struct err *e)
{
	struct nntp *n = nntp_of(c);
	int rc = nntp_take_listgroup(n, &g->specs, e);

	if (rc == 0)
		g->state = SURVEY_LISTED;
	if (rc == 0 || n->need == NNTP_NEED_OTHER || e->code == 0 || nntp_step_helps(c))
		return rc;
	/* The articles can be requested without the list. */
	if (s->several && !c->conn->dead) {
		g->state = SURVEY_LISTED;
		n->need = NNTP_NEED_OTHER;
	}
	return -1;
}

/* Does the code mean that the server may refuse all groups for the same reason? */
static bool
closes(int code)
{
	return code == 480 || code == 483 || code == 502;
}

/* No group was selected so far: wait with the report of this refusal until one is. */
static void
hold_closed(struct survey *s, struct survey_group *g, const struct nntp *n, struct err *e)
{
	if (s->closed++ == 0) {
		s->why = *e;
		buf_add(&s->text, n->r.text.data, n->r.text.len);
	}
	g->state = SURVEY_CLOSED;
	g->specs.n = 0;
	err_clear(e);
}

static void
report_closed(struct survey *s, struct client *c)
{
	struct err e = {0};

	for (size_t i = 0; s->closed != 0 && i < s->n; i++) {
		struct survey_group *g = &s->list[i];

		if (g->state != SURVEY_CLOSED)
			continue;
		err_code(&e, s->why.status, s->why.code, "GROUP %.200s: %.800s", g->name,
			buf_str(&s->text));
		client_note(c, s->why.code, buf_str(&s->text), s->text.len);
		passed_add(s->passed, c, &e);
		g->state = SURVEY_REFUSED;
		s->closed--;
	}
}

/* At the end of the survey: are all groups closed? */
static int
check_closed(struct survey *s, struct client *c, struct err *e)
{
	if (s->closed == 0 || s->closed < s->n) {
		report_closed(s, c);
		return 0;
	}
	*e = s->why;
	client_note(c, e->code, buf_str(&s->text), s->text.len);
	return -1;
}

/* The reply to GROUP of one group among several. */
static int
take_one_of(struct survey *s, struct client *c, struct survey_group *g, struct err *e)
{
	struct nntp *n = nntp_of(c);
	int rc;

	if (nntp_reply(n, NULL, e) == -1)
		return -1;
	rc = nntp_judge_group(n, e);
	if (rc == NNTP_GROUP_SELECTED) {
		s->selected = true;
		report_closed(s, c);
		nntp_note(c);
		survey_plan(s, c, g);
		return 0;
	}
	if (rc == NNTP_GROUP_REFUSED && closes(n->r.code) && !s->selected && !nntp_step_helps(c)) {
		n->need = NNTP_NEED_NOTHING;
		hold_closed(s, g, n, e);
		return 0;
	}
	if (rc == NNTP_GROUP_REFUSED && survey_pass(s, c, g, e))
		return 0;
	return nntp_give_up(n);
}

static int
take_group(struct survey *s, struct client *c, struct survey_group *g, struct err *e)
{
	bool at_once = lists_at_once(s, c, g);
	int rc = 0;

	if (s->several)
		return take_one_of(s, c, g, e);
	if (g->name != NULL) {
		rc = nntp_take_group(nntp_of(c), e);
		nntp_note(c);
	}
	if (rc == 0 && at_once)
		rc = take_list(s, c, g, e);
	if (rc == 0)
		survey_plan(s, c, g);
	return rc;
}

static int
put_group(struct survey *s, struct client *c, struct survey_group *g, struct err *e)
{
	struct nntp *n = nntp_of(c);

	if (g->name == NULL)
		return 0;
	if (nntp_put_group(n, g->name, e) == -1)
		return -1;
	return lists_at_once(s, c, g) ? nntp_put_listgroup(n, g->name, &g->specs, e) : 0;
}

static int
put_groups(struct survey *s, struct client *c, struct err *e)
{
	while (s->put < s->n && cmdq_room(c->q))
		if (put_group(s, c, &s->list[s->put++], e) == -1)
			return -1;
	return 0;
}

int
survey_put(struct survey *s, struct client *c, struct err *e)
{
	s->put = s->got;
	return put_groups(s, c, e);
}

/* ---- LISTGROUP --------------------------------------------------------------------------------- */

/* The next group from *at on that needs LISTGROUP, and *at after it; NULL: there is none. */
static struct survey_group *
next_to_list(struct survey *s, size_t *at)
{
	while (*at < s->n)
		if (wants_list(s, &s->list[(*at)++]))
			return &s->list[*at - 1];
	return NULL;
}

static int
take_lists(struct survey *s, struct client *c, struct err *e)
{
	size_t put = 0, got = 0, pending = 0;
	struct survey_group *g;

	for (;;) {
		for (; cmdq_room(c->q) && (g = next_to_list(s, &put)) != NULL; pending++)
			if (nntp_put_listgroup(nntp_of(c), g->name, &g->specs, e) == -1)
				return -1;
		if (pending-- == 0)
			return 0;
		if (take_list(s, c, next_to_list(s, &got), e) == -1)
			return -1;
	}
}

int
survey_take(struct survey *s, struct client *c, struct err *e)
{
	while (s->got < s->n) {
		if (put_groups(s, c, e) == -1 || take_group(s, c, &s->list[s->got], e) == -1)
			return -1;
		s->got++;
	}
	return check_closed(s, c, e) == -1 ? -1 : take_lists(s, c, e);
}

/* ---- after the survey -------------------------------------------------------------------------- */

uint64_t
survey_count(const struct survey *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		uint64_t n = nntp_specs_count(&s->list[i].specs);

		sum = n > UINT64_MAX - sum ? UINT64_MAX : sum + n;
	}
	return sum;
}

void
survey_specs(const struct survey *s, struct nntp_specs *to)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct survey_group *g = &s->list[i];

		if (g->specs.n != 0 && g->name != NULL)
			nntp_specs_add(to, (struct nntp_spec){.group = g->name});
		for (size_t k = 0; k < g->specs.n; k++)
			nntp_specs_add(to, g->specs.list[k]);
	}
}

struct survey_group *
survey_find(struct survey *s, struct survey_group *g, const char *name)
{
	while (g->name != name && g + 1 < s->list + s->n)
		g++;
	return g;
}

void
survey_end(const struct survey *s, struct client *c)
{
	struct nntp *n = nntp_of(c);

	if (s->several && n != NULL)
		n->in_group = false;
}

int
survey_save(struct survey *s, struct err *e)
{
	return s->newsrc == NULL || s->kept ? 0 : newsrc_save(s->newsrc, e);
}

void
survey_free(struct survey *s)
{
	for (size_t i = 0; i < s->n; i++) {
		nntp_specs_free(&s->list[i].specs);
		unread_end(&s->list[i].unread);
	}
	if (!s->kept)
		newsrc_close(s->newsrc);
	free(s->list);
	buf_free(&s->text);
	s->newsrc = NULL;
	s->list = NULL;
	s->n = s->room = 0;
}
