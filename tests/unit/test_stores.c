/* mbox, pipe, stdout, output files, copies, destinations. */
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/wait.h"
#include "store/destination.h"
#include "store/mbox.h"
#include "store/outfile.h"
#include "store/pipe.h"
#include "store/store.h"
#include "store/temps.h"
#include "store/tmpcopy.h"

#include "check.h"
#include "scratch.h"

static struct err e, warning;

static int
put(struct store *st, const char *text)
{
	struct store_msg m = {0};

	if (store_begin(st, &m, &e) == -1 || sink_write(&st->sink, text, strlen(text), &e) == -1)
		return -1;
	return store_end(st, &e);
}

static int
commit(struct store *st)
{
	return store_prepare(st, &e) == -1 ? -1 : store_publish(st, &e);
}

/* Compare the file with want, after the date is removed from every From_ line. */
static void
check_mbox(const char *path, const char *want)
{
	char *got = scratch_read(path), *p = got;

	while (p != NULL && (p = strstr(p, "From MAILER-DAEMON ")) != NULL) {
		memmove(p + 18, strchr(p, '\n'), strlen(strchr(p, '\n')) + 1);
		p++;
	}
	CHECK_TEXT(got != NULL ? got : "(none)", want);
	free(got);
}

static void
test_mbox(void)
{
	struct store *st = mbox_open("box", 0, &warning, &e);
	struct stat sb;

	CHECK(put(st, "A: 1\n\nFrom me\n>From you\n") == 0);
	CHECK(access("box.lock", F_OK) == 0);
	CHECK(store_begin(st, &(struct store_msg){0}, &e) == 0);
	CHECK(sink_write(&st->sink, "torn", 4, &e) == 0);
	store_abort(st);
	CHECK(put(st, "A: 2\n\nno end") == 0 && commit(st) == 0);
	CHECK(access("box.lock", F_OK) == -1 && warning.status == 0);
	CHECK(stat("box", &sb) == 0 && (sb.st_mode & 0777) == 0600);
	check_mbox("box", "From MAILER-DAEMON\nA: 1\n\n>From me\n>>From you\n\n"
			  "From MAILER-DAEMON\nA: 2\n\nno end\n\n");
	/* A message that is not published is cut off, even if most of it was written. */
	CHECK(put(st, "A: 3\n\n") == 0);
	for (int i = 0; i < 5; i++) {
		char big[50000];

		memset(big, 'x', sizeof big - 1);
		big[sizeof big - 1] = '\0';
		CHECK(put(st, big) == 0);
	}
	store_close(st);
	check_mbox("box", "From MAILER-DAEMON\nA: 1\n\n>From me\n>>From you\n\n"
			  "From MAILER-DAEMON\nA: 2\n\nno end\n\n");
	/* A missing line end at the end of the mbox is added. */
	scratch_write("other", "From x\n\nold", 11);
	st = mbox_open("other", 0, &warning, &e);
	CHECK(put(st, "B: 1\n") == 0 && commit(st) == 0);
	store_close(st);
	check_mbox("other", "From x\n\nold\n\nFrom MAILER-DAEMON\nB: 1\n\n");
	CHECK(mkdir("dir", 0700) == 0 && mbox_open("dir", 0, &warning, &e) == NULL);
	CHECK(e.status == EX_CANTCREAT);
}

