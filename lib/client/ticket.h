/*
 * ticket: TLS sessions that later runs resume, one file for each server and set of options, in a cache directory.
 *
 * A ticket is used for one day at most and not after a certificate of the chain has expired. The name of its file is a
 * digest of all that the verification depends on, so that other options find no ticket. The verification is repeated on
 * resumption (wire/tls.h). A ticket is an optimization: every failure is silent and means a full handshake.
 */
#ifndef CLIENT_TICKET_H
#define CLIENT_TICKET_H

#include "base/buf.h"
#include "client/client.h"

/*
 * The directory of tickets: cache/mailnet if cache, the value of $XDG_CACHE_HOME, is an absolute path, else
 * .cache/mailnet below home, that of $HOME. The caller frees it. NULL: none. A program with the rights of another group
 * does not trust the environment; a home directory that is missing or of another user (sudo) is not written to.
 */
char *ticket_dir(const char *cache, const char *home);

/*
 * Append the session kept in c->config->tickets for the server and the options of c. A ticket of TLS 1.3 is removed,
 * since each is used once (RFC 8446, appendix C.4). The directory and the file must belong to us and not be accessible
 * to others.
 */
void ticket_load(const struct client *c, struct buf *session);

/*
 * Keep the session of the connection, if it has TLS and the server has sent a ticket. Missing directories are made,
 * mode 0700.
 */
void ticket_save(const struct client *c);

#endif
