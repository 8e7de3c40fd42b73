/*
 * mbox_frame: a sink that writes a message in mbox form: a From_ line, the quoted octets (mbox.h) and an empty line.
 * The From_ line has the sender from the header, so the start of the message is buffered until the header is
 * complete.
 */
#ifndef MAIL_MBOX_FRAME_H
#define MAIL_MBOX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "mail/mbox.h"

/* The number of octets of the header in which the sender is searched. */
#define MBOX_HEAD (16 * 1024)

struct mbox_frame {
	struct sink sink;

	/* private */
	struct mbox_quote quote;
	time_t date;
	bool begun; /* the From_ line is written */
	size_t held;
	char head[MBOX_HEAD];
};

/* Start a message; out is borrowed. Errors of writing are those of out. Nothing needs to be freed. */
void mbox_frame_init(struct mbox_frame *f, struct sink *out, time_t date);

/* End the message: write buffered octets and the empty line. -1: an error of out. */
int mbox_frame_finish(struct mbox_frame *f, struct err *e);

/*
 * Append the sender of a message with this header of n octets: the address in Return-Path, which may be null, else
 * the first one in From; nothing if neither has an address. whole: the header is complete; else its last field is
 * ignored.
 */
void mbox_sender(const char *header, size_t n, bool whole, struct buf *out);

#endif
