/*
 * A drain is killed at every system call that changes a file, and the next run is killed at every one of its
 * calls; then each call fails once with an error. After each run the test checks that every message is in the
 * Maildir exactly once, octet for octet, or still on the "server".
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/err.h"
#include "store/group_commit.h"
#include "store/maildir.h"
#include "store/mbox.h"
#include "store/journal.h"
#include "store/store.h"

#include "check.h"
#include "old_journal.h"
#include "scratch.h"
#include "strike.h"

#define MESSAGES 5

/* ---- the server: a file with a letter for each message on the server */

static const char *const uid[MESSAGES] = {"a", "b", "same", "same", "e"};
static const char *const text[MESSAGES] = {"Subject: a\n\nfirst\n",
	"Subject: b\nStatus: O\n\nFrom here\n>From there\n", "Subject: c\n\ntwin\n",
	"Subject: c\n\ntwin\n", "Subject: e\n\nno end of line"};

static void
quit(const bool *dele)
{
	char left[MESSAGES + 1] = "";
	int fd;

	for (int i = 0; i < MESSAGES; i++)
		left[i] = dele[i] ? '-' : 'x';
	fd = open("server", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	syscall(SYS_write, fd, left, (size_t)MESSAGES);
	close(fd);
}

static bool
fetch(struct group_commit *d, int i, struct err *e)
{
	struct store_msg m = {.key = uid[i], .key_len = strlen(uid[i]), .octets = strlen(text[i])};

	return group_commit_begin(d, &m, e) == 0 &&
	       sink_write(group_commit_sink(d), text[i], 3, e) == 0 &&
	       sink_write(group_commit_sink(d), text[i] + 3, strlen(text[i]) - 3, e) == 0 &&
	       group_commit_end(d, e) == 0;
}

/* Compare the header as the reply to TOP n 0 would. */
static bool
same_header(int i, const struct journal_known *k)
{
	unsigned char got[HEADER_DIGEST];
	const char *end = strstr(text[i], "\n\n") + 2;
	struct header_digest h;
	struct err e;

	header_digest_begin(&h);
	sink_write(&h.sink, text[i], (size_t)(end - text[i]), &e);
	header_digest_end(&h, got);
	return memcmp(got, k->header, HEADER_DIGEST) == 0;
}

static struct store *
open_store(bool mbox, struct err *e)
{
	static struct err warning;

	return mbox ? mbox_open("box", 0, &warning, e) : maildir_open("Mail/", "pop://u@h", e);
}

/* Run one session. Returns 0, or the status of its error. */
static int
drain(bool mbox, struct err *e)
{
	bool dele[MESSAGES] = {false};
	struct journal *state = journal_open("state/journal", "dest", e);
	struct store *st = state != NULL ? open_store(mbox, e) : NULL;
	struct group_commit *d = st != NULL ? group_commit_open(st, state, e) : NULL;
	char *server = scratch_read("server");
	bool ok = d != NULL;

	if (ok)
		group_commit_limit(d, 2);
	for (int i = 0; i < MESSAGES && ok; i++) {
		struct journal_known k;

		dele[i] = server[i] == '-' ||
			  (journal_listed(state, uid[i], strlen(uid[i]), strlen(text[i]), &k) &&
				  same_header(i, &k));
		if (dele[i] && server[i] != '-')
			group_commit_known(d, &k);
		ok = dele[i] || fetch(d, i, e);
		if (ok && group_commit_full(d))
			ok = group_commit(d, e) == 0;
	}
	if (ok)
		ok = group_commit(d, e) == 0;
	for (int i = 0; i < MESSAGES && ok; i++)
		dele[i] = true;
	if (ok)
		ok = journal_expire(state, time(NULL), e) == 0;
	if (ok)
		quit(dele);
	group_commit_close(d);
	journal_close(state);
	free(server);
	return ok ? 0 : e->status != 0 ? e->status : 1;
}

/* Run a session in a child that is killed, or whose call fails, at call k. Returns the exit status; 9: killed. */
static int
run(bool mbox, int how, int k)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err e = {0};
		int rc;

		strike_mode = how;
		strike_at = k;
		strike_step = 0;
		rc = drain(mbox, &e);
		if (rc != 0 && how == COUNT)
			fprintf(stderr, "how %d at %d: %s\n", how, k, e.text);
		/* The run ended before call k. */
		_exit(rc == 0 && strike_step < k ? 8 : rc);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void
fresh(void)
{
	static const bool none[MESSAGES];

	scratch_empty();
	quit(none);
}

/* How often is the text among the files of a directory? */
static int
times(const char *dir, const char *want)
{
	DIR *d = opendir(dir);
	const struct dirent *de;
	int n = 0;

	while (d != NULL && (de = readdir(d)) != NULL) {
		struct buf b = {0};

		buf_addf(&b, "%s/%s", dir, de->d_name);
		n += de->d_name[0] != '.' && scratch_is(b.data, want);
		buf_free(&b);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/* The Maildir holds each message exactly once, and no other files. */
static bool
all_there(void)
{
	for (int i = 0; i < MESSAGES; i++)
		if (times("Mail/new", text[i]) + times("Mail/cur", text[i]) !=
			(uid[i][0] == 's' ? 2 : 1))
			return false;
	return scratch_count("Mail/new") + scratch_count("Mail/cur") == MESSAGES &&
	       scratch_count("Mail/tmp") == 0 && scratch_is("server", "-----") &&
	       scratch_count(".") == 3 && scratch_count("state") == 2;
}

/* Act as a mail reader: move all messages from new/ to cur/. */
static void
read_mail(void)
{
	char *path;

	while ((path = scratch_first("Mail/new")) != NULL) {
		struct buf b = {0};

		buf_addf(&b, "Mail/cur/%s:2,S", path + 9);
		syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, b.data, 0);
		buf_free(&b);
		free(path);
	}
}

static int points;

/* Kill (or fail) the first run at k; then the second at every stride-th call; then run to the end. */
static bool
try_at(int how, int k, int stride, bool reader)
{
	int first = 0;

	for (int j = 1 + k % stride;; j += stride) {
		fresh();
		first = run(false, how, k);
		if (first == 8)
			return false;
		if (reader)
			read_mail();
		int second = run(false, how == FAIL ? KILL_AFTER : how, j);

		if (reader)
			read_mail();
		points++;
		CHECK(run(false, COUNT, 0) == 0);
		CHECK(all_there());
		if (check_failed > 5) {

			fprintf(stderr, "how %d at %d, then %d (%d, %d)\n", how, k, j, first,
				second);
			exit(1);
		}
		if (second == 8)
			break;
	}
	return true;
}

static void
test_every_call(int how, int stride, bool reader)
{
	int k = 1;

	while (try_at(how, k, stride, reader))
		k++;
	CHECK(k > 60);
}

/* An mbox: each message is complete and not lost; it may appear twice only after the drain was killed. */
static void
test_mbox(int how)
{
	int k, dead;

	for (k = 1;; k++) {
		char *all, *p;
		int froms = 0;

		fresh();
		scratch_write("box", "From old x\n\nold\n", 16);
		dead = run(true, how, k);
		if (dead == 8)
			break;
		points++;
		CHECK(run(true, COUNT, 0) == 0);
		CHECK(scratch_is("server", "-----"));
		all = scratch_read("box");
		CHECK(strncmp(all, "From old x\n\nold\n\nFrom MAILER-DAEMON ", 35) == 0);
		CHECK(strstr(all, "\n\n>From here\n>>From there\n\nFrom ") != NULL);
		CHECK(strstr(all, "\n\nno end of line\n\n") != NULL);
		CHECK(strstr(all, "\n\nfirst\n\n") != NULL);
		for (p = all; (p = strstr(p, "\n\nFrom MAILER-DAEMON ")) != NULL; p += 2)
			froms++;
		CHECK(froms >= MESSAGES && froms <= MESSAGES + 2);
		for (p = all; (p = strstr(p, "\nSubject: ")) != NULL; p++)
			froms--;
		CHECK(froms == 0);
		CHECK(access("box.lock", F_OK) == -1);
		if (check_failed > 5) {
			fprintf(stderr, "mbox, how %d at %d:\n%s", how, k, all);
			exit(1);
		}
		free(all);
	}
	CHECK(k > 40);
}

/* ---- a journal that is replaced ---- */

/* Messages of the journal. */
#define RECORDS 2000

/* A journal of the first version, with a message that was prepared. */
static void
old_records(struct buf *out)
{
	static const char header[] = "00000000000000000000000000000000";
	const uint64_t dest = u64set_hash("dest", 4);
	char record[16];

	buf_adds(out, OLD_JOURNAL);
	for (int i = 0; i < RECORDS; i++) {
		snprintf(record, sizeof record, "u%d", i);
		old_journal_add(out, 'S', 1, header, dest, "-", record);
	}
	old_journal_add(out, 'P', 1, header, dest, "name", "prepared");
}

/* Open the journal: messages from `first` on are listed, and must be known. Then expire (0: do not). */
static int
use_records(int first, time_t expire)
{
	struct err e = {0};
	struct journal *s = journal_open("state/journal", "dest", &e);
	int rc = s != NULL && journal_pending(s) == 1 ? 0 : 1;
	struct journal_known k;
	char record[16];

	for (int i = first; i < RECORDS && rc == 0; i++) {
		snprintf(record, sizeof record, "u%d", i);
		rc = journal_listed(s, record, strlen(record), 1, &k) ? 0 : 1;
	}
	if (rc == 0 && expire != 0)
		rc = journal_expire(s, expire, &e) == 0 ? 0 : 1;
	journal_close(s);
	return rc;
}

/* Strike a run over this journal at its k-th call. false: the call never came. */
static bool
strike_records(const struct buf *journal, int how, int k, int first, time_t expire)
{
	int status;
	pid_t pid;

	scratch_empty();
	mkdir("state", 0700);
	scratch_write("state/journal", journal->data, journal->len);
	pid = fork();
	if (pid == 0) {
		strike_mode = how;
		strike_at = k;
		strike_step = 0;
		use_records(first, expire);
		_exit(strike_step < k ? 8 : 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	points++;
	return WEXITSTATUS(status) != 8;
}

/* A run that replaces a journal is struck at each of its calls: no record that counts is lost, then or later. */
static void
test_replaced(int how)
{
	const time_t now = time(NULL), later = now + 2 * JOURNAL_KEEP;
	struct buf old = {0}, present = {0};
	char *journal;
	int k = 0;

	/* A journal of the first version is opened. */
	old_records(&old);
	while (strike_records(&old, how, ++k, 0, 0)) {
		CHECK(use_records(0, 0) == 0 && use_records(0, 0) == 0);
		CHECK(scratch_count("state") == 2);
	}
	CHECK(k > 6);
	/* Only the last 100 messages are listed: the records of the others are dropped when their time has come. */
	CHECK(use_records(RECORDS - 100, now) == 0);
	journal = scratch_read("state/journal");
	buf_adds(&present, journal);
	free(journal);
	for (k = 0; strike_records(&present, how, ++k, RECORDS - 100, later);) {
		CHECK(use_records(RECORDS - 100, 0) == 0);
		CHECK(use_records(RECORDS - 100, later) == 0);
		CHECK(use_records(RECORDS - 100, 0) == 0 && use_records(0, 0) != 0);
		CHECK(scratch_count("state") == 2);
	}
	CHECK(k > 6);
	buf_free(&old);
	buf_free(&present);
}

int
main(void)
{
	static const int errors[] = {ENOSPC, EIO, EINTR};
	int stride = getenv("CRASH_ALL") != NULL ? 1 : 31;

	if (access("/dev/shm", W_OK) == 0)
		memcpy(scratch_dir, "/dev/shm/unit.XXXXXX", 21);
	scratch_begin();
	fresh();
	CHECK(run(false, COUNT, 0) == 0);
	CHECK(all_there());
	test_every_call(KILL_BEFORE, stride, false);
	test_every_call(KILL_AFTER, stride, false);
	test_every_call(KILL_AFTER, stride * 2, true);
	for (size_t i = 0; i < 3; i++) {
		strike_error = errors[i];
		test_every_call(FAIL, stride * 2, false);
		test_mbox(FAIL);
		test_replaced(FAIL);
	}
	test_replaced(KILL_BEFORE);
	test_replaced(KILL_AFTER);
	test_mbox(KILL_BEFORE);
	test_mbox(KILL_AFTER);
	printf("%d points tried\n", points);
	return check_done();
}
