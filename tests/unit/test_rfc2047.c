/* Encoded words. */
#include "mail/rfc2047.h"

#include "check.h"
#include "mail/utf8.h"

static struct rfc2047 ctx;

static void
same_n(const char *in, size_t n, const char *want)
{
	struct buf out = {0};

	rfc2047_decode(&ctx, in, n, &out);
	CHECK_TEXT(buf_str(&out), want);
	CHECK(out.len == strlen(want));
	buf_free(&out);
}

static void
same(const char *in, const char *want)
{
	same_n(in, strlen(in), want);
}

/* The examples in the documentation of Python's decode_header. */
static void
python(void)
{
	same("Some subject", "Some subject");
	same("=?ISO-8859-15?Q?D=E9buter_en_Python?=", "D\xc3\xa9"
						      "buter en Python");
	same("Re: =?UTF-8?B?cHJvYmzDqG1lIGRlIG1hdHJpY2U=?=", "Re: probl\xc3\xa8me de matrice");
}

/* The examples of RFC 2047, section 8. */
static void
rfc(void)
{
	same("(=?ISO-8859-1?Q?a?=)", "(a)");
	same("(=?ISO-8859-1?Q?a?= b)", "(a b)");
	same("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)");
	same("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)");
	same("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)");
	same("(=?ISO-8859-1?Q?a_b?=)", "(a b)");
	same("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)");
	same("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore");
	same("=?utf-8*de-DE?q?gr=c3=bcn?=", "gr\xc3\xbcn");
	same("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
	     "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
		"If you can read this you understand the example.");
}

