#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/mem.h"

#define BLOCK 16 /* of AES */

struct digest {
	gnutls_hash_hd_t h;
	gnutls_cipher_hd_t rest;   /* NULL: none was added */
	unsigned char part[BLOCK]; /* its last octets, which are not in it yet */
	size_t held;               /* so many */
};

struct digest *
digest_begin(void)
{
	struct digest *d = mem_alloc(sizeof *d);

	d->rest = NULL;
	d->held = 0;
	if (gnutls_hash_init(&d->h, GNUTLS_DIG_SHA256) != 0)
		abort(); /* a GnuTLS without SHA-256 is no GnuTLS */
	return d;
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	gnutls_hash(d->h, p, n);
}

static void
begin_rest(struct digest *d)
{
	unsigned char before[DIGEST_SHA256];
	gnutls_datum_t key = {before, 16};

	gnutls_hash_output(d->h, before); /* and starts anew */
	gnutls_hash(d->h, before, sizeof before);
	if (gnutls_cipher_init(&d->rest, GNUTLS_CIPHER_AES_128_GCM, &key, NULL) != 0)
		abort(); /* TLS 1.3 is nothing without it */
	gnutls_cipher_set_iv(d->rest, before + 16, 12);
}

/* As data that is authenticated and not encrypted; but for the last time only whole blocks can be added. */
static void
authenticate(struct digest *d, const void *p, size_t n)
{
	if (n != 0 && gnutls_cipher_add_auth(d->rest, p, n) != 0)
		abort();
}

void
digest_add_rest(struct digest *d, const void *p, size_t n)
{
	const unsigned char *from = p;

	if (d->rest == NULL)
		begin_rest(d);
	if (d->held != 0) {
		size_t more = n < BLOCK - d->held ? n : BLOCK - d->held;

		memcpy(d->part + d->held, from, more);
		d->held += more;
		if (d->held < BLOCK)
			return;
		authenticate(d, d->part, BLOCK);
		from += more;
		n -= more;
	}
	d->held = n % BLOCK;
	authenticate(d, from, n - d->held);
	memcpy(d->part, from + n - d->held, d->held);
}

/* GMAC's tag covers the length, so the length is not added. */
static void
end_rest(struct digest *d)
{
	unsigned char tag[BLOCK];

	authenticate(d, d->part, d->held);
	if (gnutls_cipher_tag(d->rest, tag, sizeof tag) != 0)
		abort();
	gnutls_cipher_deinit(d->rest);
	digest_add(d, tag, sizeof tag);
}

void
digest_end(struct digest *d, unsigned char out[DIGEST_SHA256])
{
	if (d->rest != NULL)
		end_rest(d);
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
	/* In FIPS mode MD5 is barred for signatures; APOP's use is allowed to go on here. */
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
