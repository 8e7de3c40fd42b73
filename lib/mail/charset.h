/*
 * charset: the character sets of encoded words, by the labels that mail programs write.
 *
 * Labels mean what the WHATWG Encoding Standard has them mean, since senders write the name of a set and
 * use its superset (iso-8859-1 is windows-1252, gb2312 is GBK, ks_c_5601-1987 is windows-949). To these come
 * a few sets of mail that the standard leaves out (UTF-7, ISO-2022-KR). No other name reaches iconv, so that a
 * sender cannot have modules loaded at will.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <iconv.h>
#include <stdbool.h>

#define CHARSETS     56 /* more than there are: bounds the conversions of a struct charsets */
#define CHARSET_UTF8 0

/* The set (below CHARSETS) of a label, in any case; -1: unknown. */
int charset_find(const char *label);

/* Conversions to UTF-8, each opened at its first use. `struct charsets c = {0};` is ready. */
struct charsets {
	struct {
		bool tried, open;
		iconv_t cd;
	} to_utf8[CHARSETS];
};

/* The conversion of a set other than CHARSET_UTF8; NULL: this C library does not have it. Borrowed. */
iconv_t *charset_open(struct charsets *c, int set);

/* Close all conversions; the struct is ready again. */
void charset_close(struct charsets *c);

#endif
