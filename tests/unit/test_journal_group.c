/* Messages that are prepared and stored in groups: their outcomes, their size in the journal, torn groups. */
#include <stdint.h>
#include <stdio.h>

#include "base/work.h"

#include "journal_lib.h"

static void
test_pending(void)
{
	struct journal *s = open_it("maildir:/a");
	char *names[2];

	CHECK(add(s, JOURNAL_PREPARED, "p", 10, "n5") == 0);
	CHECK(add(s, JOURNAL_PREPARED, "q", 11, "n6") == 0);
	journal_close(s);
	s = open_it("maildir:/a");
	CHECK(journal_pending(s) == 2);
	CHECK(journal_pending_names(s, names, &e) == 0);
	CHECK_TEXT(names[0], "n5");
	CHECK_TEXT(names[1], "n6");
	free(names[0]);
	free(names[1]);
	CHECK(journal_settle(s, (const bool[]){false, true}, &e) == 0);
	CHECK(journal_pending(s) == 0);
	CHECK(listed(s, "q", 11)); /* in the same session */
	CHECK(!listed(s, "p", 10));
	journal_close(s);
	s = open_it("maildir:/a");
	CHECK(journal_pending(s) == 0 && listed(s, "q", 11) && !listed(s, "p", 10));
	journal_close(s);
}

static void
add_pending(const char *dest, size_t n)
{
	struct journal *s = open_it(dest);
	char name[24];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "n%zu", i);
		CHECK(add(s, JOURNAL_PREPARED, name, 1, name) == 0);
	}
	journal_close(s);
}

/* Steps to open a journal with n pending messages each for two destinations, and to settle those for the second. */
static uint64_t
settle_second(size_t n)
{
	bool *stored = calloc(n, sizeof *stored);
	char **names = calloc(n, sizeof *names);
	uint64_t before;
	struct journal *s;

	unlink(JOURNAL);
	add_pending("first", n);
	add_pending("second", n);
	before = work_done;
	s = open_it("second");
	CHECK(journal_pending(s) == n && journal_pending_names(s, names, &e) == 0);
	CHECK_TEXT(names[n - 1], n == 200 ? "n199" : "n1999");
	for (size_t i = 0; i < n; i++) {
		stored[i] = i % 2 != 0;
		free(names[i]);
	}
	CHECK(journal_settle(s, stored, &e) == 0 && journal_pending(s) == 0);
	CHECK(listed(s, "n1", 1) && !listed(s, "n2", 1));
	before = work_done - before;
	free(stored);
	free(names);
	journal_close(s);
	return before;
}

/* Pending messages for another destination stay, and cost the same for each message that is settled. */
static void
test_pending_elsewhere(void)
{
	uint64_t few = settle_second(200), many = settle_second(2000);
	struct journal *s;

	CHECK(many < few * 15);
	/* A name whose record ended is prepared again, many times. */
	s = open_it("first");
	CHECK(journal_pending(s) == 2000);
	for (int i = 0; i < 10000; i++) {
		const char *name = i % 2 == 0 ? "again" : "other";

		CHECK(add(s, JOURNAL_PREPARED, "a", 1, name) == 0 && journal_pending(s) == 2001);
		CHECK(journal_commit(s, &e) == 0);
	}
	CHECK(journal_pending(s) == 2000);
	journal_close(s);
	s = open_it("first");
	CHECK(journal_pending(s) == 2000);
	journal_close(s);
}

