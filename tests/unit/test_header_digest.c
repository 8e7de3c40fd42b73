/* The digest of a header does not depend on spans and line ends; it covers the right fields. */
#include "store/header_digest.h"

#include "base/buf.h"
#include "base/err.h"

#include "check.h"

static struct err e;

/* The digest of a header that comes in pieces of `step` octets. */
static void
digest_of(const struct buf *text, size_t step, unsigned char out[HEADER_DIGEST])
{
	struct header_digest h;

	header_digest_begin(&h);
	for (size_t i = 0; i < text->len; i += step)
		sink_write(
			&h.sink, text->data + i, step < text->len - i ? step : text->len - i, &e);
	header_digest_end(&h, out);
}

static void
test_headers(void)
{
	struct buf text = {0}, crlf = {0};
	unsigned char whole[HEADER_DIGEST], other[HEADER_DIGEST];

	/* Lines that are short, and longer than what is hashed at a time; one that is left out. */
	for (int i = 0; i < 60; i++)
		buf_addf(&text, "Field-%d: %0*d\n more of it\n", i, i == 30 ? 3000 : 1 + i, i);
	buf_adds(&text, "Status: RO\n\nbody\n");
	digest_of(&text, text.len, whole);
	for (size_t step = 1; step < text.len; step = step * 3 + 1) {
		digest_of(&text, step, other);
		CHECK(memcmp(whole, other, HEADER_DIGEST) == 0);
	}
	for (size_t i = 0; i < text.len; i++) {
		buf_add(&crlf, "\r", text.data[i] == '\n');
		buf_addc(&crlf, text.data[i]);
	}
	digest_of(&crlf, crlf.len, other);
	CHECK(memcmp(whole, other, HEADER_DIGEST) == 0);
	/* Every octet of the included fields changes the digest; the excluded field and the body do not. */
	for (size_t i = 0; i < text.len; i += 7) {
		bool kept = i < (size_t)(strstr(text.data, "Status:") - text.data);
		char was = text.data[i];

		if (was == '\n' || was == ':')
			continue;
		text.data[i] = kept || i > text.len - 5 ? '#' : was;
		digest_of(&text, text.len, other);
		CHECK((memcmp(whole, other, HEADER_DIGEST) != 0) == kept);
		text.data[i] = was;
	}
	buf_free(&text);
	buf_free(&crlf);
}

int
main(void)
{
	test_headers();
	return check_done();
}
