#include "base/json.h"

#include <string.h>

#include "base/terminal_escape.h"
#include "base/text.h"

/* Below 32, a quote, a backslash, or above 126. */
static bool
special(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 32 || u > 126 || c == '"' || c == '\\';
}

/* Copy 16 octets. Returns whether one of them is special. Compilers turn this loop into vector instructions. */
static bool
copy16(char *restrict to, const char *restrict p)
{
	unsigned char found = 0;

	for (size_t i = 0; i < 16; i++) {
		to[i] = p[i];
		found |= special(p[i]);
	}
	return found != 0;
}

/* Copy the plain octets that p begins with; `to` has room for all n. Returns their number. */
static size_t
copy_plain(char *to, const char *p, size_t n)
{
	size_t i = 0;

	while (n - i >= 16 && !copy16(to + i, p + i))
		i += 16;
	/* Load the last 16 octets, overlapping those already checked. */
	if (n - i < 16 && n >= 16 && !copy16(to + n - 16, p + n - 16))
		return n;
	for (; i < n && !special(p[i]); i++)
		to[i] = p[i];
	return i;
}

/* Write the octet or character that p begins with, escaped. Returns how many octets of p were used. */
static size_t
put_special(struct buf *b, const char *p, size_t n)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	size_t len = text_utf8_len(p, n);

	if (len == 0) {
		buf_adds(b, "\xef\xbf\xbd"); /* U+FFFD */
		return 1;
	}
	for (size_t i = 0; len == 1 && i < sizeof named - 1; i += 2)
		if (named[i] == *p) {
			buf_addc(b, '\\');
			buf_addc(b, named[i + 1]);
			return 1;
		}
	if (terminal_safe_char(p, len))
		buf_add(b, p, len);
	else
		buf_addf(b, "\\u%04x", (unsigned)terminal_code_point(p, len));
	return len;
}

/* The rest of a string from its first special octet on: plain runs and escapes alternate. */
static void
put_mixed(struct buf *b, const char *p, size_t n)
{
	while (n > 0) {
		size_t plain = copy_plain(buf_reserve(b, n), p, n);

		b->len += plain;
		p += plain;
		n -= plain;
		while (n > 0 && special(*p)) {
			size_t took = put_special(b, p, n);

			p += took;
			n -= took;
		}
	}
}

/* A comma if one is needed, a string, and the nbehind octets after it. Most strings are plain throughout. */
static void
put_string(struct json *j, const char *p, size_t n, const char *behind, size_t nbehind)
{
	struct buf *b = j->to;
	char *from = buf_reserve(b, n + 8), *to = from;
	size_t plain;

	if (j->need_comma) {
		*to++ = ',';
		*to++ = ' ';
	}
	*to++ = '"';
	plain = copy_plain(to, p, n);
	b->len += (size_t)(to - from) + plain;
	if (plain < n) {
		put_mixed(b, p + plain, n - plain);
		buf_add(b, behind, nbehind);
		return;
	}
	to += plain;
	memcpy(to, behind, nbehind);
	b->len += nbehind;
	to[nbehind] = '\0';
}

/* Write the comma before a value that is not a string, if one is needed. */
static void
comma(struct json *j)
{
	if (j->need_comma)
		buf_add(j->to, ", ", 2);
	j->need_comma = true;
}

void
json_open(struct json *j, char bracket)
{
	if (j->depth++ == 0) {
		j->record = j->to->len;
		j->need_comma = false;
	}
	comma(j);
	buf_addc(j->to, bracket);
	j->need_comma = false;
}

void
json_close(struct json *j, char bracket)
{
	buf_addc(j->to, bracket);
	j->depth--;
	j->need_comma = true;
}

void
json_key_n(struct json *j, const char *key, size_t n)
{
	put_string(j, key, n, "\": ", 3);
	j->need_comma = false;
}

void
json_ready_key(struct json *j, const struct json_key *key)
{
	size_t skip = j->need_comma ? 0 : 2;

	buf_add(j->to, key->text.data + skip, key->text.len - skip);
	j->need_comma = false;
}

void
json_key_make(struct json_key *key, const char *name, size_t n)
{
	struct json j = {.to = &key->text, .need_comma = true};

	buf_clear(&key->text);
	json_key_n(&j, name, n);
}

void
json_key_free(struct json_key *key)
{
	buf_free(&key->text);
}

void
json_key(struct json *j, const char *key)
{
	json_key_n(j, key, strlen(key));
}

void
json_str(struct json *j, const char *p, size_t n)
{
	put_string(j, p, n, "\"", 1);
	j->need_comma = true;
}

void
json_s(struct json *j, const char *s)
{
	if (s == NULL)
		json_null(j);
	else
		json_str(j, s, strlen(s));
}

void
json_string_begin(struct json *j)
{
	comma(j);
	buf_addc(j->to, '"');
}

void
json_string_end(struct json *j)
{
	buf_addc(j->to, '"');
}

void
json_key_s(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_s(j, s);
}

void
json_num(struct json *j, const char *digits, size_t n)
{
	uint64_t v;

	if (text_number(digits, n, INT64_MAX, &v))
		json_u(j, v);
	else
		json_null(j);
}

void
json_u(struct json *j, uint64_t v)
{
	comma(j);
	buf_addu(j->to, v);
}

void
json_null(struct json *j)
{
	comma(j);
	buf_adds(j->to, "null");
}

void
json_bool(struct json *j, bool v)
{
	comma(j);
	buf_adds(j->to, v ? "true" : "false");
}

void
json_end_line(struct json *j)
{
	buf_addc(j->to, '\n');
	j->depth = 0;
	j->need_comma = false;
}

void
json_drop(struct json *j)
{
	if (j->depth == 0)
		return;
	j->depth = 0;
	j->need_comma = false;
	j->to->len = j->record;
	j->to->data[j->record] = '\0';
}
