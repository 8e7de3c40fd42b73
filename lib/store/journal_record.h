/*
 * journal_record: one line of a journal.
 *
 *	CHECKSUM P HEADER DEST SIZE NAME UID        prepared
 *	CHECKSUM S HEADER DEST SIZE NAME TIME UID   stored, with a record of its own
 *	CHECKSUM X HEADER DEST SIZE NAME TIME UID   that record does not count any more
 *	CHECKSUM C TIME BACK COUNT                  prepared messages are stored now
 *	CHECKSUM V TIME BACK COUNT                  prepared messages are missing: to be fetched again
 *	CHECKSUM G TIME KEY…                        the server does not list these messages any more
 *	CHECKSUM B TIME KEY…                        it lists them again
 *
 * Sizes, times and counts are decimal and followed by a blank if a field follows; checksum, digests and keys are
 * base64 without padding and blanks; so a line is printable ASCII. A file name of two hexadecimal numbers with a dot
 * between them is written in base64, another as it is.
 *
 * C and V refer to COUNT prepared records (none given: all up to this line) that have no outcome yet. The first one
 * begins BACK octets before this line. The checksum covers the line, and for C and V also the checksums of the records
 * to which it refers: if one of these is missing or changed, C and V are invalid.
 *
 * journal_v1.c reads the lines of the first version of the format.
 */
#ifndef STORE_JOURNAL_RECORD_H
#define STORE_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/header_digest.h"

struct buf;

#define JOURNAL_MAX  1024 /* octets of a line, its LF included */
#define JOURNAL_UID  24   /* octets of an encoded UID at most; of longer ones a digest is kept */
#define JOURNAL_KEYS 80   /* keys of a line at most */

enum journal_record_kind {
	JOURNAL_PREPARED = 'P', /* on stable storage in tmp/, to be published next */
	JOURNAL_STORED = 'S',   /* stored: may be deleted on the server */
	JOURNAL_VOIDED =
		'X', /* the stored record with the same fields, but for the time, does not count any more */
	JOURNAL_COMMIT =
		'C', /* these prepared messages are stored: they may be deleted on the server */
	JOURNAL_VOID =
		'V', /* the files of these prepared messages are missing: to be fetched again */
	JOURNAL_GONE = 'G', /* since that time the server does not list them */
	JOURNAL_BACK = 'B', /* they are listed again */
};

/* A record to be written, or one that was read: then its pointers point into the line, or as journal_v1_parse does. */
struct journal_record {
	enum journal_record_kind kind;
	int64_t time; /* seconds since 1970; not in a prepared record */
	/* PREPARED, STORED, VOIDED: */
	uint64_t size; /* as the server announced it */
	unsigned char header[HEADER_DIGEST];
	uint64_t dest;    /* digest of the destination's identity */
	const char *name; /* file name; NULL or length 0: the message has none, or see field */
	size_t name_len;
	const char *
		field; /* PREPARED, as read: the file name's form in the line, see journal_record_name */
	size_t field_len;
	uint64_t
		name_id; /* journal_name_id; 0: the message has no file name, or it is to be derived from name */
	const char *uid; /* encoded; length 0: the server has no UIDs */
	size_t uid_len;
	uint64_t key; /* journal_record_key, where it is at hand; 0: it is not. Not in the line */
	/* COMMIT and VOID: */
	uint64_t back, count;
	/* COMMIT and VOID: the checksums of the records they refer to, combined by exclusive or; the others: the checksum */
	uint64_t sum;
	/* GONE and BACK; journal_record_read_key reads one that was parsed. */
	const uint64_t *keys;
	const char *key_text;
	size_t nkeys;
};

/*
 * Write the encoded form of a UID, at most JOURNAL_UID octets, and a NUL; different UIDs stay different, but blanks at
 * both ends do not count. Its length.
 */
size_t journal_record_encode_uid(const char *uid, size_t n, char out[JOURNAL_UID + 1]);

/* What identifies a message of a mailbox: a hash of its encoded UID, the same in every run; never 0. */
uint64_t journal_record_key(const char *encoded, size_t n);

/* What identifies a file name: a hash, the same in every run; never 0. */
uint64_t journal_name_id(const char *name, size_t n);

/* Append the line. The record's checksum. */
uint64_t journal_record_format(const struct journal_record *r, struct buf *out);

/*
 * Parse a line (n octets, without LF). false: invalid line. For COMMIT and VOID the caller must compare sum with the
 * records they refer to.
 */
bool journal_record_parse(const char *line, size_t n, struct journal_record *r);

/* Append the file name of a PREPARED record. false: its form is invalid. */
bool journal_record_name(const struct journal_record *r, struct buf *out);

/* The i-th key of a GONE or BACK record that was parsed. */
uint64_t journal_record_read_key(const struct journal_record *r, size_t i);

/*
 * Parse a line of the first version. The UID is encoded anew into uid, but key is as the first version made it; a
 * message is STORED or VOID by a line with the file name and destination of a PREPARED one (count is 0), and the key of
 * GONE and BACK is in key.
 */
bool journal_v1_parse(
	const char *line, size_t n, struct journal_record *r, char uid[JOURNAL_UID + 1]);

#endif
