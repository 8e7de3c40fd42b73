/*
 * journal_record: one line of a journal.
 *
 *	CHECKSUM KIND TIME SIZE HEADER DEST NAME =UID
 *
 * The checksum covers the rest of the line. Numbers are decimal, digests hexadecimal; what the
 * server made (the UID) is encoded, so that a record is a line of printable ASCII.
 */
#ifndef STORE_JOURNAL_RECORD_H
#define STORE_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/header_digest.h"

struct buf;

#define JOURNAL_MAX 1024 /* octets of a line, its LF included */
#define JOURNAL_UID 512  /* octets of an encoded UID at most; of longer ones a digest is kept */

enum journal_record_kind {
	JOURNAL_PREPARED = 'P', /* on stable storage in tmp/, to be published next */
	JOURNAL_STORED = 'S',   /* stored: may be deleted on the server */
	JOURNAL_VOID = 'V',     /* was prepared, but its file is missing: to be fetched again */
	JOURNAL_GONE = 'G',     /* since that time the server no longer lists it */
	JOURNAL_BACK = 'B',     /* it is listed again */
	JOURNAL_VOIDED =
		'X', /* the stored record with the same fields, but for the time, does not count any more */
};

struct journal_record {
	enum journal_record_kind kind;
	int64_t time;  /* seconds since 1970: of the record */
	uint64_t size; /* as the server announced it */
	unsigned char header[HEADER_DIGEST];
	uint64_t dest;    /* digest of the destination's identity; GONE and BACK: the key */
	const char *name; /* file name; NULL or length 0: the message has no file name */
	size_t name_len;
	const char *uid; /* encoded; length 0: the server has no UIDs */
	size_t uid_len;
	uint64_t key; /* journal_record_key, where it is at hand; 0: it is not. Not in the line */
};

/*
 * Write the encoded form of a UID, at most JOURNAL_UID octets, and a NUL; different UIDs stay different.
 * Its length.
 */
size_t journal_record_encode_uid(const char *uid, size_t n, char out[JOURNAL_UID + 1]);

/*
 * What identifies a message of a mailbox in memory: a digest of its encoded UID. Blanks at both ends of the UID do
 * not count: older versions recorded them.
 */
uint64_t journal_record_key(const char *encoded, size_t n);

/* Append the line. */
void journal_record_format(const struct journal_record *r, struct buf *out);

/* Parse a line (n octets, without LF); name and uid point into it. false: invalid line. */
bool journal_record_parse(const char *line, size_t n, struct journal_record *r);

#endif
