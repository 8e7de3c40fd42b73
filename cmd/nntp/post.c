/* nntp verbs post and ihave: send an article from stdin or a file. */
#include <stdlib.h>

#include "cmd/common_verbs.h"
#include "cmd/log.h"
#include "cmd/nntp/nntp.h"
#include "proto/nntp_article.h"
#include "wire/own_name.h"

static void
log_article(const struct session *s, const char *msgid, const struct nntp_article *article)
{
	const struct client_result *result = &s->c.result;

	if (!log_is_open())
		return;
	log_begin(s);
	log_str("message-id", msgid);
	log_number("octets", article->octets->len);
	log_text("reply", buf_str(&result->text), result->text.len);
	log_end("sent", 0);
}

/* post, and with MSGID ihave. */
static int
run_post(struct session *s, const struct args *a, struct err *e)
{
	bool add = args_has(a, "add-missing");
	const struct nntp_poster poster = {
		add ? own_user(getenv("LOGNAME"), "nobody") : NULL, own_host};
	const char *msgid = operand_word(a, "MSGID");
	struct nntp_article article;
	const char *own;
	int rc = nntp_article_read(
		&article, operand_word(a, "FILE"), getenv("TMPDIR"), add ? &poster : NULL, e);

	own = msgid != NULL ? msgid : article.msgid;
	if (rc == 0)
		rc = nntp_run_post(&s->c, msgid, own, article.octets, e);
	if (rc == 0) {
		log_article(s, own, &article);
		rc = result_print(s, e);
	}
	nntp_article_free(&article);
	return rc;
}

static const struct opt post_opts[] = {
	{0, "add-missing", NULL, "add From, Date and Message-ID where absent"}, {0}};

const struct verb nntp_post_verb = {"post", "[FILE]", "post an article from FILE or stdin",
	VERB_STDIN, post_opts, run_post, NULL, .group = GROUP_SEND,
	.exits = "69 if the server refuses the article",
	.example = "mailnet nntp -s nntps://news.example.org post article.txt"};

const struct verb nntp_ihave_verb = {"ihave", "MSGID [FILE]",
	"offer an article as a news peer, send it if the server accepts it", VERB_STDIN, NULL,
	run_post, NULL, .group = GROUP_SEND,
	.exits = "69 if the server refuses the article, 1 if it has the article",
	.example = "mailnet nntp -s nntps://news.example.org ihave '<1@example.org>' article.txt"};
