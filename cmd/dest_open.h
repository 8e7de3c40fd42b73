/* dest_open: any DEST of a verb as a store, LMTP servers too. */
#ifndef CMD_DEST_OPEN_H
#define CMD_DEST_OPEN_H

#include "base/err.h"
#include "cmd/session.h"
#include "store/dest.h"

/*
 * dest_open, and for lmtp://... lmtp_store_open with the connection options of s, except login and --tunnel; the
 * recipient is the URL's user, else the user who runs the program. s and d must live as long as the store.
 */
struct store *dest_open_any(
	const struct session *s, const struct dest *d, const struct dest_opts *o, struct err *e);

#endif
