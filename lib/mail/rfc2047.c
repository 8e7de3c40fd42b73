#include "mail/rfc2047.h"

#include <errno.h>
#include <string.h>

#include "base/bsd.h"
#include "base/digest.h"
#include "base/text.h"
#include "mail/utf8.h"

/* The parts of an encoded word, not yet decoded. */
struct word {
	char label[RFC2047_LABEL_MAX];
	char encoding;          /* 'b' or 'q' */
	const char *text, *end; /* the encoded text; the end of the word, after its "?=" */
	size_t len;             /* of text */
};

static bool
is_alnum(char c)
{
	char l = text_lower(c);

	return text_is_digit(c) || (l >= 'a' && l <= 'z');
}

/* Skip a "?"; false: there is none. */
static bool
question(const char **p, const char *end)
{
	return *p < end && *(*p)++ == '?';
}

/* Parse: charset ["*" language] "?" (RFC 2231, section 5). */
static bool
parse_charset(struct word *w, const char **p, const char *end)
{
	const char *from = *p;
	size_t n;

	while (*p < end && (is_alnum(**p) || memchr("-_.:+()", **p, 7) != NULL))
		++*p;
	n = (size_t)(*p - from);
	if (n == 0 || n >= sizeof w->label)
		return false;
	memcpy(w->label, from, n);
	w->label[n] = '\0';
	if (*p < end && **p == '*')
		for (++*p; *p < end && (is_alnum(**p) || **p == '-');)
			++*p;
	return question(p, end);
}

/* Is c allowed in encoded text? Blanks are accepted in Q, since some mailers do not write them as "_". */
static bool
is_encoded(char c, char encoding)
{
	return (c > 32 && c < 127 && c != '?') || (encoding == 'q' && (c == ' ' || c == '\t'));
}

/* Parse the word at p, which begins with "=?". */
static bool
parse_word(struct word *w, const char *p, const char *end)
{
	p += 2;
	if (!parse_charset(w, &p, end) || p == end)
		return false;
	w->encoding = text_lower(*p++);
	if ((w->encoding != 'b' && w->encoding != 'q') || !question(&p, end))
		return false;
	for (w->text = p; p < end && is_encoded(*p, w->encoding); p++)
		;
	w->len = (size_t)(p - w->text);
	w->end = p + 2;
	return end - p >= 2 && p[0] == '?' && p[1] == '=';
}

/* RFC 2047, section 4.2. */
static bool
decode_q(struct buf *out, const char *p, size_t n)
{
	for (const char *end = p + n; p < end; p++) {
		if (*p != '=') {
			buf_addc(out, *p == '_' ? ' ' : *p);
			continue;
		}
		if (end - p < 3 || text_hex_digit(p[1]) < 0 || text_hex_digit(p[2]) < 0)
			return false;
		buf_addc(out, (char)(text_hex_digit(p[1]) * 16 + text_hex_digit(p[2])));
		p += 2;
	}
	return true;
}

/* RFC 2047, section 4.1. Missing padding, a common fault, is accepted. */
static bool
decode_b(struct buf *out, struct buf *tmp, const char *p, size_t n)
{
	if (n % 4 == 0)
		return digest_unbase64(out, p, n);
	buf_clear(tmp);
	buf_add(tmp, p, n);
	while (tmp->len % 4 != 0)
		buf_addc(tmp, '=');
	return digest_unbase64(out, tmp->data, tmp->len);
}

/* The number of the set with this label; -1: unknown, or the C library cannot convert it. */
static int
find_set(struct rfc2047 *c, const char *label)
{
	if (!text_same(c->label, label)) {
		strlcpy(c->label, label, sizeof c->label);
		c->label_set = charset_find(label);
		if (c->label_set > CHARSET_UTF8 && charset_open(&c->charsets, c->label_set) == NULL)
			c->label_set = -1;
	}
	return c->label_set;
}

/* Call iconv once and add its output to text. in NULL: end the conversion and return to the initial state. */
static size_t
convert_some(iconv_t cd, char **in, size_t *left, struct buf *text)
{
	char *to = buf_reserve(text, 512);
	size_t room = 512, r;

	r = iconv(cd, in, left, &to, &room);
	text->len += 512 - room;
	return r;
}

/* Convert the octets in raw to UTF-8, into c->text. */
static void
convert(struct rfc2047 *c)
{
	iconv_t cd = *charset_open(&c->charsets, c->open - 1);
	char *in = c->raw.data;
	size_t left = c->raw.len;

	buf_clear(&c->text);
	while (left != 0) {
		size_t before = left, written = c->text.len;
		size_t r = convert_some(cd, &in, &left, &c->text);

		if (r != (size_t)-1 || (errno == E2BIG && (left < before || c->text.len > written)))
			continue;
		if (left != 0) {
			buf_adds(&c->text, UTF8_BAD);
			in++;
			left--;
		}
	}
	convert_some(cd, NULL, NULL, &c->text);
}

/* Add the decoded words in raw to out, as UTF-8. */
static void
flush(struct rfc2047 *c, struct buf *out)
{
	if (c->open == 0)
		return;
	if (c->open - 1 == CHARSET_UTF8) {
		utf8_fix_line(c->raw.data, c->raw.len, out);
	} else if (c->raw.len != 0) {
		convert(c);
		utf8_fix_line(c->text.data, c->text.len, out);
	}
	buf_clear(&c->raw);
	c->open = 0;
}

/* Decode the word at p into c->word. Returns its set; -1: it cannot be decoded and stays unchanged. */
static int
decode_word(struct rfc2047 *c, struct word *w, const char *p, const char *end)
{
	int set = parse_word(w, p, end) ? find_set(c, w->label) : -1;
	bool ok;

	if (set == -1)
		return -1;
	buf_clear(&c->word);
	ok = w->encoding == 'q' ? decode_q(&c->word, w->text, w->len)
				: decode_b(&c->word, &c->text, w->text, w->len);
	return ok ? set : -1;
}

static bool
all_space(const char *p, const char *end)
{
	while (p < end && text_is_space(*p))
		p++;
	return p == end;
}

/* The next "=?" from p on; end: there is none. */
static const char *
find_word(const char *p, const char *end)
{
	while ((p = memchr(p, '=', (size_t)(end - p))) != NULL && end - p > 1 && p[1] != '?')
		p++;
	return p != NULL && end - p > 1 ? p : end;
}

void
rfc2047_decode(struct rfc2047 *c, const char *p, size_t n, struct buf *out)
{
	const char *end = n != 0 ? p + n : p, *raw = p; /* raw: the first octet not yet written */
	struct word w;

	if (n == 0)
		return;
	for (p = find_word(p, end); p < end; p = find_word(p, end)) {
		int set = decode_word(c, &w, p, end);

		if (set == -1) {
			p += 2;
			continue;
		}
		if (c->open == 0 || !all_space(raw, p)) {
			flush(c, out);
			utf8_fix(raw, (size_t)(p - raw), out);
		} else if (c->open != set + 1) {
			flush(c, out);
		}
		c->open = set + 1;
		buf_add(&c->raw, c->word.data, c->word.len);
		p = raw = w.end;
	}
	flush(c, out);
	utf8_fix(raw, (size_t)(end - raw), out);
}

void
rfc2047_free(struct rfc2047 *c)
{
	charset_close(&c->charsets);
	buf_free(&c->raw);
	buf_free(&c->word);
	buf_free(&c->text);
	*c = (struct rfc2047){0};
}
