/*
 * floor_journal.h - what a drain that must not do anything twice reads and writes besides the messages: a mailbox's
 * LIST and UIDL, and a journal with a line for each message (its UID, its size, the digest of its header, the
 * checksum of the line), the same octets as mailnet's. Nothing in it is ever read or compared.
 */
#ifndef FLOOR_JOURNAL_H
#define FLOOR_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* Start: the answers begin with those to CAPA, USER, PASS, STAT, LIST and UIDL, of so many messages. */
void journal_open(const char *file, long messages);

/* Is the line, which ends in CR LF, part of these replies? Then it has been processed. */
bool journal_takes(const char *p, const char *nl);

/* The i-th message has this header. */
void journal_message(long i, const char *header, size_t n);

/* Write the journal, on stable storage. */
void journal_close(void);

/* The address in the From field, for a From_ line; NULL: there is none that is easy to find. */
const char *journal_sender(const char *header, size_t n, int *len);

#endif
