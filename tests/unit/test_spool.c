/* The spool: add, list, mark, finish, files of a killed run; flush killed at every call. */
#include <sys/wait.h>

#include "base/err.h"
#include "store/spool.h"
#include "store/tmpcopy.h"

#include "check.h"
#include "scratch.h"
#include "strike.h"

static struct err e;

static int
add(struct spool *s, enum spool_box box, const char *envelope, const char *text, char *name)
{
	struct sink *to = spool_begin(s, envelope, strlen(envelope), &e);

	if (to == NULL || sink_write(to, text, strlen(text), &e) == -1) {
		spool_abort(s);
		return -1;
	}
	return spool_end(s, box, name, &e);
}

static void
test_life(void)
{
	struct spool *s = spool_open("q/", &e);
	char a[SPOOL_NAME], b[SPOOL_NAME], **names;
	struct buf env = {0}, text = {0};
	struct buf_sink to;
	struct tmpcopy copy;
	struct stat sb;
	bool gone[2];
	size_t n;
	int fd;

	CHECK(s != NULL && stat("q/failed", &sb) == 0 && (sb.st_mode & 0777) == 0700);
	CHECK(add(s, SPOOL_NEW, "from x\nrcpt y\n", "Subject: 1\n\none\n", a) == 0);
	CHECK(add(s, SPOOL_NEW, "", "two", b) == 0);
	CHECK(spool_begin(s, "x", 1, &e) != NULL);
	spool_abort(s);
	CHECK(scratch_count("q/tmp") == 0 && scratch_count("q/new") == 2);
	CHECK(spool_lock(s, &e) == 0);
	CHECK(spool_list(s, SPOOL_NEW, &names, &n, &e) == 0 && n == 2);
	CHECK(n == 2 && strcmp(names[0], a) == 0 && strcmp(names[1], b) == 0);
	fd = spool_read(s, SPOOL_NEW, a, &env, &e);
	CHECK(fd != -1);
	CHECK_TEXT(buf_str(&env), "from x\nrcpt y\n");
	tmpcopy_init(&copy, NULL, "spool");
	CHECK(tmpcopy_take(&copy, fd, &e) == 0 && copy.in_place);
	buf_sink_init(&to, &text, 1000);
	CHECK(tmpcopy_send(&copy, &to.sink, &e) == 0);
	CHECK_TEXT(buf_str(&text), "Subject: 1\n\none\n");
	tmpcopy_free(&copy);
	close(fd);
	CHECK(spool_mark(s, (const char *const *)names, 2, gone, &e) == 0);
	CHECK(scratch_count("q/new") == 0 && scratch_count("q/sending") == 2);
	CHECK(spool_finish(s, a, SPOOL_SENDING, SPOOL_DONE, &e) == 0);
	CHECK(spool_finish(s, b, SPOOL_SENDING, SPOOL_FAILED, &e) == 0 && spool_sync(s, &e) == 0);
	CHECK(scratch_count("q/sending") == 0 && scratch_count("q/failed") == 1);
	CHECK(spool_finish(s, a, SPOOL_SENDING, SPOOL_DONE, &e) == -1);
	spool_free_list(names, n);
	buf_free(&env);
	buf_free(&text);
	spool_close(s);
	scratch_write("q/new/odd", "no spool file", 13);
	s = spool_open("q", &e);
	CHECK(spool_read(s, SPOOL_NEW, "odd", &env, &e) == -1 && e.status == EX_DATAERR);
	scratch_write("q/new/odd", "mailnet-spool 1 99\nshort", 24);
	CHECK(spool_read(s, SPOOL_NEW, "odd", &env, &e) == -1 && e.status == EX_IOERR);
	/* The announced length is not allocated in advance, and the caller's buffer stays a string. */
	CHECK(env.len == 0 && env.cap == 0);
	buf_adds(&env, "kept");
	scratch_write("q/new/odd", "mailnet-spool 1 60000000\nshort", 30);
	CHECK(spool_read(s, SPOOL_NEW, "odd", &env, &e) == -1);
	CHECK_TEXT(buf_str(&env), "kept");
	CHECK(env.cap < 1000);
	buf_free(&env);
	spool_close(s);
}

static void
test_lock(void)
{
	struct spool *s = spool_open("q", &e);
	int status;
	pid_t pid;

	CHECK(spool_lock(s, &e) == 0);
	pid = fork();
	if (pid == 0) {
		struct spool *two = spool_open("q", &e);

		_exit(spool_lock(two, &e) == -1 && e.status == EX_TEMPFAIL ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	spool_close(s);
}

/* Flush the spool. Sending the octet that completes a message appends a line to the file "sent". */
static int
flush(void)
{
	struct spool *s = spool_open("q", &e);
	bool gone[16];
	char **names = NULL;
	size_t n = 0;
	int rc = s == NULL || spool_lock(s, &e) == -1;

	if (rc == 0)
		rc = spool_recover(s, &names, &n, &e);
	spool_free_list(names, n);
	if (rc == 0)
		rc = spool_list(s, SPOOL_NEW, &names, &n, &e);
	if (rc == 0)
		rc = spool_mark(s, (const char *const *)names, n, gone, &e);
	for (size_t i = 0; i < n && rc == 0; i++) {
		int fd = open("sent", O_WRONLY | O_CREAT | O_APPEND, 0600);

		syscall(SYS_write, fd, names[i], strlen(names[i]));
		syscall(SYS_write, fd, "\n", (size_t)1);
		close(fd);
		rc = spool_finish(s, names[i], SPOOL_SENDING, SPOOL_DONE, &e);
	}
	if (rc == 0)
		rc = spool_sync(s, &e);
	spool_free_list(names, n);
	spool_close(s);
	return rc;
}

static int
run(int how, int k)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		strike_mode = how;
		strike_at = k;
		strike_step = 0;
		status = flush();
		_exit(status == 0 && strike_step < k ? 8 : status != 0 ? 1 : 0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Each message was sent once, or was not sent and is in unknown/: it is never sent twice or lost. */
static void
test_crash(int how)
{
	int k, rc;

	for (k = 1;; k++) {
		char name[3][SPOOL_NAME], *sent;
		struct spool *s;

		scratch_empty();
		s = spool_open("q", &e);
		for (int i = 0; i < 3; i++)
			CHECK(add(s, SPOOL_NEW, "env", "text", name[i]) == 0);
		spool_close(s);
		rc = run(how, k);
		CHECK(run(COUNT, 0) == 0);
		sent = scratch_read("sent");
		for (int i = 0; i < 3; i++) {
			struct buf path = {0};
			char *at = sent != NULL ? strstr(sent, name[i]) : NULL;

			buf_addf(&path, "q/unknown/%s", name[i]);
			CHECK(at != NULL || access(path.data, F_OK) == 0);
			CHECK(at == NULL || strstr(at + 1, name[i]) == NULL);
			buf_free(&path);
		}
		CHECK(scratch_count("q/new") == 0 && scratch_count("q/sending") == 0);
		free(sent);
		if (rc == 8)
			break;
	}
	CHECK(k > 10);
}

int
main(void)
{
	scratch_begin();
	test_life();
	test_lock();
	test_crash(KILL_BEFORE);
	test_crash(KILL_AFTER);
	strike_error = EIO;
	test_crash(FAIL);
	return check_done();
}
