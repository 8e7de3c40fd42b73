/* Journals of the first version, which are replaced, and of a later one, which are refused. */
#include <stdint.h>
#include <stdio.h>

#include "journal_lib.h"
#include "old_journal.h"

/* A journal of the first version, with all its kinds of records; 70 octets in a UID, and more than 512. */
static void
make_v1(struct buf *out)
{
	static const char a[] = "0707070707070707070707070707070707",
			  none[] = "00000000000000000000000000000000";
	static const char long_uid[] =
		"seventy%25octets0123456789012345678901234567890123456789012345678901234";
	const uint64_t d = u64set_hash("d", 1), other = u64set_hash("other", 5);
	char header[33];

	snprintf(header, sizeof header, "%.32s", a);
	buf_adds(out, OLD_JOURNAL);
	old_journal_add(out, 'P', 10, header, d, "n1", "one");
	old_journal_add(out, 'P', 11, header, d, "0a.0b", "two");
	old_journal_add(out, 'P', 12, header, d, "n3", "missing");
	old_journal_add(out, 'S', 10, header, d, "n1", "one");
	old_journal_add(out, 'S', 11, header, d, "0a.0b", "two");
	old_journal_add(out, 'V', 12, header, d, "n3", "missing");
	old_journal_add(out, 'S', 13, header, d, "-", "twice");
	old_journal_add(out, 'S', 13, header, d, "-", "twice");
	old_journal_add(out, 'S', 14, header, d, "-", "void");
	old_journal_add(out, 'S', 15, header, other, "-", "one");
	old_journal_add(out, 'X', 14, header, d, "-", "void");
	old_journal_add(out, 'S', 16, header, d, "-", long_uid);
	old_journal_add(out, 'S', 17, header, d, "-", "%20with%20blanks%09");
	old_journal_add(out, 'S', 18, header, d, "-",
		"#f95e5b0dcb3e0c9f1ed1f2a6f4b6a4d6a7d6a4b2c1c0f0e0d0c0b0a090807060");
	old_journal_add(out, 'S', 19, header, d, "-", "gone");
	old_journal_add(out, 'G', 0, none, u64set_hash("gone", 4), "-", "");
	old_journal_add(out, 'G', 0, none, u64set_hash("one", 3), "-", "");
	old_journal_add(out, 'B', 0, none, u64set_hash("one", 3), "-", "");
	old_journal_add(out, 'P', 20, header, other, "n5", "pending");
	old_journal_add(out, 'P', 21, header, d, "n6", "superseded");
	old_journal_add(out, 'P', 22, header, d, "n6", "pending");
	old_journal_add(out, 'P', 23, header, d, "n7", "");
}

static void
check_v1(void)
{
	struct journal *s = open_it("d");
	char *text = scratch_read(JOURNAL), *names[2];
	static const char long_uid[] =
		"seventy%octets0123456789012345678901234567890123456789012345678901234";

	CHECK(strncmp(text, "mailnet-state 2\n", 16) == 0 && strlen(text) < 1400);
	free(text);
	CHECK(listed(s, "one", 10) && known.header[0] == 7 && known.time == 1700000000);
	CHECK(known.name == journal_name_id("n1", 2));
	CHECK(listed(s, "two", 11) && known.name == journal_name_id("0a.0b", 5));
	CHECK(!listed(s, "missing", 12) && !listed(s, "void", 14));
	CHECK(listed(s, "twice", 13) && listed(s, "twice", 13) && !listed(s, "twice", 13));
	CHECK(listed(s, long_uid, 16) && listed(s, "with blanks", 17) && listed(s, "gone", 19));
	CHECK(!listed(s, "pending", 22));
	CHECK(journal_pending(s) == 2 && journal_pending_names(s, names, &e) == 0);
	CHECK_TEXT(names[0], "n6");
	CHECK_TEXT(names[1], "n7");
	free(names[0]);
	free(names[1]);
	journal_close(s);
	s = open_it("other");
	CHECK(listed(s, "one", 15) && journal_pending(s) == 1);
	journal_close(s);
}

/* A file of the first version is read and replaced; also one that ends in the middle of a record. */
static void
test_v1(void)
{
	struct buf all = {0};
	struct journal *s;
	size_t end = 0;
	char *text;

	make_v1(&all);
	journal_close(open_it("d")); /* makes the directory */
	scratch_write(JOURNAL, all.data, all.len);
	check_v1();
	check_v1(); /* read as a file of the second version */
	s = open_it("d");
	CHECK(listed(s, "one", 10));
	for (int i = 0; i < 2000; i++)
		prepare(s, "new", (uint64_t)i);
	/* The message has been gone since 2023, and the new ones for a day; one is listed again. */
	CHECK(journal_commit(s, &e) == 0 && journal_expire(s, time(NULL) - JOURNAL_KEEP, &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(listed(s, "one", 10));
	CHECK(size_of(JOURNAL) > 150000 && journal_expire(s, time(NULL) + 86400, &e) == 0);
	CHECK(size_of(JOURNAL) < 150000);
	journal_close(s);
	s = open_it("d");
	CHECK(!listed(s, "gone", 19) && listed(s, "one", 10) && journal_pending(s) == 2);
	journal_close(s);
	for (size_t n = 1; n <= all.len; n++) {
		scratch_write(JOURNAL, all.data, n);
		end = n == all.len || all.data[n] == '\n' ? n : end;
		s = open_it("d");
		text = scratch_read(JOURNAL);
		CHECK(strncmp(text, "mailnet-state 2\n", 16) == 0);
		free(text);
		if (n == all.len)
			CHECK(listed(s, "one", 10) && listed(s, "two", 11));
		journal_close(s);
	}
	buf_free(&all);
}

/* A message that was stored after another one with its UID had gone does not expire with that one. */
static void
test_gone(void)
{
	const uint64_t d = u64set_hash("d", 1);
	char zeros[33];
	struct buf all = {0};
	struct journal *s;

	snprintf(zeros, sizeof zeros, "%032d", 0);
	buf_adds(&all, OLD_JOURNAL);
	old_journal_add(&all, 'S', 1, zeros, d, "-", "again");
	old_journal_add(&all, 'G', 0, zeros, u64set_hash("again", 5), "-", "");
	old_journal_add(&all, 'S', 2, zeros, d, "-", "again");
	scratch_write(JOURNAL, all.data, all.len);
	buf_free(&all);
	s = open_it("d");
	add_obsolete(s);
	CHECK(journal_expire(s, time(NULL), &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(!listed(s, "again", 1) && listed(s, "again", 2));
	journal_close(s);
}

/* What a later version wrote is not touched. */
static void
test_version(void)
{
	scratch_write("later", "mailnet-state 3\nx\n", 18);
	CHECK(journal_open("later", "d", &e) == NULL && e.status == EX_CONFIG);
	CHECK_TEXT(e.text,
		"later: version 3 of the journal; this mailnet can read it up to version 2 "
		"(use a later mailnet)");
	CHECK(scratch_is("later", "mailnet-state 3\nx\n"));
	scratch_write("later", "mailnet-state 22\n", 17);
	CHECK(journal_open("later", "d", &e) == NULL && e.status == EX_CONFIG);
	scratch_write("later", "mailnet-state x\n", 16);
	CHECK(journal_open("later", "d", &e) == NULL && e.status == EX_CONFIG);
}

int
main(void)
{
	scratch_begin();
	test_v1();
	test_gone();
	test_version();
	return check_done();
}
