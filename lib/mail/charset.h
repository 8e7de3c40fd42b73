/*
 * charset: the character sets of encoded words, found by their labels.
 *
 * Labels have the meaning of the WHATWG Encoding Standard, since senders write the name of one set and use its superset
 * (iso-8859-1 is windows-1252, gb2312 is GBK, ks_c_5601-1987 is windows-949). A few sets of mail that the standard does
 * not have are added (UTF-7, ISO-2022-KR). Only these names are passed to iconv: otherwise a sender could choose which
 * iconv modules are loaded.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <iconv.h>
#include <stdbool.h>

#define CHARSETS     56 /* room for all sets; sets are numbered from 0 */
#define CHARSET_UTF8 0

/* The number of the set with this label, compared in any case; -1: unknown. */
int charset_find(const char *label);

/* Conversions to UTF-8, each opened at its first use. `struct charsets c = {0};` is ready. */
struct charsets {
	struct {
		bool tried, open;
		iconv_t cd;
	} to_utf8[CHARSETS];
};

/* The conversion of a set other than CHARSET_UTF8, borrowed from c; NULL: the C library does not have it. */
iconv_t *charset_open(struct charsets *c, int set);

/* Close all conversions; the struct is ready again. */
void charset_close(struct charsets *c);

#endif
