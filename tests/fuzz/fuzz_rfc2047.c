/* The output is UTF-8 and contains no line end that the raw text lacks. */
#include "mail/rfc2047.h"

#include "base/text.h"
#include "fuzz.h"

static size_t
breaks(const char *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += p[i] == '\n' || p[i] == '\r' || p[i] == '\t' || p[i] == '\0';
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct rfc2047 c;
	struct buf out = {0};

	rfc2047_decode(&c, (const char *)data, n, &out);
	MUST(text_is_utf8(buf_str(&out), out.len));
	MUST(breaks(buf_str(&out), out.len) <= breaks((const char *)data, n));
	buf_free(&out);
	return 0;
}
