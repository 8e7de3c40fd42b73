#include "mail/charset.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

/* For each set: its names for iconv, of which the first known one is used, and its labels; separated by blanks. */
static const struct {
	const char *iconv, *labels;
} sets[] = {
	{"UTF-8", "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"},
	{"WINDOWS-1252 CP1252",
		"iso-8859-1 us-ascii windows-1252 ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 "
		"ibm819 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 "
		"x-cp1252"},
	{"CP866 IBM866", "866 cp866 csibm866 ibm866"},
	{"ISO-8859-2", "iso-8859-2 csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
		       "iso_8859-2:1987 l2 latin2"},
	{"ISO-8859-3", "iso-8859-3 csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 "
		       "iso_8859-3:1988 l3 latin3"},
	{"ISO-8859-4", "iso-8859-4 csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 "
		       "iso_8859-4:1988 l4 latin4"},
	{"ISO-8859-5", "iso-8859-5 csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 "
		       "iso_8859-5 iso_8859-5:1988"},
	{"ISO-8859-6", "iso-8859-6 arabic asmo-708 csiso88596e csiso88596i csisolatinarabic "
		       "ecma-114 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 "
		       "iso_8859-6 iso_8859-6:1987"},
	{"ISO-8859-7", "iso-8859-7 csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 "
		       "iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
	{"ISO-8859-8", "iso-8859-8 csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-ir-138 "
		       "iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i "
		       "iso-8859-8-i logical"},
	{"ISO-8859-10", "iso-8859-10 csisolatin6 iso-ir-157 iso8859-10 iso885910 iso_8859-10 l6 "
			"latin6"},
	{"ISO-8859-13", "iso-8859-13 iso8859-13 iso885913 iso_8859-13"},
	{"ISO-8859-14", "iso-8859-14 iso8859-14 iso885914 iso_8859-14"},
	{"ISO-8859-15",
		"iso-8859-15 csisolatin9 iso8859-15 iso885915 iso_8859-15 l9 latin9 latin-9"},
	{"ISO-8859-16", "iso-8859-16 iso8859-16 iso885916 iso_8859-16"},
	{"KOI8-R", "koi8-r cskoi8r koi koi8 koi8_r"},
	{"KOI8-U", "koi8-u koi8-ru"},
	{"MACINTOSH", "macintosh csmacintosh mac x-mac-roman"},
	{"WINDOWS-874 CP874", "windows-874 dos-874 iso-8859-11 iso8859-11 iso885911 tis-620"},
	{"WINDOWS-1250 CP1250", "windows-1250 cp1250 x-cp1250"},
	{"WINDOWS-1251 CP1251", "windows-1251 cp1251 x-cp1251"},
	{"WINDOWS-1253 CP1253", "windows-1253 cp1253 x-cp1253"},
	{"WINDOWS-1254 CP1254",
		"windows-1254 iso-8859-9 cp1254 csisolatin5 iso-ir-148 iso8859-9 iso88599 "
		"iso_8859-9 iso_8859-9:1989 l5 latin5 x-cp1254"},
	{"WINDOWS-1255 CP1255", "windows-1255 cp1255 x-cp1255"},
	{"WINDOWS-1256 CP1256", "windows-1256 cp1256 x-cp1256"},
	{"WINDOWS-1257 CP1257", "windows-1257 cp1257 x-cp1257"},
	{"WINDOWS-1258 CP1258", "windows-1258 cp1258 x-cp1258"},
	{"MAC-CYRILLIC", "x-mac-cyrillic x-mac-ukrainian"},
	{"GB18030 GBK", "gb2312 gbk gb18030 chinese csgb2312 csiso58gb231280 gb_2312 gb_2312-80 "
			"iso-ir-58 x-gbk cp936 ms936 windows-936 euc-cn"},
	{"BIG5-HKSCS BIG5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950"},
	{"EUC-JP-MS EUC-JP", "euc-jp cseucpkdfmtjapanese x-euc-jp"},
	{"ISO-2022-JP", "iso-2022-jp csiso2022jp"},
	{"CP932 WINDOWS-31J SHIFT_JIS",
		"shift_jis csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis cp932"},
	{"UHC CP949 EUC-KR", "euc-kr ks_c_5601-1987 cseuckr csksc56011987 iso-ir-149 korean "
			     "ks_c_5601-1989 ksc5601 ksc_5601 windows-949 cp949"},
	{"UTF-16BE", "utf-16be unicodefffe"},
	{"UTF-16LE", "utf-16le utf-16 csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff"},
	/* Sets that the WHATWG standard does not have. */
	{"UTF-7", "utf-7 unicode-1-1-utf-7"},
	{"ISO-2022-KR", "iso-2022-kr csiso2022kr"},
	{"ISO-2022-CN", "iso-2022-cn iso-2022-cn-ext"},
	{"ISO-2022-JP-2", "iso-2022-jp-2 csiso2022jp2"},
	{"IBM437 CP437", "ibm437 cp437"},
	{"IBM850 CP850", "ibm850 cp850"},
	{"IBM852 CP852", "ibm852 cp852"},
	{"VISCII", "viscii"},
};

#define N_SETS ((int)(sizeof sets / sizeof sets[0]))
_Static_assert(sizeof sets / sizeof sets[0] <= CHARSETS, "a place for each set");

int
charset_find(const char *label)
{
	for (int i = 0; i < N_SETS; i++) {
		const char *p = sets[i].labels, *end = p + strlen(p), *word;
		size_t n;

		while ((word = text_word(&p, end, &n)) != NULL)
			if (text_same_n(word, n, label))
				return i;
	}
	return -1;
}

static iconv_t
open_one(const char *names)
{
	const char *p = names, *end = names + strlen(names), *word;
	iconv_t cd = (iconv_t)-1;
	size_t n;

	while (cd == (iconv_t)-1 && (word = text_word(&p, end, &n)) != NULL) {
		char name[32];

		memcpy(name, word, n);
		name[n] = '\0';
		cd = iconv_open("UTF-8", name);
	}
	return cd;
}

iconv_t *
charset_open(struct charsets *c, int set)
{
	if (!c->to_utf8[set].tried) {
		c->to_utf8[set].tried = true;
		c->to_utf8[set].cd = open_one(sets[set].iconv);
		c->to_utf8[set].open = c->to_utf8[set].cd != (iconv_t)-1;
	}
	return c->to_utf8[set].open ? &c->to_utf8[set].cd : NULL;
}

void
charset_close(struct charsets *c)
{
	for (int i = 0; i < N_SETS; i++)
		if (c->to_utf8[i].open)
			iconv_close(c->to_utf8[i].cd);
	*c = (struct charsets){0};
}
