/*
 * nntp_article: an article that POST or IHAVE will send. The whole input is read before the first command, since an
 * input that fails midway must not be posted.
 */
#ifndef PROTO_NNTP_ARTICLE_H
#define PROTO_NNTP_ARTICLE_H

#include "base/err.h"
#include "store/message_source.h"
#include "store/tmpcopy.h"

struct nntp_article {
	const struct tmpcopy *octets; /* the article, with any line ends */
	char *msgid; /* the message-id in its header; NULL: it has none that can be sent in a command */
	/* Private. */
	struct message_source input;
	struct tmpcopy completed;
};

/* Who posts: for the fields From and Message-ID. Borrowed. */
struct nntp_poster {
	const char *user;          /* name at this host */
	const char *(*host)(void); /* the name of this host */
};

/*
 * Read the article from path (NULL or "-": stdin). poster: add the fields From, Date and Message-ID that it lacks; NULL:
 * add none. tmpdir: directory for a large copy; NULL: the default. EX_NOINPUT, EX_IOERR, EX_CANTCREAT; EX_DATAERR: it is
 * empty. Call nntp_article_free in any case.
 */
int nntp_article_read(struct nntp_article *a, const char *path, const char *tmpdir,
	const struct nntp_poster *poster, struct err *e);

void nntp_article_free(struct nntp_article *a);

#endif
