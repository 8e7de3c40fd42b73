/*
 * domain: characters that make a domain name ambiguous.
 *
 * IDNA (RFC 5895, UTS 46) maps full-width letters, ideographic dots and U+FF20 to ASCII, and drops soft
 * hyphens and zero-width characters: a program that maps such a name and one that compares it see two names.
 * mailnet refuses it. Upper case beyond ASCII is fine, and so is a form that is composed otherwise.
 */
#ifndef MAIL_DOMAIN_H
#define MAIL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first such character in n octets of UTF-8; 0: there is none. Octets that are not UTF-8 are skipped. */
uint32_t domain_unsafe(const char *p, size_t n);

#endif
