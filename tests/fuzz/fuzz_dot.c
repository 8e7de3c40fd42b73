/* The dot decoder agrees with the simplest possible decoder, wherever the octets are cut. */
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "wire/dot.h"

/* Decode line by line. Returns where the block ends, or -1; its content is in out. */
static long
plain(const char *p, size_t n, bool lf, struct buf *out)
{
	size_t i = 0;

	for (;;) {
		const char *end = i < n ? memmem(p + i, n - i, "\r\n", 2) : NULL;
		size_t len;

		if (end == NULL)
			return -1;
		len = (size_t)(end - p) - i;
		if (len == 1 && p[i] == '.')
			return (long)i + 3;
		if (len != 0 && p[i] == '.') {
			i++;
			len--;
		}
		buf_add(out, p + i, len);
		buf_adds(out, lf ? "\n" : "\r\n");
		i += len + 2;
	}
}

static long
cut(const char *p, size_t n, size_t step, bool lf, struct buf *out)
{
	struct buf_sink to;
	struct err e = {0};
	struct dot d;
	size_t done = 0;
	int rc = 0;

	buf_sink_init(&to, out, SIZE_MAX);
	dot_begin(&d, lf, 0);
	while (rc == 0 && done < n) {
		size_t part = step == 0 || n - done < step ? n - done : step, used;
		char *copy = malloc(part);

		memcpy(copy, p + done, part);
		rc = dot_decode(&d, copy, part, &used, &to.sink, &e);
		MUST(rc != -1 && used <= part && (rc == 1 || used == part));
		done += used;
		free(copy);
	}
	return rc == 1 ? (long)done : -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct buf want = {0}, got = {0};
	bool lf;
	long end;

	if (n == 0)
		return 0;
	lf = data[0] & 1;
	end = plain(p, n - 1, lf, &want);
	MUST(cut(p, n - 1, data[0] / 2 % 40, lf, &got) == end);
	if (end != -1)
		MUST(got.len == want.len && memcmp(buf_str(&got), buf_str(&want), want.len) == 0);
	buf_free(&want);
	buf_free(&got);
	return 0;
}
