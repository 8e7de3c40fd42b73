/* A record of the journal as a line of text: unique-ids, file names, base64, damaged lines. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/digest.h"
#include "store/journal_record.h"

#include "check.h"

/* Base64 without padding: every length is read back, and only as it is written. */
static void
test_base64(void)
{
	unsigned char octets[9], back[9];
	char digits[13];

	for (unsigned char i = 0; i < sizeof octets; i++)
		octets[i] = (unsigned char)(i * 37 + 200);
	for (size_t n = 0; n <= sizeof octets; n++) {
		size_t len = digest_base64_to(digits, octets, n);

		CHECK(len == DIGEST_BASE64(n));
		CHECK(digest_unbase64_to(back, digits, n) && memcmp(back, octets, n) == 0);
		for (size_t k = 0; k < len; k++)
			for (int c = 1; c < 256; c++) {
				char before = digits[k];

				digits[k] = (char)c;
				CHECK(c == (unsigned char)before ||
					!digest_unbase64_to(back, digits, n) ||
					memcmp(back, octets, n) != 0);
				digits[k] = before;
			}
	}
}

static void
test_records(void)
{
	static const char *uids[] = {
		"", "plain", "with space", "%41", "A", "tab\there", "/../x", "#1"};
	char uid[JOURNAL_UID + 1];
	struct buf line = {0};
	struct journal_record r, back;

	for (size_t i = 0; i < sizeof uids / sizeof uids[0]; i++) {
		buf_clear(&line);
		r = (struct journal_record){.kind = JOURNAL_STORED,
			.time = 1763668800,
			.size = UINT64_MAX,
			.header = {1, 2, 255},
			.dest = UINT64_MAX - 5,
			.name = "name",
			.name_len = 4,
			.uid = uid,
			.uid_len = journal_record_encode_uid(uids[i], strlen(uids[i]), uid)};
		journal_record_format(&r, &line);
		CHECK(line.data[line.len - 1] == '\n' &&
			memchr(line.data, '\n', line.len - 1) == NULL);
		CHECK(journal_record_parse(line.data, line.len - 1, &back));
		CHECK(back.size == r.size && back.dest == r.dest && back.time == r.time);
		CHECK(back.uid_len == strlen(uid) && memcmp(back.uid, uid, back.uid_len) == 0);
		CHECK(back.name_id == journal_name_id("name", 4));
		CHECK(memcmp(back.header, r.header, HEADER_DIGEST) == 0);
		/* A record with one octet changed, or cut anywhere, is refused. */
		for (size_t k = 0; k + 1 < line.len; k++) {
			CHECK(!journal_record_parse(line.data, k, &back));
			line.data[k] ^= 1;
			CHECK(!journal_record_parse(line.data, line.len - 1, &back));
			line.data[k] ^= 1;
		}
	}
	buf_clear(&line);
	for (int i = 0; i < 5000; i++)
		buf_addc(&line, (char)i);
	CHECK(journal_record_encode_uid(line.data, line.len, uid) == 23 && uid[0] == '#');
	CHECK(strlen(uid) == 23);
	/* The longest UID that is recorded unchanged, and one that is an octet too long. */
	buf_clear(&line);
	for (int i = 0; i < JOURNAL_UID; i++)
		buf_addc(&line, 'u');
	CHECK(journal_record_encode_uid(line.data, line.len, uid) == JOURNAL_UID);
	CHECK(strcmp(uid, line.data) == 0);
	buf_addc(&line, 'u');
	CHECK(journal_record_encode_uid(line.data, line.len, uid) == 23 && uid[0] == '#');
	buf_free(&line);
}

/* The file name of a prepared record is read back; a name of a Maildir takes less room in it. */
static void
test_names(void)
{
	static const char *names[] = {"name", "a.b", "0a.ff00", "0a.", ".ff", "0a.f", "0A.ff", "=x",
		"-", "0a.ff.00", "0123456789abcdef.0123456789abcdef0123456789abcdef00000001",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.00",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef00.00"};
	struct buf line = {0}, name = {0};
	struct journal_record r = {.kind = JOURNAL_PREPARED, .size = 1, .uid = "u", .uid_len = 1},
			      back;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		buf_clear(&line);
		buf_clear(&name);
		r.name = names[i];
		r.name_len = strlen(names[i]);
		journal_record_format(&r, &line);
		CHECK(journal_record_parse(line.data, line.len - 1, &back));
		CHECK(journal_record_name(&back, &name));
		CHECK_TEXT(buf_str(&name), names[i]);
		CHECK(back.name_id == journal_name_id(names[i], r.name_len));
		for (size_t k = 0; k < i; k++)
			CHECK(back.name_id != journal_name_id(names[k], strlen(names[k])));
		if (strlen(names[i]) == 57)
			CHECK(line.len == 11 + 1 + 32 + 2 + 1 + 11 + 1 + 27 + 1 + 1 + 1);
	}
	buf_free(&line);
	buf_free(&name);
}

int
main(void)
{
	test_base64();
	test_records();
	test_names();
	return check_done();
}
