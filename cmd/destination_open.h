/* destination_open: any DEST of a verb as a store, LMTP servers too. */
#ifndef CMD_DESTINATION_OPEN_H
#define CMD_DESTINATION_OPEN_H

#include "base/err.h"
#include "cmd/session.h"
#include "store/destination.h"

/*
 * destination_open, and for lmtp://... lmtp_store_open with the connection options of s, except login and --tunnel; the
 * recipient is the URL's user, else the user who runs the program. mailbox and warning: as in struct destination_opts.
 * s, d and warning must live as long as the store.
 */
struct store *destination_open_any(const struct session *s, const struct destination *d,
	const char *mailbox, struct err *warning, struct err *e);

#endif
