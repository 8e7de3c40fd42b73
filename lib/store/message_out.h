/*
 * message_out: messages on the output: as they are, as an mbox, or as JSON records.
 *
 *	message_begin(m)
 *	sink_write(&m->sink, …)          the octets, line ends by message_crlf
 *	message_end(m, fields, n, e)
 *
 * Text is written as it arrives, in constant memory; the part of an incomplete message that was written stays. A
 * JSON record is written when its message is complete; a large message waits in an unlinked file.
 */
#ifndef STORE_MESSAGE_OUT_H
#define STORE_MESSAGE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/record.h"
#include "base/sink.h"
#include "mail/mbox_frame.h"
#include "store/out.h"
#include "store/tmpcopy.h"

struct store;

enum message_form { MESSAGE_RAW, MESSAGE_MBOX, MESSAGE_JSON };

struct message_out {
	struct sink sink; /* must be first: octets of the current message */
	struct out *out;  /* borrowed */
	enum message_form form;

	/* private */
	const char *tmpdir;
	struct mbox_frame frame;
	struct tmpcopy copy; /* the message of a JSON record */
	bool under_way;      /* copy is in use */
};

/*
 * Set up for any number of messages; end with message_close. m must not move meanwhile. tmpdir: of large messages in
 * JSON ($TMPDIR or NULL), borrowed.
 */
void message_open(struct message_out *m, struct out *o, enum message_form form, const char *tmpdir);
void message_close(struct message_out *m);

/* Must the lines of a message end in CR LF (JSON, or o->crlf)? Else in LF. */
bool message_crlf(const struct message_out *m);

/*
 * The sink for the octets of the message under way, by form: cheaper than m->sink where each line is one write. Valid
 * until message_end.
 */
static inline struct sink *
message_sink(struct message_out *m)
{
	return m->form == MESSAGE_JSON   ? &m->copy.sink
	       : m->form == MESSAGE_MBOX ? &m->frame.sink
					 : &m->out->sink;
}

/* Begin a message; one that is under way is dropped. */
void message_begin(struct message_out *m);

/*
 * End a complete message. The fields precede "raw", which is the message in base64 (RFC 4648, section 4), in its JSON
 * record; other forms ignore them. Errors of the sink and here: those of the output, EX_CANTCREAT, EX_IOERR.
 */
int message_end(struct message_out *m, const struct field *f, size_t nf, struct err *e);

/*
 * A store that writes messages to o (borrowed) in the given form; JSON records have number, octets, uid (the key)
 * and raw. *crlf: as message_crlf. Publishing flushes, and syncs a regular file: EX_IOERR, EX_SIGNAL + SIGPIPE.
 */
struct store *message_store(struct out *o, enum message_form form, const char *tmpdir, bool *crlf);

#endif
