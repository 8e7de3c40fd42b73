#include "store/journal_record.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/u64set.h"

#define NUMBER DIGEST_BASE64(8) /* digits of a checksum, key or name id */
#define DIGEST (HEADER_DIGEST + 8)
#define FIXED  DIGEST_BASE64(DIGEST) /* digits of header and destination together */
#define NAME   64 /* octets of a hexadecimal part of a file name at most, both digits counted */

static uint64_t
hash_id(const void *p, size_t n)
{
	uint64_t h = hash_lasting(p, n);

	return h != 0 ? h : 1;
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static void
put_number(char *to, uint64_t v)
{
	unsigned char octets[8];

	u64set_octets(v, octets);
	digest_base64_to(to, octets, sizeof octets);
}

static bool
get_number(const char *p, uint64_t *v)
{
	unsigned char octets[8];

	if (!digest_unbase64_to(octets, p, sizeof octets))
		return false;
	*v = u64set_value(octets);
	return true;
}

/* ---- unique-ids ---------------------------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t
journal_record_encode_uid(const char *uid, size_t n, char out[JOURNAL_UID + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char d[DIGEST_SHA256];
	size_t len = 0, i;

	for (; n > 0 && is_blank(*uid); n--)
		uid++;
	while (n > 0 && is_blank(uid[n - 1]))
		n--;
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
	if (i < n) {
		out[0] = '#';
		digest_sha256(uid, n, d);
		len = 1 + digest_base64_to(out + 1, d, 16);
	}
	out[len] = '\0';
	return len;
}

uint64_t
journal_record_key(const char *encoded, size_t n)
{
	return hash_id(encoded, n);
}

/* ---- file names ---------------------------------------------------------------------------------- */

static bool
pack_part(const char *p, size_t n, char *to, size_t *len)
{
	unsigned char octets[NAME / 2];

	if (n == 0 || n > NAME || n % 2 != 0 || !digest_unhex(octets, p, n / 2))
		return false;
	to[(*len)++] = '.';
	*len += digest_base64_to(to + *len, octets, n / 2);
	return true;
}

/* The form of a file name in the line: "." and base64 for each of two hexadecimal parts, or "=" and the name. */
static void
pack_name(const char *name, size_t n, struct buf *out)
{
	char packed[2 * (1 + DIGEST_BASE64(NAME / 2))];
	const char *dot = memchr(name, '.', n);
	size_t len = 0, first = dot != NULL ? (size_t)(dot - name) : 0;

	if (dot != NULL && pack_part(name, first, packed, &len) &&
		pack_part(dot + 1, n - first - 1, packed, &len)) {
		buf_add(out, packed, len);
	} else {
		buf_addc(out, '=');
		buf_add(out, name, n);
	}
}

static bool
unpack_part(const char *p, size_t n, struct buf *out)
{
	unsigned char octets[NAME / 2];
	size_t len = n * 3 / 4;

	if (len > sizeof octets || !digest_unbase64_to(octets, p, len))
		return false;
	digest_hex(out, octets, len);
	return true;
}

bool
journal_record_name(const struct journal_record *r, struct buf *out)
{
	const char *p = r->field, *end = p + r->field_len, *dot;

	if (r->field_len == 0 || *p != '.') {
		buf_add(out, p + 1, r->field_len != 0 ? r->field_len - 1 : 0);
		return r->field_len > 1 && *p == '=';
	}
	p++;
	dot = memchr(p, '.', (size_t)(end - p));
	if (dot == NULL || !unpack_part(p, (size_t)(dot - p), out))
		return false;
	buf_addc(out, '.');
	return unpack_part(dot + 1, (size_t)(end - dot - 1), out);
}

uint64_t
journal_name_id(const char *name, size_t n)
{
	struct buf packed = {0};
	uint64_t id;

	pack_name(name, n, &packed);
	id = hash_id(packed.data, packed.len);
	buf_free(&packed);
	return id;
}

static void
put_name(const struct journal_record *r, struct buf *out)
{
	uint64_t id = r->name_id;

	if (r->kind == JOURNAL_PREPARED && r->field_len != 0) {
		buf_add(out, r->field, r->field_len);
	} else if (r->kind == JOURNAL_PREPARED && r->name_len != 0) {
		pack_name(r->name, r->name_len, out);
	} else if (id != 0 || r->name_len != 0) {
		put_number(buf_reserve(out, NUMBER),
			id != 0 ? id : journal_name_id(r->name, r->name_len));
		out->len += NUMBER;
	} else {
		buf_addc(out, '-');
	}
}

/* ---- lines --------------------------------------------------------------------------------------- */

static void
format_message(const struct journal_record *r, struct buf *out)
{
	unsigned char fixed[DIGEST];

	memcpy(fixed, r->header, HEADER_DIGEST);
	u64set_octets(r->dest, fixed + HEADER_DIGEST);
	out->len += digest_base64_to(buf_reserve(out, FIXED), fixed, sizeof fixed);
	buf_addu(out, r->size);
	buf_addc(out, ' ');
	put_name(r, out);
	buf_addc(out, ' ');
	if (r->kind != JOURNAL_PREPARED) {
		buf_addu(out, r->time > 0 ? (uint64_t)r->time : 0);
		buf_addc(out, ' ');
	}
	buf_add(out, r->uid, r->uid_len);
}

static void
format_others(const struct journal_record *r, struct buf *out)
{
	buf_addu(out, r->time > 0 ? (uint64_t)r->time : 0);
	buf_addc(out, ' ');
	for (size_t i = 0; i < r->nkeys; i++) {
		put_number(buf_reserve(out, NUMBER), r->keys[i]);
		out->len += NUMBER;
	}
	if (r->nkeys != 0)
		return;
	buf_addu(out, r->back);
	if (r->count != 0) {
		buf_addc(out, ' ');
		buf_addu(out, r->count);
	}
}

uint64_t
journal_record_format(const struct journal_record *r, struct buf *out)
{
	size_t start = out->len, text = start + NUMBER;
	uint64_t check;

	buf_reserve(out, JOURNAL_MAX);
	out->len = text;
	buf_addc(out, (char)r->kind);
	if (strchr("PSX", (char)r->kind) != NULL)
		format_message(r, out);
	else
		format_others(r, out);
	check = hash_lasting(out->data + text, out->len - text);
	if (r->kind == JOURNAL_COMMIT || r->kind == JOURNAL_VOID)
		check ^= r->sum;
	put_number(out->data + start, check);
	buf_addc(out, '\n');
	return check;
}

/* Split off the field before the next blank. NULL: none. */
static const char *
field(const char **p, const char *end, size_t *n)
{
	const char *from = *p, *blank = memchr(from, ' ', (size_t)(end - from));

	if (blank == NULL)
		return NULL;
	*n = (size_t)(blank - from);
	*p = blank + 1;
	return from;
}

static bool
number_field(const char **p, const char *end, uint64_t max, uint64_t *out)
{
	size_t n;
	const char *from = field(p, end, &n);

	return from != NULL && text_number(from, n, max, out);
}

static bool
parse_name(const char *p, size_t n, struct journal_record *r)
{
	if (n == 1 && *p == '-')
		return true;
	if (r->kind != JOURNAL_PREPARED)
		return n == NUMBER && get_number(p, &r->name_id);
	r->field = p;
	r->field_len = n;
	r->name_id = hash_id(p, n);
	return true;
}

static bool
parse_message(const char *p, const char *end, struct journal_record *r)
{
	unsigned char fixed[DIGEST];
	uint64_t time = 0;
	const char *name;
	size_t n;

	if ((size_t)(end - p) < FIXED || !digest_unbase64_to(fixed, p, sizeof fixed))
		return false;
	memcpy(r->header, fixed, HEADER_DIGEST);
	r->dest = u64set_value(fixed + HEADER_DIGEST);
	p += FIXED;
	if (!number_field(&p, end, UINT64_MAX, &r->size) || (name = field(&p, end, &n)) == NULL ||
		!parse_name(name, n, r))
		return false;
	if (r->kind != JOURNAL_PREPARED && !number_field(&p, end, INT64_MAX, &time))
		return false;
	r->time = (int64_t)time;
	r->uid = p;
	r->uid_len = (size_t)(end - p);
	return r->uid_len <= JOURNAL_UID;
}

static bool
parse_others(const char *p, const char *end, struct journal_record *r)
{
	const char *blank;
	uint64_t time;

	if (!number_field(&p, end, INT64_MAX, &time))
		return false;
	r->time = (int64_t)time;
	if (r->kind == JOURNAL_GONE || r->kind == JOURNAL_BACK) {
		r->key_text = p;
		r->nkeys = (size_t)(end - p) / NUMBER;
		return (size_t)(end - p) % NUMBER == 0;
	}
	blank = memchr(p, ' ', (size_t)(end - p));
	if (blank != NULL &&
		!text_number(blank + 1, (size_t)(end - blank - 1), UINT32_MAX, &r->count))
		return false;
	return text_number(p, (size_t)((blank != NULL ? blank : end) - p), UINT64_MAX, &r->back);
}

bool
journal_record_parse(const char *line, size_t n, struct journal_record *r)
{
	const char *text = line + NUMBER, *end = line + n;

	*r = (struct journal_record){0};
	if (n <= NUMBER || n >= JOURNAL_MAX || !get_number(line, &r->sum))
		return false;
	r->kind = (enum journal_record_kind) * text;
	switch (r->kind) {
	case JOURNAL_PREPARED:
	case JOURNAL_STORED:
	case JOURNAL_VOIDED:
		return r->sum == hash_lasting(text, (size_t)(end - text)) &&
		       parse_message(text + 1, end, r);
	case JOURNAL_GONE:
	case JOURNAL_BACK:
		return r->sum == hash_lasting(text, (size_t)(end - text)) &&
		       parse_others(text + 1, end, r);
	case JOURNAL_COMMIT:
	case JOURNAL_VOID:
		r->sum ^= hash_lasting(text, (size_t)(end - text));
		return parse_others(text + 1, end, r);
	}
	return false;
}

uint64_t
journal_record_read_key(const struct journal_record *r, size_t i)
{
	uint64_t v = 0;

	get_number(r->key_text + i * NUMBER, &v);
	return v;
}
