/*
 * dest: the DEST argument: `PATH/` a Maildir, `PATH` an mbox (or a Maildir, if it is one already),
 * `|COMMAND`, `lmtp://…`, `-` stdout.
 */
#ifndef STORE_DEST_H
#define STORE_DEST_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct store;

enum dest_kind { DEST_MAILDIR, DEST_MBOX, DEST_PIPE, DEST_LMTP, DEST_STDOUT };

struct dest {
	enum dest_kind kind;
	const char *what; /* the path, the command, the URL: borrowed from the argument */
};

/* Which one is it? EX_USAGE when empty; EX_CANTCREAT for a directory that is no Maildir. */
int dest_parse(const char *arg, struct dest *d, struct err *e);

/*
 * Append a text that says which destination it is, the same whatever way its path is written: for
 * the journal. It may name a file that is not there yet.
 */
void dest_identity(const struct dest *d, struct buf *out);

/* What opening one may need. */
struct dest_opts {
	const char *mailbox;  /* identifies the mailbox, for names in a Maildir */
	const char *tmpdir;   /* $TMPDIR or NULL */
	int64_t wait_seconds; /* for the lock of an mbox */
	int64_t patience;     /* milliseconds for each wait for a command */
	int fd;               /* of stdout */
	bool records;         /* stdout holds JSON records: a command's output goes to stderr */
	struct err *warning;  /* see mbox_open */
};

/* Open it. LMTP is proto's: EX_SOFTWARE here. NULL and e; see the stores. */
struct store *dest_open(const struct dest *d, const struct dest_opts *o, struct err *e);

#endif
