/* An article is read, its message-id is found, and the fields that it lacks are put in front. */
#include "proto/nntp_article.h"

#include "base/sink.h"
#include "check.h"
#include "scratch.h"

static struct err e;
static struct buf got; /* the octets of the last article */
static char msgid[100];

static const char *
host(void)
{
	return "example.org";
}

/* Read an article with this text. Returns the exit status. */
static int
article(const char *text, const struct nntp_poster *poster)
{
	struct nntp_article a;
	struct buf_sink to;
	int rc;

	scratch_empty();
	scratch_write("article", text, strlen(text));
	err_clear(&e);
	buf_clear(&got);
	rc = nntp_article_read(&a, "article", ".", poster, &e);
	CHECK(rc == (e.status == 0 ? 0 : -1));
	snprintf(msgid, sizeof msgid, "%s", a.msgid != NULL ? a.msgid : "none");
	buf_sink_init(&to, &got, 1000000);
	CHECK(rc == -1 || tmpcopy_send(a.octets, &to.sink, &e) == 0);
	nntp_article_free(&a);
	return e.status;
}

static void
test_as_it_is(void)
{
	CHECK(article("Subject: x\nMessage-ID: <1@x>  \n\nbody", NULL) == 0);
	CHECK_STR(buf_str(&got), "Subject: x\nMessage-ID: <1@x>  \n\nbody");
	CHECK_STR(msgid, "<1@x>");
	CHECK(article("Message-ID: not one\n\nbody", NULL) == 0);
	CHECK_STR(msgid, "none");
	CHECK(article("", NULL) == EX_DATAERR);
	CHECK_STR(e.text, "article: the article is empty");
}

static void
test_missing(void)
{
	const struct nntp_poster poster = {"ann", host};
	char id[120];

	CHECK(article("Message-ID: <1@x>\nDate: now\n\nbody", &poster) == 0);
	CHECK_STR(buf_str(&got), "From: ann@example.org\r\nMessage-ID: <1@x>\nDate: now\n\nbody");
	CHECK_STR(msgid, "<1@x>");
	/* Text without a header becomes the body; the message-id that was added is found. */
	CHECK(article("just text\n", &poster) == 0);
	CHECK(strstr(buf_str(&got), "\r\n\r\njust text\n") != NULL);
	snprintf(id, sizeof id, "Message-ID: %s\r\n", msgid);
	CHECK(strstr(buf_str(&got), id) != NULL && strstr(id, "@example.org>") != NULL);
}

static void
test_input(void)
{
	struct nntp_article a;

	err_clear(&e);
	CHECK(nntp_article_read(&a, "missing", NULL, NULL, &e) == -1 && e.status == EX_NOINPUT);
	nntp_article_free(&a);
	CHECK(nntp_article_read(&a, ".", NULL, NULL, &e) == -1 && e.status == EX_NOINPUT);
	nntp_article_free(&a);
}

int
main(void)
{
	scratch_begin();
	test_as_it_is();
	test_missing();
	test_input();
	buf_free(&got);
	return check_done();
}
