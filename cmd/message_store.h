/* message_store: the output as a store (store/store.h): what `-d -` is to fetch and drain. */
#ifndef CMD_MESSAGE_STORE_H
#define CMD_MESSAGE_STORE_H

#include "cmd/message.h"
#include "store/store.h"

/*
 * Messages go to o, which is borrowed, in that form; in JSON their records hold number, octets, uid
 * (the key) and raw. Octets come with the line ends of message_store_flags. Publishing flushes, and
 * syncs a regular file: EX_IOERR, EX_SIGNAL + SIGPIPE.
 */
struct store *message_store(struct out *o, enum message_form form);
unsigned message_store_flags(const struct store *st);

#endif
