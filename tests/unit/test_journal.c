/* The journal: listing, voided and resized records, torn ends, expiry, rewriting, locks, memory. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/work.h"
#include "store/journal.h"

#include "check.h"
#include "journal_lib.h"
#include "scratch.h"

/* Memory use is not measured under a sanitizer, which gcc and clang announce by different macros. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static int
add_unsynced(struct journal *s, const char *uid, uint64_t size)
{
	struct journal_record r = {.size = size, .uid = uid, .uid_len = strlen(uid)};

	return journal_add(s, JOURNAL_STORED, &r, 1, false, &e);
}

static void
test_listing(void)
{
	struct journal *s = open_it("maildir:/a"), *other;
	struct stat sb;

	CHECK(stat("dir", &sb) == 0 && (sb.st_mode & 0777) == 0700);
	CHECK(stat("dir/sub/journal", &sb) == 0 && (sb.st_mode & 0777) == 0600);
	CHECK(!listed(s, "u", 10));
	CHECK(add(s, JOURNAL_PREPARED, "u", 10, "n1") == 0);
	CHECK(journal_commit(s, &e) == 0);
	CHECK(add(s, JOURNAL_STORED, "twice", 10, "n2") == 0);
	CHECK(add(s, JOURNAL_STORED, "twice", 10, "n3") == 0);
	CHECK(add(s, JOURNAL_STORED, "", 10, "n4") == 0);
	CHECK(add(s, JOURNAL_PREPARED, "p", 10, "n5") == 0);
	/* Records added in this session do not match messages listed in it. */
	CHECK(!listed(s, "u", 10));
	journal_close(s);

	s = open_it("maildir:/a");
	CHECK(listed(s, "u", 10));
	CHECK(known.header[0] == 7 && known.time > 1700000000);
	CHECK(!listed(s, "u", 10)); /* one record matches one message only */
	CHECK(!listed(s, "u", 11));
	CHECK(listed(s, "twice", 10) && listed(s, "twice", 10) && !listed(s, "twice", 10));
	CHECK(!listed(s, "", 10));
	CHECK(!listed(s, "p", 10));
	CHECK(journal_pending(s) == 1);
	journal_close(s);

	other = open_it("maildir:/b");
	CHECK(!listed(other, "u", 10));
	CHECK(journal_pending(other) == 0);
	journal_close(other);
}

static void
fill(struct journal_record *r, const char *uid, char encoded[JOURNAL_UID + 1], uint64_t size)
{
	*r = (struct journal_record){.size = size, .name = "", .uid = encoded};
	r->uid_len = journal_record_encode_uid(uid, strlen(uid), encoded);
	memset(r->header, 7, sizeof r->header);
}

