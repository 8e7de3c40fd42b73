/*
 * floor_store: the answers of a POP server, put into a Maildir or an mbox as every program has to put them
 * there: see floor.c.
 */
#ifndef FLOOR_STORE_H
#define FLOOR_STORE_H

#include <stdbool.h>
#include <stddef.h>

/* Write all n octets, or give up. */
void floor_keep(int fd, const char *p, size_t n);

/* So many messages are to come. journal_file: NULL, or the mailbox is listed first and a journal kept there. */
void store_open(const char *path, bool is_mbox, long count, const char *journal_file);
bool store_is_open(void);

/* Take the whole lines of what has come; the length of what is left. */
size_t store_split(char *p, size_t n);

/* All is there: make it durable, then show it. How many messages there were. */
long store_publish(void);

#endif
