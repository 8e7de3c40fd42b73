/* nntp verbs that print or store articles: stat, head, body, article, next, last. */
#include <string.h>

#include "base/text.h"
#include "cmd/operands.h"
#include "cmd/nntp_get.h"
#include "cmd/nntp_store.h"
#include "cmd/nntp_verbs.h"
#include "cmd/print.h"
#include "mail/mbox_frame.h"
#include "wire/block.h"

/* ---- one article's way to stdout --------------------------------------------------------------- */

static int
print_stat(struct session *s, const struct nntp_got *got, struct err *e)
{
	char number[21];
	struct field f[] = {field_u("number", got->number, number),
		field_p("message-id", got->msgid, got->msgid_len)};

	return out_record(s->out, ' ', f, 2, e);
}

static int
take_stat(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	(void)g;
	return print_stat(s, got, e);
}

static int
take_raw(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	(void)g;
	(void)got;
	return nntp_read_block(
		nntp_of(s), &s->out->sink, s->out->crlf ? BLOCK_CRLF : BLOCK_LF, NULL, e);
}

int
nntp_take_mbox(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	struct mbox_frame frame;

	(void)g;
	(void)got;
	mbox_frame_init(&frame, &s->out->sink, time(NULL));
	if (nntp_read_block(
		    nntp_of(s), &frame.sink, s->out->crlf ? BLOCK_CRLF : BLOCK_LF, NULL, e) == -1)
		return -1;
	return mbox_frame_finish(&frame, e) == -1 ? conn_fail(s->c.conn, e) : 0;
}

int
nntp_print_json(struct session *s, const struct nntp_got *got, bool uid, struct err *e)
{
	struct json_raw raw;

	json_open(s->out, '{');
	json_key(s->out, "number");
	json_u(s->out, got->number);
	json_key(s->out, "message-id");
	json_str(s->out, got->msgid, got->msgid_len);
	if (uid) {
		json_key(s->out, "uid");
		json_str(s->out, got->msgid, got->msgid_len);
	}
	json_key(s->out, "raw");
	json_raw_open(&raw, s->out);
	if (nntp_read_block(nntp_of(s), &raw.sink, BLOCK_CRLF, NULL, e) == -1) {
		json_raw_drop(&raw);
		return -1;
	}
	if (json_raw_close(&raw, e) == -1)
		return conn_fail(s->c.conn, e);
	json_close(s->out, '}');
	return json_end_line(s->out, e) == -1 ? conn_fail(s->c.conn, e) : 0;
}

static int
take_json(struct session *s, struct nntp_get *g, const struct nntp_got *got, struct err *e)
{
	(void)g;
	return nntp_print_json(s, got, false, e);
}

/* ---- the verbs --------------------------------------------------------------------------------- */

/* GROUP and SPECs; none is the current article. */
static void
take_operands(const struct args *a, struct nntp_get *g)
{
	int i = (g->group = operand_word(a, "GROUP")) != NULL;

	if (i == a->noperands)
		nntp_specs_add(&g->specs, (struct nntp_spec){.current = true});
	for (; i < a->noperands; i++) {
		struct nntp_spec spec = a->operands[i].spec;

		spec.named = spec.msgid != NULL || strchr(a->operands[i].word, '-') == NULL;
		nntp_specs_add(&g->specs, spec);
	}
}

/* A range, or several SPECs, are an mbox even if only one is found. */
static bool
is_many(const struct nntp_get *g)
{
	const struct nntp_spec *first = g->specs.list;

	return g->specs.n > 1 || (!first->named && !first->current);
}

static int
get_and_print(struct session *s, const struct args *a, struct nntp_get *g, struct err *e)
{
	/* The only DEST that comes here is stdout. */
	bool mbox =
		args_has(a, "mbox") || ((is_many(g) || args_has(a, "dest")) && !args_has(a, "raw"));

	if (args_has(a, "mbox") && args_has(a, "raw"))
		return err_set(e, EX_USAGE, "--mbox and --raw");
	if (g->part == NNTP_STAT)
		g->take = take_stat;
	else
		g->take = s->out->json ? take_json : mbox ? nntp_take_mbox : take_raw;
	return nntp_get(s, g, e);
}

static int
run_part(struct session *s, const struct args *a, enum nntp_part part, struct err *e)
{
	struct nntp_get g = {.part = part};
	const char *dest;
	int rc;

	if (nntp_path_arg(a, "dest", &dest, e) == -1)
		return -1;
	take_operands(a, &g);
	if (dest != NULL && strcmp(dest, "-") != 0)
		rc = nntp_store_articles(s, &g, dest, NULL, e);
	else
		rc = get_and_print(s, a, &g, e);
	nntp_get_free(&g);
	return rc;
}

int
nntp_stat_run(struct session *s, const struct args *a, struct err *e)
{
	return run_part(s, a, NNTP_STAT, e);
}

int
nntp_head_run(struct session *s, const struct args *a, struct err *e)
{
	return run_part(s, a, NNTP_HEAD, e);
}

int
nntp_body_run(struct session *s, const struct args *a, struct err *e)
{
	return run_part(s, a, NNTP_BODY, e);
}

int
nntp_article_run(struct session *s, const struct args *a, struct err *e)
{
	return run_part(s, a, NNTP_ARTICLE, e);
}

/* ---- next, last -------------------------------------------------------------------------------- */

static int
go_move(struct session *s, void *job, struct err *e)
{
	return nntp_one(s, 223, e, "%s", (const char *)job);
}

static int
move(struct session *s, const char *command, struct err *e)
{
	char text[8];
	struct nntp_got got;

	memcpy(text, command, strlen(command) + 1);
	if (nntp_run(s, go_move, text, e) == -1 ||
		nntp_parse_article(&nntp_of(s)->r, true, &got, e) == -1)
		return -1;
	return print_stat(s, &got, e);
}

int
nntp_next_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return move(s, "NEXT", e);
}

int
nntp_last_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return move(s, "LAST", e);
}
