/* DEFLATE: any octets decompress to the same result however spans are cut; compressed text is restored. */
#include <string.h>

#include "fuzz.h"
#include "wire/deflate.h"

#define MOST (1 << 20)

/* Unpack spans of `in` octets into pieces of `room`; false: a broken stream. No more than MOST. */
static bool
unpack(const char *p, size_t n, size_t in, size_t room, struct buf *out)
{
	struct deflate *z = deflate_new();
	struct err e = {0};
	long got = 0;

	while (got != -1 && out->len < MOST && (n > 0 || deflate_pending(z))) {
		size_t space, part;
		char *to;

		got = deflate_unpack(z, buf_reserve(out, room), room, &e);
		out->len += got > 0 ? (size_t)got : 0;
		if (got != 0 || n == 0) {
			if (got == 0)
				break;
			continue;
		}
		to = deflate_space(z, &space);
		part = n < in ? n : in;
		part = part < space ? part : space;
		memcpy(to, p, part);
		deflate_took(z, part);
		p += part;
		n -= part;
	}
	deflate_free(z);
	return got != -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct buf a = {0}, b = {0}, packed = {0};
	struct deflate *z;
	size_t step, same;

	if (n == 0)
		return 0;
	step = data[0] % 64 + 1;
	unpack(p, n - 1, SIZE_MAX, 65536, &a);
	unpack(p, n - 1, step, 4096, &b);
	same = a.len < b.len ? a.len : b.len;
	MUST(same == 0 || memcmp(a.data, b.data, same) == 0);
	z = deflate_new();
	deflate_pack(z, p, n - 1, &packed);
	deflate_free(z);
	buf_clear(&a);
	MUST(unpack(packed.data, packed.len, step, 100, &a) && a.len == n - 1);
	MUST(n == 1 || memcmp(a.data, p, n - 1) == 0);
	buf_free(&a);
	buf_free(&b);
	buf_free(&packed);
	return 0;
}
