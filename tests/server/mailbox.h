/* mailbox.h - DIR/mail as one mailbox: plain files, or a Maildir's new and cur. */
#ifndef TS_MAILBOX_H
#define TS_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mail {
	char *path; /* owned by the mailbox, as are all fields */
	char *uid;  /* points into path: the name, without Maildir's flags */
	size_t uidlen;
	size_t octets; /* with CRLF line ends */
	off_t size;    /* on disk */
	bool deleted;
};

/* Reads the mailbox again if a directory of it has changed. Sizes of known files are kept. */
void mailbox_refresh(const char *dir);

/* Waits up to ms for the lock on the mailbox, which lasts as long as this process. */
bool mailbox_lock(const char *dir, int ms);

/* The messages in order; they live until the next refresh. */
struct mail *mailbox(size_t *n);

#endif