/* A record of this session that is withdrawn does not count in the next, nor after the file is rewritten. */
static void
test_void(void)
{
	char encoded[JOURNAL_UID + 1];
	struct journal_record r;
	struct journal *s;

	unlink("dir/sub/journal");
	s = open_it("d");
	CHECK(add(s, JOURNAL_STORED, "v", 10, "") == 0);
	CHECK(add(s, JOURNAL_STORED, "w", 10, "") == 0);
	CHECK(add(s, JOURNAL_STORED, "w", 10, "") == 0);
	fill(&r, "w", encoded, 10);
	CHECK(journal_void(s, &r, &e) == 0);
	fill(&r, "never", encoded, 10);
	CHECK(journal_void(s, &r, &e) == 0);
	journal_close(s);
	s = open_it("another");
	/* Records of other destinations are not changed. */
	for (int i = 0; i < 2500; i++)
		CHECK(add_unsynced(s, "x", (uint64_t)i) == 0);
	CHECK(journal_expire(s, time(NULL), &e) == 0);
	CHECK(journal_expire(s, time(NULL) + 2 * JOURNAL_KEEP, &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(!listed(s, "v", 10)); /* expired with them */
	CHECK(add(s, JOURNAL_STORED, "v", 10, "") == 0);
	CHECK(add(s, JOURNAL_STORED, "w", 10, "") == 0);
	CHECK(add(s, JOURNAL_STORED, "w", 10, "") == 0);
	fill(&r, "w", encoded, 10);
	CHECK(journal_void(s, &r, &e) == 0);
	journal_close(s);
	s = open_it("another");
	CHECK(!listed(s, "w", 10));
	journal_close(s);
	s = open_it("d");
	CHECK(listed(s, "v", 10));
	CHECK(listed(s, "w", 10) && !listed(s, "w", 10));
	journal_close(s);
}

/* A record with the same UID and another size is found if no other message matches it. */
static void
test_resized(void)
{
	char encoded[JOURNAL_UID + 1];
	struct journal_record r;
	struct journal *s;
	int64_t stored;

	unlink("dir/sub/journal");
	s = open_it("d");
	CHECK(add(s, JOURNAL_STORED, "u", 10, "n") == 0);
	CHECK(add(s, JOURNAL_STORED, "twice", 10, "n") == 0);
	fill(&r, " old ", encoded, 5);
	r.time = 1700000000;
	CHECK(journal_add(s, JOURNAL_STORED, &r, 1, true, &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(!listed(s, "twice", 11) && listed(s, "twice", 10));
	CHECK(!journal_resized(s, "twice", 5, &known));
	CHECK(!listed(s, "u", 11) && journal_resized(s, "u", 1, &known) && known.header[0] == 7);
	CHECK(!journal_resized(s, "u", 1, &known));
	CHECK(journal_resize(s, &known, 11, &e) == 0);
	/* Blanks that an older version recorded with the UID do not count. */
	CHECK(!listed(s, "old", 6) && journal_resized(s, "old", 3, &known));
	stored = known.time;
	CHECK(stored == 1700000000);
	CHECK(journal_resize(s, &known, 6, &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(!listed(s, "u", 10) && listed(s, "old", 6));
	CHECK(known.time == stored);
	CHECK(!listed(s, "old", 5));
	journal_close(s);
}

/* A truncated last record is ignored, and records appended afterwards are valid. */
static void
test_torn(void)
{
	struct journal *s;
	char *all, *cut;
	size_t len, last;

	unlink("dir/sub/journal");
	s = open_it("d");
	CHECK(add(s, JOURNAL_STORED, "first", 1, "n") == 0);
	journal_close(s);
	all = scratch_read("dir/sub/journal");
	last = strlen(all);
	free(all);
	s = open_it("d");
	CHECK(add(s, JOURNAL_STORED, "second", 2, "n") == 0);
	journal_close(s);
	all = scratch_read("dir/sub/journal");
	len = strlen(all);
	for (size_t n = 0; n <= len; n++) {
		scratch_write("dir/sub/journal", all, n);
		s = open_it("d");
		CHECK(listed(s, "first", 1) == (n >= last));
		CHECK(listed(s, "second", 2) == (n == len));
		CHECK(add(s, JOURNAL_STORED, "third", 3, "n") == 0);
		journal_close(s);
		s = open_it("d");
		CHECK(listed(s, "third", 3) && listed(s, "first", 1) == (n >= last));
		journal_close(s);
	}
	/* Blocks that never reached the disk: zeros in the middle of the journal, and at its end. */
	cut = malloc(len + 70000);
	memcpy(cut, all, len);
	memset(cut + last, 0, len - last - 1);
	memset(cut + len, 0, 70000);
	scratch_write("dir/sub/journal", cut, len + 70000);
	s = open_it("d");
	CHECK(listed(s, "first", 1) && !listed(s, "second", 2));
	CHECK(add(s, JOURNAL_STORED, "third", 3, "n") == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(listed(s, "third", 3));
	journal_close(s);
	free(cut);
	free(all);
	scratch_write("other", "From: somebody\n\nelse\n", 21);
	CHECK(journal_open("other", "d", &e) == NULL && e.status == EX_CONFIG);
	CHECK(scratch_is("other", "From: somebody\n\nelse\n"));
}

static void
test_expiry(void)
{
	time_t now = time(NULL);
	struct journal *s;
	char *text;

	unlink("dir/sub/journal");
	s = open_it("d");
	for (int i = 0; i < 1200; i++) {
		char uid[16];

		snprintf(uid, sizeof uid, "u%d", i);
		CHECK(add(s, JOURNAL_STORED, uid, 1, "n") == 0);
	}
	CHECK(add(s, JOURNAL_PREPARED, "p", 1, "pending") == 0);
	journal_close(s);
	/* The server still lists u0; the other messages are gone. */
	s = open_it("d");
	CHECK(listed(s, "u0", 1));
	CHECK(journal_expire(s, now, &e) == 0);
	journal_close(s);
	/* u1 is back; 29 days are not enough to forget. */
	s = open_it("d");
	CHECK(listed(s, "u0", 1) && listed(s, "u1", 1));
	CHECK(journal_expire(s, now + JOURNAL_KEEP - 86400, &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(listed(s, "u2", 1));
	journal_close(s);
	/* After 31 days the file shrinks; records of listed and of pending messages stay. */
	s = open_it("d");
	CHECK(listed(s, "u0", 1) && listed(s, "u1", 1));
	CHECK(journal_expire(s, now + JOURNAL_KEEP + 86400, &e) == 0);
	journal_close(s);
	text = scratch_read("dir/sub/journal");
	CHECK(strlen(text) < 600);
	free(text);
	CHECK(scratch_count("dir/sub") == 2);
	s = open_it("d");
	CHECK(listed(s, "u0", 1) && listed(s, "u1", 1) && !listed(s, "u2", 1));
	CHECK(journal_pending(s) == 1);
	CHECK(add(s, JOURNAL_STORED, "after", 1, "n") == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(listed(s, "after", 1));
	journal_close(s);
}

/* Messages that have gone at different times expire at different times, also after the file was rewritten. */
static void
test_gone_times(void)
{
	const time_t now = time(NULL), later = now + 86400;
	struct journal *s;
	off_t before;

	unlink(JOURNAL);
	s = open_it("d");
	CHECK(add(s, JOURNAL_STORED, "first", 1, "") == 0);
	CHECK(journal_expire(s, now, &e) == 0);
	journal_close(s);
	s = open_it("d");
	CHECK(add(s, JOURNAL_STORED, "second", 1, "") == 0);
	CHECK(journal_expire(s, later, &e) == 0);
	journal_close(s);
	for (int i = 0; i < 2; i++) {
		s = open_it("d");
		add_obsolete(s);
		before = size_of(JOURNAL);
		CHECK(journal_expire(s, i == 0 ? later : now + JOURNAL_KEEP + 1, &e) == 0);
		CHECK(size_of(JOURNAL) < before / 2);
		journal_close(s);
	}
	s = open_it("d");
	CHECK(!listed(s, "first", 1) && listed(s, "second", 1));
	journal_close(s);
}

static void
test_lock(void)
{
	struct journal *s = open_it("d");
	struct err ce = {0};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct journal *second = journal_open("dir/sub/journal", "d", &ce);

		_exit(second == NULL && ce.status == EX_TEMPFAIL &&
					strstr(ce.text, "locked by process") != NULL
				? 0
				: 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	journal_close(s);
}

/* If the disk is full, the append is undone. */
static void
test_full(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct journal *s = journal_open("dir/sub/journal", "d", &e);
		struct rlimit lim;
		struct stat before, after;

		signal(SIGXFSZ, SIG_IGN);
		stat("dir/sub/journal", &before);
		lim.rlim_cur = lim.rlim_max = (rlim_t)before.st_size + 20;
		setrlimit(RLIMIT_FSIZE, &lim);
		status = add(s, JOURNAL_STORED, "x", 1, "n") == -1 && e.status == EX_IOERR;
		stat("dir/sub/journal", &after);
		_exit(status && after.st_size == before.st_size ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
test_many(void)
{
	enum { N = 100000 };
	struct journal_record r = {.name = "n", .name_len = 1};
	struct rusage ru;
	struct journal *s;
	char uid[80], encoded[JOURNAL_UID + 1];
	int found = 0;

	unlink("dir/sub/journal");
	s = open_it("d");
	r.uid = encoded;
	for (int i = 0; i < N; i++) {
		snprintf(uid, sizeof uid, "%070d", i);
		r.uid_len = journal_record_encode_uid(uid, strlen(uid), encoded);
		r.size = (uint64_t)i;
		if (journal_add(s, JOURNAL_STORED, &r, 1, false, &e) == -1)
			exit(1);
	}
	journal_close(s);
	s = open_it("d");
	for (int i = 0; i < N; i++) {
		snprintf(uid, sizeof uid, "%070d", i);
		found += listed(s, uid, (uint64_t)i);
	}
	CHECK(found == N);
	CHECK(journal_expire(s, time(NULL), &e) == 0);
	journal_close(s);
	getrusage(RUSAGE_SELF, &ru);
	fprintf(stderr, "%d messages: %ld KB\n", N, ru.ru_maxrss);
	if (!SANITIZED)
		CHECK(ru.ru_maxrss < 32 * 1024);
}

/* The steps of a run whose count messages have one UID and one size, half of them for another destination. */
static uint64_t
same_uid_steps(int count)
{
	uint64_t before = work_done;
	struct journal *s = NULL;

	unlink("dir/sub/journal");
	for (int part = 0; part < 2; part++) {
		s = open_it(part == 0 ? "other" : "d");
		for (int i = 0; i < count / 2; i++)
			CHECK(add_unsynced(s, "same", 1) == 0);
		/* All are marked as gone, and as back in the next run. */
		CHECK(journal_expire(s, time(NULL), &e) == 0);
		journal_close(s);
	}
	s = open_it("d");
	for (int i = 0; i < count / 2; i++)
		CHECK(listed(s, "same", 1));
	CHECK(!listed(s, "same", 1));
	CHECK(journal_expire(s, time(NULL), &e) == 0);
	journal_close(s);
	return work_done - before;
}

static void
mark(struct journal *s, const char *uid)
{
	CHECK(journal_mark(s, uid, strlen(uid), 1, &e) == 0);
}

/* Each message gets a mark of its own, also if the server lists a UID twice; a second run adds none. */
static void
test_mark(void)
{
	static const char *uids[] = {"a", "b", "a", "c", "b", "d", "d"};
	struct journal *s;
	off_t size = 0;

	unlink(JOURNAL);
	for (int run = 0; run < 2; run++) {
		s = open_it(JOURNAL_MARKS);
		for (size_t i = 0; i < sizeof uids / sizeof *uids; i++)
			mark(s, uids[i]);
		CHECK(journal_sync(s, &e) == 0);
		journal_close(s);
		CHECK(run == 0 || size_of(JOURNAL) == size);
		size = size_of(JOURNAL);
	}
	s = open_it("d");
	for (size_t i = 0; i < sizeof uids / sizeof *uids; i++)
		CHECK(listed(s, uids[i], 2) && known.marked);
	for (size_t i = 0; i < sizeof uids / sizeof *uids; i++)
		CHECK(!listed(s, uids[i], 2) && !known.marked);
	journal_close(s);
}

int
main(void)
{
	scratch_begin();
	test_many();
	test_listing();
	test_void();
	test_resized();
	test_torn();
	test_expiry();
	test_gone_times();
	test_lock();
	test_full();
	test_mark();
	CHECK(same_uid_steps(8000) < 3 * same_uid_steps(4000));
	return check_done();
}
