/*
 * message: messages on the output: as they are, as an mbox, or as JSON records.
 *
 *	message_begin(m, e)
 *	block_read(conn, &m->sink, message_flags(m), …)
 *	message_end(m, fields, n, e)
 *
 * Text is written as it arrives, in constant memory; the part of an incomplete message that was written stays. A
 * JSON record is written when its message is complete; a large message waits in an unlinked file.
 */
#ifndef CMD_MESSAGE_H
#define CMD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/sink.h"
#include "cmd/print.h"
#include "cmd/verb.h"
#include "mail/mbox_frame.h"

struct store;

enum message_form { MESSAGE_RAW, MESSAGE_MBOX, MESSAGE_JSON };

struct message_out {
	struct sink
		sink; /* must be first: octets of the current message, line ends by message_flags */
	struct out *out; /* borrowed */
	enum message_form form;
	struct mbox_frame frame;
	struct json_raw raw;
	bool under_way; /* raw is open */
};

/*
 * The form that options ask for: --json, else --raw or --mbox of the verb (both: EX_USAGE), else an
 * mbox for several messages and raw for one.
 */
int message_form(const struct out *o, const struct args *a, bool several, enum message_form *form,
	struct err *e);

/* Set up for any number of messages; end with message_close. m must not move meanwhile. */
void message_open(struct message_out *m, struct out *o, enum message_form form);
void message_close(struct message_out *m);

/* The line ends to ask of block_read: BLOCK_LF, or BLOCK_CRLF for JSON and --crlf. */
unsigned message_flags(const struct message_out *m);

/*
 * The sink for the octets of the message under way, by form: cheaper than m->sink where each line is one write. Valid
 * until message_end.
 */
static inline struct sink *
message_sink(struct message_out *m)
{
	return m->form == MESSAGE_JSON   ? &m->raw.sink
	       : m->form == MESSAGE_MBOX ? &m->frame.sink
					 : &m->out->sink;
}

/* Begin a message. Errors here and in message_end: those of the output, EX_CANTCREAT, EX_IOERR. */
int message_begin(struct message_out *m, struct err *e);

/* End a complete message. The fields precede "raw" in its JSON record; other forms ignore them. */
int message_end(struct message_out *m, const struct field *f, size_t nf, struct err *e);

/*
 * A store that writes messages to o (borrowed) in the given form; JSON records have number, octets, uid (the key)
 * and raw. Messages must have the line ends of message_store_flags. Publishing flushes, and syncs a regular file:
 * EX_IOERR, EX_SIGNAL + SIGPIPE.
 */
struct store *message_store(struct out *o, enum message_form form);
unsigned message_store_flags(const struct store *st);

#endif
