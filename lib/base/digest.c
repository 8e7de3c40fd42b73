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

void
digest_base64(struct buf *out, const void *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *b = p;
	char *to = buf_reserve(out, n / 3 * 4 + 4);
	size_t i, at = 0;

	for (i = 0; i < n; i += 3) {
		unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0) |
			     (i + 2 < n ? b[i + 2] : 0);

		to[at++] = digits[v >> 18];
		to[at++] = digits[v >> 12 & 63];
		to[at++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		to[at++] = i + 2 < n ? digits[v & 63] : '=';
	}
	out->len += at;
	to[at] = '\0';
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
