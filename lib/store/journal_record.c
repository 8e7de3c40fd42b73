#include "store/journal_record.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "store/u64set.h"

#define CHECK 16 /* hexadecimal digits of the checksum */

size_t
journal_record_encode_uid(const char *uid, size_t n, char out[JOURNAL_UID + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char d[DIGEST_SHA256];
	size_t len = 0, i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)uid[i];
		bool plain = c > ' ' && c < 127 && c != '%' && c != '#';

		if (len + (plain ? 1 : 3) > JOURNAL_UID)
			break;
		if (plain) {
			out[len++] = (char)c;
		} else {
			out[len++] = '%';
			out[len++] = digits[c >> 4];
			out[len++] = digits[c & 15];
		}
	}
	out[len] = '\0';
	if (i == n)
		return len;
	out[0] = '#';
	digest_sha256(uid, n, d);
	digest_hex_to(out + 1, d, sizeof d);
	return 1 + 2 * sizeof d;
}

static bool
is_blank(const char *p)
{
	return memcmp(p, "%20", 3) == 0 || memcmp(p, "%09", 3) == 0;
}

uint64_t
journal_record_key(const char *encoded, size_t n)
{
	for (; n >= 3 && is_blank(encoded); n -= 3)
		encoded += 3;
	while (n >= 3 && is_blank(encoded + n - 3))
		n -= 3;
	return u64set_hash(encoded, n);
}

/* Write the checksum of n octets of text, and a blank after it. */
static void
put_check(char *to, const char *text, size_t n)
{
	unsigned char d[DIGEST_SHA256];

	digest_sha256(text, n, d);
	digest_hex_to(to, d, CHECK / 2);
	to[CHECK] = ' ';
}

void
journal_record_format(const struct journal_record *r, struct buf *out)
{
	size_t start = out->len, text = start + CHECK + 1;
	unsigned char dest[8];

	buf_reserve(out, JOURNAL_MAX);
	out->len = text;
	buf_addc(out, (char)r->kind);
	buf_addc(out, ' ');
	buf_addu(out, r->time > 0 ? (uint64_t)r->time : 0);
	buf_addc(out, ' ');
	buf_addu(out, r->size);
	buf_addc(out, ' ');
	digest_hex(out, r->header, HEADER_DIGEST);
	buf_addc(out, ' ');
	u64set_octets(r->dest, dest);
	digest_hex(out, dest, sizeof dest);
	buf_addc(out, ' ');
	if (r->name_len != 0)
		buf_add(out, r->name, r->name_len);
	else
		buf_addc(out, '-');
	buf_adds(out, " =");
	buf_add(out, r->uid, r->uid_len);
	put_check(out->data + start, out->data + text, out->len - text);
	buf_addc(out, '\n');
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_hex(const char *p, size_t n, unsigned char *out)
{
	for (size_t i = 0; i < n; i += 2) {
		int hi = hex_digit(p[i]), lo = hex_digit(p[i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i / 2] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

static bool
word_number(const char **p, const char *end, uint64_t max, uint64_t *out)
{
	size_t n;
	const char *w = text_word(p, end, &n);

	return w != NULL && text_number(w, n, max, out);
}

static bool
word_hex(const char **p, const char *end, size_t octets, unsigned char *out)
{
	size_t n;
	const char *w = text_word(p, end, &n);

	return w != NULL && n == 2 * octets && read_hex(w, n, out);
}

/* Parse the fields after the checksum. */
static bool
parse_fields(const char *p, const char *end, struct journal_record *r)
{
	unsigned char dest[8];
	uint64_t time;
	size_t n;
	const char *w = text_word(&p, end, &n);

	if (w == NULL || n != 1 || strchr("PSVGBX", *w) == NULL)
		return false;
	r->kind = (enum journal_record_kind) * w;
	if (!word_number(&p, end, INT64_MAX, &time) ||
		!word_number(&p, end, UINT64_MAX, &r->size) ||
		!word_hex(&p, end, HEADER_DIGEST, r->header) ||
		!word_hex(&p, end, sizeof dest, dest))
		return false;
	r->time = (int64_t)time;
	r->dest = u64set_value(dest);
	r->name = text_word(&p, end, &r->name_len);
	if (r->name == NULL)
		return false;
	if (r->name_len == 1 && *r->name == '-')
		r->name_len = 0;
	w = text_word(&p, end, &n);
	if (w == NULL || *w != '=' || n - 1 > JOURNAL_UID || p != end)
		return false;
	r->uid = w + 1;
	r->uid_len = n - 1;
	r->key = 0;
	return true;
}

bool
journal_record_parse(const char *line, size_t n, struct journal_record *r)
{
	unsigned char check[8];

	if (n < CHECK + 2 || n >= JOURNAL_MAX || line[CHECK] != ' ' ||
		!read_hex(line, CHECK, check) ||
		u64set_value(check) != u64set_hash(line + CHECK + 1, n - CHECK - 1))
		return false;
	return parse_fields(line + CHECK + 1, line + n, r);
}