/* The outcomes of recovered messages are read back, also where messages for another destination stand between them. */
static void
test_settled(void)
{
	static const bool stored[] = {true, false, false, true, true, true, false};
	char uid[] = "u0";
	char *text;
	struct journal *s;

	unlink(JOURNAL);
	for (int i = 0; i < 7; i++, uid[1]++) {
		s = open_it("d");
		prepare(s, uid, 1);
		journal_close(s);
		if (i == 1 || i == 4) {
			s = open_it("another");
			prepare(s, "x", (uint64_t)i);
			journal_close(s);
		}
	}
	s = open_it("d");
	CHECK(journal_pending(s) == 7);
	CHECK(journal_settle(s, stored, &e) == 0 && journal_pending(s) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(journal_pending(s) == 0);
	for (int i = 0; i < 7; i++) {
		uid[1] = (char)('0' + i);
		CHECK(listed(s, uid, 1) == stored[i]);
	}
	journal_close(s);
	s = open_it("another");
	CHECK(journal_pending(s) == 2);
	/* A commit counts only with all records to which it refers. */
	journal_close(s);
	unlink(JOURNAL);
	s = open_it("d");
	prepare(s, "a", 1);
	prepare(s, "b", 2);
	CHECK(journal_commit(s, &e) == 0);
	journal_close(s);
	text = scratch_read(JOURNAL);
	memset(strchr(text, '\n') + 20, 'x', 5);
	scratch_write(JOURNAL, text, strlen(text));
	s = open_it("d");
	CHECK(journal_pending(s) == 1 && !listed(s, "a", 1) && !listed(s, "b", 2));
	journal_close(s);
	/* Neither if another prepared record came into its range: by a line that was removed, for example. */
	unlink(JOURNAL);
	s = open_it("d");
	prepare(s, "a", 1);
	journal_close(s);
	s = open_it("another");
	prepare(s, "b", 1);
	prepare(s, "c", 1);
	CHECK(journal_commit(s, &e) == 0);
	journal_close(s);
	free(text);
	text = scratch_read(JOURNAL);
	{
		char *first = strchr(text, '\n') + 1, *second = strchr(first, '\n') + 1,
		     *third = strchr(second, '\n') + 1;

		memmove(second, third, strlen(third) + 1);
	}
	scratch_write(JOURNAL, text, strlen(text));
	s = open_it("another");
	CHECK(journal_pending(s) == 1 && !listed(s, "b", 1) && !listed(s, "c", 1));
	journal_close(s);
	s = open_it("d");
	CHECK(journal_pending(s) == 1 && !listed(s, "a", 1));
	journal_close(s);
	free(text);
}

/* A message costs at most 150 octets, with the longest unique-id, also if each session stores only one. */
static void
test_size(void)
{
	static const int lengths[] = {1, 16, 23, 24, 25, 70, 500};
	static const int groups[] = {1, 10, 4096};
	char uid[512];

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
		for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
			struct journal *s;
			off_t before;

			unlink(JOURNAL);
			s = open_it("d");
			before = size_of(JOURNAL);
			for (int k = 0; k < groups[g]; k++) {
				snprintf(uid, sizeof uid, "%0*d", lengths[i], k % 10);
				prepare(s, uid, 9999999);
			}
			CHECK(journal_commit(s, &e) == 0);
			journal_close(s);
			CHECK(size_of(JOURNAL) - before <= 150 * groups[g]);
			s = open_it("d");
			CHECK(listed(s, uid, 9999999));
			journal_close(s);
		}
}

/*
 * A file that ends within a group: its messages are prepared, each with a whole record; the group is stored as a whole.
 */
static void
test_torn_group(void)
{
	struct journal *s;
	size_t end[4], len;
	char *all;

	unlink(JOURNAL);
	s = open_it("d");
	prepare(s, "first", 1);
	CHECK(journal_commit(s, &e) == 0);
	end[0] = (size_t)size_of(JOURNAL);
	prepare(s, "second", 2);
	end[1] = (size_t)size_of(JOURNAL);
	prepare(s, "third", 3);
	end[2] = (size_t)size_of(JOURNAL);
	CHECK(journal_commit(s, &e) == 0);
	end[3] = len = (size_t)size_of(JOURNAL);
	journal_close(s);
	all = scratch_read(JOURNAL);
	for (size_t n = end[0]; n <= len; n++) {
		scratch_write(JOURNAL, all, n);
		s = open_it("d");
		CHECK(journal_pending(s) == (n == len ? 0 : (size_t)(n >= end[1]) + (n >= end[2])));
		CHECK(listed(s, "first", 1) && listed(s, "second", 2) == (n == len));
		CHECK(listed(s, "third", 3) == (n == len));
		CHECK(journal_settle(s, (const bool[]){true, true}, &e) == 0);
		prepare(s, "fourth", 4);
		CHECK(journal_commit(s, &e) == 0);
		journal_close(s);
		s = open_it("d");
		CHECK(journal_pending(s) == 0 && listed(s, "fourth", 4));
		CHECK(listed(s, "first", 1) && listed(s, "second", 2) == (n >= end[1]));
		CHECK(listed(s, "third", 3) == (n >= end[2]));
		journal_close(s);
	}
	free(all);
}

int
main(void)
{
	scratch_begin();
	test_pending();
	test_pending_elsewhere();
	test_settled();
	test_size();
	test_torn_group();
	return check_done();
}
