/* The journal: records, listing, torn ends, expiry, rewriting, locks, memory. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/work.h"
#include "store/journal_record.h"
#include "store/journal.h"

#include "check.h"
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

static struct err e;
static struct journal_known known;

static struct journal *
open_it(const char *dest)
{
	struct journal *s = journal_open("dir/sub/journal", dest, &e);

	CHECK(s != NULL);
	if (s == NULL) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	return s;
}

static int
add(struct journal *s, enum journal_record_kind kind, const char *uid, uint64_t size,
	const char *name)
{
	struct journal_record r = {.size = size, .name = name, .name_len = strlen(name)};
	char encoded[JOURNAL_UID + 1];

	r.uid_len = journal_record_encode_uid(uid, strlen(uid), encoded);
	r.uid = encoded;
	memset(r.header, 7, sizeof r.header);
	return journal_add(s, kind, &r, 1, true, &e);
}

static int
add_unsynced(struct journal *s, const char *uid, uint64_t size)
{
	struct journal_record r = {.size = size, .uid = uid, .uid_len = strlen(uid)};

	return journal_add(s, JOURNAL_STORED, &r, 1, false, &e);
}

static bool
listed(struct journal *s, const char *uid, uint64_t size)
{
	return journal_listed(s, uid, strlen(uid), size, &known);
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
		CHECK(back.name_len == 4 && memcmp(back.header, r.header, HEADER_DIGEST) == 0);
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
	CHECK(journal_record_encode_uid(line.data, line.len, uid) == 65 && uid[0] == '#');
	CHECK(strlen(uid) == 65);
	/* The longest UID that is recorded unchanged, and one that is an octet too long. */
	buf_clear(&line);
	for (int i = 0; i < JOURNAL_UID; i++)
		buf_addc(&line, 'u');
	CHECK(journal_record_encode_uid(line.data, line.len, uid) == JOURNAL_UID);
	CHECK(strcmp(uid, line.data) == 0);
	buf_addc(&line, 'u');
	CHECK(journal_record_encode_uid(line.data, line.len, uid) == 65 && uid[0] == '#');
	buf_free(&line);
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
	CHECK(add(s, JOURNAL_STORED, "u", 10, "n1") == 0);
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

static void
test_pending(void)
{
	struct journal *s = open_it("maildir:/a");
	char *names[2];

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

	unlink("dir/sub/journal");
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
	/* A name whose record ended is prepared again, while more names are added than the list has room for. */
	s = open_it("first");
	CHECK(journal_pending(s) == 2000);
	for (int i = 0; i < 10000; i++) {
		const char *name = i % 2 == 0 ? "again" : "other";

		CHECK(add(s, JOURNAL_PREPARED, "a", 1, name) == 0 && journal_pending(s) == 2001);
		CHECK(add(s, i % 3 == 0 ? JOURNAL_VOID : JOURNAL_STORED, "a", 1, name) == 0);
	}
	CHECK(journal_pending(s) == 2000);
	journal_close(s);
	s = open_it("first");
	CHECK(journal_pending(s) == 2000);
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
	char uid[80];
	int found = 0;

	unlink("dir/sub/journal");
	s = open_it("d");
	r.uid = uid;
	for (int i = 0; i < N; i++) {
		r.uid_len = (size_t)snprintf(uid, sizeof uid, "%070d", i);
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

int
main(void)
{
	scratch_begin();
	test_many();
	test_records();
	test_listing();
	test_pending();
	test_pending_elsewhere();
	test_void();
	test_resized();
	test_torn();
	test_expiry();
	test_lock();
	test_full();
	CHECK(same_uid_steps(8000) < 3 * same_uid_steps(4000));
	return check_done();
}
