/* message_store: the output as a store (store/store.h), for `-d -` of fetch and drain. */
#ifndef CMD_MESSAGE_STORE_H
#define CMD_MESSAGE_STORE_H

#include "cmd/message.h"
#include "store/store.h"

/*
 * A store that writes messages to o (borrowed) in the given form; JSON records have number, octets, uid (the key)
 * and raw. Messages must have the line ends of message_store_flags. Publishing flushes, and syncs a regular file:
 * EX_IOERR, EX_SIGNAL + SIGPIPE.
 */
struct store *message_store(struct out *o, enum message_form form);
unsigned message_store_flags(const struct store *st);

#endif
