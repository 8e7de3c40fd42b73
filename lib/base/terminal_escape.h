/*
 * terminal_escape: escape untrusted octets for a terminal.
 *
 * Controls and octets that are not text become vis(3) escapes. After terminal_set_utf8(true), UTF-8 is kept, except
 * C1 controls and the characters that change the direction of a line (UAX #9).
 */
#ifndef BASE_TERMINAL_ESCAPE_H
#define BASE_TERMINAL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Does the user's terminal show UTF-8? One value for the process, since all output goes to that user; initially false. */
void terminal_set_utf8(bool utf8);

/* The code point of one well-formed UTF-8 sequence of n octets (text_utf8_len). */
uint32_t terminal_code_point(const char *p, size_t n);

/* May this character be written to a terminal unescaped? */
bool terminal_safe_char(const char *p, size_t n);

/* Append n octets of p, made visible; those in keep ("\n\t") pass. */
void terminal_escape(struct buf *b, const char *p, size_t n, const char *keep);

#endif
