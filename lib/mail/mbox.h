/*
 * mbox: the mboxrd format. A message starts with a From_ line ("From ..." at the file's start or
 * after an empty line) and ends with an empty line; a line of the message that is "From " after
 * any number of > has one more > in the file. Line ends are LF or CRLF; bare CR is data.
 */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/sink.h"

struct err;

/*
 * State of the search for ">*From " at the start of a line, kept when a span of octets ends within it. Two
 * counts determine the octets seen so far, so that the memory is constant.
 */
struct mbox_prefix {
	uint64_t quotes; /* number of > seen */
	unsigned from;   /* number of octets of "From " seen after the > */
};

/* A filter that quotes: a sink in front of a sink. */
struct mbox_quote {
	struct sink sink;

	/* private */
	struct sink *out;
	bool bol;
	struct mbox_prefix prefix;
};

/* Start a message; out is borrowed. Errors of writing are those of out. */
void mbox_quote_init(struct mbox_quote *q, struct sink *out);

/* End a message: add LF if its last line lacks one, and the empty line. */
int mbox_quote_finish(struct mbox_quote *q, struct err *e);

/*
 * Append a From_ line with its LF. from is the sender (NULL or empty: MAILER-DAEMON); blanks and
 * control characters in it become '-'. The date is in UTC.
 */
void mbox_from_line(const char *from, time_t date, struct buf *out);

/* The splitter: reads the octets of an mbox file and writes the messages one by one, unquoted. */
struct mbox_split {
	/*
	 * After MBOX_END: the message that has ended, from its From_ line up to the next one, as
	 * octets of the file. These octets, given to a fresh splitter, are the same message again.
	 */
	uint64_t begin, end;

	/* private */
	uint64_t at, next;
	int state;
	unsigned blank; /* octets of the empty line that is held back */
	bool cr;        /* a CR after it is held back too */
	struct mbox_prefix prefix;
};

enum mbox_split_result {
	MBOX_MORE = 0, /* all octets were consumed */
	MBOX_END = 1,  /* a message is complete */
};

void mbox_split_init(struct mbox_split *m);

/*
 * Consume octets of the file, and write those of the current message to out (NULL: skip the message), which may
 * differ for each message. The From_ line and the empty line at a message's end are not part of it. At MBOX_END
 * *used octets were consumed, and the rest belongs to the next message: call again with it. The last message is
 * ended only by mbox_split_finish. -1: an error of out, or EX_DATAERR: the file does not start with a From_ line
 * (empty lines before it are accepted).
 */
int mbox_split(struct mbox_split *m, const char *p, size_t n, size_t *used, struct sink *out,
	struct err *e);

/* End of the file: MBOX_END if it ends a message, MBOX_MORE if the file has no message; -1 as above. */
int mbox_split_finish(struct mbox_split *m, struct sink *out, struct err *e);

#endif
