/*
 * article_lines: the articles that stdin names: a number, a range or a message-id on each line; a tab and text after
 * it, as in an overview line, are ignored. Each line is processed when it arrives, in constant memory: its command is
 * sent even while replies are pending, and one poll(2) waits for the next line and for the server.
 *
 * A malformed line is passed over (job/passed.h), a blank one is skipped. The wait for a line has no limit; the server
 * must send something within the connection's timeout only while replies are pending.
 */
#ifndef JOB_ARTICLE_LINES_H
#define JOB_ARTICLE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/line_reader.h"
#include "client/client.h"
#include "job/passed.h"
#include "job/unread.h"
#include "proto/nntp_read.h"

/* The owner sets the members up to idle; the rest is zero. */
struct article_lines {
	struct nntp_source
		source; /* first: the source for a reader of articles; set by article_lines_begin */
	struct client *client;
	struct passed *passed;
	struct unread *unread; /* with a newsrc file: numbers that it marks as read are skipped */
	bool numbers;          /* a group is selected, or will be: numbers and ranges are allowed */
	/*
	 * Called when no reply is pending and no line has come: before the wait for the next line with `later` false, and
	 * again with `later` true if the wait has lasted a second. 0, or -1 with e.
	 */
	int (*idle)(struct article_lines *l, bool later, struct err *e);
	void *context; /* of the owner */

	uint64_t count; /* lines that named articles */

	/* Private. */
	struct line_reader in;
	struct nntp_spec held; /* the articles of the next line */
	bool holds;
	struct err failure; /* of a line, that ends the run */
	int64_t until;      /* when the server must have sent something; 0: no reply was pending */
	uint64_t octets;    /* received when `until` was set */
};

/*
 * Wait for the first line that names articles, which the source will return first. No connection is needed yet.
 * LINE_READ; LINE_END: stdin has no such line; -1: EX_USAGE for a number without a group, EX_NOINPUT, a signal, the
 * deadline of the run.
 */
int article_lines_begin(struct article_lines *l, struct err *e);

void article_lines_free(struct article_lines *l);

#endif
