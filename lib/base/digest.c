#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/mem.h"

struct digest {
	gnutls_hash_hd_t h;
};

struct digest *
digest_begin(void)
{
	struct digest *d = mem_alloc(sizeof *d);

	if (gnutls_hash_init(&d->h, GNUTLS_DIG_SHA256) != 0)
		abort(); /* every GnuTLS has SHA-256 */
	return d;
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	gnutls_hash(d->h, p, n);
}

void
digest_end(struct digest *d, unsigned char out[DIGEST_SHA256])
{
	gnutls_hash_deinit(d->h, out);
	free(d);
}

void
digest_sha256(const void *p, size_t n, unsigned char out[DIGEST_SHA256])
{
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, p, n, out) != 0)
		abort();
}

void
digest_md5(const void *p, size_t n, unsigned char out[DIGEST_MD5])
{
	/* FIPS mode forbids MD5. Lax mode permits it for APOP (RFC 1939, section 7). */
	GNUTLS_FIPS140_SET_LAX_MODE();
	if (gnutls_hash_fast(GNUTLS_DIG_MD5, p, n, out) != 0)
		abort();
	GNUTLS_FIPS140_SET_STRICT_MODE();
}

void
digest_hex_to(char *to, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[b[i] >> 4];
		*to++ = digits[b[i] & 15];
	}
	*to = '\0';
}

void
digest_hex(struct buf *out, const void *p, size_t n)
{
	digest_hex_to(buf_reserve(out, 2 * n), p, n);
	out->len += 2 * n;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
digest_base64_to(char *to, const void *p, size_t n)
{
	const unsigned char *b = p;
	size_t at = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0) |
			     (i + 2 < n ? b[i + 2] : 0);

		to[at++] = base64_digits[v >> 18];
		to[at++] = base64_digits[v >> 12 & 63];
		if (i + 1 < n)
			to[at++] = base64_digits[v >> 6 & 63];
		if (i + 2 < n)
			to[at++] = base64_digits[v & 63];
	}
	return at;
}

void
digest_base64(struct buf *out, const void *p, size_t n)
{
	out->len += digest_base64_to(buf_reserve(out, n / 3 * 4 + 4), p, n);
	out->data[out->len] = '\0';
	for (size_t pad = n % 3; pad % 3 != 0; pad++)
		buf_addc(out, '=');
}

/* The value of each base64 digit, plus 1; 0: another character. */
static const unsigned char *
base64_values(void)
{
	static unsigned char value[256];

	for (unsigned char i = 0; value['/'] == 0 && i < 64; i++)
		value[(unsigned char)base64_digits[i]] = i + 1;
	return value;
}

/* The value of n digits, 2 to 4; an invalid one sets bits above those of the others. */
static unsigned
base64_group(const unsigned char *value, const char *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 6 | (value[(unsigned char)p[i]] - 1u);
	return v;
}

bool
digest_unbase64_to(void *to, const char *p, size_t n)
{
	const unsigned char *value = base64_values();
	unsigned char *b = to;
	unsigned bad = 0, v;

	for (; n >= 3; n -= 3, p += 4) {
		v = base64_group(value, p, 4);
		bad |= v >> 24;
		*b++ = (unsigned char)(v >> 16);
		*b++ = (unsigned char)(v >> 8);
		*b++ = (unsigned char)v;
	}
	if (n != 0) {
		unsigned spare = n == 1 ? 4 : 2; /* bits, which are 0 */

		v = base64_group(value, p, n + 1);
		bad |= v >> 6 * (n + 1) | (v & ((1u << spare) - 1));
		v >>= spare;
		for (; n > 0; n--)
			*b++ = (unsigned char)(v >> 8 * (n - 1));
	}
	return bad == 0;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
digest_unhex(void *to, const char *p, size_t n)
{
	unsigned char *b = to;

	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(p[2 * i]), lo = hi < 0 ? -1 : hex_digit(p[2 * i + 1]);

		if (lo < 0)
			return false;
		b[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

bool
digest_unbase64(struct buf *out, const char *p, size_t n)
{
	gnutls_datum_t in = {(unsigned char *)(unsigned long)p, (unsigned)n};
	gnutls_datum_t decoded;

	if (n == 0)
		return true;
	if (n % 4 != 0 || gnutls_base64_decode2(&in, &decoded) != 0)
		return false;
	buf_add(out, decoded.data, decoded.size);
	gnutls_memset(decoded.data, 0, decoded.size);
	gnutls_free(decoded.data);
	return true;
}

void
digest_random(void *p, size_t n)
{
	if (gnutls_rnd(GNUTLS_RND_NONCE, p, n) != 0)
		abort();
}
