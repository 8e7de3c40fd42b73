/*
 * record: one line of a state file.
 *
 *	CHECKSUM KIND TIME SIZE HEADER DEST NAME =UID
 *
 * The checksum covers the rest of the line. Numbers are decimal, digests hexadecimal; what the
 * server made (the UID) is encoded, so that a record is a line of printable ASCII.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/header_digest.h"

struct buf;

#define RECORD_MAX 1024 /* octets of a line, its LF included */
#define RECORD_UID 512  /* octets of an encoded UID at most; of longer ones a digest is kept */

enum record_kind {
	RECORD_PREPARED = 'P', /* durable in tmp/, about to become visible */
	RECORD_STORED = 'S',   /* stored: may be deleted on the server */
	RECORD_VOID = 'V',     /* was prepared, but is not there: to be fetched again */
	RECORD_GONE = 'G',     /* since that time the server no longer lists it */
	RECORD_BACK = 'B',     /* it is listed again */
	RECORD_VOIDED =
		'X', /* the stored record with the same fields, but for the time, does not count any more */
};

struct record {
	enum record_kind kind;
	int64_t time;  /* seconds since 1970: of the record */
	uint64_t size; /* as the server announced it */
	unsigned char header[HEADER_DIGEST];
	uint64_t dest;    /* digest of the destination's identity; GONE and BACK: the key */
	const char *name; /* file name; NULL or length 0: none */
	size_t name_len;
	const char *uid; /* encoded; length 0: the server has no UIDs */
	size_t uid_len;
	uint64_t key; /* record_key, where it is at hand; 0: it is not. Not in the line */
};

/*
 * Write the encoded form of a UID, at most RECORD_UID octets, and a NUL; different UIDs stay different.
 * Its length.
 */
size_t record_encode_uid(const char *uid, size_t n, char out[RECORD_UID + 1]);

/*
 * What identifies a message of a mailbox in memory: a digest of its encoded UID. Blanks at both ends of the UID do
 * not count: older versions recorded them.
 */
uint64_t record_key(const char *encoded, size_t n);

/* Append the line. */
void record_format(const struct record *r, struct buf *out);

/* Read a line (n octets, without LF); name and uid point into it. false: it is none. */
bool record_parse(const char *line, size_t n, struct record *r);

#endif
