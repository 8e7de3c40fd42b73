/* A message is read twice; its file is closed between the readings and must not change. */
#include "store/message_source.h"

#include <stdio.h>

#include "base/err.h"
#include "base/wait.h"
#include "check.h"
#include "scratch.h"

#define SMALL 65536

static struct err e;

/* A file of n octets. */
static void
make(const char *path, size_t n, char c)
{
	char *text = malloc(n);

	memset(text, c, n);
	scratch_write(path, text, n);
	free(text);
}

/* Reading the message gives n times c. */
static void
reads(struct message_source *in, size_t n, char c)
{
	struct buf got = {0};
	struct buf_sink to;

	buf_sink_init(&to, &got, 1000000);
	CHECK(message_source_send(in, 0, message_source_len(in), &to.sink, &e) == 0);
	CHECK(got.len == n && got.data[0] == c && got.data[n - 1] == c);
	message_source_rest(in);
	CHECK(in->fd == -1);
	buf_free(&got);
}

static void
reads_again(struct message_source *in, size_t n, char c)
{
	CHECK(message_source_wake(in, &e) == 0);
	reads(in, n, c);
}

static void
begin(struct message_source *in, const char *path, size_t n)
{
	make(path, n, 'a');
	CHECK(message_source_open(in, path, NULL, &e) == 0 && message_source_len(in) == n);
	CHECK(in->kept == (n <= SMALL));
	reads(in, n, 'a');
}

static void
same(size_t n)
{
	struct message_source in;

	begin(&in, "f", n);
	reads_again(&in, n, 'a');
	reads_again(&in, n, 'a');
	CHECK(rename("f", "g") == 0);
	message_source_moved(&in, AT_FDCWD, "g", "g");
	reads_again(&in, n, 'a');
	message_source_close(&in);
}

/* A changed file is refused, also at a second attempt. */
static void
not_same(struct message_source *in)
{
	for (int i = 0; i < 3; i++) {
		e = (struct err){0};
		CHECK(message_source_wake(in, &e) == -1 && e.status == EX_IOERR);
		CHECK(in->fd == -1 && !in->kept);
	}
	message_source_close(in);
}

static void
changed(size_t n)
{
	struct message_source in;

	begin(&in, "f", n);
	make("f", n + 1, 'a'); /* longer */
	not_same(&in);

	begin(&in, "f", n);
	make("f", 2, 'a'); /* shorter */
	not_same(&in);

	begin(&in, "f", n);
	make("other", n, 'b'); /* another one in its place */
	CHECK(rename("other", "f") == 0);
	not_same(&in);

	begin(&in, "f", n);
	CHECK(unlink("f") == 0);
	not_same(&in);
}

/* The small files, one after the other, are read into the same memory. */
static void
shared(void)
{
	enum { N = 100 };
	struct message_source in[N];
	const char *memory = NULL;
	char name[20];

	for (size_t i = 0; i < N; i++) {
		snprintf(name, sizeof name, "%zu", i);
		make(name, SMALL - i, (char)('A' + i % 26));
		CHECK(message_source_open(&in[i], name, NULL, &e) == 0 && in[i].kept);
		CHECK(memory == NULL || in[i].copy.memory.data == memory);
		memory = in[i].copy.memory.data;
		message_source_rest(&in[i]);
		CHECK(in[i].fd == -1 && !in[i].kept);
	}
	for (size_t i = 0; i < N; i++) {
		reads_again(&in[i], SMALL - i, (char)('A' + i % 26));
		CHECK(!in[i].kept);
	}
	/* Two files that are open at once use separate memory. */
	CHECK(message_source_wake(&in[0], &e) == 0 && message_source_wake(&in[1], &e) == 0);
	reads(&in[0], SMALL, 'A');
	reads(&in[1], SMALL - 1, 'B');
	for (size_t i = 0; i < N; i++)
		message_source_close(&in[i]);
}

/* A regular file whose size differs from what is read is copied to its end. */
static void
unsized(const char *path)
{
	struct message_source in;
	char first[16];
	FILE *f = fopen(path, "r");
	size_t n = f != NULL ? fread(first, 1, 4, f) : 0;
	struct buf got = {0};
	struct buf_sink to;

	if (f != NULL)
		fclose(f);
	if (n < 2) /* the file does not exist on every system */
		return;
	buf_sink_init(&to, &got, 1000000);
	CHECK(message_source_open(&in, path, NULL, &e) == 0 && message_source_len(&in) >= n);
	CHECK(!in.copy.in_place && !in.kept && in.fd == -1);
	message_source_rest(&in);
	CHECK(message_source_wake(&in, &e) == 0);
	CHECK(message_source_send(&in, 0, message_source_len(&in), &to.sink, &e) == 0);
	CHECK(got.len == message_source_len(&in) && memcmp(got.data, first, n) == 0);
	message_source_close(&in);
	buf_free(&got);
}

/* The run's deadline ends the reading of a large file, which never waits. */
static void
deadline(void)
{
	struct buf got = {0};
	struct buf_sink to;
	struct message_source in;

	make("large", 1 << 20, 'a');
	CHECK(message_source_open(&in, "large", NULL, &e) == 0);
	wait_setup();
	wait_set_deadline(wait_now());
	buf_sink_init(&to, &got, SIZE_MAX);
	CHECK(message_source_send(&in, 0, message_source_len(&in), &to.sink, &e) == -1);
	CHECK(e.status == EX_TEMPFAIL && strstr(e.text, "deadline") != NULL);
	CHECK(got.len < 1 << 20);
	wait_set_deadline(WAIT_FOREVER);
	message_source_close(&in);
	buf_free(&got);
}

int
main(void)
{
	struct message_source in;

	scratch_begin();
	same(100);
	same(SMALL + 1);
	changed(100);
	changed(SMALL + 1);
	shared();
	unsized("/proc/version");
	unsized("/sys/devices/system/cpu/online");
	make("empty", 0, 'a');
	CHECK(message_source_open(&in, "empty", NULL, &e) == 0 && message_source_len(&in) == 0);
	message_source_close(&in);
	CHECK(message_source_open(&in, ".", NULL, &e) == -1 && e.status == EX_NOINPUT);
	message_source_close(&in);
	CHECK(message_source_open(&in, "nowhere", NULL, &e) == -1 && e.status == EX_NOINPUT);
	message_source_close(&in);
	deadline();
	return check_done();
}
