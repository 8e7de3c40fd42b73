/*
 * journal_v1: read a line of a journal of the first version, which journal_open converts. Declared in
 * journal_record.h.
 *
 *	CHECKSUM KIND TIME SIZE HEADER DEST NAME =UID
 *
 * The checksum covers the rest of the line. Numbers are decimal, digests hexadecimal.
 */
#include "store/journal_record.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "store/u64set.h"

#define CHECK 16  /* hexadecimal digits of the checksum */
#define UID   512 /* octets of an encoded UID at most */

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

	return w != NULL && n == 2 * octets && digest_unhex(out, w, octets);
}

static bool
is_blank(const char *p)
{
	return memcmp(p, "%20", 3) == 0 || memcmp(p, "%09", 3) == 0;
}

/* The key as the first version made it: blanks at both ends, which are in very old files, do not count. */
static uint64_t
key_of(const char *encoded, size_t n)
{
	for (; n >= 3 && is_blank(encoded); n -= 3)
		encoded += 3;
	while (n >= 3 && is_blank(encoded + n - 3))
		n -= 3;
	return u64set_hash(encoded, n);
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Encode anew a UID from the file: a digest is shortened, another UID is decoded first. */
static bool
encode_again(const char *p, size_t n, struct journal_record *r, char out[JOURNAL_UID + 1])
{
	unsigned char digest[16];
	char uid[UID];
	size_t len = 0;

	r->uid = out;
	if (n == 1 + 2 * DIGEST_SHA256 && *p == '#') {
		if (!digest_unhex(digest, p + 1, sizeof digest))
			return false;
		out[0] = '#';
		r->uid_len = 1 + digest_base64_to(out + 1, digest, sizeof digest);
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		int hi = -1, lo = -1;

		if (p[i] == '%' && n - i > 2 && (hi = hex(p[i + 1])) >= 0)
			lo = hex(p[i + 2]);
		i += lo >= 0 ? 2 : 0;
		uid[len++] = lo >= 0 ? (char)(hi << 4 | lo) : p[i];
	}
	r->uid_len = journal_record_encode_uid(uid, len, out);
	return true;
}

bool
journal_v1_parse(const char *line, size_t n, struct journal_record *r, char uid[JOURNAL_UID + 1])
{
	const char *p = line + CHECK + 1, *end = line + n, *w;
	unsigned char check[8], dest[8];
	uint64_t time;

	*r = (struct journal_record){0};
	if (n < CHECK + 2 || n >= JOURNAL_MAX || line[CHECK] != ' ' ||
		!digest_unhex(check, line, sizeof check) ||
		u64set_value(check) != u64set_hash(p, (size_t)(end - p)))
		return false;
	w = text_word(&p, end, &n);
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
	r->name_id = r->name_len != 0 ? journal_name_id(r->name, r->name_len) : 0;
	w = text_word(&p, end, &n);
	if (w == NULL || *w != '=' || n - 1 > UID || p != end)
		return false;
	if (r->kind == JOURNAL_GONE || r->kind == JOURNAL_BACK)
		r->key = r->dest;
	else if (n > 1)
		r->key = key_of(w + 1, n - 1);
	return encode_again(w + 1, n - 1, r, uid);
}
