/*
 * destination: the DEST argument: `PATH/` a Maildir, `PATH` an mbox (or a Maildir, if it is one already),
 * `|COMMAND`, `lmtp://…`, `-` stdout.
 */
#ifndef STORE_DESTINATION_H
#define STORE_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct store;

enum destination_kind { DEST_MAILDIR, DEST_MBOX, DEST_PIPE, DEST_LMTP, DEST_STDOUT };

struct destination {
	enum destination_kind kind;
	const char *what; /* path, command or URL; borrowed from the argument */
};

/* Find the kind of a DEST argument. EX_USAGE if it is empty; EX_CANTCREAT for a directory that is not a Maildir. */
int destination_parse(const char *arg, struct destination *d, struct err *e);

/*
 * Has the path of a Maildir or mbox "%g" in it, which stands for the name of a group? destination_for_group appends the
 * path with the name in its place. EX_CANTCREAT if the name cannot be a file name: it is empty, begins with a dot, or
 * contains a slash or control character.
 */
bool destination_has_group(const char *arg);
int destination_for_group(const char *arg, const char *group, struct buf *out, struct err *e);

/*
 * Append a text that identifies the destination in the journal: equal for all spellings of one path. The file need not
 * exist yet.
 */
void destination_identity(const struct destination *d, struct buf *out);

/* Settings for destination_open; strings and *warning are borrowed, and warning must outlive the store. */
struct destination_opts {
	const char *mailbox;  /* identifies the mailbox; part of file names in a Maildir */
	const char *url;      /* of the server, for |COMMAND; NULL: unknown */
	const char *tmpdir;   /* $TMPDIR or NULL */
	int64_t wait_seconds; /* how long to wait for the lock of an mbox */
	int64_t patience;     /* milliseconds for each wait for |COMMAND */
	bool records;        /* stdout carries JSON records, so a command's output goes to stderr */
	struct err *warning; /* see mbox_open */
};

/*
 * Open the store. NULL: the errors of this store; EX_SOFTWARE for stdout (store/message_out.h) and for LMTP
 * (job/lmtp_store.h).
 */
struct store *destination_open(
	const struct destination *d, const struct destination_opts *o, struct err *e);

#endif
