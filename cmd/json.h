/*
 * json: the writer of JSON lines (RFC 8259, a record a line), for records that nest or are too large
 * for out_record. The writer inserts the commas. Strings become valid UTF-8: each octet that is not part of a
 * UTF-8 sequence becomes U+FFFD; controls and direction marks are escaped.
 *
 * A record is built in out's buffer and may be written once json_end_line has ended it. A record that cannot be
 * finished is removed by out_drop.
 */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sink.h"
#include "store/tmpcopy.h"

struct out;

void json_open(struct out *o, char bracket);  /* '{' or '[' */
void json_close(struct out *o, char bracket); /* '}' or ']' */
void json_key(struct out *o, const char *key);
void json_key_n(struct out *o, const char *key, size_t n);
void json_str(struct out *o, const char *p, size_t n);
void json_s(struct out *o, const char *s); /* NULL: null */

/*
 * A key that is written many times, escaped once by json_key_make. json_key_make may be called again for
 * another name. Free with json_key_free, which also accepts {0}.
 */
struct json_key {
	struct buf text; /* with the comma before it and the colon after it */
};
void json_key_make(struct json_key *key, const char *name, size_t n);
void json_key_free(struct json_key *key);
void json_ready_key(struct out *o, const struct json_key *key);

/* Digits as sent, up to 2^63 - 1 and without leading zeros; anything else is null. */
void json_num(struct out *o, const char *digits, size_t n);
void json_u(struct out *o, uint64_t v);
void json_null(struct out *o);
void json_bool(struct out *o, bool v);

/* End a record, whose brackets are all closed, with LF; flush a full buffer. Errors as out_flush. */
int json_end_line(struct out *o, struct err *e);

/*
 * A base64 string value (RFC 4648, section 4) of a message of any size: open, write the octets to
 * the sink, close. Until then the octets are in memory or, if they are many, in an unlinked file, so that an
 * incomplete message leaves no record.
 *
 * After json_raw_open comes json_raw_close or, if something failed, json_raw_drop.
 */
struct json_raw {
	struct sink sink; /* must be first */
	struct out *out;
	struct tmpcopy copy;
	uint64_t octets;
};
void json_raw_open(struct json_raw *r, struct out *o);

/* Write the value and end r, also after an error; r->octets stays valid. EX_IOERR, or as out_flush. */
int json_raw_close(struct json_raw *r, struct err *e);

/* Discard the octets. Does nothing if r has ended. */
void json_raw_drop(struct json_raw *r);

#endif
