/* pack.c - see pack.h. */
#include "pack.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define STEP 65536

struct pack {
	bool yenc;
	z_stream z;
	struct buf out; /* compressed */
};

struct pack *
pack_begin(const char *form)
{
	static const struct {
		const char *name;
		int bits;
	} forms[] = {{"zlib", 15}, {"gzip", 15 + 16}, {"raw", -15}, {"yenc", -15}};
	struct pack *k;
	size_t i;

	for (i = 0; i < 4 && strcmp(form, forms[i].name) != 0; i++)
		;
	if (i == 4)
		return NULL;
	k = calloc(1, sizeof(*k));
	if (k == NULL ||
		deflateInit2(&k->z, 6, Z_DEFLATED, forms[i].bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		errx(71, "zlib");
	k->yenc = i == 3;
	return k;
}

static void
run(struct pack *k, const void *p, size_t n, int flush)
{
	k->z.next_in = (Bytef *)p;
	k->z.avail_in = n;
	do {
		k->z.next_out = (Bytef *)buf_room(&k->out, STEP);
		k->z.avail_out = STEP;
		deflate(&k->z, flush);
		k->out.len += STEP - k->z.avail_out;
	} while (k->z.avail_out == 0);
}

void
pack_add(struct pack *k, const void *p, size_t n)
{
	run(k, p, n, Z_NO_FLUSH);
}

/*
 * yEnc draft 1.3: lines of 128 octets, each plus 42; NUL, LF, CR and '=' escaped. A dot that begins a line is stuffed.
 */
static void
yenc(struct buf *out, const unsigned char *p, size_t n)
{
	size_t i, column = 0;

	for (i = 0; i < n; i++) {
		unsigned char c = p[i] + 42;

		if (column == 0 && c == '.')
			buf_add(out, ".", 1);
		if (c == 0 || c == '\n' || c == '\r' || c == '=') {
			buf_add(out, "=", 1);
			c += 64;
			column++;
		}
		buf_add(out, &c, 1);
		if (++column >= 128 || i + 1 == n) {
			buf_add(out, "\r\n", 2);
			column = 0;
		}
	}
}

static bool
put_yenc(struct pack *k, const char *damage, struct buf *out)
{
	static const char begin[] = "=ybegin line=128 size=-1\r\n";
	size_t n = k->out.len;
	unsigned long crc = crc32(0, (Bytef *)k->out.p, n);
	char end[100] = "";

	buf_add(out, begin, sizeof(begin) - 1);
	yenc(out, (unsigned char *)k->out.p, n);
	if (strcmp(damage, "nocrc") == 0)
		snprintf(end, sizeof(end), "=yend size=%zu\r\n", n);
	else if (strcmp(damage, "noend") != 0)
		snprintf(end, sizeof(end), "=yend size=%zu crc32=%08lx\r\n",
			n + (strcmp(damage, "size") == 0), crc ^ (strcmp(damage, "crc") == 0));
	buf_add(out, end, strlen(end));
	return *damage == '\0' || strchr("csn", *damage) != NULL;
}

bool
pack_end(struct pack *k, const char *damage, struct buf *out)
{
	bool known = true;
	size_t cut;

	run(k, "", 0, Z_FINISH);
	if (sscanf(damage, "cut %zu", &cut) == 1) {
		k->out.len -= cut < k->out.len ? cut : k->out.len;
		damage = "";
	} else if (strcmp(damage, "flip") == 0) {
		k->out.p[k->out.len - 1] ^= 1;
		damage = "";
	}
	if (k->yenc)
		known = put_yenc(k, damage, out);
	else
		buf_add(out, k->out.p, k->out.len);
	known = known && (k->yenc || *damage == '\0');
	deflateEnd(&k->z);
	buf_free(&k->out);
	free(k);
	return known;
}