static void
joined(void)
{
	same("=?utf-8?Q?=C3?= =?UTF-8?B?qQ==?=x", "\xc3\xa9x");
	same("=?utf-8?Q?=C3?= =?iso-8859-1?Q?=E9?=", UTF8_BAD "\xc3\xa9");
	same("=?utf-8?Q?=C3?= x =?utf-8?Q?=A9?=", UTF8_BAD " x " UTF8_BAD);
	same("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab");
	same("=?utf-8?Q?a?= =?x-none?Q?b?= =?utf-8?Q?c?=", "a =?x-none?Q?b?= c");
	same("=?utf-8?Q?a?= =?utf-8?Q?b", "a =?utf-8?Q?b");
	same("=?utf-8?Q?a?= ", "a ");
	same("=?utf-8?Q?"
	     "?= =?utf-8?B?"
	     "?=",
		"");
	same("=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "\xe6\x97\xa5\xe6\x9c\xac");
	same("=?utf-16be?B?AGEA?= =?utf-16be?B?Yg==?=", "ab");
}

static void
broken(void)
{
	same("=?utf-8?Q?a=?=", "=?utf-8?Q?a=?=");
	same("=?utf-8?Q?=X1?=", "=?utf-8?Q?=X1?=");
	same("=?utf-8?X?abc?=", "=?utf-8?X?abc?=");
	same("=?utf-8?B?YW I=?=", "=?utf-8?B?YW I=?=");
	same("=?utf-8?Q?a\r\n b?=", "=?utf-8?Q?a\r\n b?=");
	same("=?utf-8?B?a?=", "=?utf-8?B?a?=");
	same("=?utf-8?B?!!!!?=", "=?utf-8?B?!!!!?=");
	same("=??Q?a?=", "=??Q?a?=");
	same("=?utf-8?Q?", "=?utf-8?Q?");
	same("=?utf-8", "=?utf-8");
	same("=?", "=?");
	same("=", "=");
	same("", "");
	same("=?=?utf-8?Q?a?=", "=?a");
	same("==?utf-8?Q?a?=", "=a");
	same("=?utf-8//IGNORE?Q?a?=", "=?utf-8//IGNORE?Q?a?=");
	same("=?utf-8?B?YWI?=", "ab");
	same("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?=");
	same("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?=");
}

static void
octets(void)
{
	same("caf\xc3\xa9", "caf\xc3\xa9");
	same("caf\xe9!", "caf" UTF8_BAD "!");
	same("\xe9 =?utf-8?Q?=E9x?= \xff", UTF8_BAD " " UTF8_BAD "x " UTF8_BAD);
	same("=?utf-8?Q?a=0D=0ABcc:_x=09y?=", "a  Bcc: x y");
	same("=?utf-8?Q?a=00=1B=7Fb?=", "a" UTF8_BAD UTF8_BAD UTF8_BAD "b");
	same("=?iso-8859-1?Q?a=81b?=", "a" UTF8_BAD "b");
	same("=?iso-8859-5?Q?a=85b?=", "a" UTF8_BAD "b");
	same("=?utf-8?Q?=E2=80=A8=E2=80=A9=C2=85?=", "  " UTF8_BAD);
	same("=?utf-7?Q?+AAo-?=", " ");
	same("=?euc-jp?Q?=C6=FC=C6?=", "\xe6\x97\xa5" UTF8_BAD);
	same("a\tb", "a\tb");
}

/* Blanks in a Q word, as some mailers write them. */
static void
blanks(void)
{
	same("=?utf-8?Q?a b?=", "a b");
	same("x =?utf-8?q?caf=C3=A9 au lait?= y", "x caf\xc3\xa9 au lait y");
	same("=?utf-8?Q?a b?= =?utf-8?Q? c?=", "a b c");
	same("=?utf-8?Q?a\tb?=", "a b");
	same("=?utf-8?Q? ?=", " ");
	same("=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b");
}

/* Labels of the WHATWG Encoding Standard. */
static void
labels(void)
{
	same("=?iso-8859-1?Q?=80=85=92?=", "\xe2\x82\xac\xe2\x80\xa6\xe2\x80\x99");
	same("=?us-ascii?Q?=E9x?=", "\xc3\xa9x");
	same("=?Latin1?Q?=E9?= =?windows-1252?Q?=E9?=", "\xc3\xa9\xc3\xa9");
	same("=?ks_c_5601-1987?Q?=C7=D1=8C=63?=", "\xed\x95\x9c\xeb\x98\xa0");
	same("=?x-sjis?Q?=93=FA=87=40?=", "\xe6\x97\xa5\xe2\x91\xa0");
	same("=?iso-8859-8-i?Q?=F9?=", "\xd7\xa9");
	same("=?iso-8859-8-E?Q?=F9?=", "\xd7\xa9");
	same("=?gb2312?Q?=C6=F4=81=40?=", "\xe5\x90\xaf\xe4\xb8\x82");
	same("=?GB_2312-80?Q?=D6=D0?=", "\xe4\xb8\xad");
	same("=?x-gbk?Q?=D6=D0?=", "\xe4\xb8\xad");
	same("=?iso-8859-9?Q?=FD=80?=", "\xc4\xb1\xe2\x82\xac");
	same("=?iso-8859-11?Q?=A1?=", "\xe0\xb8\x81");
	same("=?tis-620?Q?=A1?=", "\xe0\xb8\x81");
	same("=?x-mac-roman?Q?=8E?=", "\xc3\xa9");
	same("=?cp1251?Q?=C6?=", "\xd0\x96");
	same("=?koi8_r?Q?=D6?=", "\xd0\xb6");
	same("=?x-x-big5?Q?=A4=A4?=", "\xe4\xb8\xad");
	same("=?unicode-1-1-utf-8?Q?=C3=A9?=", "\xc3\xa9");
	same("=?utf-16?B?YQBiAA==?=", "ab");
	same("=?iso_8859-15?Q?=A4?=", "\xe2\x82\xac");
	/* Names that only iconv knows do not reach it. */
	same("=?IBM1047?Q?=81?=", "=?IBM1047?Q?=81?=");
	same("=?utf-8-mac?Q?a?=", "=?utf-8-mac?Q?a?=");
	CHECK(charset_find("") == -1 && charset_find("iso-8859-1 us-ascii") == -1);
}

/* At most one conversion for each set is open, whatever the words name. */
static void
bounded(void)
{
	static const char *const names[] = {"koi8-r", "KOI8_R", "cskoi8r", "koi", "koi8"};
	int open = 0;

	rfc2047_free(&ctx);
	for (unsigned i = 0; i < 1000; i++) {
		char in[100];

		snprintf(in, sizeof in, "=?%s?Q?=D6?= =?iso-8859-%u?Q?a?=", names[i % 5],
			i % 16 + 1);
		same(in, i % 16 == 11 ? "\xd0\xb6 =?iso-8859-12?Q?a?="
				      : "\xd0\xb6"
					"a");
	}
	for (int i = 0; i < CHARSETS; i++)
		open += ctx.charsets.to_utf8[i].open;
	CHECK(open == 16);
}

/* More charsets than are kept open, again and again. */
static void
many_charsets(void)
{
	static const char *const names[] = {"iso-8859-1", "koi8-r", "windows-1251", "iso-8859-5",
		"cp866", "iso-8859-15", "x-nobody"};

	for (unsigned i = 0; i < 100; i++) {
		char in[100], want[20];

		snprintf(in, sizeof in, "=?%s?Q?a?= =?%s?Q?b?=", names[i % 7], names[i * 3 % 6]);
		snprintf(want, sizeof want, "ab");
		if (i % 7 != 6)
			same(in, want);
	}
}

static void
utf8(void)
{
	struct buf out = {0};

	utf8_fix("a\0\xff\xc3\xa9\xc3", 6, &out);
	CHECK(out.len == 1 + 1 + 3 + 2 + 3 &&
		memcmp(out.data, "a\0" UTF8_BAD "\xc3\xa9" UTF8_BAD, 10) == 0);
	buf_clear(&out);
	utf8_fix("\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80", 9, &out);
	CHECK(out.len == 27);
	buf_clear(&out);
	utf8_fix("", 0, &out);
	CHECK(out.len == 0);
	buf_free(&out);
}

int
main(void)
{
	python();
	rfc();
	joined();
	broken();
	octets();
	blanks();
	labels();
	many_charsets();
	bounded();
	utf8();
	rfc2047_free(&ctx);
	same("=?iso-8859-1?Q?=E9?=", "\xc3\xa9");
	rfc2047_free(&ctx);
	return check_done();
}
