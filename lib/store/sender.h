/*
 * sender: the envelope sender of a stored message, found in its header: for LMTP, and for a command that gets a
 * message.
 */
#ifndef STORE_SENDER_H
#define STORE_SENDER_H

struct buf;
struct err;
struct tmpcopy;

/*
 * Append the address in Return-Path, else the first one in From, of the message (lines ended by LF). It appends nothing
 * if Return-Path is null, if no address is found, or if the address cannot be sent (addr_check). The first 64 KiB of
 * the message are searched. EX_IOERR: the message cannot be read.
 */
int sender_find(const struct tmpcopy *message, struct buf *out, struct err *e);

#endif
