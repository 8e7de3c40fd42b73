/* nntp_post: POST and IHAVE with their article (RFC 3977, section 6.3). */
#ifndef PROTO_NNTP_POST_H
#define PROTO_NNTP_POST_H

#include <stdbool.h>

#include "base/err.h"
#include "proto/nntp.h"
#include "store/tmpcopy.h"

/*
 * Send POST, or IHAVE with this message-id, and the article if the server asks for it; 0: the server has accepted it.
 * EX_UNAVAILABLE 440, 441, 437; EX_NO 435; EX_TEMPFAIL 436, or the connection is lost ("may have been posted" if that
 * is so, and *unknown is true). n->need is set only if no part of the article was sent. If the server sent a refusal
 * before the end of the article (400, or "too large"), that reply is the error, and the connection is dead.
 */
int nntp_post(struct nntp *n, const char *msgid, const struct tmpcopy *article, bool *unknown,
	struct err *e);

#endif
