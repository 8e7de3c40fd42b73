/*
 * json: write JSON lines (RFC 8259, a record a line) into a buffer. The writer inserts the commas. Strings become valid
 * UTF-8: each octet that is not part of a UTF-8 sequence becomes U+FFFD; controls and direction marks are escaped.
 *
 * The caller writes out the buffer after json_end_line, or removes a record that cannot be finished by json_drop.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* `struct json j = {.to = &buf};` is ready for the first record. */
struct json {
	struct buf *to;  /* borrowed; records are appended */
	bool need_comma; /* a comma precedes the next value */
	unsigned depth;  /* open brackets */
	size_t record; /* where in `to` the unfinished record begins; 0 after the caller has emptied `to` */
};

void json_open(struct json *j, char bracket);  /* '{' or '[' */
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_key(struct json *j, const char *key);
void json_key_n(struct json *j, const char *key, size_t n);
void json_str(struct json *j, const char *p, size_t n);
void json_s(struct json *j, const char *s); /* NULL: null */
void json_key_s(struct json *j, const char *key, const char *s);

/* A string value in pieces: between the calls, append characters that need no escaping to j->to. */
void json_string_begin(struct json *j);
void json_string_end(struct json *j);

/*
 * A key that is written many times, escaped once by json_key_make. json_key_make may be called again for
 * another name. Free with json_key_free, which also accepts {0}.
 */
struct json_key {
	struct buf text; /* with the comma before it and the colon after it */
};
void json_key_make(struct json_key *key, const char *name, size_t n);
void json_key_free(struct json_key *key);
void json_ready_key(struct json *j, const struct json_key *key);

/* Digits as sent, up to 2^63 - 1 and without leading zeros; anything else is null. */
void json_num(struct json *j, const char *digits, size_t n);
void json_u(struct json *j, uint64_t v);
void json_null(struct json *j);
void json_bool(struct json *j, bool v);

/* End a record, whose brackets are all closed, with LF. */
void json_end_line(struct json *j);

/* Remove the unfinished record, if there is one. */
void json_drop(struct json *j);

#endif
