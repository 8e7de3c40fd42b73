/*
 * yenc: the decoder of yEnc (yEnc draft 1.3), which carries octets in lines: each octet plus 42; after '=', plus 106.
 */
#ifndef WIRE_YENC_H
#define WIRE_YENC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One encoded part; all zero to begin with. */
struct yenc {
	bool escaped;    /* the last octet was '=' */
	uint32_t crc;    /* CRC-32 of the decoded octets */
	uint64_t octets; /* decoded octets */
};

/* Is the line (without stuffing and CR LF) the control line with this name, as "=yend"? */
bool yenc_is(const char *line, size_t n, const char *name);

/* Decode one line of data (without stuffing and CR LF) into out, which has room for n octets. Returns their number. */
size_t yenc_decode(struct yenc *y, const char *line, size_t n, char *out);

/* Check the line =yend: size, crc and crc32 as far as they are given. EX_PROTOCOL if one does not fit the data. */
int yenc_check(const struct yenc *y, const char *line, size_t n, struct err *e);

#endif