/* Run f in a child: its exit status. */
static int
in_child(int (*f)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(f());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Dies with half a group in the file. */
static int
die_appending(void)
{
	struct store *st = mbox_open("box", 0, &warning, &e);
	char big[100000];

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	return put(st, "A: lost\n\n>From here\n") == -1 || put(st, big) == -1;
}

static int
is_locked(void)
{
	struct store *st = mbox_open("box", 0, &warning, &e);

	return put(st, "x") == -1 && e.status == EX_TEMPFAIL ? 0 : 1;
}

/* The next run cuts off an incomplete message, unless another program has appended to the mbox since. */
static void
test_mbox_piece(void)
{
	static const char *const foreign[] = {
		"\nFrom other@example Fri Nov 20 12:00:00 2026\n\nmail\n\n",
		/* Appended directly to the incomplete end. */
		"From other@example Fri Nov 20 12:00:00 2026\n\nmail\n\n",
	};
	struct store *st;
	struct stat sb;

	scratch_write("box", "From x\n\nold\n\n", 13);
	CHECK(in_child(die_appending) == 0);
	CHECK(stat("box", &sb) == 0 && sb.st_size > 65536 && access("box.lock", F_OK) == 0);
	st = mbox_open("box", 0, &warning, &e);
	CHECK(put(st, "B: 1\n") == 0 && commit(st) == 0);
	store_close(st);
	check_mbox("box", "From x\n\nold\n\nFrom MAILER-DAEMON\nB: 1\n\n");
	for (size_t i = 0; i < 2; i++) {
		char *got;
		int fd;

		scratch_write("box", "From x\n\nold\n\n", 13);
		CHECK(in_child(die_appending) == 0);
		fd = open("box", O_WRONLY | O_APPEND);
		CHECK(write(fd, foreign[i], strlen(foreign[i])) == (ssize_t)strlen(foreign[i]));
		close(fd);
		st = mbox_open("box", 0, &warning, &e);
		CHECK(put(st, "B: 1\n") == 0 && commit(st) == 0);
		store_close(st);
		got = scratch_read("box");
		CHECK(strstr(got, foreign[i]) != NULL && strstr(got, "A: lost") != NULL);
		CHECK(access("box.lock", F_OK) == -1);
		free(got);
	}
	st = mbox_open("box", 0, &warning, &e);
	CHECK(put(st, "B: 1\n") == 0);
	CHECK(in_child(is_locked) == 0);
	store_close(st);
}

/* In a directory that we cannot write to: no dot-lock, a warning, and the message is stored. */
static int
without_dotlock(void)
{
	struct store *st;

	if (setgid(65534) == -1 || setuid(65534) == -1)
		return 2;
	st = mbox_open("spool/box", 0, &warning, &e);
	if (put(st, "A: 1\n") == -1 || commit(st) == -1)
		return 3;
	store_close(st);
	return warning.status == EX_CANTCREAT && warning.text[0] != '\0' ? 0 : 4;
}

static void
test_no_dotlock(void)
{
	if (getuid() != 0)
		return;
	CHECK(chmod(".", 0755) == 0 && mkdir("spool", 0755) == 0);
	scratch_write("spool/box", "", 0);
	CHECK(chown("spool/box", 65534, 65534) == 0);
	CHECK(in_child(without_dotlock) == 0);
	check_mbox("spool/box", "From MAILER-DAEMON\nA: 1\n\n");
}

/* Has the process group with the number in this file ended? Without the file the group ended before writing it. */
static bool
has_ended(const char *path)
{
	char *text = access(path, F_OK) == 0 ? scratch_read(path) : NULL;
	pid_t pid = text != NULL ? (pid_t)atoi(text) : 0;

	free(text);
	return pid == 0 || kill(-pid, 0) == -1;
}

static void
test_pipe(void)
{
	struct store *st = pipe_open("cat >>got; echo -- >>got", NULL, NULL, WAIT_FOREVER, false);
	char *big = malloc(3000001);

	CHECK(put(st, "one\n") == 0 && put(st, "From two\n") == 0 && commit(st) == 0);
	CHECK(store_begin(st, &(struct store_msg){0}, &e) == 0);
	CHECK(sink_write(&st->sink, "half", 4, &e) == 0);
	store_abort(st); /* the command is not started */
	store_close(st);
	CHECK(scratch_is("got", "one\n--\nFrom two\n--\n"));
	memset(big, 'x', 3000000);
	big[3000000] = '\0';
	st = pipe_open("wc -c >size", NULL, ".", WAIT_FOREVER, false);
	CHECK(put(st, big) == 0 && scratch_is("size", "3000000\n"));
	store_close(st);
	st = pipe_open(
		"true", NULL, NULL, WAIT_FOREVER, false); /* a command need not read its stdin */
	CHECK(put(st, big) == 0);
	store_close(st);
	st = pipe_open("exit 75", NULL, NULL, WAIT_FOREVER, false);
	CHECK(put(st, "x") == -1 && e.status == EX_TEMPFAIL);
	store_close(st);
	st = pipe_open("exit 3", NULL, NULL, WAIT_FOREVER, false);
	CHECK(put(st, "x") == -1 && e.status == EX_UNAVAILABLE);
	store_close(st);
	st = pipe_open("kill -9 $$", NULL, NULL, WAIT_FOREVER, false);
	CHECK(put(st, "x") == -1 && e.status == EX_UNAVAILABLE);
	store_close(st);
	/* A command that does not end, or stops reading, is killed with its children. */
	st = pipe_open("cat >/dev/null; echo $$ >pid; exec sleep 1000", NULL, NULL, 100, false);
	CHECK(put(st, "x") == -1 && e.status == EX_TEMPFAIL);
	CHECK(strstr(e.text, "was ended by mailnet: timed out") != NULL);
	store_close(st);
	st = pipe_open("echo $$ >pid2; exec sleep 1000", NULL, NULL, 100, false);
	CHECK(put(st, big) == -1 && e.status == EX_TEMPFAIL);
	store_close(st);
	CHECK(has_ended("pid") && has_ended("pid2"));
	free(big);
}

static void
test_outfile(void)
{
	struct outfile o;
	struct stat sb;

	umask(022);
	CHECK(outfile_open(&o, "file", &e) == 0);
	CHECK(sink_write(&o.sink, "new", 3, &e) == 0 && access("file", F_OK) == -1);
	CHECK(outfile_commit(&o, &e) == 0 && scratch_is("file", "new"));
	CHECK(stat("file", &sb) == 0 && (sb.st_mode & 0777) == 0644);
	chmod("file", 0600);
	CHECK(outfile_open(&o, "file", &e) == 0 && sink_write(&o.sink, "other", 5, &e) == 0);
	outfile_abort(&o);
	outfile_abort(&o);
	CHECK(scratch_is("file", "new"));
	CHECK(outfile_open(&o, "file", &e) == 0 && outfile_commit(&o, &e) == 0);
	CHECK(stat("file", &sb) == 0 && (sb.st_mode & 0777) == 0600 && sb.st_size == 0);
	/* A link is replaced, not followed. */
	scratch_write("target", "safe", 4);
	CHECK(symlink("target", "ln") == 0 && outfile_open(&o, "ln", &e) == 0);
	CHECK(sink_write(&o.sink, "x", 1, &e) == 0 && outfile_commit(&o, &e) == 0);
	CHECK(scratch_is("target", "safe") && lstat("ln", &sb) == 0 && S_ISREG(sb.st_mode));
	CHECK(outfile_open(&o, "/dev/null", &e) == 0 && outfile_commit(&o, &e) == 0);
	CHECK(stat("/dev/null", &sb) == 0 && S_ISCHR(sb.st_mode));
	CHECK(outfile_open(&o, ".", &e) == -1 && e.status == EX_CANTCREAT);
	CHECK(outfile_open(&o, "no/such", &e) == -1 && e.status == EX_CANTCREAT);
	/* An exit that skips the error paths removes the temporary file. */
	mkdir("tidy", 0700);
	CHECK(outfile_open(&o, "tidy/f", &e) == 0 && scratch_count("tidy") == 1);
	temps_remove_all();
	CHECK(scratch_count("tidy") == 0);
	outfile_abort(&o);
}

static void
fill(struct tmpcopy *t, size_t n)
{
	char piece[1000];

	memset(piece, 'y', sizeof piece);
	for (; n > 0; n -= n < sizeof piece ? n : sizeof piece)
		CHECK(sink_write(&t->sink, piece, n < sizeof piece ? n : sizeof piece, &e) == 0);
}

static void
test_tmpcopy(void)
{
	struct tmpcopy t;
	char got[10], c;
	int fd, ends[2];

	tmpcopy_init(&t, ".", "copy");
	fill(&t, TMPCOPY_MEMORY);
	CHECK(t.fd == -1 && t.len == TMPCOPY_MEMORY);
	CHECK(sink_write(&t.sink, "end", 3, &e) == 0);
	CHECK(t.fd != -1 && t.len == TMPCOPY_MEMORY + 3 && scratch_count(".") > 0);
	CHECK(tmpcopy_read(&t, TMPCOPY_MEMORY - 1, got, 4, &e) == 0 && memcmp(got, "yend", 4) == 0);
	CHECK(tmpcopy_read(&t, t.len, got, 1, &e) == -1);
	tmpcopy_clear(&t);
	CHECK(sink_write(&t.sink, "again", 5, &e) == 0 && t.len == 5);
	CHECK(tmpcopy_read(&t, 1, got, 4, &e) == 0 && memcmp(got, "gain", 4) == 0);
	tmpcopy_free(&t);

	/* A regular file is read in place from its current offset; then it changes. */
	scratch_write("input", "0123456789", 10);
	fd = open("input", O_RDWR);
	CHECK(read(fd, &c, 1) == 1);
	tmpcopy_init(&t, NULL, "input");
	CHECK(tmpcopy_take(&t, fd, &e) == 0 && t.in_place && t.len == 9);
	CHECK(tmpcopy_read(&t, 0, got, 9, &e) == 0 && memcmp(got, "123456789", 9) == 0);
	CHECK(write(fd, "x", 1) == 1);
	CHECK(ftruncate(fd, 11) == 0);
	CHECK(tmpcopy_read(&t, 0, got, 9, &e) == -1 && e.status == EX_IOERR);
	CHECK(ftruncate(fd, 5) == 0);
	CHECK(tmpcopy_read(&t, 0, got, 9, &e) == -1 && e.status == EX_IOERR);
	tmpcopy_free(&t);
	close(fd);
	/* A pipe is copied. */
	CHECK(pipe(ends) == 0 && write(ends[1], "piped", 5) == 5);
	close(ends[1]);
	tmpcopy_init(&t, NULL, "pipe");
	CHECK(tmpcopy_take(&t, ends[0], &e) == 0 && !t.in_place && t.len == 5);
	close(ends[0]);
	tmpcopy_free(&t);
}

static void
check_dest(const char *arg, enum destination_kind kind)
{
	struct destination d;

	CHECK(destination_parse(arg, &d, &e) == 0 && d.kind == kind);
}

static void
test_dest(void)
{
	struct destination d;
	struct buf a = {0}, b = {0};
	struct destination_opts o = {.mailbox = "m", .warning = &warning};
	struct store *st;

	check_dest("Inbox/", DEST_MAILDIR);
	check_dest("inbox", DEST_MBOX);
	check_dest("|cat", DEST_PIPE);
	check_dest("lmtp://localhost", DEST_LMTP);
	check_dest("-", DEST_STDOUT);
	CHECK(destination_parse("", &d, &e) == -1 && e.status == EX_USAGE);
	CHECK(destination_parse("dir", &d, &e) == -1 && e.status == EX_CANTCREAT);
	CHECK(destination_parse("Inbox/", &d, &e) == 0);
	destination_identity(&d, &a);
	CHECK((st = destination_open(&d, &o, &e)) != NULL);
	store_close(st);
	check_dest("Inbox", DEST_MAILDIR); /* the directory exists now */
	CHECK(symlink(".", "here") == 0 && destination_parse("./here//Inbox", &d, &e) == 0);
	destination_identity(&d, &b);
	CHECK_TEXT(buf_str(&b), buf_str(&a));
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	wait_setup();
	scratch_begin();
	test_mbox();
	test_mbox_piece();
	test_no_dotlock();
	test_pipe();
	test_outfile();
	test_tmpcopy();
	test_dest();
	return check_done();
}
