#include "wire/yenc.h"

#include <string.h>
#include <zlib.h>

#include "base/text.h"

bool
yenc_is(const char *line, size_t n, const char *name)
{
	size_t len = strlen(name);

	return n >= len && memcmp(line, name, len) == 0 && (n == len || line[len] == ' ');
}

size_t
yenc_decode(struct yenc *y, const char *line, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!y->escaped && line[i] == '=') {
			y->escaped = true;
			continue;
		}
		out[len++] = (char)(unsigned char)(line[i] - (y->escaped ? 42 + 64 : 42));
		y->escaped = false;
	}
	y->crc = (uint32_t)crc32(y->crc, (const unsigned char *)out, (unsigned)len);
	y->octets += len;
	return len;
}

/* The value of key=VALUE in the line, its length in *len; NULL if the line does not have the key. */
static const char *
value_of(const char *line, size_t n, const char *key, size_t *len)
{
	const char *p = line, *end = line + n, *word;
	size_t klen = strlen(key);

	while ((word = text_word(&p, end, len)) != NULL)
		if (*len > klen && memcmp(word, key, klen) == 0 && word[klen] == '=') {
			*len -= klen + 1;
			return word + klen + 1;
		}
	return NULL;
}

static bool
hex_number(const char *p, size_t n, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		char c = text_lower(p[i]);

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		*out = *out << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return n > 0 && n <= 16;
}

int
yenc_check(const struct yenc *y, const char *line, size_t n, struct err *e)
{
	static const char *const keys[] = {"crc32", "crc"};
	const char *value;
	uint64_t number;
	size_t len;

	/* A server that encodes while it reads may not know the size: "size=-1". */
	value = value_of(line, n, "size", &len);
	if (value != NULL && text_number(value, len, INT64_MAX, &number) && number != y->octets)
		return err_set(e, EX_PROTOCOL, "yEnc: %ju octets instead of %ju",
			(uintmax_t)y->octets, (uintmax_t)number);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		value = value_of(line, n, keys[i], &len);
		if (value != NULL && (!hex_number(value, len, &number) || number != y->crc))
			return err_set(e, EX_PROTOCOL, "yEnc: wrong checksum (CRC-32)");
	}
	return 0;
}
