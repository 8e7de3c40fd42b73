/*
 * domain: characters that make a domain name ambiguous.
 *
 * IDNA (RFC 5895, UTS 46) maps full-width letters, ideographic dots and U+FF20 to ASCII, and drops soft hyphens and
 * zero-width characters. So a program that applies this mapping and one that does not would send to different hosts;
 * mailnet refuses such names. Non-ASCII upper case and decomposed characters are accepted.
 */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first ambiguous character in n octets of UTF-8; 0: none. Octets that are not UTF-8 are skipped. */
uint32_t domain_unsafe(const char *p, size_t n);

#endif
