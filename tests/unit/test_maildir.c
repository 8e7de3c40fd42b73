/* Maildir: delivery, the same message twice, recovery, failures. */
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/work.h"
#include "store/header_digest.h"
#include "store/maildir.h"
#include "store/store.h"

#include "check.h"
#include "scratch.h"

static struct err e;

static int
put(struct store *st, const char *key, const char *text)
{
	struct store_msg m = {.key = key, .key_len = key == NULL ? 0 : strlen(key)};

	if (store_begin(st, &m, &e) == -1)
		return -1;
	/* Write the message in two pieces. */
	if (sink_write(&st->sink, text, strlen(text) / 2, &e) == -1 ||
		sink_write(&st->sink, text + strlen(text) / 2, strlen(text) - strlen(text) / 2,
			&e) == -1)
		return -1;
	return store_end(st, &e);
}

static void
test_delivery(void)
{
	struct store *st = maildir_open("box/", "pop://a@b", &e);
	struct stat sb;
	char *path;

	CHECK(st != NULL);
	CHECK(stat("box", &sb) == 0 && (sb.st_mode & 0777) == 0700);
	CHECK(stat("box/cur", &sb) == 0 && (sb.st_mode & 0777) == 0700);
	CHECK(scratch_count(".") == 1);
	CHECK(put(st, "u1", "A: b\n\nhello\n") == 0);
	CHECK(scratch_count("box/new") == 0 && scratch_count("box/tmp") == 1);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(scratch_count("box/new") == 1 && scratch_count("box/tmp") == 0);
	path = scratch_first("box/new");
	CHECK(scratch_is(path, "A: b\n\nhello\n"));
	CHECK(strcmp(path + 8, store_name(st, 0)) == 0);
	CHECK(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	free(path);
	/* An aborted message, and a group that is not published, leave no file. */
	CHECK(store_begin(st, &(struct store_msg){0}, &e) == 0);
	store_abort(st);
	CHECK(scratch_count("box/tmp") == 0);
	CHECK(put(st, "u2", "x") == 0);
	store_close(st);
	CHECK(scratch_count("box/new") == 1 && scratch_count("box/tmp") == 0);
}

/* Another run stores no message twice, whether it is in new/ or a mail reader moved it to cur/. */
static void
test_again(void)
{
	struct store *st;
	char *path = scratch_first("box/new");
	struct buf b = {0};

	buf_addf(&b, "box/cur/%s:2,S", path + 8);
	CHECK(rename(path, b.data) == 0);
	st = maildir_open("box", "pop://a@b", &e);
	CHECK(put(st, "u1", "A: b\n\nhello\n") == 0);
	CHECK(put(st, "u1", "A: b\n\nother\n") == 0); /* another content */
	CHECK(put(st, "u9", "A: b\n\nhello\n") == 0); /* another UID */
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(strcmp(store_name(st, 0), path + 8) == 0);
	CHECK(scratch_count("box/new") == 2 && scratch_count("box/cur") == 1);
	store_close(st);
	/* The same message of another mailbox is stored again. */
	st = maildir_open("box", "pop://other@b", &e);
	CHECK(put(st, "u1", "A: b\n\nhello\n") == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(scratch_count("box/new") == 3);
	store_close(st);
	free(path);
	buf_free(&b);
}

/* Two equal messages without UIDs give two files, and two after the next run. */
static void
test_twins(void)
{
	for (int run = 0; run < 2; run++) {
		struct store *st = maildir_open("twins/", "m", &e);

		CHECK(put(st, NULL, "same\n") == 0 && put(st, NULL, "same\n") == 0);
		CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
		CHECK(scratch_count("twins/new") == 2 && scratch_count("twins/tmp") == 0);
		store_close(st);
	}
}

/* The steps for count messages that are all the same: each has a file of its own. */
static uint64_t
twin_steps(const char *dir, int count)
{
	uint64_t before = work_done;
	struct store *st = maildir_open(dir, "m", &e);
	char new[64];

	for (int i = 0; i < count; i++)
		CHECK(put(st, NULL, "same\n") == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	store_close(st);
	snprintf(new, sizeof new, "%s/new", dir);
	CHECK(scratch_count(new) == count);
	return work_done - before;
}

static const char plain[] = "A: b\nC: d\n\nStatus: in the body\n";
static const char noted[] = "X-UIDL: 1\n folded\nA: b\nStatus: RO\nX-UID: 7\nC: "
			    "d\nx-keywords:\n\nStatus: in the body\n";

/* The digest of a header that is written in two pieces. */
static void
digest_of(const char *text, size_t n, size_t first, unsigned char out[HEADER_DIGEST])
{
	struct header_digest h;

	header_digest_begin(&h);
	sink_write(&h.sink, text, first, &e);
	sink_write(&h.sink, text + first, n - first, &e);
	header_digest_end(&h, out);
	CHECK(h.header == (uint64_t)(strstr(text, "\n\n") + 2 - text));
}

/* A file that already exists in tmp/ under the new message's name is replaced, whatever its length. */
static void
test_in_the_way(void)
{
	static const char *const litter[] = {"", "A: b\n\nte", "A: b\n\ntext\nand more\n"};
	static const char text[] = "A: b\n\ntext\n";

	for (size_t i = 0; i < sizeof litter / sizeof litter[0]; i++) {
		struct store *st = maildir_open("way/", "m", &e);
		char *path, tmp[200];

		CHECK(put(st, "u", text) == 0);
		CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
		store_close(st);
		path = scratch_first("way/new");
		snprintf(tmp, sizeof tmp, "way/tmp/%s", strrchr(path, '/') + 1);
		CHECK(unlink(path) == 0);
		scratch_write(tmp, litter[i], strlen(litter[i]));

		st = maildir_open("way/", "m", &e);
		CHECK(put(st, "u", text) == 0);
		CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
		store_close(st);
		CHECK(scratch_count("way/tmp") == 0 && scratch_count("way/new") == 1);
		CHECK(scratch_is(path, text));
		CHECK(unlink(path) == 0);
		free(path);
	}
}

/* Deliver text as one run, and return how many files of the Maildir are new. */
static int
new_files(const char *dir, const char *text)
{
	int before = scratch_count(dir);
	struct store *st = maildir_open("long/", "m", &e);

	CHECK(put(st, "u", text) == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	store_close(st);
	return scratch_count(dir) - before;
}

/* Large messages are known by all their octets: one changed octet, or another length, makes another message. */
static void
test_long_body(void)
{
	enum { HEADER = 6, SIZE = HEADER + 64 * 1024 + 1000 };
	static const size_t places[] = {0, HEADER, HEADER + 1, 16 * 1024 - 1, 16 * 1024,
		HEADER + 16 * 1024, 64 * 1024 - 1, 64 * 1024, SIZE - 2, SIZE - 1};
	char *text = mem_zalloc(SIZE + 2);

	memcpy(text, "A: b\n\n", HEADER);
	for (size_t i = HEADER; i < SIZE; i++)
		text[i] = (char)(i % 251 + 1);
	mkdir("long", 0700);
	mkdir("long/new", 0700);
	mkdir("long/cur", 0700);
	mkdir("long/tmp", 0700);
	CHECK(new_files("long/new", text) == 1);
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		text[places[i]] ^= 1;
		CHECK(new_files("long/new", text) == 1);
		text[places[i]] ^= 1;
		CHECK(new_files("long/new", text) == 0);
	}
	text[SIZE] = 'x';
	CHECK(new_files("long/new", text) == 1);
	text[SIZE] = '\0';
	text[SIZE - 1] = '\0';
	CHECK(new_files("long/new", text) == 1);
	CHECK(system("for f in long/new/*; do mv $f long/cur/${f##*/}:2,FS; done") == 0);
	CHECK(new_files("long/new", text) == 0);
	CHECK(scratch_count("long/tmp") == 0);
	free(text);
}

/* Fields that a server adds to the header do not make a message new; any other change does. */
static void
test_notes(void)
{
	static const char *const others[] = {"A: b\nC: d\n\n",
		"A: b\nC: d\n\nStatus: In the body\n",
		"A: b\nC: d\nX-Other: 1\n\nStatus: in the body\n",
		"A: b\nC: d\nStatus: in the body\n"};
	struct store *st = maildir_open("notes/", "m", &e);
	unsigned char want[HEADER_DIGEST], got[HEADER_DIGEST];

	digest_of(plain, sizeof plain - 1, 0, want);
	for (size_t i = 0; i < sizeof noted; i++) {
		digest_of(noted, sizeof noted - 1, i, got);
		CHECK(memcmp(want, got, sizeof got) == 0);
	}
	CHECK(put(st, "u", plain) == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	store_close(st);
	st = maildir_open("notes/", "m", &e);
	CHECK(put(st, "u", noted) == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(scratch_count("notes/new") == 1);
	for (size_t i = 0; i < 4; i++)
		CHECK(put(st, "u", others[i]) == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(scratch_count("notes/new") == 5);
	store_close(st);
}

static void
test_key_only(void)
{
	struct store *st = maildir_open("news/", "nntp", &e);
	struct store_msg m = {.key = "<1@x>", .key_len = 5, .key_only = true};

	for (int i = 0; i < 2; i++) {
		CHECK(store_begin(st, &m, &e) == 0);
		CHECK(sink_write(&st->sink, i == 0 ? "a" : "b", 1, &e) == 0);
		CHECK(store_end(st, &e) == 0);
	}
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(scratch_count("news/new") == 1);
	store_close(st);
}

static void
test_recovery(void)
{
	struct store *st = maildir_open("rec/", "m", &e);
	char *names[3], *lost = strdup("0123");
	bool stored[4] = {false, false, false, true};
	struct buf b = {0};

	for (int i = 0; i < 3; i++) {
		char key[2] = {(char)('a' + i), 0};

		CHECK(put(st, key, key) == 0);
	}
	for (size_t i = 0; i < 3; i++)
		names[i] = strdup(store_name(st, i));
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	store_close(st);
	/* As if killed: one in new/ with a copy in tmp/, one in tmp/ only, one in cur/; and litter. */
	buf_addf(&b,
		"ln rec/new/%s rec/tmp/%s; mv rec/new/%s rec/tmp/; mv rec/new/%s rec/cur/%s:2,;"
		"touch rec/tmp/%.16s.xyz rec/tmp/other",
		names[0], names[0], names[1], names[2], names[2], names[0]);
	CHECK(system(b.data) == 0);
	st = maildir_open("rec/", "m", &e);
	CHECK(st->ops->recover(st, (const char *[]){names[0], names[1], names[2], lost}, 4, stored,
		      &e) == 0);
	CHECK(stored[0] && stored[1] && stored[2] && !stored[3]);
	CHECK(scratch_count("rec/new") == 2 && scratch_count("rec/cur") == 1);
	CHECK(scratch_count("rec/tmp") == 1); /* only "other", a file of another program, is left */
	store_close(st);
	for (int i = 0; i < 3; i++)
		free(names[i]);
	free(lost);
	buf_free(&b);
}

static void
test_no_maildir(void)
{
	mkdir("dir", 0700);
	CHECK(maildir_open("dir/", "m", &e) == NULL && e.status == EX_CANTCREAT);
	scratch_write("file", "x", 1);
	CHECK(maildir_open("file", "m", &e) == NULL && e.status == EX_CANTCREAT);
	CHECK(maildir_open("no/such/", "m", &e) == NULL && e.status == EX_CANTCREAT);
}

/* If the file system is full, the message does not exist. */
static void
test_full(void)
{
	struct store *st = maildir_open("full/", "m", &e);
	struct rlimit old, small = {10, 10};
	pid_t pid;
	int status = 0;

	pid = fork();
	if (pid == 0) {
		getrlimit(RLIMIT_FSIZE, &old);
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		e = (struct err){0};
		status = put(st, "k", "more than ten octets\n") == -1 && e.status == EX_IOERR;
		store_close(st);
		_exit(status ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(scratch_count("full/tmp") == 0 && scratch_count("full/new") == 0);
	store_close(st);
}

/* Large messages in pieces of odd lengths, and so many that the group is synced by one call. */
static void
test_large(void)
{
	struct store *st = maildir_open("large/", "m", &e);
	char piece[70001], *path;
	struct stat sb;

	memset(piece, 'x', sizeof piece);
	CHECK(store_begin(st, &(struct store_msg){0}, &e) == 0);
	for (size_t n = 1; n < sizeof piece; n += 9973)
		CHECK(sink_write(&st->sink, piece, n, &e) == 0);
	CHECK(store_end(st, &e) == 0);
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	path = scratch_first("large/new");
	CHECK(stat(path, &sb) == 0 && sb.st_size == 8 + 9973 * 28);
	free(path);
	for (int i = 0; i < 50; i++) {
		char key[3] = {(char)('0' + i / 10), (char)('0' + i % 10), 0};

		CHECK(put(st, key, "text\n") == 0);
	}
	CHECK(store_prepare(st, &e) == 0 && store_publish(st, &e) == 0);
	CHECK(scratch_count("large/new") == 51);
	store_close(st);
}

int
main(void)
{
	scratch_begin();
	test_delivery();
	test_again();
	test_twins();
	test_in_the_way();
	test_long_body();
	test_notes();
	test_key_only();
	test_recovery();
	test_no_maildir();
	test_full();
	test_large();
	CHECK(twin_steps("t600", 600) < 3 * twin_steps("t300", 300));
	return check_done();
}
